import type { z } from 'zod'
import type { CatalogTable, TableColumn, TableInput } from '../../catalog/contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { columnsOf, prepareQuery } from '../prepare.ts'
import type { Statement, TableName } from '../statements/statement.ts'
import { sparkView, viewBeside } from '../views.ts'
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

export async function showCreateTable(statement: Of<'showCreateTable'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const isView = table.viewText !== undefined
  if (statement.view !== isView) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `${table.database}.${table.name} is a ${isView ? 'view: use SHOW CREATE VIEW' : 'table: use SHOW CREATE TABLE'}`,
    )
  }
  return textResult(
    run,
    [isView ? 'Create View' : 'createtab_stmt'],
    createTableText(table)
      .split('\n')
      .map((line) => [line]),
  )
}

export async function createDatabase(statement: Of<'createDatabase'>, run: Run): Promise<Outcome> {
  const { database, description, location, ifNotExists, properties } = statement
  await run.clients.catalog
    .createDatabase({
      database,
      ...(description !== undefined && { description }),
      ...(location !== undefined && { location }),
      ...(properties && { glue: JSON.stringify({ Parameters: properties }) }),
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
  const { description, properties, query } = statement
  const prepared = await prepareQuery(query, run.sql, run.database, run)
  const columns = await columnsOf(prepared, run.session, run.signal)
  const viewText = query.text.trim()
  const made = await hiveColumns(prepared, columns, run.session, query.dialect)
  const database = run.database.toLowerCase()
  const isSpark = query.dialect !== undefined && query.dialect !== 'trino'
  const view: z.input<typeof TableInput> = {
    database: databaseOf(statement.table, run),
    name: statement.table.table,
    columns: statement.columns ? underNames(made, statement) : made,
    partitionKeys: [],
    location: '',
    format: 'parquet',
    parameters: isSpark
      ? {
          ...properties,
          ...sparkView(
            query.dialect!,
            database,
            made.map(({ name }) => name),
          ),
        }
      : { presto_view: 'true', comment: 'Presto View' },
    ...(description !== undefined && { description }),
    viewText,
    glue: isSpark
      ? JSON.stringify({ ViewOriginalText: viewText, ViewExpandedText: viewText })
      : viewBeside({
          originalSql: viewText,
          catalog: 'awsdatacatalog',
          schema: database,
          columns: columns.map(({ name, declared }) => ({ name, type: declared })),
        }),
  }
  const old = await run.clients.catalog
    .getTable({ database: view.database, table: view.name })
    .catch(unless(true, 'EntityNotFoundException'))
  if (old && statement.ifNotExists) return NOTHING
  if (old && (!statement.replace || old.viewText === undefined)) {
    throw new EngineError(
      'ALREADY_EXISTS',
      `${old.viewText === undefined ? 'Table' : 'View'} already exists: ${view.name}`,
    )
  }
  await (old ? run.clients.catalog.updateTable(view) : run.clients.catalog.createTable(view))
  return NOTHING
}

function underNames(made: TableColumn[], { table, columns = [] }: Of<'createView'>): TableColumn[] {
  if (columns.length !== made.length)
    throw new EngineError(
      'CREATE_VIEW_COLUMN_ARITY_MISMATCH',
      `Cannot create the view ${table.table}: it names ${columns.length} columns, and the query gives ${made.length}.`,
    )
  return columns.map((column, i) => ({ ...made[i], ...column }))
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

/** Lets one expected failure pass where the statement says so (`IF EXISTS`). */
export function unless(allowed: boolean, code: string): (thrown: unknown) => undefined {
  return (thrown) => {
    if (allowed && thrown instanceof EngineError && thrown.code === code) return undefined
    throw thrown
  }
}
