import { EngineError } from '../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../kit/pure/ids.ts'
import type { ShardPosition } from './contract.ts'
import type { Shard } from './model.ts'
import { parseSequenceNumber, shardIdOf } from './sequence.ts'
import type { ShardLog } from './shard-log.ts'

/** The offset that a position means now, never before the horizon. */
export async function offsetOf(stream: string, shard: Shard, log: ShardLog, position: ShardPosition): Promise<number> {
  switch (position.type) {
    case 'TRIM_HORIZON':
      return log.first
    case 'LATEST':
      return log.next
    case 'AT_TIMESTAMP':
      return Math.max(log.first, await log.find(position.timestampMs))
    case 'OFFSET':
      return Math.max(log.first, position.offset)
    case 'AT_SEQUENCE_NUMBER':
      return Math.max(log.first, offsetOfSequence(stream, shard, log, position.sequenceNumber, 0))
    case 'AFTER_SEQUENCE_NUMBER':
      return Math.max(log.first, offsetOfSequence(stream, shard, log, position.sequenceNumber, 1))
  }
}

function offsetOfSequence(stream: string, shard: Shard, log: ShardLog, sequenceNumber: string, after: number): number {
  const place = parseSequenceNumber(sequenceNumber)
  if (!place || place.shard !== shard.index || place.shardCreatedS !== Math.floor(shard.createdMs / 1000)) {
    throw new EngineError(
      'InvalidArgumentException',
      `StartingSequenceNumber ${sequenceNumber} used in GetShardIterator on shard ${shardIdOf(shard.index)} in stream ${stream} under account ${ACCOUNT_ID} is invalid because it did not come from this stream.`,
    )
  }
  return Math.min(log.next, place.offset + (place.between ? 1 : after))
}
