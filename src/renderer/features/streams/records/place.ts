import type { ShardInfo, ShardPosition } from '../../../../engines/stream/contract.ts'
import { parseSequenceNumber, shardIdOf } from '../../../../engines/stream/sequence.ts'
import { PAGE_RECORDS } from './read.ts'

/** How a person says where to read from. */
export type From = 'TRIM_HORIZON' | 'AT_TIMESTAMP' | 'RECENT' | 'SEQUENCE'

export const FROM = [
  { value: 'RECENT', label: 'Newest records' },
  { value: 'TRIM_HORIZON', label: 'Oldest kept', detail: 'TRIM_HORIZON' },
  { value: 'AT_TIMESTAMP', label: 'At a time', detail: 'AT_TIMESTAMP' },
  { value: 'SEQUENCE', label: 'At a sequence number', detail: 'AT_SEQUENCE_NUMBER' },
] as const

/** Null where the place is not said, or is no time. */
export function positionOf(from: From, at: string, shard: ShardInfo): ShardPosition | null {
  if (from === 'TRIM_HORIZON') return { type: 'TRIM_HORIZON' }
  if (from === 'RECENT') return { type: 'OFFSET', offset: Math.max(shard.firstOffset, shard.nextOffset - PAGE_RECORDS) }
  if (from === 'SEQUENCE') return shardOfSequence(at) ? { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: at.trim() } : null
  const timestampMs = timeOfText(at)
  return timestampMs === null ? null : { type: 'AT_TIMESTAMP', timestampMs }
}

/** The shard that a sequence number is of: it says so itself. */
export function shardOfSequence(text: string): string | null {
  const place = parseSequenceNumber(text.trim())
  return place ? shardIdOf(place.shard) : null
}

/** Epoch milliseconds, or a time in UTC unless it says its zone. */
export function timeOfText(text: string): number | null {
  const trimmed = text.trim()
  if (/^\d{10,}$/.test(trimmed)) return Number(trimmed)
  const zoned = /z$|[+-]\d\d:?\d\d$/i.test(trimmed)
  const timeMs = Date.parse(`${trimmed.replace(' ', 'T')}${zoned ? '' : 'Z'}`)
  return Number.isNaN(timeMs) ? null : timeMs
}

/** The same time as text, UTC, to the millisecond. */
export function textOfTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').slice(0, -1)
}
