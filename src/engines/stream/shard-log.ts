import {
  type Appended,
  type Damage,
  Journal,
  type JournalFiles,
  type JournalMode,
  type NewFrame,
} from '../kit/node/journal.ts'
import type { StreamCipher } from './encryption.ts'
import type { Packed } from './records.ts'
import type { ShardTail, TailCache } from './tail-cache.ts'

const SEGMENT_BYTES = 16 * 1024 * 1024

export interface ShardLogOptions {
  readonly directory: string
  readonly mode: JournalMode
  readonly retentionMs: number
  readonly cache: TailCache
  /** The shard's number, which sealed frames are bound to. */
  readonly index: number
  readonly cipher: StreamCipher
  readonly files?: JournalFiles
  readonly onDamage: (damage: Damage) => void
}

/** The records of one shard: a journal whose numbers are the records' offsets, with its newest frames in memory. */
export class ShardLog {
  private readonly journal: Journal
  private readonly tail: ShardTail
  private readonly index: number
  private readonly cipher: StreamCipher
  private horizon = 0
  private horizonAtMs = Number.NEGATIVE_INFINITY

  static async open(options: ShardLogOptions): Promise<ShardLog> {
    const { directory, mode, files, onDamage, retentionMs } = options
    // Small enough a time that a segment can be deleted soon after its records expire.
    const segmentMs = retentionMs / 24
    const journal = await Journal.open({ directory, mode, segmentBytes: SEGMENT_BYTES, segmentMs, files, onDamage })
    return new ShardLog(journal, options)
  }

  private constructor(journal: Journal, { cache, index, cipher }: ShardLogOptions) {
    this.journal = journal
    this.tail = cache.shard()
    this.index = index
    this.cipher = cipher
    this.horizon = journal.first
  }

  /** Offset of the oldest record kept, as of the last `trim`. */
  get first(): number {
    return Math.max(this.horizon, this.journal.first)
  }

  /** Offset after the last record that can be read. */
  get next(): number {
    return this.journal.next
  }

  get bytes(): number {
    return this.journal.bytes
  }

  get lastTimeMs(): number {
    return this.journal.lastTimeMs
  }

  /** Whether nothing is on its way to the disk: a closed shard ends here only then. */
  get isSettled(): boolean {
    return this.journal.nextToAppend === this.journal.next
  }

  setMode(mode: JournalMode): void {
    this.journal.mode = mode
  }

  append(frame: NewFrame, count: number, timeMs: number): Appended {
    const encrypted = this.cipher.isOn
    const sealed = encrypted ? this.cipher.seal(frame, count, this.index, this.journal.nextToAppend) : frame
    const appended = this.journal.append(sealed, count, timeMs)
    const packed = { first: appended.first, count, timeMs, payload: frame.payload, encrypted }
    // Before the caller hears of it, and in order; whether it failed is for the caller to see.
    appended.written.then(
      () => this.tail.add(packed),
      () => {},
    )
    return appended
  }

  /** Frames from offset `from` on if they are in memory. To be copied from at once: their memory is given back when newer ones take their place. */
  recent(from: number, maxBytes: number): readonly Packed[] | undefined {
    return this.tail.from(from, maxBytes)
  }

  /** The same from the disk. */
  async read(from: number, maxBytes: number, maxRecords: number): Promise<readonly Packed[]> {
    const frames = await this.journal.read(from, maxBytes, maxRecords)
    return frames.map((frame) => this.cipher.open(frame, this.index))
  }

  find(timeMs: number): Promise<number> {
    return this.journal.find(timeMs)
  }

  settled(): Promise<void> {
    return this.journal.settled()
  }

  /** Moves the horizon to the oldest record not older than `cutoffMs`. Looks at most once for each second of the cutoff. */
  async trim(cutoffMs: number): Promise<void> {
    if (cutoffMs - this.horizonAtMs < 1000) return
    this.horizonAtMs = cutoffMs
    if (this.journal.next === this.journal.first) return
    this.horizon = Math.max(this.horizon, await this.journal.find(cutoffMs))
  }

  /** Deletes the segments before the horizon. */
  async sweep(cutoffMs: number): Promise<void> {
    await this.trim(cutoffMs)
    await this.journal.dropBefore(this.horizon)
  }

  close(): Promise<void> {
    return this.journal.close()
  }

  async destroy(): Promise<void> {
    this.tail.forget()
    await this.journal.destroy()
  }
}
