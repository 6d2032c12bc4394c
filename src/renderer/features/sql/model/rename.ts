import { type Cte, sourcesOf } from './scope.ts'
import { tokens } from './tokens.ts'

/**
 * Every place of a statement that names a common table expression: where it is made, where it is read, and where it stands before the
 * dot of a column, unless it was given an alias there.
 */
export function placesOf(sql: string, cte: Cte): { from: number; to: number }[] {
  const name = cte.name.toLowerCase()
  const list = tokens(sql)
  const read = new Set(
    sourcesOf(sql)
      .sources.filter((source) => source.name.length === 1 && source.name[0].toLowerCase() === name)
      .flatMap(({ places }) => places?.slice(0, 1) ?? []),
  )
  const aliased = sourcesOf(sql).sources.some(
    (source) => source.alias.toLowerCase() === name && source.name[0]?.toLowerCase() !== name,
  )
  return list.flatMap((token, at) => {
    if ((token.kind !== 'word' && token.kind !== 'quoted') || token.text.toLowerCase() !== name) return []
    const qualifies = list[at + 1]?.text === '.' && list[at - 1]?.text !== '.' && !aliased
    return token.start === cte.at || read.has(token.start) || qualifies ? [{ from: token.start, to: token.end }] : []
  })
}

export interface InnerQuery {
  readonly title: string
  /** Where it stands in the statement. */
  readonly at: number
  readonly to: number
  /** What gives its rows by itself. */
  readonly sql: string
}

/** The innermost query that a place is in, or that the name there reads. */
export function innerQueryAt(sql: string, offset: number): InnerQuery | null {
  const all = innerQueries(sql)
  const word = tokens(sql).find(({ kind, start, end }) => kind !== 'mark' && start <= offset && offset <= end)
  const named = word && all.find(({ title }) => title.toLowerCase() === word.text.toLowerCase())
  return named ?? all.findLast(({ at, to }) => at <= offset && offset <= to) ?? null
}

/** Queries inside a statement that give rows by themselves: common table expressions, and subqueries after FROM. */
export function innerQueries(sql: string): InnerQuery[] {
  const { ctes, sources } = sourcesOf(sql)
  const heads = [...ctes.values()].map((cte) => ({
    title: cte.name,
    at: cte.at,
    to: cte.to,
    sql: `${sql.slice(cte.from, cte.to)}\nSELECT * FROM "${cte.name.replaceAll('"', '""')}"`,
  }))
  const common = [...ctes.values()].sort((a, b) => b.to - a.to)[0]
  const list = tokens(sql)
  const subqueries = list.flatMap((token, i) => {
    const [before, after] = [list[i - 1]?.text.toUpperCase(), list[i + 1]?.text.toUpperCase()]
    if (token.text !== '(' || (before !== 'FROM' && before !== 'JOIN') || (after !== 'SELECT' && after !== 'WITH'))
      return []
    let depth = 0
    const close = list.find(
      (other, at) => at >= i && (other.text === '(' ? ++depth : other.text === ')' ? --depth : 1) === 0,
    )
    if (!close) return []
    const inner = sql.slice(token.end, close.start)
    const title = sources.find(({ places }) => places?.some((place) => place > close.start))?.alias ?? 'subquery'
    // A query that is read by others has their names before it, as long as it does not make its own.
    const needs =
      common && token.start > common.to && after === 'SELECT' ? `${sql.slice(common.from, common.to)}\n` : ''
    return [{ title, at: token.start, to: close.end, sql: `${needs}${inner}` }]
  })
  return [...heads, ...subqueries].sort((a, b) => a.at - b.at)
}
