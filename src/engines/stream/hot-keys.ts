export const KEYS_MAX = 64
/** What a count keeps of itself from one second to the next: "lately" is some twenty seconds. */
const DECAY = 0.95

interface Count {
  records: number
  /** What it took over from the key whose place it has: so much it may be too high. */
  error: number
  explicit: string | null
}

export interface TopKey extends Count {
  readonly key: string
  /** Of all records of its shard. */
  readonly share: number
}

/**
 * The partition keys that take most records of a shard lately: Space-Saving (Metwally, Agrawal, El Abbadi 2005) over a sample. A key
 * that is new takes the place and the count of the rarest, so that memory is fixed and a key that is truly hot is never missed; counts
 * may be too high by at most the rarest one's.
 */
export class HotKeys {
  /** Records of all keys. */
  total = 0
  private readonly counts = new Map<string, Count>()

  /** A sampled key that stands for `weight` records. `explicit` is the hash key that the record came with. */
  add(key: string, weight: number, explicit: string | null): void {
    this.total += weight
    const known = this.counts.get(key)
    if (known) {
      known.records += weight
      known.explicit = explicit
      return
    }
    const error = this.counts.size < KEYS_MAX ? 0 : this.dropRarest()
    this.counts.set(key, { records: error + weight, error, explicit })
  }

  private dropRarest(): number {
    let rarest = ''
    let least = Number.POSITIVE_INFINITY
    // Where keys are many, this runs for each sample: `forEach` makes no pair of each entry.
    this.counts.forEach(({ records }, key) => {
      if (records >= least) return
      least = records
      rarest = key
    })
    this.counts.delete(rarest)
    return least
  }

  /** A second has passed. */
  age(): void {
    this.total *= DECAY
    for (const [key, count] of this.counts) {
      count.records *= DECAY
      count.error *= DECAY
      if (count.records < 0.5) this.counts.delete(key)
    }
  }

  top(limit: number): TopKey[] {
    return [...this.counts]
      .sort((a, b) => b[1].records - a[1].records)
      .slice(0, limit)
      .map(([key, count]) => ({ key, ...count, share: Math.min(1, count.records / Math.max(this.total, 1)) }))
  }
}
