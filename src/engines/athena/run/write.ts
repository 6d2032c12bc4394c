import { readdir, rm, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { ATTACHED } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { hiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { folderUri, splitUri } from '../files.ts'
import { columnsOf, type PreparedQuery, prepareQuery, shapeOf } from '../prepare.ts'
import { isCharacter, type SerdeTable } from '../serde/properties.ts'
import type { Query, Statement } from '../statements/statement.ts'
import { hiveColumns } from './columns.ts'
import { databaseOf, unless } from './ddl.ts'
import { LINE_OPTIONS, type Line, lineOf, linesSql } from './lines.ts'
import { NOTHING, type Outcome, type Run } from './outcome.ts'
import { tellingBytes } from './query.ts'
import type { Replaced, Writing } from './writing.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>
type WriteFormat = 'parquet' | 'json' | 'csv'

export interface Target {
  readonly uri: string
  readonly format: WriteFormat
  readonly partitionBy: readonly string[]
  readonly compression: string
  /** Of a text that is made with its table. */
  readonly delimiter?: string
  /** Of a statement of Athena's. */
  readonly partitionsMax?: number
  /** Of text: how a row becomes a line. */
  readonly line?: Line
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
  const all = await hiveColumns(prepared, columns, run.session, statement.query.dialect)
  const keys = all.filter((column) => target.partitionBy.includes(column.name))
  if (all.slice(all.length - keys.length).some((column, i) => column.name !== target.partitionBy[i])) {
    throw new EngineError(
      'SYNTAX_ERROR',
      'Partition keys must be the last columns in the table, in the order of partitioned_by.',
    )
  }
  const table = {
    database,
    name,
    columns: all.slice(0, all.length - keys.length),
    partitionKeys: keys,
    location: target.uri,
    format: target.format,
    parameters: {
      ...(target.delimiter !== undefined && { 'field.delim': target.delimiter }),
      ...statement.parameters,
    },
  }
  const into = { database, table: name, madeAt: target.uri }
  const names = columns.map((column) => column.name)
  const written = statement.withData
    ? await write(prepared, names, { ...target, ...lineFor(table), ...partitionsMax(statement.query) }, run, into)
    : noFiles
  await run.clients.catalog.createTable(table)
  await addWritten(database, name, written, run)
  return outcomeOf(written, target)
}

export async function unload(statement: Of<'unload'>, run: Run): Promise<Outcome> {
  const properties = known(statement.properties, ['format', 'compression', 'field_delimiter', 'partitioned_by'])
  if (properties.format === undefined) throw new EngineError('SYNTAX_ERROR', "UNLOAD requires WITH (format = '…')")
  const target = targetOf(properties, statement.to)
  await refuseUsed(target.uri, run)
  const prepared = await prepareQuery(statement.query, run.sql, run.database, run)
  const { columns, types } = await shapeOf(prepared, run.session, run.signal)
  const names = columns.map((column) => column.name)
  const of = names
    .map((name, i) => ({ name, type: hiveType(types[i]) }))
    .filter(({ name }) => !target.partitionBy.includes(name))
  const parameters = { ...(target.delimiter !== undefined && { 'field.delim': target.delimiter }) }
  const table = { database: run.database, name: run.queryId, columns: of, format: target.format, parameters }
  return outcomeOf(await write(prepared, names, { ...target, ...lineFor(table) }, run), target)
}

function lineFor(table: SerdeTable): Pick<Target, 'line'> {
  return table.format === 'parquet' ? {} : { line: lineOf(table) }
}

interface WrittenPartition {
  readonly values: string[]
  /** Ends with a slash. */
  readonly location: string
  /** `key=value/…` below the target, in which its files were staged. */
  readonly folder: string
  /** The table did not have it. */
  readonly isNew: boolean
}

interface Written {
  readonly rows: number
  readonly uris: string[]
  readonly bytes: number
  readonly partitions: readonly WrittenPartition[]
  /** What a reader of the rows should know. */
  readonly notes: readonly string[]
}

const noFiles: Written = { rows: 0, uris: [], bytes: 0, partitions: [], notes: [] }

export function outcomeOf({ rows, uris, bytes, notes }: Written, { uri }: Target): Outcome {
  const told = notes.length > 0 ? { notes } : {}
  return { columns: [], rowCount: rows, outputLocation: uri, written: { uris, bytes }, ...told }
}

/** The table that files are written for. */
export interface Into extends Pick<Writing, 'database' | 'table' | 'madeAt'> {
  /** The query whose bytes are told, where it is not the one that runs. */
  readonly billed?: PreparedQuery
  /** A partition that is there in the end even if no row falls into it. */
  readonly partition?: readonly string[]
  /** What the files and partitions take the place of. */
  readonly replaces?: (written: readonly WrittenPartition[]) => Replaced | Promise<Replaced>
}

/** Writes the query's rows as files in a staging folder, then makes them objects: each appears whole, and only when all are written. */
export async function write(
  query: PreparedQuery,
  names: readonly string[],
  target: Target,
  run: Run,
  { billed = query, ...into }: Into = {},
): Promise<Written> {
  const { bucket, prefix } = splitUri(target.uri)
  await ensureBucket(bucket, run)
  const { directory } = await run.clients.lake.stage({ bucket })
  try {
    const partitioned = target.partitionBy.length > 0
    const root = partitioned ? join(directory, 'out') : directory
    const source = target.line
      ? linesSql(query.sql, names, target.partitionBy, target.line)
      : `SELECT * FROM (${query.sql}) AS q(${names.map(identifier).join(', ')})`
    const out = literal(partitioned ? root : join(root, `${run.queryId}.${extensionOf(target)}`))
    const copy = `COPY (${source}) TO ${out} (${copyOptions(target, run.queryId).join(', ')})`
    const rows = await tellingBytes(
      billed,
      run,
      run.session.run(copy, { signal: run.signal, onProgress: run.onProgress }).catch((thrown) => {
        throw billed.explainFailure(thrown)
      }),
    )
    const files = rows === 0 ? [] : await filesUnder(root)
    const below = files.map((file) => relative(root, file).split(sep).join('/'))
    const partitions = partitioned ? await partitionsOf(below, target, into, run) : []
    const { partitionsMax = Number.POSITIVE_INFINITY } = target
    if (partitions.length > partitionsMax)
      throw new EngineError(
        'HIVE_TOO_MANY_OPEN_PARTITIONS',
        `Exceeded limit of ${partitionsMax} open writers for partitions/buckets: the rows fall into ${partitions.length}. Write them by several statements`,
      )
    const lies = new Map(partitions.map(({ folder, location }) => [folder, splitUri(location).prefix]))
    const adopted = files.map((file, i) => {
      const cut = below[i].lastIndexOf('/') + 1
      const folder = below[i].slice(0, cut)
      return { file, key: (lies.get(folder) ?? prefix + folder) + below[i].slice(cut) }
    })
    const keys = adopted.map(({ key }) => key)
    const bytes = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0)
    const { database, table, madeAt, replaces } = into
    const added =
      table === undefined || madeAt !== undefined
        ? []
        : partitions.filter(({ isNew }) => isNew).map(({ values }) => values)
    run.onWriting({
      ...(database !== undefined && { database }),
      ...(table !== undefined && { table }),
      ...(madeAt !== undefined && { madeAt }),
      bucket,
      keys,
      partitions: added,
      ...(replaces && { replaces: await replaces(partitions) }),
    })
    if (adopted.length > 0) await run.clients.lake.adopt({ bucket, files: adopted })
    const uris = keys.map((key) => `s3://${bucket}/${key}`)
    return { rows, uris, bytes, partitions, notes: await billed.notes() }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** "Use CTAS and INSERT INTO to work around the 100 partition limit" (Athena User Guide). Spark has no such limit. */
export const partitionsMax = ({ dialect = 'trino' }: Query): { partitionsMax?: number } =>
  dialect === 'trino' ? { partitionsMax: 100 } : {}

function copyOptions(target: Target, queryId: string): string[] {
  const options = target.line ? [...LINE_OPTIONS] : [`FORMAT ${target.format}`]
  if (target.compression !== 'none') options.push(`COMPRESSION ${target.compression}`)
  if (target.partitionBy.length > 0) {
    options.push(
      `PARTITION_BY (${target.partitionBy.map(identifier).join(', ')})`,
      `FILENAME_PATTERN '${queryId}_{i}'`,
      `FILE_EXTENSION '${extensionOf(target)}'`,
    )
  }
  return options
}

/** Of text it tells the compression, by which it is read. */
function extensionOf({ format, compression }: Target): string {
  const suffix = format === 'parquet' ? undefined : { gzip: '.gz', zstd: '.zst' }[compression]
  return format + (suffix ?? '')
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

export async function addWritten(database: string, table: string, { partitions }: Written, run: Run): Promise<void> {
  const added = partitions.filter(({ isNew }) => isNew).map(({ values, location }) => ({ values, location }))
  if (added.length > 0) await run.clients.catalog.addPartitions({ database, table, partitions: added })
}

/** The partitions that files fall into. One that the table has lies where the catalog says, which need not be below the table. */
async function partitionsOf(
  files: readonly string[],
  target: Target,
  { database, table, madeAt, partition }: Into,
  run: Run,
): Promise<WrittenPartition[]> {
  const found = new Map<string, WrittenPartition>()
  const add = (values: string[], folder: string) =>
    found.set(JSON.stringify(values), { values, folder, location: target.uri + folder, isNew: true })
  for (const folder of new Set(files.map((file) => file.slice(0, file.lastIndexOf('/') + 1))))
    add(
      folder
        .slice(0, -1)
        .split('/')
        .map((pair) => decodeURIComponent(pair.slice(pair.indexOf('=') + 1))),
      folder,
    )
  if (partition && !found.has(JSON.stringify(partition)))
    add([...partition], target.partitionBy.map((key, i) => `${key}=${encodeURIComponent(partition[i])}/`).join(''))
  const all = [...found.values()]
  if (all.length === 0 || database === undefined || table === undefined || madeAt !== undefined) return all
  const there = await run.clients.catalog.getPartitions({ database, table, values: all.map(({ values }) => values) })
  for (const { values, location } of there) {
    if (splitUri(location).bucket !== splitUri(target.uri).bucket)
      throw new EngineError(
        'NOT_SUPPORTED',
        `The partition at ${location} lies in another bucket than its table. Write it as a table of its own, or SET its LOCATION to the bucket of the table.`,
      )
    const key = JSON.stringify(values)
    found.set(key, { ...found.get(key)!, location: folderUri(location), isNew: false })
  }
  return [...found.values()]
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
  const uri = folderUri(location)
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
  const delimiter = one(properties.field_delimiter)
  if (delimiter !== undefined && (format !== 'csv' || !isCharacter(delimiter)))
    throw new EngineError(
      'INVALID_TABLE_PROPERTY',
      format === 'csv'
        ? `The field_delimiter must be one character, not '${delimiter}'`
        : `The field_delimiter is of TEXTFILE, not of ${name}`,
    )
  return {
    uri,
    format,
    partitionBy: (Array.isArray(partitionBy) ? partitionBy : [partitionBy]).map((column) => column.toLowerCase()),
    compression: format === 'parquet' && compression === 'none' ? 'uncompressed' : compression,
    ...(format === 'csv' && { delimiter: delimiter ?? '\u0001' }),
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
