import { isTree, nodeOf, type Tree, visitTree } from '../../kit/node/sql/tree.ts'
import { type KnownColumn, nameOf, namesWithin } from './columns.ts'
import { identifierOf } from './scope.ts'

/**
 * Where a query takes the alias of a SELECT for a column of its rows, as DuckDB lets it and Trino does not: in its WHERE, GROUP BY, HAVING,
 * conditions of joins, and beside it (Trino documentation, "SELECT"). Told only where the name can be nothing else.
 */
export function aliasTaken(
  tree: Tree,
  tables: readonly (readonly KnownColumn[])[],
): { text: string; start: number } | undefined {
  const columns = new Set(tables.flat().map(({ name }) => name.toLowerCase()))
  const { names, isOpen } = namesWithin(tree, (name) => columns.has(name))
  if (isOpen) return undefined
  const taken: { text: string; start: number }[] = []
  visitTree(tree, (value) => {
    const select = nodeOf(value)
    if (select?.kind !== 'select') return
    const { expressions, where_clause, group_by, having, joins } = select.payload
    const aliases = new Set<string>()
    for (const expression of expressions as unknown[]) {
      const node = nodeOf(expression)
      const name = node?.kind === 'alias' ? nameOf(node.payload.alias) : ''
      if (names.get(name) === 1 && !columns.has(name)) aliases.add(name)
    }
    if (aliases.size === 0) return
    const conditions = (Array.isArray(joins) ? joins : []).map((join) => isTree(join) && join.on)
    visitTree([expressions, where_clause, group_by, having, conditions], (one) => {
      const column = nodeOf(one)
      if (column?.kind !== 'column' || column.payload.table) return
      const used = identifierOf(column.payload.name)
      if (used && aliases.has(used.text.toLowerCase())) taken.push(used)
    })
  })
  return taken.sort((a, b) => a.start - b.start)[0]
}
