import type { Source } from './source.ts'

const WINDOW_BYTES = 2 * 1024 * 1024
const LF = 10
const CR = 13

export class RecordTooLong extends Error {}

/**
 * Finds the ends of records in the bytes of a source, a window at a time. Lines end with LF, CR or both, as in Hadoop; another delimiter
 * stands for itself. A record belongs to the split in which it begins.
 */
export class Lines {
  /** The bytes at hand, and the records in them: starts and ends without their delimiters. */
  window = Buffer.allocUnsafeSlow(WINDOW_BYTES)
  readonly starts: number[] = []
  readonly ends: number[] = []
  /** Where the window begins in the file. */
  windowOffset = 0
  private readonly source: Source
  private readonly end: number
  private readonly bytesMax: number
  private readonly delimiter: Buffer | undefined
  private readonly quoted: boolean
  private filled = 0
  private at = 0
  private atEnd = false
  /** Records are at hand that `next` has not given yet. */
  private held = false
  private skip: boolean

  /** Records from `source` that begin before `end`; `skip`: the source begins within a record of another split. */
  constructor(
    source: Source,
    options: { end: number; skip: boolean; bytesMax: number; delimiter?: string | undefined; quoted?: boolean },
  ) {
    this.source = source
    this.windowOffset = source.position
    this.end = options.end
    this.skip = options.skip
    this.bytesMax = options.bytesMax
    this.delimiter = options.delimiter === undefined ? undefined : Buffer.from(options.delimiter)
    this.quoted = options.quoted ?? false
  }

  /** Fills `starts` and `ends` with more records; false when there are none left. */
  async next(): Promise<boolean> {
    if (this.held) {
      this.held = false
      if (this.starts.length > 0) return true
    }
    this.starts.length = 0
    this.ends.length = 0
    for (;;) {
      if (this.scan()) return this.starts.length > 0
      if (this.starts.length > 0) return true
      if (this.atEnd) return this.rest()
      await this.fill()
    }
  }

  /** Takes the first record alone, before any other is asked for. */
  async first(): Promise<string | undefined> {
    if (!(await this.next())) return undefined
    const line = this.window.utf8Slice(this.starts[0], this.ends[0])
    this.starts.shift()
    this.ends.shift()
    this.held = true
    return line
  }

  /** Where a record begins in the file. */
  offsetOf(record: number): number {
    return this.windowOffset + this.starts[record]
  }

  /** The last record, where nothing ends it. */
  private rest(): boolean {
    const { at, filled, skip } = this
    this.at = filled
    if (skip || at >= filled || this.windowOffset + at >= this.end) return false
    this.starts.push(at)
    this.ends.push(filled)
    return true
  }

  /** All records that end in the window; true when the split's last one is among them. */
  private scan(): boolean {
    const { window, filled } = this
    const view = window.subarray(0, filled)
    const find = this.delimiter
      ? this.finder(view, this.delimiter)
      : this.quoted
        ? this.unquotedEnds(view)
        : this.lineEnds(view)
    for (;;) {
      if (!this.skip && this.windowOffset + this.at >= this.end) return true
      const found = find(this.at)
      // Nothing can begin in a split that lies within one record.
      if (found < 0) return this.skip && this.windowOffset + filled >= this.end
      const [recordEnd, next] = [found, this.after]
      if (this.skip) this.skip = false
      else {
        this.tooLong(recordEnd - this.at)
        this.starts.push(this.at)
        this.ends.push(recordEnd)
      }
      this.at = next
    }
  }

  /** Behind the delimiter that was found last. */
  private after = 0

  private finder(view: Buffer, delimiter: Buffer): (from: number) => number {
    return (from) => {
      const found = view.indexOf(delimiter, from)
      this.after = found + delimiter.length
      return found
    }
  }

  private lineEnds(view: Buffer): (from: number) => number {
    let cr = -2
    return (from) => {
      const lf = view.indexOf(LF, from)
      // Most files have none: then the window is looked through for it only once.
      if (cr !== -1 && cr < from) cr = view.indexOf(CR, from)
      if (cr < 0 || (lf >= 0 && lf < cr)) {
        this.after = lf + 1
        return lf
      }
      return this.endAtCr(view, cr)
    }
  }

  private endAtCr(view: Buffer, cr: number): number {
    // Whether a line feed follows is in the next window.
    if (cr + 1 === view.length && !this.atEnd) return -1
    this.after = view[cr + 1] === LF ? cr + 2 : cr + 1
    return cr
  }

  /** Ends of lines outside of double quotes. */
  private unquotedEnds(view: Buffer): (from: number) => number {
    return (from) => {
      let inside = false
      for (let at = from; at < view.length; at++) {
        const byte = view[at]
        if (byte === 34) inside = !inside
        else if (inside) continue
        else if (byte === LF) {
          this.after = at + 1
          return at
        } else if (byte === CR) return this.endAtCr(view, at)
      }
      return -1
    }
  }

  private async fill(): Promise<void> {
    const left = this.filled - this.at
    if (!this.skip) this.tooLong(left)
    // A delimiter may lie across the ends of two windows, so that the end of what is skipped is kept.
    const kept = this.skip ? Math.min(left, this.delimiter?.length ?? 1) : left
    const from = this.filled - kept
    const grown = kept > this.window.length / 2 ? Buffer.allocUnsafeSlow(this.window.length * 2) : this.window
    this.window.copy(grown, 0, from, this.filled)
    this.window = grown
    this.windowOffset += from
    this.at = 0
    this.filled = kept
    // A window that has grown for a long record is filled, so that the record is looked through but a few times.
    do {
      const read = await this.source.read(grown, this.filled, grown.length - this.filled)
      if (read === 0) this.atEnd = true
      this.filled += read
    } while (grown.length > WINDOW_BYTES && !this.atEnd && this.filled < grown.length)
  }

  private tooLong(bytes: number): void {
    if (bytes > this.bytesMax)
      throw new RecordTooLong(
        `A record is longer than ${this.bytesMax} bytes (at byte ${this.windowOffset + this.at}): set input.options.recordBytesMax higher, up to 512 MiB.`,
      )
  }
}
