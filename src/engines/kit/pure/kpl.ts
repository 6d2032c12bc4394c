import { BatchBuilder, dataBytes, keyBytes, type RecordBatch } from './batch.ts'
import { digest, md5 } from './md5.ts'

/**
 * Records that the Kinesis Producer Library packed into one: four magic bytes, a protobuf message, and its MD5 ("KPL Aggregated Record
 * Format").
 *
 *     AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2; repeated Record records = 3 }
 *     Record { uint64 partition_key_index = 1; uint64 explicit_hash_key_index = 2; bytes data = 3; repeated Tag tags = 4 }
 *
 * Where a record stands in `records` is its sub-sequence number.
 */
export interface UserRecord {
  /** UTF-8. */
  readonly key: Uint8Array
  /** Decimal, 128-bit. */
  readonly hashKey: string | null
  readonly data: Uint8Array
}

const MAGIC = [0xf3, 0x89, 0x9a, 0xc2]
const DIGEST_BYTES = 16
const HASH_KEYS = 2n ** 128n
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Whether the magic and the digest say so. */
export function isAggregated(record: Uint8Array): boolean {
  const end = record.length - DIGEST_BYTES
  if (end < MAGIC.length || !MAGIC.every((byte, i) => record[i] === byte)) return false
  md5(record, MAGIC.length, end)
  return digestBytes().every((byte, i) => record[end + i] === byte)
}

/** The records inside, as views of it, in their order; null where it is none of KPL's, or is damaged: then it is a record like any other. */
export function deaggregate(record: Uint8Array): UserRecord[] | null {
  if (!isAggregated(record)) return null
  try {
    const records = readMessage(record.subarray(MAGIC.length, record.length - DIGEST_BYTES))
    return records.length > 0 ? records : null
  } catch {
    return null
  }
}

/** One record that holds all of these. */
export function aggregate(
  records: readonly { key: string | Uint8Array; hashKey?: string | null; data: string | Uint8Array }[],
): Uint8Array<ArrayBuffer> {
  const keys = new Table()
  const hashKeys = new Table()
  const parts = records.map(({ key, hashKey, data }) => [
    ...number(1, keys.indexOf(typeof key === 'string' ? key : decoder.decode(key))),
    ...(typeof hashKey === 'string' ? number(2, hashKeys.indexOf(hashKey)) : []),
    ...bytes(3, typeof data === 'string' ? encoder.encode(data) : data),
  ])
  const message = join([...keys.fields(1), ...hashKeys.fields(2), ...parts.flatMap((part) => bytes(3, join(part)))])
  md5(message, 0, message.length)
  return join([Uint8Array.from(MAGIC), message, digestBytes()])
}

/** The batch with what was aggregated in it taken apart; the batch itself where nothing was. */
export function deaggregateBatch(batch: RecordBatch): RecordBatch {
  const apart = Array.from({ length: batch.count }, (_, i) => deaggregate(dataBytes(batch, i)))
  if (apart.every((records) => records === null)) return batch
  const builder = new BatchBuilder()
  const hashKeys: (string | null)[] = []
  const add = (key: Uint8Array, data: Uint8Array, hashKey: string | null) => {
    builder.add(key, data)
    hashKeys.push(hashKey)
  }
  apart.forEach((records, i) => {
    if (records) for (const { key, data, hashKey } of records) add(key, data, hashKey)
    else add(keyBytes(batch, i), dataBytes(batch, i), batch.hashKeys?.[i] ?? null)
  })
  const whole = builder.finish()
  return hashKeys.some((hashKey) => hashKey !== null) ? { ...whole, hashKeys } : whole
}

function readMessage(message: Uint8Array): UserRecord[] {
  const keys: Uint8Array[] = []
  const hashKeys: string[] = []
  const records: Uint8Array[] = []
  for (const { field, value } of fieldsOf(message)) {
    if (typeof value === 'number') continue
    if (field === 1) keys.push(value)
    else if (field === 2) hashKeys.push(hashKeyOf(value))
    else if (field === 3) records.push(value)
  }
  return records.map((record) => {
    let [key, hashKey, data]: [Uint8Array?, string?, Uint8Array?] = []
    for (const { field, value } of fieldsOf(record)) {
      if (field === 1) key = at(keys, value)
      else if (field === 2) hashKey = at(hashKeys, value)
      else if (field === 3 && typeof value !== 'number') data = value
    }
    if (!key || !data) throw new Error('The record lacks its key or its data.')
    return { key, data, hashKey: hashKey ?? null }
  })
}

function at<T>(table: readonly T[], index: number | Uint8Array): T {
  if (typeof index !== 'number' || index >= table.length) throw new Error('The index is not in its table.')
  return table[index]
}

function hashKeyOf(value: Uint8Array): string {
  const text = decoder.decode(value)
  if (!/^\d{1,39}$/.test(text) || BigInt(text) >= HASH_KEYS) throw new Error('The hash key has no 128 bits.')
  return text
}

/** The fields of a message as numbers and views; what neither table knows is passed by with the rest. */
function* fieldsOf(message: Uint8Array): Generator<{ field: number; value: number | Uint8Array }> {
  let place = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; shift < 64; shift += 7) {
      if (place >= message.length) throw new Error('The message ends inside a number.')
      const byte = message[place++]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new Error('The number is too long.')
  }
  const take = (length: number) => {
    if (place + length > message.length) throw new Error('The message ends inside a field.')
    place += length
    return message.subarray(place - length, place)
  }
  while (place < message.length) {
    const tag = varint()
    const field = Math.floor(tag / 8)
    const type = tag % 8
    if (type === 0) yield { field, value: varint() }
    else if (type === 2) yield { field, value: take(varint()) }
    else if (type === 1 || type === 5) take(type === 1 ? 8 : 4)
    else throw new Error('The field is of no type that is in use.')
  }
}

/** Texts that are named by their place. */
class Table {
  private readonly places = new Map<string, number>()

  indexOf(text: string): number {
    const known = this.places.get(text)
    if (known !== undefined) return known
    this.places.set(text, this.places.size)
    return this.places.size - 1
  }

  fields(field: number): Uint8Array[] {
    return [...this.places.keys()].flatMap((text) => bytes(field, encoder.encode(text)))
  }
}

function number(field: number, value: number): Uint8Array[] {
  return [varintBytes(field * 8), varintBytes(value)]
}

function bytes(field: number, value: Uint8Array): Uint8Array[] {
  return [varintBytes(field * 8 + 2), varintBytes(value.length), value]
}

function varintBytes(value: number): Uint8Array {
  const digits: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 128)) digits.push((value % 128) | 0x80)
  return Uint8Array.from([...digits, value])
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
  }
  return whole
}

function digestBytes(): Uint8Array {
  const value = new Uint8Array(DIGEST_BYTES)
  const view = new DataView(value.buffer)
  for (let i = 0; i < digest.length; i++) view.setUint32(i * 4, digest[i])
  return value
}
