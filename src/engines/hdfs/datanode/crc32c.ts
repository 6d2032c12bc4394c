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

/** Whether words are read as the tables expect them, which holds wherever Node runs but on a few mainframes. */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
const WORDS = CHUNK_BYTES / 4

/**
 * The checksums of all chunks; the last one may be short. Two chunks go side by side: a sum waits for the one before it, and while one waits
 * the other is worked on.
 */
function sumsOf(bytes: Uint8Array): Uint32Array {
  const sums = new Uint32Array(Math.ceil(bytes.length / CHUNK_BYTES))
  const whole = Math.floor(bytes.length / CHUNK_BYTES)
  let chunk = 0
  if (LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, whole * WORDS)
    for (; chunk + 2 <= whole; chunk += 2) {
      let first = -1
      let second = -1
      const end = (chunk + 1) * WORDS
      for (let at = chunk * WORDS; at < end; at += 2) {
        const a = first ^ words[at]
        const b = words[at + 1]
        const c = second ^ words[at + WORDS]
        const d = words[at + WORDS + 1]
        first =
          T7[a & 255] ^
          T6[(a >>> 8) & 255] ^
          T5[(a >>> 16) & 255] ^
          T4[a >>> 24] ^
          T3[b & 255] ^
          T2[(b >>> 8) & 255] ^
          T1[(b >>> 16) & 255] ^
          T0[b >>> 24]
        second =
          T7[c & 255] ^
          T6[(c >>> 8) & 255] ^
          T5[(c >>> 16) & 255] ^
          T4[c >>> 24] ^
          T3[d & 255] ^
          T2[(d >>> 8) & 255] ^
          T1[(d >>> 16) & 255] ^
          T0[d >>> 24]
      }
      sums[chunk] = ~first
      sums[chunk + 1] = ~second
    }
  }
  for (; chunk < sums.length; chunk++) {
    const start = chunk * CHUNK_BYTES
    sums[chunk] = crc32c(bytes, start, Math.min(start + CHUNK_BYTES, bytes.length))
  }
  return sums
}

/** The checksums of all chunks, big-endian as they are on disk. */
export function chunkSums(bytes: Uint8Array): Buffer {
  const sums = sumsOf(bytes)
  const buffer = Buffer.from(sums.buffer as ArrayBuffer)
  return LITTLE_ENDIAN ? buffer.swap32() : buffer
}

/** The first chunk that does not have its checksum, or -1. Where `sums` end early, so does the check. */
export function firstBad(bytes: Uint8Array, sums: Buffer): number {
  const count = Math.min(Math.ceil(bytes.length / CHUNK_BYTES), Math.floor(sums.length / 4))
  const found = chunkSums(bytes.subarray(0, count * CHUNK_BYTES))
  const known = sums.subarray(0, count * 4)
  if (found.equals(known)) return -1
  for (let chunk = 0; ; chunk++) if (found.readUInt32BE(chunk * 4) !== known.readUInt32BE(chunk * 4)) return chunk
}
