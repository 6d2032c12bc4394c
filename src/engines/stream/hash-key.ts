import { digest, md5 } from '../kit/pure/md5.ts'

/** Hash keys are 128-bit unsigned; a shard owns a range of them, both ends inclusive. */
export const HASH_KEYS = 2n ** 128n

export interface HashRange {
  readonly start: bigint
  readonly end: bigint
}

/** The hash key of a partition key: its MD5, big-endian. */
export function hashKeyOf(key: Uint8Array): bigint {
  md5(key, 0, key.length)
  return (BigInt(digest[0]) << 96n) | (BigInt(digest[1]) << 64n) | (BigInt(digest[2]) << 32n) | BigInt(digest[3])
}

/** A decimal hash key, or undefined where the text is none. */
export function parseHashKey(text: string): bigint | undefined {
  if (!/^(0|[1-9]\d{0,38})$/.test(text)) return undefined
  const value = BigInt(text)
  return value < HASH_KEYS ? value : undefined
}

/** `count` ranges of equal size that cover all hash keys; the last takes what division leaves. */
export function evenRanges(count: number): HashRange[] {
  const step = HASH_KEYS / BigInt(count)
  return Array.from({ length: count }, (_, i) => ({
    start: step * BigInt(i),
    end: i === count - 1 ? HASH_KEYS - 1n : step * BigInt(i + 1) - 1n,
  }))
}

const CACHE_SLOTS = 1 << 14
const CACHE_KEY_BYTES = 24

/**
 * Finds the open shard of a key. Streams see the same keys again and again, so the answers for short keys are kept in a table of fixed
 * size, indexed by a cheap hash and checked byte by byte; a router lives as long as the ranges it was made for.
 */
export class Router {
  /** Slots in order of their ranges; a slot's value is whatever the caller gave. */
  private readonly starts: readonly Uint32Array[]
  private readonly cacheKeys = new Uint8Array(CACHE_SLOTS * CACHE_KEY_BYTES)
  private readonly cacheLengths = new Uint8Array(CACHE_SLOTS)
  private readonly cacheSlots = new Uint16Array(CACHE_SLOTS)

  /** Ranges in ascending order, without holes. */
  constructor(ranges: readonly HashRange[]) {
    this.starts = ranges.map(({ start }) => wordsOf(start))
  }

  slotOfKey(keys: Uint8Array, start: number, end: number): number {
    if (this.starts.length === 1) return 0
    const length = end - start
    if (length > CACHE_KEY_BYTES || length === 0) return this.slotOfDigest(keys, start, end)
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ keys[i], 0x01000193)
    const entry = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1)
    const base = entry * CACHE_KEY_BYTES
    if (this.cacheLengths[entry] === length) {
      let same = 0
      while (same < length && this.cacheKeys[base + same] === keys[start + same]) same++
      if (same === length) return this.cacheSlots[entry]
    }
    const slot = this.slotOfDigest(keys, start, end)
    for (let i = 0; i < length; i++) this.cacheKeys[base + i] = keys[start + i]
    this.cacheLengths[entry] = length
    this.cacheSlots[entry] = slot
    return slot
  }

  slotOfHashKey(hashKey: bigint): number {
    digest.set(wordsOf(hashKey))
    return this.search()
  }

  private slotOfDigest(keys: Uint8Array, start: number, end: number): number {
    md5(keys, start, end)
    return this.search()
  }

  private search(): number {
    let [low, high] = [0, this.starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (startsBefore(this.starts[middle])) low = middle
      else high = middle - 1
    }
    return low
  }
}

function startsBefore(start: Uint32Array): boolean {
  for (let i = 0; i < 4; i++) if (digest[i] !== start[i]) return start[i] < digest[i]
  return true
}

function wordsOf(value: bigint): Uint32Array {
  return Uint32Array.from([96n, 64n, 32n, 0n], (shift) => Number((value >> shift) & 0xffffffffn))
}
