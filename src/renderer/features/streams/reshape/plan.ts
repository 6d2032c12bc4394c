import type { HotKey, ShardInfo } from '../../../../engines/stream/contract.ts'

/** What is known of the load in a shard's hash range: some keys by name, and all the others together. */
export interface Load {
  /** Records of all keys. */
  readonly records: number
  readonly keys: readonly HotKey[]
}

export interface Cut {
  /** Where the second child begins. */
  readonly at: bigint
  /** Share of the load that the first child is to have, 0 to 1. */
  readonly share: number
}

const rangeOf = ({ range }: ShardInfo) => [BigInt(range.startingHashKey), BigInt(range.endingHashKey)] as const

/** The least and the greatest key that a split takes, as the service has it. */
export function cutBounds(shard: ShardInfo): [bigint, bigint] {
  const [start, end] = rangeOf(shard)
  return [start + 2n, end - 1n]
}

export function isCut(shard: ShardInfo, at: bigint): boolean {
  const [least, most] = cutBounds(shard)
  return at >= least && at <= most
}

export function middleOf(shard: ShardInfo): bigint {
  const [start, end] = rangeOf(shard)
  return (start + end) / 2n + 1n
}

/** What the sketch is sure of: the rest of a shard's records are taken to be spread evenly over its range. */
const sure = ({ records, error }: HotKey) => Math.max(0, records - error)

/** The share of the load below a hash key. */
export function shareBelow(shard: ShardInfo, load: Load, at: bigint): number {
  const [start, end] = rangeOf(shard)
  const known = load.keys.reduce((sum, key) => sum + sure(key), 0)
  const total = Math.max(load.records, known)
  const even = Number(((at - start) * 1_000_000n) / (end - start + 1n)) / 1_000_000
  if (total === 0) return even
  const below = load.keys.reduce((sum, key) => sum + (BigInt(key.hashKey) < at ? sure(key) : 0), 0)
  return (below + (total - known) * even) / total
}

/** Where to split so that both children have as nearly half the load as can be: between keys, since a key goes to one of them whole. */
export function halvingCut(shard: ShardInfo, load: Load): Cut {
  const [least, most] = cutBounds(shard)
  // The share grows evenly between two keys and jumps at each: it passes the half at a key, or in a gap that a search halves.
  let [low, high] = [least, most]
  while (low < high) {
    const middle = (low + high) / 2n
    if (shareBelow(shard, load, middle) < 0.5) low = middle + 1n
    else high = middle
  }
  const cuts = [low, low - 1n]
    .filter((at) => isCut(shard, at))
    .map((at) => ({ at, share: shareBelow(shard, load, at) }))
  return cuts.reduce((best, cut) => (Math.abs(cut.share - 0.5) < Math.abs(best.share - 0.5) ? cut : best))
}

/** The key that takes more than half the load by itself: no split halves that. */
export function dominantKey(load: Load): HotKey | null {
  return load.keys.find((key) => sure(key) > load.records / 2) ?? null
}

/** Open shards beside a shard in hash order. */
export function neighboursOf(shards: readonly ShardInfo[], shard: ShardInfo): ShardInfo[] {
  const [start, end] = rangeOf(shard)
  return shards.filter((other) => {
    const [otherStart, otherEnd] = rangeOf(other)
    return other.state === 'OPEN' && (otherEnd + 1n === start || otherStart === end + 1n)
  })
}

/** The two in hash order, where they lie side by side. */
export function adjacentPair(one: ShardInfo, other: ShardInfo): [ShardInfo, ShardInfo] | null {
  const [lower, upper] = rangeOf(one)[0] < rangeOf(other)[0] ? [one, other] : [other, one]
  return rangeOf(lower)[1] + 1n === rangeOf(upper)[0] ? [lower, upper] : null
}
