import { EngineError } from '../../../engines/kit/pure/errors.ts'
import { notify, notifyError } from '../../lib/index.ts'
import { type Execution, explainPlan, isEnded, start, stop, watch } from './execution.ts'
import type { Dialect } from './model/header.ts'
import { withParameters } from './model/parameters.ts'
import type { Statement } from './model/statements.ts'
import type { ResultTab, Session } from './session.ts'

/** Runs statements one after the other, each with a result of its own, up to the first that fails. */
export class Runner {
  private readonly session: Session
  private turn = 0
  private planning: AbortController | null = null
  private readonly following = new Map<string, AbortController>()

  constructor(session: Session) {
    this.session = session
  }

  async run(statements: readonly Statement[], values: Readonly<Record<string, string>> = {}): Promise<void> {
    const session = this.session
    if (session.state.running || statements.length === 0 || !this.mayRun()) return
    const { engine, database, workGroup, reuseMinutes } = session.header
    const turn = ++this.turn
    session.looker.close()
    const before = session.state.results.filter(({ explained }) => !explained)
    const planned = statements.map((statement, index): ResultTab => {
      const previous = before[index]?.execution ?? before[index]?.previous
      const { filter: _, ...seen } = before[index]?.seen ?? {}
      return {
        key: `${turn}.${index}.${performance.now()}`,
        engine,
        database,
        workGroup,
        reuseMinutes,
        ...filled(statement, values, engine),
        at: { line: statement.line, column: statement.column },
        startedAt: performance.now(),
        ...(previous?.state === 'done' && { previous, seen }),
      }
    })
    session.store.setState({ running: true, stopping: false })
    for (const [index, tab] of planned.entries()) {
      const results = index === 0 ? [tab] : [...session.state.results, { ...tab, startedAt: performance.now() }]
      session.store.setState({ results, shown: tab.key })
      const ended = await this.one(tab)
      if (ended?.state === 'done' && !session.state.stopping) continue
      session.setResult(tab.key, { unrun: planned.length - index - 1 })
      break
    }
    session.store.setState({ running: false, stopping: false })
    session.remember()
  }

  /** What is asked without a connection would be sent as soon as there is one, when nobody expects it any more. */
  private mayRun(): boolean {
    if (this.session.isConnected()) return true
    notify({
      tone: 'bad',
      title: 'Not connected: nothing was run',
      message: 'Run it again when the connection is back. Nothing is sent on its own.',
    })
    return false
  }

  /** Goes on with what was under way before a reload of the page. */
  async resume(): Promise<void> {
    const { store, state } = this.session
    const open = state.results.flatMap(({ key, execution }) =>
      execution && !isEnded(execution) ? [{ key, execution }] : [],
    )
    if (open.length === 0) return
    store.setState({ running: true, stopping: false })
    await Promise.allSettled(open.map(({ key, execution }) => this.follow(key, execution)))
    store.setState({ running: false, stopping: false })
  }

  private async one(tab: ResultTab): Promise<Execution | null> {
    const session = this.session
    try {
      const within =
        tab.engine === 'warehouse' && session.isConnected() ? { session: await session.connection.open() } : {}
      if (!session.isConnected())
        throw new EngineError('NotConnected', 'Not connected: this was not run.', { domain: 'external', retry: true })
      const execution = await start(session.clients, { ...tab, ...within }).catch(tellFate)
      session.setResult(tab.key, { execution })
      session.remember()
      if (session.state.stopping) await stop(session.clients, execution)
      return await this.follow(tab.key, execution)
    } catch (thrown) {
      session.setResult(tab.key, { error: EngineError.from(thrown) })
      return null
    }
  }

  /** Shows the plan of a statement in place of a result; `analyze` runs it to measure. */
  async explain(
    statements: readonly Statement[],
    values: Readonly<Record<string, string>>,
    analyze: boolean,
  ): Promise<void> {
    const session = this.session
    const [statement] = statements
    if (!statement || session.state.running || !this.mayRun()) return
    const { engine, database } = session.header
    const tab: ResultTab = {
      key: `plan.${++this.turn}.${performance.now()}`,
      engine,
      database,
      ...filled(statement, values, engine),
      at: { line: statement.line, column: statement.column },
      startedAt: performance.now(),
      explained: { analyze },
    }
    // A plan stands beside the results that are there; only an older plan goes.
    session.looker.close()
    const others = session.state.results.filter((result) => !result.explained)
    const stop = new AbortController()
    this.planning = stop
    session.store.setState({ results: [...others, tab], shown: tab.key, running: true, stopping: false })
    try {
      const plan = await explainPlan(
        session.clients,
        { ...tab, session: session.connection.current },
        analyze,
        stop.signal,
      )
      session.setResult(tab.key, { plan, tookMs: performance.now() - tab.startedAt })
    } catch (thrown) {
      session.setResult(tab.key, { error: EngineError.from(thrown) })
    }
    session.store.setState({ running: false, stopping: false })
  }

  /** Watches an execution to its end. */
  async follow(key: string, first: Execution): Promise<Execution> {
    const session = this.session
    let last = first
    const stop = new AbortController()
    this.following.set(key, stop)
    const { startedAt: began, previous } = session.state.results.find((result) => result.key === key) ?? {}
    for await (const execution of watch(session.clients, first, stop.signal)) {
      last = execution
      session.setResult(key, {
        execution,
        ...(execution.state === 'done' && previous && !haveSameColumns(execution, previous) && { seen: {} }),
        ...(isEnded(execution) && began !== undefined && { tookMs: performance.now() - began }),
      })
      if (isEnded(execution)) break
    }
    this.following.delete(key)
    return session.state.results.find((result) => result.key === key)?.execution ?? last
  }

  /** Cancels at once on the screen; the engine answers when nothing of the work runs any more. */
  async cancel(): Promise<void> {
    const session = this.session
    session.store.setState({ stopping: true })
    this.planning?.abort()
    const current = session.state.results.find(({ execution }) => execution && !isEnded(execution))
    if (!current?.execution) return
    try {
      const execution = await stop(session.clients, current.execution)
      session.setResult(current.key, { execution, tookMs: performance.now() - current.startedAt })
      // The answer is the end: what the feed still has to say is not waited for.
      if (isEnded(execution)) this.following.get(current.key)?.abort()
    } catch (thrown) {
      notifyError('The query was not cancelled', thrown)
    }
  }
}

/** Of what was sent, an answer that never came says nothing: an INSERT must not be sent again on the word of a general advice. */
function tellFate(thrown: unknown): never {
  if (EngineError.from(thrown).code !== 'ConnectionLost') throw thrown
  throw new EngineError(
    'ConnectionLost',
    'The connection was lost before the engine answered, so it may have been run. Look for it in the history before you run it again.',
    { domain: 'external' },
  )
}

function filled({ sql: written }: Statement, values: Readonly<Record<string, string>>, engine: Dialect) {
  const sql = withParameters(written, values, engine)
  return { sql, ...(sql !== written && { given: { written, values } }) }
}

function haveSameColumns(one: Execution, other: Execution): boolean {
  const shape = ({ columns = [] }: Execution) => JSON.stringify(columns.map(({ name, declared }) => [name, declared]))
  return shape(one) === shape(other)
}
