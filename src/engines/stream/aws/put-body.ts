import { isUtf8 } from 'node:buffer'
import type { RecordBatch } from '../../kit/pure/batch.ts'
import { parseHashKey } from '../hash-key.ts'

export const RECORDS_MAX = 500
export const DATA_BYTES_MAX = 1024 * 1024
export const REQUEST_BYTES_MAX = 10 * 1024 * 1024

/** Keys of more bytes may still be short enough in characters: the schema counts those. */
const KEY_BYTES_MAX = 256
/** From here on the platform's decoder, which has to be given a string, is quicker than a loop. */
const LONG_TEXT = 4096
const SCRATCH_BYTES = 1024 * 1024

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = Buffer.from('[]{}')

const nameOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const STREAM_NAME = nameOf('StreamName')
const RECORDS = nameOf('Records')
const DATA = nameOf('Data')
const PARTITION_KEY = nameOf('PartitionKey')
const EXPLICIT_HASH_KEY = nameOf('ExplicitHashKey')

/** Six bits for each character of base64, −1 for what is none. */
const SIX_BITS = new Int8Array(256).fill(-1)
Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').forEach((character, bits) => {
  SIX_BITS[character] = bits
})

/** Thrown where the body is not plain; not an error: the schema reads it then, and says what is wrong, if anything is. */
const UNUSUAL = Symbol('unusual')

// What a request decodes to is gathered here, and copied out once its size is known. A read runs in one go, so that one is enough.
const keys = new Uint8Array(RECORDS_MAX * KEY_BYTES_MAX)
const keyEnds = new Uint32Array(RECORDS_MAX)
const dataEnds = new Uint32Array(RECORDS_MAX)
const sharedData = new Uint8Array(new ArrayBuffer(SCRATCH_BYTES))

/**
 * The hot path: a PutRecords in JSON of plain shape, from the body's bytes straight into a batch, without an object or a string for any record.
 * Undefined for what is unusual, wrong or might be: escapes, members twice, unknown or of another type, limits exceeded. The body stays as it is.
 */
export function readPutRecords(body: Uint8Array): { stream: string; batch: RecordBatch } | undefined {
  try {
    return new PutReader(body).read()
  } catch (thrown) {
    if (thrown === UNUSUAL) return undefined
    throw thrown
  }
}

class PutReader {
  private readonly body: Buffer
  private readonly data: Uint8Array
  private at = 0
  private count = 0
  private keysLength = 0
  private dataLength = 0
  private hashKeys: (string | null)[] | undefined

  constructor(body: Uint8Array) {
    this.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    this.data = body.length <= SCRATCH_BYTES ? sharedData : new Uint8Array(body.length)
  }

  read(): { stream: string; batch: RecordBatch } {
    let stream: string | undefined
    let records = false
    this.expect(OPEN)
    do {
      if (this.isMember(STREAM_NAME) && stream === undefined) stream = this.name()
      else if (this.isMember(RECORDS) && !records) {
        records = true
        this.list()
      } else throw UNUSUAL
    } while (this.more(CLOSE))
    this.space()
    if (this.at !== this.body.length || stream === undefined || this.count === 0) throw UNUSUAL
    if (this.keysLength + this.dataLength > REQUEST_BYTES_MAX) throw UNUSUAL
    return { stream, batch: this.batch() }
  }

  /** In buffers of the very size, so that they are handed to the engine's thread and not copied. */
  private batch(): RecordBatch {
    const { count, hashKeys } = this
    const batch = {
      count,
      keys: keys.slice(0, this.keysLength),
      keyEnds: keyEnds.slice(0, count),
      data: this.data.slice(0, this.dataLength),
      dataEnds: dataEnds.slice(0, count),
    }
    if (!hashKeys) return batch
    return { ...batch, hashKeys: Array.from({ length: count }, (_, i) => hashKeys[i] ?? null) }
  }

  private list(): void {
    this.expect(OPEN_LIST)
    do {
      if (this.count === RECORDS_MAX) throw UNUSUAL
      this.record()
      this.count++
    } while (this.more(CLOSE_LIST))
  }

  private record(): void {
    let hasData = false
    let hasKey = false
    let hasHashKey = false
    this.expect(OPEN)
    do {
      if (!hasData && this.isMember(DATA)) {
        hasData = true
        this.blob()
      } else if (!hasKey && this.isMember(PARTITION_KEY)) {
        hasKey = true
        this.key()
      } else if (!hasHashKey && this.isMember(EXPLICIT_HASH_KEY)) {
        hasHashKey = true
        this.hashKey()
      } else throw UNUSUAL
    } while (this.more(CLOSE))
    if (!hasData || !hasKey) throw UNUSUAL
    keyEnds[this.count] = this.keysLength
    dataEnds[this.count] = this.dataLength
  }

  private name(): string {
    const start = this.openText()
    const text = this.body.toString('latin1', start, this.closeText(start))
    if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(text)) throw UNUSUAL
    return text
  }

  private key(): void {
    const { body } = this
    const start = this.openText()
    const end = this.closeText(start)
    if (end === start || end - start > KEY_BYTES_MAX) throw UNUSUAL
    let seen = 0
    let to = this.keysLength
    for (let from = start; from < end; from++) {
      const byte = body[from]
      seen |= byte
      keys[to++] = byte
    }
    if (seen > 0x7f && !isUtf8(body.subarray(start, end))) throw UNUSUAL
    this.keysLength = to
  }

  private hashKey(): void {
    const start = this.openText()
    const text = this.body.toString('latin1', start, this.closeText(start))
    if (parseHashKey(text) === undefined) throw UNUSUAL
    this.hashKeys ??= []
    this.hashKeys[this.count] = text
  }

  /** Decodes base64 as it reads it: four characters to three bytes, to the closing quote or the padding before it. */
  private blob(): void {
    const { body, data } = this
    let from = this.openText()
    let to = this.dataLength
    const last = Math.min(body.length - 4, from + LONG_TEXT)
    while (from < last) {
      const bits =
        (SIX_BITS[body[from]] << 18) |
        (SIX_BITS[body[from + 1]] << 12) |
        (SIX_BITS[body[from + 2]] << 6) |
        SIX_BITS[body[from + 3]]
      if (bits < 0) break
      data[to] = bits >> 16
      data[to + 1] = bits >> 8
      data[to + 2] = bits
      to += 3
      from += 4
    }
    const start = this.dataLength
    this.dataLength = to
    if (body[from] === QUOTE) this.at = from + 1
    else if (from === last) this.longBlob(from)
    else this.padding(from)
    if (this.dataLength - start > DATA_BYTES_MAX) throw UNUSUAL
  }

  private padding(from: number): void {
    const { body, data } = this
    const first = SIX_BITS[body[from]]
    const second = SIX_BITS[body[from + 1]]
    const third = body[from + 2] === EQUALS ? 0 : SIX_BITS[body[from + 2]]
    if ((first | second | third) < 0 || body[from + 3] !== EQUALS || body[from + 4] !== QUOTE) throw UNUSUAL
    data[this.dataLength++] = (first << 2) | (second >> 4)
    if (body[from + 2] !== EQUALS) data[this.dataLength++] = (second << 4) | (third >> 2)
    this.at = from + 5
  }

  /** The rest of a text that is long. What is no base64 decodes to less than its length says. */
  private longBlob(from: number): void {
    const { body, data } = this
    const end = body.indexOf(QUOTE, from)
    if (end === -1 || (end - from) % 4 !== 0) throw UNUSUAL
    const padding = body[end - 1] !== EQUALS ? 0 : body[end - 2] !== EQUALS ? 1 : 2
    const length = ((end - from) / 4) * 3 - padding
    const into = Buffer.from(data.buffer, data.byteOffset + this.dataLength, length)
    if (into.write(body.toString('latin1', from, end), 'base64') !== length) throw UNUSUAL
    this.dataLength += length
    this.at = end + 1
  }

  private space(): void {
    const { body } = this
    let byte = body[this.at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = body[++this.at]
  }

  private expect(byte: number): void {
    this.space()
    if (this.body[this.at] !== byte) throw UNUSUAL
    this.at++
  }

  /** Whether another follows, of members or of records. */
  private more(close: number): boolean {
    this.space()
    const byte = this.body[this.at++]
    if (byte === COMMA) return true
    if (byte === close) return false
    throw UNUSUAL
  }

  /** Takes a member's name and colon if it is this one. */
  private isMember(name: Uint8Array): boolean {
    const { body } = this
    this.space()
    const start = this.at + 1
    const end = start + name.length
    if (body[this.at] !== QUOTE || body[end] !== QUOTE) return false
    for (let i = 0; i < name.length; i++) if (body[start + i] !== name[i]) return false
    this.at = end + 1
    this.expect(COLON)
    return true
  }

  private openText(): number {
    this.expect(QUOTE)
    return this.at
  }

  private closeText(start: number): number {
    const { body } = this
    let end = start
    for (let byte = body[end]; byte !== QUOTE; byte = body[++end])
      // Undefined past the end of the body is not greater than anything either.
      if (!(byte >= 0x20) || byte === BACKSLASH) throw UNUSUAL
    this.at = end + 1
    return end
  }
}
