import { gunzipSync } from 'node:zlib'
import { deaggregate, isAggregated } from '../kit/pure/kpl.ts'
import { type Arrivals, arrivalAt, JOURNAL, recordAt } from './arrivals.ts'
import type { S3Destination } from './contract.ts'
import type { Failure } from './failures.ts'

/** Records that one record may be taken apart into. */
export const PIECES_MAX = 500
/** What a record may unpack to: more is taken for an attack. */
const UNPACKED_BYTES_MAX = 16 * 1024 * 1024

export type Unpacking = Pick<S3Destination, 'decompression' | 'deaggregation'>

export interface Unpacked {
  readonly arrivals: Arrivals
  /** Entries that could not be unpacked, by index. They stand in `arrivals` as they came. */
  readonly failures: ReadonlyMap<number, Failure>
}

const failure = (code: string, message: string): Failure => ({ code, message, attempts: 1, form: 'processing' })

/** Whether records are to be taken apart at all. */
export function needsUnpacking(arrivals: Arrivals, { decompression, deaggregation }: Unpacking): boolean {
  if (decompression || deaggregation) return true
  if (arrivals.origin === JOURNAL) return false
  for (let i = 0; i < arrivals.count; i++) if (isAggregated(recordAt(arrivals, i))) return true
  return false
}

/**
 * Takes records apart, before a transform sees them: what KPL aggregated, where they come from a data stream, then what is compressed and what
 * holds several. It depends on their bytes alone, so that the pieces of a record are the same after each start and the ledger may know them by
 * number.
 */
export function unpack(arrivals: Arrivals, how: Unpacking): Unpacked {
  const failures = new Map<number, Failure>()
  const entries: Uint8Array[] = []
  const [source, piece, of, bytes, times]: number[][] = [[], [], [], [], []]
  for (let i = 0; i < arrivals.count; i++) {
    const record = recordAt(arrivals, i)
    const first = entries.length
    for (const part of userRecords(arrivals.origin, record)) {
      const pieces = piecesOf(part, how)
      if (Array.isArray(pieces)) for (const each of pieces) entries.push(each)
      else {
        failures.set(entries.length, pieces)
        entries.push(part)
      }
    }
    for (let entry = first; entry < entries.length; entry++) {
      source.push(i)
      piece.push(entry - first)
      of.push(entries.length - first)
      bytes.push(record.length)
      times.push(arrivalAt(arrivals, i))
    }
  }
  const data = Buffer.concat(entries)
  const ends = new Uint32Array(entries.length)
  entries.reduce((end, entry, i) => (ends[i] = end + entry.length), 0)
  const { origin, first } = arrivals
  const pieces = {
    source: Uint32Array.from(source),
    piece: Uint32Array.from(piece),
    of: Uint32Array.from(of),
    bytes: Uint32Array.from(bytes),
  }
  const arrivalMs = Float64Array.from(times)
  return { arrivals: { origin, first, count: entries.length, data, ends, arrivalMs, pieces }, failures }
}

function userRecords(origin: string, record: Uint8Array): readonly Uint8Array[] {
  const records = origin === JOURNAL ? null : deaggregate(record)
  return records ? records.map(({ data }) => data) : [record]
}

function piecesOf(record: Uint8Array, { decompression, deaggregation }: Unpacking): Uint8Array[] | Failure {
  let content = record
  if (decompression === 'GZIP') {
    try {
      content = gunzipSync(record, { maxOutputLength: UNPACKED_BYTES_MAX })
    } catch (thrown) {
      return failure(
        'Decompression.Failed',
        `The record is not GZIP: ${thrown instanceof Error ? thrown.message : thrown}.`,
      )
    }
  }
  if (!deaggregation) return [content]
  const pieces =
    deaggregation.type === 'JSON' ? jsonPieces(content) : delimitedPieces(content, Buffer.from(deaggregation.delimiter))
  if (typeof pieces === 'string') return failure('RecordDeAggregation.Failed', pieces)
  if (pieces.length > PIECES_MAX) {
    const message = `The record holds ${pieces.length} records; it may hold ${PIECES_MAX}.`
    return failure('RecordDeAggregation.TooManyRecords', message)
  }
  return pieces.length > 0 ? pieces : failure('RecordDeAggregation.Failed', 'The record holds no record.')
}

function delimitedPieces(content: Uint8Array, delimiter: Buffer): Uint8Array[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const pieces: Uint8Array[] = []
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(delimiter, start)
    const end = found < 0 ? bytes.length : found
    if (end > start) pieces.push(bytes.subarray(start, end))
    start = end + delimiter.length
  }
  return pieces
}

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

/** `{"a":1}{"a":2}`, with white space between: the bytes of each object. Anything else between objects is an error text. */
export function jsonPieces(content: Uint8Array): Uint8Array[] | string {
  const pieces: Uint8Array[] = []
  let [depth, start, quoted] = [0, -1, false]
  for (let i = 0; i < content.length; i++) {
    const byte = content[i]
    if (quoted) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) quoted = false
    } else if (byte === OPEN || (byte === OPEN_LIST && depth > 0)) {
      if (depth++ === 0) start = i
    } else if (depth > 0) {
      if (byte === QUOTE) quoted = true
      else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) pieces.push(content.subarray(start, i + 1))
    } else if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return `At byte ${i} is no JSON object.`
  }
  return depth > 0 ? `The JSON object that begins at byte ${start} does not end.` : pieces
}
