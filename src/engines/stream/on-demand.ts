import type { ShardSecond } from './metrics.ts'
import { begin, DAY_MS, ON_DEMAND_SHARDS, openShards, type StreamState } from './model.ts'
import { WRITE_BYTES_PER_SECOND, WRITE_RECORDS_PER_SECOND } from './quota.ts'
import { shardIdOf } from './sequence.ts'

/** How many shards' worth of writes the busiest second of a day had. */
export interface Peak {
  /** Days since the epoch. */
  readonly day: number
  readonly shards: number
}

const PEAK_DAYS = 30
/** 200 MB/s of writes, the most an on-demand stream takes by default; warm throughput may be more. */
const SHARDS_MAX = 200

/**
 * What an on-demand stream does after a second of traffic. It always has room for twice the peak of the last 30 days; and a shard that used
 * half its quota is split in the middle, since traffic need not be even.
 */
export function scale(state: StreamState, second: readonly ShardSecond[], nowMs: number): StreamState | undefined {
  const remembered = withPeak(state, second, nowMs)
  const target = shardsFor(remembered, nowMs)
  if (state.status === 'ACTIVE') {
    if (target > openShards(state.shards).length) return begin(remembered, { kind: 'resize', target })
    const split = splitHottest(remembered, second)
    if (split) return split
  }
  return remembered === state ? undefined : remembered
}

/** The shards that its past and its settings ask for. */
export function shardsFor({ peaks = [], warmMiBps = 0 }: StreamState, nowMs: number): number {
  const since = dayOf(nowMs) - PEAK_DAYS
  const peak = peaks.reduce((most, { day, shards }) => (day > since ? Math.max(most, shards) : most), 0)
  return Math.max(ON_DEMAND_SHARDS, warmMiBps, Math.min(SHARDS_MAX, 2 * peak))
}

/** Whole shards, so that a day's peak is written down a few times at most. */
function withPeak(state: StreamState, second: readonly ShardSecond[], nowMs: number): StreamState {
  let [records, bytes] = [0, 0]
  for (const { inRecords, writeThrottled, inBytes } of second) {
    records += inRecords + writeThrottled
    bytes += inBytes
  }
  const shards = Math.ceil(Math.max(records / WRITE_RECORDS_PER_SECOND, bytes / WRITE_BYTES_PER_SECOND))
  const day = dayOf(nowMs)
  const peaks = state.peaks ?? []
  if (shards <= (peaks.find((peak) => peak.day === day)?.shards ?? 0)) return state
  const kept = peaks.filter((peak) => peak.day !== day && peak.day > day - PEAK_DAYS)
  return { ...state, peaks: [...kept, { day, shards }] }
}

function splitHottest(state: StreamState, second: readonly ShardSecond[]): StreamState | undefined {
  const use = (s: ShardSecond) =>
    Math.max(s.inRecords / WRITE_RECORDS_PER_SECOND, s.inBytes / WRITE_BYTES_PER_SECOND, s.writeThrottled > 0 ? 1 : 0)
  const hottest = [...second].sort((a, b) => use(b) - use(a))[0]
  if (!hottest || use(hottest) < 0.5) return undefined
  const open = openShards(state.shards)
  const shard = open.find(({ index }) => shardIdOf(index) === hottest.shardId)
  if (!shard || shard.end - shard.start < 4n || open.length >= SHARDS_MAX) return undefined
  return begin(state, { kind: 'split', shard: shard.index, at: (shard.start + shard.end) / 2n + 1n })
}

function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS)
}
