import { createHash } from 'node:crypto'
import type { Clients } from '../../contract.ts'
import type { Clock, ClockTask } from '../../kit/pure/clock.ts'
import { Wake } from '../../kit/pure/wake.ts'
import type { MappingSettings } from '../contract.ts'
import { PAYLOAD_BYTES_MAX } from '../runner.ts'
import { eventBytes, recordsOf, type ShardPlace, type StreamRecord } from './records.ts'
import type { ShardWindows } from './window.ts'

/** An event has brackets of its own. */
const BATCH_BYTES_MAX = PAYLOAD_BYTES_MAX - 4096
const READ_BYTES = 4 * 1024 * 1024
/** Base64 text of records that wait to be handled. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024

export interface ShardParts {
  readonly place: ShardPlace
  readonly consumer: string
  readonly settings: Pick<MappingSettings, 'batchSize' | 'windowS' | 'parallelization'>
  readonly clients: Pick<Clients, 'stream'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Whether a record is for the function; all are without it. */
  readonly filter: ((record: StreamRecord) => boolean) | undefined
  readonly onFiltered: (records: number) => void
  readonly windows: ShardWindows | undefined
  /** Nothing more comes into the window that is open. */
  readonly onWindowOver: (shard: ShardReader, task: ClockTask) => Promise<void>
  /** Handles a batch to its end, and says of records that they are done with. */
  readonly handle: (shard: ShardReader, batch: readonly StreamRecord[], task: ClockTask) => Promise<void>
  /** Records of the shards that this one came from are done with. */
  readonly parentsDone: () => Promise<void>
  readonly onCheckpoint: (offset: number) => Promise<void>
}

/**
 * One shard of a mapping: reads what has come, and lets up to ten lanes handle it, each the records of its keys in their order. The
 * checkpoint follows the first record that is not done with, so a crash loses none and may repeat some.
 */
export class ShardReader {
  readonly place: ShardPlace
  private readonly parts: ShardParts
  private readonly lanes: StreamRecord[][]
  private readonly changed = new Wake()
  private readonly undone = new Set<number>()
  private available: number
  private next: number
  private low: number
  private waitingBytes = 0
  private closed = false
  private readonly running: Promise<unknown>

  constructor(parts: ShardParts, offset: number) {
    this.parts = parts
    this.place = parts.place
    this.available = this.next = this.low = offset
    this.lanes = Array.from({ length: parts.settings.parallelization }, () => [])
    this.running = Promise.all([
      this.task((task) => this.read(task)),
      ...this.lanes.map((lane) => this.task((task) => this.work(lane, task))),
    ])
    this.running.catch(() => {})
  }

  get windows(): ShardWindows | undefined {
    return this.parts.windows
  }

  get pendingRecords(): number {
    return this.available - this.low
  }

  /** Whether the shard is closed and all of it done with. */
  get drained(): boolean {
    return this.closed && this.low >= this.available
  }

  /** There are records up to that offset; none will follow where the shard has ended. */
  announce(nextOffset: number, ended: boolean): void {
    this.available = Math.max(this.available, nextOffset)
    this.closed ||= ended
    this.changed.wake()
  }

  /** Resolves when records were done with, or more came. */
  progress(): Promise<void> {
    return this.changed.wait(this.parts.signal)
  }

  /** Rejects with what made it fail; resolves once it has stopped, at the end of batches under way. */
  get ended(): Promise<unknown> {
    return this.running
  }

  async done(records: readonly StreamRecord[]): Promise<void> {
    for (const { offset } of records) this.undone.delete(offset)
    const low = this.undone.size === 0 ? this.next : Math.min(...this.firstUndone())
    if (low > this.low) await this.parts.onCheckpoint(low)
    this.low = Math.max(this.low, low)
    this.changed.wake()
  }

  /** Offsets are added in order, and a set keeps it. */
  private firstUndone(): number[] {
    const first = this.undone.values().next()
    return first.done ? [] : [first.value]
  }

  private task(work: (task: ClockTask) => Promise<void>): Promise<void> {
    return this.parts.clock.task(work)
  }

  private async read(task: ClockTask): Promise<void> {
    const { signal, clients, consumer, settings, parentsDone } = this.parts
    const { stream, shardId } = this.place
    await task.idle(parentsDone())
    const waitingMax = 2 * settings.batchSize * settings.parallelization
    while (!signal.aborted) {
      const full = this.undone.size >= waitingMax || this.waitingBytes >= WAITING_BYTES_MAX
      if (full || this.next >= this.available) {
        await task.idle(this.changed.wait(signal))
        continue
      }
      const position = { type: 'OFFSET' as const, offset: this.next }
      const maxRecords = Math.min(10_000, waitingMax - this.undone.size)
      const read = await clients.stream.read({ stream, shardId, position, maxRecords, maxBytes: READ_BYTES, consumer })
      this.queue(recordsOf(this.place, read.batch, read.startOffset, read.arrivals))
      this.next = read.nextOffset
      // Retention may have taken all that was to be read, or the filter.
      if (this.undone.size === 0) await this.done([])
      this.changed.wake()
    }
  }

  private queue(records: readonly StreamRecord[]): void {
    const { filter, windows, onFiltered } = this.parts
    const wanted = filter ? records.filter(filter) : records
    if (wanted.length < records.length) onFiltered(records.length - wanted.length)
    const { length } = this.lanes
    for (const record of wanted) {
      if (windows?.holds(record)) continue
      this.undone.add(record.offset)
      this.waitingBytes += eventBytes(record)
      const lane = length === 1 ? 0 : createHash('md5').update(record.key).digest().readUInt32BE(0) % length
      this.lanes[lane].push(record)
    }
  }

  private async work(lane: StreamRecord[], task: ClockTask): Promise<void> {
    const { signal, handle } = this.parts
    while (!signal.aborted) {
      if (lane.length === 0) {
        await this.waitForRecords(task)
        continue
      }
      await this.gather(lane, task)
      if (signal.aborted) return
      const batch = lane.splice(0, this.batchLength(lane))
      for (const record of batch) this.waitingBytes -= eventBytes(record)
      await handle(this, batch, task)
    }
  }

  private async waitForRecords(task: ClockTask): Promise<void> {
    const { clock, windows, signal, onWindowOver } = this.parts
    const closesMs = windows?.closesMs
    const isRead = this.next >= this.available
    if (closesMs === undefined || !isRead) return task.idle(this.changed.wait(signal))
    if (this.closed || clock.now() >= closesMs) await onWindowOver(this, task)
    else await this.changeUntil(closesMs, task)
  }

  /** Waits for a full batch, as long as the window allows. */
  private async gather(lane: StreamRecord[], task: ClockTask): Promise<void> {
    const { clock, settings, signal } = this.parts
    const untilMs = clock.now() + settings.windowS * 1000
    const isFull = () => lane.length >= settings.batchSize || this.batchLength(lane) < lane.length
    while (!isFull() && clock.now() < untilMs && !signal.aborted) await this.changeUntil(untilMs, task)
  }

  private async changeUntil(timeMs: number, task: ClockTask): Promise<void> {
    const changed = new AbortController()
    void this.changed.wait(this.parts.signal).then(() => changed.abort())
    await task.sleepUntil(timeMs, changed.signal).catch(() => {})
  }

  private together(a: StreamRecord, b: StreamRecord): boolean {
    return this.parts.windows?.together(a.arrivalMs, b.arrivalMs) ?? true
  }

  private batchLength(lane: readonly StreamRecord[]): number {
    let bytes = 0
    let count = 0
    while (count < lane.length && count < this.parts.settings.batchSize) {
      bytes += eventBytes(lane[count])
      if (count > 0 && (bytes > BATCH_BYTES_MAX || !this.together(lane[0], lane[count]))) break
      count++
    }
    return count
  }
}
