import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { syncFolder } from './files.ts'
import { diskFiles, type JournalFiles, readAll, storageError, writeAll } from './journal/files.ts'
import { type Frame, frameBytes, type NewFrame, sealFrame } from './journal/frame.ts'
import { type Gap, loadIndex, Segment, SparseIndex, saveIndex, walk } from './journal/segment.ts'

export type { JournalFiles } from './journal/files.ts'
export { diskFiles, storageError } from './journal/files.ts'
export { type Frame, type NewFrame, newFrame } from './journal/frame.ts'

/**
 * When an append counts: `fsync` once it is on the medium, `os` once the system has it (a killed process loses nothing, a power cut
 * may), `memory` as soon as it is queued here (a killed process loses what was not written yet).
 */
export type JournalMode = 'fsync' | 'os' | 'memory'

/** What was found damaged, and where its bytes are kept. */
export interface Damage {
  readonly file: string
  readonly what: string
  readonly bytes: number
}

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

export interface Appended {
  readonly first: number
  readonly done: Promise<void>
  readonly written: Promise<void>
}

/** In `memory` mode, appends wait once so much has not been written yet. */
const BACKLOG_BYTES_MAX = 16 * 1024 * 1024

/**
 * A durable log of frames in numbered order. Each frame takes `count` numbers, so that a frame can carry many records. All appends that
 * come while the medium is busy are written together and share one sync (group commit).
 *
 * Recovery reads the newest segment only. Older ones are checked frame by frame as they are read. Bytes that are no frame
 * are kept aside in `quarantine/` and reported; intact frames after them stay readable.
 */
export class Journal {
  mode: JournalMode
  private readonly directory: string
  private readonly files: JournalFiles
  private readonly segmentBytes: number
  private readonly segmentMs: number
  private readonly onDamage: (damage: Damage) => void
  private segments: Segment[] = []
  private handle: number | undefined
  private waiting = new Group()
  /** The group that is being written. */
  private writing: Group | undefined
  private assigned = 0
  /** An append failed: what it left in the file must go before the next one. */
  private torn = false
  /** A rotation has begun: the old segment takes no more frames, whatever became of the new file. */
  private rotating = false
  private closed = false

  /** Opens a journal, or begins one. A journal without frames has no files. */
  static async open(options: JournalOptions): Promise<Journal> {
    const journal = new Journal(options)
    await journal.recover()
    return journal
  }

  private constructor(options: JournalOptions) {
    this.directory = options.directory
    this.mode = options.mode ?? 'fsync'
    this.files = options.files ?? diskFiles
    this.segmentBytes = options.segmentBytes ?? 32 * 1024 * 1024
    this.segmentMs = options.segmentMs ?? Number.POSITIVE_INFINITY
    this.onDamage = options.onDamage ?? (() => {})
  }

  /** The oldest number kept. */
  get first(): number {
    return this.segments[0].first
  }

  /** One after the last number that can be read. */
  get next(): number {
    return this.active.next
  }

  /** The number that the next append gets. */
  get nextToAppend(): number {
    return this.assigned
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.length, 0)
  }

  /** When the newest frame was appended; 0 in an empty journal. */
  get lastTimeMs(): number {
    return this.active.lastTimeMs
  }

  /**
   * Takes the frame's buffer and gives it `count` numbers. `done` resolves once it counts (see `mode`), `written` once it can be read. Both
   * reject with `StorageFull` or `StorageFailure` if it could not be written: then it is not in the log, nor is any append queued behind it.
   */
  append(frame: NewFrame, count: number, timeMs: number): Appended {
    if (this.closed) throw new Error(`the journal ${this.directory} is closed`)
    const first = this.assigned
    sealFrame(frame, first, count, timeMs)
    this.assigned = first + count
    const group = this.waiting
    group.add(frame.buffer, first, count, timeMs)
    if (!this.writing) this.startWriting()
    const accepted = this.mode === 'memory' && group.bytes < BACKLOG_BYTES_MAX
    return { first, written: group.written, done: accepted ? Promise.resolve() : group.written }
  }

  /** Resolves when everything appended so far can be read, or has failed. */
  async settled(): Promise<void> {
    while (this.writing) await this.writing.written.catch(() => {})
  }

  /** Frames from the one that holds number `from` on: one at least if there is any, and no more once they have `maxBytes` or `maxCount` numbers. */
  async read(from: number, maxBytes: number, maxCount = Number.POSITIVE_INFINITY): Promise<Frame[]> {
    const frames: Frame[] = []
    let bytes = 0
    for (let number = Math.max(from, this.first); number < this.next && frames.length === 0; ) {
      const at = this.segmentAt(number)
      const segment = this.segments[at]
      const visit = (frame: Frame) => {
        if (frame.first + frame.count <= number) return true
        frames.push(frame)
        bytes += frame.payload.length
        return bytes < maxBytes && frame.first + frame.count - number < maxCount
      }
      const window = Math.min(Math.max(maxBytes, 64 * 1024), 512 * 1024)
      await this.visit(segment, (index) => index.byNumber(number), visit, window)
      number = this.segments[this.segments.indexOf(segment) + 1]?.first ?? this.next
    }
    return frames
  }

  /** The first number whose frame was appended at `timeMs` or later; `next` if there is none. */
  async find(timeMs: number): Promise<number> {
    for (;;) {
      const segments = [...this.segments]
      const found = await this.findIn(segments, timeMs)
      // Segments may have been deleted meanwhile: what was not found in them says nothing.
      if (segments[0] === this.segments[0]) return found
    }
  }

  private async findIn(segments: readonly Segment[], timeMs: number): Promise<number> {
    // What is appended while we look is later than all that is here.
    const end = this.next
    let [low, high] = [0, segments.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((await this.firstTimeMs(segments[middle])) < timeMs) low = middle
      else high = middle - 1
    }
    for (const segment of segments.slice(low)) {
      let found: number | undefined
      const visit = (frame: Frame) => {
        if (frame.timeMs < timeMs) return true
        found = frame.first
        return false
      }
      await this.visit(segment, (index) => index.byTime(timeMs), visit, 64 * 1024)
      if (found !== undefined) return found
    }
    return end
  }

  /** Deletes segments that hold nothing of `number` or later. */
  async dropBefore(number: number): Promise<void> {
    const idle = !this.writing && this.waiting.buffers.length === 0
    if (number >= this.next && idle && this.active.length > 0) await this.rotate(this.next)
    while (this.segments.length > 1 && this.segments[1].first <= number) {
      const [gone] = this.segments.splice(0, 1)
      await this.files.remove(gone.path)
      rmSync(gone.indexPath, { force: true })
    }
  }

  /** Writes what is queued, keeps the index so that the next start reads no frames, and closes the file. */
  async close(): Promise<void> {
    this.closed = true
    await this.settled()
    if (this.handle === undefined) return
    await this.files.sync(this.handle)
    saveIndex(this.active)
    await this.files.close(this.handle)
    this.handle = undefined
  }

  /** Closes and deletes all files. */
  async destroy(): Promise<void> {
    await this.close().catch(() => {})
    rmSync(this.directory, { recursive: true, force: true })
  }

  private get active(): Segment {
    return this.segments[this.segments.length - 1]
  }

  private segmentAt(number: number): number {
    let [low, high] = [0, this.segments.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.segments[middle].first <= number) low = middle
      else high = middle - 1
    }
    return low
  }

  private async recover(): Promise<void> {
    mkdirSync(this.directory, { recursive: true })
    const logs = readdirSync(this.directory).filter((name) => /^\d{20}\.log$/.test(name))
    for (const name of logs.sort())
      this.segments.push(
        new Segment(this.directory, Number(name.slice(0, 20)), statSync(join(this.directory, name)).size),
      )
    this.segments.forEach((segment, i) => {
      segment.next = this.segments[i + 1]?.first ?? segment.first
    })
    if (this.segments.length === 0) this.segments.push(new Segment(this.directory, 0))
    else if (!loadIndex(this.active)) await this.recoverTail(this.active)
    this.assigned = this.next
  }

  private async recoverTail(segment: Segment): Promise<void> {
    const handle = await this.files.open(segment.path, 'r+')
    try {
      const index = new SparseIndex()
      let tornAt = -1
      let end = 0
      const visit = (frame: Frame, position: number) => {
        index.add(frame.first, frame.timeMs, position)
        segment.next = frame.first + frame.count
        segment.lastTimeMs = frame.timeMs
        end = position + frameBytes(frame)
        return true
      }
      await walk(this.files, handle, segment, 0, visit, async (gap, toEnd) => {
        await this.keepAside(handle, segment, gap, toEnd ? 'torn tail, cut' : 'damaged frames, skipped')
        if (toEnd) tornAt = gap.position
        else segment.gaps.push(gap)
      })
      // Cut behind the torn bytes; or put back the last frame's padding, the one part of it that may be missing.
      const length = tornAt >= 0 ? tornAt : end
      if (length !== segment.length) await this.files.truncate(handle, length)
      segment.length = length
      await this.files.sync(handle)
      segment.index = index
      saveIndex(segment)
    } finally {
      await this.files.close(handle)
    }
  }

  /** Copies bytes that are no frames to `quarantine/`, once, and reports them. */
  private async keepAside(handle: number, segment: Segment, gap: Gap, what: string): Promise<void> {
    const folder = join(this.directory, 'quarantine')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `${basename(segment.path, '.log')}-${gap.position}.bin`)
    const copy = await this.files.open(file, 'w')
    try {
      const step = 1024 * 1024
      for (let at = 0; at < gap.bytes; at += step) {
        const bytes = await readAll(this.files, handle, Math.min(step, gap.bytes - at), gap.position + at)
        if (bytes.length > 0) await writeAll(this.files, copy, [bytes], bytes.length, at)
      }
      await this.files.sync(copy)
    } finally {
      await this.files.close(copy)
    }
    syncFolder(folder)
    this.onDamage({ file, what: `${what} at byte ${gap.position} of ${basename(segment.path)}`, bytes: gap.bytes })
  }

  private async visit(
    segment: Segment,
    start: (index: SparseIndex) => number,
    visit: (frame: Frame, position: number) => boolean,
    windowBytes: number,
  ): Promise<void> {
    if (segment.length === 0) return
    let handle: number
    try {
      handle = await this.files.open(segment.path, 'r')
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'ENOENT') throw storageError(thrown, segment.path)
      // Retention may have deleted it meanwhile; a file that somebody else took away is a gap.
      if (this.segments.includes(segment)) this.loseSegment(segment)
      return
    }
    try {
      const gap = (found: Gap) => this.quarantine(handle, segment, found)
      if (!segment.index && !loadIndex(segment)) {
        const index = new SparseIndex()
        await walk(
          this.files,
          handle,
          segment,
          0,
          (frame, at) => {
            index.add(frame.first, frame.timeMs, at)
            return true
          },
          gap,
        )
        segment.index = index
        saveIndex(segment)
      }
      await walk(this.files, handle, segment, start(segment.index!), visit, gap, windowBytes)
    } finally {
      await this.files.close(handle)
    }
  }

  private async quarantine(handle: number, segment: Segment, gap: Gap): Promise<void> {
    if (segment.gaps.some((known) => known.position === gap.position)) return
    segment.gaps.push(gap)
    await this.keepAside(handle, segment, gap, 'damaged frames, skipped')
  }

  private loseSegment(segment: Segment): void {
    this.onDamage({ file: segment.path, what: 'the segment file is missing', bytes: segment.length })
    segment.length = 0
  }

  private async firstTimeMs(segment: Segment): Promise<number> {
    if (segment.index?.times.length) return segment.index.times[0]
    let time = Number.POSITIVE_INFINITY
    await this.visit(
      segment,
      () => 0,
      (frame) => {
        time = frame.timeMs
        return false
      },
      4096,
    )
    return time
  }

  private startWriting(): void {
    this.writing = this.waiting
    // One turn of the event loop gathers what other callers append at the same moment.
    setImmediate(() => void this.writeGroups())
  }

  private async writeGroups(): Promise<void> {
    while (this.waiting.buffers.length > 0) {
      const group = this.waiting
      this.writing = group
      this.waiting = new Group()
      try {
        await this.write(group)
        group.resolve()
      } catch (thrown) {
        await this.refuse(group, thrown)
      }
    }
    this.writing = undefined
  }

  private async write(group: Group): Promise<void> {
    if (this.torn) await this.cutBack()
    const { first, timeMs } = group.heads[0]
    const full = this.active.length + group.bytes > this.segmentBytes
    const old = timeMs - (this.active.index?.times[0] ?? timeMs) >= this.segmentMs
    if (this.active.length > 0 && (full || old || this.rotating)) await this.rotate(first)
    const segment = this.active
    const handle = await this.activeHandle()
    this.torn = true
    await writeAll(this.files, handle, group.buffers, group.bytes, segment.length)
    if (this.mode === 'fsync') await this.files.sync(handle)
    this.torn = false
    let position = segment.length
    for (let i = 0; i < group.heads.length; i++) {
      segment.index!.add(group.heads[i].first, group.heads[i].timeMs, position)
      position += group.buffers[i].length
    }
    segment.length = position
    segment.next = group.next
    segment.lastTimeMs = group.lastTimeMs
  }

  /** A failed group takes what is queued behind it along: numbers would be missing otherwise. */
  private async refuse(group: Group, thrown: unknown): Promise<void> {
    const error = storageError(thrown, this.active.path)
    const behind = this.waiting
    this.waiting = new Group()
    this.assigned = this.next
    if (this.torn) await this.cutBack().catch(() => {})
    group.reject(error)
    behind.reject(error)
    if (this.mode !== 'memory') return
    const bytes = group.bytes + behind.bytes
    this.onDamage({ file: this.active.path, what: 'accepted in memory and never written: the disk refused it', bytes })
  }

  private async cutBack(): Promise<void> {
    await this.files.truncate(await this.activeHandle(), this.active.length)
    this.torn = false
  }

  private async activeHandle(): Promise<number> {
    if (this.handle !== undefined) return this.handle
    const segment = this.active
    const fresh = segment.length === 0
    this.handle = await this.files.open(segment.path, fresh ? 'w+' : 'r+')
    segment.index ??= new SparseIndex()
    if (fresh) syncFolder(this.directory)
    else rmSync(segment.indexPath, { force: true })
    return this.handle
  }

  /** Closes the active segment for good and begins one whose first number is `first`. */
  private async rotate(first: number): Promise<void> {
    this.rotating = true
    const old = this.active
    const segment = new Segment(this.directory, first)
    segment.lastTimeMs = old.lastTimeMs
    const handle = await this.files.open(segment.path, 'w+')
    try {
      if (this.handle !== undefined) await this.files.sync(this.handle)
      syncFolder(this.directory)
    } catch (thrown) {
      await this.files.close(handle)
      throw thrown
    }
    saveIndex(old)
    if (this.handle !== undefined) await this.files.close(this.handle)
    segment.index = new SparseIndex()
    this.handle = handle
    this.segments.push(segment)
    this.rotating = false
    this.forgetIndexes()
  }

  /** Memory is bounded: indexes of old segments are read again when they are needed. */
  private forgetIndexes(): void {
    const kept = 64
    if (this.segments.length > kept) this.segments[this.segments.length - kept - 1].index = undefined
  }
}

/** Appends that are written and synced together. */
class Group {
  readonly buffers: Uint8Array[] = []
  readonly heads: { first: number; timeMs: number }[] = []
  bytes = 0
  next = 0
  lastTimeMs = 0
  readonly written: Promise<void>
  resolve: () => void = () => {}
  reject: (error: Error) => void = () => {}

  constructor() {
    this.written = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    // Whoever appended hears of a failure; a group that nobody waits for must not end the process.
    this.written.catch(() => {})
  }

  add(buffer: Uint8Array, first: number, count: number, timeMs: number): void {
    this.buffers.push(buffer)
    this.heads.push({ first, timeMs })
    this.bytes += buffer.length
    this.next = first + count
    this.lastTimeMs = timeMs
  }
}
