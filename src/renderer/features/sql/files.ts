import { documentFiles } from '../../lib/document-files.ts'
import { openView } from '../../lib/index.ts'

export const queryFiles = documentFiles('queries')

let drafts = 0

/** A new tab without a file. */
export function newQuery(from: { sql?: string; engine?: string; database?: string } = {}): void {
  openView('sql.editor', { path: '', ...from, draft: `${Date.now().toString(36)}${++drafts}` })
}
