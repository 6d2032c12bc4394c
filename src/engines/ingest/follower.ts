import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type Generation, generationsOf, sameFiles } from './generations.ts'

/**
 * Where a reader stands in a file, and how the file is known again: by its inode while it is the same, and by what stands right before
 * the offset, which a copy of it has too and a new file in its place has not.
 */
export interface FilePosition {
  readonly device: string
  readonly inode: string
  readonly offset: number
  readonly mark: string
}

export interface Line {
  readonly bytes: Uint8Array
  /** Where it begins in its file. */
  readonly offset: number
}

export interface Piece {
  readonly lines: readonly Line[]
  /** Lines longer than may be; they are passed over. */
  readonly tooLong: number
  readonly position: FilePosition
}

const READ_BYTES = 1024 * 1024
const MARK_BYTES = 512
const NEWLINE = 10
const RETURN = 13

/**
 * Follows a file by its name as `tail -F` does: through rotation by renaming or by copying and truncating, and through a writer's
 * half-written last line, which waits until it is whole. A file that was rotated away is read to its end, and those that came between it
 * and the newest as well, as long as they lie beside it uncompressed.
 */
export class Follower {
  private readonly path: string
  private readonly lineBytesMax: number
  private handle: FileHandle | null = null
  private identity = { device: '', inode: '' }
  private offset = 0
  /** The bytes before the offset, at most MARK_BYTES. */
  private before: Buffer = Buffer.alloc(0)
  private passingLongLine = false
  private lost: string | null = null
  private denied: string | null = null

  constructor(path: string, lineBytesMax: number) {
    this.path = path
    this.lineBytesMax = lineBytesMax
  }

  get isOpen(): boolean {
    return this.handle !== null
  }

  /** What could not be read, or cannot be for now. */
  get problem(): string | null {
    return this.denied ?? this.lost
  }

  get position(): FilePosition | null {
    if (!this.handle) return null
    return { ...this.identity, offset: this.offset, mark: markOf(this.before) }
  }

  /** Goes on where a reader stood, or in what became of that file. */
  async resume(position: FilePosition): Promise<void> {
    const { device, inode, offset, mark } = position
    const found = await generationsOf(this.path)
    const generations = found.toReversed()
    const same = (one: Generation) => one.device === device && one.inode === inode
    // Nothing marks a file of which nothing was read: any would do.
    const copies = offset > 0 ? generations.filter((one) => !same(one)) : []
    for (const one of [...generations.filter(same), ...copies])
      if (await this.openAt(one.file, offset, mark, one)) return
    // It may have been renamed between the look and the opening.
    if (!sameFiles(found, await generationsOf(this.path))) return this.resume(position)
    if (await this.openAt(this.path))
      this.lost = 'The file was replaced since it was last read, and what it held is gone: lines may be missing'
  }

  async startAt(start: 'beginning' | 'end'): Promise<void> {
    if (!(await this.openAt(this.path)) || start === 'beginning') return
    const { size } = await this.handle!.stat()
    await this.moveTo(await this.lineStart(size))
  }

  /** What has been written since; null when nothing has. */
  async next(): Promise<Piece | null> {
    if (!this.handle && !(await this.openAt(this.path))) return null
    const piece = await this.read()
    if (piece) return piece
    const successor = await this.successor()
    if (!successor) return null
    // The writer may have written here once more before it began the other.
    const last = await this.read()
    if (last) return last
    const rest = await this.rest()
    if (!(await this.openAt(successor.file, 0, EMPTY_MARK, successor))) return null
    return rest.length > 0 ? { lines: rest, tooLong: 0, position: this.position! } : this.next()
  }

  async close(): Promise<void> {
    const { handle } = this
    this.handle = null
    await handle?.close()
  }

  /** Opens a file whose bytes before the offset are as marked; `meant` by its inode, since names move on while logs rotate. */
  private async openAt(file: string, offset = 0, mark = EMPTY_MARK, meant?: Generation): Promise<boolean> {
    const handle = await open(file, 'r').catch((thrown: NodeJS.ErrnoException) => {
      const denied = thrown.code === 'EACCES' || thrown.code === 'EPERM'
      if (!denied && thrown.code !== 'ENOENT') throw thrown
      // A new log may belong to someone else for a moment.
      this.denied = denied ? `${file} may not be read by this user` : null
      return null
    })
    if (!handle) return false
    this.denied = null
    const before = await bytesBefore(handle, offset)
    const { dev, ino } = await handle.stat({ bigint: true })
    const identity = { device: String(dev), inode: String(ino) }
    const other = meant && (meant.device !== identity.device || meant.inode !== identity.inode)
    if (other || markOf(before) !== mark) {
      await handle.close()
      return false
    }
    await this.close()
    this.handle = handle
    this.identity = identity
    this.offset = offset
    this.before = before
    this.passingLongLine = false
    return true
  }

  /** The file was truncated: a copy that was made of it first is read to its end, then it from its beginning. */
  private async findAgain(): Promise<void> {
    const mark = markOf(this.before)
    for (const one of (await generationsOf(this.path)).reverse())
      if (one.inode !== this.identity.inode && (await this.openAt(one.file, this.offset, mark, one))) return
    await this.moveTo(0)
  }

  private async moveTo(offset: number): Promise<void> {
    this.offset = offset
    this.before = await bytesBefore(this.handle!, offset)
    this.passingLongLine = false
  }

  private async read(): Promise<Piece | null> {
    const marked = this.before.length
    const found = await readAt(this.handle!, this.offset - marked, marked + Math.max(READ_BYTES, this.lineBytesMax + 1))
    if (!found.subarray(0, marked).equals(this.before)) {
      await this.findAgain()
      return this.read()
    }
    const bytes = found.subarray(marked)
    const end = bytes.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      if (bytes.length <= this.lineBytesMax) return null
      const tooLong = this.passingLongLine ? 0 : 1
      this.advance(bytes)
      this.passingLongLine = true
      return { lines: [], tooLong, position: this.position! }
    }
    const lines: Line[] = []
    let tooLong = 0
    for (let from = 0; from < end; ) {
      const to = bytes.indexOf(NEWLINE, from)
      const line = lineOf(bytes, from, to)
      if (this.passingLongLine) this.passingLongLine = false
      else if (line.length > this.lineBytesMax) tooLong++
      else if (line.length > 0) lines.push({ bytes: line, offset: this.offset + from })
      from = to + 1
    }
    this.advance(bytes.subarray(0, end))
    return { lines, tooLong, position: this.position! }
  }

  private advance(read: Buffer): void {
    this.offset += read.length
    this.before = Buffer.concat([this.before, read.subarray(-MARK_BYTES)]).subarray(-MARK_BYTES)
  }

  /** A last line without an end, of a file that nobody writes any more. */
  private async rest(): Promise<Line[]> {
    const bytes = await readAt(this.handle!, this.offset, this.lineBytesMax)
    const line = lineOf(bytes, 0, bytes.length)
    return line.length === 0 || this.passingLongLine ? [] : [{ bytes: line, offset: this.offset }]
  }

  /** The file after the one that is open, once its writer has begun it. */
  private async successor(): Promise<Generation | null> {
    const generations = await generationsOf(this.path)
    const { device, inode } = this.identity
    const at = generations.findIndex((one) => one.device === device && one.inode === inode)
    // One that has been deleted or compressed has the newest after it, as far as can be told.
    const after = at < 0 ? generations.slice(-1) : generations.slice(at + 1)
    return after.find((one) => one.size > 0 && one.inode !== inode) ?? null
  }

  private async lineStart(end: number): Promise<number> {
    const from = Math.max(0, end - READ_BYTES)
    const bytes = await readAt(this.handle!, from, end - from)
    return from + bytes.lastIndexOf(NEWLINE) + 1
  }
}

function lineOf(bytes: Buffer, from: number, to: number): Buffer {
  return bytes.subarray(from, to > from && bytes[to - 1] === RETURN ? to - 1 : to)
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

async function bytesBefore(handle: FileHandle, offset: number): Promise<Buffer> {
  const length = Math.min(offset, MARK_BYTES)
  return readAt(handle, offset - length, length)
}

function markOf(before: Buffer): string {
  return `${before.length}:${createHash('sha256').update(before).digest('base64url')}`
}

const EMPTY_MARK = markOf(Buffer.alloc(0))
