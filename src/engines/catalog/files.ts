import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBTypeId } from '@duckdb/node-api'
import type { Clients } from '../contract.ts'
import { type Duck, type DuckSession, identifier, literal, shippedDataDirectory } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { FileSource } from './contract.ts'

export type FileFormat = 'parquet' | 'csv' | 'json'

/** A file source resolved: files that DuckDB may read, in order. */
export interface ReadableFiles {
  readonly uri: string
  readonly format: FileFormat
  readonly paths: string[]
  readonly bytes: number
  /** Changes when a file does. */
  readonly fingerprint: string
}

export interface FileReach {
  readonly workspaceDirectory: string
  readonly clients: Pick<Clients, 'lake' | 'workspace'>
  readonly duck: Duck
  /** Files of this machine may be named, as `file://` URLs: for what a person replays or looks at, and never for tables. */
  readonly machine?: boolean
}

export interface Found {
  path: string
  size: number
  modifiedMs: number
}

export async function resolveFiles(source: FileSource, reach: FileReach): Promise<ReadableFiles> {
  const found = await find(source.uri, reach)
  if (found.length === 0) throw new EngineError('FileNotFound', `There is no data under ${source.uri}.`)
  const paths: string[] = []
  for (const file of found) paths.push(await reach.duck.readable(file.path))
  return {
    uri: source.uri,
    format: source.format === 'auto' ? formatOf(found[0].path, source.uri) : source.format,
    paths,
    bytes: found.reduce((sum, file) => sum + file.size, 0),
    fingerprint: found.map((file) => `${file.path}:${file.size}:${file.modifiedMs}`).join('|'),
  }
}

async function find(uri: string, reach: FileReach): Promise<Found[]> {
  if (uri.startsWith('s3://')) return findInLake(uri, reach.clients)
  if (uri.startsWith('sample:')) return findUnder(shippedDataDirectory(), uri.slice('sample:'.length), uri)
  if (uri.startsWith('file://') && reach.machine) return findOnMachine(uri, reach)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(uri)) {
    throw new EngineError(
      'InvalidInputException',
      `${uri}: only s3://, sample: and paths in the workspace can be read.`,
    )
  }
  return findUnder(reach.workspaceDirectory, uri, uri)
}

/** Objects under the prefix; an object of exactly this key is meant alone. Names that begin with `_` or `.` are no data, as in Hive. */
export async function findInLake(uri: string, clients: Pick<Clients, 'lake'>): Promise<Found[]> {
  const objects = await clients.lake.locate({ uri })
  const key = uri.replace(/^s3:\/\/[^/]+\/?/, '')
  const exact = objects.filter((object) => object.key === key)
  const data = exact.length > 0 ? exact : objects.filter((object) => object.size > 0 && isData(object.key))
  return data
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((object) => ({ path: object.file, size: object.size, modifiedMs: object.modifiedMs }))
}

export function isData(key: string): boolean {
  return !key.split('/').some((segment) => segment.startsWith('_') || segment.startsWith('.'))
}

/** A pipeline that came with a workspace may name any file of this machine: it is read once the workspace is trusted. */
async function findOnMachine(uri: string, { clients, workspaceDirectory }: FileReach): Promise<Found[]> {
  let path: string
  try {
    path = await realpath(fileURLToPath(uri))
  } catch (cause) {
    throw new EngineError('FileNotFound', `There is no file ${uri}.`, { at: { file: uri }, cause })
  }
  if (!(await clients.workspace.describe({})).trusted)
    throw new EngineError(
      'AccessDeniedException',
      `${uri} lies outside the workspace's data. Trust the workspace to read files of this machine.`,
    )
  const own = join(await realpath(workspaceDirectory), '.millrace')
  if (path === own || path.startsWith(own + sep))
    throw new EngineError('AccessDeniedException', `${uri} is not one of the workspace's data files.`)
  return dataFiles(path)
}

/** A file, or the data files of a folder, inside `root`, however its path is written and wherever links in it lead. */
async function findUnder(root: string, path: string, uri: string): Promise<Found[]> {
  const realRoot = await realpath(root)
  const asked = resolve(realRoot, path)
  const real = await realpath(asked).catch(() => {
    throw new EngineError('FileNotFound', `There is no file ${uri}.`, { at: { file: uri } })
  })
  const inside = relative(realRoot, real)
  if (inside.startsWith('..') || resolve(inside) === inside || inside.split(sep)[0] === '.millrace') {
    throw new EngineError('AccessDeniedException', `${uri} is not one of the workspace's data files.`)
  }
  return dataFiles(real)
}

async function dataFiles(path: string): Promise<Found[]> {
  const info = await stat(path)
  if (info.isFile()) return [{ path, size: info.size, modifiedMs: info.mtimeMs }]
  const names = (await readdir(path)).filter((name) => isData(name)).sort()
  const files: Found[] = []
  for (const name of names) {
    const file = join(path, name)
    const entry = await stat(file)
    if (entry.isFile()) files.push({ path: file, size: entry.size, modifiedMs: entry.mtimeMs })
  }
  return files
}

function formatOf(path: string, uri: string): FileFormat {
  const name = basename(path).replace(/\.(gz|zst)$/, '')
  if (/\.(parquet|parq)$/.test(name)) return 'parquet'
  if (/\.(csv|tsv|txt|psv)$/.test(name)) return 'csv'
  if (/\.(json|ndjson|jsonl)$/.test(name)) return 'json'
  throw new EngineError(
    'InvalidInputException',
    `The format of ${uri} cannot be told from its name. Say whether it is parquet, csv or json.`,
    { at: { field: 'format' } },
  )
}

/** Names of the temporary tables in which DuckDB puts the broken rows of a CSV file. */
export const REJECTS = { errors: 'rejected_rows', scans: 'rejected_scans' } as const

const STORE_REJECTS = `store_rejects = true, rejects_table = '${REJECTS.errors}', rejects_scan = '${REJECTS.scans}'`

/** As many as DuckDB judges a file by. */
const JUDGED_ROWS = 20_480
const DELIMITERS = [',', '\t', ';', '|']

/**
 * The table function that reads the files with types found by DuckDB. Broken CSV rows go to the reject tables. A quote in the wrong
 * place makes DuckDB take the whole file for one column, and its broken rows for good ones: then the delimiter in the header is meant,
 * and the types are those that fit.
 */
export async function readerSql(
  session: DuckSession,
  files: ReadableFiles,
  csv: FileSource['csv'] = {},
): Promise<string> {
  const judged = readerText(files, csv)
  if (files.format !== 'csv') return judged
  const { columns, types } = await session.describe(`SELECT * FROM ${judged}`)
  const single = csv.delimiter === undefined && columns.length === 1
  const delimiter = single && DELIMITERS.find((one) => columns[0].name.includes(one))
  if (!delimiter) {
    const names = columns.map(({ name }) => name)
    const doubles = names.filter((_, i) => types[i].typeId === DuckDBTypeId.DOUBLE)
    return doubles.length === 0 ? judged : withLongNumbers(session, files, csv, names, doubles)
  }
  return columnsByHeader(session, files, { ...csv, delimiter }, columns[0].name)
}

/** DuckDB takes whole numbers that are too long for a BIGINT for doubles, which round them. */
async function withLongNumbers(
  session: DuckSession,
  files: ReadableFiles,
  csv: NonNullable<FileSource['csv']>,
  names: readonly string[],
  doubles: readonly string[],
): Promise<string> {
  // Whether there is a header is judged by the types, of which some are said now.
  const header = csv.header ?? !names.every((name) => /^column\d+$/.test(name))
  const typed = (types: readonly string[]) =>
    `types = {${doubles.map((name, i) => `${literal(name)}: ${literal(types[i])}`).join(', ')}}`
  const texts = readerText(files, { ...csv, header }, [typed(doubles.map(() => 'VARCHAR')), 'ignore_errors = true'])
  const fits = doubles.map((name) => numberType(identifier(name)))
  const judged = await session.query(`SELECT ${fits.join(', ')} FROM (SELECT * FROM ${texts} LIMIT ${JUDGED_ROWS})`)
  const types = judged.values.map((values) => String(values[0] ?? 'DOUBLE'))
  if (types.every((type) => type === 'DOUBLE')) return readerText(files, csv)
  return readerText(files, { ...csv, header }, [typed(types), STORE_REJECTS])
}

/** Of a column of numbers: double, unless that rounds a whole number of it. */
function numberType(text: string): string {
  const digits = `length(ltrim(trim(${text}), '+-0'))`
  const whole = `regexp_full_match(${text}, '\\s*[+-]?\\d+\\s*')`
  const rounded = `${whole} AND (${digits} > 38
    OR TRY_CAST(TRY_CAST(${text} AS DOUBLE) AS HUGEINT) IS DISTINCT FROM TRY_CAST(${text} AS HUGEINT))`
  return `CASE WHEN NOT coalesce(bool_or(${rounded}), false) THEN 'DOUBLE'
    WHEN bool_and(${whole} AND ${digits} <= 38) THEN 'DECIMAL(38,0)' ELSE 'VARCHAR' END`
}

/** Columns as the header names them, with the types that fit all of the first rows. */
async function columnsByHeader(
  session: DuckSession,
  files: ReadableFiles,
  csv: NonNullable<FileSource['csv']>,
  header: string,
): Promise<string> {
  const names = header.split(csv.delimiter!).map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
  const said = { ...csv, header: csv.header ?? true }
  const columns = (types: readonly unknown[]) => [
    'auto_detect = false',
    `columns = {${names.map((name, i) => `${literal(name)}: ${literal(String(types[i]))}`).join(', ')}}`,
  ]
  const texts = readerText(files, said, [...columns(names.map(() => 'VARCHAR')), 'ignore_errors = true'])
  const fits = names.map((name) => {
    const value = identifier(name)
    const all = (condition: string) => `coalesce(bool_and(${condition}), false)`
    return `CASE WHEN ${all(`regexp_full_match(${value}, '[+-]?\\d{1,18}')`)} THEN 'BIGINT'
      WHEN ${all(`TRY_CAST(${value} AS DOUBLE) IS NOT NULL OR ${value} IS NULL`)} AND count(${value}) > 0 THEN ${numberType(value)}
      WHEN ${all(`regexp_full_match(${value}, '\\d{4}-\\d\\d-\\d\\d')`)} THEN 'DATE'
      WHEN ${all(`TRY_CAST(${value} AS TIMESTAMP) IS NOT NULL OR ${value} IS NULL`)} AND count(${value}) > 0 THEN 'TIMESTAMP'
      ELSE 'VARCHAR' END`
  })
  const judged = await session.query(`SELECT ${fits.join(', ')} FROM (SELECT * FROM ${texts} LIMIT ${JUDGED_ROWS})`)
  return readerText(files, said, [...columns(judged.values.map((values) => values[0])), STORE_REJECTS])
}

function readerText(
  files: ReadableFiles,
  csv: NonNullable<FileSource['csv']>,
  more: readonly string[] = [STORE_REJECTS],
): string {
  const list = `[${files.paths.map(literal).join(', ')}]`
  switch (files.format) {
    case 'parquet':
      return `read_parquet(${list})`
    case 'csv': {
      const options = [...more]
      // Quotes may come first long after the rows by which DuckDB judges a file, so RFC 4180's are always meant.
      options.push(`quote = '"'`, `escape = '"'`)
      if (csv.delimiter !== undefined) options.push(`delim = ${literal(csv.delimiter)}`)
      if (csv.header !== undefined) options.push(`header = ${csv.header}`)
      if (csv.decimal !== undefined) options.push(`decimal_separator = ${literal(csv.decimal)}`)
      return `read_csv(${list}, ${options.join(', ')})`
    }
    case 'json':
      return `read_json(${list}, ignore_errors = true)`
  }
}
