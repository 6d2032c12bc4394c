import { fn, isTree, nodeOf, number, operands, type Tree } from '../../kit/node/sql/tree.ts'

/**
 * UNNEST of several arrays, of maps and of rows. DuckDB's takes one array; several of them in a SELECT list run side by side, the shorter
 * ones filled with NULL, as Trino's do. `item` is the aliased UNNEST of a FROM clause with its arguments translated; undefined where
 * DuckDB's own will do.
 */
export function unnestSeveral(item: Tree): Tree | undefined {
  const unnest = nodeOf(item.this)
  if (unnest?.kind !== 'unnest') return undefined
  const { payload } = unnest
  const args = [payload.this, ...((payload.expressions as unknown[] | null) ?? [])]
  const names = (item.column_aliases as Tree[] | null) ?? []
  const ordinality = payload.with_ordinality === true
  const columns = names.length - (ordinality ? 1 : 0)
  if (args.length === 1 && columns <= 1) return undefined
  // More names than arguments: a map's keys and values, or the members of an array's rows.
  const spread = columns > args.length
  const lists = spread ? args.map((list) => fn('trino_entries', list)) : args
  const values = lists.map((list) => fn('unnest', list, ...(spread ? [BOTH_LEVELS] : [])))
  if (ordinality) {
    const longest = fn('list_max', fn('list_value', ...lists.map((list) => fn('len', list))))
    values.push(fn('unnest', fn('range', number(1), { add: operands(longest, number(1)) })))
  }
  const expressions = spread ? values : values.map((value, i) => (names[i] ? aliased(value, names[i]) : value))
  return {
    subquery: {
      ...SUBQUERY,
      this: { select: { ...SELECT, expressions } },
      alias: item.alias,
      column_aliases: names,
      alias_explicit_as: true,
      alias_keyword: 'AS',
      lateral: true,
    },
  }
}

function aliased(value: Tree, alias: Tree): Tree {
  return {
    alias: {
      this: value,
      alias,
      column_aliases: [],
      alias_explicit_as: true,
      alias_keyword: 'AS',
      pre_alias_comments: [],
      trailing_comments: [],
    },
  }
}

const BOTH_LEVELS: Tree = {
  named_argument: {
    name: { name: 'max_depth', quoted: false, trailing_comments: [] },
    value: number(2),
    separator: 'ColonEq',
  },
}
const ABSENT =
  `from where_clause group_by having qualify order_by distribute_by cluster_by sort_by limit offset fetch distinct_on top with sample
  windows hint connect into`.split(/\s+/)
const SELECT: Tree = {
  ...Object.fromEntries(ABSENT.map((member) => [member, null])),
  joins: [],
  lateral_views: [],
  distinct: false,
  locks: [],
  leading_comments: [],
}
const SUBQUERY: Tree = { order_by: null, limit: null, offset: null, modifiers_inside: false, trailing_comments: [] }

export function isUnnest(value: unknown): value is { alias: Tree } {
  return isTree(value) && isTree(value.alias) && nodeOf(value.alias.this)?.kind === 'unnest'
}
