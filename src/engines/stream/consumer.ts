import type { z } from 'zod'
import type { Clock } from '../kit/pure/clock.ts'
import type { ReadResult } from './contract.ts'
import type { DataStream } from './data-stream.ts'
import type { Shard } from './model.ts'

const BATCH_BYTES = 512 * 1024

export interface ConsumeOptions {
  readonly consumer: string
  readonly from: 'TRIM_HORIZON' | 'LATEST' | 'CHECKPOINT'
  readonly maxRecords: number
  /** By shard index: all records before the offset are done with. Empty unless `from` is CHECKPOINT. */
  readonly checkpoints: ReadonlyMap<number, number>
}

/**
 * Reads a whole stream in order: shards take turns, a batch each; a shard begins once its parents have been read to their end. With
 * nothing to read it sleeps until a put or a reshard wakes it.
 */
export async function* consume(
  stream: DataStream,
  options: ConsumeOptions,
  abort: AbortSignal,
  clock: Clock,
): AsyncGenerator<z.input<typeof ReadResult>> {
  const cursor = new Cursor(stream, options)
  const read = { maxRecords: options.maxRecords, maxBytes: BATCH_BYTES, consumer: options.consumer }
  let release = () => {}
  try {
    await cursor.begin()
    while (!abort.aborted) {
      const seen = stream.changed.version
      let idle = true
      for (const index of cursor.underWay()) {
        if (!stream.hasMore(index, cursor.offset(index))) continue
        const result = await stream.readOn(index, cursor.offset(index), read)
        if (abort.aborted) return
        cursor.advance(index, result.nextOffset, result.ended)
        if (result.batch.count === 0 && !result.ended) continue
        idle = false
        // Virtual time stands still until the consumer has its chance to hold it.
        setImmediate(release)
        yield result
      }
      if (!idle) continue
      release()
      await stream.changed.wait(seen, abort, () => {
        release = clock.hold()
      })
    }
  } finally {
    release()
  }
}

/** Where a consumer stands in each shard. */
class Cursor {
  private readonly stream: DataStream
  private readonly options: ConsumeOptions
  private readonly offsets = new Map<number, number>()
  private readonly finished = new Set<number>()
  private shards: readonly Shard[] = []

  constructor(stream: DataStream, options: ConsumeOptions) {
    this.stream = stream
    this.options = options
  }

  /** LATEST leaves out closed shards and what open ones hold at this moment. */
  async begin(): Promise<void> {
    if (this.options.from !== 'LATEST') return
    for (const shard of this.stream.state.shards) {
      if (shard.closedMs !== undefined) this.finished.add(shard.index)
      else this.offsets.set(shard.index, await this.stream.latest(shard.index))
    }
  }

  offset(index: number): number {
    return this.offsets.get(index) ?? 0
  }

  advance(index: number, offset: number, ended: boolean): void {
    if (ended) {
      this.finished.add(index)
      this.offsets.delete(index)
      // Its children may begin.
      this.shards = []
    } else this.offsets.set(index, offset)
  }

  underWay(): number[] {
    if (this.shards !== this.stream.state.shards) this.startMore()
    return [...this.offsets.keys()]
  }

  private startMore(): void {
    this.shards = this.stream.state.shards
    const known = new Set(this.shards.map((shard) => shard.index))
    for (const index of this.offsets.keys()) if (!known.has(index)) this.offsets.delete(index)
    for (const shard of this.shards) {
      if (this.offsets.has(shard.index) || this.finished.has(shard.index)) continue
      const parents = [shard.parent, shard.adjacentParent]
      const waits = parents.some((parent) => parent !== undefined && known.has(parent) && !this.finished.has(parent))
      if (!waits) this.offsets.set(shard.index, this.options.checkpoints.get(shard.index) ?? 0)
    }
  }
}
