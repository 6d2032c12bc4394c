import type { Log } from '../kit/node/engine.ts'
import type { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError, isAbort } from '../kit/pure/errors.ts'
import type { QueryExecution } from './contract.ts'
import { isEnded, type QueryEvent, step } from './model.ts'
import type { Reach } from './prepare.ts'
import type { Results } from './results.ts'
import { writeOutput } from './run/output.ts'
import { runStatement } from './run/run.ts'
import { parseStatement } from './statements/parse.ts'
import { type Statement, statementType } from './statements/statement.ts'
import type { QueryStore } from './store.ts'

/** Queries whose results are kept; the history of older ones goes with them. */
const KEPT = 200

export interface ExecutionsContext {
  readonly reach: Reach
  readonly results: Results
  readonly store: QueryStore
  readonly changes: Broadcast<QueryExecution>
  readonly price: () => (bytes: number) => number
  readonly log: Log
}

interface Running {
  query: QueryExecution
  readonly abort: AbortController
  done: Promise<void>
}

/** The queries that run or wait for their turn, each a state machine whose steps are stored and told to watchers. */
export class Executions {
  private readonly context: ExecutionsContext
  private readonly running = new Map<string, Running>()

  constructor(context: ExecutionsContext) {
    this.context = context
  }

  get(queryId: string): QueryExecution | undefined {
    return this.running.get(queryId)?.query ?? this.context.store.get(queryId)
  }

  /** Acknowledged once the query is in the history. A text that cannot be read is a query that failed, with the place. */
  start(input: {
    queryId: string
    sql: string
    database: string
    workGroup: string
    outputLocation?: string | undefined
    nowMs: number
  }): QueryExecution {
    const { statement, error } = read(input.sql)
    const query: QueryExecution = {
      queryId: input.queryId,
      sql: input.sql,
      database: input.database,
      workGroup: input.workGroup,
      state: 'QUEUED',
      statementType: statement ? statementType(statement) : 'DML',
      submittedMs: input.nowMs,
      progress: null,
      bytesScanned: null,
      costUsd: null,
      rowCount: null,
      ...(input.outputLocation !== undefined && { outputLocation: input.outputLocation }),
    }
    const entry: Running = { query, abort: new AbortController(), done: Promise.resolve() }
    this.running.set(query.queryId, entry)
    this.context.store.put(query, false)
    this.context.changes.announce(query)
    if (statement) entry.done = this.execute(statement, entry)
    else {
      this.apply(entry, { type: 'failed', error: error!.toWire() })
      this.running.delete(query.queryId)
    }
    return statement ? query : this.context.store.get(query.queryId)!
  }

  /** Interrupts the query; answers when nothing of it runs any more. */
  async stop(queryId: string): Promise<void> {
    const entry = this.running.get(queryId)
    if (!entry) return
    entry.abort.abort(new EngineError('Cancelled', 'The query was cancelled.'))
    await entry.done
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.running.keys()].map((queryId) => this.stop(queryId)))
  }

  private async execute(statement: Statement, entry: Running): Promise<void> {
    const { reach, results, store } = this.context
    const { queryId, sql, database, outputLocation } = entry.query
    const { signal } = entry.abort
    try {
      const outcome = await reach.duck.use(
        async (session) => {
          this.apply(entry, { type: 'started' })
          const run = {
            ...reach,
            queryId,
            sql,
            database,
            session,
            results,
            signal,
            onProgress: (progress: number) => this.apply(entry, { type: 'progressed', progress }),
            onScanned: (bytesScanned: number) => this.scanned(entry, bytesScanned),
          }
          const done = await runStatement(statement, run)
          const written =
            outputLocation === undefined ? undefined : await writeOutput(entry.query, done, outputLocation, run)
          return { ...done, ...(written !== undefined && { outputLocation: written }) }
        },
        { lane: 'user', signal },
      )
      if (entry.query.bytesScanned === null) this.apply(entry, { type: 'scanned', bytesScanned: 0, costUsd: 0 })
      this.apply(entry, { type: 'succeeded', ...outcome })
    } catch (thrown) {
      this.fail(entry, thrown)
    } finally {
      this.running.delete(queryId)
    }
    for (const old of store.older(KEPT)) {
      await results.drop(old).catch((thrown) => this.context.log.warn(`Results of ${old} stay: ${String(thrown)}`))
      store.delete(old)
    }
  }

  /** Cancelled is what the user stopped; a failed query costs nothing (Athena Pricing). */
  private fail(entry: Running, thrown: unknown): void {
    if (entry.abort.signal.aborted && (isAbort(thrown) || (thrown as EngineError)?.code === 'ConnectionLost')) {
      this.apply(entry, { type: 'cancelled' })
      return
    }
    const error = EngineError.from(thrown)
    if (error.domain === 'internal') this.context.log.error(`Query ${entry.query.queryId} failed`, thrown)
    entry.query = { ...entry.query, costUsd: 0 }
    this.apply(entry, { type: 'failed', error: error.toWire() })
  }

  private scanned(entry: Running, bytesScanned: number): void {
    this.apply(entry, { type: 'scanned', bytesScanned, costUsd: this.context.price()(bytesScanned) })
  }

  private apply(entry: Running, event: QueryEvent): void {
    const before = entry.query
    entry.query = step(before, event, this.context.reach.nowMs())
    if (entry.query === before) return
    // That it runs need not survive: a query that had not ended is FAILED after a restart, whether it was running or waiting.
    if (entry.query.state !== before.state && isEnded(entry.query)) this.context.store.put(entry.query, true)
    this.context.changes.announce(entry.query)
  }
}

function read(sql: string): { statement?: Statement; error?: EngineError } {
  try {
    return { statement: parseStatement(sql) }
  } catch (thrown) {
    return { error: EngineError.from(thrown) }
  }
}
