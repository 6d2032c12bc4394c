import type { CatalogTable, TableColumn } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { DuckError, identifier } from '../kit/node/duck.ts'
import { duckTypeOfHive } from '../kit/node/sql/types.ts'
import { attachedFiles, attachedSql } from './attached.ts'
import type { CompressedFiles } from './compressed.ts'
import { brokenParquet } from './file-failures.ts'
import { type DataFile, dataFiles, folderUri } from './files.ts'
import { isIceberg, openIceberg } from './iceberg/table.ts'
import type { Footers, ParquetFiles } from './parquet.ts'
import { isProjected, projectedSlices } from './projection.ts'
import { linesSql } from './reads/lines.ts'
import { parquetSql } from './reads/parquet.ts'
import { type OfFile, uriSql } from './reads/path.ts'
import { AvroTables } from './serde/avro.ts'
import { lineSerde } from './serde/line-serde.ts'
import type { StagedFiles } from './staged.ts'
import { PATH } from './translate/hidden.ts'
import type { TableReference } from './translate/table-reference.ts'

/** Some files of a table and the partition values that they share. */
export interface TableSlice {
  readonly values: readonly (string | null)[]
  readonly files: readonly DataFile[]
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
  /**
   * A table expression. With a mark, DuckDB's plan names column i of read r `<mark>r<r>_<i>`, so that a scan can be told from others. With `path`
   * it has the hidden column `$path`, where the table lies in files of its own.
   */
  sql(mark?: string, path?: boolean): string
  /** Names by index of the marked columns: the file's own, then the partition keys'. */
  readonly markedColumns: readonly { name: string; partition: boolean }[]
  /** Of its files, where they are Parquet. */
  readonly footers: Footers
  /** The URIs of its files, by the paths that DuckDB has been given. */
  readonly places: ReadonlyMap<string, string>
  /** What a reader of its rows should know, where that is looked for. */
  readonly notes?: Promise<readonly string[]>
  /** Beside its files: what tells its states apart, and bytes that are counted. */
  readonly beside?: { readonly stamp: string; readonly bytes: number }
}

/** What tables are opened with. */
export interface TableReach {
  readonly clients: Pick<Clients, 'catalog' | 'lake'>
  readonly parquet: ParquetFiles
  readonly staged: StagedFiles
  readonly compressed: CompressedFiles
  readonly nowMs: () => number
}

export async function openTable(
  table: CatalogTable,
  reach: TableReach,
  version?: TableReference['version'],
): Promise<TableSource> {
  if (isIceberg(table)) return openIceberg(table, version, reach, (files) => footersOf(files, reach))
  const found = isProjected(table)
    ? await projectedSlices(table, reach.clients.lake, reach.nowMs())
    : await slicesOf(table, reach.clients)
  const slices = found.filter((slice) => slice.files.length > 0)
  const columns = [...table.columns, ...table.partitionKeys]
  const markedColumns = columns.map((column, i) => ({ name: column.name, partition: i >= table.columns.length }))
  const files = slices.flatMap((slice) => slice.files)
  const footers = await footersOf(table.format === 'parquet' ? files : [], reach)
  if (table.format !== 'parquet' && table.format !== 'avro') await reach.compressed.check(files)
  const reads = readsOf(table, slices, footers)
  const paths = table.format === 'avro' ? await stagedPaths(table, files, reach) : new Map<DataFile, string>()
  const readSql = readerOf(table, footers, paths)
  const places = new Map(files.map((file) => [paths.get(file) ?? file.file, file.uri]))
  const pathOf = (file: string) => `${uriSql(places, file)} AS ${identifier(PATH)}`
  const parts = (mark: string | undefined, more: OfFile) =>
    reads.map((read, r) => readSql(read, mark === undefined ? undefined : `${mark}r${r}`, more))
  const nothing = (withPath: boolean) => emptySql(withPath ? [...columns, { name: PATH, type: 'string' }] : columns)
  return {
    table,
    reads,
    fileCount: files.length,
    markedColumns,
    footers,
    places,
    ...(table.attached && { notes: notesOf(table, reach) }),
    sql: (mark, withPath = false) =>
      reads.length === 0 ? nothing(withPath) : `(${parts(mark, withPath ? pathOf : undefined).join(' UNION ALL ')})`,
  }
}

/** Looked for beside the query, which does not fail for them. */
const notesOf = (table: CatalogTable, { clients }: TableReach): Promise<string[]> =>
  clients.catalog.attachedNotes({ table: table.name }).catch(() => [])

async function footersOf(files: readonly DataFile[], { parquet }: TableReach): Promise<Footers> {
  try {
    return await parquet.load(files)
  } catch (thrown) {
    if (!(thrown instanceof DuckError)) throw thrown
    // DuckDB does not always say which file it is: the one is looked for among all by halves.
    let suspects = files
    while (suspects.length > 1) {
      const half = suspects.slice(0, suspects.length >> 1)
      const fine = await parquet.load(half).then(
        () => true,
        () => false,
      )
      suspects = fine ? suspects.slice(half.length) : half
    }
    throw brokenParquet(thrown.failure, suspects[0])
  }
}

type ReadSql = (read: TableRead, mark: string | undefined, more: OfFile) => string

function readerOf(table: CatalogTable, footers: Footers, paths: ReadonlyMap<DataFile, string>): ReadSql {
  if (table.format === 'parquet') return parquetRead(table, footers)
  if (table.attached) return (read, mark, more) => attachedSql(table, read, mark, more)
  return linesRead(table, paths)
}

const parquetRead =
  (table: CatalogTable, footers: Footers): ReadSql =>
  (read, mark, more) =>
    parquetSql(table, read, footers, mark, more)

function linesRead(table: CatalogTable, paths: ReadonlyMap<DataFile, string>): ReadSql {
  const serde = lineSerde(table)
  return (read, mark, more) => linesSql(table, read, serde, (file) => paths.get(file) ?? file.file, mark, more)
}

async function stagedPaths(table: CatalogTable, files: readonly DataFile[], reach: TableReach) {
  const avro = new AvroTables(reach.staged, reach.clients.lake)
  const paths = new Map<DataFile, string>()
  for (const file of files) paths.set(file, await avro.lines(table, file))
  return paths
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

function bySchema(table: CatalogTable, files: readonly DataFile[], footers: Footers): Map<string, DataFile[]> {
  if (table.format !== 'parquet') return new Map([['', [...files]]])
  const groups = new Map<string, DataFile[]>()
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

/** One slice for each partition that has files, or one for the whole of a table without partitions. */
async function slicesOf(table: CatalogTable, clients: TableReach['clients']): Promise<TableSlice[]> {
  if (table.attached) return [{ values: [], files: await attachedFiles(table, clients) }]
  const data = await dataFiles(clients.lake, table.location)
  if (table.partitionKeys.length === 0) return [{ values: [], files: data }]
  const partitions = await clients.catalog.listPartitions({ database: table.database, table: table.name })
  const slices: TableSlice[] = []
  for (const partition of partitions) {
    const location = folderUri(partition.location)
    const inside = location.startsWith(table.location)
      ? data.filter((object) => object.uri.startsWith(location))
      : await dataFiles(clients.lake, location)
    const values = partition.values.map((value) => (value === '__HIVE_DEFAULT_PARTITION__' ? null : value))
    slices.push({ values, files: inside })
  }
  return slices
}
