import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Clients } from '../../../engines/contract.ts'
import { EngineError, type WireError } from '../../../engines/kit/pure/errors.ts'
import type { Connection as Way } from '../../lib/clients.tsx'
import { notSoon, soon } from '../../lib/soon.ts'
import { memory } from '../../lib/useRemembered.ts'
import { Connection, type Held } from './connection.ts'
import { type Draft, forgetDraft, keepDraft, keptDraft } from './drafts.ts'
import { describe, type Execution, isEnded, writtenIn } from './execution.ts'
import { type Look, Looker } from './look.ts'
import {
  type Dialect,
  type Engine,
  type Header,
  headerLine,
  isDialect,
  PRIMARY,
  readHeader,
  writeHeader,
} from './model/header.ts'
import { fillIn } from './model/parameters.ts'
import type { Seen } from './model/seen.ts'
import { Runner } from './runner.ts'

/** What a tab of results shows: one statement that was run. */
export interface ResultTab {
  readonly key: string
  readonly engine: Dialect
  readonly database: string
  readonly workGroup?: string
  readonly reuseMinutes?: number
  readonly sql: string
  /** Where it had parameters: the statement as written, and their values. */
  readonly given?: Given
  /** Where the statement began in the text when it was run. */
  readonly at: { readonly line: number; readonly column: number }
  readonly execution?: Execution
  /** Why it was never taken. */
  readonly error?: EngineError
  /** Real time by this window's clock: the engine's may run faster. */
  readonly startedAt: number
  readonly tookMs?: number
  /** Statements that were to follow and were not run, since this one did not come to its end. */
  readonly unrun?: number
  /** The result that stood in this place before: it stays in sight until this one is there. */
  readonly previous?: Execution
  /** A plan was asked for instead of the result. */
  readonly explained?: { readonly analyze: boolean }
  readonly plan?: Plan
  readonly seen?: Seen
}

export interface Given {
  readonly written: string
  readonly values: Readonly<Record<string, string>>
}

/** The engine's plan: a tree where it gives one, and its text. */
export interface Plan {
  readonly plan: unknown
  readonly text: string
}

export interface SessionState {
  readonly phase: 'loading' | 'ready' | 'missing'
  readonly error: EngineError | null
  readonly text: string
  /** As the file has it; null for a query without a file. */
  readonly savedText: string | null
  readonly revision: string | null
  /** The file changed outside while there are unsaved changes. */
  readonly conflict: boolean
  readonly results: readonly ResultTab[]
  readonly shown: string | null
  /** Rows of an inner query, shown over the results. */
  readonly look: Look | null
  readonly running: boolean
  readonly stopping: boolean
  /** What the session of the tab holds; null while none is open. */
  readonly held: Held | null
  /** The workgroup whose settings are open; empty for one that is to be made. */
  readonly workGroup: string | null
}

export interface SessionParams {
  path: string
  sql?: string
  engine?: string
  database?: string
  workGroup?: string
  /** An execution of the history whose result is shown. */
  execution?: string
}

const LAST_DATABASE = 'sql.database'

/** One query: its text, its file, and the results of what was run from it. */
export class Session {
  readonly store: StoreApi<SessionState>
  readonly clients: Clients
  /** Whether the engines can be asked at once: what is asked while they cannot waits, which no statement may. */
  readonly isConnected: () => boolean
  readonly runner: Runner
  readonly looker: Looker
  readonly connection: Connection
  path: string
  key: string
  private readonly params: SessionParams
  private saving: Promise<unknown> = Promise.resolve()

  constructor(key: string, params: SessionParams, { clients, state }: Pick<Way, 'clients' | 'state'>) {
    this.key = key
    this.path = params.path
    this.params = params
    this.clients = clients
    this.isConnected = () => state() === 'connected'
    this.runner = new Runner(this)
    this.looker = new Looker(this)
    this.connection = new Connection(clients, (held) => this.store.setState({ held }))
    this.store = createStore<SessionState>(() => ({
      phase: 'loading',
      error: null,
      text: '',
      savedText: null,
      revision: null,
      conflict: false,
      results: [],
      shown: null,
      look: null,
      running: false,
      stopping: false,
      held: null,
      workGroup: null,
    }))
  }

  get state(): SessionState {
    return this.store.getState()
  }

  /** What the header of the text says, with what the tab was opened for where it says nothing. */
  get header(): Required<Header> {
    return headerOf(this.state.text, this.params.engine)
  }

  async load(): Promise<void> {
    const draft = await keptDraft(this.key, this.clients)
    try {
      if (this.path === '') this.store.setState({ phase: 'ready', text: draft?.text ?? (await this.firstText()) })
      else {
        const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
        const kept = draft?.dirty ? draft : null
        this.store.setState({
          phase: 'ready',
          error: null,
          text: kept?.text ?? text,
          savedText: text,
          revision,
          conflict: kept !== null && kept.revision !== revision && kept.text !== text,
        })
      }
    } catch (thrown) {
      if (!draft?.dirty) return this.store.setState({ phase: 'missing', error: EngineError.from(thrown) })
      // The file is gone, what was written into it here is not.
      this.store.setState({ phase: 'ready', text: draft.text, savedText: null, revision: null })
    }
    await this.restoreResults(draft)
  }

  private async firstText(): Promise<string> {
    const { sql = '', engine, database, workGroup = PRIMARY } = this.params
    if (readHeader(sql).engine) return sql
    const header: Header = {
      engine: isDialect(engine) ? engine : 'athena',
      database: database ?? (await this.likelyDatabase()),
      workGroup,
    }
    return `${headerLine(header)}\n${sql}${sql === '' ? '\n' : ''}`
  }

  /** The database last worked with, else the first that has tables. */
  private async likelyDatabase(): Promise<string> {
    await memory.fetch(LAST_DATABASE, this.clients)
    const last = memory.read(LAST_DATABASE)
    if (typeof last === 'string') return last
    try {
      for (const { name } of await this.clients.catalog.listDatabases({}))
        if ((await this.clients.catalog.listTables({ database: name })).length > 0) return name
    } catch {
      // The catalog is away; the text can be written all the same.
    }
    return 'default'
  }

  private async restoreResults(draft: Draft | undefined): Promise<void> {
    const { execution, engine } = this.params
    const wanted: Draft['results'] =
      draft?.results ??
      (execution
        ? [{ engine: (engine === 'warehouse' ? 'warehouse' : 'athena') as Engine, id: execution, line: 2, column: 1 }]
        : [])
    const known = await Promise.all(
      wanted.map(async (result) => {
        try {
          const execution = await describe(this.clients, result)
          return { ...result, execution, startedAt: await this.startOf(execution, result.startedMs) }
        } catch {
          return null
        }
      }),
    )
    const results = known.flatMap((result): ResultTab[] =>
      result
        ? [
            asWritten({
              key: result.id,
              engine: result.engine,
              database: result.execution.database ?? '',
              sql: result.execution.sql,
              at: { line: result.line, column: result.column },
              execution: result.execution,
              startedAt: result.startedAt,
              ...(result.tookMs !== undefined && { tookMs: result.tookMs }),
              ...(result.seen && { seen: result.seen }),
              ...(result.given && { given: result.given }),
            }),
          ]
        : [],
    )
    if (results.length === 0 || this.state.results.length > 0) return
    this.store.setState({ results, shown: results[0].key })
    void this.runner.resume()
  }

  /** When something was begun, by this window's clock: as was remembered, else by how far the engine's own clock has gone since. */
  private async startOf(execution: Execution, startedMs: number | undefined): Promise<number> {
    if (startedMs !== undefined) return Math.min(performance.now(), startedMs - performance.timeOrigin)
    if (isEnded(execution)) return performance.now()
    const { nowMs, clock } = await this.clients.system.status({})
    return performance.now() - Math.max(0, nowMs - execution.submittedMs) / (clock.speed ?? 1)
  }

  write(text: string): void {
    if (text === this.state.text) return
    this.store.setState({ text })
    this.remember()
  }

  /** Puts what has changed into the header of the text. */
  writeHeader(change: Partial<Header>): void {
    const header = { ...this.header, ...change }
    if (header.engine !== 'warehouse') memory.write(LAST_DATABASE, header.database, this.clients)
    this.write(writeHeader(this.state.text, header))
  }

  /** Keeps the unsaved text and which results are shown, shortly after the last change. */
  remember(): void {
    soon(`sql ${this.key}`, 300, () => this.rememberNow())
  }

  private rememberNow(): void {
    const { text, revision, results } = this.state
    const draft: Draft = {
      text: this.path !== '' && !this.dirty ? '' : text,
      revision,
      dirty: this.dirty,
      results: results.flatMap(({ execution, at, given, startedAt, tookMs, seen }) =>
        execution
          ? [
              {
                engine: execution.engine,
                id: execution.id,
                ...at,
                startedMs: Math.round(performance.timeOrigin + startedAt),
                ...(given && { given }),
                ...(tookMs !== undefined && { tookMs }),
                ...(seen && { seen }),
              },
            ]
          : [],
      ),
      atMs: Date.now(),
    }
    keepDraft(this.key, draft, this.clients)
  }

  forget(): void {
    notSoon(`sql ${this.key}`)
    forgetDraft(this.key, this.clients)
  }

  get dirty(): boolean {
    return isDirty(this.state, this.path)
  }

  /** What was given up must not be there for who opens the file again at once. */
  readonly discard = (): void => {
    const { savedText } = this.state
    if (savedText !== null) this.write(savedText)
  }

  /** Writes the file; `Conflict` shows as a banner and resolves to false. */
  save(options: { overwrite?: boolean } = {}): Promise<boolean> {
    const work = this.saving.then(async () => {
      const { text, revision } = this.state
      try {
        const written = await this.clients.workspace.writeDocument({
          path: this.path,
          text,
          ...(revision !== null && !options.overwrite && { revision }),
        })
        this.store.setState({ savedText: text, revision: written.revision, conflict: false })
        this.remember()
        return true
      } catch (thrown) {
        if (!(thrown instanceof EngineError && thrown.code === 'Conflict')) throw thrown
        this.store.setState({ conflict: true })
        return false
      }
    })
    this.saving = work.catch(() => {})
    return work
  }

  /** A query without a file has been written to one. */
  async becomeFile(path: string): Promise<void> {
    const { text, revision } = await this.clients.workspace.readDocument({ path })
    this.path = path
    this.store.setState({ savedText: text, revision })
  }

  async reload(): Promise<void> {
    const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
    this.store.setState({ text, savedText: text, revision, conflict: false })
    this.remember()
  }

  /** The file was written: ours is known by its revision; a foreign one is taken unless there are changes to lose. */
  async noticeChange(): Promise<void> {
    await this.saving
    const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
    if (revision === this.state.revision) return
    if (this.dirty && text !== this.state.text) this.store.setState({ conflict: true })
    else this.store.setState({ text, savedText: text, revision, conflict: false })
  }

  /** The file is gone: the text here is then all there is of it. */
  noticeDeletion(): void {
    this.store.setState({ savedText: null, revision: null })
    this.remember()
  }

  setResult(key: string, change: Partial<ResultTab>): void {
    this.store.setState(({ results }) => ({
      results: results.map((result) => (result.key === key ? asWritten({ ...result, ...change }, change) : result)),
    }))
    if (change.seen || (change.execution && isEnded(change.execution))) this.remember()
  }
}

/** An engine's error, of what has just come of a result, has its place in the statement as written. */
function asWritten(result: ResultTab, { execution, error }: Partial<ResultTab> = result): ResultTab {
  const { given, engine } = result
  if (!given) return result
  const { written } = fillIn(given.written, given.values, execution ? writtenIn(execution) : engine)
  const placed = (wire: WireError) => (wire.at ? { ...wire, at: written(wire.at) } : wire)
  return {
    ...result,
    ...(execution?.error && { execution: { ...execution, error: placed(execution.error) } }),
    ...(error && { error: EngineError.fromWire(placed(error.toWire())) }),
  }
}

export function headerOf(text: string, opened?: string): Required<Header> {
  const header = readHeader(text)
  return {
    engine: header.engine ?? (isDialect(opened) ? opened : 'athena'),
    database: header.database ?? 'default',
    workGroup: header.workGroup ?? PRIMARY,
    reuseMinutes: header.reuseMinutes ?? 0,
  }
}

/** A query without a file is unsaved work as soon as it says more than its header. */
export function isDirty(state: SessionState, path: string): boolean {
  if (state.phase !== 'ready') return false
  if (path === '')
    return (
      writeHeader(state.text, { engine: 'athena' })
        .replace(/^.*\n?/, '')
        .trim() !== ''
    )
  return state.text !== state.savedText
}
