import type { Dialect } from './header.ts'
import { type Cte, type Source, scopeAt, sourcesOf } from './scope.ts'
import { tokens } from './tokens.ts'

/**
 * Every place of a statement that names a common table expression: where it is made, where it is read, and where it stands before the
 * dot of a column, unless it was given an alias there. Others of the same name in other queries are left alone.
 */
export function placesOf(sql: string, cte: Cte, dialect: Dialect = 'athena'): { from: number; to: number }[] {
  const name = cte.name.toLowerCase()
  const list = tokens(sql, dialect)
  const reads = (source: Source | undefined) => source?.cte?.at === cte.at
  const read = new Set(
    sourcesOf(sql, dialect)
      .sources.filter(reads)
      .flatMap(({ places }) => places?.slice(0, 1) ?? []),
  )
  const qualifies = (at: number) => {
    if (list[at + 1]?.text !== '.' || list[at - 1]?.text === '.') return false
    const { sources } = scopeAt(sql, list[at].start, dialect)
    const source = sources.find(({ alias }) => alias.toLowerCase() === name)
    // Where the same name was written behind it as its alias, that one goes on standing before columns.
    return reads(source) && source?.places?.length === 1
  }
  return list.flatMap((token, at) => {
    if ((token.kind !== 'word' && token.kind !== 'quoted') || token.text.toLowerCase() !== name) return []
    return token.start === cte.at || read.has(token.start) || qualifies(at)
      ? [{ from: token.start, to: token.end }]
      : []
  })
}
