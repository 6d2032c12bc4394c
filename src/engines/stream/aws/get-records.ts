import {
  GetRecords$,
  type GetRecordsInput,
  type GetRecordsOutput,
  GetShardIterator$,
  type GetShardIteratorInput,
  type GetShardIteratorOutput,
  type ShardIteratorType,
} from '@aws-sdk/client-kinesis'
import type { AwsContext, RawRequest } from '../../kit/node/aws/service.ts'
import { realTime } from '../../kit/node/real-time.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { ShardInfo, ShardPosition } from '../contract.ts'
import { parseSequenceNumber, sequenceNumber } from '../sequence.ts'
import {
  dryRun,
  invalidArgument,
  NAMING,
  nameOf,
  operation,
  refuse,
  resolveShardId,
  SEQUENCE_NUMBER,
  SHARD_ID,
  type StreamClients,
} from './common.ts'
import { type Iterator, readIterator, writeIterator } from './iterator.ts'
import { recordsOf, tailOf, writeRead } from './read-answer.ts'

const RECORDS_MAX = 10_000
const BYTES_MAX = 10 * 1024 * 1024
const ITERATOR = { length: [1, 512] } as const
export const ITERATOR_TYPES = [
  'AFTER_SEQUENCE_NUMBER',
  'LATEST',
  'AT_TIMESTAMP',
  'AT_SEQUENCE_NUMBER',
  'TRIM_HORIZON',
] as const

export const GetShardIterator = operation<GetShardIteratorInput, GetShardIteratorOutput>({
  schema: GetShardIterator$,
  constraints: {
    ...NAMING,
    ShardId: SHARD_ID,
    ShardIteratorType: { values: ITERATOR_TYPES },
    StartingSequenceNumber: SEQUENCE_NUMBER,
  },
  async run(input, { clients, nowMs }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const shardId = resolveShardId(input.ShardId!, stream)
    const shard = await describeShard(clients, stream, shardId)
    const position = positionOf(input, 'GetShardIterator', stream, shard, nowMs)
    const { offset } = await clients.stream.locate({ stream, shardId, position, quota: true })
    if (input.DryRun) throw dryRun()
    const next = sequenceNumber(shard.index, offset, Math.floor(shard.createdMs / 1000), 0)
    return { ShardIterator: writeIterator({ stream, shardId, sequenceNumber: next }, realTime.now()) }
  },
})

export const GetRecords = operation<GetRecordsInput, GetRecordsOutput>({
  schema: GetRecords$,
  constraints: { StreamARN: NAMING.StreamARN, ShardIterator: ITERATOR, Limit: { range: [1, RECORDS_MAX] } },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const iterator = readIterator(input.ShardIterator!, realTime.now())
    const stream = nameOf({ StreamName: iterator.stream, StreamARN: input.StreamARN })
    if (input.DryRun) {
      await clients.stream.describeStream({ stream })
      throw dryRun()
    }
    const { result, next, createdS } = await read(clients, iterator, input.Limit)
    return { ...(next !== undefined && { NextShardIterator: next }), ...recordsOf(result, createdS) }
  },
  /** The records are written by hand: an answer may be ten thousand of them. */
  async raw({ body, encoding }: RawRequest, { clients }: AwsContext<StreamClients>) {
    const input = encoding === 'json' ? plainInput(body) : undefined
    if (!input) return undefined
    const { result, next, createdS } = await read(
      clients,
      readIterator(input.ShardIterator, realTime.now()),
      input.Limit,
    )
    const { MillisBehindLatest, ChildShards } = tailOf(result)
    return writeRead(result, createdS, { NextShardIterator: next, MillisBehindLatest, ChildShards })
  },
})

export async function describeShard(clients: StreamClients, stream: string, shardId: string): Promise<ShardInfo> {
  const shards = await clients.stream.describeStream({ stream }).then(
    (description) => description.shards,
    (error: EngineError) => {
      if (error.code !== 'ResourceNotFoundException') throw error
      return []
    },
  )
  const shard = shards.find((each) => each.shardId === shardId)
  if (shard) return shard
  throw new EngineError(
    'ResourceNotFoundException',
    `Shard ${shardId} in stream ${stream} under account ${ACCOUNT_ID} does not exist`,
  )
}

type Start = Pick<GetShardIteratorInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>

export function positionOf(
  input: Start,
  operationName: string,
  stream: string,
  shard: ShardInfo,
  nowMs: number,
): ShardPosition {
  const { ShardIteratorType, StartingSequenceNumber, Timestamp } = input
  const type = ShardIteratorType as ShardIteratorType
  const bySequence = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER'
  if (bySequence !== (StartingSequenceNumber !== undefined)) {
    throw invalidArgument(
      `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and ${bySequence ? 'no' : 'also a'} StartingSequenceNumber.`,
    )
  }
  if (bySequence) {
    checkSequenceNumber(StartingSequenceNumber!, operationName, stream, shard)
    return { type, sequenceNumber: StartingSequenceNumber! }
  }
  if (type !== 'AT_TIMESTAMP') return { type: type as 'LATEST' | 'TRIM_HORIZON' }
  if (!Timestamp)
    throw invalidArgument(
      'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.',
    )
  const timestampMs = Timestamp.getTime()
  if (timestampMs > nowMs)
    throw invalidArgument(
      `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timestampMs}, currentTimestampInMillis: ${nowMs}`,
    )
  return { type, timestampMs }
}

function checkSequenceNumber(text: string, operationName: string, stream: string, shard: ShardInfo): void {
  const place = parseSequenceNumber(text)
  if (!place)
    throw invalidArgument(
      `StartingSequenceNumber ${text} used in ${operationName} on shard ${shard.shardId} in stream ${stream} under account ${ACCOUNT_ID} is invalid.`,
    )
  if (place.shard !== shard.index)
    throw invalidArgument(
      `Invalid StartingSequenceNumber. It encodes ${resolveShardId(String(place.shard), stream)}, while it was used in a call to a shard with ${shard.shardId}`,
    )
}

async function read(clients: StreamClients, iterator: Iterator, limit: number | undefined) {
  const { stream, shardId, sequenceNumber: at } = iterator
  const place = parseSequenceNumber(at)!
  const result = await clients.stream.read({
    stream,
    shardId,
    position: { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: at },
    maxRecords: limit ?? RECORDS_MAX,
    maxBytes: BYTES_MAX,
    consumer: 'AWS GetRecords',
    quota: true,
  })
  const nextNumber = sequenceNumber(place.shard, result.nextOffset, place.shardCreatedS, 0)
  const next = result.ended ? undefined : writeIterator({ stream, shardId, sequenceNumber: nextNumber }, realTime.now())
  return { result, next, createdS: place.shardCreatedS, shard: place.shard }
}

function plainInput(body: Uint8Array): { ShardIterator: string; Limit?: number } | undefined {
  try {
    const input = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
    const { ShardIterator, Limit, ...rest } = input
    if (typeof ShardIterator !== 'string' || ShardIterator.length < 1 || ShardIterator.length > 512) return undefined
    if (Limit !== undefined && !(Number.isInteger(Limit) && Limit >= 1 && Limit <= RECORDS_MAX)) return undefined
    return Object.keys(rest).length === 0 ? input : undefined
  } catch {
    return undefined
  }
}
