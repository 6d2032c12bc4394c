import { rmSync } from 'node:fs'
import { storageError, writeAll } from './files.ts'
import { type NewFrame, sealFrame } from './frame.ts'
import { Segment, SparseIndex, saveIndex } from './segment.ts'
import type { Segments } from './segments.ts'

/**
 * When an append counts: `fsync` once it is on the medium, `os` once the system has it (a killed process loses nothing, a power cut
 * may), `memory` as soon as it is queued here (a killed process loses what was not written yet).
 */
export type JournalMode = 'fsync' | 'os' | 'memory'

export interface Appended {
  readonly first: number
  readonly done: Promise<void>
  readonly written: Promise<void>
}

export interface WriterOptions {
  readonly mode: JournalMode
  readonly segmentBytes: number
  readonly segmentMs: number
}

/** In `memory` mode, appends wait once so much has not been written yet. */
const BACKLOG_BYTES_MAX = 16 * 1024 * 1024
/** Memory is bounded: indexes of older segments are read again when they are needed. */
const INDEXES_KEPT = 64

/** Appends frames to the newest segment. All that come while the medium is busy are written together and share one sync (group commit). */
export class JournalWriter {
  mode: JournalMode
  private readonly segments: Segments
  private readonly segmentBytes: number
  private readonly segmentMs: number
  private handle: number | undefined
  private waiting = new Group()
  /** The group that is being written. */
  private writing: Group | undefined
  private assigned: number
  /** An append failed: what it left in the file must go before the next one. */
  private torn = false
  /** A rotation has begun: the old segment takes no more frames, whatever became of the new file. */
  private rotating = false

  constructor(segments: Segments, options: WriterOptions) {
    this.segments = segments
    this.mode = options.mode
    this.segmentBytes = options.segmentBytes
    this.segmentMs = options.segmentMs
    this.assigned = segments.next
  }

  /** The number that the next append gets. */
  get next(): number {
    return this.assigned
  }

  /** See `Journal.append`. */
  append(frame: NewFrame, count: number, timeMs: number): Appended {
    const first = this.assigned
    sealFrame(frame, first, count, timeMs)
    this.assigned = first + count
    const group = this.waiting
    group.add(frame.buffer, first, count, timeMs)
    if (!this.writing) this.startWriting()
    const accepted = this.mode === 'memory' && group.bytes < BACKLOG_BYTES_MAX
    return { first, written: group.written, done: accepted ? Promise.resolve() : group.written }
  }

  async settled(): Promise<void> {
    while (this.writing) await this.writing.written.catch(() => {})
  }

  /** Begins a new segment, so that the one before can be deleted; not while something is being written. Appends wait meanwhile. */
  async beginSegment(): Promise<void> {
    if (this.writing || this.segments.active.length === 0) return
    const turn = new Group()
    this.writing = turn
    try {
      await this.rotate(this.assigned)
    } finally {
      turn.resolve()
      void this.writeGroups()
    }
  }

  /** Writes what is queued, keeps the index so that the next start reads no frames, and closes the file. */
  async close(): Promise<void> {
    await this.settled()
    if (this.handle === undefined) return
    const { files, active } = this.segments
    await files.sync(this.handle)
    saveIndex(active)
    await files.close(this.handle)
    this.handle = undefined
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
    const { files } = this.segments
    if (this.torn) await this.cutBack()
    const { first, timeMs } = group.heads[0]
    const { length, index } = this.segments.active
    const full = length + group.bytes > this.segmentBytes
    const old = timeMs - (index?.times[0] ?? timeMs) >= this.segmentMs
    if (length > 0 && (full || old || this.rotating)) await this.rotate(first)
    const segment = this.segments.active
    const handle = await this.activeHandle()
    this.torn = true
    await writeAll(files, handle, group.buffers, group.bytes, segment.length)
    if (this.mode === 'fsync') await files.sync(handle)
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
    const { active, onDamage } = this.segments
    const error = storageError(thrown, active.path)
    const behind = this.waiting
    this.waiting = new Group()
    this.assigned = this.segments.next
    if (this.torn) await this.cutBack().catch(() => {})
    group.reject(error)
    behind.reject(error)
    if (this.mode !== 'memory') return
    const bytes = group.bytes + behind.bytes
    onDamage({ file: active.path, what: 'accepted in memory and never written: the disk refused it', bytes })
  }

  /** Closes the active segment for good and begins one whose first number is `first`. */
  private async rotate(first: number): Promise<void> {
    const { files, directory, active: old } = this.segments
    this.rotating = true
    const segment = new Segment(directory, first)
    segment.lastTimeMs = old.lastTimeMs
    const handle = await files.open(segment.path, 'w+')
    try {
      if (this.handle !== undefined) await files.sync(this.handle)
      files.syncFolder(directory)
    } catch (thrown) {
      await files.close(handle)
      throw thrown
    }
    saveIndex(old)
    if (this.handle !== undefined) await files.close(this.handle)
    segment.index = new SparseIndex()
    this.handle = handle
    const { all } = this.segments
    all.push(segment)
    this.rotating = false
    if (all.length > INDEXES_KEPT) all[all.length - INDEXES_KEPT - 1].index = undefined
  }

  private async cutBack(): Promise<void> {
    await this.segments.files.truncate(await this.activeHandle(), this.segments.active.length)
    this.torn = false
  }

  private async activeHandle(): Promise<number> {
    if (this.handle !== undefined) return this.handle
    const { files, directory, active } = this.segments
    const fresh = active.length === 0
    if (fresh) files.makeFolder(directory)
    const handle = await files.open(active.path, fresh ? 'w+' : 'r+')
    active.index ??= new SparseIndex()
    if (fresh) files.syncFolder(directory)
    else rmSync(active.indexPath, { force: true })
    this.handle = handle
    return handle
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
