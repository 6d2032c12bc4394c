import type { Random } from '../../../kit/pure/random.ts'

export interface GeneratedRecord {
  readonly key: string
  readonly text: string
}

/** Makes the record of a time (epoch ms) and a running number. */
export type MakeRecord = (timeMs: number, index: number) => GeneratedRecord

/** Draws from `count` keys, the n-th in proportion to 1 / n^skew (Zipf's law); skew 0 is uniform. */
export function zipf(random: Random, count: number, skew: number): () => number {
  if (skew === 0) return () => random.int(count)
  const sums = new Float64Array(count)
  let sum = 0
  for (let i = 0; i < count; i++) sums[i] = sum += 1 / (i + 1) ** skew
  return () => {
    const wanted = random.next() * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.int(from.length)]
}

export function padded(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

let isoMs = Number.NaN
let isoText = ''

/** ISO 8601 text; many records in a row have one time. */
export function iso(timeMs: number): string {
  if (timeMs !== isoMs) {
    isoMs = timeMs
    isoText = new Date(timeMs).toISOString()
  }
  return isoText
}

/** A value near 0 with a spread of about 1: the sum of four uniform draws. */
export function spread(random: Random): number {
  return random.next() + random.next() + random.next() + random.next() - 2
}

/** What is known of each of many keys, bounded: the first that came is forgotten first, and begins anew when it comes again. */
export class Remembered<T> {
  private readonly known = new Map<number, T>()
  private readonly most: number

  constructor(most = 10_000) {
    this.most = most
  }

  get(key: number): T | undefined {
    return this.known.get(key)
  }

  set(key: number, value: T): T {
    if (this.known.size >= this.most && !this.known.has(key)) this.known.delete(this.known.keys().next().value!)
    this.known.set(key, value)
    return value
  }
}
