import { readdir, rm, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { ATTACHED } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { duckTypeOfHive } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { splitUri } from '../files.ts'
import { isIceberg } from '../iceberg/table.ts'
import { columnsOf, type PreparedQuery, prepareQuery } from '../prepare.ts'
import { fieldDelimiter, OPEN_CSV, serdeOf } from '../serde/properties.ts'
import type { Statement } from '../statements/statement.ts'
import { hiveColumns } from './columns.ts'
import { databaseOf, tableNamed, unless } from './ddl.ts'
import { NOTHING, type Outcome, type Run } from './outcome.ts'
import { tellingBytes } from './query.ts'
import type { Writing } from './writing.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>
type WriteFormat = 'parquet' | 'json' | 'csv'

interface Target {
  readonly uri: string
  readonly format: WriteFormat
  readonly partitionBy: readonly string[]
  readonly compression: string
  readonly delimiter?: string
  /** Every value stands in quotes. */
  readonly quoted?: boolean
}

/** CREATE TABLE AS: files first, then the table, so that a table never points at half of its data. */
export async function createTableAs(statement: Of<'createTableAs'>, run: Run): Promise<Outcome> {
  const database = databaseOf(statement.table, run)
  const name = statement.table.table
  if (database === ATTACHED) throw new EngineError('NOT_SUPPORTED', 'Tables of attached files are not made by SQL')
  const existing = await run.clients.catalog
    .getTable({ database, table: name })
    .catch(unless(true, 'EntityNotFoundException'))
  if (existing) {
    if (statement.ifNotExists) return NOTHING
    throw new EngineError('TABLE_ALREADY_EXISTS', `Table 'awsdatacatalog.${database}.${name}' already exists`)
  }
  if (statement.properties.external_location !== undefined && run.workGroup.enforced) {
    throw new EngineError(
      'INVALID_TABLE_PROPERTY',
      "The Create Table As Select query failed because it was submitted with an 'external_location' property to an Athena Workgroup that enforces a centralized output location for all queries. Please remove the 'external_location' property and resubmit the query.",
    )
  }
  const properties = known(statement.properties, [
    'format',
    'external_location',
    'partitioned_by',
    'write_compression',
    'parquet_compression',
    'field_delimiter',
  ])
  const own = run.outputLocation ?? `s3://athena-results/tables/${run.queryId}`
  const target = targetOf(properties, one(properties.external_location) ?? `${own}/`)
  await refuseUsed(target.uri, run)
  const prepared = await prepareQuery(statement.query, run.sql, run.database, run)
  const columns = await columnsOf(prepared, run.session, run.signal)
  const all = await hiveColumns(prepared, columns, run.session)
  const keys = all.filter((column) => target.partitionBy.includes(column.name))
  if (all.slice(all.length - keys.length).some((column, i) => column.name !== target.partitionBy[i])) {
    throw new EngineError(
      'SYNTAX_ERROR',
      'Partition keys must be the last columns in the table, in the order of partitioned_by.',
    )
  }
  const written = statement.withData
    ? await write(
        prepared,
        columns.map((c) => c.name),
        target,
        run,
        { database, table: name, madeAt: target.uri },
      )
    : noFiles
  await run.clients.catalog.createTable({
    database,
    name,
    columns: all.slice(0, all.length - keys.length),
    partitionKeys: keys,
    location: target.uri,
    format: target.format,
    parameters: target.delimiter === undefined ? {} : { 'field.delim': target.delimiter },
  })
  await addWritten(database, name, target, written.keys, run)
  return outcomeOf(written, target)
}

/** INSERT INTO: new files beside those that are there. */
export async function insertInto(statement: Of<'insert'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  if (table.viewText !== undefined) throw new EngineError('NOT_SUPPORTED', 'Inserting into views is not supported')
  if (isIceberg(table)) throw new EngineError('NOT_SUPPORTED', 'Writing Iceberg tables is not supported')
  if (table.attached) throw new EngineError('NOT_SUPPORTED', 'Files that are attached are only read')
  if (table.format === 'avro') throw new EngineError('NOT_SUPPORTED', 'Writing Avro is not supported')
  if (table.format === 'grok') throw new EngineError('NOT_SUPPORTED', 'Writing logs is not supported')
  const all = [...table.columns, ...table.partitionKeys]
  const given = statement.columns ?? all.map((column) => column.name)
  for (const name of given) {
    if (!all.some((column) => column.name === name)) {
      throw new EngineError('COLUMN_NOT_FOUND', `Insert column name does not exist in target table: ${name}`)
    }
  }
  const prepared = await prepareQuery(statement.query, run.sql, run.database, run)
  const columns = await columnsOf(prepared, run.session, run.signal)
  if (columns.length !== given.length) {
    throw new EngineError(
      'TYPE_MISMATCH',
      `Insert query has mismatched column types: the table takes ${given.length} columns, the query gives ${columns.length}`,
    )
  }
  const values = all.map((column) => {
    const at = given.indexOf(column.name)
    const value = at < 0 ? 'NULL' : `c${at}`
    return `CAST(${value} AS ${duckTypeOfHive(column.type)}) AS ${identifier(column.name)}`
  })
  const sql = `SELECT ${values.join(', ')} FROM (${prepared.sql}) AS q(${given.map((_, i) => `c${i}`).join(', ')})`
  const target: Target = {
    uri: table.location,
    format: table.format,
    partitionBy: table.partitionKeys.map((key) => key.name),
    compression: table.format === 'parquet' ? 'snappy' : 'none',
    ...(table.format === 'csv' && { delimiter: fieldDelimiter(table), quoted: serdeOf(table) === OPEN_CSV }),
  }
  const place = { database: table.database, table: table.name }
  const written = await write({ ...prepared, sql }, undefined, target, run, place, prepared)
  await addWritten(table.database, table.name, target, written.keys, run)
  const { outputLocation: _, ...outcome } = outcomeOf(written, target)
  return outcome
}

export async function unload(statement: Of<'unload'>, run: Run): Promise<Outcome> {
  const properties = known(statement.properties, ['format', 'compression', 'field_delimiter', 'partitioned_by'])
  if (properties.format === undefined) throw new EngineError('SYNTAX_ERROR', "UNLOAD requires WITH (format = '…')")
  const target = targetOf(properties, statement.to)
  await refuseUsed(target.uri, run)
  const prepared = await prepareQuery(statement.query, run.sql, run.database, run)
  const columns = await columnsOf(prepared, run.session, run.signal)
  const written = await write(
    prepared,
    columns.map((c) => c.name),
    target,
    run,
  )
  return outcomeOf(written, target)
}

interface Written {
  readonly rows: number
  /** Below the target. */
  readonly keys: string[]
  readonly bytes: number
}

const noFiles: Written = { rows: 0, keys: [], bytes: 0 }

function outcomeOf({ rows, keys, bytes }: Written, { uri }: Target): Outcome {
  const uris = keys.map((key) => uri + key)
  return { columns: [], rowCount: rows, outputLocation: uri, written: { uris, bytes } }
}

/** Writes the query's rows as files in a staging folder, then makes them objects: each appears whole, and only when all are written. */
async function write(
  query: PreparedQuery,
  names: string[] | undefined,
  target: Target,
  run: Run,
  place: Pick<Writing, 'database' | 'table' | 'madeAt'> = {},
  billed: PreparedQuery = query,
): Promise<Written> {
  const { bucket, prefix } = splitUri(target.uri)
  await ensureBucket(bucket, run)
  const { directory } = await run.clients.lake.stage({ bucket })
  try {
    const partitioned = target.partitionBy.length > 0
    const extension = { parquet: 'parquet', json: 'json', csv: 'csv' }[target.format]
    const suffix = target.compression === 'gzip' && target.format !== 'parquet' ? '.gz' : ''
    const name = `${run.queryId}.${extension}${suffix}`
    const out = partitioned ? join(directory, 'out') : join(directory, name)
    const source =
      names === undefined ? query.sql : `SELECT * FROM (${query.sql}) AS q(${names.map(identifier).join(', ')})`
    const copy = `COPY (${source}) TO ${literal(out)} (${copyOptions(target, run.queryId).join(', ')})`
    const rows = await tellingBytes(
      billed,
      run,
      run.session.run(copy, { signal: run.signal, onProgress: run.onProgress }).catch((thrown) => {
        throw billed.explainFailure(thrown)
      }),
    )
    const files = rows === 0 ? [] : await filesUnder(partitioned ? out : directory)
    const root = partitioned ? out : directory
    const adopted = files.map((file) => ({ file, key: prefix + relative(root, file).split(sep).join('/') }))
    const keys = adopted.map(({ key }) => key.slice(prefix.length))
    const bytes = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0)
    const partitions = place.table === undefined ? [] : await newPartitions(place, target, keys, run)
    run.onWriting({ ...place, bucket, keys: adopted.map(({ key }) => key), partitions })
    if (adopted.length > 0) await run.clients.lake.adopt({ bucket, files: adopted })
    return { rows, keys, bytes }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function copyOptions(target: Target, queryId: string): string[] {
  const options = [`FORMAT ${target.format}`]
  if (target.compression !== 'none') options.push(`COMPRESSION ${target.compression}`)
  if (target.format === 'csv') {
    options.push('HEADER false', `DELIMITER ${literal(target.delimiter ?? '\u0001')}`)
    // LazySimpleSerDe knows no quotes: they would be read as part of the value.
    options.push(...(target.quoted ? ['FORCE_QUOTE *'] : [`QUOTE ''`, `ESCAPE ''`, `NULLSTR '\\N'`]))
  }
  if (target.partitionBy.length > 0) {
    options.push(`PARTITION_BY (${target.partitionBy.map(identifier).join(', ')})`, `FILENAME_PATTERN '${queryId}_{i}'`)
  }
  return options
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function addWritten(database: string, table: string, target: Target, keys: string[], run: Run): Promise<void> {
  const partitions = partitionsOf(target, keys)
  if (partitions.length > 0) await run.clients.catalog.addPartitions({ database, table, partitions })
}

function partitionsOf(target: Target, keys: string[]): { values: string[]; location: string }[] {
  if (target.partitionBy.length === 0) return []
  const folders = new Set(keys.map((key) => key.split('/').slice(0, target.partitionBy.length).join('/')))
  return [...folders].map((folder) => ({
    values: folder.split('/').map((pair) => decodeURIComponent(pair.slice(pair.indexOf('=') + 1))),
    location: `${target.uri}${folder}/`,
  }))
}

/** Partitions of the files that an existing table does not have yet. */
async function newPartitions(
  { database, table, madeAt }: Pick<Writing, 'database' | 'table' | 'madeAt'>,
  target: Target,
  keys: string[],
  run: Run,
): Promise<string[][]> {
  const all = partitionsOf(target, keys).map(({ values }) => values)
  if (all.length === 0 || madeAt !== undefined) return []
  const there = await run.clients.catalog.getPartitions({ database: database!, table: table!, values: all })
  const known = new Set(there.map(({ values }) => JSON.stringify(values)))
  return all.filter((values) => !known.has(JSON.stringify(values)))
}

export async function ensureBucket(bucket: string, run: Pick<Run, 'clients'>): Promise<void> {
  const buckets = await run.clients.lake.listBuckets({})
  if (buckets.some((entry) => entry.name === bucket)) return
  try {
    await run.clients.lake.createBucket({ bucket })
  } catch (thrown) {
    // Another query made it meanwhile.
    if (!(thrown instanceof EngineError && thrown.code === 'BucketAlreadyOwnedByYou')) throw thrown
  }
}

/** Athena writes only to a place that holds nothing yet. */
async function refuseUsed(uri: string, run: Run): Promise<void> {
  const { bucket } = splitUri(uri)
  const buckets = await run.clients.lake.listBuckets({})
  if (!buckets.some((entry) => entry.name === bucket)) return
  const objects = await run.clients.lake.locate({ uri })
  if (objects.length > 0) {
    throw new EngineError('HIVE_PATH_ALREADY_EXISTS', `Target directory for table already exists: ${uri}`)
  }
}

const FORMATS: Readonly<Record<string, WriteFormat>> = { PARQUET: 'parquet', JSON: 'json', TEXTFILE: 'csv' }

function targetOf(properties: Record<string, string | string[]>, location: string): Target {
  if (!/^s3:\/\/[^/]+/.test(location)) {
    throw new EngineError('INVALID_TABLE_PROPERTY', `The location must be s3://bucket/prefix/, not "${location}"`)
  }
  const uri = location.endsWith('/') ? location : `${location}/`
  const name = (one(properties.format) ?? 'PARQUET').toUpperCase()
  const format = FORMATS[name]
  if (!format)
    throw new EngineError('NOT_SUPPORTED', `Writing ${name} is not supported. PARQUET, JSON and TEXTFILE are.`)
  const asked = one(properties.write_compression ?? properties.parquet_compression ?? properties.compression)
  const compression = (asked ?? 'gzip').toLowerCase()
  const allowed = format === 'parquet' ? ['gzip', 'snappy', 'zstd', 'lz4', 'none'] : ['gzip', 'zstd', 'none']
  if (!allowed.includes(compression)) {
    throw new EngineError('NOT_SUPPORTED', `The compression ${compression} is not supported for ${name}.`)
  }
  const partitionBy = properties.partitioned_by ?? []
  return {
    uri,
    format,
    partitionBy: (Array.isArray(partitionBy) ? partitionBy : [partitionBy]).map((column) => column.toLowerCase()),
    compression: format === 'parquet' && compression === 'none' ? 'uncompressed' : compression,
    ...(format === 'csv' && { delimiter: one(properties.field_delimiter) ?? '\u0001' }),
  }
}

function known(properties: Record<string, string | string[]>, names: readonly string[]) {
  for (const name of Object.keys(properties)) {
    if (!names.includes(name)) throw new EngineError('INVALID_TABLE_PROPERTY', `The property ${name} is not supported.`)
  }
  return properties
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
