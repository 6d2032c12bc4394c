import { fn, isTree, nodeOf, type Tree } from '../../kit/node/sql/tree.ts'

/** Functions whose arrays are of rows, so that UNNEST makes several columns of them. */
const OF_ROWS = new Set(['zip', 'map_entries'])

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
  const lists = columns > args.length ? args.flatMap(spread) : args
  const values: Tree[] = lists.map((list) => fn('unnest', list))
  if (ordinality) {
    const lengths = lists.map((list) => fn('len', list))
    const longest = lengths.length === 1 ? lengths[0] : fn('greatest', ...lengths)
    values.push(fn('unnest', fn('range', { literal: ONE }, { add: operands(longest, { literal: ONE }) })))
  }
  const expressions = values.map((value, i) => (names[i] ? aliased(value, names[i]) : value))
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

/** The columns of one argument: keys and values of a map, the two members of a row. */
function spread(argument: unknown): unknown[] {
  const node = nodeOf(argument)
  const name = String(node?.payload.name ?? '')
    .toLowerCase()
    .replace('trino_', '')
    .replace('list_zip', 'zip')
  if (node?.kind === 'array_func' || OF_ROWS.has(name)) {
    const members = ['1', '2'].map((index): Tree => {
      const entry: Tree = { name: 'trino_entry', quoted: true, trailing_comments: [] }
      const body = { subscript: { this: { column: { name: entry } }, index: { literal: { ...ONE, value: index } } } }
      return fn('list_transform', argument, {
        lambda: { parameters: [entry], body, colon: false, parameter_types: [] },
      })
    })
    return members
  }
  return [fn('map_keys', argument), fn('map_values', argument)]
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

function operands(left: unknown, right: unknown): Tree {
  return { left, right, left_comments: [], operator_comments: [], trailing_comments: [] }
}

const ONE = { literal_type: 'number', value: '1' }
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
