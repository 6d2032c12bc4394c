import type { Dialect } from './header.ts'
import { quotedName } from './names.ts'
import { type Cte, sourcesOf } from './scope.ts'
import { tokens } from './tokens.ts'

export interface InnerQuery {
  readonly title: string
  /** Where it stands in the statement. */
  readonly at: number
  readonly to: number
  /** What gives its rows by itself. */
  readonly sql: string
}

/** The innermost query that a place is in, or that the name there reads. */
export function innerQueryAt(sql: string, offset: number, dialect: Dialect = 'athena'): InnerQuery | null {
  const all = innerQueries(sql, dialect)
  const { ctes, sources } = sourcesOf(sql, dialect)
  const word = tokens(sql, dialect).find(
    ({ kind, start, end }) => (kind === 'word' || kind === 'quoted') && start <= offset && offset <= end,
  )
  const read = word && sources.find(({ places }) => places?.includes(word.start))?.cte
  const made = word && ctes.find(({ at }) => at === word.start)
  const named = read ?? made
  return (
    (named && all.find(({ at }) => at === named.at)) ??
    (word && all.find(({ title }) => title.toLowerCase() === word.text.toLowerCase())) ??
    all.findLast(({ at, to }) => at <= offset && offset <= to) ??
    null
  )
}

/** Queries inside a statement that give rows by themselves: common table expressions, and subqueries after FROM. */
export function innerQueries(sql: string, dialect: Dialect = 'athena'): InnerQuery[] {
  const { ctes, sources } = sourcesOf(sql, dialect)
  const heads = ctes.map((cte) => ({ title: cte.name, at: cte.at, to: cte.to, sql: rowsOf(sql, cte, dialect) }))
  const list = tokens(sql, dialect)
  const subqueries = list.flatMap((token, i) => {
    const [before, after] = [list[i - 1]?.text.toUpperCase(), list[i + 1]?.text.toUpperCase()]
    if (token.text !== '(' || (before !== 'FROM' && before !== 'JOIN') || (after !== 'SELECT' && after !== 'WITH'))
      return []
    let depth = 0
    const close = list.find(
      (other, at) => at >= i && (other.text === '(' ? ++depth : other.text === ')' ? --depth : 1) === 0,
    )
    if (!close) return []
    const title = sources.find(({ places }) => places?.some((place) => place > close.start))?.alias ?? 'subquery'
    return [
      {
        title,
        at: token.start,
        to: close.end,
        sql: withNames(sql, ctes, token.start, sql.slice(token.end, close.start), dialect),
      },
    ]
  })
  return [...heads, ...subqueries].sort((a, b) => a.at - b.at)
}

/** What gives the rows of a common table expression by itself, whatever query it is made in. */
export function rowsOf(sql: string, cte: Cte, dialect: Dialect): string {
  const query = `${sql.slice(cte.from, cte.to)}\nSELECT * FROM ${quotedName(cte.name, dialect)}`
  return withNames(sql, sourcesOf(sql, dialect).ctes, cte.from, query, dialect)
}

/** A query of a place with the names before it that may be read there: of the query around it first, then of those around that. */
function withNames(sql: string, ctes: readonly Cte[], place: number, query: string, dialect: Dialect): string {
  const needed = new Map<number, number>()
  for (const { from, to, until } of ctes)
    if (from < place && to <= place && place < until) needed.set(from, Math.max(to, needed.get(from) ?? 0))
  return [...needed]
    .sort(([a], [b]) => b - a)
    .reduce((whole, [from, to]) => {
      // A query has one WITH.
      const another = tokens(whole, dialect)[0]?.text.toUpperCase() === 'WITH'
      return `${sql.slice(from, to)}\n${another ? `SELECT * FROM (\n${whole}\n) AS inner_query` : whole}`
    }, query)
}
