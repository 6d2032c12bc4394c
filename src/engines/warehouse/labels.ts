import type { Column } from '../kit/pure/table.ts'
import { tokenize } from './translate/lex.ts'

/** Functions that run under another name than they are called by. */
const CALLED: Readonly<Record<string, string>> = { count_star: 'count', string_agg: 'listagg' }

/** Names of a result's columns as Redshift gives them: a function's own name, and `?column?` for other expressions without a name. */
export function resultColumns(columns: readonly Column[], sql: string): Column[] {
  const named = new Set(tokenize(sql).flatMap((token) => (token.kind === 'quoted' ? [token.value] : [])))
  return columns.map((column) => {
    if (named.has(column.name) || /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(column.name))
      return column.name === 'count_star' ? { ...column, name: 'count' } : { ...column, name: column.name }
    const call = /^"?(?:memory\.redshift\.rs_)?([\p{L}_]\w*)"?\(/u.exec(column.name)?.[1]
    const name = call && call !== 'CAST' ? (CALLED[call] ?? call.toLowerCase()) : '?column?'
    return { ...column, name }
  })
}
