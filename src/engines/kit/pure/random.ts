/** Seeded randomness (sfc32): the same seed and name give the same sequence on every machine, so that a run can be repeated. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, below). */
  int(below: number): number
  bytes(length: number): Uint8Array
  /** An independent sequence, by name, so that engines do not disturb each other's. */
  fork(name: string): Random
}

export function seededRandom(seed: string): Random {
  let [a, b, c, d] = hash128(seed)
  const next32 = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) next32()
  return {
    next: () => (next32() * 2 ** 21 + (next32() >>> 11)) / 2 ** 53,
    int: (below) => Math.floor((next32() / 2 ** 32) * below),
    bytes: (length) => Uint8Array.from({ length }, () => next32() >>> 24),
    fork: (name) => seededRandom(`${seed}/${name}`),
  }
}

/** cyrb128: spreads a text over four words. Not for secrets. */
function hash128(text: string): [number, number, number, number] {
  let [h1, h2, h3, h4] = [1779033703, 3144134277, 1013904242, 2773480762]
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067)
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233)
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213)
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179)
  }
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1]
}
