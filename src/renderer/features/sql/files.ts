import { documentFiles } from '../../lib/document-files.ts'
import { openView } from '../../lib/index.ts'

export const queryFiles = documentFiles('queries')

let latest = ''
let sameSecond = 1

/** A new tab without a file. Where several are open, the time it was begun tells it from the others. */
export function newQuery(from: { sql?: string; engine?: string; database?: string; workGroup?: string } = {}): void {
  const begun = new Date().toLocaleTimeString('en-GB')
  sameSecond = begun === latest ? sameSecond + 1 : 1
  latest = begun
  openView('sql.editor', { path: '', ...from, draft: sameSecond === 1 ? begun : `${begun} (${sameSecond})` })
}
