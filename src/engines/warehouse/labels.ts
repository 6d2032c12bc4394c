import type { Column } from '../kit/pure/table.ts'
import { tokenize } from './translate/lex.ts'

/** Names of a result's columns as Redshift gives them: `?column?` for expressions that have none. */
export function resultColumns(columns: readonly Column[], sql: string): Column[] {
  const named = new Set(tokenize(sql).flatMap((token) => (token.kind === 'quoted' ? [token.value] : [])))
  return columns.map((column) =>
    named.has(column.name) || /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(column.name) ? column : { ...column, name: '?column?' },
  )
}
