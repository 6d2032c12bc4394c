import { compareValues, KINDS, type Kind, kindOf, type Value } from '../values.ts'
import { type Comparator, type Condition, type Operand, pathText } from './ast.ts'
import { type ExpressionKind, Parser, type Placeholders } from './parser.ts'

const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>=']
const FUNCTIONS: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
}

/** Conditions, filters and key conditions: OR binds least, then AND, then NOT. */
export function parseCondition(kind: ExpressionKind, text: string, placeholders: Placeholders): Condition {
  const parser = new Parser(kind, text, placeholders)
  return parser.finish(readOr(parser))
}

function readOr(parser: Parser): Condition {
  let left = readAnd(parser)
  while (parser.acceptKeyword('OR')) {
    parser.countOperator()
    left = { kind: 'or', left, right: readAnd(parser) }
  }
  return left
}

function readAnd(parser: Parser): Condition {
  let left = readNot(parser)
  while (parser.acceptKeyword('AND')) {
    parser.countOperator()
    left = { kind: 'and', left, right: readNot(parser) }
  }
  return left
}

function readNot(parser: Parser): Condition {
  if (!parser.isKeyword('NOT')) return readPrimary(parser)
  parser.take()
  parser.countOperator()
  return { kind: 'not', of: parser.nested(() => readNot(parser)) }
}

function readPrimary(parser: Parser): Condition {
  if (parser.next.text !== '(' || opensOperand(parser)) return readTest(parser)
  // A pair of parentheses whose only content is another pair.
  if (parser.peek().text === '(' && closingOf(parser, 1) + 1 === closingOf(parser, 0))
    parser.note('The expression has redundant parentheses;')
  parser.take()
  const inner = parser.nested(() => readOr(parser))
  parser.expect(')')
  return inner
}

/** How many tokens ahead the parenthesis closes that opens `ahead` tokens from here; past the end where it does not. */
function closingOf(parser: Parser, ahead: number): number {
  for (let depth = 0; ; ahead++) {
    const { kind, text } = parser.peek(ahead)
    if (kind === 'end') return ahead
    if (text === '(') depth++
    else if (text === ')' && --depth === 0) return ahead
  }
}

/** Whether the parenthesis here is about one operand, as in `(a) = :b`: what follows its end tells. */
function opensOperand(parser: Parser): boolean {
  const { text } = parser.peek(closingOf(parser, 0) + 1)
  return COMPARATORS.includes(text) || ['BETWEEN', 'IN'].includes(text.toUpperCase())
}

function readTest(parser: Parser): Condition {
  if (parser.next.kind === 'word' && parser.peek().text === '(' && parser.next.text !== 'size') {
    const test = readFunction(parser)
    if (COMPARATORS.includes(parser.next.text)) misused(parser, nameOfTest(test))
    return test
  }
  const left = readOperand(parser)
  const { text } = parser.next
  if (parser.next.kind === 'symbol' && COMPARATORS.includes(text)) {
    parser.take()
    parser.countOperator()
    const right = readOperand(parser)
    checkDistinct(parser, text, left, right)
    checkOrder(parser, text, left, right)
    return { kind: 'compare', operator: text as Comparator, left, right }
  }
  if (parser.acceptKeyword('BETWEEN')) {
    parser.countOperator()
    const low = readOperand(parser)
    if (!parser.acceptKeyword('AND')) throw parser.syntaxError()
    const high = readOperand(parser)
    checkBounds(parser, low, high)
    return { kind: 'between', of: left, low, high }
  }
  if (parser.acceptKeyword('IN')) {
    parser.countOperator()
    parser.expect('(')
    const among: Operand[] = []
    do among.push(readOperand(parser))
    while (parser.accept(','))
    parser.expect(')')
    if (among.length > 100)
      parser.note(
        `Incorrect number of operands for operator or function; operator or function: IN, number of operands: ${among.length}`,
      )
    return { kind: 'in', of: left, among }
  }
  if (left.kind === 'size') misused(parser, 'size')
  throw parser.syntaxError()
}

function misused(parser: Parser, name: string): never {
  throw parser.error(`The function is not allowed to be used this way in an expression; function: ${name}`)
}

const nameOfTest = ({ kind }: Condition): string =>
  kind === 'beginsWith'
    ? 'begins_with'
    : kind === 'type'
      ? 'attribute_type'
      : kind === 'exists'
        ? 'attribute_exists'
        : kind

function readOperand(parser: Parser): Operand {
  if (parser.accept('(')) {
    if (parser.next.text === '(') parser.note('The expression has redundant parentheses;')
    const inner = parser.nested(() => readOperand(parser))
    parser.expect(')')
    return inner
  }
  if (parser.next.kind === 'value') return { kind: 'value', value: parser.value() }
  if (!parser.atPath) throw parser.syntaxError()
  if (parser.next.kind === 'word' && parser.peek().text === '(') {
    const name = parser.take().text
    requireFunction(parser, name)
    if (name !== 'size') misused(parser, name)
    const [of] = parser.arguments(name, 1, () => readOperand(parser))
    checkKind(parser, name, of, ['N', 'BOOL', 'NULL'])
    parser.countOperator()
    return { kind: 'size', of }
  }
  return { kind: 'path', path: parser.path() }
}

function requireFunction(parser: Parser, name: string): void {
  if (!Object.hasOwn(FUNCTIONS, name)) throw parser.error(`Invalid function name; function: ${name}`)
}

function readFunction(parser: Parser): Condition {
  const name = parser.take().text
  requireFunction(parser, name)
  parser.countOperator()
  const operands = parser.arguments(name, FUNCTIONS[name], () => readOperand(parser))
  const [of, second] = operands
  if (second) checkDistinct(parser, name, of, second)
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists': {
      if (of.kind !== 'path')
        throw parser.error(`Operator or function requires a document path; operator or function: ${name}`)
      const exists: Condition = { kind: 'exists', path: of.path }
      return name === 'attribute_exists' ? exists : { kind: 'not', of: exists }
    }
    case 'attribute_type':
      return { kind: 'type', of, type: typeName(parser, second) }
    case 'begins_with':
      for (const operand of operands)
        checkKind(
          parser,
          name,
          operand,
          KINDS.filter((k) => k !== 'S' && k !== 'B'),
        )
      return { kind: 'beginsWith', of, prefix: second }
    default:
      return { kind: 'contains', of, what: second }
  }
}

function typeName(parser: Parser, operand: Operand): string {
  const value = operand.kind === 'value' ? operand.value : undefined
  if (value?.S === undefined) {
    const found = value ? kindOf(value) : '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}'
    parser.note(
      `Incorrect operand type for operator or function; operator or function: attribute_type, operand type: ${found}`,
    )
    return ''
  }
  if (!KINDS.includes(value.S as Kind))
    parser.note(`Invalid attribute type name found; type: ${value.S}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`)
  return value.S
}

/** Refuses a value whose kind the function can never take; what a path leads to is not known here. */
function checkKind(parser: Parser, name: string, operand: Operand, refused: readonly Kind[]): void {
  if (operand.kind !== 'value' || !refused.includes(kindOf(operand.value))) return
  parser.note(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${kindOf(operand.value)}`,
  )
}

/** Only text, numbers and bytes have an order. */
function checkOrder(parser: Parser, operator: string, ...operands: readonly Operand[]): void {
  if (operator === '=' || operator === '<>') return
  for (const operand of operands) checkKind(parser, operator, operand, ['BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M'])
}

function checkDistinct(parser: Parser, operator: string, left: Operand, right: Operand): void {
  if (left.kind !== 'path' || right.kind !== 'path' || pathText(left.path) !== pathText(right.path)) return
  parser.note(
    `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${pathText(left.path)}`,
  )
}

function checkBounds(parser: Parser, low: Operand, high: Operand): void {
  checkOrder(parser, 'BETWEEN', low, high)
  if (low.kind !== 'value' || high.kind !== 'value') return
  const bounds = `lower bound operand: AttributeValue: ${valueText(low.value)}, upper bound operand: AttributeValue: ${valueText(high.value)}`
  if (kindOf(low.value) !== kindOf(high.value))
    parser.note(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`)
  else if ((compareValues(low.value, high.value) ?? 0) > 0)
    parser.note(`The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`)
}

function valueText(value: Value): string {
  const kind = kindOf(value)
  return `{${kind}:${value.B ? Buffer.from(value.B).toString('base64') : value[kind]}}`
}
