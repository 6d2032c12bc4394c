import { useEffect, useState } from 'react'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Clients } from '../../engines/contract.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { useClients } from './clients.tsx'
import { type History, record, redo, settle, startHistory, undo } from './history.ts'
import { useFeed } from './useFeed.ts'

export interface DocumentState<D> {
  readonly phase: 'loading' | 'ready' | 'damaged' | 'missing'
  /** Why the file cannot be drawn, with its place, or why it cannot be read at all. */
  readonly error: EngineError | null
  readonly history: History<D> | null
  /** The document as the file has it; another one in `history` means unsaved changes. */
  readonly saved: D | null
  readonly savedText: string
  readonly revision: string | null
  /** Text being written by hand, while it differs from what the document alone would give. */
  readonly draft: string | null
  /** Why the draft cannot be saved as it is. */
  readonly draftError: EngineError | null
  /** The file changed under us while there are unsaved changes. */
  readonly conflict: boolean
}

export const START: DocumentState<never> = {
  phase: 'loading',
  error: null,
  history: null,
  saved: null,
  savedText: '',
  revision: null,
  draft: null,
  draftError: null,
  conflict: false,
}

/** One open document of the workspace: its value with undo, and its file. `S` is what else its feature keeps beside it. */
export abstract class DocumentSession<D, S extends DocumentState<D> = DocumentState<D>> {
  readonly path: string
  readonly store: StoreApi<S>
  protected readonly clients: Clients
  private saving: Promise<boolean> = Promise.resolve(true)

  constructor(path: string, clients: Clients, start: S) {
    this.path = path
    this.clients = clients
    this.store = createStore<S>(() => start)
  }

  protected abstract parse(text: string): D
  protected abstract textOf(document: D): string
  /** What the feature keeps beside a document that has just become the shown one. */
  protected beside(_document: D): Partial<S> {
    return {}
  }

  get state(): S {
    return this.store.getState()
  }

  get document(): D | null {
    return this.state.history?.present ?? null
  }

  get dirty(): boolean {
    return isDirty(this.state)
  }

  protected set(part: Partial<DocumentState<D>>, beside: Partial<S> = {}): void {
    this.store.setState({ ...part, ...beside } as Partial<S>)
  }

  async load(): Promise<void> {
    try {
      await this.reload()
    } catch (thrown) {
      this.set({ phase: 'missing', error: EngineError.from(thrown) })
    }
  }

  /** Gives up what is unsaved. */
  async reload(): Promise<void> {
    const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
    this.take(text, revision)
  }

  private take(savedText: string, revision: string): void {
    try {
      const document = this.parse(savedText)
      const history = startHistory(document)
      this.set({ ...START, phase: 'ready', history, saved: document, savedText, revision }, this.beside(document))
    } catch (thrown) {
      this.set({ ...START, phase: 'damaged', error: EngineError.from(thrown), savedText, revision })
    }
  }

  /** Something wrote the file: ours is known by its revision; a foreign one is taken unless there are changes to lose. */
  async noticeChange(): Promise<void> {
    await this.saving
    const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
    if (revision === this.state.revision) return
    if (this.dirty) this.set({ conflict: true })
    else this.take(text, revision)
  }

  noticeDeletion(): void {
    if (this.state.phase !== 'ready') this.set({ phase: 'missing' })
    else this.set({ saved: null, revision: null })
  }

  /** Writes the file. Resolves to false when it changed under us meanwhile: `conflict` says so. */
  save(options: { overwrite?: boolean } = {}): Promise<boolean> {
    this.saving = this.saving.catch(() => false).then(() => this.write(options.overwrite ?? false))
    return this.saving
  }

  private async write(overwrite: boolean): Promise<boolean> {
    const { draft, draftError, revision, phase } = this.state
    const document = this.document
    if (draftError) throw draftError
    const text = draft ?? (document && this.textOf(document))
    if (text === null) return true
    try {
      const written = await this.clients.workspace.writeDocument({
        path: this.path,
        text,
        ...(!overwrite && revision !== null && { revision }),
      })
      if (phase === 'damaged') this.take(text, written.revision)
      // What was edited while it was being written stays unsaved: `saved` is what went out.
      else this.set({ revision: written.revision, saved: document, savedText: text, conflict: false })
      return true
    } catch (thrown) {
      if (EngineError.from(thrown).code !== 'Conflict') throw thrown
      this.set({ conflict: true })
      return false
    }
  }

  /** Puts another document in place of the shown one, as a step that can be undone. Equal `merge` keys in a row are undone as one. */
  protected record(document: D, label: string, merge: string | null, beside: Partial<S> = {}): void {
    const { history } = this.state
    if (history) this.set({ history: record(history, document, label, merge), draft: null, draftError: null }, beside)
  }

  /** The gesture is over: the next edit is a step of its own. */
  settle(): void {
    const { history } = this.state
    if (history && history.open !== null) this.set({ history: settle(history) })
  }

  undo(): void {
    this.travel(undo)
  }

  redo(): void {
    this.travel(redo)
  }

  private travel(step: typeof undo<D>): void {
    const { history } = this.state
    const next = history && step(history)
    if (!next || next === history) return
    this.set({ history: next, draft: null, draftError: null }, this.beside(next.present))
  }
}

export function isDirty<D>(state: DocumentState<D>): boolean {
  const written = state.draft !== null && state.draft !== state.savedText
  if (state.phase === 'damaged') return written
  return state.phase === 'ready' && (state.history?.present !== state.saved || written)
}

/** A hook that gives the session of a file: shared by everything that shows it, kept while anything does, told when the file changes. */
export function documentSessions<D, S extends DocumentState<D>, T extends DocumentSession<D, S>>(
  make: (path: string, clients: Clients) => T,
) {
  const open = new Map<string, { session: T; users: number }>()
  const acquire = (path: string, clients: Clients): T => {
    const known = open.get(path)
    if (known) known.users++
    const entry = known ?? { session: make(path, clients), users: 1 }
    if (!known) {
      open.set(path, entry)
      void entry.session.load()
    }
    return entry.session
  }
  const release = (path: string) => {
    const known = open.get(path)
    if (known && --known.users === 0) open.delete(path)
  }
  return function useDocumentSession(path: string): T | null {
    const clients = useClients()
    const [session, setSession] = useState<T | null>(null)
    useEffect(() => {
      setSession(acquire(path, clients))
      return () => release(path)
    }, [path, clients])
    const changed = useFeed((c, signal) => c.workspace.watchDocuments({}, { signal }), [path], {
      initial: null as { change: string } | null,
      fold: (last, { path: at, change }) => (at === path ? { change } : last),
    })
    useEffect(() => {
      if (!changed.data || !session) return
      if (changed.data.change === 'deleted') session.noticeDeletion()
      else void session.noticeChange().catch(() => {})
    }, [changed.data, session])
    return session
  }
}
