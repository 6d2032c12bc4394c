import { type Duck, type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column, TablePage } from '../kit/pure/table.ts'
import type { QueryExecution } from './contract.ts'

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
    columns: readonly Column[],
    options: { signal: AbortSignal; onProgress: (progress: number) => void },
  ): Promise<number> {
    this.duck.require('results')
    const names = columns.map((_, i) => `c${i}`).join(', ')
    return session.run(`CREATE OR REPLACE TABLE ${tableOf(queryId)} AS SELECT * FROM (${sql}) AS q(${names})`, options)
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
    return this.write(session, queryId, sql, columns, { signal: new AbortController().signal, onProgress: () => {} })
  }

  async page(query: QueryExecution, start: number, rows: number): Promise<TablePage> {
    const columns = query.columns ?? []
    if (columns.length === 0) return { columns: [], start, rowCount: 0, values: [] }
    this.duck.require('results')
    const known = await this.duck.query(
      `SELECT 1 FROM duckdb_tables() WHERE database_name = 'results' AND table_name = ${literal(nameOf(query.queryId))}`,
    )
    if (known.rowCount === 0) {
      throw new EngineError('InvalidRequestException', 'The results of this query are no longer kept. Run it again.')
    }
    const table = await this.duck.query(
      `SELECT * FROM ${tableOf(query.queryId)} WHERE rowid >= ${start} AND rowid < ${start + rows} ORDER BY rowid`,
    )
    return { columns, start, rowCount: table.rowCount, values: table.values }
  }

  /** The rows under the result's own names, for engines on the same DuckDB. */
  sql(query: QueryExecution): string {
    this.duck.require('results')
    const list = (query.columns ?? []).map((column, i) => `c${i} AS ${identifier(column.name || `_col${i}`)}`)
    return `SELECT ${list.join(', ')} FROM ${tableOf(query.queryId)}`
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
    const list = columns.map((column, i) => `${csvValue(`c${i}`, column)} AS ${identifier(column.name || `_col${i}`)}`)
    await session.run(
      `COPY (SELECT ${list.join(', ')} FROM ${tableOf(query.queryId)} ORDER BY rowid) TO ${literal(file)}
       (FORMAT csv, HEADER true, FORCE_QUOTE *, NULLSTR '')`,
    )
  }
}

/** Timestamps have milliseconds in Athena's files (`2001-01-01 00:00:00.000`). */
function csvValue(name: string, column: Column): string {
  if (column.type !== 'timestamp') return `${name}::VARCHAR`
  const zone = column.declared.includes('zone') ? ` || ' UTC'` : ''
  return `strftime(${name}, '%Y-%m-%d %H:%M:%S.%g')${zone}`
}

function nameOf(queryId: string): string {
  return `q_${queryId.replaceAll('-', '')}`
}

function tableOf(queryId: string): string {
  return `results.main.${identifier(nameOf(queryId))}`
}
