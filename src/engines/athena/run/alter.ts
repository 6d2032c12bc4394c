import type { CatalogTable, TableColumn } from '../../catalog/contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Statement } from '../statements/statement.ts'
import { tableNamed } from './ddl.ts'
import { NOTHING, type Outcome, type Run } from './outcome.ts'
import { partitionNamed, whereOf } from './partitions.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>

export async function setProperties(statement: Of<'setProperties'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  return replaced({ ...table, parameters: { ...table.parameters, ...statement.properties } }, run)
}

export async function setLocation(statement: Of<'setLocation'>, run: Run): Promise<Outcome> {
  const { location } = statement
  if (!/^s3:\/\/[^/]+/.test(location))
    throw new EngineError('INVALID_TABLE_PROPERTY', `The location must be s3://bucket/prefix/, not "${location}"`)
  const table = await tableNamed(statement.table, run)
  if (statement.partition === undefined) return replaced({ ...table, location }, run)
  const { createdMs: _, ...partition } = await partitionNamed(table, statement.partition, run)
  const { values } = partition
  await run.clients.catalog.updatePartition({ ...whereOf(table), values, partition: { ...partition, location } })
  return NOTHING
}

export async function addColumns(statement: Of<'addColumns'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  return replaced(withColumns(table, [...table.columns, ...statement.columns]), run)
}

export async function replaceColumns(statement: Of<'replaceColumns'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  return replaced(withColumns(table, statement.columns), run)
}

/** A comment that is not given stays. */
export async function changeColumn(statement: Of<'changeColumn'>, run: Run): Promise<Outcome> {
  const { column, to, first, after } = statement
  const table = await tableNamed(statement.table, run)
  const at = place(table, column)
  const changed = { ...table.columns[at], ...to }
  const others = table.columns.filter((_, i) => i !== at)
  const target = first ? 0 : after === undefined ? at : place({ ...table, columns: others }, after) + 1
  return replaced(withColumns(table, others.toSpliced(target, 0, changed)), run)
}

export async function setDatabaseProperties(statement: Of<'setDatabaseProperties'>, run: Run): Promise<Outcome> {
  const databases = await run.clients.catalog.listDatabases({})
  const found = databases.find(({ name }) => name === statement.database)
  if (!found) throw new EngineError('SCHEMA_NOT_FOUND', `Schema '${statement.database}' does not exist`)
  const { name, createdMs: _, glue, ...kept } = found
  const beside = JSON.parse(glue ?? '{}') as { Parameters?: Record<string, string> }
  const Parameters = { ...beside.Parameters, ...statement.properties }
  await run.clients.catalog.updateDatabase({ ...kept, database: name, glue: JSON.stringify({ ...beside, Parameters }) })
  return NOTHING
}

function place(table: CatalogTable, column: string): number {
  const at = table.columns.findIndex(({ name }) => name === column)
  if (at < 0)
    throw new EngineError('COLUMN_NOT_FOUND', `Invalid column reference ${column} in ${table.database}.${table.name}`)
  return at
}

function withColumns(table: CatalogTable, columns: readonly TableColumn[]): CatalogTable {
  const names = [...columns, ...table.partitionKeys].map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new EngineError('DUPLICATE_COLUMN_NAME', `Duplicate column name ${twice} in the table definition.`)
  return { ...table, columns: [...columns] }
}

async function replaced(table: CatalogTable, run: Run): Promise<Outcome> {
  if (table.viewText !== undefined)
    throw new EngineError('NOT_SUPPORTED', `${table.database}.${table.name} is a view: use CREATE OR REPLACE VIEW`)
  const { createdMs: _, updatedMs: __, versionId, ...input } = table
  await run.clients.catalog.updateTable({ ...input, ifVersion: String(versionId) })
  return NOTHING
}
