import { z } from 'zod'
import { RecordBatch } from '../kit/pure/batch.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const BufferingHints = z.strictObject({
  /** MiB, as in the API. */
  sizeInMBs: z.number().int().min(1).max(128).default(5),
  intervalInSeconds: z.number().int().min(0).max(900).default(300),
})
export type BufferingHints = z.infer<typeof BufferingHints>

/** Lambda's contract for a transform: (records) → each Ok, Dropped or ProcessingFailed. */
export const Transform = z.discriminatedUnion('language', [
  /** Code that is part of the destination, in a sandbox without files or network. */
  z.strictObject({
    language: z.literal('javascript'),
    /** Source that defines `handler(event)`, or sets `exports.handler`; it may be async. */
    code: z.string(),
    timeoutMs: z.number().int().positive().default(60_000),
  }),
  /** A function of the workspace, as the API names it by its ARN. */
  z.strictObject({
    language: z.literal('function'),
    function: z.string(),
    /** Kept and told again. */
    roleArn: z.string().optional(),
    retries: z.number().int().min(0).max(300).default(3),
    /** It gets what has come together, up to this size or time, whichever is first. */
    sizeInMBs: z.number().min(0.2).max(3).default(1),
    intervalInSeconds: z.number().int().min(0).max(900).default(60),
  }),
  /**
   * A SELECT, in DuckDB's SQL, over the table `records` (record_id, data as JSON). A row is the new JSON of its record; a record without a
   * row is dropped. No AWS form.
   */
  z.strictObject({ language: z.literal('sql'), query: z.string().min(1) }),
])
export type Transform = z.infer<typeof Transform>

export const Compression = z.enum(['UNCOMPRESSED', 'GZIP', 'ZIP', 'Snappy', 'HADOOP_SNAPPY'])
export type Compression = z.infer<typeof Compression>

/** Strict throughout: a setting that is not known is refused by name, since stripping it would deliver otherwise than asked. */
export const S3Destination = z.strictObject({
  bucket: z.string(),
  /** Kept and told again; nobody asks for a role on one machine. */
  roleArn: z.string().optional(),
  prefix: z.string().default(''),
  errorOutputPrefix: z.string().default(''),
  buffering: BufferingHints.default({ sizeInMBs: 5, intervalInSeconds: 300 }),
  compression: Compression.default('UNCOMPRESSED'),
  /** Ends the keys of delivered objects in place of the extension of their format or compression. */
  fileExtension: z.string().optional(),
  /** IANA name of the zone in which timestamps stand in prefixes; UTC unless told. */
  timeZone: z.string().optional(),
  /** Source records are unpacked before anything else is done with them. */
  decompression: z.enum(['GZIP']).optional(),
  /** Then each becomes several records: JSON objects one after the other, or what lies between delimiters. At most 500 a record. */
  deaggregation: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('JSON') }),
      z.strictObject({ type: z.literal('DELIMITED'), delimiter: z.string().min(1) }),
    ])
    .optional(),
  /** Converts JSON records to Parquet by the columns of a catalog table, and registers the partitions that it writes. */
  conversion: z
    .strictObject({
      database: z.string(),
      table: z.string(),
      parquetCompression: z.enum(['SNAPPY', 'GZIP', 'UNCOMPRESSED']).default('SNAPPY'),
    })
    .optional(),
  transform: Transform.optional(),
  /**
   * Each field is an expression (`kit/pure/expr`) over the JSON record; its value stands in the prefix as `!{partitionKeyFromQuery:field}`.
   * Values that the transform gives in `metadata.partitionKeys` stand there as `!{partitionKeyFromLambda:key}`. At most 500 partitions are
   * buffered at a time, each with a buffer of its own.
   */
  dynamicPartitioning: z
    .strictObject({ fields: z.record(z.string().min(1), z.string().min(1)).default({}) })
    .optional(),
  /** Source records are also kept, untransformed, under this prefix. */
  backupPrefix: z.string().optional(),
  /** Bucket and compression of these copies, where they differ. */
  backupBucket: z.string().optional(),
  backupCompression: Compression.optional(),
  /** Hints for copies, and for failures of an endpoint, where they differ. */
  backupBuffering: BufferingHints.optional(),
  /** Adds a delimiter after each record of a text object: a new line unless `delimiter` gives another. */
  appendDelimiter: z.boolean().default(false),
  delimiter: z.string().min(1).optional(),
  /**
   * Where records go instead of into objects: one of the kinds in `destinations/`, which reads its own settings. The rest of this
   * destination then says where copies and failures land, or, for a warehouse, the objects that it loads.
   */
  endpoint: z.strictObject({ kind: z.string(), config: z.record(z.string(), z.unknown()) }).optional(),
})
export type S3Destination = z.infer<typeof S3Destination>

/** Encryption of what a delivery stream keeps on disk until it is delivered. */
export const Encryption = z.object({
  status: z.enum(['ENABLED', 'ENABLING', 'DISABLED', 'DISABLING', 'ENABLING_FAILED']),
  /** When it was started or stopped, epoch ms: the service allows 25 such calls in 24 hours. */
  callsMs: z.array(z.number()).default([]),
  failure: z.string().optional(),
  /** A key was made: what waits may be encrypted with it. */
  everStarted: z.boolean().optional(),
})
export type Encryption = z.infer<typeof Encryption>

const Tags = z.record(z.string(), z.string())

export const DeliveryStreamInfo = z.object({
  name: z.string(),
  arn: z.string(),
  status: z.enum(['CREATING', 'ACTIVE', 'DELETING']),
  versionId: z.string(),
  createdMs: z.number(),
  /** When its destination or its encryption was last changed. */
  updatedMs: z.number().optional(),
  encryption: Encryption.optional(),
  tags: Tags.optional(),
  /** The data stream that feeds it; without one it takes direct puts. */
  sourceStream: z.string().optional(),
  destination: S3Destination,
})
export type DeliveryStreamInfo = z.infer<typeof DeliveryStreamInfo>

/** Counters since the delivery stream was created. In = delivered + dropped + failed + buffered, always. */
export const DeliveryStats = z.object({
  timeMs: z.number(),
  inRecords: z.number(),
  inBytes: z.number(),
  deliveredRecords: z.number(),
  deliveredBytes: z.number(),
  deliveredObjects: z.number(),
  droppedRecords: z.number(),
  failedRecords: z.number(),
  bufferedRecords: z.number(),
  bufferedBytes: z.number(),
  /** Engine time by which the oldest buffered record is delivered. */
  nextFlushMs: z.number().nullable(),
  lastError: z.string().optional(),
})
export type DeliveryStats = z.infer<typeof DeliveryStats>

const byName = z.object({ name: z.string() })

/** Kinesis Data Firehose: buffers records and lands them, converted, in the lake. */
export const firehose = defineContract('firehose', {
  createDeliveryStream: call(
    byName.extend({
      sourceStream: z.string().optional(),
      destination: S3Destination,
      encrypted: z.boolean().optional(),
      tags: Tags.optional(),
    }),
    DeliveryStreamInfo,
  ),
  /** Whether a transform could be used: the function is there, the query or the code can be read. Fails with `InvalidArgumentException`. */
  checkTransform: call(z.object({ transform: Transform }), nothing),
  /** What is wrong with prefixes: of each what cannot be read, or else the first rule that they break together with the partition fields. */
  checkPrefixes: call(
    S3Destination.pick({ prefix: true, errorOutputPrefix: true, backupPrefix: true }).extend({
      partitionFields: z.array(z.string()).optional(),
    }),
    z.array(z.object({ field: z.string(), message: z.string() })),
  ),
  updateDestination: call(byName.extend({ versionId: z.string(), destination: S3Destination }), DeliveryStreamInfo),
  deleteDeliveryStream: call(byName, nothing),
  describeDeliveryStream: call(byName, DeliveryStreamInfo),
  listDeliveryStreams: call(nothing, z.array(DeliveryStreamInfo)),
  /** Sets tags and removes tags, by key. */
  changeTags: call(byName.extend({ set: Tags.default({}), remove: z.array(z.string()).default([]) }), nothing),
  /** Records that come from now on are encrypted on disk, or no more. */
  startEncryption: call(byName, nothing),
  stopEncryption: call(byName, nothing),
  /** Answers once the records are durable in the buffer. Takes the batch's buffers. */
  put: call(
    byName.extend({ batch: RecordBatch }),
    z.object({ accepted: z.number().int(), encrypted: z.boolean().optional() }),
    { bulk: true },
  ),
  /** Delivers what is buffered now (no AWS form: the builder's "flush" and a run that drains use it). */
  flush: call(byName, DeliveryStats),
  stats: call(byName, DeliveryStats),
  watchStats: feed(byName, DeliveryStats),
})
