import { documentFiles } from '../../lib/document-files.ts'
import { type OpenOptions, openView } from '../../lib/index.ts'

export const queryFiles = documentFiles('queries')

interface From {
  sql?: string
  engine?: string
  database?: string
  workGroup?: string
}

let latest = ''
let sameSecond = 1

/** Parameters of a tab without a file. Where several are open, the time it was begun tells it from the others. */
export function newQueryParams(from: From = {}): From & { path: string; draft: string } {
  const begun = new Date().toLocaleTimeString('en-GB')
  sameSecond = begun === latest ? sameSecond + 1 : 1
  latest = begun
  return { path: '', ...from, draft: sameSecond === 1 ? begun : `${begun} (${sameSecond})` }
}

export function newQuery(from: From = {}, options: OpenOptions = {}): void {
  openView('sql.editor', { ...newQueryParams(from) }, options)
}
