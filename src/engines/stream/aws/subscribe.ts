import {
  type StartingPosition,
  SubscribeToShard$,
  type SubscribeToShardEventStream,
  type SubscribeToShardInput,
  type SubscribeToShardOutput,
} from '@aws-sdk/client-kinesis'
import type { ReadResult, ShardInfo, ShardPosition } from '../contract.ts'
import { continuationSequenceNumber } from '../sequence.ts'
import { CONSUMER_ARN, dryRun, operation, refuse, resolveShardId, SEQUENCE_NUMBER, SHARD_ID } from './common.ts'
import { describeShard, ITERATOR_TYPES, positionOf, recordsOf } from './get-records.ts'
import { consumerByArn } from './resource.ts'

export const SubscribeToShard = operation<SubscribeToShardInput, SubscribeToShardOutput>({
  schema: SubscribeToShard$,
  constraints: {
    ConsumerARN: CONSUMER_ARN,
    ShardId: SHARD_ID,
    'StartingPosition.Type': { values: ITERATOR_TYPES },
    'StartingPosition.SequenceNumber': SEQUENCE_NUMBER,
  },
  async run(input, { clients, nowMs, signal }) {
    refuse(input, 'StreamId')
    const { stream, consumer } = await consumerByArn(clients, input.ConsumerARN!)
    const shardId = resolveShardId(input.ShardId!, stream)
    const shard = await describeShard(clients, stream, shardId)
    const position = startOf(input.StartingPosition!, stream, shard, nowMs)
    if (input.DryRun) throw dryRun()
    const items = clients.stream
      .subscribe({ stream, consumer: consumer.name, shardId, position }, { signal })
      [Symbol.asyncIterator]()
    // The first item comes at once, and says that the subscription stands: what is wrong is answered as an error, not as an event.
    const first = await items.next()
    return { EventStream: eventsOf(first, items, shard) }
  },
})

function startOf(start: StartingPosition, stream: string, shard: ShardInfo, nowMs: number): ShardPosition {
  const { Type, SequenceNumber, Timestamp } = start
  const asked = { ShardIteratorType: Type, StartingSequenceNumber: SequenceNumber, Timestamp }
  return positionOf(asked, 'SubscribeToShard', stream, shard, nowMs)
}

async function* eventsOf(
  first: IteratorResult<ReadResult>,
  items: AsyncIterator<ReadResult>,
  shard: ShardInfo,
): AsyncGenerator<SubscribeToShardEventStream> {
  try {
    for (let item = first; !item.done; item = await items.next()) yield eventOf(item.value, shard)
  } finally {
    await items.return?.()
  }
}

function eventOf(item: ReadResult, shard: ShardInfo): SubscribeToShardEventStream {
  const createdS = Math.floor(shard.createdMs / 1000)
  const { Records, MillisBehindLatest, ChildShards } = recordsOf(item, createdS)
  const lastMs = item.arrivals[item.arrivals.length - 1] ?? shard.createdMs
  return {
    SubscribeToShardEvent: {
      Records,
      MillisBehindLatest,
      // At the shard's end there is nothing to continue with but its children.
      ContinuationSequenceNumber: item.ended
        ? undefined
        : continuationSequenceNumber(shard.index, item.nextOffset, createdS, lastMs),
      ...(ChildShards && { ChildShards }),
    },
  }
}
