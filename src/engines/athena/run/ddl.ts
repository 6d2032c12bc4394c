import type { z } from 'zod'
import type { CatalogTable, TableInput } from '../../catalog/contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { isDataKey, splitUri } from '../files.ts'
import { columnsOf, prepareQuery } from '../prepare.ts'
import type { Statement, TableName } from '../statements/statement.ts'
import { hiveColumns } from './columns.ts'
import { NOTHING, type Outcome, type Run, textResult } from './outcome.ts'
import { createTableText } from './show-create.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>

export function databaseOf(name: TableName, run: Pick<Run, 'database'>): string {
  return (name.database ?? run.database).toLowerCase()
}

export async function tableNamed(name: TableName, run: Run): Promise<CatalogTable> {
  const database = databaseOf(name, run)
  return run.clients.catalog.getTable({ database, table: name.table }).catch((thrown) => {
    if (!isMissing(thrown)) throw thrown
    throw new EngineError('TABLE_NOT_FOUND', `Table not found: awsdatacatalog.${database}.${name.table}`)
  })
}

export function isMissing(thrown: unknown): boolean {
  return thrown instanceof EngineError && thrown.code === 'EntityNotFoundException'
}

export async function showDatabases(statement: Of<'showDatabases'>, run: Run): Promise<Outcome> {
  const databases = await run.clients.catalog.listDatabases({})
  const names = databases.map((database) => database.name).filter(matching(statement.pattern))
  return textResult(
    run,
    ['database_name'],
    names.map((name) => [name]),
  )
}

export async function showTables(statement: Of<'showTables'>, run: Run): Promise<Outcome> {
  const database = statement.database ?? run.database
  const tables = await run.clients.catalog.listTables({ database }).catch((thrown) => {
    throw isMissing(thrown) ? new EngineError('SCHEMA_NOT_FOUND', `Schema '${database}' does not exist`) : thrown
  })
  const shown = tables.filter((table) => !statement.views || table.viewText !== undefined)
  const names = shown.map((table) => table.name).filter(matching(statement.pattern))
  return textResult(
    run,
    ['tab_name'],
    names.map((name) => [name]),
  )
}

/** Hive's patterns: `*` stands for anything, `|` for or. */
function matching(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  const alternatives = pattern.toLowerCase().split('|')
  const regexes = alternatives.map((text) => {
    const escaped = text
      .replace(/[.+?^${}()[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('%', '.*')
    return new RegExp(`^${escaped}$`)
  })
  return (name) => regexes.some((regex) => regex.test(name))
}

export async function showColumns(statement: Of<'showColumns'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  return textResult(
    run,
    ['field'],
    [...table.columns, ...table.partitionKeys].map((column) => [column.name]),
  )
}

export async function describe(statement: Of<'describe'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const line = (column: { name: string; type: string; comment?: string }) => [
    column.name,
    column.type,
    column.comment ?? '',
  ]
  const keys = table.partitionKeys.map((column) => line({ ...column, comment: column.comment ?? 'partition key' }))
  return textResult(run, ['col_name', 'data_type', 'comment'], [...table.columns.map(line), ...keys])
}

export async function showCreateTable(statement: Of<'showCreateTable'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  return textResult(
    run,
    ['createtab_stmt'],
    createTableText(table)
      .split('\n')
      .map((line) => [line]),
  )
}

export async function showPartitions(statement: Of<'showPartitions'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const partitions = await run.clients.catalog.listPartitions({ database: table.database, table: table.name })
  const text = (values: readonly string[]) => table.partitionKeys.map((key, i) => `${key.name}=${values[i]}`).join('/')
  return textResult(
    run,
    ['partition'],
    partitions.map((partition) => [text(partition.values)]),
  )
}

export async function createDatabase(statement: Of<'createDatabase'>, run: Run): Promise<Outcome> {
  const { database, description, location, ifNotExists } = statement
  await run.clients.catalog
    .createDatabase({
      database,
      ...(description !== undefined && { description }),
      ...(location !== undefined && { location }),
    })
    .catch(unless(ifNotExists, 'AlreadyExistsException'))
  return NOTHING
}

export async function dropDatabase(statement: Of<'dropDatabase'>, run: Run): Promise<Outcome> {
  const { database, cascade, ifExists } = statement
  const tables = await run.clients.catalog.listTables({ database }).catch(unless(ifExists, 'EntityNotFoundException'))
  if (!tables) return NOTHING
  if (tables.length > 0 && !cascade) {
    throw new EngineError('SCHEMA_NOT_EMPTY', `Database ${database} is not empty. One or more tables exist.`)
  }
  await run.clients.catalog.deleteDatabase({ database })
  return NOTHING
}

export async function createTable(statement: Of<'createTable'>, run: Run): Promise<Outcome> {
  const input = { database: databaseOf(statement.table, run), name: statement.table.table, ...statement.definition }
  await run.clients.catalog.createTable(input).catch(unless(statement.ifNotExists, 'AlreadyExistsException'))
  return NOTHING
}

export async function createView(statement: Of<'createView'>, run: Run): Promise<Outcome> {
  const prepared = await prepareQuery(statement.query, run.sql, run.database, run)
  const columns = await columnsOf(prepared, run.session, run.signal)
  const view: z.input<typeof TableInput> = {
    database: databaseOf(statement.table, run),
    name: statement.table.table,
    columns: await hiveColumns(prepared, columns, run.session),
    partitionKeys: [],
    location: '',
    format: 'parquet',
    parameters: { presto_view: 'true' },
    viewText: statement.query.text.trim(),
  }
  const old = await run.clients.catalog
    .getTable({ database: view.database, table: view.name })
    .catch(unless(true, 'EntityNotFoundException'))
  if (old && (!statement.replace || old.viewText === undefined)) {
    throw new EngineError(
      'ALREADY_EXISTS',
      `${old.viewText === undefined ? 'Table' : 'View'} already exists: ${view.name}`,
    )
  }
  await (old ? run.clients.catalog.updateTable(view) : run.clients.catalog.createTable(view))
  return NOTHING
}

/** The files of an external table stay where they are. */
export async function dropTable(statement: Of<'dropTable' | 'dropView'>, run: Run): Promise<Outcome> {
  const database = databaseOf(statement.table, run)
  const found = await run.clients.catalog
    .getTable({ database, table: statement.table.table })
    .catch(unless(statement.ifExists, 'EntityNotFoundException'))
  if (!found) return NOTHING
  const isView = found.viewText !== undefined
  if (isView !== (statement.kind === 'dropView')) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `${found.name} is a ${isView ? 'view: use DROP VIEW' : 'table: use DROP TABLE'}`,
    )
  }
  await run.clients.catalog.deleteTable({ database, table: found.name })
  return NOTHING
}

/** Adds the partitions whose folders lie under the table's location as `key=value/`. */
export async function repair(statement: Of<'repair'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const { bucket, prefix } = splitUri(table.location)
  const objects = await run.clients.lake.locate({ uri: table.location })
  const found = new Map<string, { values: string[]; location: string }>()
  for (const object of objects) {
    const inside = object.key.slice(prefix.length)
    if (!isDataKey(inside)) continue
    const segments = inside.split('/').slice(0, table.partitionKeys.length)
    const values = segments.map((segment, i) => {
      const name = `${table.partitionKeys[i].name}=`
      return segment.toLowerCase().startsWith(name) ? decodeURIComponent(segment.slice(name.length)) : undefined
    })
    if (values.length !== table.partitionKeys.length || values.includes(undefined)) continue
    const folder = segments.join('/')
    found.set(folder, { values: values as string[], location: `s3://${bucket}/${prefix}${folder}/` })
  }
  const where = { database: table.database, table: table.name }
  const known = await run.clients.catalog.listPartitions(where)
  const added = [...found].filter(([, { values }]) => !known.some((p) => p.values.join('\0') === values.join('\0')))
  if (added.length > 0) {
    await run.clients.catalog.addPartitions({ ...where, partitions: added.map(([, partition]) => partition) })
  }
  const lines = added.map(([folder]) => [`Repair: Added partition to metastore ${table.name}:${folder}`])
  return textResult(run, ['result'], lines)
}

export async function addPartitions(statement: Of<'addPartitions'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const where = { database: table.database, table: table.name }
  const partitions = statement.partitions.map(({ values, location }) => {
    const ordered = table.partitionKeys.map((key) => {
      const value = values[key.name]
      if (value === undefined) throw new EngineError('SYNTAX_ERROR', `The partition has no value of ${key.name}.`)
      return value
    })
    const folder = table.partitionKeys.map((key, i) => `${key.name}=${encodeURIComponent(ordered[i])}/`).join('')
    return { values: ordered, location: location ?? `${table.location}${folder}` }
  })
  const { added } = await run.clients.catalog.addPartitions({ ...where, partitions })
  if (added < partitions.length && !statement.ifNotExists) {
    throw new EngineError('ALREADY_EXISTS', 'Partition already exists')
  }
  return NOTHING
}

/** Lets one expected failure pass where the statement says so (`IF EXISTS`). */
export function unless(allowed: boolean, code: string): (thrown: unknown) => undefined {
  return (thrown) => {
    if (allowed && thrown instanceof EngineError && thrown.code === code) return undefined
    throw thrown
  }
}
