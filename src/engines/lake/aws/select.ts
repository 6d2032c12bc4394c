import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import {
  type CSVInput,
  type CSVOutput,
  type InputSerialization,
  type OutputSerialization,
  SelectObjectContent$,
  type SelectObjectContentRequest,
} from '@aws-sdk/client-s3'
import type { Clients } from '../../contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { ObjectInfo } from '../contract.ts'
import type { CsvForm } from '../select/csv.ts'
import { csvRows, jsonRows, parquetRows } from '../select/input.ts'
import { csvWriter, jsonWriter } from '../select/output.ts'
import { parseSelect, Running, type Select } from '../select/sql.ts'
import type { Row } from '../select/values.ts'
import { documentOperation, refuse } from './common.ts'

/** Bytes read at once, so that other requests have their turn between. */
const PIECE_BYTES = 256 * 1024
/** Bytes of a Records event. */
const EVENT_BYTES = 128 * 1024

interface Counts {
  scanned: number
  processed: number
  returned: number
}

const invalid = (code: string, message: string) => new EngineError(code, message)

function one(text: string | undefined, preset: string, what: string): string {
  if (text !== undefined && text.length > 2) throw invalid(`Invalid${what}`, `The value of ${what} is not valid.`)
  return text ?? preset
}

const csvForm = (csv: CSVInput): CsvForm => ({
  header: csv.FileHeaderInfo ?? 'NONE',
  comments: one(csv.Comments, '#', 'Comments'),
  quote: one(csv.QuoteCharacter, '"', 'QuoteCharacter'),
  quoteEscape: one(csv.QuoteEscapeCharacter, '"', 'QuoteEscapeCharacter'),
  fieldDelimiter: one(csv.FieldDelimiter, ',', 'FieldDelimiter') || ',',
  recordDelimiter: one(csv.RecordDelimiter, '\n', 'RecordDelimiter') || '\n',
  quotedEnds: csv.AllowQuotedRecordDelimiter === true,
})

const csvOutput = (csv: CSVOutput) =>
  csvWriter({
    always: csv.QuoteFields === 'ALWAYS',
    quote: one(csv.QuoteCharacter, '"', 'QuoteCharacter'),
    quoteEscape: one(csv.QuoteEscapeCharacter, '"', 'QuoteEscapeCharacter'),
    fieldDelimiter: one(csv.FieldDelimiter, ',', 'FieldDelimiter'),
    recordDelimiter: one(csv.RecordDelimiter, '\n', 'RecordDelimiter'),
  })

function writerOf(output: OutputSerialization) {
  if ((output.CSV === undefined) === (output.JSON === undefined))
    throw invalid('InvalidRequestParameter', 'OutputSerialization needs one of CSV and JSON.')
  return output.CSV ? csvOutput(output.CSV) : jsonWriter(output.JSON?.RecordDelimiter ?? '\n')
}

/** The object's bytes from a place on, in pieces that are all of one state of it. */
async function* piecesOf(
  lake: Clients['lake'],
  place: { bucket: string; key: string },
  info: ObjectInfo,
  counts: Counts,
) {
  for (let start = 0; start < info.size; start += PIECE_BYTES) {
    const { body } = await readPiece(lake, place, info, start, Math.min(info.size, start + PIECE_BYTES) - 1)
    counts.scanned += body.length
    yield body
  }
}

async function readPiece(
  lake: Clients['lake'],
  place: { bucket: string; key: string },
  info: ObjectInfo,
  start: number,
  end: number,
) {
  const read = await lake.getObject({ ...place, start, end })
  if (read.etag !== info.etag)
    throw new EngineError('OperationAborted', 'The object was replaced while it was read. Please try again.', {
      retry: true,
    })
  return read
}

async function* counted(pieces: AsyncIterable<Uint8Array>, counts: Counts) {
  for await (const piece of pieces) {
    counts.processed += piece.length
    yield piece
  }
}

function rowsOf(
  input: InputSerialization,
  select: Select,
  lake: Clients['lake'],
  place: { bucket: string; key: string },
  info: ObjectInfo,
  counts: Counts,
): AsyncIterable<Row> {
  if ([input.CSV, input.JSON, input.Parquet].filter((form) => form !== undefined).length !== 1)
    throw invalid('InvalidDataSource', 'InputSerialization needs one of CSV, JSON and Parquet.')
  if (!input.JSON && select.from.some((step) => !('all' in step)))
    throw invalid('UnsupportedSqlStructure', 'FROM leads into records of JSON only.')
  const compression = input.CompressionType ?? 'NONE'
  refuse({ CompressionType: compression }, ['CompressionType'], ['NONE', 'GZIP'])
  if (input.Parquet) {
    if (compression !== 'NONE')
      throw invalid('InvalidCompressionFormat', 'Parquet is compressed inside: CompressionType must be NONE.')
    return parquetRows({
      byteLength: info.size,
      slice: async (start, end = info.size) => {
        const { body } = await readPiece(lake, place, info, start, end - 1)
        counts.scanned += body.length
        counts.processed += body.length
        return body.buffer
      },
    })
  }
  const raw = piecesOf(lake, place, info, counts)
  const pieces = counted(compression === 'GZIP' ? gunzip(raw) : raw, counts)
  if (input.CSV) return csvRows(pieces, csvForm(input.CSV))
  return jsonRows(pieces, input.JSON?.Type ?? 'DOCUMENT', select.from)
}

async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* Readable.from(pieces).pipe(createGunzip())
  } catch (thrown) {
    throw new EngineError(
      'InvalidCompressionFormat',
      `GZIP is not applicable to the object: ${EngineError.from(thrown).message}`,
    )
  }
}

const statsOf = ({ scanned, processed, returned }: Counts) => ({
  Details: { BytesScanned: scanned, BytesProcessed: processed, BytesReturned: returned },
})

/** The events of an answer: records in groups, progress where it is asked for, totals and an end. */
async function* answer(
  rows: AsyncIterable<Row>,
  running: Running,
  write: (record: NonNullable<ReturnType<Running['take']>>) => string,
  counts: Counts,
  progress: boolean,
) {
  let waiting = ''
  const records = () => {
    const Payload = Buffer.from(waiting)
    waiting = ''
    counts.returned += Payload.length
    return { Records: { Payload } }
  }
  let told = 0
  if (!running.done) {
    for await (const row of rows) {
      const record = running.take(row)
      if (record) waiting += write(record)
      if (waiting.length > EVENT_BYTES) yield records()
      if (progress && counts.scanned > told) {
        told = counts.scanned
        yield { Progress: statsOf(counts) }
      }
      if (running.done) break
    }
  }
  const total = running.end()
  if (total) waiting += write(total)
  if (waiting !== '') yield records()
  yield { Stats: statsOf(counts) }
  yield { End: {} }
}

export const selectOperations = {
  SelectObjectContent: documentOperation<SelectObjectContentRequest, object>({
    schema: SelectObjectContent$,
    async run(input, { clients, nowMs }) {
      refuse(input, ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5', 'ScanRange'])
      if (input.ExpressionType !== 'SQL')
        throw invalid('InvalidExpressionType', 'The ExpressionType is invalid. Only SQL expressions are supported.')
      const place = { bucket: input.Bucket!, key: input.Key! }
      const info = await clients.lake.headObject(place)
      const select = parseSelect(input.Expression ?? '', nowMs)
      const write = writerOf(input.OutputSerialization ?? {})
      const counts: Counts = { scanned: 0, processed: 0, returned: 0 }
      const rows = rowsOf(input.InputSerialization ?? {}, select, clients.lake, place, info, counts)
      const progress = input.RequestProgress?.Enabled === true
      return { Payload: answer(rows, new Running(select), write, counts, progress) }
    },
  }),
}
