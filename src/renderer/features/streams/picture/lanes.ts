import type { ShardInfo } from '../../../../engines/stream/contract.ts'

export const HASH_KEYS = 2n ** 128n
/** Hash keys are drawn to a hundred-thousandth of their range: more than a screen has pixels. */
const PRECISION = 100_000n

/** How shards lie on the vertical axis: each a row of its own, or each where its hash range is. */
export type View = 'rows' | 'ranges'

/** A shard as a band: its place on the vertical axis, px from the top of all, and its life on the time axis. */
export interface Lane {
  readonly shard: ShardInfo
  readonly top: number
  readonly bottom: number
  readonly bornMs: number
  readonly endMs: number
}

/** A row is never less than this, so that it can be read and hit. */
const ROW_MIN = 16

/** Bands in hash order, of the shards that lived at some time between; those that only a reshard passed through are none. */
export function lanesOf(
  shards: readonly ShardInfo[],
  view: View,
  height: number,
  [fromMs, toMs]: readonly [number, number],
): Lane[] {
  const shown = shards
    .filter(({ state, createdMs, closedMs = toMs }) => state !== 'EXPIRED' && closedMs > fromMs && closedMs > createdMs)
    .map((shard) => ({ shard, from: placeOf(BigInt(shard.range.startingHashKey)) }))
    .sort((a, b) => a.from - b.from || a.shard.createdMs - b.shard.createdMs)
  const row = Math.max(ROW_MIN, height / Math.max(1, shown.length))
  return shown.map(({ shard, from }, i) => ({
    shard,
    top: view === 'rows' ? i * row : from * height,
    bottom: view === 'rows' ? (i + 1) * row : placeOf(BigInt(shard.range.endingHashKey) + 1n) * height,
    bornMs: shard.createdMs,
    endMs: shard.closedMs ?? toMs,
  }))
}

/** A hash key's place among all, 0 to 1. */
export function placeOf(hashKey: bigint): number {
  return Number((hashKey * PRECISION) / HASH_KEYS) / Number(PRECISION)
}
