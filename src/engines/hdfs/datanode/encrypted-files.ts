import { createCipheriv, createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { JournalFiles } from '../../kit/node/journal.ts'

const CIPHER_BLOCK_BYTES = 16
const COUNTERS = 1n << 128n

/**
 * Files that are encrypted on disk with AES-256 in counter mode, so that any part of one can be read and written by itself. Each block has a
 * key stream of its own and its checksums another; a block that is appended to goes on with its stream.
 */
export function encryptedFiles(files: JournalFiles, key: Buffer): JournalFiles {
  const streams = new Map<number, bigint>()
  const crypt = (handle: number, bytes: Uint8Array, position: number): Buffer => {
    const skipped = position % CIPHER_BLOCK_BYTES
    const counter = (streams.get(handle)! + BigInt((position - skipped) / CIPHER_BLOCK_BYTES)) % COUNTERS
    const start = Buffer.from(counter.toString(16).padStart(2 * CIPHER_BLOCK_BYTES, '0'), 'hex')
    const cipher = createCipheriv('aes-256-ctr', key, start)
    cipher.update(Buffer.alloc(skipped))
    return cipher.update(bytes)
  }
  return {
    ...files,
    async open(path, flags) {
      const handle = await files.open(path, flags)
      streams.set(handle, streamOf(path))
      return handle
    },
    async close(handle) {
      streams.delete(handle)
      await files.close(handle)
    },
    write: (handle, buffers, position) =>
      files.write(handle, [crypt(handle, Buffer.concat(buffers), position)], position),
    async read(handle, into, position) {
      const bytes = await files.read(handle, into, position)
      into.set(crypt(handle, into.subarray(0, bytes), position))
      return bytes
    },
  }
}

/** By the block, whatever stamp its checksums have. */
function streamOf(path: string): bigint {
  const name = basename(path).replace(/_\d+(?=\.meta$)/, '')
  return BigInt(`0x${createHash('sha256').update(name).digest('hex').slice(0, 32)}`)
}
