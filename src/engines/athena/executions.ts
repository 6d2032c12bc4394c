import type { Clients } from '../contract.ts'
import type { Log } from '../kit/node/engine.ts'
import type { EngineEvent } from '../kit/node/event-announcements.ts'
import { placeAt } from '../kit/node/sql/lexer.ts'
import type { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError, isAbort } from '../kit/pure/errors.ts'
import { queryEvent } from './bus-event.ts'
import type { QueryExecution, SqlDialect, WorkGroup } from './contract.ts'
import { putMetrics } from './metrics.ts'
import { interrupted, isEnded, PROGRAM_STOPPED, type QueryEvent, step } from './model.ts'
import type { Reach } from './prepare.ts'
import type { Results } from './results.ts'
import type { Outcome, Run } from './run/outcome.ts'
import { requireOwner, resultObject, writeOutput } from './run/output.ts'
import { runStatement } from './run/run.ts'
import type { Writings } from './run/writing.ts'
import type { PreparedStatements } from './saved.ts'
import { inDialect } from './spark/error-classes.ts'
import { substatementType } from './statements/kinds.ts'
import { type ReadStatement, readStatement } from './statements/parameters.ts'
import { statementType } from './statements/statement.ts'
import type { QueryStore } from './store.ts'

/** Queries whose results are kept; the history of older ones goes with them. */
const KEPT = 200

export interface ExecutionsContext {
  readonly reach: Reach
  readonly results: Results
  readonly store: QueryStore
  readonly prepared: PreparedStatements
  readonly writings: Writings
  readonly changes: Broadcast<QueryExecution>
  /** On disk together with what `keep` writes. */
  readonly announce: (event: EngineEvent, keep?: () => void) => void
  readonly price: () => (bytes: number) => number
  readonly cloudwatch: Clients['cloudwatch']
  readonly log: Log
}

export interface NewQuery extends Pick<QueryExecution, 'queryId' | 'sql' | 'database'> {
  readonly group: WorkGroup
  readonly dialect: SqlDialect
  readonly parameters?: string[] | undefined
  readonly reuseMinutes?: number | undefined
  readonly token?: { token: string; request: string } | undefined
  /** As `resultSettings` has settled them. */
  readonly output: Pick<QueryExecution, 'outputLocation' | 'expectedBucketOwner' | 'acl' | 'encryption'>
}

interface Running {
  query: QueryExecution
  readonly group: WorkGroup
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

  /**
   * Takes back what queries had written that were under way when the process ended, and says of them that they failed. One that had settled
   * what it replaces has succeeded.
   */
  async recover(): Promise<void> {
    const { store, writings, reach, log } = this.context
    for (const queryId of writings.unfinished()) {
      const before = store.get(queryId)
      const done = writings.done(queryId)
      if (done && before && !isEnded(before))
        this.context.announce(queryEvent(done, before), () => store.put(done, true))
      if (done) {
        if (await this.takeAway(queryId)) writings.end(queryId)
      } else if (before?.state === 'SUCCEEDED') writings.end(queryId)
      else await writings.undo(queryId).catch((thrown) => log.error(`What ${queryId} had written stays`, thrown))
    }
    for (const query of store.unended()) {
      const cut = interrupted(query, reach.nowMs())
      this.context.announce(queryEvent(cut, query), () => store.put(cut, true))
    }
  }

  get isBusy(): boolean {
    return this.running.size > 0
  }

  get(queryId: string): QueryExecution | undefined {
    return this.running.get(queryId)?.query ?? this.context.store.get(queryId)
  }

  /** Acknowledged once the query is in the history. A text that cannot be read is a query that failed, with the place. */
  start(input: NewQuery): QueryExecution {
    const { store, changes, reach } = this.context
    const known = input.token && store.requestOf(input.token.token)
    if (known) {
      if (known.request === input.token!.request) return this.get(known.queryId)!
      throw new EngineError('IDEMPOTENT_PARAMETER_MISMATCH', 'Idempotent parameters do not match')
    }
    const { read, error } = this.read(input)
    const { outputLocation, ...output } = input.output
    const statement = read?.statement
    const query: QueryExecution = {
      queryId: input.queryId,
      sql: input.sql,
      ...(input.dialect !== 'trino' && { dialect: input.dialect }),
      database: input.database,
      workGroup: input.group.name,
      state: 'QUEUED',
      statementType: statement ? statementType(statement) : 'DML',
      ...(statement && { substatementType: substatementType(statement) }),
      ...(input.parameters && { parameters: input.parameters }),
      ...(input.reuseMinutes !== undefined && { reuseMinutes: input.reuseMinutes }),
      submittedMs: reach.nowMs(),
      progress: null,
      bytesScanned: null,
      costUsd: null,
      rowCount: null,
      ...output,
      ...(outputLocation !== undefined && {
        outputLocation: resultObject(statement, input.queryId, outputLocation),
      }),
    }
    const entry: Running = { query, group: input.group, abort: new AbortController(), done: Promise.resolve() }
    this.running.set(query.queryId, entry)
    this.context.announce(queryEvent(query), () => store.putFirst(query, input.token))
    changes.announce(query)
    if (read) entry.done = this.execute(read, entry)
    else {
      this.apply(entry, { type: 'failed', error: error!.toWire() })
      this.running.delete(query.queryId)
    }
    return read ? query : store.get(query.queryId)!
  }

  private read({ sql, dialect, parameters, group }: NewQuery): { read?: ReadStatement; error?: EngineError } {
    try {
      return { read: readStatement(sql, parameters, (name) => this.context.prepared.get(group.name, name), dialect) }
    } catch (thrown) {
      return { error: EngineError.from(inDialect(thrown, dialect)) }
    }
  }

  /** Interrupts the query; answers when nothing of it runs any more. */
  async stop(queryId: string, why = CANCELLED): Promise<void> {
    const entry = this.running.get(queryId)
    if (!entry) return
    entry.abort.abort(why)
    await entry.done
  }

  async stopAll(workGroup: string): Promise<void> {
    const wanted = [...this.running.values()].filter(({ group }) => group.name === workGroup)
    await Promise.all(wanted.map(({ query }) => this.stop(query.queryId)))
  }

  /** Ends with the program. Nobody cancelled what is under way: it has failed. */
  async close(): Promise<void> {
    await Promise.all([...this.running.keys()].map((queryId) => this.stop(queryId, STOPPED)))
  }

  /** Takes a query that has ended out of the history, with its rows. */
  async forget(queryId: string): Promise<void> {
    const { results, store, log } = this.context
    await results.drop(queryId).catch((thrown) => log.warn(`Results of ${queryId} stay: ${String(thrown)}`))
    store.delete(queryId)
  }

  private async execute(read: ReadStatement, entry: Running): Promise<void> {
    const { reach, store, writings, results } = this.context
    const { queryId } = entry.query
    const { signal } = entry.abort
    let whole = true
    try {
      requireOwner(entry.query)
      const outcome = await reach.duck.use(
        async (session) => {
          this.apply(entry, { type: 'started' })
          const run = this.runOf(read, entry, session)
          const done = (await this.reuse(entry, run)) ?? (await runStatement(read.statement, run))
          const ranMs = reach.nowMs()
          const { written: _, ...outcome } = done
          if (entry.query.outputLocation === undefined) return { ...outcome, processingMs: 0 }
          const files = await writeOutput(read.statement, entry.query, done, run)
          const { outputLocation } = entry.query
          return { ...outcome, ...files, outputLocation, processingMs: reach.nowMs() - ranMs }
        },
        { lane: 'user', signal },
      )
      if (entry.query.bytesScanned === null) this.apply(entry, { type: 'scanned', bytesScanned: 0, costUsd: 0 })
      const succeeded: QueryEvent = { type: 'succeeded', ...outcome }
      if (await writings.settle(queryId, step(entry.query, succeeded, reach.nowMs())))
        whole = await this.takeAway(queryId)
      this.apply(entry, succeeded)
    } catch (thrown) {
      await writings.undo(queryId).catch((left) => this.context.log.error(`What ${queryId} had written stays`, left))
      await results.drop(queryId).catch(() => {})
      this.fail(entry, placed(thrown, read, entry.query.sql))
    } finally {
      this.running.delete(queryId)
    }
    if (entry.query.state === 'SUCCEEDED' && whole) writings.end(queryId)
    if (entry.group.metrics) {
      await putMetrics(this.context, entry.query).catch((thrown) =>
        this.context.log.warn(`Metrics of ${queryId} were not put: ${String(thrown)}`),
      )
    }
    for (const old of store.older(KEPT)) await this.forget(old)
  }

  /** Whether all that a settled write has replaced is gone; else the next start tries again. */
  private async takeAway(queryId: string): Promise<boolean> {
    try {
      await this.context.writings.replace(queryId)
      return true
    } catch (thrown) {
      this.context.log.error(`What ${queryId} has replaced stays until the next start`, thrown)
      return false
    }
  }

  private runOf(read: ReadStatement, entry: Running, session: Run['session']): Run {
    const { reach, results, prepared, writings } = this.context
    const { queryId, database, outputLocation } = entry.query
    return {
      ...reach,
      queryId,
      sql: read.sql,
      database,
      workGroup: entry.group,
      outputLocation,
      session,
      results,
      prepared,
      signal: entry.abort.signal,
      onPlanned: () => this.apply(entry, { type: 'planned' }),
      onProgress: (progress) => this.apply(entry, { type: 'progressed', progress }),
      onScanned: (bytesScanned) => this.scanned(entry, bytesScanned),
      onWriting: (writing) => writings.begin(queryId, writing),
    }
  }

  /** The rows of the last query like this one, where it is not too old ("Reuse query results in Athena"). */
  private async reuse(entry: Running, run: Run): Promise<Outcome | undefined> {
    const { query } = entry
    if (query.reuseMinutes === undefined || query.substatementType !== 'SELECT') return undefined
    const sinceMs = query.submittedMs - query.reuseMinutes * 60_000
    const before = this.context.store
      .list({ workGroup: query.workGroup, limit: KEPT })
      .find((other) => other.state === 'SUCCEEDED' && other.endedMs! >= sinceMs && isSame(other, query))
    if (!before) return undefined
    const rowCount = await run.results.copy(run.session, before.queryId, query.queryId)
    if (rowCount === undefined) return undefined
    entry.query = { ...query, reusedFrom: before.queryId }
    return { columns: before.columns!, rowCount }
  }

  /** Cancelled is what the user or the workgroup's limit stopped; a failed query costs nothing (Athena Pricing). */
  private fail(entry: Running, thrown: unknown): void {
    const { aborted, reason } = entry.abort.signal
    if (aborted && (thrown === reason || isAbort(thrown) || (thrown as EngineError)?.code === 'ConnectionLost')) {
      if (reason === STOPPED) this.apply(entry, { type: 'failed', error: PROGRAM_STOPPED })
      else
        this.apply(entry, {
          type: 'cancelled',
          ...(reason !== CANCELLED && { error: (reason as EngineError).toWire() }),
        })
      return
    }
    const error = EngineError.from(inDialect(thrown, entry.query.dialect))
    if (error.domain === 'internal') this.context.log.error(`Query ${entry.query.queryId} failed`, thrown)
    entry.query = { ...entry.query, costUsd: 0 }
    this.apply(entry, { type: 'failed', error: error.toWire() })
  }

  /** A query that goes beyond its workgroup's limit is cancelled there, and has scanned that much. */
  private scanned(entry: Running, wanted: number): void {
    const limit = entry.group.cutoffBytes ?? Number.POSITIVE_INFINITY
    const bytesScanned = Math.min(wanted, limit)
    this.apply(entry, { type: 'scanned', bytesScanned, costUsd: this.context.price()(bytesScanned) })
    if (wanted <= limit) return
    const cut = new EngineError('BYTES_SCANNED_LIMIT_EXCEEDED', 'Bytes scanned limit was exceeded')
    entry.abort.abort(cut)
    throw cut
  }

  private apply(entry: Running, event: QueryEvent): void {
    const before = entry.query
    const after = step(before, event, this.context.reach.nowMs())
    if (after === before) return
    // That it runs need not survive: a query that had not ended is FAILED after a restart, whether it was running or waiting.
    if (after.state !== before.state)
      this.context.announce(
        queryEvent(after, before),
        isEnded(after) ? () => this.context.store.put(after, true) : undefined,
      )
    entry.query = after
    this.context.changes.announce(after)
  }
}

/** Why a query is interrupted. */
const CANCELLED = new EngineError('Cancelled', 'The query was cancelled.')
const STOPPED = new EngineError('Cancelled', PROGRAM_STOPPED.message)

/** A result that stands for an earlier one is as old as that, so it is not taken again. */
function isSame(one: QueryExecution, other: QueryExecution): boolean {
  const key = (query: QueryExecution) =>
    JSON.stringify([
      query.sql,
      query.dialect,
      query.parameters,
      query.database,
      query.outputLocation?.replace(query.queryId, ''),
      query.expectedBucketOwner,
      query.acl,
      query.encryption,
      query.substatementType,
    ])
  return one.reusedFrom === undefined && key(one) === key(other)
}

/** A failure's place in the user's own text, which has `?` where values are now. */
function placed(thrown: unknown, read: ReadStatement, userSql: string): unknown {
  if (!(thrown instanceof EngineError) || thrown.at?.line === undefined || read.sql === userSql) return thrown
  const { line, column = 1 } = thrown.at
  const lines = read.sql.split('\n').slice(0, line - 1)
  const offset = read.original(lines.reduce((sum, text) => sum + text.length + 1, 0) + column - 1)
  const { code, domain, retry, cause, message } = thrown
  if (offset === undefined) return new EngineError(code, message, { domain, retry, cause })
  const at = placeAt(userSql, offset)
  const moved = message.replace(/^line \d+:\d+:/, `line ${at.line}:${at.column}:`)
  return new EngineError(code, moved, { domain, retry, cause, at })
}
