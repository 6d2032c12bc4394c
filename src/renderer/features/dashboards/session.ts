import type { Dashboard } from '../../../engines/bi/dashboard.ts'
import type { Clients } from '../../../engines/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import { DocumentSession, documentSessions, START } from '../../lib/document-session.ts'
import { startHistory } from '../../lib/history.ts'
import { dashboardText, parseDashboard } from './model/text.ts'

/** One open dashboard: its document with undo, and its file. */
export class DashboardSession extends DocumentSession<Dashboard> {
  constructor(path: string, clients: Clients) {
    super(path, clients, START)
  }

  protected override parse(text: string): Dashboard {
    return parseDashboard(text, this.path)
  }

  protected override textOf(document: Dashboard): string {
    return dashboardText(document)
  }

  /** An edit of the document. Equal `merge` keys in a row are undone as one. */
  apply(label: string, change: (document: Dashboard) => Dashboard, merge: string | null = null): void {
    if (this.document) this.record(change(this.document), label, merge)
  }

  /** The text of a damaged file: as soon as it can be read it is a dashboard again. */
  writeText(text: string): void {
    const { savedText, revision } = this.state
    try {
      this.set({ ...START, phase: 'ready', history: startHistory(this.parse(text)), savedText, revision })
    } catch (thrown) {
      this.set({ draft: text, error: EngineError.from(thrown) })
    }
  }
}

export const useDashboardSession = documentSessions((path, clients) => new DashboardSession(path, clients))
