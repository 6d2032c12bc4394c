import {
  ListShards$,
  type ListShardsInput,
  type ListShardsOutput,
  MergeShards$,
  type MergeShardsInput,
  type Shard,
  type ShardFilter,
  SplitShard$,
  type SplitShardInput,
  UpdateShardCount$,
  type UpdateShardCountInput,
  type UpdateShardCountOutput,
} from '@aws-sdk/client-kinesis'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { ShardInfo } from '../contract.ts'
import {
  HASH_KEY,
  invalidArgument,
  NAMING,
  NEXT_TOKEN,
  nameOf,
  operation,
  refuse,
  resolveShardId,
  SHARD_ID,
} from './common.ts'
import { readToken, writeToken } from './token.ts'

const PAGE_MAX = 1000
const FILTERS = [
  'AFTER_SHARD_ID',
  'AT_TRIM_HORIZON',
  'FROM_TRIM_HORIZON',
  'AT_LATEST',
  'AT_TIMESTAMP',
  'FROM_TIMESTAMP',
] as const

export function shardOf(shard: ShardInfo): Shard {
  return {
    ShardId: shard.shardId,
    ParentShardId: shard.parentShardId,
    AdjacentParentShardId: shard.adjacentParentShardId,
    HashKeyRange: { StartingHashKey: shard.range.startingHashKey, EndingHashKey: shard.range.endingHashKey },
    SequenceNumberRange: {
      StartingSequenceNumber: shard.startingSequenceNumber,
      EndingSequenceNumber: shard.endingSequenceNumber,
    },
  }
}

export const ListShards = operation<ListShardsInput, ListShardsOutput>({
  schema: ListShards$,
  constraints: {
    ...NAMING,
    NextToken: NEXT_TOKEN,
    ExclusiveStartShardId: SHARD_ID,
    MaxResults: { range: [1, 10_000] },
    'ShardFilter.Type': { values: FILTERS },
    'ShardFilter.ShardId': SHARD_ID,
  },
  async run(input, { clients, nowMs }) {
    refuse(input, 'StreamId')
    const { stream, after, filter } = input.NextToken === undefined ? pageOne(input) : nextPage(input)
    const description = await clients.stream.describeStream({ stream })
    const created = input.StreamCreationTimestamp?.getTime()
    if (created !== undefined && Math.floor(created / 1000) !== Math.floor(description.createdMs / 1000))
      throw new EngineError('ResourceNotFoundException', `Stream ${stream} under account ${ACCOUNT_ID} not found.`)
    const horizonMs = Math.max(description.createdMs, nowMs - description.retentionHours * 3600_000)
    const rest = description.shards
      .filter((shard) => after === undefined || shard.shardId > after)
      .filter((shard) => !filter || passes(shard, filter, horizonMs))
    const page = rest.slice(0, Math.min(input.MaxResults ?? PAGE_MAX, PAGE_MAX))
    const last = page[page.length - 1]
    return {
      Shards: page.map(shardOf),
      ...(rest.length > page.length && {
        NextToken: writeToken('ListShards', { stream, after: last.shardId, filter }),
      }),
    }
  },
})

export const SplitShard = operation<SplitShardInput, object>({
  schema: SplitShard$,
  constraints: { ...NAMING, ShardToSplit: SHARD_ID, NewStartingHashKey: HASH_KEY },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const shardId = resolveShardId(input.ShardToSplit!, stream)
    await clients.stream.splitShard({ stream, shardId, newStartingHashKey: input.NewStartingHashKey! })
    return {}
  },
})

export const MergeShards = operation<MergeShardsInput, object>({
  schema: MergeShards$,
  constraints: { ...NAMING, ShardToMerge: SHARD_ID, AdjacentShardToMerge: SHARD_ID },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const shardId = resolveShardId(input.ShardToMerge!, stream)
    const adjacentShardId = resolveShardId(input.AdjacentShardToMerge!, stream)
    await clients.stream.mergeShards({ stream, shardId, adjacentShardId })
    return {}
  },
})

export const UpdateShardCount = operation<UpdateShardCountInput, UpdateShardCountOutput>({
  schema: UpdateShardCount$,
  constraints: { ...NAMING, TargetShardCount: { range: [1, null] }, ScalingType: { values: ['UNIFORM_SCALING'] } },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const target = input.TargetShardCount!
    const { arn, openShardCount } = await clients.stream.updateShardCount({ stream, targetShardCount: target })
    return { StreamName: stream, StreamARN: arn, CurrentShardCount: openShardCount, TargetShardCount: target }
  },
})

interface Page {
  stream: string
  after?: string
  filter?: ShardFilter
}

function pageOne(input: ListShardsInput): Page {
  const stream = nameOf(input)
  const { ShardFilter: filter, ExclusiveStartShardId } = input
  const byTime = filter?.Type === 'AT_TIMESTAMP' || filter?.Type === 'FROM_TIMESTAMP'
  if (byTime && !filter.Timestamp)
    throw invalidArgument(`Timestamp must be specified for ShardFilter of type ${filter.Type}.`)
  if (filter?.Timestamp && !byTime)
    throw invalidArgument(`Timestamp cannot be specified for ShardFilter of type ${filter.Type}.`)
  if (filter?.ShardId !== undefined && filter.Type !== 'AFTER_SHARD_ID')
    throw invalidArgument(`ShardId cannot be specified for ShardFilter of type ${filter.Type}.`)
  if (filter?.Type !== 'AFTER_SHARD_ID')
    return { stream, after: ExclusiveStartShardId && resolveShardId(ExclusiveStartShardId, stream), filter }
  if (!filter.ShardId) throw invalidArgument('ShardId must be specified for ShardFilter of type AFTER_SHARD_ID.')
  return { stream, after: resolveShardId(filter.ShardId, stream) }
}

function nextPage(input: ListShardsInput): Page {
  for (const member of ['StreamName', 'StreamARN', 'StreamCreationTimestamp', 'ExclusiveStartShardId'] as const)
    if (input[member] !== undefined) throw invalidArgument(`NextToken and ${member} cannot be provided together.`)
  return pageOf(input.NextToken!)
}

function passes(shard: ShardInfo, filter: ShardFilter, horizonMs: number): boolean {
  const timeMs = filter.Timestamp?.getTime() ?? horizonMs
  const closedMs = shard.closedMs ?? Number.POSITIVE_INFINITY
  switch (filter.Type) {
    case 'AT_LATEST':
      return shard.closedMs === undefined
    case 'AT_TRIM_HORIZON':
    case 'AT_TIMESTAMP':
      return shard.createdMs <= timeMs && closedMs >= timeMs
    case 'FROM_TIMESTAMP':
      return closedMs >= timeMs
    default:
      return true
  }
}

function pageOf(token: string): Page {
  const { stream, after, filter } = readToken<Page>('ListShards', token)
  return {
    stream,
    after,
    filter: filter && { ...filter, ...(filter.Timestamp && { Timestamp: new Date(filter.Timestamp) }) },
  }
}
