import { giveBack } from '../kit/pure/memory.ts'
import type { Packed } from './records.ts'

/** What a frame costs in memory beside its bytes. */
const FRAME_OVERHEAD = 256

/**
 * The newest frames of all shards, so that consumers who keep up never touch the disk. One budget in bytes for the whole engine: the
 * frame that has been here longest goes first, whichever shard it is of.
 */
export class TailCache {
  private readonly bytesMax: number
  private bytes = 0
  private order = new Fifo<ShardTail>()

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  shard(): ShardTail {
    return new ShardTail(this)
  }

  added(tail: ShardTail, frame: Packed): void {
    this.order.push(tail)
    this.bytes += frame.payload.length + FRAME_OVERHEAD
    while (this.bytes > this.bytesMax) {
      const oldest = this.order.shift()
      if (!oldest) return
      const gone = oldest.frames.shift()
      if (!gone) continue
      this.bytes -= gone.payload.length + FRAME_OVERHEAD
      giveBack(new Uint8Array(gone.payload.buffer))
    }
  }

  /** A shard is gone: its frames stop counting (its places in the order find it empty). */
  forget(tail: ShardTail): void {
    for (let frame = tail.frames.shift(); frame; frame = tail.frames.shift())
      this.bytes -= frame.payload.length + FRAME_OVERHEAD
  }
}

export class ShardTail {
  readonly frames = new Fifo<Packed>()
  private readonly cache: TailCache

  constructor(cache: TailCache) {
    this.cache = cache
  }

  add(frame: Packed): void {
    this.frames.push(frame)
    this.cache.added(this, frame)
  }

  /** Frames from the one that holds `offset` on, with about `maxBytes`, or undefined if that one is only on disk. */
  from(offset: number, maxBytes: number): Packed[] | undefined {
    const { frames } = this
    if (frames.length === 0 || frames.at(0).first > offset) return undefined
    const newest = frames.at(frames.length - 1)
    if (newest.first + newest.count <= offset) return undefined
    let [low, high] = [0, frames.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (frames.at(middle).first <= offset) low = middle
      else high = middle - 1
    }
    const found: Packed[] = []
    for (let bytes = 0; low < frames.length && bytes < maxBytes; low++) {
      found.push(frames.at(low))
      bytes += frames.at(low).payload.length
    }
    return found
  }

  forget(): void {
    this.cache.forget(this)
  }
}

/** A queue over an array whose head moves. */
class Fifo<T> {
  private items: (T | undefined)[] = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  at(index: number): T {
    return this.items[this.head + index]!
  }

  push(item: T): void {
    this.items.push(item)
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.items[this.head]
    this.items[this.head++] = undefined
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }
}
