import type { CatalogTable } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { duckTypeOfHive } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { DataFile } from '../files.ts'
import type { Footers, ParquetMetadata } from '../parquet.ts'
import type { TableReach, TableSource } from '../tables.ts'
import type { Version } from '../translate/table-reference.ts'
import { type IcebergField, type IcebergType, icebergState } from './metadata.ts'

export function isIceberg(table: CatalogTable): boolean {
  return table.parameters.table_type?.toUpperCase() === 'ICEBERG'
}

/**
 * An Iceberg table at its current snapshot, or at an earlier one. Columns are found by the ids of their fields, whatever a file calls them; rows that position deletes
 * name are left out. The delete files are counted whole beside what is scanned.
 */
export async function openIceberg(
  table: CatalogTable,
  version: Version | undefined,
  { clients }: Pick<TableReach, 'clients'>,
  footersOf: (files: readonly DataFile[]) => Promise<Footers>,
): Promise<TableSource> {
  const { fields, data, deletes } = await icebergState(table, version, clients.lake)
  const columns = fields.map(({ name, type }) => ({ name: name.toLowerCase(), type: hiveTypeOf(type) }))
  const stored = await footersOf(data)
  const footers: Footers = (file) => byField(stored(file), fields, file.file)
  for (const file of data) footers(file)
  const read = { slices: [{ values: [], files: data }], hive: false }
  const sql = (mark?: string) => {
    if (data.length === 0) {
      const nothing = columns.map(({ name, type }) => `CAST(NULL AS ${duckTypeOfHive(type)}) AS ${identifier(name)}`)
      return `(SELECT ${nothing.join(', ')} WHERE false)`
    }
    return `(${selectSql(fields, columns, data, deletes, mark === undefined ? undefined : `${mark}r0`)})`
  }
  return {
    table: { ...table, columns, partitionKeys: [], format: 'parquet' },
    reads: data.length === 0 ? [] : [read],
    fileCount: data.length + deletes.length,
    sql,
    markedColumns: columns.map(({ name }) => ({ name, partition: false })),
    footers,
    places: new Map([...data, ...deletes].map(({ file, uri }) => [file, uri])),
    beside: {
      stamp: `${table.parameters.metadata_location} ${JSON.stringify(version)}`,
      bytes: deletes.reduce((sum, { size }) => sum + size, 0),
    },
  }
}

function selectSql(
  fields: readonly IcebergField[],
  columns: readonly { name: string; type: string }[],
  data: readonly DataFile[],
  deletes: readonly DataFile[],
  mark: string | undefined,
): string {
  const schema = fields.map(
    ({ id }, i) =>
      `${id}: {name: ${literal(columns[i].name)}, type: ${literal(duckTypeOfHive(columns[i].type))}, default_value: NULL}`,
  )
  const places = deletes.length > 0 ? ', filename = true, file_row_number = true' : ''
  const names = columns.map(({ name }, i) => (mark === undefined ? name : `${mark}_${i}`))
  const own = [...names, ...(deletes.length > 0 ? ['$row', '$file'] : [])]
  const scan = `read_parquet(${list(data)}, schema = MAP {${schema.join(', ')}}${places})
    AS ${identifier(mark ?? 'own')}(${own.map(identifier).join(', ')})`
  const select = columns.map(({ name }, i) => `${identifier(names[i])} AS ${identifier(name)}`)
  if (deletes.length === 0) return `SELECT ${select.join(', ')} FROM ${scan}`
  const paths = data.map(({ uri, file }) => `(${literal(uri)}, ${literal(file)})`)
  const deleted = `SELECT paths.file, gone.pos FROM read_parquet(${list(deletes)}) AS gone
    JOIN (VALUES ${paths.join(', ')}) AS paths(uri, file) ON regexp_replace(gone.file_path, '^s3[an]:', 's3:') = paths.uri`
  return `SELECT ${select.join(', ')} FROM ${scan} ANTI JOIN (${deleted}) AS gone ON "$file" = gone.file AND "$row" = gone.pos`
}

function list(files: readonly DataFile[]): string {
  return `[${files.map(({ file }) => literal(file)).join(', ')}]`
}

/** A footer whose columns have the names that the table gives their fields now. */
function byField(footer: ParquetMetadata, fields: readonly IcebergField[], file: string): ParquetMetadata {
  const names = new Map<string, string>()
  for (const { name, fieldId } of footer.columns) {
    if (fieldId === null)
      throw new EngineError('NOT_SUPPORTED', `${file} has no field ids, by which Iceberg finds columns`)
    const field = fields.find(({ id }) => id === fieldId)
    if (field) names.set(name, field.name.toLowerCase())
  }
  const columns = footer.columns.flatMap((column) => {
    const name = names.get(column.name)
    return name === undefined ? [] : [{ ...column, name }]
  })
  const rowGroups = footer.rowGroups.map(({ rows, chunks }) => ({
    rows,
    chunks: new Map(
      [...chunks].flatMap(([name, chunk]) => (names.has(name) ? [[names.get(name)!, chunk] as const] : [])),
    ),
  }))
  return { ...footer, columns, rowGroups }
}

const PLAIN: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'bigint',
  float: 'float',
  double: 'double',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  string: 'string',
  uuid: 'string',
  binary: 'binary',
}

/** An Iceberg type in Hive's words, as Athena shows it. */
function hiveTypeOf(type: IcebergType): string {
  if (typeof type === 'string') {
    if (type.startsWith('decimal(')) return type.replace(/\s/g, '')
    const plain = type.startsWith('fixed') ? 'binary' : PLAIN[type]
    if (plain === undefined)
      throw new EngineError('NOT_SUPPORTED', `The Iceberg type ${type} is not supported by Millrace`)
    return plain
  }
  switch (type.type) {
    case 'list':
      return `array<${hiveTypeOf(type.element)}>`
    case 'map':
      return `map<${hiveTypeOf(type.key)},${hiveTypeOf(type.value)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${hiveTypeOf(field.type)}`).join(',')}>`
  }
}
