import { z } from 'zod'
import { RecordBatch } from '../kit/pure/batch.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { WireError } from '../kit/pure/errors.ts'

/** 128-bit unsigned bounds as decimal text, both ends inclusive. */
export const HashKeyRange = z.object({ startingHashKey: z.string(), endingHashKey: z.string() })

export const ShardInfo = z.object({
  shardId: z.string(),
  /** Number in the id: shardId-000000000007 is 7. */
  index: z.number().int(),
  state: z.enum(['OPEN', 'CLOSED', 'EXPIRED']),
  range: HashKeyRange,
  parentShardId: z.string().optional(),
  adjacentParentShardId: z.string().optional(),
  /** Offsets count a shard's records from 0; `first` is the oldest one kept, `next` the one to come. */
  firstOffset: z.number().int(),
  nextOffset: z.number().int(),
  startingSequenceNumber: z.string(),
  endingSequenceNumber: z.string().optional(),
  createdMs: z.number(),
  closedMs: z.number().optional(),
  bytes: z.number(),
})
export type ShardInfo = z.infer<typeof ShardInfo>

export const Durability = z.enum(['fsync', 'os', 'memory'])

/** USER_PARTITION_KEY: the key's hash leads to the shard. AUTO: shards take turns. */
export const RecordDistribution = z.enum(['USER_PARTITION_KEY', 'AUTO'])

export const AccountSettings = z.object({
  commitment: z.enum(['ENABLED', 'DISABLED', 'ENABLED_UNTIL_EARLIEST_ALLOWED_END']),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
  earliestEndMs: z.number().optional(),
})
export type AccountSettings = z.infer<typeof AccountSettings>

export const StreamSummary = z.object({
  name: z.string(),
  arn: z.string(),
  status: z.enum(['CREATING', 'ACTIVE', 'UPDATING', 'DELETING']),
  mode: z.enum(['PROVISIONED', 'ON_DEMAND']),
  createdMs: z.number(),
  retentionHours: z.number().int(),
  openShardCount: z.number().int(),
  /** Whether per-shard limits are enforced as at AWS. */
  quotas: z.boolean(),
  durability: Durability,
  /** Consumers of `consume`, by their checkpoints. */
  consumerCount: z.number().int(),
  /** Consumers registered for enhanced fan-out. */
  registeredConsumerCount: z.number().int(),
  tags: z.record(z.string(), z.string()),
  /** Partition key and data together. */
  maxRecordKiB: z.number().int(),
  /** The key that new records are encrypted with at rest, as it was named; none while they are not. */
  encryptionKeyId: z.string().optional(),
  /** Shard-level metrics that enhanced monitoring is on for. */
  shardMetrics: z.array(z.string()),
  distribution: RecordDistribution,
  /** Write throughput that an on-demand stream was asked to be ready for. */
  warmMiBps: z.number().int().optional(),
  /** A resource policy, as JSON text. Kept and given back; nothing evaluates it. */
  policy: z.string().optional(),
})
export type StreamSummary = z.infer<typeof StreamSummary>

const streamName = z.object({ stream: z.string() })

/** Where a reader stands in a shard, as GetShardIterator names it; `offset` is how engines inside say it. */
export const ShardPosition = z.discriminatedUnion('type', [
  z.object({ type: z.literal('TRIM_HORIZON') }),
  z.object({ type: z.literal('LATEST') }),
  z.object({ type: z.literal('AT_TIMESTAMP'), timestampMs: z.number() }),
  z.object({ type: z.literal('AT_SEQUENCE_NUMBER'), sequenceNumber: z.string() }),
  z.object({ type: z.literal('AFTER_SEQUENCE_NUMBER'), sequenceNumber: z.string() }),
  z.object({ type: z.literal('OFFSET'), offset: z.number().int().nonnegative() }),
])
export type ShardPosition = z.infer<typeof ShardPosition>

export const PutResult = z.object({
  failed: z.number().int(),
  /** Shard index of each record. */
  shards: z.instanceof(Uint16Array),
  /** Offset of each record in its shard; -1 where it was refused: by the shard's quota, unless `refusals` says otherwise. */
  offsets: z.instanceof(Float64Array),
  /** Arrival, engine time, epoch ms: with shard and offset it makes the sequence number (`sequence.ts`). */
  arrivalMs: z.number(),
  /** When the shards were created, by shard index, epoch s: part of the sequence number. */
  shardCreatedS: z.record(z.string(), z.number()),
  /** Why a shard took none of its records, by shard index, where it was not its quota: its disk is full, or fails. */
  refusals: z.record(z.string(), WireError).optional(),
  /** The records were encrypted at rest. */
  encrypted: z.boolean().optional(),
})
export type PutResult = z.infer<typeof PutResult>

export const ReadResult = z.object({
  batch: RecordBatch,
  shardId: z.string(),
  /** Offset of the first record of the batch; the others follow without gaps unless `offsets` says otherwise. */
  startOffset: z.number().int(),
  nextOffset: z.number().int(),
  /** Arrival of each record, epoch ms. */
  arrivals: z.instanceof(Float64Array),
  /** By record, 1 where it was encrypted at rest; absent where none was. */
  encrypted: z.instanceof(Uint8Array).optional(),
  millisBehindLatest: z.number(),
  /** The shard is closed and read to its end: go on with its children. */
  ended: z.boolean(),
  childShards: z.array(ShardInfo).optional(),
})
export type ReadResult = z.infer<typeof ReadResult>

/** Where a consumer stands in a shard. */
export const ConsumerPosition = z.object({
  consumer: z.string(),
  shardId: z.string(),
  offset: z.number().int(),
  /** Age of the last record read when it was read, ms. */
  iteratorAgeMs: z.number(),
  lastReadMs: z.number(),
})
export type ConsumerPosition = z.infer<typeof ConsumerPosition>

/** A consumer registered for enhanced fan-out. */
export const RegisteredConsumer = z.object({
  name: z.string(),
  arn: z.string(),
  streamArn: z.string(),
  status: z.enum(['CREATING', 'ACTIVE', 'DELETING']),
  createdMs: z.number(),
  tags: z.record(z.string(), z.string()),
  /** A resource policy, as JSON text. */
  policy: z.string().optional(),
})
export type RegisteredConsumer = z.infer<typeof RegisteredConsumer>

/** What is counted of a shard in a second, in the order of `StreamSecond.counters`: records refused by the write quota, and reads by the read quota. */
export const SHARD_COUNTERS = [
  'inRecords',
  'inBytes',
  'outRecords',
  'outBytes',
  'writeThrottled',
  'readThrottled',
] as const
export type ShardCounter = (typeof SHARD_COUNTERS)[number]

/** One second of the shards that did anything in it. */
export const StreamSecond = z.object({
  /** Start of the second, engine time. */
  timeMs: z.number(),
  /** Indexes. */
  shards: z.instanceof(Uint16Array),
  /** All of `SHARD_COUNTERS` of the first shard, then of the next. */
  counters: z.instanceof(Float64Array),
})
export type StreamSecond = z.infer<typeof StreamSecond>

/** A partition key that takes many records lately, by a bounded sketch: `records` may be too high by `error` at most, never too low. */
export const HotKey = z.object({
  shardId: z.string(),
  key: z.string(),
  /** Where it goes: its own MD5, or the explicit hash key of its records. Decimal. */
  hashKey: z.string(),
  records: z.number(),
  error: z.number(),
  /** Of its shard's records. */
  share: z.number(),
})
export type HotKey = z.infer<typeof HotKey>

/** What has changed since the item before. */
export const StreamMetrics = z.object({
  seconds: z.array(StreamSecond),
  /** What a put of these seconds waited for. */
  durability: Durability,
  /** Where the shards of the last second end now: the offset of the next record, and the bytes kept. */
  tips: z.object({
    shards: z.instanceof(Uint16Array),
    nextOffsets: z.instanceof(Float64Array),
    bytes: z.instanceof(Float64Array),
  }),
  /** The hottest of all shards. */
  hotKeys: z.array(HotKey),
  /** Those that have moved; all of them where `allConsumers` says so. */
  consumers: z.array(ConsumerPosition),
  allConsumers: z.boolean(),
})
export type StreamMetrics = z.infer<typeof StreamMetrics>

/** Kinesis Data Streams: shards with hash-key ranges over durable logs. */
export const stream = defineContract('stream', {
  createStream: call(
    z.object({
      stream: z.string(),
      shardCount: z.number().int().positive().optional(),
      mode: z.enum(['PROVISIONED', 'ON_DEMAND']).default('PROVISIONED'),
      quotas: z.boolean().default(true),
      durability: Durability.default('fsync'),
      retentionHours: z.number().int().min(24).max(8760).default(24),
      tags: z.record(z.string(), z.string()).default({}),
      maxRecordKiB: z.number().int().min(1024).max(10_240).optional(),
      warmMiBps: z.number().int().nonnegative().optional(),
      distribution: RecordDistribution.optional(),
    }),
    StreamSummary,
  ),
  /** With registered consumers a stream is deleted only if their deletion is meant too. */
  deleteStream: call(streamName.extend({ enforceConsumerDeletion: z.boolean().default(true) }), nothing),
  listStreams: call(nothing, z.array(StreamSummary)),
  describeStream: call(streamName, StreamSummary.extend({ shards: z.array(ShardInfo) })),
  updateStream: call(
    streamName.extend({
      quotas: z.boolean().optional(),
      durability: Durability.optional(),
      retentionHours: z.number().int().min(24).max(8760).optional(),
      mode: z.enum(['PROVISIONED', 'ON_DEMAND']).optional(),
      /** With a change of mode to ON_DEMAND. */
      warmMiBps: z.number().int().nonnegative().optional(),
      tags: z.record(z.string(), z.string()).optional(),
      /** Null takes it away. */
      policy: z.string().nullable().optional(),
    }),
    StreamSummary,
  ),
  /** Records that are appended from when the stream is ACTIVE again are encrypted on disk, with a data key of the stream's own. */
  startEncryption: call(streamName.extend({ keyId: z.string() }), nothing),
  stopEncryption: call(streamName.extend({ keyId: z.string() }), nothing),
  setShardMetrics: call(streamName.extend({ metrics: z.array(z.string()) }), StreamSummary),
  updateMaxRecordSize: call(streamName.extend({ maxRecordKiB: z.number().int() }), StreamSummary),
  updateDistribution: call(streamName.extend({ distribution: RecordDistribution }), StreamSummary),
  updateWarmThroughput: call(streamName.extend({ warmMiBps: z.number().int().nonnegative() }), StreamSummary),
  accountSettings: call(nothing, AccountSettings),
  updateAccountSettings: call(z.object({ committed: z.boolean() }), AccountSettings),
  splitShard: call(streamName.extend({ shardId: z.string(), newStartingHashKey: z.string() }), nothing),
  mergeShards: call(streamName.extend({ shardId: z.string(), adjacentShardId: z.string() }), nothing),
  updateShardCount: call(streamName.extend({ targetShardCount: z.number().int().positive() }), StreamSummary),

  /** Appends a batch; answers once what was accepted is durable in the stream's mode. Takes the batch's buffers. */
  put: call(streamName.extend({ batch: RecordBatch }), PutResult, { bulk: true }),
  /** Reads records in order. `consumer` names the reader in metrics; `quota` makes the read count against the shard. */
  read: call(
    streamName.extend({
      shardId: z.string(),
      position: ShardPosition,
      maxRecords: z.number().int().positive().max(10_000).default(10_000),
      maxBytes: z
        .number()
        .int()
        .positive()
        .default(10 * 1024 * 1024),
      consumer: z.string().optional(),
      quota: z.boolean().default(false),
    }),
    ReadResult,
    { bulk: true },
  ),
  /** What a position means now, as an offset that stays: LATEST and times are looked up. `quota` counts it against the shard. */
  locate: call(
    streamName.extend({ shardId: z.string(), position: ShardPosition, quota: z.boolean().default(false) }),
    z.object({ offset: z.number().int() }),
  ),
  /**
   * A consumer of the whole stream: every shard from `from` (or the consumer's own checkpoint), parents before children, as records
   * arrive. A batch is of one shard. It never throttles itself and does not end by itself.
   */
  consume: feed(
    streamName.extend({
      consumer: z.string(),
      from: z.enum(['TRIM_HORIZON', 'LATEST', 'CHECKPOINT']).default('CHECKPOINT'),
      maxRecords: z.number().int().positive().max(10_000).default(5_000),
    }),
    ReadResult,
    { bulk: true },
  ),
  /** Durable position of a consumer of `consume`: all records before `offset` are done with. */
  checkpoint: call(streamName.extend({ consumer: z.string(), shardId: z.string(), offset: z.number().int() }), nothing),
  checkpoints: call(streamName.extend({ consumer: z.string() }), z.record(z.string(), z.number().int())),
  deleteConsumer: call(streamName.extend({ consumer: z.string() }), nothing),

  registerConsumer: call(
    streamName.extend({ consumer: z.string(), tags: z.record(z.string(), z.string()).default({}) }),
    RegisteredConsumer,
  ),
  deregisterConsumer: call(streamName.extend({ consumer: z.string() }), nothing),
  registeredConsumers: call(streamName, z.array(RegisteredConsumer)),
  updateRegisteredConsumer: call(
    streamName.extend({
      consumer: z.string(),
      tags: z.record(z.string(), z.string()).optional(),
      /** Null takes it away. */
      policy: z.string().nullable().optional(),
    }),
    RegisteredConsumer,
  ),
  /**
   * Enhanced fan-out: one shard pushed to a registered consumer for five minutes of real time, or to the shard's end. The first item
   * comes at once, empty if there is nothing to read; empty ones follow while the shard is silent.
   */
  subscribe: feed(
    streamName.extend({ consumer: z.string(), shardId: z.string(), position: ShardPosition }),
    ReadResult,
    { bulk: true },
  ),

  /** Consumers of `consume` by name, each with its checkpoints by shard id. */
  consumerGroups: call(
    streamName,
    z.array(z.object({ consumer: z.string(), checkpoints: z.record(z.string(), z.number().int()) })),
  ),

  /** What has been seen of the shard's keys lately; `records` are all of them, those of other keys too. */
  shardKeys: call(streamName.extend({ shardId: z.string() }), z.object({ records: z.number(), keys: z.array(HotKey) })),
  /**
   * Puts records of a shard once more, in their order, into this stream or another, by their partition keys. What a quota refuses is put again
   * before anything behind it. `ranges` are of offsets, their ends exclusive; what retention took meanwhile is passed over and counted as `gone`.
   */
  resend: feed(
    streamName.extend({
      shardId: z.string(),
      ranges: z.array(z.object({ from: z.number().int().nonnegative(), to: z.number().int().nonnegative() })).min(1),
      target: z.string(),
    }),
    z.object({ sent: z.number().int(), gone: z.number().int(), total: z.number().int() }),
  ),

  /** The last seconds kept, then an item after each second that had traffic or a change. */
  watchMetrics: feed(streamName.extend({ historySeconds: z.number().int().max(900).default(120) }), StreamMetrics),
  /** Streams created, deleted or changed, as their new list. */
  watchStreams: feed(nothing, z.array(StreamSummary)),
  /** A damaged log: what was kept aside or quarantined at recovery. */
  damage: call(
    nothing,
    z.array(
      z.object({ stream: z.string(), shardId: z.string(), file: z.string(), what: z.string(), bytes: z.number() }),
    ),
  ),
})
