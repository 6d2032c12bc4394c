import type { Dialect } from './header.ts'
import type { PlanStep } from './plan.ts'
import { clausesOf, sourcesOf } from './scope.ts'
import { tokens } from './tokens.ts'

export interface Span {
  readonly from: number
  readonly to: number
}

/** Which clauses a kind of step comes from, the likeliest first. */
const CLAUSES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/join|product/i, ['ON', 'FROM']],
  [/filter/i, ['WHERE', 'HAVING', 'ON', 'QUALIFY']],
  [/group by|aggregate/i, ['GROUP', 'SELECT']],
  [/order|top n/i, ['ORDER']],
  [/limit/i, ['LIMIT']],
  [/window|projection|unnest/i, ['SELECT']],
]

/**
 * The part of a statement that a step of its plan likely comes from. A plan names no places: of the clauses that make such steps it
 * is the one that shares the most names with what the step says of itself, and none where several share none.
 */
export function spanOf({ title, details }: PlanStep, sql: string, dialect: Dialect = 'athena'): Span | null {
  const said = new Set(namesIn(details.map(([, value]) => value).join(' ')))
  if (/scan|read|parquet|csv|json/i.test(title)) {
    const table = scanned(sql, `${title} ${details.map(([, value]) => value).join(' ')}`.toLowerCase(), dialect)
    if (table) return table
  }
  const kinds = CLAUSES.find(([kind]) => kind.test(title))?.[1] ?? []
  const all = clausesOf(sql, dialect)
  for (const kind of kinds) {
    const found = all.filter(({ clause }) => clause === kind)
    const scored = found
      .map((clause) => ({
        clause,
        score: namesIn(sql.slice(clause.from, clause.to)).filter((n) => said.has(n)).length,
      }))
      .sort((a, b) => b.score - a.score)
    const [best, second] = scored
    if (best && (!second || best.score > 0)) return { from: best.clause.from, to: best.clause.to }
  }
  return null
}

/** The name of the table that a scan reads: as DuckDB calls it, or as a folder of its files. */
function scanned(sql: string, said: string, dialect: Dialect): Span | null {
  const { sources } = sourcesOf(sql, dialect)
  const tables = sources.filter(({ cte, name, places }) => name.length > 0 && places && !cte)
  const named = tables.filter(({ name }) => new RegExp(`\\b${escaped(name.at(-1)!.toLowerCase())}\\b`).test(said))
  const source = named[0] ?? (tables.length === 1 ? tables[0] : undefined)
  if (!source) return null
  const from = Math.min(...source.places!)
  const to = tokens(sql, dialect).find(({ start }) => start === Math.max(...source.places!))?.end
  return to === undefined ? null : { from, to }
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

const namesIn = (text: string): string[] =>
  tokens(text)
    .filter(({ kind }) => kind === 'word' || kind === 'quoted' || kind === 'number')
    .map(({ text: name }) => name.toLowerCase())
