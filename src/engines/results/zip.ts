import type { FileHandle } from 'node:fs/promises'
import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib'
import { EngineError } from '../kit/pure/errors.ts'

const SIZE_MAX = 0xffffffff
/** Sizes and checksum follow the data; names are UTF-8 (PKWARE's APPNOTE, 4.4.4). */
const FLAGS = 0x0808
const DEFLATED = 8
/** 1 January 1980, where a zip's calendar begins: the same rows make the same file. */
const DATE = 0x21

interface Entry {
  readonly name: Buffer
  readonly at: number
  readonly crc: number
  readonly packed: number
  readonly size: number
}

/** Writes a zip from front to back, each file as it comes, in the memory of one piece. */
export class ZipWriter {
  private readonly handle: FileHandle
  private readonly entries: Entry[] = []
  private at = 0

  constructor(handle: FileHandle) {
    this.handle = handle
  }

  async add(path: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const name = Buffer.from(path)
    const { at } = this
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(FLAGS, 6)
    head.writeUInt16LE(DEFLATED, 8)
    head.writeUInt16LE(DATE, 12)
    head.writeUInt16LE(name.length, 26)
    await this.write(head)
    await this.write(name)
    const begun = this.at
    let crc = 0
    let size = 0
    const deflate = createDeflateRaw({ level: 6 })
    const writing = this.drain(deflate)
    try {
      for await (const piece of pieces) {
        const bytes = Buffer.from(piece)
        crc = crc32(bytes, crc)
        size += bytes.length
        await new Promise<void>((resolve, reject) =>
          deflate.write(bytes, (failed) => (failed ? reject(failed) : resolve())),
        )
      }
      deflate.end()
    } catch (thrown) {
      deflate.destroy()
      await writing.catch(() => {})
      throw thrown
    }
    await writing
    const packed = this.at - begun
    if (size > SIZE_MAX || this.at > SIZE_MAX)
      throw new EngineError('ExportRefused', 'The workbook would be larger than 4 GB. Choose CSV or Parquet.')
    const tail = Buffer.alloc(16)
    tail.writeUInt32LE(0x08074b50, 0)
    tail.writeUInt32LE(crc, 4)
    tail.writeUInt32LE(packed, 8)
    tail.writeUInt32LE(size, 12)
    await this.write(tail)
    this.entries.push({ name, at, crc, packed, size })
  }

  /** The directory at the end, without which it is no zip. */
  async finish(): Promise<void> {
    const begun = this.at
    for (const { name, at, crc, packed, size } of this.entries) {
      const entry = Buffer.alloc(46)
      entry.writeUInt32LE(0x02014b50, 0)
      entry.writeUInt16LE(20, 4)
      entry.writeUInt16LE(20, 6)
      entry.writeUInt16LE(FLAGS, 8)
      entry.writeUInt16LE(DEFLATED, 10)
      entry.writeUInt16LE(DATE, 14)
      entry.writeUInt32LE(crc, 16)
      entry.writeUInt32LE(packed, 20)
      entry.writeUInt32LE(size, 24)
      entry.writeUInt16LE(name.length, 28)
      entry.writeUInt32LE(at, 42)
      await this.write(entry)
      await this.write(name)
    }
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt16LE(this.entries.length, 8)
    end.writeUInt16LE(this.entries.length, 10)
    end.writeUInt32LE(this.at - begun, 12)
    end.writeUInt32LE(begun, 16)
    await this.write(end)
  }

  private async drain(deflate: DeflateRaw): Promise<void> {
    for await (const piece of deflate) await this.write(piece as Buffer)
  }

  private async write(bytes: Buffer): Promise<void> {
    await this.handle.writeFile(bytes)
    this.at += bytes.length
  }
}
