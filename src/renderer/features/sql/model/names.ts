import type { Dialect } from './header.ts'

/** Words that no dialect here takes for a name. */
const RESERVED = new Set(
  'all alter and as at between by case cast constraint create cross current_date current_time current_timestamp delete describe distinct drop else end escape except exists extract false for from full group grouping having in inner insert intersect into is join left like limit localtime localtimestamp natural not null on or order outer prepare right select table then true union unnest using values when where with'.split(
    ' ',
  ),
)

/** A name inside SQL, quoted where it must be. */
export function quoted(name: string, dialect: Dialect = 'athena'): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : quotedName(name, dialect)
}

export function quotedName(name: string, dialect: Dialect): string {
  if (dialect === 'spark' || dialect === 'flink') return `\`${name.replaceAll('`', '``')}\``
  return `"${name.replaceAll('"', '""')}"`
}
