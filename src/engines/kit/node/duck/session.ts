import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
  StatementType,
} from '@duckdb/node-api'
import { EngineError } from '../../pure/errors.ts'
import type { Cell, Column } from '../../pure/table.ts'
import { duckError } from './errors.ts'
import { appendCells, toColumn } from './values.ts'

export interface QueryOptions {
  signal?: AbortSignal
  /** Values of `$1`, `$2` … or of `$name`. */
  values?: DuckDBValue[] | Record<string, DuckDBValue>
  /** Words a column's type in the dialect. */
  declare?: (type: DuckDBType) => string
  /** 0 to 1, some times a second, where DuckDB can tell. */
  onProgress?: (progress: number) => void
}

export interface DuckTable {
  readonly columns: Column[]
  readonly rowCount: number
  /** `values[c][r]`. */
  readonly values: Cell[][]
}

export interface StatementShape {
  /** DuckDB's own name of the kind of statement: `SELECT`, `CREATE`, `COPY`, `SET`, `ATTACH` … */
  readonly kind: string
  readonly columns: Column[]
  readonly types: DuckDBType[]
}

const INTERRUPT_EVERY_MS = 15
const PROGRESS_EVERY_MS = 200

/** One connection, for one piece of work. Statements run one after the other; each can be interrupted. */
export class DuckSession {
  readonly connection: DuckDBConnection
  private readonly closing: AbortSignal
  private readonly working: Set<Promise<unknown>>

  /** `working` holds what DuckDB is busy with, so that nothing is closed under it. */
  constructor(connection: DuckDBConnection, closing: AbortSignal, working: Set<Promise<unknown>>) {
    this.connection = connection
    this.closing = closing
    this.working = working
  }

  /** Runs a statement whose result is small, whole. */
  async query(sql: string, options: QueryOptions = {}): Promise<DuckTable> {
    return this.guard(sql, options, async () => {
      const result = await this.connection.run(sql, options.values)
      const values: Cell[][] = Array.from({ length: result.columnCount }, () => [])
      let rowCount = 0
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        appendCells(chunk, values)
        rowCount += chunk.rowCount
      }
      return { columns: columnsOf(result, options), rowCount, values }
    })
  }

  /** Runs a statement for its effect; answers the rows that it changed or wrote. */
  async run(sql: string, options: QueryOptions = {}): Promise<number> {
    return this.guard(sql, options, async () => {
      const result = await this.connection.run(sql, options.values)
      if (result.rowsChanged > 0 || result.columnCount !== 1) return result.rowsChanged
      // COPY and CREATE TABLE AS answer their count as a row.
      if (result.columnName(0) !== 'Count') return 0
      const chunk = await result.fetchChunk()
      return chunk && chunk.rowCount > 0 ? Number(chunk.getColumnVector(0).getItem(0)) : 0
    })
  }

  /**
   * A result as it comes, in constant memory: the next chunk is made when it is asked for, and the one before is gone by then. A chunk has one
   * column more than the statement.
   *
   * DuckDB's C interface ends a stream that failed half-way like one that is complete, so a last row says that all came before it. Chunks
   * are emptied by hand, since the collector sees only their handles, not the strings behind them.
   */
  async *stream(sql: string, options: QueryOptions = {}): AsyncGenerator<DuckDBDataChunk> {
    const marked = `SELECT *, false AS __end FROM (${sql}\n) UNION ALL BY NAME SELECT true AS __end`
    const result = await this.guard(sql, options, () => this.connection.stream(marked, options.values))
    const end = result.columnCount - 1
    const next = async () => {
      const chunk = await this.guard(sql, options, () => result.fetchChunk())
      return chunk && chunk.rowCount > 0 ? chunk : undefined
    }
    let complete = false
    for (let chunk = await next(); chunk; chunk = await next()) {
      complete = chunk.getColumnVector(end).getItem(chunk.rowCount - 1) === true
      if (complete) chunk.rowCount--
      if (chunk.rowCount > 0) yield chunk
      chunk.reset()
    }
    if (!complete) throw await this.whyItEnded(sql, options)
  }

  /** The chunks of a result as DuckDB made them, in constant memory. Whoever takes them counts the rows: a stream that broke off ends early. */
  async *chunks(sql: string, options: QueryOptions = {}): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.guard(sql, options, () => this.connection.stream(sql, options.values))
    for (;;) {
      const chunk = await this.guard(sql, options, () => result.fetchChunk())
      if (!chunk || chunk.rowCount === 0) return
      yield chunk
      chunk.reset()
    }
  }

  /** Appends chunks of the same types to a table; answers how many rows they had. */
  async append(
    { database, schema, table }: { database: string; schema: string; table: string },
    chunks: AsyncIterable<DuckDBDataChunk>,
  ): Promise<number> {
    const appender = await this.connection.createAppender(table, schema, database)
    let rows = 0
    try {
      for await (const chunk of chunks) {
        appender.appendDataChunk(chunk)
        rows += chunk.rowCount
      }
      appender.flushSync()
    } finally {
      appender.closeSync()
    }
    return rows
  }

  /** Makes every value once more, without keeping any, to hear from DuckDB what went wrong. */
  private async whyItEnded(sql: string, options: QueryOptions): Promise<unknown> {
    const { signal, values } = options
    try {
      await this.query(`SELECT count(COLUMNS(*)) FROM (${sql}\n)`, { signal, values })
    } catch (thrown) {
      return thrown
    }
    return new EngineError(
      'InternalError',
      'The result broke off before its end, likely for lack of memory: try again.',
      {
        domain: 'external',
        retry: true,
      },
    )
  }

  /** The kind and columns of a statement without running it. More than one statement is refused. */
  async describe(sql: string, options: QueryOptions = {}): Promise<StatementShape> {
    return this.guard(sql, options, async () => {
      const extracted = await this.connection.extractStatements(sql)
      if (extracted.count !== 1) {
        throw new EngineError('SYNTAX_ERROR', `Only one sql statement is allowed. Got: ${extracted.count}`)
      }
      const prepared = await extracted.prepare(0)
      try {
        const types = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnType(i))
        const columns = types.map((type, i) => toColumn(prepared.columnName(i), type, options.declare))
        return { kind: StatementType[prepared.statementType] ?? 'INVALID', columns, types }
      } finally {
        prepared.destroySync()
      }
    })
  }

  /** Interrupts the work when the caller or the host gives up, and again until DuckDB has let go of it. */
  private async guard<T>(sql: string, options: QueryOptions, work: () => Promise<T>): Promise<T> {
    const { signal } = options
    if (signal?.aborted || this.closing.aborted) throw cancelled()
    let nagging: ReturnType<typeof setInterval> | undefined
    // An interrupt that comes before DuckDB has begun is lost, so it is repeated.
    const abort = () => {
      this.connection.interrupt()
      nagging ??= setInterval(() => this.connection.interrupt(), INTERRUPT_EVERY_MS)
    }
    signal?.addEventListener('abort', abort, { once: true })
    this.closing.addEventListener('abort', abort, { once: true })
    const watching = options.onProgress && setInterval(() => this.report(options.onProgress!), PROGRESS_EVERY_MS)
    try {
      const value = await this.track(work())
      if (signal?.aborted || this.closing.aborted) throw cancelled()
      return value
    } catch (thrown) {
      if (signal?.aborted || this.closing.aborted) throw cancelled()
      throw duckError(thrown, sql)
    } finally {
      signal?.removeEventListener('abort', abort)
      this.closing.removeEventListener('abort', abort)
      clearInterval(nagging)
      clearInterval(watching)
    }
  }

  private track<T>(work: Promise<T>): Promise<T> {
    const settled: Promise<unknown> = work.catch(() => {}).finally(() => this.working.delete(settled))
    this.working.add(settled)
    return work
  }

  private report(onProgress: (progress: number) => void): void {
    const { percentage } = this.connection.progress
    if (percentage >= 0) onProgress(Math.min(1, percentage / 100))
  }
}

function columnsOf(result: DuckDBResult, options: QueryOptions): Column[] {
  return result.columnTypes().map((type, i) => toColumn(result.columnName(i), type, options.declare))
}

function cancelled(): EngineError {
  return new EngineError('Cancelled', 'The query was cancelled.', { retry: true })
}
