import { basename } from 'node:path'
import type { z } from 'zod'
import { type DuckSession, identifier, literal } from '../../kit/node/duck.ts'
import { textReader } from '../../kit/node/sql/reading.ts'
import { hiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { type FileReading, inPlace } from '../../kit/pure/file-reading.ts'
import type { catalog } from '../contract.ts'
import type { FileReach } from '../files.ts'
import { splitRows } from './delimited.ts'
import { type Chosen, columnNames, type Detected, detect, formatOf, type Head, type Note } from './detect.ts'
import { decode, detectEncoding } from './encoding.ts'
import { headOf, pastedPath, type SourceFile, sourceFiles } from './source.ts'

type Input = z.output<typeof catalog.verbs.inspectFile.input>
type Inspection = z.input<typeof catalog.verbs.inspectFile.output>

const BROKEN_MAX = 100

/** How a look is asked for; `whole` is whether it sees every row. */
interface Look {
  readonly chosen: Chosen
  readonly rows: number
  readonly whole: boolean
}

/** Of a column: how many values do not fit its type, and one of them. */
interface Unfit {
  readonly name: string
  readonly type: string
  readonly count: number
  readonly sample: string
}

/** Looks at a file or a folder of files before it is attached: how it is best read, its first rows, and what is wrong in it. */
export async function inspectFile(input: Input, reach: FileReach, signal: AbortSignal): Promise<Inspection> {
  const { source, files } = await sourceFiles(pastedPath(input.source), reach)
  const head = await headOf(files[0])
  const chosen = input.chosen as Chosen
  const whole = head.complete && files.length === 1
  const found = lookAt(head, chosen)
  const { reading, page, unfit } = await reach.duck.use(
    (session) => readRows(files, found, { chosen, whole, rows: input.rows }, session, reach, signal),
    { signal },
  )
  if (reading.format === 'csv') await refuseOthers(files, head, reading)
  return {
    source,
    name: tableName(source),
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    reading,
    inPlace: inPlace(reading),
    notes: [...found.notes, ...unfit.map(({ name, type, count, sample }) => unfitNote(name, type, count, sample))],
    page,
    broken: { count: found.broken.length, rows: found.broken.slice(0, BROKEN_MAX) },
    unfit: unfit.reduce((sum, { count }) => sum + count, 0),
    whole,
  }
}

function lookAt(head: Head, chosen: Chosen): Detected {
  if (formatOf(head, '') === 'parquet') {
    const rest = {
      encoding: 'utf-8',
      delimiter: ',',
      quote: '"',
      header: true,
      decimal: '.',
      dateOrder: 'YMD',
    } as const
    return { reading: { format: 'parquet', ...rest, nulls: [], columns: [] }, notes: [], broken: [], text: '' }
  }
  const found = detect(head, chosen)
  if ('refused' in found)
    throw new EngineError('InvalidInputException', `${head.name} cannot be attached. ${found.refused}`, {
      at: { field: 'source' },
    })
  return found
}

/** The first rows as a query will read them: of text by the head alone, which is UTF-8 by now, so that the preview of a large file is quick. */
async function readRows(
  files: readonly SourceFile[],
  found: Detected,
  look: Look,
  session: DuckSession,
  reach: FileReach,
  signal: AbortSignal,
): Promise<{ reading: FileReading; page: Inspection['page']; unfit: Unfit[] }> {
  const { format } = found.reading
  if (format === 'parquet' || format === 'json-array') {
    if (!inPlace(found.reading))
      throw new EngineError(
        'InvalidInputException',
        `A JSON array is read as UTF-8 only, and this one is ${found.reading.encoding}. Save it as UTF-8.`,
        { at: { field: 'encoding' } },
      )
    return rowsOf(await reach.duck.readable(files[0].path), found, look, session, signal)
  }
  await using scratch = await reach.duck.scratch(found.text, format === 'csv' ? '.csv' : '.json')
  return await rowsOf(scratch.path, found, look, session, signal)
}

async function rowsOf(
  path: string,
  found: Detected,
  { chosen, rows, whole }: Look,
  session: DuckSession,
  signal: AbortSignal,
) {
  const delimited = found.reading.format === 'csv'
  const { reading, unfit } = delimited
    ? await fitted(path, found.reading, whole ? (chosen.types ?? {}) : undefined, session, signal)
    : { reading: await withColumns(path, found.reading, chosen, session, signal), unfit: [] }
  const page = async (from: string) => {
    const table = await session.query(`${from} LIMIT ${rows}`, { signal, declare: hiveType })
    return { columns: table.columns, start: 0, rowCount: table.rowCount, values: table.values }
  }
  if (reading.format === 'parquet') return { reading, page: await page(`FROM read_parquet(${literal(path)})`), unfit }
  const reader = textReader({ ...reading, encoding: 'utf-8' }, [path])
  const names = columnNames(
    reading.columns.map(({ name }) => name),
    reading.columns.length,
  )
  const values = reading.columns.map(({ name }, i) => `${reader.value(i, name)} AS ${identifier(names[i])}`)
  return { reading, page: await page(`SELECT ${values.join(', ')} FROM ${reader.from}`), unfit }
}

/** Columns of JSON and Parquet, as DuckDB finds them. */
async function withColumns(
  path: string,
  reading: FileReading,
  chosen: Chosen,
  session: DuckSession,
  signal: AbortSignal,
): Promise<FileReading> {
  const from =
    reading.format === 'parquet'
      ? `read_parquet(${literal(path)})`
      : `read_json(${literal(path)}, format = ${reading.format === 'json' ? `'newline_delimited', ignore_errors = true, sample_size = -1` : `'array'`})`
  const { columns, types } = await session.describe(`SELECT * FROM ${from}`, { signal })
  return {
    ...reading,
    columns: columns.map(({ name }, i) => ({ name, type: chosen.types?.[name] ?? hiveType(types[i]) })),
  }
}

/**
 * Where every row is seen (`kept` is then given), columns whose values do not all fit the type that was found are text, bar those whose type
 * is `kept` because it was chosen.
 */
async function fitted(
  path: string,
  reading: FileReading,
  kept: Chosen['types'],
  session: DuckSession,
  signal: AbortSignal,
): Promise<{ reading: FileReading; unfit: Unfit[] }> {
  const unfit = await unfitValues(path, reading, session, signal)
  if (kept === undefined) return { reading, unfit }
  const asText = new Set(unfit.flatMap(({ name }) => (name in kept ? [] : [name])))
  const columns = reading.columns.map((column) => (asText.has(column.name) ? { ...column, type: 'string' } : column))
  return { reading: { ...reading, columns }, unfit: unfit.filter(({ name }) => !asText.has(name)) }
}

/** Values that do not fit their column's type, which read as null. */
async function unfitValues(
  path: string,
  reading: FileReading,
  session: DuckSession,
  signal: AbortSignal,
): Promise<Unfit[]> {
  const reader = textReader({ ...reading, encoding: 'utf-8' }, [path])
  const typed = reading.columns.flatMap(({ name, type }, i) => (type === 'string' ? [] : [{ name, type, i }]))
  if (typed.length === 0) return []
  const counts = typed.map(({ name, i }) => {
    const misses = `${identifier(name)} IS NOT NULL AND ${reader.value(i, name)} IS NULL`
    return `count_if(${misses})::INTEGER, any_value(${identifier(name)}) FILTER (${misses})`
  })
  const { values } = await session.query(`SELECT ${counts.join(', ')} FROM ${reader.from}`, { signal })
  return typed.flatMap(({ name, type }, t): Unfit[] => {
    const count = Number(values[2 * t][0])
    return count === 0 ? [] : [{ name, type, count, sample: String(values[2 * t + 1][0]).slice(0, 40) }]
  })
}

function unfitNote(name: string, type: string, count: number, sample: string): Note {
  const which =
    count === 1 ? `1 value is no ${type}, “${sample}”,` : `${count} values are no ${type}, such as “${sample}”,`
  const will = count === 1 ? 'is NULL' : 'are NULL'
  return { field: 'columns', message: `${name}: ${which} and ${will} in the table. As string it keeps them.` }
}

/** A folder is one table, so its files have one header. */
async function refuseOthers(files: readonly SourceFile[], head: Head, reading: FileReading): Promise<void> {
  const namesOf = (text: string) =>
    splitRows(text, reading.delimiter, reading.quote, true, 1)[0]?.fields.map((name) => name.trim()) ?? []
  const headerOf = ({ bytes }: Head) => namesOf(decode(bytes.subarray(0, 64 * 1024), reading.encoding))
  const expected = headerOf(head)
  for (const file of files.slice(1)) {
    if (file.size === 0) continue
    const other = await headOf(file, 64 * 1024)
    const names = headerOf(other)
    const alike = reading.header ? names.join('\n') === expected.join('\n') : names.length === expected.length
    if (!alike)
      throw new EngineError(
        'InvalidInputException',
        `${basename(file.path)} has other columns than ${head.name}: ${names.join(', ').slice(0, 200)}. A folder is attached as one table, of like files.`,
        { at: { field: 'source' } },
      )
    if (reading.encoding === 'utf-8' && detectEncoding(other.bytes) !== 'utf-8')
      throw new EngineError(
        'InvalidInputException',
        `${basename(file.path)} is ${detectEncoding(other.bytes)}, and ${head.name} is UTF-8.`,
        { at: { field: 'source' } },
      )
  }
}

/** A name for the table, of the file's or folder's. */
function tableName(source: string): string {
  const file = basename(source.replace(/[\\/]+$/, '')).replace(/(\.[a-z0-9]{2,7})?(\.gz|\.zst)?$/i, '')
  const name = file
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return (/^[a-z]/.test(name) ? name : `t_${name}`).slice(0, 100).replace(/_$/, '')
}
