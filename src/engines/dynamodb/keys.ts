import { hash } from 'node:crypto'
import { invalid, invalidValues } from './errors.ts'
import { EXPONENT_MIN, parseDecimal } from './number.ts'
import { type Item, kindOf, member, type Value } from './values.ts'

export type KeyKind = 'S' | 'N' | 'B'

export interface KeyPart {
  readonly name: string
  readonly kind: KeyKind
}

/** A partition key, and a sort key where the table or index has one. */
export interface KeySchema {
  readonly hash: KeyPart
  readonly range?: KeyPart
}

/** Key bytes from `low` (inclusive) to `high` (exclusive). */
export interface KeySpan {
  readonly low: Buffer
  readonly high: Buffer
}

const HASH_BYTES = 4
/** The top bit is left out, so that a bound past the last hash has as many bytes. */
const HASHES = 2 ** 31
const HASH_KEY_BYTES_MAX = 2048
const RANGE_KEY_BYTES_MAX = 1024
const END = Buffer.from([0x00, 0x01])

export const partsOf = (schema: KeySchema): KeyPart[] => (schema.range ? [schema.hash, schema.range] : [schema.hash])

/**
 * Bytes whose order is the service's order of the value: text by its UTF-8, binary by its bytes, numbers by their size. No encoding is
 * the beginning of another, so parts can stand one behind the other.
 */
export function encodeKeyValue(value: Value): Buffer {
  if (value.N !== undefined) return encodeNumber(value.N)
  return Buffer.concat([encodePrefix(value), END])
}

/** The encoding of text or bytes without its end: all keys that begin with the value begin with it. */
export function encodePrefix(value: Value): Buffer {
  const bytes = value.S !== undefined ? Buffer.from(value.S) : Buffer.from(value.B!)
  if (!bytes.includes(0)) return bytes
  // A zero is followed by 0xff, the end is a zero followed by 0x01: so the shorter of two comes first.
  return Buffer.from([...bytes].flatMap((byte) => (byte === 0 ? [0, 0xff] : [byte])))
}

/** Sign, exponent, pairs of digits from 1 on and an end below them; of negative numbers the complement. */
function encodeNumber(text: string): Buffer {
  const { negative, digits, exponent } = parseDecimal(text)
  if (digits === '') return Buffer.from([0x02])
  const pairs = (digits.length % 2 === 0 ? digits : `${digits}0`).match(/../g)!
  const size = [exponent - EXPONENT_MIN, ...pairs.map((pair) => Number(pair) + 1), 0]
  return Buffer.from(negative ? [0x01, ...size.map((byte) => 0xff - byte)] : [0x03, ...size])
}

/** What all keys of a partition begin with: a hash, so that partitions lie scattered and segments of a scan are even, then the key. */
export function encodePartition(value: Value): Buffer {
  const encoded = encodeKeyValue(value)
  const scattered = hash('md5', encoded, 'buffer').subarray(0, HASH_BYTES)
  scattered[0] &= 0x7f
  return Buffer.concat([scattered, encoded])
}

export function encodeKey(schema: KeySchema, item: Item): Buffer {
  const partition = encodePartition(item[schema.hash.name])
  return schema.range ? Buffer.concat([partition, encodeKeyValue(item[schema.range.name])]) : partition
}

/** The first bytes that come after all that begin with `prefix`. */
export function after(prefix: Buffer): Buffer {
  let end = prefix.length
  while (prefix[end - 1] === 0xff) end--
  const next = Buffer.from(prefix.subarray(0, end))
  next[end - 1]++
  return next
}

export const spanOf = (prefix: Buffer): KeySpan => ({ low: prefix, high: after(prefix) })

/** The share of a segment in all keys, by their hash. */
export function segmentSpan(segment: number, total: number): KeySpan {
  const bound = (at: number) => {
    const bytes = Buffer.alloc(HASH_BYTES)
    bytes.writeUInt32BE(Math.floor((at * HASHES) / total))
    return bytes
  }
  return { low: bound(segment), high: bound(segment + 1) }
}

/** The key of an item that is put: its parts must be there, of the right kind and not empty. */
export function requireKey(schema: KeySchema, item: Item): void {
  for (const part of partsOf(schema)) {
    const value = member(item, part.name)
    if (!value) throw invalidValues(`Missing the key ${part.name} in the item`)
    if (kindOf(value) !== part.kind)
      throw invalidValues(`Type mismatch for key ${part.name} expected: ${part.kind} actual: ${kindOf(value)}`)
  }
  checkKeySizes(schema, item)
}

/** A key as GetItem and its like are given it: the parts of the schema and nothing else. */
export function requireExactKey(schema: KeySchema, key: Item): void {
  const parts = partsOf(schema)
  const fits =
    Object.keys(key).length === parts.length &&
    parts.every(({ name, kind }) => {
      const value = member(key, name)
      return value !== undefined && kindOf(value) === kind
    })
  if (!fits) throw invalid('The provided key element does not match the schema')
  checkKeySizes(schema, key)
}

function checkKeySizes(schema: KeySchema, item: Item): void {
  for (const { name, kind } of partsOf(schema)) {
    const value = item[name]
    if (kind === 'N') continue
    const size = kind === 'S' ? Buffer.byteLength(value.S!) : value.B!.length
    const what = kind === 'S' ? 'string' : 'binary'
    if (size === 0)
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${what} value. Key: ${name}`,
      )
    const isHash = name === schema.hash.name
    const max = isHash ? HASH_KEY_BYTES_MAX : RANGE_KEY_BYTES_MAX
    if (size > max)
      throw invalidValues(
        isHash
          ? `Size of hashkey has exceeded the maximum size limit of${max} bytes`
          : `Aggregated size of all range keys has exceeded the size limit of ${max} bytes`,
      )
  }
}

export function keyOf(schema: KeySchema, item: Item): Item {
  return Object.fromEntries(partsOf(schema).map(({ name }) => [name, item[name]]))
}
