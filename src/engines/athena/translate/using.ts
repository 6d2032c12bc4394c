import { isTree, nodeOf, type Tree } from '../../kit/node/sql/tree.ts'
import { joinAgreement } from './agreement.ts'

/**
 * What is to be checked of a SELECT's joins `USING (k)`, each against the first table. A table further right may have its column from any to its
 * left: where that is not the first, nothing is known of it.
 */
export function usingChecks(select: Tree): Tree[] {
  const tables = isTree(select.from) ? (select.from.expressions as unknown[]) : []
  const joins = (select.joins as Tree[] | undefined) ?? []
  const first = tables.length === 1 ? aliasOf(tables[0]) : undefined
  if (!first) return []
  const ofFirst = new Set(columnsOf(joins[0]).map(nameOf))
  return joins.flatMap((join) => {
    const other = aliasOf(join.this)
    const shared = columnsOf(join).filter((column) => ofFirst.has(nameOf(column)))
    return other ? shared.map((column) => joinAgreement(named(column), first, other)) : []
  })
}

const columnsOf = (join: Tree | undefined) => (join?.using as Tree[] | undefined) ?? []
const nameOf = ({ name }: Tree) => String(name).toLowerCase()
const named = ({ name }: Tree): Tree => ({ name, quoted: true, trailing_comments: [] })

/** The name by which columns of a table or subquery are called. */
function aliasOf(source: unknown): Tree | undefined {
  const { kind, payload } = nodeOf(source) ?? {}
  const name = payload?.alias ?? (kind === 'table' ? payload?.name : undefined)
  return isTree(name) && typeof name.name === 'string' ? named(name) : undefined
}
