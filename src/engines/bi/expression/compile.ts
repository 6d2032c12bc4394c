import type { Params } from '../sql.ts'
import {
  type Argument,
  commonType,
  FUNCTIONS,
  type FunctionRule,
  refusal,
  type Takes,
  type ValueType,
} from './functions.ts'
import { expressionError, type Node, parseExpression } from './parse.ts'

export interface ExpressionScope {
  /** A column's SQL and type, by its name in any case, or undefined. */
  column(name: string): { sql: string; type: ValueType } | undefined
  readonly names: readonly string[]
  readonly params: Params
  /** The engine's time that `now()` gives, epoch ms. */
  readonly nowMs: number
}

export interface Compiled {
  readonly sql: string
  readonly type: ValueType
}

const BY_NAME = new Map(Object.entries(FUNCTIONS).map(([name, rule]) => [name.toLowerCase(), { name, rule }]))

/** Turns an expression into DuckDB's SQL. Every text of the user is bound, never written into the SQL. */
export function compileExpression(source: string, scope: ExpressionScope): Compiled {
  const compile = (node: Node): Argument => {
    const fail = (message: string, at: Node = node): never => {
      throw expressionError(source, at.from, message, at.to)
    }
    switch (node.kind) {
      case 'number':
        return { sql: node.text, type: node.text.includes('.') ? 'decimal' : 'integer' }
      case 'string':
        return { sql: `CAST(${scope.params.bind(node.value)} AS VARCHAR)`, type: 'string', literal: node.value }
      case 'field':
        return field(node, scope, fail)
      case 'list':
        return fail('a list stands only in the functions in and notIn')
      case 'unary': {
        const operand = compile(node.operand)
        expect(operand, node.op === 'NOT' ? 'boolean' : 'number', (why) => fail(why, node.operand))
        return node.op === 'NOT'
          ? { sql: `(NOT ${operand.sql})`, type: 'boolean' }
          : { sql: `(-${operand.sql})`, type: operand.type }
      }
      case 'binary':
        return binary(node, compile(node.left), compile(node.right), fail)
      case 'call':
        return call(node, compile, scope, fail)
    }
  }
  const { sql, type } = compile(parseExpression(source))
  return { sql, type }
}

type Fail = (message: string, at?: Node) => never

function field(node: Node & { kind: 'field' }, scope: ExpressionScope, fail: Fail): Argument {
  const known = scope.column(node.name)
  if (known) return known
  if (/^null$/i.test(node.name)) return { sql: 'NULL', type: 'null' }
  if (/^(true|false)$/i.test(node.name)) return { sql: node.name.toUpperCase(), type: 'boolean' }
  return fail(`there is no field {${node.name}}; there are ${scope.names.join(', ')}`)
}

function binary(node: Node & { kind: 'binary' }, left: Argument, right: Argument, fail: Fail): Argument {
  const { op } = node
  if (op === 'AND' || op === 'OR') {
    expect(left, 'boolean', (why) => fail(why, node.left))
    expect(right, 'boolean', (why) => fail(why, node.right))
    return { sql: `(${left.sql} ${op} ${right.sql})`, type: 'boolean' }
  }
  if (['=', '<>', '<', '<=', '>', '>='].includes(op)) {
    const sides = comparable(left, right)
    if (!sides) return fail(`a ${left.type} cannot be compared with a ${right.type}`)
    return { sql: `(${sides[0]} ${op} ${sides[1]})`, type: 'boolean' }
  }
  if (op === '+' && (left.type === 'string' || right.type === 'string')) return fail('texts are joined with concat')
  expect(left, 'number', (why) => fail(why, node.left))
  expect(right, 'number', (why) => fail(why, node.right))
  // Division is exact and by zero gives null, in SPICE as in QuickSight.
  if (op === '/') return { sql: `(CAST(${left.sql} AS DOUBLE) / nullif(${right.sql}, 0))`, type: 'decimal' }
  if (op === '%') return { sql: `(${left.sql} % nullif(${right.sql}, 0))`, type: commonType([left.type, right.type])! }
  if (op === '^') return { sql: `pow(${left.sql}, ${right.sql})`, type: 'decimal' }
  return { sql: `(${left.sql} ${op} ${right.sql})`, type: commonType([left.type, right.type])! }
}

/** Both sides of a comparison; a text that is written out is read as a date beside a date. */
function comparable(left: Argument, right: Argument): [string, string] | undefined {
  const asDate = (a: Argument) => (a.literal === undefined ? undefined : `CAST(${a.sql} AS TIMESTAMP)`)
  if (left.type === 'datetime' && right.type === 'string') {
    const date = asDate(right)
    return date === undefined ? undefined : [left.sql, date]
  }
  if (right.type === 'datetime' && left.type === 'string') {
    const date = asDate(left)
    return date === undefined ? undefined : [date, right.sql]
  }
  return commonType([left.type, right.type]) === undefined ? undefined : [left.sql, right.sql]
}

function expect(argument: Argument, takes: Takes, refuse: (why: string) => never): void {
  const { type } = argument
  if (takes === 'any' || type === 'null') return
  if (takes === 'literal') {
    if (argument.literal === undefined) refuse("a text such as 'MM' is expected here")
    return
  }
  const fits =
    type === takes ||
    (takes === 'number' && (type === 'integer' || type === 'decimal')) ||
    (takes === 'decimal' && type === 'integer')
  if (!fits) refuse(`a ${takes} is expected here, this is a ${type}`)
}

function call(
  node: Node & { kind: 'call' },
  compile: (node: Node) => Argument,
  scope: ExpressionScope,
  fail: Fail,
): Argument {
  if (/^(not)?in$/i.test(node.name)) return membership(node, compile, fail)
  const found = BY_NAME.get(node.name.toLowerCase())
  if (!found) return fail(refusal(node.name) ?? `there is no function ${node.name}`)
  const { name, rule } = found
  checkCount(name, rule, node.args.length, fail)
  const args = node.args.map((arg, i): Argument => {
    const takes = rule.takes[Math.min(i, rule.takes.length - 1)]
    // A period or a pattern shapes the SQL and is not a value of it: nothing is bound.
    if (takes === 'literal' && arg.kind === 'string') return { sql: '', type: 'string', literal: arg.value }
    const argument = compile(arg)
    expect(argument, takes, (why) => fail(why, arg))
    return argument
  })
  const sql = rule.sql(args, {
    bind: (value) => `CAST(${scope.params.bind(value)} AS VARCHAR)`,
    refuse: (index, message) => fail(message, node.args[index]),
    nowSql: `make_timestamp(${Math.trunc(scope.nowMs)} * 1000)`,
  })
  return { sql, type: typeof rule.gives === 'function' ? rule.gives(args) : rule.gives }
}

function checkCount(name: string, rule: FunctionRule, count: number, fail: Fail): void {
  const least = rule.least ?? rule.takes.length
  const most = rule.more ? Number.POSITIVE_INFINITY : rule.takes.length
  if (count >= least && count <= most) return
  const wanted = rule.more ? `at least ${least}` : least === most ? String(least) : `${least} to ${most}`
  fail(`${name} takes ${wanted} ${wanted === '1' ? 'argument' : 'arguments'}, not ${count}`)
}

function membership(node: Node & { kind: 'call' }, compile: (node: Node) => Argument, fail: Fail): Argument {
  const [value, list] = node.args
  if (node.args.length !== 2 || list.kind !== 'list' || list.items.length === 0)
    return fail(`${node.name} takes a field and a list, such as in({state}, ['CA', 'NY'])`)
  const left = compile(value)
  const items = list.items.map((item) => {
    const argument = compile(item)
    return comparable(left, argument)?.[1] ?? fail(`a ${left.type} cannot be compared with a ${argument.type}`, item)
  })
  const not = /^not/i.test(node.name) ? 'NOT ' : ''
  return { sql: `(${left.sql} ${not}IN (${items.join(', ')}))`, type: 'boolean' }
}
