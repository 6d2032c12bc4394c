/**
 * Reads Avro's binary form (Apache Avro 1.12 Specification) by schema, for pages and engines alike. Our own because avsc makes its readers with
 * `new Function`, which the page's policy forbids.
 */
type Schema = string | Schema[] | { type: Schema; [attribute: string]: unknown }
export type Reader = (from: Cursor) => unknown

const decoder = new TextDecoder('utf-8', { fatal: true })

/** A place in bytes. Running over their end is an error. */
export class Cursor {
  at = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  take(length: number): Uint8Array {
    if (length < 0 || length > this.left) throw new Error('The value runs over the end of the bytes.')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** A zigzag number of up to 64 bits; text where a number would not be exact. */
  long(): number | string {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte] = this.take(1)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        const signed = (value >> 1n) ^ -(value & 1n)
        const number = Number(signed)
        return Number.isSafeInteger(number) ? number : String(signed)
      }
    }
    throw new Error('A number has more than 64 bits.')
  }

  int(): number {
    const value = this.long()
    if (typeof value !== 'number') throw new Error('A number is too large for its place.')
    return value
  }

  float(): number {
    this.take(4)
    return this.view.getFloat32(this.at - 4, true)
  }

  double(): number {
    this.take(8)
    return this.view.getFloat64(this.at - 8, true)
  }

  block(): Uint8Array {
    return this.take(this.int())
  }

  text(): string {
    return decoder.decode(this.block())
  }
}

/** A reader for values of a schema, given as JSON text. */
export function avroReader(json: string): Reader {
  return compile(JSON.parse(json) as Schema, '', new Map())
}

const PRIMITIVES: Record<string, Reader> = {
  null: () => null,
  boolean: (from) => from.take(1)[0] === 1,
  int: (from) => from.int(),
  long: (from) => from.long(),
  float: (from) => from.float(),
  double: (from) => from.double(),
  bytes: (from) => bytesText(from.block()),
  string: (from) => from.text(),
}

function compile(schema: Schema, space: string, names: Map<string, Reader>): Reader {
  if (typeof schema === 'string') {
    const reader = PRIMITIVES[schema]
    if (reader) return reader
    const name = fullName(schema, space)
    // A type may name itself, so that it is looked up when it is read.
    if (!names.has(name) && !names.has(schema)) throw new Error(`The schema knows no type ${schema}.`)
    return (from) => (names.get(name) ?? names.get(schema)!)(from)
  }
  if (Array.isArray(schema)) {
    const branches = schema.map((branch) => compile(branch, space, names))
    return (from) => {
      const branch = branches[from.int()]
      if (!branch) throw new Error('The union has no such branch.')
      return branch(from)
    }
  }
  const logical = logicalReader(schema)
  if (logical) return named(schema, space, names, () => logical)
  switch (schema.type) {
    case 'record':
    case 'error':
      return named(schema, space, names, (inner) => {
        const fields = (schema.fields as { name: string; type: Schema }[]).map(
          ({ name, type }) => [name, compile(type, inner, names)] as const,
        )
        return (from) => Object.fromEntries(fields.map(([name, read]) => [name, read(from)]))
      })
    case 'enum':
      return named(schema, space, names, () => {
        const symbols = schema.symbols as string[]
        return (from) => {
          const at = from.int()
          if (symbols[at] === undefined) throw new Error(`The enum ${schema.name} has no symbol ${at}.`)
          return symbols[at]
        }
      })
    case 'fixed':
      return named(schema, space, names, () => (from) => bytesText(from.take(schema.size as number)))
    case 'array': {
      const item = compile(schema.items as Schema, space, names)
      return (from) => Array.from(blocks(from), () => item(from))
    }
    case 'map': {
      const item = compile(schema.values as Schema, space, names)
      return (from) => Object.fromEntries(Array.from(blocks(from), () => [from.text(), item(from)]))
    }
    default:
      return compile(schema.type, space, names)
  }
}

/** Declares a named type before its parts are read, which may refer to it. */
function named(
  schema: { [attribute: string]: unknown },
  space: string,
  names: Map<string, Reader>,
  make: (space: string) => Reader,
): Reader {
  if (typeof schema.name !== 'string') return make(space)
  const name = fullName(schema.name, (schema.namespace as string | undefined) ?? space)
  names.set(name, () => undefined)
  const reader = make(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
  names.set(name, reader)
  return reader
}

function fullName(name: string, space: string): string {
  return name.includes('.') || space === '' ? name : `${space}.${name}`
}

/** A turn for each item of the blocks that an array or a map comes in. */
function* blocks(from: Cursor): Generator<void> {
  for (let count = from.int(); count !== 0; count = from.int()) {
    // A negative count is followed by the block's bytes, for those who pass over it.
    if (count < 0) from.long()
    // Items of no bytes would let a few bytes claim billions of them.
    if (Math.abs(count) > from.left + 65_536) throw new Error('A block claims more items than there are bytes.')
    for (let i = 0; i < Math.abs(count); i++) yield
  }
}

const time = (ms: number) => new Date(ms).toISOString()

function logicalReader({ type, logicalType, scale = 0, size }: { [attribute: string]: unknown }): Reader | null {
  const perMs = { millis: 1, micros: 1000, nanos: 1_000_000 }[String(logicalType).replace(/^.*-/, '')]
  const name = String(logicalType)
  if (name === 'decimal' && (type === 'bytes' || type === 'fixed'))
    return (from) => decimal(type === 'fixed' ? from.take(size as number) : from.block(), scale as number)
  if (name === 'date' && type === 'int') return (from) => time(from.int() * 86_400_000).slice(0, 10)
  if (!perMs || (type !== 'int' && type !== 'long')) return null
  if (name.startsWith('time-')) return (from) => time(from.int() / perMs).slice(11, -1)
  if (name.startsWith('local-timestamp-')) return (from) => time(Number(from.long()) / perMs).slice(0, -1)
  return name.startsWith('timestamp-') ? (from) => time(Number(from.long()) / perMs) : null
}

function decimal(bytes: Uint8Array, scale: number): string {
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex(bytes) || '0'}`))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${unscaled < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`
}

/** Bytes in JSON: a text of their digits. */
export function bytesText(bytes: Uint8Array): string {
  return `0x${hex(bytes)}`
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const MAGIC = [0x4f, 0x62, 0x6a, 0x01]
export const SYNC_BYTES = 16

export function isAvroFile(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte)
}

export interface AvroHeader {
  /** JSON text. */
  readonly schema: string
  readonly codec: string
  /** The sixteen bytes that end each block. */
  readonly sync: Uint8Array
}

/** The head of an object container; throws where the bytes do not hold it whole. */
export function readAvroHeader(from: Cursor): AvroHeader {
  from.take(MAGIC.length)
  const meta = new Map<string, string>()
  for (const _ of blocks(from)) meta.set(from.text(), decoder.decode(from.block()))
  const schema = meta.get('avro.schema')
  if (schema === undefined) throw new Error('The container has no schema.')
  return { schema, codec: meta.get('avro.codec') ?? 'null', sync: from.take(SYNC_BYTES) }
}

/** The values of a block, without its codec. */
export function* blockValues(read: Reader, bytes: Uint8Array, count: number): Generator<unknown> {
  const from = new Cursor(bytes)
  if (count < 0 || count > from.left + 65_536) throw new Error('A block claims more values than there are bytes.')
  for (let i = 0; i < count; i++) yield read(from)
}

/** The values of an object container, by the schema that it brings along. */
export async function readAvroFile(
  bytes: Uint8Array,
  inflate: (bytes: Uint8Array, format: 'deflate-raw') => Promise<Uint8Array>,
): Promise<unknown[]> {
  const from = new Cursor(bytes)
  const { schema, codec, sync } = readAvroHeader(from)
  if (codec !== 'null' && codec !== 'deflate') throw new Error(`The codec ${codec} of the container is not read here.`)
  const read = avroReader(schema)
  const values: unknown[] = []
  while (from.left > 0) {
    const count = from.int()
    const block = from.block()
    const plain = codec === 'deflate' ? await inflate(block, 'deflate-raw') : block
    for (const value of blockValues(read, plain, count)) values.push(value)
    checkSync(from.take(SYNC_BYTES), sync)
  }
  return values
}

export function checkSync(found: Uint8Array, sync: Uint8Array): void {
  if (!found.every((byte, i) => byte === sync[i])) throw new Error('A block does not end as the container says.')
}
