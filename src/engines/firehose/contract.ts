import { z } from 'zod'
import { RecordBatch } from '../kit/pure/batch.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const BufferingHints = z.strictObject({
  /** MiB, as in the API. */
  sizeInMBs: z.number().int().min(1).max(128).default(5),
  intervalInSeconds: z.number().int().min(0).max(900).default(300),
})

/** Lambda's contract for a transform: (records) → each Ok, Dropped or ProcessingFailed. It runs in a sandbox without files or network. */
export const Transform = z.strictObject({
  language: z.enum(['javascript']),
  /** Source that defines `handler(event)`, or sets `exports.handler`; it may be async. */
  code: z.string(),
  timeoutMs: z.number().int().positive().default(60_000),
})

/** Strict throughout: a setting that is not known is refused by name, since stripping it would deliver otherwise than asked. */
export const S3Destination = z.strictObject({
  bucket: z.string(),
  prefix: z.string().default(''),
  errorOutputPrefix: z.string().default(''),
  buffering: BufferingHints.default({ sizeInMBs: 5, intervalInSeconds: 300 }),
  compression: z.enum(['UNCOMPRESSED', 'GZIP']).default('UNCOMPRESSED'),
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
   * At most 500 partitions are buffered at a time, each with a buffer of its own.
   */
  dynamicPartitioning: z.strictObject({ fields: z.record(z.string().min(1), z.string().min(1)) }).optional(),
  /** Source records are also kept, untransformed, under this prefix. */
  backupPrefix: z.string().optional(),
  /** Adds a new line after each record of a text object. */
  appendDelimiter: z.boolean().default(false),
})
export type S3Destination = z.infer<typeof S3Destination>

export const DeliveryStreamInfo = z.object({
  name: z.string(),
  arn: z.string(),
  status: z.enum(['CREATING', 'ACTIVE', 'DELETING']),
  versionId: z.string(),
  createdMs: z.number(),
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
    byName.extend({ sourceStream: z.string().optional(), destination: S3Destination }),
    DeliveryStreamInfo,
  ),
  updateDestination: call(byName.extend({ versionId: z.string(), destination: S3Destination }), DeliveryStreamInfo),
  deleteDeliveryStream: call(byName, nothing),
  describeDeliveryStream: call(byName, DeliveryStreamInfo),
  listDeliveryStreams: call(nothing, z.array(DeliveryStreamInfo)),
  /** Answers once the records are durable in the buffer. Takes the batch's buffers. */
  put: call(byName.extend({ batch: RecordBatch }), z.object({ accepted: z.number().int() }), { bulk: true }),
  /** Delivers what is buffered now (no AWS form: the builder's "flush" and a run that drains use it). */
  flush: call(byName, DeliveryStats),
  stats: call(byName, DeliveryStats),
  watchStats: feed(byName, DeliveryStats),
})
