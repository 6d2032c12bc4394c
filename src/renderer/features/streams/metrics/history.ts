import { SHARD_COUNTERS, type ShardCounter, type StreamSecond } from '../../../../engines/stream/contract.ts'

/** The seconds that the engine keeps, and that are kept here. */
export const HISTORY_SECONDS = 900
const WIDTH = SHARD_COUNTERS.length
const PLACE = Object.fromEntries(SHARD_COUNTERS.map((counter, i) => [counter, i])) as Record<ShardCounter, number>

/** A ring of a shard's seconds: which second a slot holds, and its counters. 25 KiB, whatever happens in it. */
interface Ring {
  readonly seconds: Uint32Array
  readonly counters: Float32Array
}

export type Rates = Readonly<Record<ShardCounter, number>>

const QUIET = Object.fromEntries(SHARD_COUNTERS.map((counter) => [counter, 0])) as Rates

/** What the shards of a stream did in the last fifteen minutes, by shard and second. Grows with the shards that have traffic, and not with time. */
export class History {
  /** Start of the newest second, epoch ms; 0 before there is any. */
  newestMs = 0
  private readonly rings = new Map<number, Ring>()

  add(seconds: readonly StreamSecond[]): void {
    for (const { timeMs, shards, counters } of seconds) {
      const second = timeMs / 1000
      const slot = second % HISTORY_SECONDS
      this.newestMs = Math.max(this.newestMs, timeMs)
      shards.forEach((shard, row) => {
        const ring = this.ring(shard)
        ring.seconds[slot] = second
        ring.counters.set(counters.subarray(row * WIDTH, (row + 1) * WIDTH), slot * WIDTH)
      })
    }
    this.forgetSilent()
  }

  private ring(shard: number): Ring {
    let ring = this.rings.get(shard)
    if (!ring) {
      ring = { seconds: new Uint32Array(HISTORY_SECONDS), counters: new Float32Array(HISTORY_SECONDS * WIDTH) }
      this.rings.set(shard, ring)
    }
    return ring
  }

  /** Shards that have had nothing in all the time that is kept: closed ones, mostly. */
  private forgetSilent(): void {
    const oldest = this.newestMs / 1000 - HISTORY_SECONDS
    for (const [shard, { seconds }] of this.rings)
      if (!seconds.some((second) => second > oldest)) this.rings.delete(shard)
  }

  /** A counter of a second; 0 where nothing is known. */
  at(shard: number, timeMs: number, counter: ShardCounter): number {
    const ring = this.rings.get(shard)
    const second = Math.floor(timeMs / 1000)
    const slot = second % HISTORY_SECONDS
    return ring?.seconds[slot] === second ? ring.counters[slot * WIDTH + PLACE[counter]] : 0
  }

  /**
   * For each of `columns` runs of so many seconds from `firstMs` on, three numbers: the greatest share of a limit, and whether writes and reads
   * were refused. Reads the rings directly, since a picture asks for a hundred thousand seconds at a time.
   */
  columns(
    shard: number,
    firstMs: number,
    columns: number,
    perColumn: number,
    parts: readonly { readonly counter: ShardCounter; readonly limit: number }[],
  ): Float32Array {
    const found = new Float32Array(columns * 3)
    const ring = this.rings.get(shard)
    if (!ring) return found
    const { seconds, counters } = ring
    let second = firstMs / 1000
    for (let at = 0; at < found.length; at += 3)
      for (let i = 0; i < perColumn; i++, second++) {
        const slot = second % HISTORY_SECONDS
        if (seconds[slot] !== second) continue
        const row = slot * WIDTH
        for (const { counter, limit } of parts) found[at] = Math.max(found[at], counters[row + PLACE[counter]] / limit)
        found[at + 1] += counters[row + PLACE.writeThrottled]
        found[at + 2] += counters[row + PLACE.readThrottled]
      }
    return found
  }

  /** All counters of a second. */
  second(shard: number, timeMs: number): Rates {
    return Object.fromEntries(SHARD_COUNTERS.map((counter) => [counter, this.at(shard, timeMs, counter)])) as Rates
  }

  /** Means a second of the last whole seconds before `nowMs`, so that a number can be read before it changes. */
  rates(shard: number, nowMs: number, seconds = 3): Rates {
    if (!this.rings.has(shard)) return QUIET
    const last = Math.floor(nowMs / 1000) * 1000 - 1000
    return Object.fromEntries(
      SHARD_COUNTERS.map((counter) => {
        let sum = 0
        for (let i = 0; i < seconds; i++) sum += this.at(shard, last - i * 1000, counter)
        return [counter, sum / seconds]
      }),
    ) as Rates
  }

  copy(): History {
    const copy = new History()
    copy.newestMs = this.newestMs
    for (const [shard, { seconds, counters }] of this.rings)
      copy.rings.set(shard, { seconds: seconds.slice(), counters: counters.slice() })
    return copy
  }
}
