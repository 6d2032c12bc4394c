import { fn, isTree, nodeOf, number, type Tree } from '../../kit/node/sql/tree.ts'

const AGGREGATES = new Set(['aggregate_function', 'sum', 'avg', 'count', 'min', 'max'])

/**
 * `try` over the values of a group. DuckDB's TRY takes no aggregates, and fails inside over a column of GROUP BY; over the members of a
 * lambda's argument it works. So what stands inside of it goes into a row first.
 */
export function tryOverGroups(argument: unknown, groups: readonly unknown[]): Tree {
  const taken: Tree[] = []
  const tried = fn('try', replaced(argument, taken, new Set(groups.map(written))))
  if (taken.length === 0) return tried
  const lambda: Tree = { lambda: { parameters: [NAME], body: tried, colon: false, parameter_types: [] } }
  const each = fn('list_transform', fn('list_value', fn('row', ...taken)), lambda)
  return { subscript: { this: each, index: number(1) } }
}

/** The expressions of a GROUP BY, those by their place in the SELECT list too. */
export function groupedBy(select: Tree): unknown[] {
  const { expressions } = select.group_by as { expressions: unknown[] }
  return expressions.map((expression) => {
    const place = nodeOf(expression)
    const chosen =
      place?.kind === 'literal' ? (select.expressions as unknown[])[Number(place.payload.value) - 1] : expression
    const aliased = nodeOf(chosen)
    return aliased?.kind === 'alias' ? aliased.payload.this : chosen
  })
}

/** An expression without its place in the text. */
export function written(expression: unknown): string {
  return JSON.stringify(expression, (key, member) => (key === 'span' ? undefined : member))
}

function replaced(value: unknown, taken: Tree[], groups: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, taken, groups))
  if (!isTree(value)) return value
  const node = nodeOf(value)
  if (node && (node.kind === 'column' || AGGREGATES.has(node.kind) || groups.has(written(value)))) {
    taken.push(value)
    return { subscript: { this: { column: { name: NAME } }, index: number(taken.length) } }
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaced(member, taken, groups)]))
}

const NAME: Tree = { name: 'tried', quoted: true, trailing_comments: [] }
