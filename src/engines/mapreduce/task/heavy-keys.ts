import type { PartitionSkew, Sort } from '../contract.ts'
import type { Segment } from '../protocol.ts'
import type { Collector } from './collector.ts'
import { shown } from './context.ts'

/** Keys that a partition's sketch holds. */
const HELD = 64
const TOLD = 20
/** Keys with a smaller share of a spill are not looked at: they cannot cause skew by themselves. */
const SHARE_MIN = 0.0005

/**
 * The heaviest keys of each partition, in bounded memory (Misra and Gries, "Finding repeated elements"): where there are too many, all are
 * lessened by the least, so that a count may be too small, never too large.
 */
export class HeavyKeys {
  private readonly sketches: Map<string, number>[]
  private readonly sort: Sort | undefined

  constructor(partitions: number, sort: Sort | undefined) {
    this.sketches = Array.from({ length: partitions }, () => new Map<string, number>())
    this.sort = sort
  }

  /** Keys of one spill, before they are combined. */
  add(partition: number, { data, offsets, lengths, keyLengths, counts }: Collector, ids: Int32Array): void {
    let total = 0
    for (const id of ids) total += counts[id]
    const least = Math.max(2, total * SHARE_MIN)
    const sketch = this.sketches[partition]
    for (const id of ids) {
      if (counts[id] < least) continue
      const start = offsets[id] + (this.sort ? lengths[id] : 0)
      const key = shown(data.utf8Slice(start, offsets[id] + keyLengths[id]))
      addTo(sketch, key, counts[id])
    }
  }

  told(segments: readonly Segment[]): PartitionSkew[] {
    return this.sketches.map((sketch, partition) => ({
      partition,
      records: segments[partition].records,
      bytes: segments[partition].bytes,
      keys: heaviest(sketch),
    }))
  }
}

export const heaviest = (sketch: ReadonlyMap<string, number>): PartitionSkew['keys'] =>
  [...sketch]
    .map(([key, records]) => ({ key, records }))
    .sort((a, b) => b.records - a.records || (a.key < b.key ? -1 : 1))
    .slice(0, TOLD)

export function addTo(sketch: Map<string, number>, key: string, records: number): void {
  sketch.set(key, (sketch.get(key) ?? 0) + records)
  if (sketch.size <= HELD) return
  const least = Math.min(...sketch.values())
  for (const [held, count] of sketch) {
    if (count > least) sketch.set(held, count - least)
    else sketch.delete(held)
  }
}
