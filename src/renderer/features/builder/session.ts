import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Clients } from '../../../engines/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import type { Problem } from '../../../engines/pipeline/contract.ts'
import { parsePipeline } from '../../../engines/pipeline/document-text.ts'
import { type History, record, redo, settle, startHistory, undo } from '../../lib/history.ts'
import { copy, duplicate, type Fragment, paste } from './model/clipboard.ts'
import * as edit from './model/edit.ts'
import { allKeys, present } from './model/edit.ts'
import type { Document, ItemKey, Point } from './model/items.ts'
import { documentText } from './model/text.ts'

export interface SessionState {
  readonly phase: 'loading' | 'ready' | 'damaged' | 'missing'
  /** Why the file cannot be drawn, with its place, or why it cannot be read at all. */
  readonly error: EngineError | null
  readonly history: History<Document> | null
  /** The document as the file has it; another one in `history` means unsaved changes. */
  readonly saved: Document | null
  readonly savedText: string
  readonly revision: string | null
  /** Text being written by hand, while it differs from what the document alone would give. */
  readonly draft: string | null
  readonly draftError: EngineError | null
  readonly selection: ReadonlySet<ItemKey>
  readonly problems: readonly Problem[]
  /** The file changed under us while there are unsaved changes. */
  readonly conflict: boolean
}

const NOTHING: ReadonlySet<ItemKey> = new Set()

const START: SessionState = {
  phase: 'loading',
  error: null,
  history: null,
  saved: null,
  savedText: '',
  revision: null,
  draft: null,
  draftError: null,
  selection: NOTHING,
  problems: [],
  conflict: false,
}

/** One open pipeline: its document with undo, what is selected, and its file. */
export class Session {
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

  get document(): Document | null {
    return this.state.history?.present ?? null
  }

  get dirty(): boolean {
    return isDirty(this.state)
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
      const document = parsePipeline(text, this.path)
      this.store.setState({
        ...START,
        phase: 'ready',
        history: startHistory(document),
        saved: document,
        savedText: text,
        revision,
        selection: new Set(present(document, this.state.selection)),
        problems: this.state.problems,
      })
    } catch (thrown) {
      this.store.setState({ ...START, phase: 'damaged', error: EngineError.from(thrown), savedText: text, revision })
    }
  }

  /** Something wrote the file: ours is known by its revision; a foreign one is taken unless there are changes to lose. */
  async noticeChange(): Promise<void> {
    await this.saving
    const { text, revision } = await this.clients.workspace.readDocument({ path: this.path })
    if (revision === this.state.revision) return
    if (this.dirty) this.store.setState({ conflict: true })
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
    const { draft, draftError, revision, phase } = this.state
    const document = this.document
    if (draftError) throw draftError
    const text = phase === 'damaged' ? draft : (draft ?? (document && documentText(document)))
    if (text === null) return true
    try {
      const written = await this.clients.workspace.writeDocument({
        path: this.path,
        text,
        ...(!overwrite && revision !== null && { revision }),
      })
      // What was edited while it was being written stays unsaved: `saved` is what went out.
      this.store.setState({ revision: written.revision, saved: document, savedText: text, conflict: false })
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
  apply(label: string, change: (document: Document) => Document | edit.Edited, merge: string | null = null): void {
    const { history, selection } = this.state
    if (!history) return
    const result = change(history.present)
    const edited: edit.Edited = 'document' in result ? result : { document: result }
    if (edited.document === history.present && !edited.selection) return
    this.store.setState({
      history: record(history, edited.document, label, merge),
      selection: edited.selection ? new Set(edited.selection) : selection,
      draft: null,
      draftError: null,
    })
  }

  /** The gesture is over: the next edit is a step of its own. */
  settle(): void {
    const { history } = this.state
    if (history && history.open !== null) this.store.setState({ history: settle(history) })
  }

  undo(): void {
    this.travel(undo)
  }

  redo(): void {
    this.travel(redo)
  }

  private travel(step: typeof undo<Document>): void {
    const { history, selection } = this.state
    if (!history) return
    const next = step(history)
    if (next === history) return
    this.store.setState({
      history: next,
      selection: new Set(present(next.present, selection)),
      draft: null,
      draftError: null,
    })
  }

  /** Text from the text view: the document follows it as soon as it can be read. */
  writeText(text: string): void {
    const { history, phase } = this.state
    try {
      const document = parsePipeline(text, this.path)
      if (phase === 'damaged' || !history) {
        this.store.setState({
          phase: 'ready',
          error: null,
          history: startHistory(document),
          saved: null,
          draft: text,
          draftError: null,
        })
        return
      }
      const same = documentText(document) === documentText(history.present)
      this.store.setState({
        history: same ? history : record(history, document, 'Edit text', 'text'),
        selection: new Set(present(document, this.state.selection)),
        draft: text,
        draftError: null,
      })
    } catch (thrown) {
      this.store.setState({ draft: text, draftError: EngineError.from(thrown) })
    }
  }

  select(keys: Iterable<ItemKey>): void {
    const next = new Set(keys)
    const { selection } = this.state
    if (next.size === selection.size && [...next].every((key) => selection.has(key))) return
    this.store.setState({ selection: next })
  }

  selectAll(): void {
    if (this.document) this.select(allKeys(this.document))
  }

  removeSelected(): void {
    const { selection } = this.state
    if (selection.size > 0) this.apply('Delete', (document) => edit.remove(document, selection))
  }

  copySelected(): Fragment | null {
    return this.document && copy(this.document, this.state.selection)
  }

  paste(fragment: Fragment, at?: Point): void {
    this.apply('Paste', (document) => paste(document, fragment, at))
  }

  duplicateSelected(): void {
    this.apply('Duplicate', (document) => duplicate(document, this.state.selection) ?? document)
  }

  nudge(by: Point): void {
    const { selection } = this.state
    if (selection.size > 0) this.apply('Move', (document) => edit.moveBy(document, selection, by), 'nudge')
  }

  setProblems(problems: readonly Problem[]): void {
    this.store.setState({ problems })
  }
}

export function isDirty(state: SessionState): boolean {
  if (state.phase === 'damaged') return state.draft !== null && state.draft !== state.savedText
  if (state.phase !== 'ready') return false
  if (state.history?.present !== state.saved) return true
  return state.draft !== null && state.draft !== state.savedText
}

/** The text of the file as the text view shows it. */
export function shownText(state: SessionState): string {
  if (state.draft !== null) return state.draft
  if (state.history && state.history.present !== state.saved) return documentText(state.history.present)
  return state.savedText
}

const open = new Map<string, { session: Session; users: number }>()

/** The session of a file, shared by everything that shows it, kept while anything does. */
export function acquire(path: string, clients: Clients): Session {
  const known = open.get(path)
  if (known) {
    known.users++
    return known.session
  }
  const session = new Session(path, clients)
  open.set(path, { session, users: 1 })
  void session.load()
  return session
}

export function release(path: string): void {
  const known = open.get(path)
  if (known && --known.users === 0) open.delete(path)
}
