import { keyText, type RecordBatch } from '../kit/pure/batch.ts'
import type { Random } from '../kit/pure/random.ts'
import type { ShardSecond, StreamMetrics } from './contract.ts'
import { HotKeys } from './hot-keys.ts'
import { shardIdOf } from './sequence.ts'
import { Signal } from './signal.ts'

export const HISTORY_SECONDS = 900
const HOT_KEYS_SHOWN = 10
/** Of all shards of a second together; each shows one at least. */
const HOT_KEYS_MAX = 1000
const SAMPLES_PER_PUT = 32
const POSITIONS_MAX = 2000
/** Rows of history kept at most, so that a stream of thousands of shards has a shorter history instead of more memory. */
const HISTORY_ROWS_MAX = 100_000

type Counter = Exclude<keyof ShardSecond, 'shardId'>

interface Position {
  readonly consumer: string
  readonly shardId: string
  offset: number
  iteratorAgeMs: number
  lastReadMs: number
}

/** Counts what a stream's shards do in the current second of engine time, and keeps the seconds past. */
export class StreamMeter {
  /** Told when a second has been closed. */
  readonly changed = new Signal()
  private readonly history: StreamMetrics[] = []
  private historyRows = 0
  private current = new Map<number, ShardSecond>()
  private readonly hotKeys = new Map<number, HotKeys>()
  private readonly positions = new Map<string, Position>()
  private touched = false
  private readonly random: Random
  private readonly onTraffic: () => void

  /** `onTraffic` is called at the first event of a second: whoever holds the clock then closes it. */
  constructor(random: Random, onTraffic: () => void) {
    this.random = random
    this.onTraffic = onTraffic
  }

  wrote(shard: number, records: number, bytes: number): void {
    const second = this.second(shard)
    second.inRecords += records
    second.inBytes += bytes
  }

  /**
   * Samples the keys of a put: one at random of each so many, since producers that take their keys in turn would always show the same
   * ones at even steps. `shards[i]` is the shard of record i.
   */
  sample(batch: RecordBatch, shards: Uint16Array): void {
    const step = Math.max(1, Math.floor(batch.count / SAMPLES_PER_PUT))
    for (let from = 0; from < batch.count; from += step) {
      const i = step === 1 ? from : from + this.random.int(Math.min(step, batch.count - from))
      let keys = this.hotKeys.get(shards[i])
      if (!keys) {
        keys = new HotKeys()
        this.hotKeys.set(shards[i], keys)
      }
      keys.add(keyText(batch, i), step)
    }
  }

  read(shard: number, records: number, bytes: number): void {
    const second = this.second(shard)
    second.outRecords += records
    second.outBytes += bytes
  }

  throttled(shard: number, counter: 'writeThrottled' | 'readThrottled', count: number): void {
    this.second(shard)[counter] += count
  }

  /** Where a consumer stands after a read. `iteratorAgeMs` is the age of the last record it read, 0 when it has caught up. */
  position(consumer: string, shard: number, offset: number, iteratorAgeMs: number, nowMs: number): void {
    this.touch()
    const shardId = shardIdOf(shard)
    const key = `${shardId}/${consumer}`
    // Moved to the end, so that the one unused for longest is the first to go.
    this.positions.delete(key)
    this.positions.set(key, { consumer, shardId, offset, iteratorAgeMs, lastReadMs: nowMs })
    if (this.positions.size > POSITIONS_MAX) this.positions.delete(this.positions.keys().next().value!)
  }

  forgetConsumer(consumer: string): void {
    for (const [key, position] of this.positions) if (position.consumer === consumer) this.positions.delete(key)
    this.touch()
  }

  forgetShard(shard: number): void {
    this.hotKeys.delete(shard)
  }

  consumerPositions(): Position[] {
    return [...this.positions.values()]
  }

  /** The second that began at `timeMs` is over. Answers what its shards did; undefined where nothing did anything. */
  close(timeMs: number): readonly ShardSecond[] | undefined {
    if (!this.touched) return undefined
    this.touched = false
    const shown = Math.max(1, Math.min(HOT_KEYS_SHOWN, Math.floor(HOT_KEYS_MAX / this.hotKeys.size)))
    const hotKeys = [...this.hotKeys].flatMap(([shard, keys]) =>
      keys.top(shown).map((hot) => ({ shardId: shardIdOf(shard), ...hot })),
    )
    const shards = [...this.current.values()]
    const item = { timeMs, shards, hotKeys, consumers: this.consumerPositions().map((p) => ({ ...p })) }
    this.history.push(item)
    this.current = new Map()
    this.historyRows += rows(item)
    for (const keys of this.hotKeys.values()) keys.age()
    this.forgetOld(timeMs)
    this.changed.notify()
    return shards
  }

  /** Seconds from `fromMs` on, oldest first. */
  since(fromMs: number): StreamMetrics[] {
    let from = this.history.length
    while (from > 0 && this.history[from - 1].timeMs >= fromMs) from--
    return this.history.slice(from)
  }

  private forgetOld(nowMs: number): void {
    while (
      this.history.length > 0 &&
      (this.history[0].timeMs < nowMs - HISTORY_SECONDS * 1000 || this.historyRows > HISTORY_ROWS_MAX)
    )
      this.historyRows -= rows(this.history.shift()!)
  }

  private second(shard: number): Record<Counter, number> {
    this.touch()
    let second = this.current.get(shard)
    if (!second) {
      const zero = { inRecords: 0, inBytes: 0, outRecords: 0, outBytes: 0, writeThrottled: 0, readThrottled: 0 }
      second = { shardId: shardIdOf(shard), ...zero }
      this.current.set(shard, second)
    }
    return second
  }

  private touch(): void {
    if (this.touched) return
    this.touched = true
    this.onTraffic()
  }
}

function rows(item: StreamMetrics): number {
  return item.shards.length + item.consumers.length + item.hotKeys.length
}
