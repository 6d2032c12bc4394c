import { EngineError } from '../../kit/pure/errors.ts'
import { FUNCTIONS } from './functions.ts'
import type { Step } from './sql.ts'
import { asNumber, asText, compare, isAbsent, memberOf, type Row, type Value } from './values.ts'

export interface Expression {
  run(row: Row, totals: readonly Value[]): Value
  /** The last name of a way to a column, which names the result. */
  readonly column?: string | undefined
  /** Whether it reads columns outside of aggregates. */
  readonly plain: boolean
}

export interface Aggregate {
  /** Absent for `COUNT(*)`. */
  readonly argument: Expression | undefined
  begin(): { add(value: Value): void; value(): Value }
}

export interface Scope {
  alias: string
  readonly aggregates: Aggregate[]
  readonly nowMs: number
}

export type Truth = boolean | null

export const of = (run: Expression['run'], parts: readonly Expression[]): Expression => ({
  run,
  plain: parts.some(({ plain }) => plain),
})

export const truth = (value: Value): Truth =>
  typeof value === 'boolean'
    ? value
    : typeof value === 'string' && /^(true|false)$/i.test(value)
      ? /^t/i.test(value)
      : null
export const not = (value: Truth): Truth => (value === null ? null : !value)
export const or = (a: Truth, b: Truth): Truth => (a || b ? true : a === null || b === null ? null : false)

export const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

export const compared = (a: Value, b: Value, holds: (order: number) => boolean): Truth => {
  const order = compare(a, b)
  return order === undefined ? null : holds(order)
}

export const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
}

export function arithmetic(symbol: string, left: Expression, right: Expression): Expression {
  const work = ARITHMETIC[symbol]
  return of(
    (row, totals) => {
      const [a, b] = [asNumber(left.run(row, totals)), asNumber(right.run(row, totals))]
      if (a === undefined || b === undefined) return null
      if (b === 0 && (symbol === '/' || symbol === '%'))
        throw new EngineError('EvaluatorInvalidArguments', 'Division by zero.')
      return work(a, b)
    },
    [left, right],
  )
}

export const concatenated = (a: Expression, b: Expression): Expression =>
  of(
    (row, totals) => {
      const [x, y] = [a.run(row, totals), b.run(row, totals)]
      return isAbsent(x) || isAbsent(y) ? null : asText(x) + asText(y)
    },
    [a, b],
  )

export const constant = (value: Value): Expression => ({ run: () => value, plain: false })

export function path([first, ...others]: Step[]): Expression {
  if (!('name' in first)) throw new EngineError('UnsupportedSqlStructure', 'A way to a column begins with its name.')
  const last = others.findLast((step) => 'name' in step) ?? first
  return {
    plain: true,
    column: last.name,
    run: (row) =>
      others.reduce<Value>(
        (value, step) => {
          if ('name' in step) return memberOf(value, step.name, step.exact)
          if ('index' in step) return Array.isArray(value) ? value[step.index] : undefined
          throw new EngineError('UnsupportedSqlStructure', '[*] stands in FROM only.')
        },
        row.get(first.name, first.exact),
      ),
  }
}

export function called(name: string, items: Expression[]): Expression {
  const {
    arguments: [least, most],
    run,
  } = FUNCTIONS[name]
  if (items.length < least || items.length > most)
    throw new EngineError('EvaluatorInvalidArguments', `${name} does not take ${items.length} arguments.`)
  return of((row, totals) => run(items.map((item) => item.run(row, totals))), items)
}

export function beginAggregate(name: string): { add(value: Value): void; value(): Value } {
  let [count, sum] = [0, 0]
  let kept: Value = null
  return {
    add(value) {
      if (isAbsent(value)) return
      count++
      if (name === 'SUM' || name === 'AVG') {
        const number = asNumber(value)
        if (number === undefined)
          throw new EngineError('EvaluatorInvalidArguments', `${name} adds numbers, and ${asText(value)} is none.`)
        sum += number
      } else if (name !== 'COUNT') {
        const order = kept === null ? undefined : compare(value, kept)
        if (kept === null || (order !== undefined && (name === 'MIN' ? order < 0 : order > 0))) kept = value
      }
    },
    value: () =>
      name === 'COUNT'
        ? count
        : name === 'SUM'
          ? count
            ? sum
            : null
          : name === 'AVG'
            ? count
              ? sum / count
              : null
            : kept,
  }
}
