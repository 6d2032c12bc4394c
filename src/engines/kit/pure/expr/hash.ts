const encoder = new TextEncoder()
let buffer = new Uint8Array(1024)

/** MurmurHash3 x86 32-bit with seed 0 of a text's UTF-8, unsigned. Stable across machines and releases; not for secrets. */
export function murmur3(text: string): number {
  if (text.length * 3 > buffer.length) buffer = new Uint8Array(text.length * 3)
  const length = encoder.encodeInto(text, buffer).written
  let h = 0
  const blocks = length & ~3
  for (let i = 0; i < blocks; i += 4) {
    h ^= scramble(buffer[i] | (buffer[i + 1] << 8) | (buffer[i + 2] << 16) | (buffer[i + 3] << 24))
    h = (h << 13) | (h >>> 19)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = length - 1; i >= blocks; i--) tail = (tail << 8) | buffer[i]
  if (length > blocks) h ^= scramble(tail)
  h ^= length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function scramble(k: number): number {
  k = Math.imul(k, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}
