import type { ShardInfo, ShardSecond, StreamMetrics } from '../../../../engines/stream/contract.ts'

/** A shard's quota, as Kinesis has it: bytes and records in a second. */
const QUOTA_BYTES = 1024 * 1024
const QUOTA_RECORDS = 1000
const HASH_KEYS = 2n ** 128n
/** Hash keys are drawn to a ten-thousandth of their range: more than a screen has pixels. */
const PRECISION = 10_000n

/** A shard as a band: its place on the hash axis (0 to 1, from the top) and its life on the time axis. */
export interface Lane {
  readonly shard: ShardInfo
  readonly from: number
  readonly to: number
  readonly bornMs: number
  readonly endMs: number
}

export interface LaneCell {
  readonly timeMs: number
  /** Share of the shard's write quota used in this second; above 1 where quotas are off. */
  readonly load: number
  readonly throttled: number
}

export function lanesOf(shards: readonly ShardInfo[], nowMs: number): Lane[] {
  return shards
    .filter(({ state }) => state !== 'EXPIRED')
    .map((shard) => ({
      shard,
      from: place(BigInt(shard.range.startingHashKey)),
      to: place(BigInt(shard.range.endingHashKey) + 1n),
      bornMs: shard.createdMs,
      endMs: shard.closedMs ?? nowMs,
    }))
    .sort((a, b) => a.from - b.from || a.bornMs - b.bornMs)
}

function place(hashKey: bigint): number {
  return Number((hashKey * PRECISION) / HASH_KEYS) / Number(PRECISION)
}

/** How much of its quota a shard used in a second: the tighter of bytes and records. */
export function loadOf(second: Pick<ShardSecond, 'inBytes' | 'inRecords'>): number {
  return Math.max(second.inBytes / QUOTA_BYTES, second.inRecords / QUOTA_RECORDS)
}

export function cellsOf(metrics: readonly StreamMetrics[]): Map<string, LaneCell[]> {
  const cells = new Map<string, LaneCell[]>()
  for (const { timeMs, shards } of metrics) {
    for (const second of shards) {
      const cell = { timeMs, load: loadOf(second), throttled: second.writeThrottled }
      const lane = cells.get(second.shardId)
      if (lane) lane.push(cell)
      else cells.set(second.shardId, [cell])
    }
  }
  return cells
}

/** Keeps the newest `seconds`, each second once: a feed that was subscribed again sends its history again. */
export function mergeMetrics(
  before: readonly StreamMetrics[],
  items: readonly StreamMetrics[],
  seconds: number,
): StreamMetrics[] {
  const byTime = new Map(before.map((item) => [item.timeMs, item]))
  for (const item of items) byTime.set(item.timeMs, item)
  const sorted = [...byTime.values()].sort((a, b) => a.timeMs - b.timeMs)
  const newest = sorted.at(-1)?.timeMs ?? 0
  return sorted.filter(({ timeMs }) => timeMs > newest - seconds * 1000)
}

export interface ShardRates {
  readonly inRecords: number
  readonly inBytes: number
  readonly outRecords: number
  readonly outBytes: number
  readonly throttled: number
  readonly load: number
}

const QUIET: ShardRates = { inRecords: 0, inBytes: 0, outRecords: 0, outBytes: 0, throttled: 0, load: 0 }

/** Means of the last whole seconds, so that a number can be read before it changes. */
export function ratesOf(metrics: readonly StreamMetrics[], shardId: string, nowMs: number, seconds = 3): ShardRates {
  // The second that is not over yet says too little.
  const from = nowMs - (seconds + 1) * 1000
  const recent = metrics
    .filter(({ timeMs }) => timeMs >= from)
    .flatMap(({ shards }) => shards.filter((shard) => shard.shardId === shardId))
  if (recent.length === 0) return QUIET
  const sum = (pick: (second: ShardSecond) => number) =>
    recent.reduce((total, second) => total + pick(second), 0) / seconds
  const rates = {
    inRecords: sum((s) => s.inRecords),
    inBytes: sum((s) => s.inBytes),
    outRecords: sum((s) => s.outRecords),
    outBytes: sum((s) => s.outBytes),
    throttled: sum((s) => s.writeThrottled),
  }
  return { ...rates, load: loadOf(rates) }
}

/** The shard that takes more than three times the median load: the skew rule that AWS gives for subtasks. */
export function hotShard(
  shards: readonly ShardInfo[],
  metrics: readonly StreamMetrics[],
  nowMs: number,
): { shardId: string; times: number } | null {
  const open = shards.filter(({ state }) => state === 'OPEN')
  if (open.length < 3) return null
  const loads = open
    .map(({ shardId }) => ({ shardId, load: ratesOf(metrics, shardId, nowMs, 10).load }))
    .sort((a, b) => b.load - a.load)
  const median = loads[loads.length >> 1].load
  return median > 0 && loads[0].load > 3 * median ? { shardId: loads[0].shardId, times: loads[0].load / median } : null
}
