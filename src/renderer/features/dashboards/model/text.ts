import { DASHBOARD_FORMAT, Dashboard } from '../../../../engines/bi/dashboard.ts'
import { readDocument, writeDocument } from '../../../../engines/kit/pure/document-text.ts'

export const dashboardText: (document: Dashboard) => string = writeDocument

/** Reads a dashboard file; see `readDocument` for what is said of a damaged one. */
export function parseDashboard(text: string, file: string): Dashboard {
  return readDocument(text, file, { schema: Dashboard, format: DASHBOARD_FORMAT })
}

export function emptyDashboard(name: string, dataSets: readonly string[] = []): Dashboard {
  return Dashboard.parse({
    format: DASHBOARD_FORMAT,
    name,
    dataSets: [...dataSets],
    sheets: [{ id: 'sheet-1', title: 'Sheet 1' }],
  })
}
