import type { Clients } from '../../../engines/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import type { Problem } from '../../../engines/pipeline/contract.ts'
import { parsePipeline } from '../../../engines/pipeline/document-text.ts'
import { DocumentSession, type DocumentState, documentSessions, START } from '../../lib/document-session.ts'
import { record, startHistory } from '../../lib/history.ts'
import { copy, duplicate, type Fragment, paste } from './model/clipboard.ts'
import * as edit from './model/edit.ts'
import { allKeys, present } from './model/edit.ts'
import type { Document, ItemKey, Point } from './model/items.ts'
import { documentText } from './model/text.ts'

export interface SessionState extends DocumentState<Document> {
  readonly selection: ReadonlySet<ItemKey>
  readonly problems: readonly Problem[]
}

/** One open pipeline: its document with undo, what is selected, and its file. */
export class Session extends DocumentSession<Document, SessionState> {
  constructor(path: string, clients: Clients) {
    super(path, clients, { ...START, selection: new Set(), problems: [] })
  }

  protected override parse(text: string): Document {
    return parsePipeline(text, this.path)
  }

  protected override textOf(document: Document): string {
    return documentText(document)
  }

  protected override beside(document: Document): Partial<SessionState> {
    return { selection: new Set(present(document, this.state.selection)) }
  }

  /** An edit of the document. Equal `merge` keys in a row are undone as one. */
  apply(label: string, change: (document: Document) => Document | edit.Edited, merge: string | null = null): void {
    const { history, selection } = this.state
    if (!history) return
    const result = change(history.present)
    const edited: edit.Edited = 'document' in result ? result : { document: result }
    if (edited.document === history.present && !edited.selection) return
    this.record(edited.document, label, merge, { selection: edited.selection ? new Set(edited.selection) : selection })
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

/** The text of the file as the text view shows it. */
export function shownText(state: SessionState): string {
  if (state.draft !== null) return state.draft
  if (state.history && state.history.present !== state.saved) return documentText(state.history.present)
  return state.savedText
}

export const usePipelineSession = documentSessions((path, clients) => new Session(path, clients))
