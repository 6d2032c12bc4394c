import { fn, nodeOf, number, stringOf, type Tree } from '../../kit/node/sql/tree.ts'

/** `sum(bigint)` is a bigint and `avg(decimal)` keeps the decimal's scale; DuckDB has wider types for the first, a double for the second. */
export function typedAggregate(kind: 'avg' | 'sum', payload: Tree): Tree {
  const type = aggregate('any_value', [fn(TYPE_OF[kind], payload.this)])
  return fn('cast_to_type', { [kind]: payload }, { aggregate_function: type })
}

export const TYPE_OF = { sum: 'sql_sum_type', avg: 'sql_average_type' } as const

/** A date plus an interval is a date in Trino, a timestamp in DuckDB. */
export function addInterval(kind: 'add' | 'sub', payload: Tree): Tree {
  const isInterval = (value: unknown) => nodeOf(value)?.kind === 'interval'
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

export function timeFunction(name: string, nowMs: number): Tree | undefined {
  const iso = new Date(nowMs).toISOString()
  const literal = (literal_type: string, value: string): Tree => ({ literal: { literal_type, value } })
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 23)}`
  if (name === 'now' || name === 'current_timestamp') return fn('trino_in_utc', literal('timestamp', text))
  if (name === 'localtimestamp') return literal('timestamp', text)
  if (name === 'current_date') return literal('date', iso.slice(0, 10))
  if (name === 'current_time' || name === 'localtime') return literal('time', iso.slice(11, 23))
  return undefined
}

/** `DECIMAL '1.10'` has the digits that are written; polyglot reads it as a cast to a decimal without a precision. */
export function decimalLiteral(payload: Tree): Tree | undefined {
  const to = payload.to as Tree
  const written = stringOf(payload.this)
  if (to?.data_type !== 'decimal' || to.precision !== null || !written || !/^[+-]?\d*\.\d+$/.test(written))
    return undefined
  return { literal: { literal_type: 'number', value: written } }
}

/** Exact, and so within the standard error of 2.3 % that Trino promises; DuckDB's estimate is not. */
export function countDistinct(value: unknown, filter: unknown): Tree {
  return { count: { this: value, star: false, distinct: true, filter: filter ?? null, original_name: 'count' } }
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
      return ![node.payload.left, node.payload.right].some((side) => nodeOf(side)?.kind === 'interval')
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

export function withLiteral(value: unknown, change: (text: string) => string): unknown {
  const text = stringOf(value)
  return text === undefined ? value : literalText(change(text))
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
