import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { EngineError } from '../../kit/pure/errors.ts'

/** As much of a file as is looked at, however long its lines are. */
export const HEAD_BYTES = 1024 ** 2

export interface Head {
  readonly bytes: Buffer
  /** Whether this is the whole file. */
  readonly whole: boolean
  readonly compression: 'none' | 'gzip'
}

/** A file that cannot be taken in: told in the crawl's report. */
export function unreadable(why: string): EngineError {
  return new EngineError('UnreadableFile', why)
}

export async function readHead(file: FileHandle, size: number): Promise<Head> {
  const bytes = await readAt(file, 0, Math.min(size, HEAD_BYTES))
  const whole = size <= HEAD_BYTES
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return unzipped(bytes, whole)
  if (bytes.length < 4) return { bytes, whole, compression: 'none' }
  const magic = bytes.readUInt32BE(0)
  if (magic === 0x28b52ffd) throw unreadable('it is compressed with Zstandard, which is not supported')
  if (bytes.toString('latin1', 0, 3) === 'BZh') throw unreadable('it is compressed with bzip2, which is not supported')
  if (magic === 0x504b0304) throw unreadable('it is a ZIP archive, which is not supported')
  return { bytes, whole, compression: 'none' }
}

export async function readAt(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  return buffer.subarray(0, bytesRead)
}

export async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

/** Unpacks no more than is looked at: a small file may unpack to any length. */
async function unzipped(bytes: Buffer, whole: boolean): Promise<Head> {
  const gunzip = createGunzip()
  const parts: Buffer[] = []
  let length = 0
  try {
    gunzip.end(bytes)
    for await (const part of gunzip as AsyncIterable<Buffer>) {
      parts.push(part)
      length += part.length
      if (length > HEAD_BYTES) break
    }
  } catch (thrown) {
    // What was cut off by us ends early; a file that is whole must not.
    if (whole) throw unreadable(`its gzip data is damaged (${(thrown as Error).message})`)
  }
  const all = Buffer.concat(parts)
  return { bytes: all.subarray(0, HEAD_BYTES), whole: whole && all.length <= HEAD_BYTES, compression: 'gzip' }
}
