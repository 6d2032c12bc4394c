import type { Header } from './header.ts'
import { findTable, type Schema, type SchemaTable } from './schema.ts'
import { type Cte, sourcesOf } from './scope.ts'
import { tokens } from './tokens.ts'

export interface Named {
  readonly table?: SchemaTable
  readonly cte?: Cte
}

/** What the word at an offset of a statement names: a table, a common table expression, or either by its alias. A column of the same name is none. */
export function namedIn(sql: string, offset: number, schema: Schema, { engine, database }: Header): Named {
  const list = tokens(sql, engine)
  const at = list.findIndex((t) => t.start <= offset && offset <= t.end && (t.kind === 'word' || t.kind === 'quoted'))
  if (at < 0) return {}
  const { start, text } = list[at]
  const { sources, ctes } = sourcesOf(sql, engine)
  const defined = ctes.find((cte) => cte.at === start)
  if (defined) return { cte: defined }
  const isQualifier = list[at + 1]?.text === '.' && list[at - 1]?.text !== '.'
  const source =
    sources.find(({ places }) => places?.includes(start)) ??
    (isQualifier ? sources.find(({ alias }) => alias.toLowerCase() === text.toLowerCase()) : undefined)
  if (!source || source.name.length === 0) return {}
  if (source.cte) return { cte: source.cte }
  const table = findTable(schema, source.name, database)
  return table ? { table } : {}
}
