import { isTree, nodeOf, startOf, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { classOf, looksOf } from './agreement.ts'
import { isInterval } from './pieces.ts'
import { written } from './try.ts'

/** A refusal of what begins at `start` in the text that was parsed, where that has a place. */
export class Unlike extends EngineError {
  readonly start: number | undefined

  constructor(message: string, refused: unknown, code = 'TYPE_MISMATCH') {
    super(code, message)
    this.start = startOf(refused)
  }
}

/**
 * Refuses values of unlike types where Trino wants one type, by what they are to see: DuckDB would make a text of all of them. `kind` and
 * `payload` are a node as the user wrote it.
 */
export function refuseUnlike(kind: string, payload: Tree): void {
  CHECKS[kind]?.(payload)
}

const CHECKS: Readonly<Record<string, (payload: Tree) => void>> = {
  coalesce: ({ expressions }) => alike('COALESCE', expressions),
  array_func: ({ expressions }) => alike('ARRAY', expressions),
  if_func: ({ true_value, false_value }) => alike('IF', [true_value, false_value]),
  case: ({ whens, else_ }) => alike('CASE', [...(whens as unknown[][]).map(([, value]) => value), else_]),
  not: (payload) => boolean('Value of logical NOT expression', payload.this),
  select: (payload) => {
    sortedAsShown(payload)
    if (isTree(payload.where_clause)) boolean('WHERE clause', payload.where_clause.this)
  },
  add: (payload) => summable('+', payload),
  sub: (payload) => summable('-', payload),
  i_like: ({ left }) => {
    throw new Unlike(`mismatched input 'ILIKE'. Use LIKE with lower()`, left, 'SYNTAX_ERROR')
  },
  mul: (payload) => computable('*', payload),
  div: (payload) => computable('/', payload),
  mod: (payload) => computable('%', payload),
  union: (payload) => joined('UNION', payload),
  intersect: (payload) => joined('INTERSECT', payload),
  except: (payload) => joined('EXCEPT', payload),
}

function summable(operator: '+' | '-', { left, right }: Tree): void {
  const intervals = [intervalType(left), intervalType(right)]
  if (!intervals.includes(undefined) && intervals[0] !== intervals[1])
    throw new Unlike(`Cannot apply operator: ${intervals.join(` ${operator} `)}. Add them to a date one by one`, [
      left,
      right,
    ])
  const types = [classOf(left), classOf(right)]
  if (isInterval(left) || isInterval(right) || !types.includes('date')) return
  if (types.includes('number') || types.includes('varchar'))
    throw new Unlike(`Cannot apply operator: ${types.join(` ${operator} `)}. Use an interval`, [left, right])
}

/** DuckDB would make a number of a text that is written out beside one. */
function computable(operator: string, { left, right }: Tree): void {
  const types = [classOf(left), classOf(right)]
  if (types.includes('varchar') && types.includes('number'))
    throw new Unlike(`Cannot apply operator: ${types.join(` ${operator} `)}. Use CAST to make the types agree`, [
      left,
      right,
    ])
}

/** Months and days do not add up in Trino, where an interval is of one of two types. */
function intervalType(value: unknown): string | undefined {
  const { kind, payload } = nodeOf(value) ?? {}
  switch (kind) {
    case 'paren':
    case 'neg':
      return intervalType(payload!.this)
    case 'mul':
      return intervalType(payload!.left) ?? intervalType(payload!.right)
    case 'add':
    case 'sub': {
      const type = intervalType(payload!.left)
      return type === intervalType(payload!.right) ? type : undefined
    }
    case 'interval': {
      const unit = payload!.unit as Tree | null
      const name = unit?.type === 'span' ? unit.this : unit?.unit
      if (name === undefined || name === null) return undefined
      return /^(year|month)/i.test(String(name)) ? 'interval year to month' : 'interval day to second'
    }
  }
  return undefined
}

function joined(operator: string, { left, right }: Tree): void {
  const others = columnsOf(right)
  for (const [i, column] of columnsOf(left).entries()) alike(operator, [column, others[i]], looksOf)
}

/** Where columns are unlike, DuckDB's types tell it better; but it takes a boolean for a number. */
const looksOrBooleans = (values: readonly unknown[]) =>
  values.some((value) => classOf(value) === 'boolean') ? (value: unknown) => classOf(value) : looksOf

function alike(place: string, values: unknown, of = looksOrBooleans(values as unknown[])): void {
  const [first, ...others] = (values as unknown[]).map(of).filter((type) => type !== undefined)
  const other = others.find((type) => type !== first)
  if (other === undefined) return
  throw new Unlike(
    `All values of ${place} must be of one type, not ${first} and ${other}. Use CAST to make them agree`,
    values,
  )
}

function boolean(place: string, value: unknown): void {
  const type = looksOf(value)
  if (type === undefined || type === 'boolean') return
  throw new Unlike(`${place} must evaluate to a boolean: actual type ${type}`, value)
}

/** Rows that are made distinct can be sorted by what they show alone. */
function sortedAsShown({ distinct, order_by, expressions }: Tree): void {
  const shown = expressions as unknown[]
  if (distinct !== true || !isTree(order_by) || shown.some((expression) => nodeOf(expression)?.kind === 'star')) return
  const names = shown.map((expression) => nameOf(nodeOf(expression)?.payload.alias ?? nodeOf(expression)?.payload.name))
  const texts = new Set(columnsOf({ select: { expressions: shown } }).map(written))
  for (const { this: by } of order_by.expressions as Tree[]) {
    const node = nodeOf(by)
    const name = node?.kind === 'column' ? nameOf(node.payload.name) : undefined
    if (node?.kind === 'literal' || texts.has(written(by)) || (name !== undefined && names.includes(name))) continue
    throw new Unlike(
      'For SELECT DISTINCT, ORDER BY expressions must appear in select list',
      by,
      'EXPRESSION_NOT_IN_DISTINCT',
    )
  }
}

const nameOf = (identifier: unknown) =>
  isTree(identifier) && typeof identifier.name === 'string' ? identifier.name.toLowerCase() : undefined

function columnsOf(query: unknown): unknown[] {
  const node = nodeOf(query)
  if (node?.kind !== 'select') return []
  return (node.payload.expressions as unknown[]).map((expression) => {
    const aliased = nodeOf(expression)
    return aliased?.kind === 'alias' ? aliased.payload.this : expression
  })
}

/** A literal of a date or timestamp that the calendar or the clock does not have. */
export function refuseInvalidDate({ literal_type: type, value }: Tree): void {
  if (type !== 'date' && type !== 'timestamp') return
  const found = /^\s*([+-]?\d+)-(\d+)-(\d+)(?:[ T](\d+):(\d+)(?::(\d+)(?:\.\d+)?)?)?/.exec(String(value))
  const [, year, month, day, hour = 0, minute = 0, second = 0] = (found ?? []).map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const exists = found !== null && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  const told = [hour || 0, minute || 0, second || 0]
  if (exists && told.every((part, i) => part < [24, 60, 60][i])) return
  throw new EngineError('INVALID_LITERAL', `'${value}' is not a valid ${String(type).toUpperCase()} literal`)
}
