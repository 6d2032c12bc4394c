import {
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { type Duck, DuckError, type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column, KeptTable, TablePage } from '../kit/pure/table.ts'
import type { QueryExecution } from './contract.ts'
import type { Shape } from './prepare.ts'
import { resultText } from './result-text.ts'

/**
 * Results lie in a DuckDB file of their own (`.millrace/athena/results.duckdb`), one table for each query: they are written by
 * all threads, take no memory, and any page of a million rows is found by its row number.
 */
export class Results {
  private readonly duck: Duck

  constructor(duck: Duck) {
    this.duck = duck
  }

  /** Runs the query into its table; answers the number of rows. */
  async write(
    session: DuckSession,
    queryId: string,
    sql: string,
    shape: Pick<Shape, 'columns'> & Partial<Shape>,
    options: { signal: AbortSignal; onProgress: (progress: number) => void },
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
    return this.write(
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
          `SELECT ${list} FROM ${tableOf(query.queryId)} WHERE rowid >= ${start} AND rowid < ${start + rows} ORDER BY rowid`,
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
      `COPY (SELECT ${list.join(', ')} FROM ${tableOf(query.queryId)} ORDER BY rowid) TO ${literal(file)}
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
    if (declared === 'interval day to second') return `trino_interval_text(c${i}) AS c${i}`
    const type = types && String(types[i])
    return type?.includes('("" ') ? `CAST(c${i} AS ${namedType(types![i])}) AS c${i}` : `c${i}`
  })
  return `SELECT ${list.join(', ')} FROM (${sql}) AS q(${names.join(', ')})`
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
