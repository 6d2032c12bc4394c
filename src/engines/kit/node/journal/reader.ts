import { storageError } from './files.ts'
import type { Frame } from './frame.ts'
import { type Gap, loadIndex, type Segment, SparseIndex, saveIndex, walk } from './segment.ts'
import type { Segments } from './segments.ts'

type Visit = (frame: Frame, position: number) => boolean

/** Reads frames by number and by time, checking each. What turns out to be damaged is kept aside and stepped over. */
export class JournalReader {
  private readonly segments: Segments

  constructor(segments: Segments) {
    this.segments = segments
  }

  /** See `Journal.read`. */
  async read(from: number, maxBytes: number, maxCount: number): Promise<Frame[]> {
    const { segments } = this
    const { all } = segments
    const frames: Frame[] = []
    let bytes = 0
    for (let number = Math.max(from, all[0].first); number < segments.next && frames.length === 0; ) {
      const segment = all[segments.indexOf(number)]
      const visit = (frame: Frame) => {
        if (frame.first + frame.count <= number) return true
        frames.push(frame)
        bytes += frame.payload.length
        return bytes < maxBytes && frame.first + frame.count - number < maxCount
      }
      const window = Math.min(Math.max(maxBytes, 64 * 1024), 512 * 1024)
      await this.visit(segment, (index) => index.byNumber(number), visit, window)
      number = all[all.indexOf(segment) + 1]?.first ?? segments.next
    }
    return frames
  }

  /** See `Journal.find`. */
  async find(timeMs: number): Promise<number> {
    for (;;) {
      const segments = [...this.segments.all]
      const found = await this.findIn(segments, timeMs)
      // Segments may have been deleted meanwhile: what was not found in them says nothing.
      if (segments[0] === this.segments.all[0]) return found
    }
  }

  private async findIn(segments: readonly Segment[], timeMs: number): Promise<number> {
    // What is appended while we look is later than all that is here.
    const end = this.segments.next
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

  private async firstTimeMs(segment: Segment): Promise<number> {
    if (segment.index?.times.length) return segment.index.times[0]
    let time = Number.POSITIVE_INFINITY
    const visit = (frame: Frame) => {
      time = frame.timeMs
      return false
    }
    await this.visit(segment, () => 0, visit, 4096)
    return time
  }

  private async visit(
    segment: Segment,
    start: (index: SparseIndex) => number,
    visit: Visit,
    windowBytes: number,
  ): Promise<void> {
    if (segment.length === 0) return
    const { files } = this.segments
    let handle: number
    try {
      handle = await files.open(segment.path, 'r')
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'ENOENT') throw storageError(thrown, segment.path)
      // Retention may have deleted it meanwhile; a file that somebody else took away is a gap.
      if (this.segments.all.includes(segment)) this.lose(segment)
      return
    }
    try {
      const gap = (found: Gap) => this.quarantine(handle, segment, found)
      if (!segment.index && !loadIndex(segment)) {
        const index = new SparseIndex()
        const note: Visit = (frame, at) => {
          index.add(frame.first, frame.timeMs, at)
          return true
        }
        await walk(files, handle, segment, 0, note, gap)
        segment.index = index
        saveIndex(segment)
      }
      await walk(files, handle, segment, start(segment.index!), visit, gap, windowBytes)
    } finally {
      await files.close(handle)
    }
  }

  private async quarantine(handle: number, segment: Segment, gap: Gap): Promise<void> {
    if (segment.gaps.some((known) => known.position === gap.position)) return
    segment.gaps.push(gap)
    await this.segments.keepAside(handle, segment, gap, 'damaged frames, skipped')
  }

  private lose(segment: Segment): void {
    this.segments.onDamage({ file: segment.path, what: 'the segment file is missing', bytes: segment.length })
    segment.length = 0
  }
}
