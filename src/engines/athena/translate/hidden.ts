import { isTree, nodeOf, type Tree, visitTree } from '../../kit/node/sql/tree.ts'
import { nameOf } from './columns.ts'
import { referenceOf } from './scope.ts'

/** The hidden column of a table over files: the URI of the file that a row is from (Athena User Guide, "Get the file locations for source data"). */
export const PATH = '$path'

/**
 * A query in which each SELECT that asks for `"$path"` has its tables over files marked as showing it (`path` of a `table`), and its `*`
 * leave it out again. `hasPath` tells such tables by where they stand.
 */
export function showPath(tree: Tree, hasPath: (start: number) => boolean): Tree {
  return asksForPath(tree) ? (shown(tree, hasPath) as Tree) : tree
}

function asksForPath(value: unknown): boolean {
  let asks = false
  visitTree(value, (one) => {
    const node = nodeOf(one)
    if (node?.kind === 'column') asks ||= nameOf(node.payload.name) === PATH
  })
  return asks
}

function shown(value: unknown, hasPath: (start: number) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => shown(item, hasPath))
  if (!isTree(value)) return value
  const copy = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shown(member, hasPath)]))
  const node = nodeOf(copy)
  return node?.kind === 'select' ? { select: selectWithPath(node.payload, hasPath) } : copy
}

function selectWithPath(select: Tree, hasPath: (start: number) => boolean): Tree {
  const { from, joins, with: _, ...own } = select
  // Queries in FROM see none of these tables; those in a condition do.
  const conditions = (Array.isArray(joins) ? joins : []).map((join) => (isTree(join) ? join.on : undefined))
  if (!asksForPath([own, conditions])) return select
  const marked = new Set<string>()
  const mark = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mark)
    const node = nodeOf(value)
    switch (node?.kind) {
      case 'table': {
        const { payload } = node
        const reference = referenceOf(payload)
        if (!reference || !hasPath(reference.start)) return value
        marked.add(nameOf(payload.alias ?? payload.name))
        return { table: { ...payload, path: true } }
      }
      case 'alias': {
        const inner = mark(node.payload.this)
        if (nodeOf(inner)?.payload.path === true) marked.add(nameOf(node.payload.alias))
        return { alias: { ...node.payload, this: inner } }
      }
      case 'paren':
        return { paren: { ...node.payload, this: mark(node.payload.this) } }
      case 'joined_table':
        return { joined_table: { ...node.payload, left: mark(node.payload.left), joins: mark(node.payload.joins) } }
      case 'expressions':
        return { expressions: mark((value as Tree).expressions) }
    }
    // A join has more members than the rows that it joins.
    return node === undefined && isTree(value) ? { ...value, this: mark(value.this) } : value
  }
  const rows = { from: mark(from), joins: mark(joins) }
  if (marked.size === 0) return select
  const expressions = (select.expressions as unknown[]).map((expression) => {
    const node = nodeOf(expression)
    if (node?.kind !== 'star') return expression
    const isOfThem = !isTree(node.payload.table) || marked.has(nameOf(node.payload.table))
    return isOfThem ? { star: { ...node.payload, except: [PATH_NAME] } } : expression
  })
  return { ...select, ...rows, expressions }
}

const PATH_NAME = { name: PATH, quoted: true, trailing_comments: [] }
