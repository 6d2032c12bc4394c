import type { Expr } from './ast.ts'
import { KEYWORDS } from './parse.ts'

const text = (value: string) => `'${value.replaceAll("'", "''")}'`

/** An expression as text that parses to the same tree; parentheses stand around every operation but the outermost. */
export function print(expr: Expr): string {
  const inner = (part: Expr) => (isPlain(part) ? print(part) : `(${print(part)})`)
  const not = (negated: boolean) => (negated ? 'NOT ' : '')
  switch (expr.kind) {
    case 'literal':
      if (expr.value === null) return 'NULL'
      return typeof expr.value === 'string' ? text(expr.value) : String(expr.value).toUpperCase()
    case 'typed':
      return `${expr.type.toUpperCase()} ${text(expr.text)}`
    case 'field':
      return expr.path
        .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i ? '.' : ''}${name(step)}`))
        .join('')
    case 'negate':
      return `-(${print(expr.operand)})`
    case 'not':
      return `NOT ${inner(expr.operand)}`
    case 'arithmetic':
    case 'compare':
      return `${inner(expr.left)} ${expr.operator} ${inner(expr.right)}`
    case 'logic':
      return `${inner(expr.left)} ${expr.operator.toUpperCase()} ${inner(expr.right)}`
    case 'isNull':
      return `${inner(expr.operand)} IS ${not(expr.negated)}NULL`
    case 'in':
      return `${inner(expr.operand)} ${not(expr.negated)}IN (${expr.options.map(print).join(', ')})`
    case 'between':
      return `${inner(expr.operand)} ${not(expr.negated)}BETWEEN ${inner(expr.low)} AND ${inner(expr.high)}`
    case 'like': {
      const suffix = expr.escapeWith ? ` ESCAPE ${inner(expr.escapeWith)}` : ''
      return `${inner(expr.operand)} ${not(expr.negated)}LIKE ${inner(expr.pattern)}${suffix}`
    }
    case 'case': {
      const branches = expr.branches.map(({ when, result }) => ` WHEN ${print(when)} THEN ${print(result)}`).join('')
      return `CASE${expr.operand ? ` ${print(expr.operand)}` : ''}${branches}${expr.otherwise ? ` ELSE ${print(expr.otherwise)}` : ''} END`
    }
    case 'cast': {
      const size = expr.type.args.length > 0 ? `(${expr.type.args.join(', ')})` : ''
      return `${expr.safe ? 'TRY_CAST' : 'CAST'}(${print(expr.operand)} AS ${expr.type.name}${size})`
    }
    case 'call':
      return `${expr.name}(${expr.args.map(print).join(', ')})`
  }
}

function isPlain(expr: Expr): boolean {
  return ['literal', 'typed', 'field', 'call', 'cast', 'case'].includes(expr.kind)
}

function name(step: string): string {
  const plain = /^[A-Za-z_][\w$]*$/.test(step) && !KEYWORDS.has(step.toLowerCase())
  return plain ? step : `"${step.replaceAll('"', '""')}"`
}
