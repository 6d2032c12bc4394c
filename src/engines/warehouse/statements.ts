import type { EngineContext } from '../kit/node/engine.ts'
import { Announcer } from '../kit/pure/announcer.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import { withoutKeys } from '../kit/pure/sql-keys.ts'
import type { StatementExecution } from './contract.ts'
import { resultTable } from './results.ts'
import { runText } from './run.ts'
import type { KeptSession, SessionDeps } from './session.ts'
import type { StatementStore } from './store.ts'

interface Running {
  /** As it was given; what is kept has no keys. */
  readonly sql: string
  readonly session: KeptSession | undefined
  readonly controller: AbortController
  readonly done: Promise<void>
  execution: StatementExecution
}

const ENDED = new Set<StatementExecution['state']>(['FINISHED', 'FAILED', 'ABORTED'])

/** The life of statements: submitted, started, and ended in one of three ways. */
export class Statements {
  private readonly store: StatementStore
  private readonly deps: SessionDeps
  private readonly context: EngineContext<unknown>
  private readonly running = new Map<string, Running>()
  private readonly changes = new Announcer<StatementExecution>((execution) => execution.statementId)
  private readonly tables = new Announcer<{ schema: string; table: string }>(
    ({ schema, table }) => `${schema}.${table}`,
  )

  constructor(store: StatementStore, deps: SessionDeps, context: EngineContext<unknown>) {
    this.store = store
    this.deps = deps
    this.context = context
  }

  /** What was under way when the program ended was rolled back, and says so. */
  recover(): void {
    if (!this.store.writable) return
    for (const execution of this.store.list(1000))
      if (!ENDED.has(execution.state))
        this.store.put({
          execution: {
            ...execution,
            state: 'FAILED',
            endedMs: this.context.clock.now(),
            error: new EngineError(
              '57P01',
              'The program ended during the statement, which was rolled back. Run it again.',
              {
                domain: 'external',
                retry: true,
              },
            ).toWire(),
          },
        })
  }

  start(sql: string, session?: KeptSession): StatementExecution {
    const { clock, random } = this.context
    const execution: StatementExecution = {
      statementId: uuid(random),
      sql: withoutKeys(sql),
      state: 'SUBMITTED',
      submittedMs: clock.now(),
      progress: null,
      rowCount: null,
    }
    this.store.put({ execution })
    const controller = new AbortController()
    const release = clock.hold()
    const running: Running = { sql, session, controller, execution, done: Promise.resolve() }
    this.running.set(execution.statementId, running)
    const done = this.run(running).finally(() => {
      release()
      this.running.delete(execution.statementId)
    })
    Object.assign(running, { done })
    return execution
  }

  get(id: string): StatementExecution {
    const execution = this.running.get(id)?.execution ?? this.store.get(id)?.execution
    if (execution) return execution
    throw new EngineError('ResourceNotFoundException', `There is no statement ${id}.`)
  }

  async *watch(id: string, signal: AbortSignal): AsyncGenerator<StatementExecution> {
    const changes = this.changes.watch(signal, id)
    try {
      let execution = this.get(id)
      for (;;) {
        yield execution
        if (ENDED.has(execution.state)) return
        const next = await changes.next()
        if (next.done) return
        execution = next.value
      }
    } finally {
      await changes.return(undefined)
    }
  }

  watchAll(signal: AbortSignal): AsyncGenerator<StatementExecution> {
    return this.changes.watch(signal)
  }

  watchTables(signal: AbortSignal): AsyncGenerator<{ schema: string; table: string }> {
    return this.tables.watch(signal)
  }

  /** Interrupts the work; answers when nothing of it runs any more. */
  async stop(id: string): Promise<StatementExecution> {
    const running = this.running.get(id)
    running?.controller.abort(new EngineError('57014', 'The statement was cancelled on request.', { retry: true }))
    await running?.done
    return this.get(id)
  }

  async close(): Promise<void> {
    for (const { controller } of this.running.values())
      controller.abort(
        new EngineError('57P01', 'The program ended during the statement, which was rolled back.', { retry: true }),
      )
    await Promise.all([...this.running.values()].map(({ done }) => done))
    this.changes.close()
    this.tables.close()
  }

  private async run(running: Running): Promise<void> {
    const { clock, log } = this.context
    const { signal } = running.controller
    const id = running.execution.statementId
    const change = (part: Partial<StatementExecution>) => {
      running.execution = { ...running.execution, ...part }
      this.changes.announce(running.execution)
    }
    let result: string | undefined
    try {
      change({ state: 'STARTED' })
      const outcome = await runText(running.sql, id, this.deps, {
        signal,
        ...(running.session && { session: running.session }),
        onProgress: (progress) => change({ progress }),
      })
      result = outcome.result
      running.execution = {
        ...running.execution,
        state: 'FINISHED',
        endedMs: clock.now(),
        progress: 1,
        rowCount: outcome.rowCount,
        ...(outcome.columns && { columns: outcome.columns }),
      }
      for (const table of outcome.touched) this.tables.announce(table)
    } catch (thrown) {
      const error = EngineError.from(signal.aborted ? signal.reason : thrown)
      if (error.domain === 'internal' && !signal.aborted) log.error(`statement ${id}`, thrown)
      running.execution = {
        ...running.execution,
        state: signal.aborted ? 'ABORTED' : 'FAILED',
        endedMs: clock.now(),
        error: error.toWire(),
      }
    }
    this.store.put({ execution: running.execution, result })
    this.changes.announce(running.execution)
    for (const old of this.store.trim())
      await this.deps.duck
        .query(`DROP TABLE IF EXISTS ${resultTable(old)}`)
        .catch((thrown) => log.warn(`an old result stays: ${String(thrown)}`))
  }
}
