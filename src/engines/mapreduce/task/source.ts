import { closeSync, openSync, readSync } from 'node:fs'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Split } from '../protocol.ts'
import { ask, settle, take } from './channel.ts'

const CHUNK_BYTES = 1024 * 1024
/** Beyond the split's end only the rest of one record is wanted. */
const BEYOND_BYTES = 64 * 1024

/** Bytes of a split's file in order, from a place on; it does not end with the split. */
export interface Source {
  /** Where the next byte that is read lies in the file, decompressed. */
  readonly position: number
  /** Reads up to so many bytes into a buffer; 0 at the end of the file. */
  read(into: Buffer, at: number, most: number): number | Promise<number>
}

/** The bytes as they lie in the file. */
export const rawSource = (split: Split, from: number): Source =>
  split.file === undefined ? new AskedSource(split, from) : new FileSource(split, from)

/** Read from the disk; the file is opened for each read, of megabytes, so that it need not be closed by anybody. */
class FileSource implements Source {
  position: number
  private readonly split: Split

  constructor(split: Split, from: number) {
    this.split = split
    this.position = from
  }

  read(into: Buffer, at: number, most: number): number {
    const { offset, length, fileBytes } = this.split
    const end = offset + length
    const wanted = this.position < end ? end - this.position : BEYOND_BYTES
    const bytes = Math.min(most, wanted, fileBytes - this.position)
    if (bytes > 0) readFileRange(this.split, this.position, into.subarray(at, at + bytes))
    this.position += bytes
    return bytes
  }
}

/** Read through the engine, one chunk ahead. */
class AskedSource implements Source {
  position: number
  private readonly split: Split
  private asked: number
  private chunk = 0

  constructor(split: Split, from: number) {
    this.split = split
    this.position = from
    this.asked = from
    this.askNext(CHUNK_BYTES)
  }

  read(into: Buffer, at: number, most: number): number {
    if (this.chunk === 0) this.askNext(BEYOND_BYTES)
    if (this.chunk === 0) return 0
    const length = Math.min(this.chunk, most)
    const wasLast = length === this.chunk
    if (wasLast && this.asked < this.split.offset + this.split.length) {
      const rest = length
      this.chunk = 0
      this.askNext(CHUNK_BYTES)
      take(into, at, rest)
    } else {
      take(into, at, length)
      this.chunk -= length
    }
    this.position += length
    return length
  }

  private askNext(most: number): void {
    const { fileBytes } = this.split
    const length = Math.min(most, fileBytes - this.asked)
    if (length <= 0) return
    ask(this.asked, length)
    this.asked += length
    this.chunk = length
  }
}

/** A compressed file as one split: members of gzip, or frames of zstd, one after the other. */
export class CompressedSource implements Source {
  position = 0
  private readonly pieces: AsyncIterator<Buffer>
  private piece: Buffer = Buffer.alloc(0)

  constructor(split: Split, kind: 'gzip' | 'zstd') {
    const raw = rawSource(split, 0)
    const decompress = kind === 'gzip' ? createGunzip() : createZstdDecompress()
    async function* chunks() {
      const buffer = () => Buffer.allocUnsafe(CHUNK_BYTES)
      for (;;) {
        const chunk = buffer()
        const read = await raw.read(chunk, 0, chunk.length)
        if (read === 0) return
        yield chunk.subarray(0, read)
      }
    }
    const feed = async () => {
      for await (const chunk of chunks())
        if (!decompress.write(chunk)) await new Promise((resolve) => decompress.once('drain', resolve))
      decompress.end()
    }
    feed().catch((thrown) => decompress.destroy(thrown))
    this.pieces = decompress[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  async read(into: Buffer, at: number, most: number): Promise<number> {
    if (this.piece.length === 0) {
      const { done, value } = await this.pieces.next()
      if (done) return 0
      this.piece = value
    }
    const length = Math.min(most, this.piece.length)
    this.piece.copy(into, at, 0, length)
    this.piece = this.piece.subarray(length)
    this.position += length
    return length
  }
}

export const compressionOf = (uri: string): 'gzip' | 'zstd' | undefined =>
  uri.endsWith('.gz') ? 'gzip' : uri.endsWith('.zst') ? 'zstd' : undefined

/** A range of the file, whole. */
export function readRange(split: Split, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  if (split.file !== undefined) readFileRange(split, offset, bytes)
  else {
    settle()
    ask(offset, length)
    take(bytes, 0, length)
  }
  return bytes
}

function readFileRange({ file, uri }: Split, offset: number, into: Buffer): void {
  const handle = openSync(file!, 'r')
  try {
    for (let at = 0; at < into.length; ) {
      const read = readSync(handle, into, at, into.length - at, offset + at)
      if (read === 0) throw new Error(`EOFException: ${uri} is shorter than it was.`)
      at += read
    }
  } finally {
    closeSync(handle)
  }
}
