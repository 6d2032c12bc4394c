import { fn, isTree, nodeOf, number, type Tree } from '../../kit/node/sql/tree.ts'

const AGGREGATES = new Set(['aggregate_function', 'sum', 'avg', 'count', 'min', 'max'])

/**
 * `try` over the values of a group. DuckDB's TRY takes no aggregates, and fails inside over a column of GROUP BY; over the members of a
 * lambda's argument it works. So what stands inside of it goes into a row first.
 */
export function tryOverGroups(argument: unknown): Tree {
  const taken: Tree[] = []
  const tried = fn('try', replaced(argument, taken))
  if (taken.length === 0) return tried
  const lambda: Tree = { lambda: { parameters: [NAME], body: tried, colon: false, parameter_types: [] } }
  const each = fn('list_transform', fn('list_value', fn('row', ...taken)), lambda)
  return { subscript: { this: each, index: number(1) } }
}

function replaced(value: unknown, taken: Tree[]): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, taken))
  if (!isTree(value)) return value
  const node = nodeOf(value)
  if (node && (node.kind === 'column' || AGGREGATES.has(node.kind))) {
    taken.push(value)
    return { subscript: { this: { column: { name: NAME } }, index: number(taken.length) } }
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaced(member, taken)]))
}

const NAME: Tree = { name: 'tried', quoted: true, trailing_comments: [] }
