import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflateRaw, zstdDecompress } from 'node:zlib'
import { compressors } from 'hyparquet-compressors'
import {
  type AvroHeader,
  avroReader,
  blockValues,
  Cursor,
  checkSync,
  type Reader,
  readAvroHeader,
  SYNC_BYTES,
} from '../pure/avro.ts'

const HEAD_BYTES = 64 * 1024
const HEAD_BYTES_MAX = 16 * 1024 * 1024
const BLOCK_BYTES_MAX = 512 * 1024 * 1024
/** Two numbers of up to ten bytes stand before a block. */
const PREFIX_BYTES = 20

type Decompress = (bytes: Uint8Array) => Promise<Uint8Array>
const CODECS: Readonly<Record<string, Decompress>> = {
  null: async (bytes) => bytes,
  deflate: promisify(inflateRaw) as Decompress,
  zstandard: promisify(zstdDecompress) as Decompress,
  // Behind the data stand four bytes of a checksum; before it, as in every Snappy block, the length.
  snappy: async (bytes) => compressors.SNAPPY!(bytes.subarray(0, -4), lengthOf(bytes)),
}

/**
 * The values of an Avro object container, block by block, so that a file of any size takes the memory of one block. `reader` makes the reader
 * out of the container's schema. Throws where the file is damaged or its codec is not read.
 */
export async function* avroFileValues(
  file: string,
  reader: (schema: string) => Reader = avroReader,
): AsyncGenerator<unknown> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const at = async (position: number, length: number) => {
      const bytes = new Uint8Array(Math.min(length, size - position))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, position)
      return bytes.subarray(0, bytesRead)
    }
    const { header, end } = await headerOf(at, size)
    const decompress = CODECS[header.codec]
    if (!decompress) throw new Error(`The Avro codec ${header.codec} is not supported.`)
    const read = reader(header.schema)
    for (let position = end; position < size; ) {
      const prefix = new Cursor(await at(position, PREFIX_BYTES))
      const count = prefix.int()
      const length = prefix.int()
      if (length < 0 || length > BLOCK_BYTES_MAX || position + prefix.at + length + SYNC_BYTES > size)
        throw new Error('A block runs over the end of the file.')
      const block = await at(position + prefix.at, length + SYNC_BYTES)
      checkSync(block.subarray(length), header.sync)
      yield* blockValues(read, await decompress(block.subarray(0, length)), count)
      position += prefix.at + length + SYNC_BYTES
    }
  } finally {
    await handle.close()
  }
}

async function headerOf(
  at: (position: number, length: number) => Promise<Uint8Array>,
  size: number,
): Promise<{ header: AvroHeader; end: number }> {
  for (let length = HEAD_BYTES; ; length *= 4) {
    const from = new Cursor(await at(0, length))
    try {
      return { header: readAvroHeader(from), end: from.at }
    } catch (thrown) {
      if (length >= size || length >= HEAD_BYTES_MAX) throw thrown
    }
  }
}

function lengthOf(bytes: Uint8Array): number {
  let length = 0
  for (let i = 0; i < 5; i++) {
    length |= (bytes[i] & 0x7f) << (7 * i)
    if (bytes[i] < 0x80) break
  }
  if (length < 0 || length > BLOCK_BYTES_MAX) throw new Error('A block of Snappy claims too many bytes.')
  return length
}
