import { type Duck, type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import type { Column } from '../kit/pure/table.ts'
import type { WarehouseTable } from './contract.ts'
import type { ColumnDefinition, Placement } from './ddl/table.ts'

/** Where sessions look for names: the user's tables, then the system views. */
export const SEARCH_PATH = 'warehouse.public,memory.redshift'

/** What DuckDB has no place for, in the same file, so that it changes in one transaction with the tables. */
const SYSTEM_TABLES = [
  'CREATE SCHEMA IF NOT EXISTS warehouse.public',
  'CREATE SCHEMA IF NOT EXISTS warehouse.millrace',
  `CREATE TABLE IF NOT EXISTS warehouse.millrace.tables (
     schema_name VARCHAR, table_name VARCHAR, dist_style VARCHAR, dist_key VARCHAR, sort_style VARCHAR, sort_keys VARCHAR[],
     primary_key VARCHAR[])`,
  `CREATE TABLE IF NOT EXISTS warehouse.millrace.columns (
     schema_name VARCHAR, table_name VARCHAR, column_name VARCHAR, declared VARCHAR, length INTEGER, encoding VARCHAR,
     identity_sequence VARCHAR, identity_by_default BOOLEAN)`,
  `CREATE TABLE IF NOT EXISTS warehouse.millrace.load_errors (
     starttime TIMESTAMP, query VARCHAR, schema_name VARCHAR, table_name VARCHAR, filename VARCHAR, line_number BIGINT,
     colname VARCHAR, type VARCHAR, raw_line VARCHAR, raw_field_value VARCHAR, err_code INTEGER, err_reason VARCHAR)`,
  // A row for each commit, so that transactions that change one table do not meet in it; summed up when the warehouse is opened.
  'CREATE TABLE IF NOT EXISTS warehouse.millrace.changes (schema_name VARCHAR, table_name VARCHAR, commits BIGINT)',
  `CREATE OR REPLACE TABLE warehouse.millrace.changes AS
     SELECT schema_name, table_name, sum(commits)::BIGINT AS commits FROM warehouse.millrace.changes GROUP BY ALL`,
]

const tableColumns = `
  SELECT c.schema_name, c.table_name, c.column_name, c.column_index, NOT c.is_nullable AS is_not_null, c.column_default,
    coalesce(m.declared, CASE WHEN c.data_type LIKE 'DECIMAL%' THEN lower(replace(c.data_type, 'DECIMAL', 'numeric'))
      ELSE coalesce(map_extract_value(MAP {'VARCHAR': 'character varying', 'BIGINT': 'bigint', 'INTEGER': 'integer', 'SMALLINT': 'smallint',
        'HUGEINT': 'numeric(38,0)', 'DOUBLE': 'double precision', 'FLOAT': 'real', 'BOOLEAN': 'boolean', 'DATE': 'date',
        'TIMESTAMP': 'timestamp without time zone', 'TIMESTAMP WITH TIME ZONE': 'timestamp with time zone'}, c.data_type), lower(c.data_type)) END) AS declared,
    c.data_type, m.length, coalesce(m.encoding, 'none') AS encoding, m.identity_sequence, m.identity_by_default
  FROM duckdb_columns() c LEFT JOIN warehouse.millrace.columns m
    ON m.schema_name = c.schema_name AND m.table_name = c.table_name AND lower(m.column_name) = lower(c.column_name)
  WHERE c.database_name = 'warehouse' AND c.schema_name <> 'millrace' AND NOT c.internal`

/** System tables and views that Millrace answers, with the columns of Redshift's that it can fill truthfully. */
const VIEWS: Readonly<Record<string, string>> = {
  stl_load_errors: `SELECT 100 AS userid, 0 AS slice, query, starttime, filename, line_number, colname, type, raw_line, raw_field_value,
    err_code, err_reason FROM warehouse.millrace.load_errors`,
  sys_load_error_detail: `SELECT 100 AS user_id, query AS query_id, starttime AS start_time, filename AS file_name, line_number,
    colname AS column_name, type AS column_type, err_code AS error_code, err_reason AS error_message FROM warehouse.millrace.load_errors`,
  pg_table_def: `SELECT c.schema_name AS schemaname, c.table_name AS tablename, c.column_name AS "column", c.declared AS type, c.encoding,
    coalesce(t.dist_key = lower(c.column_name), FALSE) AS distkey, coalesce(list_position(t.sort_keys, lower(c.column_name)), 0) AS sortkey,
    c.is_not_null AS "notnull" FROM (${tableColumns}) c LEFT JOIN warehouse.millrace.tables t USING (schema_name, table_name)
    ORDER BY c.schema_name, c.table_name, c.column_index`,
  svv_columns: `SELECT 'dev' AS table_catalog, schema_name AS table_schema, table_name, column_name, column_index AS ordinal_position,
    column_default, CASE WHEN is_not_null THEN 'NO' ELSE 'YES' END AS is_nullable, declared AS data_type,
    length AS character_maximum_length FROM (${tableColumns}) ORDER BY schema_name, table_name, column_index`,
  svv_tables: `SELECT 'dev' AS table_catalog, schema_name AS table_schema, table_name, 'BASE TABLE' AS table_type FROM duckdb_tables()
    WHERE database_name = 'warehouse' AND schema_name <> 'millrace' UNION ALL SELECT 'dev', schema_name, view_name, 'VIEW'
    FROM duckdb_views() WHERE database_name = 'warehouse' AND NOT internal`,
  svv_table_info: `SELECT 'dev' AS "database", t.schema_name AS "schema", t.table_name AS "table",
    CASE WHEN m.dist_style = 'KEY' THEN 'KEY(' || m.dist_key || ')' ELSE coalesce(m.dist_style, 'AUTO') END AS diststyle,
    m.sort_keys[1] AS sortkey1, coalesce(len(m.sort_keys), 0) AS sortkey_num, t.estimated_size AS tbl_rows FROM duckdb_tables() t
    LEFT JOIN warehouse.millrace.tables m ON m.schema_name = t.schema_name AND m.table_name = t.table_name
    WHERE t.database_name = 'warehouse' AND t.schema_name <> 'millrace'`,
}

/** Makes what sessions count on: schemas, system tables, macros and system views. */
export async function prepareWarehouse(duck: Duck): Promise<void> {
  duck.require('warehouse')
  await duck.use(async (session) => {
    for (const sql of SYSTEM_TABLES) await session.run(sql)
    await session.run('CREATE SCHEMA IF NOT EXISTS results.warehouse')
    for (const [name, sql] of Object.entries(VIEWS))
      await session.run(`CREATE OR REPLACE VIEW memory.redshift.${name} AS ${sql}`)
  })
}

/** Within the transaction that changed the tables. */
export async function recordChanges(
  session: DuckSession,
  touched: Iterable<{ schema: string; table: string }>,
): Promise<void> {
  for (const { schema, table } of touched)
    await session.run('INSERT INTO warehouse.millrace.changes VALUES ($1, $2, 1)', { values: [schema, table] })
}

/** Names that a statement may read, as `schema.name`, and what they are. */
export type Relations = ReadonlyMap<string, RelationKind>
type RelationKind = 'table' | 'temporary' | 'view' | 'system'

export async function relations(session: DuckSession): Promise<Relations> {
  const { values } = await session.query(
    `SELECT schema_name || '.' || table_name, 'table' FROM duckdb_tables() WHERE database_name = 'warehouse' AND schema_name <> 'millrace'
     UNION ALL SELECT schema_name || '.' || view_name, 'view' FROM duckdb_views() WHERE database_name = 'warehouse' AND NOT internal
     UNION ALL SELECT 'public.' || table_name, 'temporary' FROM duckdb_tables() WHERE temporary`,
  )
  const found = new Map<string, RelationKind>()
  for (const name of Object.keys(VIEWS)) found.set(`public.${name}`, 'system')
  for (const [i, name] of values[0].entries()) found.set(String(name).toLowerCase(), values[1][i] as RelationKind)
  return found
}

export async function schemas(session: DuckSession): Promise<Set<string>> {
  const { values } = await session.query(
    `SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'warehouse' AND NOT internal AND schema_name <> 'millrace'`,
  )
  return new Set([...values[0].map((name) => String(name).toLowerCase()), 'public'])
}

export interface CatalogColumn {
  readonly name: string
  readonly declared: string
  readonly duck: string
  readonly length: number | null
  readonly notNull: boolean
  readonly identitySequence: string | null
  readonly identityByDefault: boolean
}

export async function columnsOf(session: DuckSession, schema: string, table: string): Promise<CatalogColumn[]> {
  const { values } = await session.query(
    `SELECT column_name, declared, data_type, length, is_not_null, identity_sequence, identity_by_default FROM (${tableColumns})
     WHERE schema_name = $1 AND table_name = $2 ORDER BY column_index`,
    { values: [schema, table] },
  )
  return values[0].map((name, i) => ({
    name: String(name),
    declared: String(values[1][i]),
    duck: String(values[2][i]),
    length: values[3][i] === null ? null : Number(values[3][i]),
    notNull: values[4][i] === true,
    identitySequence: values[5][i] as string | null,
    identityByDefault: values[6][i] === true,
  }))
}

export async function recordTable(
  session: DuckSession,
  schema: string,
  table: string,
  placement: Placement,
  primaryKey: readonly string[],
  columns: readonly (ColumnDefinition & { sequence?: string })[],
): Promise<void> {
  await forgetTable(session, schema, table)
  const names = (list: readonly string[]) => `[${list.map(literal).join(', ')}]::VARCHAR[]`
  const value = (text: string | undefined) => (text === undefined ? 'NULL' : literal(text))
  const key = `${literal(schema)}, ${literal(table)}`
  await session.run(
    `INSERT INTO warehouse.millrace.tables VALUES (${key}, ${literal(placement.distStyle)}, ${value(placement.distKey)},
       ${value(placement.sortStyle)}, ${names(placement.sortKeys)}, ${names(primaryKey)})`,
  )
  for (const column of columns) await recordColumn(session, schema, table, column)
}

export async function recordColumn(
  session: DuckSession,
  schema: string,
  table: string,
  column: ColumnDefinition & { sequence?: string },
): Promise<void> {
  await session.run('INSERT INTO warehouse.millrace.columns VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', {
    values: [
      schema,
      table,
      column.name,
      column.type.declared,
      column.type.length ?? null,
      column.encode ?? null,
      column.sequence ?? null,
      column.identity?.byDefault ?? null,
    ],
  })
}

/** Forgets what was recorded of a table; gives the sequences of its identity columns. */
export async function forgetTable(session: DuckSession, schema: string, table: string): Promise<string[]> {
  const where = `schema_name = ${literal(schema)} AND table_name = ${literal(table)}`
  const { values } = await session.query(
    `SELECT identity_sequence FROM warehouse.millrace.columns WHERE ${where} AND identity_sequence IS NOT NULL`,
  )
  await session.run(`DELETE FROM warehouse.millrace.tables WHERE ${where}`)
  await session.run(`DELETE FROM warehouse.millrace.columns WHERE ${where}`)
  return values[0].map(String)
}

/** Every table with its columns, placement and exact number of rows. */
export async function listTables(session: DuckSession): Promise<WarehouseTable[]> {
  const { values } = await session.query(
    `SELECT t.schema_name, t.table_name, coalesce(m.dist_style, 'AUTO'), m.dist_key, to_json(coalesce(m.sort_keys, [])),
       (SELECT coalesce(sum(commits), 0)::INTEGER FROM warehouse.millrace.changes c
         WHERE c.schema_name = lower(t.schema_name) AND c.table_name = lower(t.table_name))
     FROM duckdb_tables() t LEFT JOIN warehouse.millrace.tables m ON m.schema_name = t.schema_name AND m.table_name = t.table_name
     WHERE t.database_name = 'warehouse' AND t.schema_name <> 'millrace' ORDER BY 1, 2`,
  )
  const tables: WarehouseTable[] = []
  for (let i = 0; i < values[0].length; i++) {
    const [schema, name] = [String(values[0][i]), String(values[1][i])]
    const target = `warehouse.${identifier(schema)}.${identifier(name)}`
    const { columns } = await session.describe(`SELECT * FROM ${target}`)
    const declared = new Map((await columnsOf(session, schema, name)).map((column) => [column.name, column.declared]))
    const count = await session.query(`SELECT count(*) FROM ${target}`)
    tables.push({
      schema,
      name,
      columns: columns.map((column): Column => ({ ...column, declared: declared.get(column.name) ?? column.declared })),
      rowCount: Number(count.values[0][0]),
      distStyle: String(values[2][i]),
      sortKeys: JSON.parse(String(values[4][i])) as string[],
      version: Number(values[5][i]),
      ...(values[3][i] !== null && { distKey: String(values[3][i]) }),
    })
  }
  return tables
}
