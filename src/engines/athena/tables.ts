import type { CatalogTable, TableColumn } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { identifier, literal } from '../kit/node/duck.ts'
import { duckTypeOfHive } from '../kit/node/sql/types.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { attachedFiles, attachedSql } from './attached.ts'
import { isDataKey, type Located } from './files.ts'
import type { Footers, ParquetFiles } from './parquet.ts'

/** Some files of a table and the partition values that they share. */
export interface TableSlice {
  readonly values: readonly (string | null)[]
  readonly files: readonly Located[]
}

/** One scan of a table: slices whose files DuckDB reads together. */
export interface TableRead {
  readonly slices: readonly TableSlice[]
  /** Partition values come from the paths (`key=value/`), so that DuckDB leaves out files by them; else they are constants. */
  readonly hive: boolean
}

/** A table of the catalog as a query reads it: its files now, its columns in the catalog's order, its text for DuckDB. */
export interface TableSource {
  readonly table: CatalogTable
  readonly reads: readonly TableRead[]
  readonly fileCount: number
  /** A table expression. With a mark, DuckDB's plan names column i of read r `<mark>r<r>_<i>`, so that a scan can be told from others. */
  sql(mark?: string): string
  /** Names by index of the marked columns: the file's own, then the partition keys'. */
  readonly markedColumns: readonly { name: string; partition: boolean }[]
  /** Of its files, where they are Parquet. */
  readonly footers: Footers
}

export async function openTable(
  table: CatalogTable,
  clients: Pick<Clients, 'catalog' | 'lake'>,
  parquet: ParquetFiles,
): Promise<TableSource> {
  refuseUnhonoured(table)
  const slices = (await slicesOf(table, clients)).filter((slice) => slice.files.length > 0)
  const columns = [...table.columns, ...table.partitionKeys]
  const markedColumns = columns.map((column, i) => ({ name: column.name, partition: i >= table.columns.length }))
  const footers = await parquet.load(table.format === 'parquet' ? slices.flatMap((slice) => slice.files) : [])
  const reads = readsOf(table, slices, footers)
  const parts = (mark: string | undefined) =>
    reads.map((read, r) => readSql(table, read, footers, mark === undefined ? undefined : `${mark}r${r}`))
  return {
    table,
    reads,
    fileCount: slices.reduce((sum, slice) => sum + slice.files.length, 0),
    markedColumns,
    footers,
    sql: (mark) => (reads.length === 0 ? emptySql(columns) : `(${parts(mark).join(' UNION ALL ')})`),
  }
}

function emptySql(columns: readonly TableColumn[]): string {
  const nothing = columns.map((column) => `CAST(NULL AS ${duckTypeOfHive(column.type)}) AS ${identifier(column.name)}`)
  return `(SELECT ${nothing.join(', ')} WHERE false)`
}

/** Slices that can be read together: of one schema, and of one partition or with their values in their paths. */
function readsOf(table: CatalogTable, slices: readonly TableSlice[], footers: Footers): TableRead[] {
  const groups = new Map<string, { slices: TableSlice[]; hive: boolean }>()
  slices.forEach((slice, index) => {
    const hive = isHiveSlice(table, slice, footers)
    for (const [schema, files] of bySchema(table, slice.files, footers)) {
      const key = hive ? `hive|${schema}` : `${index}|${schema}`
      const group = groups.get(key) ?? { slices: [], hive }
      group.slices.push({ values: slice.values, files })
      groups.set(key, group)
    }
  })
  return [...groups.values()]
}

function bySchema(table: CatalogTable, files: readonly Located[], footers: Footers): Map<string, Located[]> {
  if (table.format !== 'parquet') return new Map([['', [...files]]])
  const groups = new Map<string, Located[]>()
  for (const file of files) {
    const schema = footers(file).columns.map((column) => `${column.name}:${column.type}`)
    const key = schema.join(',')
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return groups
}

/** Whether every file lies under exactly `key=value/` of the table's keys, and none of its own columns has a key's name. */
function isHiveSlice(table: CatalogTable, slice: TableSlice, footers: Footers): boolean {
  const keys = table.partitionKeys
  if (keys.length === 0) return false
  return slice.files.every((file) => {
    const pairs = file.file.split(/[\\/]/).filter((segment) => segment.includes('='))
    const inPath =
      pairs.length === keys.length &&
      keys.every((key, i) => pairs[i] === `${key.name}=${slice.values[i] ?? '__HIVE_DEFAULT_PARTITION__'}`)
    const stored = table.format === 'parquet' ? footers(file).columns : []
    return inPath && !stored.some((column) => keys.some((key) => key.name === column.name.toLowerCase()))
  })
}

function readSql(table: CatalogTable, read: TableRead, footers: Footers, mark: string | undefined): string {
  const files = read.slices.flatMap((slice) => slice.files)
  const { select, from, names } =
    table.format === 'parquet'
      ? parquetSql(table, read, files, footers(files[0]).columns, mark)
      : table.attached
        ? attachedSql(table, files, mark)
        : textSql(table, read, files, mark)
  const keys = table.partitionKeys.map((key, i) => {
    const name = identifier(key.name)
    if (read.hive) return `${mark === undefined ? name : identifier(`${mark}_${table.columns.length + i}`)} AS ${name}`
    const value = read.slices[0].values[i]
    return `CAST(${value === null ? 'NULL' : literal(value)} AS ${duckTypeOfHive(key.type)}) AS ${name}`
  })
  if (mark === undefined) return `SELECT ${[...select, ...keys].join(', ')} FROM ${from}`
  // DuckDB puts partition columns behind the file's own, by name.
  const byName = read.hive ? table.partitionKeys.map((key) => key.name).sort() : []
  const positions = byName.map((name) => table.partitionKeys.findIndex((key) => key.name === name))
  const all = [...names, ...positions.map((i) => `${mark}_${table.columns.length + i}`)]
  return `SELECT ${[...select, ...keys].join(', ')} FROM ${from} AS ${identifier(mark)}(${all.map(identifier).join(', ')})`
}

function hiveOptions(table: CatalogTable, read: TableRead): string {
  if (!read.hive) return 'hive_partitioning = false'
  const types = table.partitionKeys.map((key) => `${literal(key.name)}: ${duckTypeOfHive(key.type)}`)
  return `hive_partitioning = true, hive_types = {${types.join(', ')}}`
}

/** One slice for each partition that has files, or one for the whole of a table without partitions. */
async function slicesOf(table: CatalogTable, clients: Pick<Clients, 'catalog' | 'lake'>): Promise<TableSlice[]> {
  if (table.attached) return [{ values: [], files: await attachedFiles(table, clients) }]
  const all = (await clients.lake.locate({ uri: table.location })).filter((object) => object.size > 0)
  const prefix = keyOf(table.location)
  const data = all.filter((object) => isDataKey(object.key.slice(prefix.length)))
  if (table.partitionKeys.length === 0) return [{ values: [], files: data }]
  const partitions = await clients.catalog.listPartitions({ database: table.database, table: table.name })
  const slices: TableSlice[] = []
  for (const partition of partitions) {
    const location = partition.location.endsWith('/') ? partition.location : `${partition.location}/`
    const inside = location.startsWith(table.location)
      ? data.filter((object) => object.key.startsWith(keyOf(location)))
      : (await clients.lake.locate({ uri: location })).filter((object) => object.size > 0 && isDataKey(object.key))
    const values = partition.values.map((value) => (value === '__HIVE_DEFAULT_PARTITION__' ? null : value))
    slices.push({ values, files: inside })
  }
  return slices
}

function keyOf(location: string): string {
  return location.replace(/^s3:\/\/[^/]+\/?/, '')
}

interface ReadParts {
  readonly select: string[]
  readonly from: string
  /** Marked names of the columns that the reader gives, in its order. */
  readonly names: string[]
}

/**
 * Parquet columns are found by name, whatever their order in a file. A column that a file lacks is NULL, one of another type is
 * cast, as Athena does for Parquet read by name.
 */
function parquetSql(
  table: CatalogTable,
  read: TableRead,
  files: readonly Located[],
  columns: readonly { name: string; type: string }[],
  mark: string | undefined,
): ReadParts {
  const stored = columns.map((column) => column.name.toLowerCase())
  const select = table.columns.map((column, i) => {
    const type = duckTypeOfHive(column.type)
    const at = stored.indexOf(column.name)
    if (at < 0) return `CAST(NULL AS ${type}) AS ${identifier(column.name)}`
    const name = identifier(mark === undefined ? columns[at].name : `${mark}_${i}`)
    const value = columns[at].type === type ? name : `CAST(${name} AS ${type})`
    return `${value} AS ${identifier(column.name)}`
  })
  const from = `read_parquet([${files.map((file) => literal(file.file)).join(', ')}], ${hiveOptions(table, read)})`
  const names = stored.map((name, at) => {
    const i = table.columns.findIndex((column) => column.name === name)
    return i < 0 ? `${mark}_unused_${at}` : `${mark}_${i}`
  })
  return { select, from, names }
}

/** Text files hold no types: CSV values that do not convert are NULL, as the SerDes of Hive make them. */
function textSql(table: CatalogTable, read: TableRead, files: readonly Located[], mark: string | undefined): ReadParts {
  const list = `[${files.map((file) => literal(file.file)).join(', ')}]`
  const json = table.format === 'json'
  const types = table.columns.map((column) => (json ? duckTypeOfHive(column.type) : 'VARCHAR'))
  const columns = table.columns.map((column, i) => `${literal(column.name)}: ${literal(types[i])}`)
  const options = json
    ? [`format = 'newline_delimited'`, `ignore_errors = ${table.parameters['ignore.malformed.json'] === 'true'}`]
    : csvOptions(table)
  const reader = json ? 'read_json' : 'read_csv'
  const from = `${reader}(${list}, ${options.join(', ')}, ${hiveOptions(table, read)}, columns = {${columns.join(', ')}})`
  const names = table.columns.map((_, i) => `${mark}_${i}`)
  const select = table.columns.map((column, i) => {
    const name = identifier(mark === undefined ? column.name : names[i])
    const type = duckTypeOfHive(column.type)
    const value = type === types[i] ? name : `TRY_CAST(${name} AS ${type})`
    return `${value} AS ${identifier(column.name)}`
  })
  return { select, from, names }
}

function csvOptions(table: CatalogTable): string[] {
  const given = table.parameters
  const delimiter = given.separatorChar ?? given['field.delim'] ?? given['serialization.format'] ?? ','
  const quote = given.quoteChar ?? '"'
  return [
    'auto_detect = false',
    `delim = ${literal(unescaped(delimiter))}`,
    `quote = ${literal(quote)}`,
    `escape = ${literal(given.escapeChar ?? quote)}`,
    `header = false`,
    `skip = ${Number(given['skip.header.line.count'] ?? 0)}`,
    `nullstr = ${literal(given['serialization.null.format'] ?? '\\N')}`,
    'null_padding = true',
    'strict_mode = false',
    'ignore_errors = true',
  ]
}

/** Hive writes control characters as `\001` or `\t`. */
function unescaped(delimiter: string): string {
  if (delimiter === '1') return '\u0001'
  return delimiter
    .replace(/\\t/g, '\t')
    .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function refuseUnhonoured(table: CatalogTable): void {
  const name = `${table.database}.${table.name}`
  if (table.parameters['projection.enabled'] === 'true') {
    throw new EngineError(
      'NOT_SUPPORTED',
      `Table ${name} uses partition projection, which is not supported. Add its partitions to the catalog.`,
    )
  }
  if (table.format === 'avro') {
    throw new EngineError('NOT_SUPPORTED', `Table ${name} has the format Avro, which cannot be queried.`)
  }
  if (table.format === 'grok') {
    throw new EngineError('NOT_SUPPORTED', `Table ${name} has the SerDe Grok, which cannot be queried.`)
  }
}
