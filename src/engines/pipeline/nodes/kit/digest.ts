import type { RecordBatch } from '../../../kit/pure/batch.ts'

/**
 * Tells whether two sides hold the same records, in whatever order: the number of records and the sum of their 64-bit hashes (two
 * lanes of 32 bits). A record lost, doubled or changed changes the sum; an equal sum by chance has odds of 1 in 2^64.
 */
export interface Digest {
  count: number
  low: number
  high: number
}

export function emptyDigest(): Digest {
  return { count: 0, low: 0, high: 0 }
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.count === b.count && a.low === b.low && a.high === b.high
}

export function subtractDigest(from: Digest, what: Digest): void {
  from.count -= what.count
  from.low = (from.low - what.low) >>> 0
  from.high = (from.high - what.high) >>> 0
}

export function digestText(digest: Digest): string {
  return digest.high.toString(16).padStart(8, '0') + digest.low.toString(16).padStart(8, '0')
}

/** Adds a record by its canonical text. */
export function addText(digest: Digest, text: string): void {
  let h1 = 0x811c9dc5
  let h2 = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    h1 = Math.imul(h1 ^ code, 0x01000193)
    h2 = Math.imul(h2 ^ code, 0x5bd1e995)
  }
  addLanes(digest, h1, h2)
}

/** Adds the records `from` to `to` of a batch by key and payload, byte by byte. */
export function addRecords(digest: Digest, batch: RecordBatch, from = 0, to = batch.count): void {
  const { keys, keyEnds, data, dataEnds } = batch
  let key = from === 0 ? 0 : keyEnds[from - 1]
  let at = from === 0 ? 0 : dataEnds[from - 1]
  for (let i = from; i < to; i++) {
    let h1 = 0x811c9dc5
    let h2 = 0x9747b28c
    for (const end = keyEnds[i]; key < end; key++) {
      h1 = Math.imul(h1 ^ keys[key], 0x01000193)
      h2 = Math.imul(h2 ^ keys[key], 0x5bd1e995)
    }
    h1 = Math.imul(h1 ^ 0x100, 0x01000193)
    h2 = Math.imul(h2 ^ 0x100, 0x5bd1e995)
    for (const end = dataEnds[i]; at < end; at++) {
      h1 = Math.imul(h1 ^ data[at], 0x01000193)
      h2 = Math.imul(h2 ^ data[at], 0x5bd1e995)
    }
    addLanes(digest, h1, h2)
  }
}

function addLanes(digest: Digest, h1: number, h2: number): void {
  digest.count++
  digest.low = (digest.low + finish(h1 ^ (h2 >>> 15))) >>> 0
  digest.high = (digest.high + finish(h2 ^ (h1 >>> 13))) >>> 0
}

/** Murmur3's finaliser: spreads every bit over the lane, so that sums of similar records do not cancel out. */
function finish(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The two lanes of the row at hand: in typed memory, since plain variables of 32 bits would be boxed at each step. */
const lanes = new Int32Array(2)
const double = new Float64Array(1)
const doubleWords = new Int32Array(double.buffer)

function mix(code: number): void {
  lanes[0] = Math.imul(lanes[0] ^ code, 0x01000193)
  lanes[1] = Math.imul(lanes[1] ^ code, 0x5bd1e995)
}

function mixText(text: string, from = 0, to = text.length): void {
  let h1 = lanes[0]
  let h2 = lanes[1]
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    h1 = Math.imul(h1 ^ code, 0x01000193)
    h2 = Math.imul(h2 ^ code, 0x5bd1e995)
  }
  lanes[0] = h1
  lanes[1] = h2
}

function mixNumber(value: number): void {
  if ((value | 0) === value) {
    mix(0x10001)
    mix(value | 0)
  } else if (Number.isNaN(value)) mixText('NaN')
  else {
    double[0] = value
    mix(0x10002)
    mix(doubleWords[0])
    mix(doubleWords[1])
  }
}

/** Mixes a value that is there into the lanes, in one form on both sides of a conversion. */
export type Canonical = (value: NonNullable<unknown>) => void

export function canonicalOf(hiveType: string): Canonical {
  const type = hiveType.toLowerCase().replace(/\(.*$/, '')
  switch (type) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'integer':
    case 'bigint':
    case 'double':
    case 'decimal':
      return (value) => (typeof value === 'boolean' ? mixText(String(value)) : mixNumber(Number(value)))
    case 'float':
      return (value) => mixNumber(Math.fround(Number(value)))
    case 'boolean':
      return (value) => mix(value === true || value === 'true' ? 1 : 2)
    case 'date':
      return (value) => mixText(String(value).slice(0, 10))
    case 'timestamp':
      return (value) => mixTime(String(value))
    default: {
      const writes = type === 'string' || type === 'varchar' || type === 'char' ? JSON.stringify : sortedJson
      return (value) => mixText(typeof value === 'string' ? value : writes(value))
    }
  }
}

/** `2001-01-01T00:01:00.000Z`, `2001-01-01 00:01:00` and `…00.000000` are one time; text that is no time stays as it is. */
function mixTime(text: string): void {
  if (text.length < 10 || text[4] !== '-' || (text.length > 10 && text.length < 19)) {
    mixText(text)
    return
  }
  mixText(text, 0, 10)
  mix(0x20)
  if (text.length === 10) mixText('00:00:00')
  else {
    mixText(text, 11, 19)
    if (text.length === 19 || (text.length === 24 && text.endsWith('.000Z'))) return
    const zone = /(Z|\+00(:?00)?)$/
    mixText(
      text
        .slice(19)
        .replace(zone, '')
        .replace(/\.?0*$/, ''),
    )
  }
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** Adds a record by the values of its columns. Null and a missing field are one thing, and another than empty text. */
export function rowDigester(
  columns: readonly { name: string; type: string }[],
): (digest: Digest, row: Record<string, unknown>) => void {
  const names = columns.map((column) => column.name)
  const canonical = columns.map((column) => canonicalOf(column.type))
  return (digest, row) => {
    lanes[0] = 0x811c9dc5
    lanes[1] = 0x9747b28c
    for (let c = 0; c < names.length; c++) {
      const named = row[names[c]]
      const value = named === undefined ? caseless(row, names[c]) : named
      if (value === null || value === undefined) mix(0x10000)
      else canonical[c](value)
      mix(0x1f)
    }
    addLanes(digest, lanes[0], lanes[1])
  }
}

/** Catalog columns are lower case and the fields of a record need not be: Firehose's deserialiser matches them all the same. */
function caseless(row: Record<string, unknown>, name: string): unknown {
  for (const key in row) if (key.length === name.length && key.toLowerCase() === name) return row[key]
  return undefined
}
