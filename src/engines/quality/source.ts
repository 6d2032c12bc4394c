import type { DuckDBType } from '@duckdb/node-api'
import type { Clients } from '../contract.ts'
import { type Duck, type DuckSession, identifier } from '../kit/node/duck.ts'
import { parseSql, writeSql } from '../kit/node/sql/tree.ts'
import { trinoType } from '../kit/node/sql/types.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import type { TableRef } from './contract.ts'

export interface Reach {
  readonly clients: Pick<Clients, 'athena' | 'catalog' | 'lake' | 'warehouse'>
  readonly duck: Duck
  readonly nowMs: () => number
}

/** A table as a SELECT for a connection, after the statements of its setup were run there. */
export interface Source {
  readonly sql: string
  readonly columns: readonly Column[]
  /** Changes when the table or its data do. */
  readonly fingerprint: string
  readonly versionId: number | null
}

/** `db.table` of either engine, as its SQL has it. */
const nameOf = ({ database, table }: TableRef): string => `${identifier(database)}.${identifier(table)}`

export async function openSource(table: TableRef, session: DuckSession, reach: Reach): Promise<Source> {
  const definition =
    table.engine === 'athena'
      ? await reach.clients.catalog.getTable({ database: table.database, table: table.table })
      : undefined
  const { sql, fingerprint } = await querySql(`SELECT * FROM ${nameOf(table)}`, table, session, reach)
  const { columns } = await session.describe(sql, { declare: declaredType })
  const versionId = definition?.versionId ?? null
  return { sql, columns, versionId, fingerprint: JSON.stringify([versionId, columns, fingerprint]) }
}

const declaredType = (type: DuckDBType): string => trinoType(type)

/** A query in the table's dialect as DuckDB's text, ready to run on the connection. */
async function querySql(
  text: string,
  table: TableRef,
  session: DuckSession,
  { clients }: Reach,
): Promise<{ sql: string; fingerprint: string }> {
  if (table.engine === 'athena') return clients.athena.readSql({ sql: text, database: table.database })
  const { sql, setup } = await clients.warehouse.translate({ sql: text })
  for (const statement of setup) await session.run(statement)
  const tables = await clients.warehouse.listTables({})
  const found = tables.find(({ schema, name }) => schema === table.database && name === table.table)
  return { sql, fingerprint: String(found?.version) }
}

/**
 * A query of a rule, in which `primary` is the table that is evaluated and each alias another one. It is read as Spark SQL writes it, and
 * its functions are the ones of Athena, or of Redshift over the warehouse.
 */
export async function ruleSql(
  query: string,
  table: TableRef,
  aliases: Readonly<Record<string, TableRef>>,
  session: DuckSession,
  reach: Reach,
): Promise<string> {
  const trees = parseSql(query, 'spark')
  if (trees.length !== 1) throw new EngineError('SYNTAX_ERROR', 'A rule has one query')
  const text = writeSql(trees[0], table.engine === 'athena' ? 'trino' : 'redshift')
  const named = Object.entries({ ...aliases, primary: table }).filter(([, ref]) => ref.engine === table.engine)
  const tables = named.map(([alias, ref]) => `${identifier(alias)} AS (SELECT * FROM ${nameOf(ref)})`)
  return (await querySql(`WITH ${tables.join(', ')} SELECT * FROM (${text}) AS rule_query`, table, session, reach)).sql
}
