import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Dashboard } from '../../../engines/bi/dashboard.ts'
import type { Clients } from '../../../engines/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import { type History, record, redo, settle, startHistory, undo } from '../../lib/history.ts'
import { dashboardText, parseDashboard } from './model/text.ts'

export interface SessionState {
  readonly phase: 'loading' | 'ready' | 'damaged' | 'missing'
  readonly error: EngineError | null
  readonly history: History<Dashboard> | null
  /** The document as the file has it; another one in `history` means unsaved changes. */
  readonly saved: Dashboard | null
  readonly savedText: string
  readonly revision: string | null
  /** The text of a damaged file as it is being mended. */
  readonly draft: string | null
  /** The file changed under us while there are unsaved changes. */
  readonly conflict: boolean
}

const START: SessionState = {
  phase: 'loading',
  error: null,
  history: null,
  saved: null,
  savedText: '',
  revision: null,
  draft: null,
  conflict: false,
}

/** One open dashboard: its document with undo, and its file. */
export class DashboardSession {
  readonly path: string
  readonly store: StoreApi<SessionState>
  private readonly clients: Clients
  private saving: Promise<boolean> = Promise.resolve(true)

  constructor(path: string, clients: Clients) {
    this.path = path
    this.clients = clients
    this.store = createStore<SessionState>(() => START)
  }

  get state(): SessionState {
    return this.store.getState()
  }

  get document(): Dashboard | null {
    return this.state.history?.present ?? null
  }

  async load(): Promise<void> {
    try {
      const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
      this.take(text, revision)
    } catch (thrown) {
      this.store.setState({ phase: 'missing', error: EngineError.from(thrown) })
    }
  }

  private take(text: string, revision: string): void {
    try {
      const document = parseDashboard(text, this.path)
      const history = startHistory(document)
      this.store.setState({ ...START, phase: 'ready', history, saved: document, savedText: text, revision })
    } catch (thrown) {
      this.store.setState({ ...START, phase: 'damaged', error: EngineError.from(thrown), savedText: text, revision })
    }
  }

  /** Something wrote the file: ours is known by its revision; a foreign one is taken unless there are changes to lose. */
  async noticeChange(): Promise<void> {
    await this.saving
    const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
    if (revision === this.state.revision) return
    if (isDirty(this.state)) this.store.setState({ conflict: true })
    else this.take(text, revision)
  }

  noticeDeletion(): void {
    if (this.state.phase !== 'ready') this.store.setState({ phase: 'missing' })
    else this.store.setState({ saved: null, revision: null })
  }

  /** Writes the file. Resolves to false when it changed under us meanwhile: `conflict` says so. */
  save(options: { overwrite?: boolean } = {}): Promise<boolean> {
    this.saving = this.saving.catch(() => false).then(() => this.write(options.overwrite ?? false))
    return this.saving
  }

  private async write(overwrite: boolean): Promise<boolean> {
    const { phase, draft, revision } = this.state
    const document = this.document
    const text = phase === 'damaged' ? draft : document && dashboardText(document)
    if (text === null) return true
    try {
      const written = await this.clients.workspace.writeDocument({
        path: this.path,
        text,
        ...(!overwrite && revision !== null && { revision }),
      })
      if (phase === 'damaged') this.take(text, written.revision)
      // What was edited while it was being written stays unsaved: `saved` is what went out.
      else this.store.setState({ revision: written.revision, saved: document, savedText: text, conflict: false })
      return true
    } catch (thrown) {
      if (EngineError.from(thrown).code !== 'Conflict') throw thrown
      this.store.setState({ conflict: true })
      return false
    }
  }

  /** Gives up what is unsaved. */
  async reload(): Promise<void> {
    const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
    this.take(text, revision)
  }

  /** An edit of the document. Equal `merge` keys in a row are undone as one. */
  apply(label: string, change: (document: Dashboard) => Dashboard, merge: string | null = null): void {
    const { history } = this.state
    if (history) this.store.setState({ history: record(history, change(history.present), label, merge) })
  }

  settle(): void {
    const { history } = this.state
    if (history) this.store.setState({ history: settle(history) })
  }

  undo(): void {
    const { history } = this.state
    if (history) this.store.setState({ history: undo(history) })
  }

  redo(): void {
    const { history } = this.state
    if (history) this.store.setState({ history: redo(history) })
  }

  /** The text of a damaged file: as soon as it can be read it is a dashboard again. */
  writeText(text: string): void {
    try {
      const document = parseDashboard(text, this.path)
      this.store.setState({
        ...START,
        phase: 'ready',
        history: startHistory(document),
        savedText: this.state.savedText,
        revision: this.state.revision,
      })
    } catch (thrown) {
      this.store.setState({ draft: text, error: EngineError.from(thrown) })
    }
  }
}

export function isDirty(state: SessionState): boolean {
  if (state.phase === 'damaged') return state.draft !== null && state.draft !== state.savedText
  return state.phase === 'ready' && state.history?.present !== state.saved
}

const open = new Map<string, { session: DashboardSession; users: number }>()

/** The session of a file, shared by everything that shows it, kept while anything does. */
export function acquire(path: string, clients: Clients): DashboardSession {
  const known = open.get(path)
  if (known) {
    known.users++
    return known.session
  }
  const session = new DashboardSession(path, clients)
  open.set(path, { session, users: 1 })
  void session.load()
  return session
}

export function release(path: string): void {
  const known = open.get(path)
  if (known && --known.users === 0) open.delete(path)
}
