import { type DuckDBDataChunk, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import type { z } from 'zod'
import { type DuckSession, identifier, literal, type PackedStrings, packStrings } from '../kit/node/duck.ts'
import { EMPTY_BATCH } from '../kit/pure/batch.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { BadRows } from './bad-rows.ts'
import type { catalog } from './contract.ts'
import { type FileReach, type ReadableFiles, readerSql, resolveFiles } from './files.ts'

type ScanInput = z.output<typeof catalog.verbs.scan.input>
export type ScanItem = z.input<typeof catalog.verbs.scan.item>

/**
 * A file as records: DuckDB makes the JSON text, the key and the time of each row, vector by vector, and their bytes are copied from its
 * memory into batches. At most a batch and DuckDB's own buffer are in memory, however long the file is.
 */
export async function* scan(input: ScanInput, reach: FileReach, signal: AbortSignal): AsyncGenerator<ScanItem> {
  const files = await resolveFiles(input, reach)
  const scanned = reach.duck.stream((session) => passes(input, files, session, signal))
  for await (const item of scanned) yield item
}

async function* passes(
  input: ScanInput,
  files: ReadableFiles,
  session: DuckSession,
  signal: AbortSignal,
): AsyncGenerator<ScanItem> {
  const bad = new BadRows(session, files)
  const from = await orderedSource(input, files, session, signal)
  const sql = await rowsSql(input, files, from, session, signal)
  const batches = new Batches(input.batchRows, input.timeColumn !== undefined)
  let skip = input.skip
  let left = input.limit ?? Number.POSITIVE_INFINITY
  for (let pass = 0; pass < input.scale && left > 0; pass++) {
    for await (const chunk of session.stream(sql, { signal })) {
      const rows = new ChunkRows(chunk, files.format === 'json')
      for (const row of rows.empty) bad.note(row)
      const skipped = Math.min(skip, rows.count)
      skip -= skipped
      const end = Math.min(rows.count, skipped + left)
      left -= end - skipped
      yield* batches.add(rows, skipped, end)
      if (left === 0) break
    }
    await bad.collect(left === 0)
  }
  const { badRows, firstBadRow } = bad
  const rest = batches.rest()
  if (rest || badRows > 0 || !batches.any) {
    yield { batch: EMPTY_BATCH, ...rest, badRows, ...(firstBadRow && { firstBadRow }) }
  }
}

/** The rows of the files, by `orderBy` where they do not already lie so. Rows of one value keep their order in the file. */
async function orderedSource(
  input: ScanInput,
  files: ReadableFiles,
  session: DuckSession,
  signal: AbortSignal,
): Promise<string> {
  const source =
    files.format === 'json'
      ? `read_json_objects([${files.paths.map(literal).join(', ')}], ignore_errors = true)`
      : await readerSql(session, files, input.csv)
  if (input.orderBy === undefined) return source
  const order = files.format === 'json' ? jsonText(input.orderBy) : identifier(input.orderBy)
  if (files.format === 'parquet') {
    // One pass over one column, in constant memory, spares the sort of all columns of a file that is sorted already.
    const breaks = await session.query(
      `SELECT count(*) FROM (SELECT ${order} AS v, lag(${order}) OVER () AS p FROM ${source}) WHERE v < p`,
      { signal },
    )
    if (breaks.values[0][0] === '0') return source
  }
  return `(SELECT * EXCLUDE (__row) FROM (SELECT *, row_number() OVER () AS __row FROM ${source}) ORDER BY ${order} NULLS LAST, __row)`
}

async function rowsSql(
  input: ScanInput,
  files: ReadableFiles,
  from: string,
  session: DuckSession,
  signal: AbortSignal,
): Promise<string> {
  if (files.format === 'json') {
    const key = input.keyColumn === undefined ? ROW_KEY : keyExpression(jsonText(input.keyColumn))
    const time = input.timeColumn === undefined ? 'NULL::DOUBLE' : textTime(jsonText(input.timeColumn))
    return `SELECT json::VARCHAR, ${key}, ${time} FROM ${from}`
  }
  const { columns, types } = await session.describe(`SELECT * FROM ${from}`, { signal })
  const pick = (name: string) => types[indexOfColumn(columns, name, files)]
  const fields = columns.map((column, i) => `${identifier(column.name)} := ${jsonExpression(column.name, types[i])}`)
  const key =
    input.keyColumn === undefined || !pick(input.keyColumn)
      ? ROW_KEY
      : keyExpression(`${identifier(input.keyColumn)}::VARCHAR`)
  const time =
    input.timeColumn === undefined ? 'NULL::DOUBLE' : timeExpression(input.timeColumn, pick(input.timeColumn))
  return `SELECT to_json(struct_pack(${fields.join(', ')}))::VARCHAR, ${key}, ${time} FROM ${from}`
}

/** Without a key column each row has a key of its own, so that records spread over all shards. */
const ROW_KEY = 'uuid()::VARCHAR'

/** A partition key has at least one character: rows without a value share the key `-`. */
function keyExpression(value: string): string {
  return `coalesce(nullif(${value}, ''), '-')`
}

function jsonText(name: string): string {
  return `(json ->> ${literal(`$."${name.replaceAll('"', '\\"')}"`)})`
}

function indexOfColumn(columns: readonly Column[], name: string, files: ReadableFiles): number {
  const index = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase())
  if (index >= 0) return index
  throw noColumn(name, columns, files.uri)
}

/** JSON has no NaN and no infinity: these become null. Times are ISO text in UTC, with microseconds where there are any. */
function jsonExpression(name: string, type: DuckDBType): string {
  const value = identifier(name)
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return `CASE WHEN isfinite(${value}) THEN ${value} END`
    case DuckDBTypeId.TIMESTAMP_TZ:
      return isoExpression(`(${value} AT TIME ZONE 'UTC')`)
    case DuckDBTypeId.TIMESTAMP:
      return isoExpression(value)
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return isoExpression(`${value}::TIMESTAMP`)
    case DuckDBTypeId.BLOB:
      return `to_base64(${value})`
    case DuckDBTypeId.INTERVAL:
      return `${value}::VARCHAR`
  }
  return value
}

function isoExpression(value: string): string {
  const iso = (fraction: string) => `strftime(${value}, '%Y-%m-%dT%H:%M:%S.${fraction}Z')`
  return `CASE WHEN microsecond(${value}) % 1000 = 0 THEN ${iso('%g')} ELSE ${iso('%f')} END`
}

/** Epoch milliseconds. A number is taken as milliseconds from 1e11 on (1973), below that as seconds. */
function timeExpression(name: string, type: DuckDBType): string {
  const value = identifier(name)
  switch (type.typeId) {
    case DuckDBTypeId.DATE:
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return `epoch_ms(${value}::TIMESTAMPTZ)::DOUBLE`
    case DuckDBTypeId.VARCHAR:
      return textTime(value)
  }
  return numberTime(`${value}::DOUBLE`)
}

function textTime(text: string): string {
  return `coalesce(epoch_ms(try_cast(${text} AS TIMESTAMPTZ))::DOUBLE, ${numberTime(`try_cast(${text} AS DOUBLE)`)})`
}

function numberTime(number: string): string {
  return `CASE WHEN abs(${number}) < 1e11 THEN ${number} * 1000 ELSE ${number} END`
}

/** The three columns of a chunk; `empty` are the rows of a JSON file that could not be read, which are left out. */
class ChunkRows {
  readonly data: PackedStrings
  readonly keys: PackedStrings
  readonly times: Float64Array
  readonly empty: number[] = []
  /** Chunk rows that hold a record. */
  private readonly rows: Uint32Array | undefined

  constructor(chunk: DuckDBDataChunk, mayBeEmpty: boolean) {
    this.data = packStrings(chunk, 0)
    this.keys = packStrings(chunk, 1)
    const times = chunk.getColumnVector(2)
    this.times = Float64Array.from({ length: chunk.rowCount }, (_, row) => Number(times.getItem(row) ?? Number.NaN))
    if (!mayBeEmpty) return
    const rows: number[] = []
    for (let row = 0; row < chunk.rowCount; row++) {
      if (startOf(this.data.ends, row) === this.data.ends[row]) this.empty.push(row)
      else rows.push(row)
    }
    if (this.empty.length > 0) this.rows = Uint32Array.from(rows)
  }

  get count(): number {
    return this.rows?.length ?? this.data.ends.length
  }

  row(index: number): number {
    return this.rows ? this.rows[index] : index
  }
}

function startOf(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : ends[row - 1]
}

/** Cuts chunks into batches of exactly `size` records. */
class Batches {
  any = false
  private readonly size: number
  private readonly timed: boolean
  private parts: { rows: ChunkRows; from: number; to: number }[] = []
  private count = 0

  constructor(size: number, timed: boolean) {
    this.size = size
    this.timed = timed
  }

  *add(rows: ChunkRows, from: number, to: number): Generator<ScanItem> {
    let at = from
    while (at < to) {
      const end = Math.min(to, at + this.size - this.count)
      this.parts.push({ rows, from: at, to: end })
      this.count += end - at
      at = end
      if (this.count === this.size) yield { ...this.finish(), badRows: 0 }
    }
  }

  rest(): Pick<ScanItem, 'batch' | 'times'> | undefined {
    return this.count > 0 ? this.finish() : undefined
  }

  private finish(): Pick<ScanItem, 'batch' | 'times'> {
    const { parts, count } = this
    const data = join(parts, count, (rows) => rows.data)
    const keys = join(parts, count, (rows) => rows.keys)
    const batch = { count, data: data.bytes, dataEnds: data.ends, keys: keys.bytes, keyEnds: keys.ends }
    const times = this.timed ? this.joinTimes() : undefined
    this.parts = []
    this.count = 0
    this.any = true
    return { batch, ...(times && { times }) }
  }

  private joinTimes(): Float64Array<ArrayBuffer> {
    const times = new Float64Array(this.count)
    let at = 0
    for (const { rows, from, to } of this.parts) {
      for (let i = from; i < to; i++) times[at++] = rows.times[rows.row(i)]
    }
    return times
  }
}

function join(
  parts: readonly { rows: ChunkRows; from: number; to: number }[],
  count: number,
  pick: (rows: ChunkRows) => PackedStrings,
): PackedStrings {
  let total = 0
  for (const { rows, from, to } of parts) {
    // Rows left out are empty, so the bytes between the first and the last row are all wanted.
    total += pick(rows).ends[rows.row(to - 1)] - startOf(pick(rows).ends, rows.row(from))
  }
  let bytes = new Uint8Array(total)
  const ends = new Uint32Array(count)
  let at = 0
  let index = 0
  for (const { rows, from, to } of parts) {
    const packed = pick(rows)
    for (let i = from; i < to; ) {
      // Neighbouring rows are copied at once.
      const first = rows.row(i)
      let last = first
      const base = at - startOf(packed.ends, first)
      do {
        last = rows.row(i)
        ends[index++] = base + packed.ends[last]
        i++
      } while (i < to && rows.row(i) === last + 1)
      const piece = packed.bytes.subarray(startOf(packed.ends, first), packed.ends[last])
      bytes.set(piece, at)
      at += piece.length
    }
  }
  if (at !== total) bytes = bytes.slice(0, at)
  return { bytes, ends }
}

export function noColumn(name: string, columns: readonly Column[], uri: string): Error {
  const names = columns.map((column) => column.name).join(', ')
  return new EngineError('InvalidInputException', `${uri} has no column "${name}". It has: ${names}.`)
}
