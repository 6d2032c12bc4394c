import {
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { type Duck, DuckError, type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import { trinoType } from '../kit/node/sql/types.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column, KeptTable, TablePage } from '../kit/pure/table.ts'
import type { QueryExecution } from './contract.ts'
import type { Shape } from './prepare.ts'
import { resultText } from './result-text.ts'

interface WriteOptions {
  readonly signal: AbortSignal
  readonly onProgress: (progress: number) => void
}

/** A cell cannot carry one, so it is kept as text. */
const INTERVAL = 'interval day to second'

/**
 * Results lie in a DuckDB file of their own (`.millrace/athena/results.duckdb`), one table for each query: they are written by
 * all threads, take no memory, and any page of a million rows is found by its row number. DuckDB reads them in the order in which
 * they were written, and sorts nothing for it ("Order Preservation").
 */
export class Results {
  private readonly duck: Duck

  constructor(duck: Duck) {
    this.duck = duck
  }

  /**
   * Runs a query of so many columns into its table and answers their shape. No column may be a row without names of its members,
   * which a table cannot hold.
   */
  async write(
    session: DuckSession,
    queryId: string,
    sql: string,
    columns: number,
    options: WriteOptions,
  ): Promise<Shape & { rowCount: number }> {
    this.duck.require('results')
    const table = tableOf(queryId)
    const names = Array.from({ length: columns }, (_, i) => `c${i}`).join(', ')
    const rowCount = await session.run(
      `CREATE OR REPLACE TABLE ${table} AS SELECT * FROM (${sql}) AS q(${names})`,
      options,
    )
    const shape = await session.describe(`FROM ${table}`, { declare: trinoType })
    const texts = shape.columns.flatMap(({ declared }, i) =>
      declared === INTERVAL ? [`trino_interval_text(c${i}) AS c${i}`] : [],
    )
    // Written anew, not altered: the log would have the macro's name, which DuckDB does not know when it opens the file after a kill.
    if (texts.length > 0)
      await session.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * REPLACE (${texts.join(', ')}) FROM ${table}`)
    return { ...shape, rowCount }
  }

  /** Runs a query whose shape is known into its table; answers the number of rows. */
  async writeAs(
    session: DuckSession,
    queryId: string,
    sql: string,
    shape: Pick<Shape, 'columns'> & Partial<Shape>,
    options: WriteOptions,
  ): Promise<number> {
    this.duck.require('results')
    return session.run(`CREATE OR REPLACE TABLE ${tableOf(queryId)} AS ${numbered(sql, shape)}`, options)
  }

  /** Writes rows of text, as SHOW and DESCRIBE give them. */
  async writeRows(
    session: DuckSession,
    queryId: string,
    columns: readonly Column[],
    rows: string[][],
  ): Promise<number> {
    const row = (values: readonly string[]) => `(${values.map(literal).join(', ')})`
    const nothing = columns.map(() => 'NULL::VARCHAR').join(', ')
    const sql = rows.length > 0 ? `VALUES ${rows.map(row).join(', ')}` : `SELECT ${nothing} WHERE false`
    return this.writeAs(
      session,
      queryId,
      sql,
      { columns: [...columns] },
      { signal: new AbortController().signal, onProgress: () => {} },
    )
  }

  /** Takes over the rows of another result; undefined where they are no longer kept. */
  async copy(session: DuckSession, from: string, to: string): Promise<number | undefined> {
    try {
      return await session.run(`CREATE OR REPLACE TABLE ${tableOf(to)} AS FROM ${tableOf(from)}`)
    } catch (thrown) {
      if (isGone(thrown)) return undefined
      throw thrown
    }
  }

  /** `text` asks for every value as Athena writes it. */
  async page(query: QueryExecution, start: number, rows: number, text: boolean): Promise<TablePage> {
    const columns = query.columns ?? []
    if (columns.length === 0) return { columns: [], start, rowCount: 0, values: [] }
    this.duck.require('results')
    const table = await this.duck
      .use(async (session) => {
        const list = text ? (await texts(session, query.queryId)).join(', ') : '*'
        return session.query(
          `SELECT ${list} FROM ${tableOf(query.queryId)} WHERE rowid >= ${start} AND rowid < ${start + rows}`,
        )
      })
      .catch((thrown) => {
        if (!isGone(thrown)) throw thrown
        throw new EngineError('InvalidRequestException', 'The results of this query are no longer kept. Run it again.')
      })
    return { columns, start, rowCount: table.rowCount, values: table.values }
  }

  /** The rows under the result's own names, for engines on the same DuckDB. */
  sql(query: QueryExecution): string {
    this.duck.require('results')
    const list = (query.columns ?? []).map((column, i) => `c${i} AS ${identifier(column.name || `_col${i}`)}`)
    return `SELECT ${list.join(', ')} FROM ${tableOf(query.queryId)}`
  }

  table({ queryId, columns = [], rowCount }: QueryExecution): KeptTable {
    return { table: tableOf(queryId), columns, rowCount: rowCount ?? 0 }
  }

  async drop(queryId: string): Promise<void> {
    await this.duck.query(`DROP TABLE IF EXISTS ${tableOf(queryId)}`)
  }

  /** Athena's result file: every value in quotes, a NULL as nothing, names in the first line. */
  async exportCsv(
    session: DuckSession,
    query: QueryExecution,
    columns: readonly Column[],
    file: string,
  ): Promise<void> {
    const values = await texts(session, query.queryId)
    const list = columns.map((column, i) => `${values[i]} AS ${identifier(column.name || `_col${i}`)}`)
    await session.run(
      `COPY (SELECT ${list.join(', ')} FROM ${tableOf(query.queryId)}) TO ${literal(file)}
       (FORMAT csv, HEADER true, FORCE_QUOTE *, NULLSTR '')`,
    )
  }
}

/**
 * The query with its columns called `c0`, `c1` …; intervals, which a cell cannot carry, are text from here on, and members of rows that
 * have no names get Athena's (`field0`).
 */
export function numbered(sql: string, { columns, types }: Pick<Shape, 'columns'> & Partial<Shape>): string {
  const names = columns.map((_, i) => `c${i}`)
  const list = columns.map(({ declared }, i) => {
    if (declared === INTERVAL) return `trino_interval_text(c${i}) AS c${i}`
    return types && hasNamelessMembers(types[i]) ? `CAST(c${i} AS ${namedType(types[i])}) AS c${i}` : `c${i}`
  })
  return `SELECT ${list.join(', ')} FROM (${sql}) AS q(${names.join(', ')})`
}

/** Whether a row somewhere in the type has members without names, as `ROW(1, 2)`. */
export function hasNamelessMembers(type: DuckDBType): boolean {
  return String(type).includes('("" ')
}

function namedType(type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
      return `${namedType((type as DuckDBListType).valueType)}[]`
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      return `MAP(${namedType(keyType)}, ${namedType(valueType)})`
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      const members = entryNames.map((name, i) => `${identifier(name || `field${i}`)} ${namedType(entryTypes[i])}`)
      return `STRUCT(${members.join(', ')})`
    }
  }
  return String(type)
}

function isGone(thrown: unknown): boolean {
  return thrown instanceof DuckError && thrown.failure.kind === 'Catalog'
}

/** The columns of a kept result as text. */
async function texts(session: DuckSession, queryId: string): Promise<string[]> {
  const { types } = await session.describe(`SELECT * FROM ${tableOf(queryId)}`)
  return types.map((type, i) => resultText(`c${i}`, type))
}

function nameOf(queryId: string): string {
  return `q_${queryId.replaceAll('-', '')}`
}

function tableOf(queryId: string): string {
  return `results.main.${identifier(nameOf(queryId))}`
}
