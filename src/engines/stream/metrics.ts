import { keyText, type RecordBatch } from '../kit/pure/batch.ts'
import type { Random } from '../kit/pure/random.ts'
import { type ConsumerPosition, type HotKey, SHARD_COUNTERS, type ShardCounter, type StreamSecond } from './contract.ts'
import { hashKeyOf } from './hash-key.ts'
import { HotKeys, KEYS_MAX, type TopKey } from './hot-keys.ts'
import { shardIdOf } from './sequence.ts'
import { Signal } from './signal.ts'

export const HISTORY_SECONDS = 900
const HOT_KEYS_SHOWN = 50
const SAMPLES_PER_PUT = 32
const POSITIONS_MAX = 2000
/** Shards' seconds kept at most, so that a stream of thousands of shards has a shorter history instead of more memory. */
const HISTORY_ROWS_MAX = 300_000

/** One second of one shard. */
export type ShardSecond = Record<ShardCounter, number> & { readonly shardId: string }

type Position = ConsumerPosition & { readonly version: number }

const encoder = new TextEncoder()

/** Counts what a stream's shards do in the current second of engine time, and keeps the seconds past. */
export class StreamMeter {
  /** Told when a second has been closed. */
  readonly changed = new Signal()
  private readonly history: StreamSecond[] = []
  private historyRows = 0
  private current = new Map<number, ShardSecond>()
  private readonly hotKeys = new Map<number, HotKeys>()
  private readonly positions = new Map<string, Position>()
  /** Counts what happens to positions; `forgotten` is its value when one was last taken away. */
  private version = 0
  private forgotten = 0
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
      keys.add(keyText(batch, i), step, batch.hashKeys?.[i] ?? null)
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
    this.positions.set(key, { consumer, shardId, offset, iteratorAgeMs, lastReadMs: nowMs, version: ++this.version })
    if (this.positions.size > POSITIONS_MAX) this.forgetPosition(this.positions.keys().next().value!)
  }

  forgetConsumer(consumer: string): void {
    for (const [key, position] of this.positions) if (position.consumer === consumer) this.forgetPosition(key)
    this.touch()
  }

  forgetShard(shard: number): void {
    this.hotKeys.delete(shard)
  }

  private forgetPosition(key: string): void {
    this.positions.delete(key)
    this.forgotten = ++this.version
  }

  /** Positions that have changed after `version`: all of them where some were taken away since. */
  positionsSince(version: number): { consumers: ConsumerPosition[]; allConsumers: boolean; version: number } {
    const allConsumers = version < this.forgotten
    const consumers = [...this.positions.values()].filter((position) => allConsumers || position.version > version)
    return { consumers: consumers.map(({ version: _, ...rest }) => rest), allConsumers, version: this.version }
  }

  /** The hottest keys of all shards. */
  hottest(): HotKey[] {
    return [...this.hotKeys]
      .flatMap(([shard, keys]) => keys.top(HOT_KEYS_SHOWN).map((each) => ({ shard, each })))
      .sort((a, b) => b.each.records - a.each.records)
      .slice(0, HOT_KEYS_SHOWN)
      .map(({ shard, each }) => hotKeyOf(shard, each))
  }

  /** All that is known of a shard's keys lately, and the records of all its keys. */
  keysOf(shard: number): { records: number; keys: HotKey[] } {
    const known = this.hotKeys.get(shard)
    const keys = (known?.top(KEYS_MAX) ?? []).map((each) => hotKeyOf(shard, each))
    return { records: Math.round(known?.total ?? 0), keys }
  }

  /** The second that began at `timeMs` is over. Answers what its shards did; undefined where nothing did anything. */
  close(timeMs: number): readonly ShardSecond[] | undefined {
    if (!this.touched) return undefined
    this.touched = false
    const seconds = [...this.current.values()]
    const second: StreamSecond = {
      timeMs,
      shards: Uint16Array.from(this.current.keys()),
      counters: Float64Array.from(seconds.flatMap((each) => SHARD_COUNTERS.map((counter) => each[counter]))),
    }
    this.history.push(second)
    this.current = new Map()
    this.historyRows += second.shards.length
    for (const keys of this.hotKeys.values()) keys.age()
    this.forgetOld(timeMs)
    this.changed.notify()
    return seconds
  }

  /** Seconds from `fromMs` on, oldest first. */
  since(fromMs: number): StreamSecond[] {
    let from = this.history.length
    while (from > 0 && this.history[from - 1].timeMs >= fromMs) from--
    return this.history.slice(from)
  }

  private forgetOld(nowMs: number): void {
    while (
      this.history.length > 0 &&
      (this.history[0].timeMs < nowMs - HISTORY_SECONDS * 1000 || this.historyRows > HISTORY_ROWS_MAX)
    )
      this.historyRows -= this.history.shift()!.shards.length
  }

  private second(shard: number): ShardSecond {
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

function hotKeyOf(shard: number, { key, records, error, share, explicit }: TopKey): HotKey {
  return {
    shardId: shardIdOf(shard),
    key,
    hashKey: explicit ?? String(hashKeyOf(encoder.encode(key))),
    records: Math.round(records),
    error: Math.round(error),
    share,
  }
}
