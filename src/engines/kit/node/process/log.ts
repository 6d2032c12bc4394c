import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'

/** Of an output the last part is kept: this much, and as much again before it. */
const PART_BYTES_MAX = 16 * 1024 * 1024
/** While a log is taken over, so much more of it may come. */
const MEANWHILE_BYTES_MAX = 256 * 1024
const TRIES_MAX = 4
const LINE_CHARS_SHOWN = 1000
const CHARS_BEFORE_FOUND = 100

export interface LogPart {
  readonly text: string
  /** Where the text begins: later than asked for where that is not kept any more. */
  readonly from: number
  readonly next: number
  /** Where the log ends now. */
  readonly end: number
}

export interface LogLine {
  /** Where the text begins. */
  readonly at: number
  readonly text: string
}

/**
 * What a process wrote: `log`, to which it appends itself, and `log.1` before it. Places are counted from the first byte that was ever
 * written, so that a reader goes on where it was when the beginning is let go; `log.lost` has how many bytes that are.
 */
export class ProcessLog {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  append(line: string): void {
    appendFileSync(this.path, `${line}\n`)
  }

  /** Cuts a log that has grown too long. The process goes on at the new end of the same file. */
  bound(): void {
    let end = sizeOf(this.path)
    if (end < PART_BYTES_MAX) return
    const lost = this.lost() + sizeOf(this.before)
    // What comes meanwhile may be the last word: it is taken over too, until it comes too fast.
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      writeFileSync(this.before, slice(this.path, end - PART_BYTES_MAX, PART_BYTES_MAX))
      const came = slice(this.path, end, PART_BYTES_MAX)
      end += came.length
      if (came.length > MEANWHILE_BYTES_MAX) continue
      appendFileSync(this.before, came)
      break
    }
    end = sizeOf(this.path)
    truncateSync(this.path)
    writeFileSync(`${this.path}.lost`, String(lost + end - sizeOf(this.before)))
  }

  /** From a place on, or the last bytes where `from` is negative. A character that is cut at the end is left to the next part. */
  read(from: number, bytes: number): LogPart {
    const lost = this.lost()
    const before = sizeOf(this.before)
    const end = lost + before + sizeOf(this.path)
    const start = Math.min(end, Math.max(lost, from < 0 ? end + from : from))
    const inFirst = start < lost + before
    const data = inFirst
      ? slice(this.before, start - lost, Math.min(bytes, lost + before - start))
      : slice(this.path, start - lost - before, bytes)
    const whole = start + data.length < end ? wholeCharacters(data) : data.length
    return { text: data.toString('utf8', 0, whole), from: start, next: start + whole, end }
  }

  /** All that is kept. */
  kept(): Buffer {
    return Buffer.concat([this.before, this.path].map((file) => slice(file, 0, Number.MAX_SAFE_INTEGER)))
  }

  /** Lines that contain a text, the last ones where there are more; of a long one what is around its first place. */
  search(text: string, limit: number): { lines: LogLine[]; found: number } {
    const wanted = text.toLowerCase()
    const lines: LogLine[] = []
    let found = 0
    let at = this.lost()
    for (const file of [this.before, this.path]) {
      if (!existsSync(file)) continue
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        const place = line.toLowerCase().indexOf(wanted)
        if (place >= 0) {
          found++
          const start = place + wanted.length <= LINE_CHARS_SHOWN ? 0 : Math.max(0, place - CHARS_BEFORE_FOUND)
          const shown = line.slice(start, start + LINE_CHARS_SHOWN)
          lines.push({ at: at + Buffer.byteLength(line.slice(0, start)), text: shown })
          if (lines.length > limit) lines.shift()
        }
        at += Buffer.byteLength(line) + 1
      }
    }
    return { lines, found }
  }

  private get before(): string {
    return `${this.path}.1`
  }

  private lost(): number {
    return existsSync(`${this.path}.lost`) ? Number(readFileSync(`${this.path}.lost`, 'utf8')) : 0
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

function slice(file: string, from: number, bytes: number): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0)
  const handle = openSync(file, 'r')
  try {
    const data = Buffer.alloc(Math.min(bytes, Math.max(0, fstatSync(handle).size - from)))
    return data.subarray(0, readSync(handle, data, 0, data.length, from))
  } finally {
    closeSync(handle)
  }
}

/** How many bytes of the data are whole characters of UTF-8. */
function wholeCharacters(data: Buffer): number {
  let at = data.length - 1
  while (at > 0 && data.length - at < 4 && (data[at] & 0xc0) === 0x80) at--
  if (at < 0) return 0
  const lead = data[at]
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return at + length > data.length && at > 0 ? at : data.length
}
