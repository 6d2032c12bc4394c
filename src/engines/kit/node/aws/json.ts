import { Decoder, Encoder, Tag } from 'cbor-x'
import { EngineError } from '../../pure/errors.ts'
import type { Member, Shape, TimestampFormat } from './shapes.ts'

/**
 * Values of JSON and CBOR by their shapes. What does not fit is a SerializationException in the words that AWS's JSON services use.
 */
export type Encoding = 'json' | 'cbor'

interface Format {
  readonly encoding: Encoding
  /** What a timestamp without a format of its own is. */
  readonly timestamp: TimestampFormat
}

const JSON_FORMAT: Format = { encoding: 'json', timestamp: 'epoch-seconds' }
const CBOR_FORMAT: Format = { encoding: 'cbor', timestamp: 'epoch-seconds' }

const formatOf = (encoding: Encoding): Format => (encoding === 'cbor' ? CBOR_FORMAT : JSON_FORMAT)

const cborDecoder = new Decoder({ useRecords: false, mapsAsObjects: true })
const cborEncoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false })

export function serializationError(message: string): EngineError {
  return new EngineError('SerializationException', message)
}

/** The body's value, not yet fitted to a shape. An empty body is an empty structure. */
export function parseBody(body: Uint8Array, encoding: Encoding): unknown {
  if (body.length === 0) return {}
  try {
    if (encoding === 'cbor') return cborDecoder.decode(body)
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    throw serializationError(`The request body is not ${encoding === 'cbor' ? 'CBOR' : 'JSON'}.`)
  }
}

export function readShape(shape: Shape, value: unknown, encoding: Encoding): unknown {
  return read(shape, undefined, value, formatOf(encoding))
}

export function writeBody(shape: Shape, value: unknown, encoding: Encoding): string | Uint8Array {
  const plain = shape.kind === 'unit' ? {} : write(shape, undefined, value ?? {}, formatOf(encoding))
  return encodeBody(plain, encoding)
}

/** Encodes plain values: strings, numbers, objects. */
export function encodeBody(plain: unknown, encoding: Encoding): string | Uint8Array {
  return encoding === 'cbor' ? cborEncoder.encode(plain) : JSON.stringify(plain)
}

function read(shape: Shape, format: TimestampFormat | undefined, value: unknown, how: Format): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return readStructure(shape, value, how)
    case 'list':
      return readList(shape.element!, value, how)
    case 'map':
      return readMap(shape.element!, value, how)
    case 'string':
      return typeof value === 'string' ? value : mismatch(value, 'a String')
    case 'boolean':
      return typeof value === 'boolean' ? value : mismatch(value, 'a Boolean')
    case 'number':
      return readNumber(value)
    case 'blob':
      return readBlob(value)
    case 'timestamp':
      return readTimestamp(value, format ?? how.timestamp, how.encoding)
    case 'bigInteger':
    case 'bigDecimal':
      return typeof value === 'number' || typeof value === 'bigint' ? value : mismatch(value, 'a Number')
    default:
      return value
  }
}

function readStructure(shape: Shape, value: unknown, how: Format): unknown {
  if (!isObject(value)) throw serializationError(startFound(value) ?? 'Start of structure or map expected.')
  const result: Record<string, unknown> = {}
  for (const member of shape.members) {
    const given = value[member.jsonName]
    if (given !== undefined && given !== null) result[member.name] = read(member.shape(), member.format, given, how)
  }
  return result
}

function readList(element: Member, value: unknown, how: Format): unknown[] {
  if (!Array.isArray(value)) throw serializationError(startFound(value) ?? 'Start of list expected.')
  const shape = element.shape()
  return value.map((item) => (item === null || item === undefined ? null : read(shape, element.format, item, how)))
}

function readMap(element: Member, value: unknown, how: Format): unknown {
  if (!isObject(value)) throw serializationError(startFound(value) ?? 'Start of structure or map expected.')
  const shape = element.shape()
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    key,
    item === null || item === undefined ? null : read(shape, element.format, item, how),
  ])
  return Object.fromEntries(element.sparse ? entries : entries.filter(([, item]) => item !== null))
}

function readNumber(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  return mismatch(value, 'an Integer')
}

function readBlob(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'string') return mismatch(value, 'a Blob')
  const bytes = Buffer.from(value, 'base64')
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  // Node skips what is no base64; AWS does not.
  if (value.length % 4 !== 0 || bytes.length !== (value.length / 4) * 3 - padding)
    throw serializationError('The blob is not valid base64.')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function readTimestamp(value: unknown, format: TimestampFormat, encoding: Encoding): Date {
  // Java's SDK writes CBOR's epoch tag with milliseconds; cbor-x has taken them for seconds.
  if (value instanceof Date) return checkDate(fromCborEpoch(value.getTime() / 1000))
  if (typeof value === 'number')
    return checkDate(encoding === 'cbor' ? fromCborEpoch(value) : new Date(Math.round(value * 1000)))
  if (typeof value === 'string' && (format !== 'epoch-seconds' || /^\d{4}-\d\d-\d\dT/.test(value)))
    return checkDate(new Date(value))
  return mismatch(value, 'a Timestamp')
}

/** Seconds until the year 5138, milliseconds from 1973 on: they do not meet. */
const fromCborEpoch = (epoch: number): Date => new Date(Math.abs(epoch) > 1e11 ? epoch : epoch * 1000)

function checkDate(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw serializationError('The timestamp is not valid.')
  return date
}

function mismatch(value: unknown, wanted: string): never {
  throw serializationError(startFound(value) ?? `${token(value)} can not be converted to ${wanted}`)
}

function startFound(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'Unexpected list found where not expected.'
  if (isObject(value)) return 'Start of structure or map found where not expected.'
  return undefined
}

function token(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'STRING_VALUE'
    case 'boolean':
      return value ? 'TRUE_VALUE' : 'FALSE_VALUE'
    case 'number':
      return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
    default:
      return 'NULL_VALUE'
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function write(shape: Shape, format: TimestampFormat | undefined, value: unknown, how: Format): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union': {
      const given = value as Record<string, unknown>
      const result: Record<string, unknown> = {}
      for (const member of shape.members) {
        const item = given[member.name]
        if (item !== undefined && item !== null)
          result[member.jsonName] = write(member.shape(), member.format, item, how)
      }
      return result
    }
    case 'list': {
      const element = shape.element!
      const inner = element.shape()
      return (value as unknown[]).map((item) => (item == null ? null : write(inner, element.format, item, how)))
    }
    case 'map': {
      const element = shape.element!
      const inner = element.shape()
      const entries = Object.entries(value as Record<string, unknown>).filter(([, item]) => item !== undefined)
      return Object.fromEntries(
        entries.map(([key, item]) => [key, item === null ? null : write(inner, element.format, item, how)]),
      )
    }
    case 'blob':
      return writeBlob(value as Uint8Array | string, how)
    case 'timestamp':
      return writeTimestamp(value as Date, format ?? how.timestamp, how)
    case 'bigInteger':
    case 'bigDecimal':
      return how.encoding === 'cbor' ? value : rawNumber(String(value))
    default:
      return value
  }
}

function writeBlob(value: Uint8Array | string, how: Format): unknown {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return how.encoding === 'cbor'
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function writeTimestamp(value: Date, format: TimestampFormat, how: Format): unknown {
  if (how.encoding === 'cbor') return new Tag(value.getTime(), 1)
  return format === 'epoch-seconds' ? value.getTime() / 1000 : timestampText(value, format)
}

export function timestampText(value: Date, format: TimestampFormat): string {
  if (format === 'http-date') return value.toUTCString()
  return format === 'date-time' ? value.toISOString() : String(value.getTime() / 1000)
}

/** A number with all its digits, as JSON has it and JavaScript has not. */
function rawNumber(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
