import {
  type StartingPosition,
  SubscribeToShard$,
  type SubscribeToShardEvent,
  type SubscribeToShardInput,
} from '@aws-sdk/client-kinesis'
import type { ReadResult, ShardInfo, ShardPosition } from '../contract.ts'
import { continuationSequenceNumber } from '../sequence.ts'
import { CONSUMER_ARN, dryRun, operation, refuse, resolveShardId, SEQUENCE_NUMBER, SHARD_ID } from './common.ts'
import { describeShard, ITERATOR_TYPES, positionOf } from './get-records.ts'
import { recordsOf, tailOf, writeRead } from './read-answer.ts'
import { consumerByArn } from './resource.ts'

/** An event is an object for the schema, or its JSON. */
interface Output {
  EventStream: AsyncIterable<{ SubscribeToShardEvent: SubscribeToShardEvent | Uint8Array }>
}

export const SubscribeToShard = operation<SubscribeToShardInput, Output>({
  schema: SubscribeToShard$,
  constraints: {
    ConsumerARN: CONSUMER_ARN,
    ShardId: SHARD_ID,
    'StartingPosition.Type': { values: ITERATOR_TYPES },
    'StartingPosition.SequenceNumber': SEQUENCE_NUMBER,
  },
  async run(input, { clients, nowMs, signal, headers }) {
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
    const cbor = headers['content-type']?.includes('cbor') ?? false
    return { EventStream: eventsOf(first, items, shard, cbor ? eventOf : writtenEvent) }
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
  write: (item: ReadResult, shard: ShardInfo) => SubscribeToShardEvent | Uint8Array,
): AsyncGenerator<{ SubscribeToShardEvent: SubscribeToShardEvent | Uint8Array }> {
  try {
    for (let item = first; !item.done; item = await items.next())
      yield { SubscribeToShardEvent: write(item.value, shard) }
  } finally {
    await items.return?.()
  }
}

function eventOf(item: ReadResult, shard: ShardInfo): SubscribeToShardEvent {
  const { Records } = recordsOf(item, createdSOf(shard))
  return { Records, ...progressOf(item, shard) }
}

/** The same in JSON, by hand: a subscription may push a hundred thousand records a second. */
function writtenEvent(item: ReadResult, shard: ShardInfo): Uint8Array {
  return writeRead(item, createdSOf(shard), progressOf(item, shard))
}

function progressOf(item: ReadResult, shard: ShardInfo): Omit<SubscribeToShardEvent, 'Records'> {
  const { MillisBehindLatest, ChildShards } = tailOf(item)
  const lastMs = item.arrivals[item.arrivals.length - 1] ?? shard.createdMs
  return {
    MillisBehindLatest,
    // At the shard's end there is nothing to continue with but its children.
    ContinuationSequenceNumber: item.ended
      ? undefined
      : continuationSequenceNumber(shard.index, item.nextOffset, createdSOf(shard), lastMs),
    ...(ChildShards && { ChildShards }),
  }
}

function createdSOf(shard: ShardInfo): number {
  return Math.floor(shard.createdMs / 1000)
}
