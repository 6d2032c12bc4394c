import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { EngineError } from '../../kit/pure/errors.ts'
import { type CsvForm, CsvReader } from './csv.ts'
import type { Step } from './sql.ts'
import { memberOf, ObjectRow, type Row, type Value } from './values.ts'

/** What a record may have, characters (S3 User Guide, "Amazon S3 Select requirements and limits"). */
const RECORD_MAX = 1024 * 1024
/** A document is held whole. */
const DOCUMENT_MAX = 64 * 1024 * 1024
const ROWS_AT_ONCE = 10_000

const tooLarge = () =>
  new EngineError('OverMaxRecordSize', 'The character number in one record is more than our max threshold.')

/** Records of CSV, piece by piece. */
export async function* csvRows(pieces: AsyncIterable<Uint8Array>, form: CsvForm): AsyncGenerator<Row> {
  const reader = new CsvReader(form)
  for await (const { text, last } of textOf(pieces)) {
    yield* reader.read(text, last)
    if (reader.held > RECORD_MAX) throw tooLarge()
  }
}

/** Records of JSON: one a line, or the values of a document. */
export async function* jsonRows(
  pieces: AsyncIterable<Uint8Array>,
  type: 'LINES' | 'DOCUMENT',
  from: readonly Step[],
): AsyncGenerator<Row> {
  let rest = ''
  for await (const { text, last } of textOf(pieces)) {
    rest += text
    if (type === 'DOCUMENT') {
      if (rest.length > DOCUMENT_MAX) throw tooLarge()
      if (last && rest.trim() !== '') yield* walk(parse(rest), from)
      continue
    }
    const lines = rest.split('\n')
    rest = last ? '' : lines.pop()!
    if (rest.length > RECORD_MAX) throw tooLarge()
    for (const line of lines) if (line.trim() !== '') yield* walk(parse(line), from)
  }
}

/** Rows of Parquet, by groups; only the bytes of what is read are asked for. */
export async function* parquetRows(file: AsyncBuffer): AsyncGenerator<Row> {
  try {
    const metadata = await parquetMetadataAsync(file)
    const total = Number(metadata.num_rows)
    for (let rowStart = 0; rowStart < total; rowStart += ROWS_AT_ONCE) {
      const rowEnd = Math.min(total, rowStart + ROWS_AT_ONCE)
      const rows = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd })
      for (const row of rows) yield new ObjectRow(plain(row))
    }
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown
    throw new EngineError('ParquetParsingError', `Error parsing Parquet file. ${EngineError.from(thrown).message}`)
  }
}

function parse(text: string): Value {
  try {
    return JSON.parse(text) as Value
  } catch (thrown) {
    throw new EngineError('JSONParsingError', `Error parsing JSON file. ${EngineError.from(thrown).message}`)
  }
}

/** The records that FROM means: its first `[*]` is the values of the object, which are walked already. */
function* walk(value: Value, from: readonly Step[]): Generator<Row> {
  const steps = from[0] && 'all' in from[0] ? from.slice(1) : from
  yield* descend(value, steps)
}

function* descend(value: Value, [step, ...others]: readonly Step[]): Generator<Row> {
  if (!step) yield new ObjectRow(value)
  else if ('all' in step) {
    if (Array.isArray(value)) for (const item of value as readonly Value[]) yield* descend(item, others)
    else if (value !== undefined) yield* descend(value, others)
  } else {
    const member =
      'name' in step ? memberOf(value, step.name, step.exact) : (value as readonly Value[] | null)?.[step.index]
    if (member !== undefined) yield* descend(member, others)
  }
}

/** Values of Parquet as values of records: 64-bit integers are numbers where they fit. */
function plain(value: unknown): Value {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object' && !(value instanceof Date))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
  return value as Value
}

async function* textOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<{ text: string; last: boolean }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const piece of pieces) yield { text: decoder.decode(piece, { stream: true }), last: false }
    yield { text: decoder.decode(), last: true }
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    throw new EngineError('InvalidTextEncoding', 'Invalid encoding type. Only UTF-8 encoding is supported.')
  }
}
