/**
 * MD5 (RFC 1321) of a slice, as Kinesis maps a partition key to its hash key. Our own because a digest through node:crypto or
 * WebAssembly costs more in allocation and calls than in arithmetic for keys of a dozen bytes: this one leaves its words in `digest`
 * and allocates nothing.
 */
export const digest = new Uint32Array(4)

const block = new Uint8Array(64)
const words = new Int32Array(block.buffer)
const state = new Int32Array(4)

export function md5(bytes: Uint8Array, start: number, end: number): void {
  state[0] = 0x67452301
  state[1] = 0xefcdab89
  state[2] = 0x98badcfe
  state[3] = 0x10325476
  let at = start
  for (; end - at >= 64; at += 64) {
    for (let i = 0; i < 64; i++) block[i] = bytes[at + i]
    compress()
  }
  let used = 0
  while (at < end) block[used++] = bytes[at++]
  block[used++] = 0x80
  if (used > 56) {
    block.fill(0, used)
    compress()
    used = 0
  }
  while (used < 56) block[used++] = 0
  words[14] = (end - start) << 3
  words[15] = (end - start) >>> 29
  compress()
  for (let i = 0; i < 4; i++) digest[i] = bigEndian(state[i])
}

function bigEndian(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

function compress(): void {
  const a = state[0]
  const b = state[1]
  const c = state[2]
  const d = state[3]
  round1()
  round2()
  round3()
  round4()
  state[0] += a
  state[1] += b
  state[2] += c
  state[3] += d
}

function f(a: number, b: number, c: number, d: number, word: number, constant: number, by: number): number {
  const t = (a + ((b & c) | (~b & d)) + word + constant) | 0
  return (((t << by) | (t >>> (32 - by))) + b) | 0
}

function g(a: number, b: number, c: number, d: number, word: number, constant: number, by: number): number {
  const t = (a + ((b & d) | (c & ~d)) + word + constant) | 0
  return (((t << by) | (t >>> (32 - by))) + b) | 0
}

function h(a: number, b: number, c: number, d: number, word: number, constant: number, by: number): number {
  const t = (a + (b ^ c ^ d) + word + constant) | 0
  return (((t << by) | (t >>> (32 - by))) + b) | 0
}

function k(a: number, b: number, c: number, d: number, word: number, constant: number, by: number): number {
  const t = (a + (c ^ (b | ~d)) + word + constant) | 0
  return (((t << by) | (t >>> (32 - by))) + b) | 0
}

// Unrolled, a function for each round: so much and no more is inlined by the compiler.

function round1(): void {
  let a = state[0]
  let b = state[1]
  let c = state[2]
  let d = state[3]
  a = f(a, b, c, d, words[0], -680876936, 7)
  d = f(d, a, b, c, words[1], -389564586, 12)
  c = f(c, d, a, b, words[2], 606105819, 17)
  b = f(b, c, d, a, words[3], -1044525330, 22)
  a = f(a, b, c, d, words[4], -176418897, 7)
  d = f(d, a, b, c, words[5], 1200080426, 12)
  c = f(c, d, a, b, words[6], -1473231341, 17)
  b = f(b, c, d, a, words[7], -45705983, 22)
  a = f(a, b, c, d, words[8], 1770035416, 7)
  d = f(d, a, b, c, words[9], -1958414417, 12)
  c = f(c, d, a, b, words[10], -42063, 17)
  b = f(b, c, d, a, words[11], -1990404162, 22)
  a = f(a, b, c, d, words[12], 1804603682, 7)
  d = f(d, a, b, c, words[13], -40341101, 12)
  c = f(c, d, a, b, words[14], -1502002290, 17)
  b = f(b, c, d, a, words[15], 1236535329, 22)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function round2(): void {
  let a = state[0]
  let b = state[1]
  let c = state[2]
  let d = state[3]
  a = g(a, b, c, d, words[1], -165796510, 5)
  d = g(d, a, b, c, words[6], -1069501632, 9)
  c = g(c, d, a, b, words[11], 643717713, 14)
  b = g(b, c, d, a, words[0], -373897302, 20)
  a = g(a, b, c, d, words[5], -701558691, 5)
  d = g(d, a, b, c, words[10], 38016083, 9)
  c = g(c, d, a, b, words[15], -660478335, 14)
  b = g(b, c, d, a, words[4], -405537848, 20)
  a = g(a, b, c, d, words[9], 568446438, 5)
  d = g(d, a, b, c, words[14], -1019803690, 9)
  c = g(c, d, a, b, words[3], -187363961, 14)
  b = g(b, c, d, a, words[8], 1163531501, 20)
  a = g(a, b, c, d, words[13], -1444681467, 5)
  d = g(d, a, b, c, words[2], -51403784, 9)
  c = g(c, d, a, b, words[7], 1735328473, 14)
  b = g(b, c, d, a, words[12], -1926607734, 20)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function round3(): void {
  let a = state[0]
  let b = state[1]
  let c = state[2]
  let d = state[3]
  a = h(a, b, c, d, words[5], -378558, 4)
  d = h(d, a, b, c, words[8], -2022574463, 11)
  c = h(c, d, a, b, words[11], 1839030562, 16)
  b = h(b, c, d, a, words[14], -35309556, 23)
  a = h(a, b, c, d, words[1], -1530992060, 4)
  d = h(d, a, b, c, words[4], 1272893353, 11)
  c = h(c, d, a, b, words[7], -155497632, 16)
  b = h(b, c, d, a, words[10], -1094730640, 23)
  a = h(a, b, c, d, words[13], 681279174, 4)
  d = h(d, a, b, c, words[0], -358537222, 11)
  c = h(c, d, a, b, words[3], -722521979, 16)
  b = h(b, c, d, a, words[6], 76029189, 23)
  a = h(a, b, c, d, words[9], -640364487, 4)
  d = h(d, a, b, c, words[12], -421815835, 11)
  c = h(c, d, a, b, words[15], 530742520, 16)
  b = h(b, c, d, a, words[2], -995338651, 23)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function round4(): void {
  let a = state[0]
  let b = state[1]
  let c = state[2]
  let d = state[3]
  a = k(a, b, c, d, words[0], -198630844, 6)
  d = k(d, a, b, c, words[7], 1126891415, 10)
  c = k(c, d, a, b, words[14], -1416354905, 15)
  b = k(b, c, d, a, words[5], -57434055, 21)
  a = k(a, b, c, d, words[12], 1700485571, 6)
  d = k(d, a, b, c, words[3], -1894986606, 10)
  c = k(c, d, a, b, words[10], -1051523, 15)
  b = k(b, c, d, a, words[1], -2054922799, 21)
  a = k(a, b, c, d, words[8], 1873313359, 6)
  d = k(d, a, b, c, words[15], -30611744, 10)
  c = k(c, d, a, b, words[6], -1560198380, 15)
  b = k(b, c, d, a, words[13], 1309151649, 21)
  a = k(a, b, c, d, words[4], -145523070, 6)
  d = k(d, a, b, c, words[11], -1120210379, 10)
  c = k(c, d, a, b, words[2], 718787259, 15)
  b = k(b, c, d, a, words[9], -343485551, 21)
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}
