/** Bytes that one checksum covers (dfs.bytes-per-checksum). */
export const CHUNK_BYTES = 512

/** Castagnoli's polynomial, bit-reversed: eight tables, so that eight bytes are taken in one step ("slicing by 8"). */
const T = Array.from({ length: 8 }, () => new Int32Array(256))
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  T[0][byte] = crc
}
for (let table = 1; table < 8; table++)
  for (let byte = 0; byte < 256; byte++) {
    const before = T[table - 1][byte]
    T[table][byte] = (before >>> 8) ^ T[0][before & 255]
  }
const [T0, T1, T2, T3, T4, T5, T6, T7] = T

/**
 * CRC-32C of `bytes[start, end)`. Our own since a block has a checksum for each 512 bytes, and a call into WebAssembly for each of them
 * costs more than the sum.
 */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let at = start
  for (; at + 8 <= end; at += 8) {
    const low = crc ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24))
    crc =
      T7[low & 255] ^
      T6[(low >>> 8) & 255] ^
      T5[(low >>> 16) & 255] ^
      T4[low >>> 24] ^
      T3[bytes[at + 4]] ^
      T2[bytes[at + 5]] ^
      T1[bytes[at + 6]] ^
      T0[bytes[at + 7]]
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]) & 255]
  return ~crc >>> 0
}

/** The checksums of all chunks, big-endian as they are on disk; the last chunk may be short. */
export function chunkSums(bytes: Uint8Array): Buffer {
  const count = Math.ceil(bytes.length / CHUNK_BYTES)
  const sums = Buffer.allocUnsafe(count * 4)
  for (let chunk = 0; chunk < count; chunk++) {
    const start = chunk * CHUNK_BYTES
    sums.writeUInt32BE(crc32c(bytes, start, Math.min(start + CHUNK_BYTES, bytes.length)), chunk * 4)
  }
  return sums
}

/** The first chunk that does not have its checksum, or -1. Where `sums` end early, so does the check. */
export function firstBad(bytes: Uint8Array, sums: Buffer): number {
  const count = Math.min(Math.ceil(bytes.length / CHUNK_BYTES), sums.length / 4)
  for (let chunk = 0; chunk < count; chunk++) {
    const start = chunk * CHUNK_BYTES
    const end = Math.min(start + CHUNK_BYTES, bytes.length)
    if (crc32c(bytes, start, end) !== sums.readUInt32BE(chunk * 4)) return chunk
  }
  return -1
}
