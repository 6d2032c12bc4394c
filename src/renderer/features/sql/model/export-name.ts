import { fileName } from '../../../lib/document-names.ts'
import { gist } from './statements.ts'

/** What the file of a result is called, without its ending: after the query's file, with a number from the second result on, else after its statement; where that says nothing, `other`. */
export function exportName(path: string, place: number, sql: string, other = 'result'): string {
  if (path !== '') return place > 0 ? `${fileName(path)} ${place + 1}` : fileName(path)
  return (
    gist(sql, 40)
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-|-$/g, '') || other
  )
}
