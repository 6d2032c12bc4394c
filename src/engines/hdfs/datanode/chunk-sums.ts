import { crc32c } from '@node-rs/crc32'

/** Bytes that one checksum covers (dfs.bytes-per-checksum). */
export const CHUNK_BYTES = 512

const chunkSum = (bytes: Uint8Array, chunk: number): number =>
  crc32c(bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES))

/** The CRC-32C of each chunk, big-endian as they are on disk; the last chunk may be short. */
export function chunkSums(bytes: Uint8Array): Buffer {
  const count = Math.ceil(bytes.length / CHUNK_BYTES)
  const sums = Buffer.allocUnsafe(count * 4)
  for (let chunk = 0; chunk < count; chunk++) sums.writeUInt32BE(chunkSum(bytes, chunk), chunk * 4)
  return sums
}

const ZEROS = Buffer.alloc(CHUNK_BYTES)

/** What each byte of a sum adds to the sum that is one chunk further on: a CRC is linear. */
const [A, B, C, D] = [0, 8, 16, 24].map((place) =>
  Int32Array.from({ length: 256 }, (_, byte) => crc32c(ZEROS, (byte << place) >>> 0) ^ crc32c(ZEROS)),
)

/** The sum of `count` whole chunks, from their sums. */
function joined(sums: Buffer, count: number): number {
  let sum = 0
  for (let place = 0; place < count * 4; place += 4)
    sum = A[sum & 255] ^ B[(sum >>> 8) & 255] ^ C[(sum >>> 16) & 255] ^ D[sum >>> 24] ^ sums.readInt32BE(place)
  return sum >>> 0
}

/**
 * The first chunk that does not have its checksum, or -1. Where `sums` end early, so does the check. Whole chunks are summed in one go, which is
 * several times faster, and one by one only where that does not fit.
 */
export function firstBad(bytes: Uint8Array, sums: Buffer): number {
  const count = Math.min(Math.ceil(bytes.length / CHUNK_BYTES), Math.floor(sums.length / 4))
  const whole = Math.min(count, Math.floor(bytes.length / CHUNK_BYTES))
  let chunk = crc32c(bytes.subarray(0, whole * CHUNK_BYTES)) === joined(sums, whole) ? whole : 0
  for (; chunk < count; chunk++) if (chunkSum(bytes, chunk) !== sums.readUInt32BE(chunk * 4)) return chunk
  return -1
}

/** How many bytes from the start have their checksums. A chunk that was being added to has that of the part which had been acknowledged. */
export function intactBytes(bytes: Uint8Array, sums: Buffer): number {
  const bad = firstBad(bytes, sums)
  if (bad < 0) return Math.min(bytes.length, Math.floor(sums.length / 4) * CHUNK_BYTES)
  const start = bad * CHUNK_BYTES
  for (let length = Math.min(CHUNK_BYTES, bytes.length - start) - 1; length > 0; length--)
    if (firstBad(bytes.subarray(start, start + length), sums.subarray(bad * 4)) < 0) return start + length
  return start
}
