import type { ShardCounter, ShardInfo } from '../../../../engines/stream/contract.ts'
import type { History, Rates } from './history.ts'

/** A shard's limits a second, as Kinesis has them. */
export const LIMITS = { writeRecords: 1000, writeBytes: 1024 * 1024, readBytes: 2 * 1024 * 1024 }

/** What a picture shows of a second, as a share of the limit that AWS has for it: hot is hot on every stream. */
export interface Measure {
  readonly title: string
  /** What its 100 % is. */
  readonly limit: string
  /** The tightest of these says how much of the limit was used. */
  readonly parts: readonly { readonly counter: ShardCounter; readonly limit: number }[]
}

export const MEASURES = {
  write: {
    title: 'Write load',
    limit: '1,000 rec/s or 1 MiB/s in',
    parts: [
      { counter: 'inRecords', limit: LIMITS.writeRecords },
      { counter: 'inBytes', limit: LIMITS.writeBytes },
    ],
  },
  records: {
    title: 'Records in',
    limit: '1,000 rec/s in',
    parts: [{ counter: 'inRecords', limit: LIMITS.writeRecords }],
  },
  bytes: { title: 'Bytes in', limit: '1 MiB/s in', parts: [{ counter: 'inBytes', limit: LIMITS.writeBytes }] },
  out: { title: 'Bytes out', limit: '2 MiB/s out', parts: [{ counter: 'outBytes', limit: LIMITS.readBytes }] },
} as const satisfies Record<string, Measure>

export type MeasureId = keyof typeof MEASURES

export function shareOf(rates: Rates, measure: Measure = MEASURES.write): number {
  return Math.max(...measure.parts.map(({ counter, limit }) => rates[counter] / limit))
}

/** The shard that takes more than three times the median load, and more than a tenth of what it may. */
export function hotShard(
  shards: readonly ShardInfo[],
  history: History,
  nowMs: number,
): { shardId: string; times: number } | null {
  const loads = shards
    .filter(({ state }) => state === 'OPEN')
    .map(({ shardId, index }) => ({ shardId, load: shareOf(history.rates(index, nowMs, 10)) }))
    .sort((a, b) => b.load - a.load)
  if (loads.length < 3) return null
  const median = loads[loads.length >> 1].load
  const [{ shardId, load }] = loads
  return median > 0 && load > 0.1 && load > 3 * median ? { shardId, times: load / median } : null
}
