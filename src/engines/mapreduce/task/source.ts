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

/** Read through the engine, one chunk ahead. */
export class RawSource implements Source {
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
    const raw = new RawSource(split, 0)
    const decompress = kind === 'gzip' ? createGunzip() : createZstdDecompress()
    async function* chunks() {
      const buffer = () => Buffer.allocUnsafe(CHUNK_BYTES)
      for (;;) {
        const chunk = buffer()
        const read = raw.read(chunk, 0, chunk.length)
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
export function readRange(offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  settle()
  ask(offset, length)
  take(bytes, 0, length)
  return bytes
}
