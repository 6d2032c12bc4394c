const KEYS_MAX = 64
/** What a count keeps of itself from one second to the next: "lately" is some twenty seconds. */
const DECAY = 0.95

/**
 * The partition keys that take most records of a shard lately: Space-Saving (Metwally, Agrawal, El Abbadi 2005) over a sample. A key
 * that is new takes the place and the count of the rarest, so that memory is fixed and a key that is truly hot is never missed; counts
 * may be too high by at most the rarest one's.
 */
export class HotKeys {
  private readonly counts = new Map<string, number>()
  private total = 0

  /** A sampled key that stands for `weight` records. */
  add(key: string, weight: number): void {
    this.total += weight
    const known = this.counts.get(key)
    if (known !== undefined || this.counts.size < KEYS_MAX) {
      this.counts.set(key, (known ?? 0) + weight)
      return
    }
    let rarest = ''
    let least = Number.POSITIVE_INFINITY
    for (const [other, count] of this.counts) {
      if (count >= least) continue
      least = count
      rarest = other
    }
    this.counts.delete(rarest)
    this.counts.set(key, least + weight)
  }

  /** A second has passed. */
  age(): void {
    this.total *= DECAY
    for (const [key, count] of this.counts) {
      if (count * DECAY < 0.5) this.counts.delete(key)
      else this.counts.set(key, count * DECAY)
    }
  }

  top(limit: number): { key: string; records: number; share: number }[] {
    return [...this.counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, limit)
      .map(([key, count]) => ({ key, records: Math.round(count), share: Math.min(1, count / Math.max(this.total, 1)) }))
  }
}
