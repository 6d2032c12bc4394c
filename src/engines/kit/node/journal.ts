import { rmSync } from 'node:fs'
import { diskFiles, type JournalFiles } from './journal/files.ts'
import type { Frame, NewFrame } from './journal/frame.ts'
import { JournalReader } from './journal/reader.ts'
import { recover } from './journal/recovery.ts'
import { type Damage, Segments } from './journal/segments.ts'
import { type Appended, type JournalMode, JournalWriter } from './journal/writer.ts'

export type { JournalFiles } from './journal/files.ts'
export { diskFiles, storageError } from './journal/files.ts'
export { type Frame, type NewFrame, newFrame } from './journal/frame.ts'
export type { Damage } from './journal/segments.ts'
export type { Appended, JournalMode } from './journal/writer.ts'

export interface JournalOptions {
  readonly directory: string
  readonly mode?: JournalMode
  /** A segment is closed before it grows past this. */
  readonly segmentBytes?: number
  /** A segment is closed once its oldest frame is so much older than the newest, so that old data can be deleted. */
  readonly segmentMs?: number
  readonly files?: JournalFiles
  readonly onDamage?: (damage: Damage) => void
}

/**
 * A durable log of frames in numbered order. Each frame takes `count` numbers, so that a frame can carry many records.
 *
 * Recovery reads the newest segment only. Older ones are checked frame by frame as they are read. Bytes that are no frame
 * are kept aside in `quarantine/` and reported; intact frames after them stay readable.
 */
export class Journal {
  private readonly segments: Segments
  private readonly writer: JournalWriter
  private readonly reader: JournalReader
  private closed = false

  /** Opens a journal, or begins one. A journal without frames has no files, and need not have a folder. */
  static async open(options: JournalOptions): Promise<Journal> {
    const segments = new Segments(options.directory, options.files ?? diskFiles, options.onDamage ?? (() => {}))
    await recover(segments)
    return new Journal(segments, options)
  }

  private constructor(segments: Segments, options: JournalOptions) {
    const { mode = 'fsync', segmentBytes = 32 * 1024 * 1024, segmentMs = Number.POSITIVE_INFINITY } = options
    this.segments = segments
    this.writer = new JournalWriter(segments, { mode, segmentBytes, segmentMs })
    this.reader = new JournalReader(segments)
  }

  set mode(mode: JournalMode) {
    this.writer.mode = mode
  }

  /** The oldest number kept. */
  get first(): number {
    return this.segments.all[0].first
  }

  /** One after the last number that can be read. */
  get next(): number {
    return this.segments.next
  }

  /** The number that the next append gets. */
  get nextToAppend(): number {
    return this.writer.next
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.segments.all.reduce((sum, segment) => sum + segment.length, 0)
  }

  /** When the newest frame was appended; 0 in an empty journal. */
  get lastTimeMs(): number {
    return this.segments.active.lastTimeMs
  }

  /**
   * Takes the frame's buffer and gives it `count` numbers. `done` resolves once it counts (see `JournalMode`), `written` once it can be read. Both
   * reject with `StorageFull` or `StorageFailure` if it could not be written: then it is not in the log, nor is any append queued behind it.
   */
  append(frame: NewFrame, count: number, timeMs: number): Appended {
    if (this.closed) throw new Error(`the journal ${this.segments.directory} is closed`)
    return this.writer.append(frame, count, timeMs)
  }

  /** Resolves when everything appended so far can be read, or has failed. */
  settled(): Promise<void> {
    return this.writer.settled()
  }

  /** Frames from the one that holds number `from` on: one at least if there is any, and no more once they have `maxBytes` or `maxCount` numbers. */
  read(from: number, maxBytes: number, maxCount = Number.POSITIVE_INFINITY): Promise<Frame[]> {
    return this.reader.read(from, maxBytes, maxCount)
  }

  /** The first number whose frame was appended at `timeMs` or later; `next` if there is none. */
  find(timeMs: number): Promise<number> {
    return this.reader.find(timeMs)
  }

  /** Deletes segments that hold nothing of `number` or later. */
  async dropBefore(number: number): Promise<void> {
    const { all, files } = this.segments
    if (number >= this.next) await this.writer.beginSegment()
    while (all.length > 1 && all[1].first <= number) {
      const [gone] = all.splice(0, 1)
      await files.remove(gone.path)
      rmSync(gone.indexPath, { force: true })
    }
  }

  /** Writes what is queued and closes the file. */
  async close(): Promise<void> {
    this.closed = true
    await this.writer.close()
  }

  /** Closes and deletes all files. */
  async destroy(): Promise<void> {
    await this.close().catch(() => {})
    rmSync(this.segments.directory, { recursive: true, force: true })
  }
}
