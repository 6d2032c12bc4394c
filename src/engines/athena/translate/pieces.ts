import { fn, isTree, nodeOf, number, operands, paren, stringOf, type Tree } from '../../kit/node/sql/tree.ts'

/** `sum(bigint)` is a bigint and `avg(decimal)` keeps the decimal's scale; DuckDB has wider types for the first, a double for the second. */
export function typedAggregate(kind: 'avg' | 'sum', payload: Tree): Tree {
  const type = aggregate('any_value', [fn(TYPE_OF[kind], payload.this)])
  return fn(CAST_TO[kind], { [kind]: payload }, { aggregate_function: type })
}

/** An interval by its looks, or a multiple of one. */
export function isInterval(value: unknown): boolean {
  const node = nodeOf(value)
  if (node?.kind === 'mul') return isInterval(node.payload.left) || isInterval(node.payload.right)
  if (node?.kind === 'paren' || node?.kind === 'neg') return isInterval(node.payload.this)
  return node?.kind === 'interval'
}

/** What makes the aggregate of that type. */
export const CAST_TO = { sum: 'cast_to_type', avg: 'trino_average' } as const
export const TYPE_OF = { sum: 'sql_sum_type', avg: 'sql_average_type' } as const

/** A date plus an interval is a date in Trino, a timestamp in DuckDB. */
export function addInterval(kind: 'add' | 'sub', payload: Tree): Tree {
  const whole = { [kind]: payload }
  if (isInterval(payload.right) && !isInterval(payload.left)) return fn('cast_to_type', whole, payload.left)
  if (isInterval(payload.left) && !isInterval(payload.right)) return fn('cast_to_type', whole, payload.right)
  return whole
}

/** The last function of `reduce` runs once over the end state. */
export function reduce(args: unknown[]): Tree {
  const folded = fn('list_reduce', args[0], args[2], args[1])
  const last = fn('list_transform', fn('list_value', folded), args[3])
  return { subscript: { this: last, index: number(1) } }
}

/** An aggregate of the query's own: over the values of the group that are not NULL, which need not be combined. */
export function reduceGroup([value, start, step]: unknown[]): Tree {
  const present: Tree = { not: { this: { is_null: { this: value, not: false } } } }
  const values = { aggregate_function: { ...aggregate('list', [value]), filter: present } }
  return fn('list_reduce', fn('coalesce', values, fn('list_value')), step, start)
}

const TIMES = ['now', 'current_timestamp', 'localtimestamp', 'current_date', 'current_time', 'localtime']

export function timeFunction(name: string, now: () => number): Tree | undefined {
  if (!TIMES.includes(name)) return undefined
  const iso = new Date(now()).toISOString()
  const literal = (literal_type: string, value: string): Tree => ({ literal: { literal_type, value } })
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 23)}`
  if (name === 'now' || name === 'current_timestamp') return fn('trino_in_utc', literal('timestamp', text))
  if (name === 'localtimestamp') return literal('timestamp', text)
  if (name === 'current_date') return literal('date', iso.slice(0, 10))
  return literal('time', iso.slice(11, 23))
}

/** `DECIMAL '1.10'` has the digits that are written; polyglot reads it as a cast to a decimal without a precision. */
export function decimalLiteral(payload: Tree): Tree | undefined {
  const to = payload.to as Tree
  const written = stringOf(payload.this)
  if (to?.data_type !== 'decimal' || to.precision !== null || !written) return undefined
  const [, whole, fraction = ''] = /^[+-]?(\d*)\.?(\d*)$/.exec(written.trim()) ?? []
  if (whole === undefined) return undefined
  return { cast: { ...payload, to: { ...to, precision: whole.length + fraction.length, scale: fraction.length } } }
}

/** Exact, and so within the standard error of 2.3 % that Trino promises; DuckDB's estimate is not. */
export function countDistinct(value: unknown, filter: unknown): Tree {
  return { count: { this: value, star: false, distinct: true, filter: filter ?? null, original_name: 'count' } }
}

/** A path of JSON that is written out: DuckDB writes a member with signs in its name `."a b"`. */
export function jsonPath(path: unknown): unknown {
  const written = stringOf(path)
  return written === undefined ? path : literalText(written.replace(/\[(["'])(.*?)\1\]/g, '."$2"'))
}

/** Members of a row that is written out, `(a, b)` or `ROW(a, b)`. */
export function membersOfRow(value: unknown): unknown[] | undefined {
  const node = nodeOf(value)
  if (node?.kind === 'tuple') return node.payload.expressions as unknown[]
  if (node?.kind === 'paren') return membersOfRow(node.payload.this)
  if (node?.kind === 'function' && /^row$/i.test(String(node.payload.name))) return node.payload.args as unknown[]
  return undefined
}

/** Rows are equal where their members are, of which a NULL leaves the answer open; DuckDB takes NULLs for values there. */
export function pairsOf({ left, right }: Tree): Tree | undefined {
  const [a, b] = [membersOfRow(left), membersOfRow(right)]
  if (!a || a.length !== b?.length) return undefined
  const pairs = a.map((member, i): Tree => ({ eq: operands(member, b[i]) }))
  return paren(pairs.reduce((all, pair) => ({ and: operands(all, pair) })))
}

/** `VALUES ROW(1, 2)` has two columns. */
export function rowsOfValues(values: Tree): Tree[] {
  return (values.expressions as Tree[]).map((row) => {
    const [only, ...others] = row.expressions as unknown[]
    const members = others.length === 0 ? membersOfRow(only) : undefined
    return members ? { ...row, expressions: members } : row
  })
}

/** `LIMIT ALL` is none; `FETCH FIRST n ROWS WITH TIES` are the rows whose rank is at most n. */
export function limited(select: Tree): Tree {
  const limit = nodeOf(isTree(select.limit) ? select.limit.this : undefined)
  if (limit?.kind === 'column') return { ...select, limit: null }
  const fetch = select.fetch as Tree | null
  if (!isTree(fetch) || fetch.with_ties !== true || !isTree(select.order_by)) return select
  const order = (select.order_by.expressions as Tree[]).map((ordered) => {
    const place = nodeOf(ordered.this)
    if (place?.kind !== 'literal') return ordered
    const chosen = nodeOf((select.expressions as unknown[])[Number(place.payload.value) - 1])
    return {
      ...ordered,
      this: chosen?.kind === 'alias' ? chosen.payload.this : chosen && { [chosen.kind]: chosen.payload },
    }
  })
  const over = { partition_by: [], order_by: order, frame: null, window_name: null, alias: null }
  const rank: Tree = { window_function: { this: fn('rank'), over, keep: null } }
  const within = { lte: operands(rank, fetch.count ?? number(1)) }
  return { ...select, fetch: null, qualify: { this: within } }
}

/** From a place that is written as 1 or later DuckDB cuts as Trino does. */
export function substring(payload: Tree): Tree {
  const atLeast = (value: unknown, least: number) => {
    const node = nodeOf(value)
    return node?.kind === 'literal' && node.payload.literal_type === 'number' && Number(node.payload.value) >= least
  }
  const { start, length } = payload
  if (atLeast(start, 1) && (!length || atLeast(length, 0))) return { substring: payload }
  return fn('trino_substring', payload.this, start, ...(length ? [length] : []))
}

/** An operand that is no date by its looks: only adding or subtracting an interval makes one. */
export function isNoDate(value: unknown): boolean {
  const node = nodeOf(value)
  switch (node?.kind) {
    case 'literal':
      return node.payload.literal_type === 'number'
    case 'paren':
      return isNoDate(node.payload.this)
    case 'add':
    case 'sub':
      return ![node.payload.left, node.payload.right].some(isInterval)
  }
  return NO_DATES.has(node?.kind ?? '')
}

const NO_DATES: ReadonlySet<string> = new Set(['interval', 'mul', 'div', 'mod', 'neg', 'sum', 'avg', 'count'])

export function aggregate(name: string, args: unknown[]): Tree {
  return { name, args, distinct: false, filter: null }
}

export function literalText(value: string): Tree {
  return { literal: { literal_type: 'string', value } }
}

/** The arguments of LISTAGG with its order. */
export function listAggregate(call: Tree, orderBy: unknown): Tree {
  const separator = call.separator ?? literalText('')
  const { this: value, distinct, filter } = call
  return {
    string_agg: {
      this: value,
      separator,
      order_by: orderBy ?? null,
      distinct: distinct ?? false,
      filter: filter ?? null,
    },
  }
}
