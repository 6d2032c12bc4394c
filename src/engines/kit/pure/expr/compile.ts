import { EngineError } from '../errors.ts'
import type { ArithmeticOperator, CompareOperator, Expr, Span } from './ast.ts'
import { check } from './check.ts'
import { parseIso } from './datetime.ts'
import { finite, functionNamed } from './functions.ts'
import { likeTest } from './like.ts'
import {
  converter,
  evaluationError,
  Instant,
  type JsonRecord,
  mismatch,
  order,
  show,
  textOf,
  type Value,
} from './values.ts'

/** A compiled expression. Throws an EngineError at its piece of the text where a record's values do not fit. */
export type Evaluate = (record: JsonRecord) => Value

/** A piece of the expression as a closure; `constant` where its value does not depend on the record. */
interface Code {
  readonly run: Evaluate
  readonly constant?: { readonly value: Value }
}

/**
 * Compiles to closures: no eval, nothing of the text is ever run as JavaScript. With `columns` given, a field that is not among them
 * is an error now rather than null at every record. Constant pieces are worked out once.
 */
export function compile(ast: Expr, columns?: readonly string[]): Evaluate {
  const problem = check(ast, columns)[0]
  if (problem) throw problem
  return code(ast).run
}

/** A compiled condition: true only where the expression is true, neither false nor null. Throws where it is not boolean. */
export function compileCondition(ast: Expr, columns?: readonly string[]): (record: JsonRecord) => boolean {
  const run = compile(ast, columns)
  return (record) => {
    const value = run(record)
    if (value === true) return true
    if (value === false || value === null) return false
    throw mismatch('A condition is true or false', value, ast.at)
  }
}

/** A condition for searches and breakpoints: a record that it cannot be worked out for does not match. */
export function compileMatcher(ast: Expr, columns?: readonly string[]): (record: JsonRecord) => boolean {
  const condition = compileCondition(ast, columns)
  return (record) => {
    try {
      return condition(record)
    } catch (thrown) {
      if (thrown instanceof EngineError) return false
      throw thrown
    }
  }
}

function constant(value: Value): Code {
  return { run: () => value, constant: { value } }
}

/** Works a piece out now if all it is made of is constant. One that fails stays, and fails at each record that reaches it. */
function fold(run: Evaluate, parts: readonly Code[]): Code {
  if (!parts.every((part) => part.constant)) return { run }
  try {
    return constant(run({}))
  } catch {
    return { run }
  }
}

function code(expr: Expr): Code {
  switch (expr.kind) {
    case 'literal':
      return constant(expr.value)
    case 'typed':
      return constant(expr.type === 'timestamp' ? new Instant(parseIso(expr.text)) : expr.text)
    case 'field':
      return { run: field(expr.path) }
    case 'negate': {
      const operand = code(expr.operand)
      const run: Evaluate = (record) => {
        const value = operand.run(record)
        if (typeof value === 'number') return -value
        if (value === null) return null
        throw mismatch('- takes a number', value, expr.operand.at)
      }
      return fold(run, [operand])
    }
    case 'not': {
      const operand = code(expr.operand)
      const run: Evaluate = (record) => {
        const value = truth(operand.run(record), expr.operand.at)
        return value === null ? null : !value
      }
      return fold(run, [operand])
    }
    case 'arithmetic':
      return arithmetic(expr.operator, code(expr.left), code(expr.right), expr.left.at, expr.right.at, expr.at)
    case 'compare':
      return compare(expr.operator, code(expr.left), code(expr.right), expr.at)
    case 'logic':
      return logic(expr.operator, code(expr.left), code(expr.right), expr.left.at, expr.right.at)
    case 'isNull': {
      const operand = code(expr.operand)
      const { negated } = expr
      return fold((record) => (operand.run(record) === null) !== negated, [operand])
    }
    case 'in':
      return inList(code(expr.operand), expr.options.map(code), expr.negated, expr.at)
    case 'between': {
      const low: Expr = { kind: 'compare', operator: '>=', left: expr.operand, right: expr.low, at: expr.at }
      const high: Expr = { kind: 'compare', operator: '<=', left: expr.operand, right: expr.high, at: expr.at }
      const both: Expr = { kind: 'logic', operator: 'and', left: low, right: high, at: expr.at }
      return code(expr.negated ? { kind: 'not', operand: both, at: expr.at } : both)
    }
    case 'like':
      return like(expr)
    case 'case':
      return caseWhen(expr)
    case 'cast':
      return cast(expr)
    case 'call':
      return call(expr)
  }
}

const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype))

function field(path: readonly (string | number)[]): Evaluate {
  const first = path[0]
  const read = (value: unknown, step: string | number): unknown => {
    if (value === null || typeof value !== 'object') return undefined
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined
    return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined
  }
  if (path.length === 1 && typeof first === 'string' && !INHERITED.has(first)) {
    return (record) => {
      const value = record[first]
      return value === undefined ? null : (value as Value)
    }
  }
  return (record) => {
    let value: unknown = record
    for (const step of path) value = read(value, step)
    return value === undefined ? null : (value as Value)
  }
}

function truth(value: Value, at: Span): boolean | null {
  if (typeof value === 'boolean' || value === null) return value
  throw mismatch('AND, OR and NOT take true or false', value, at)
}

/** Three-valued: false AND null is false, true AND null is null; the right side is left alone where the left one decides. */
function logic(operator: 'and' | 'or', left: Code, right: Code, leftAt: Span, rightAt: Span): Code {
  const deciding = operator === 'or'
  const run: Evaluate = (record) => {
    const l = truth(left.run(record), leftAt)
    if (l === deciding) return deciding
    const r = truth(right.run(record), rightAt)
    if (r === deciding) return deciding
    return l === null || r === null ? null : !deciding
  }
  return fold(run, [left, right])
}

const TESTS: Record<CompareOperator, (order: number) => boolean> = {
  '=': (o) => o === 0,
  '<>': (o) => o !== 0,
  '<': (o) => o < 0,
  '<=': (o) => o <= 0,
  '>': (o) => o > 0,
  '>=': (o) => o >= 0,
}

const NUMBER_TESTS: Record<CompareOperator, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

function compare(operator: CompareOperator, left: Code, right: Code, at: Span): Code {
  const test = TESTS[operator]
  const slow = (l: Value, r: Value): Value => (l === null || r === null ? null : test(order(l, r, at)))
  const bound = right.constant?.value
  if (typeof bound === 'number') {
    const direct = NUMBER_TESTS[operator]
    return fold(
      (record) => {
        const value = left.run(record)
        return typeof value === 'number' ? direct(value, bound) : slow(value, bound)
      },
      [left, right],
    )
  }
  if (typeof bound === 'string' && (operator === '=' || operator === '<>')) {
    const wanted = operator === '='
    return fold(
      (record) => {
        const value = left.run(record)
        return typeof value === 'string' ? (value === bound) === wanted : slow(value, bound)
      },
      [left, right],
    )
  }
  return fold((record) => slow(left.run(record), right.run(record)), [left, right])
}

const ARITHMETIC: Record<Exclude<ArithmeticOperator, '||'>, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
}

function arithmetic(
  operator: ArithmeticOperator,
  left: Code,
  right: Code,
  leftAt: Span,
  rightAt: Span,
  at: Span,
): Code {
  if (operator === '||') {
    const run: Evaluate = (record) => {
      const l = left.run(record)
      const r = right.run(record)
      return l === null || r === null ? null : textOf(l) + textOf(r)
    }
    return fold(run, [left, right])
  }
  const compute = ARITHMETIC[operator]
  const divides = operator === '/' || operator === '%'
  const run: Evaluate = (record) => {
    const l = left.run(record)
    const r = right.run(record)
    if (typeof l === 'number' && typeof r === 'number') {
      if (divides && r === 0)
        throw evaluationError('DIVISION_BY_ZERO', `Division of ${l} by 0. nullif(…, 0) avoids it.`, at)
      return finite(compute(l, r))
    }
    if (l === null || r === null) return null
    const hint =
      operator === '+' ? '+ takes numbers (|| joins texts, date_add moves times)' : `${operator} takes numbers`
    throw typeof l === 'number' ? mismatch(hint, r, rightAt) : mismatch(hint, l, leftAt)
  }
  return fold(run, [left, right])
}

/** x IN (…): null where nothing matches but something compared is null. Lists of constants of one kind become a set. */
function inList(operand: Code, options: readonly Code[], negated: boolean, at: Span): Code {
  const values = options.map((option) => option.constant?.value)
  const kind = typeof values[0]
  const slow: Evaluate = (record) => {
    const value = operand.run(record)
    if (value === null) return null
    let unknown = false
    for (const option of options) {
      const other = option.run(record)
      if (other === null) unknown = true
      else if (order(value, other, at) === 0) return !negated
    }
    return unknown ? null : negated
  }
  if ((kind !== 'string' && kind !== 'number') || values.some((value) => typeof value !== kind)) {
    return fold(slow, [operand, ...options])
  }
  const set = new Set(values)
  const fast: Evaluate = (record) => {
    const value = operand.run(record)
    return typeof value === kind ? set.has(value) !== negated : slow(record)
  }
  return fold(fast, [operand])
}

function like(expr: Extract<Expr, { kind: 'like' }>): Code {
  const operand = code(expr.operand)
  const pattern = code(expr.pattern)
  const escapeWith = expr.escapeWith ? code(expr.escapeWith) : constant('')
  const make = (p: Value, e: Value) => {
    if (typeof p !== 'string') throw mismatch('LIKE takes a pattern of text', p, expr.pattern.at)
    if (typeof e !== 'string') throw mismatch('ESCAPE takes one character', e, expr.at)
    const test = likeTest(p, expr.escapeWith ? e : undefined)
    if (typeof test === 'string') throw evaluationError('INVALID_FUNCTION_ARGUMENT', test, expr.pattern.at)
    return test
  }
  const known =
    typeof pattern.constant?.value === 'string' && escapeWith.constant
      ? make(pattern.constant.value, escapeWith.constant.value)
      : undefined
  const run: Evaluate = (record) => {
    const value = operand.run(record)
    if (value === null) return null
    if (typeof value !== 'string') throw mismatch('LIKE compares text', value, expr.operand.at)
    if (known) return known(value) !== expr.negated
    const [p, e] = [pattern.run(record), escapeWith.run(record)]
    return p === null || e === null ? null : make(p, e)(value) !== expr.negated
  }
  return fold(run, [operand, pattern, escapeWith])
}

function caseWhen(expr: Extract<Expr, { kind: 'case' }>): Code {
  const { operand } = expr
  const branches = expr.branches.map(({ when, result }) => {
    const test: Expr = operand ? { kind: 'compare', operator: '=', left: operand, right: when, at: when.at } : when
    return { when: code(test), at: when.at, result: code(result) }
  })
  const otherwise = expr.otherwise ? code(expr.otherwise) : constant(null)
  const run: Evaluate = (record) => {
    for (const branch of branches) if (truth(branch.when.run(record), branch.at)) return branch.result.run(record)
    return otherwise.run(record)
  }
  return fold(run, [otherwise, ...branches.flatMap((branch) => [branch.when, branch.result])])
}

function cast(expr: Extract<Expr, { kind: 'cast' }>): Code {
  const operand = code(expr.operand)
  const convert = converter(expr.type)
  const run: Evaluate = (record) => {
    const value = operand.run(record)
    if (value === null) return null
    const converted = convert(value)
    if (converted !== undefined) return converted
    if (expr.safe) return null
    const message = `Cannot cast ${show(value)} to ${expr.type.name}. TRY_CAST gives null instead.`
    throw evaluationError('INVALID_CAST_ARGUMENT', message, expr.at)
  }
  return fold(run, [operand])
}

function call(expr: Extract<Expr, { kind: 'call' }>): Code {
  const entry = functionNamed(expr.name)!
  const args = expr.args.map(code)
  if (entry.name === 'try') return attempt(args[0])
  const body = entry.make(
    expr.at,
    args.map((arg) => arg.constant?.value ?? undefined),
  )
  const runs = args.map((arg) => arg.run)
  if (!entry.strict) {
    return fold((record) => body(runs.map((run) => run(record))), args)
  }
  const [first, second] = runs
  if (runs.length === 1) {
    return fold((record) => {
      const value = first(record)
      return value === null ? null : body([value])
    }, args)
  }
  if (runs.length === 2) {
    return fold((record) => {
      const a = first(record)
      const b = second(record)
      return a === null || b === null ? null : body([a, b])
    }, args)
  }
  return fold((record) => {
    const values = runs.map((run) => run(record))
    return values.includes(null) ? null : body(values)
  }, args)
}

function attempt(arg: Code): Code {
  const run: Evaluate = (record) => {
    try {
      return arg.run(record)
    } catch (thrown) {
      if (thrown instanceof EngineError) return null
      throw thrown
    }
  }
  return fold(run, [arg])
}
