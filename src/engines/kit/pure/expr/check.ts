import type { EngineError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { children, type Expr } from './ast.ts'
import { parseIso } from './datetime.ts'
import { FUNCTIONS, functionNamed } from './functions.ts'
import { evaluationError } from './values.ts'

/** Fields that an expression reads: the first step of each path, each once, in order of appearance. */
export function fieldsOf(expr: Expr): string[] {
  const found = new Set<string>()
  visit(expr, (node) => {
    if (node.kind === 'field') found.add(String(node.path[0]))
  })
  return [...found]
}

function visit(expr: Expr, look: (node: Expr) => void): void {
  look(expr)
  for (const child of children(expr)) visit(child, look)
}

/**
 * What is wrong with an expression before any record is seen: unknown functions, wrong numbers of arguments, impossible constants,
 * comparisons of constants that can never hold, and, where the columns are known, columns that do not exist.
 */
export function check(expr: Expr, columns?: readonly string[]): EngineError[] {
  const problems: EngineError[] = []
  visit(expr, (node) => {
    const problem = problemOf(node, columns)
    if (problem) problems.push(problem)
  })
  return problems
}

function problemOf(node: Expr, columns: readonly string[] | undefined): EngineError | undefined {
  switch (node.kind) {
    case 'typed':
      if (!Number.isNaN(parseIso(node.text))) return undefined
      return evaluationError('INVALID_LITERAL', `'${node.text}' is not a ${node.type} in ISO 8601 form.`, node.at)
    case 'field':
      return columns && unknownColumn(node, columns)
    case 'call':
      return wrongCall(node)
    case 'logic':
      return [node.left, node.right].map(notBoolean).find((problem) => problem)
    case 'not':
      return notBoolean(node.operand)
    case 'compare': {
      const nullSide = [node.left, node.right].some((side) => side.kind === 'literal' && side.value === null)
      if (!nullSide) return undefined
      const test = node.operator === '<>' ? 'IS NOT NULL' : 'IS NULL'
      return evaluationError('TYPE_MISMATCH', `A comparison with NULL is never true: use ${test}.`, node.at)
    }
  }
  return undefined
}

function notBoolean(side: Expr): EngineError | undefined {
  const wrong =
    side.kind === 'arithmetic' ||
    side.kind === 'negate' ||
    side.kind === 'typed' ||
    (side.kind === 'literal' && side.value !== null && typeof side.value !== 'boolean')
  if (!wrong) return undefined
  return evaluationError('TYPE_MISMATCH', 'AND, OR and NOT join conditions, and this is a plain value.', side.at)
}

function unknownColumn(node: Extract<Expr, { kind: 'field' }>, columns: readonly string[]): EngineError | undefined {
  const name = String(node.path[0])
  if (columns.includes(name)) return undefined
  const near = nearest(name, columns)
  const hint = near ? `Did you mean ${near}?` : `The columns are ${columns.slice(0, 12).join(', ') || 'none'}.`
  const quoted = node.at.endColumn - node.at.column === name.length + 2 ? ' Text stands in single quotes.' : ''
  return evaluationError('COLUMN_NOT_FOUND', `There is no column "${name}". ${hint}${quoted}`, node.at)
}

function wrongCall(node: Extract<Expr, { kind: 'call' }>): EngineError | undefined {
  const entry = functionNamed(node.name)
  if (!entry) {
    const near = nearest(
      node.name,
      FUNCTIONS.map((f) => f.name),
    )
    const hint = near ? ` Did you mean ${near}?` : ''
    return evaluationError('FUNCTION_NOT_FOUND', `There is no function ${node.name}.${hint}`, node.at)
  }
  if (node.args.length >= entry.min && node.args.length <= entry.max) return undefined
  return evaluationError(
    'INVALID_FUNCTION_ARGUMENT',
    `${entry.signature} was given ${node.args.length} arguments.`,
    node.at,
  )
}
