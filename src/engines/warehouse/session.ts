import type { Clients } from '../contract.ts'
import { type Duck, type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { recordChanges, SEARCH_PATH } from './catalog.ts'
import { DEFAULT_PATH, type PathChange, type SearchPath } from './search-path.ts'

export interface SessionDeps {
  readonly duck: Duck
  readonly lake: Clients['lake']
  readonly unique: (prefix: string) => string
  readonly now: () => number
}

export interface Touched {
  readonly schema: string
  readonly table: string
}

/**
 * `implicit`: that of one text. `explicit`: begun by BEGIN. `failed`: begun by BEGIN and rolled back since a statement failed in it; only its
 * end is taken.
 */
export type Transaction = 'none' | 'implicit' | 'explicit' | 'failed'

/** The statements by which a connection reads like a session of the warehouse. */
export function sessionSetup(nowMs: number, searchPath = SEARCH_PATH): string[] {
  return [
    `SET search_path = ${literal(searchPath)}`,
    `SET VARIABLE millrace_now = make_timestamp(${Math.trunc(nowMs)} * 1000)`,
  ]
}

/** A connection with what lives no longer than it: a transaction, and temporary tables. */
export class Session {
  readonly duck: DuckSession
  /** Tables that the transaction has changed. */
  readonly touched = new Map<string, Touched>()
  transaction: Transaction = 'none'
  /** Where what is named without a schema is searched for. DuckDB's own search path stays as it is. */
  searchPath: SearchPath = DEFAULT_PATH
  /** The paths that hold from the transaction's end, by what that is. */
  private paths = { committed: DEFAULT_PATH, rolledBack: DEFAULT_PATH }

  private constructor(duck: DuckSession) {
    this.duck = duck
  }

  /** Runs `work` on a connection as a session, and leaves the connection as it was. */
  static async on<T>(duck: DuckSession, nowMs: number, work: (session: Session) => Promise<T>): Promise<T> {
    const session = new Session(duck)
    try {
      await session.enter(nowMs)
      return await work(session)
    } finally {
      await session.leave()
    }
  }

  /** Before each text: GETDATE tells the time at which it began. */
  async enter(nowMs: number): Promise<void> {
    for (const statement of sessionSetup(nowMs)) await this.duck.run(statement)
  }

  /** What SET changes in a transaction goes back with it. */
  changePath({ path, local }: PathChange): void {
    this.searchPath = path
    if (!local) this.paths.committed = path
  }

  async begin(kind: 'implicit' | 'explicit'): Promise<void> {
    await this.duck.run('BEGIN TRANSACTION')
    this.paths.rolledBack = this.searchPath
    this.transaction = kind
  }

  /** Answers the tables that have changed with it. */
  async commit(): Promise<Touched[]> {
    if (this.transaction === 'none') return []
    const changed = [...this.touched.values()]
    this.transaction = 'none'
    this.touched.clear()
    try {
      await recordChanges(this.duck, changed)
      await this.duck.run('COMMIT')
    } catch (thrown) {
      // What could not be committed must not stay open on a connection that goes on.
      await this.duck.run('ROLLBACK').catch(() => {})
      this.keepPath('rolledBack')
      throw thrown
    }
    this.keepPath('committed')
    return changed
  }

  async rollback(then: 'none' | 'failed' = 'none'): Promise<void> {
    const { transaction } = this
    this.transaction = then
    this.touched.clear()
    if (transaction !== 'implicit' && transaction !== 'explicit') return
    this.keepPath('rolledBack')
    await this.duck.run('ROLLBACK').catch(() => {})
  }

  private keepPath(end: 'committed' | 'rolledBack'): void {
    this.searchPath = this.paths[end]
    this.paths = { committed: this.searchPath, rolledBack: this.searchPath }
  }

  async temporaries(): Promise<string[]> {
    const { values } = await this.duck.query('SELECT table_name FROM duckdb_tables() WHERE temporary ORDER BY 1')
    return values[0].map(String)
  }

  private async leave(): Promise<void> {
    await this.rollback()
    for (const name of await this.temporaries().catch(() => []))
      await this.duck.run(`DROP TABLE IF EXISTS temp.${identifier(name)}`).catch(() => {})
    await this.duck.run(`SET search_path = 'memory.main'`).catch(() => {})
  }
}

/** What a session holds that others do not see. */
export interface Held {
  readonly transaction: 'none' | 'open' | 'failed'
  readonly temporaries: readonly string[]
}

const NOTHING: Held = { transaction: 'none', temporaries: [] }

/** A session that outlives its texts, on a connection of its own. Its work is done one piece after the other. */
export class KeptSession {
  held = NOTHING
  private readonly deps: SessionDeps
  private readonly session: Session
  private readonly release: () => void
  private readonly onChange: (held: Held) => void
  private last: Promise<unknown> = Promise.resolve()

  private constructor(deps: SessionDeps, session: Session, release: () => void, onChange: (held: Held) => void) {
    this.deps = deps
    this.session = session
    this.release = release
    this.onChange = onChange
  }

  static async open(deps: SessionDeps, onChange: (held: Held) => void): Promise<KeptSession> {
    const opened = Promise.withResolvers<KeptSession>()
    deps.duck
      .use(
        (duck) =>
          Session.on(
            duck,
            deps.now(),
            (session) =>
              new Promise<void>((release) => opened.resolve(new KeptSession(deps, session, release, onChange))),
          ),
        { lane: 'session' },
      )
      .catch(opened.reject)
    return opened.promise
  }

  /** Whether it reads as any other session would. */
  get isBlank(): boolean {
    const { held, session } = this
    return held.transaction === 'none' && held.temporaries.length === 0 && session.searchPath === DEFAULT_PATH
  }

  /** Does `work` when all that was asked for before it has been done; what is given up in the queue is not begun. */
  async turn<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const before = this.last
    const done = Promise.withResolvers<void>()
    this.last = done.promise
    try {
      await unlessAborted(before, signal)
    } catch (thrown) {
      // Nobody overtakes what still runs.
      void before.then(() => done.resolve())
      throw thrown
    }
    try {
      await this.session.enter(this.deps.now())
      return await work(this.session)
    } finally {
      await this.tell()
      done.resolve()
    }
  }

  private async tell(): Promise<void> {
    const { session } = this
    // An error of a look or of a measured plan ends the transaction in DuckDB: then nothing can be read in it any more.
    const temporaries = await session.temporaries().catch(async () => {
      await session.rollback('failed')
      return session.temporaries().catch(() => [])
    })
    const { transaction } = session
    const now: Held = {
      transaction: transaction === 'explicit' ? 'open' : transaction === 'failed' ? 'failed' : 'none',
      temporaries,
    }
    if (JSON.stringify(now) === JSON.stringify(this.held)) return
    this.held = now
    this.onChange(now)
  }

  /** After the work that is under way; a transaction that is open is rolled back, and temporary tables are dropped. */
  async end(): Promise<void> {
    await this.last
    this.release()
  }
}

function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new EngineError('Cancelled', 'The statement was cancelled.', { retry: true }))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    void work.then(() => {
      signal.removeEventListener('abort', abort)
      if (signal.aborted) abort()
      else resolve()
    })
  })
}
