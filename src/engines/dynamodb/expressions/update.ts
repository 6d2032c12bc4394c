import { type Kind, kindOf, type Value } from '../values.ts'
import { type Path, pathText, type UpdateAction, type UpdateOperand } from './ast.ts'
import { checkOverlaps, Parser, type Placeholders } from './parser.ts'

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const
type Section = (typeof SECTIONS)[number]

const KIND_NAMES: Readonly<Record<Kind, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  L: 'LIST',
  M: 'MAP',
}

export function parseUpdate(text: string, placeholders: Placeholders): UpdateAction[] {
  const parser = new Parser('UpdateExpression', text, placeholders)
  const actions: UpdateAction[] = []
  const seen = new Set<Section>()
  do {
    const section = SECTIONS.find((name) => parser.acceptKeyword(name))
    if (!section) throw parser.syntaxError()
    if (seen.has(section)) parser.note(`The "${section}" section can only be used once in an update expression;`)
    seen.add(section)
    do actions.push(readAction(parser, section))
    while (parser.accept(','))
  } while (parser.next.kind !== 'end')
  checkOverlaps(
    parser,
    actions.map(({ path }) => path),
    pathText,
  )
  return parser.finish(actions)
}

function readAction(parser: Parser, section: Section): UpdateAction {
  parser.countOperator()
  if (!parser.atPath) throw parser.syntaxError()
  const path = parser.path()
  switch (section) {
    case 'SET':
      parser.expect('=')
      return { kind: 'set', path, to: readSum(parser) }
    case 'REMOVE':
      return { kind: 'remove', path }
    case 'ADD':
      return { kind: 'add', path, value: readAmount(parser, 'ADD', ['N', 'SS', 'NS', 'BS']) }
    case 'DELETE':
      return { kind: 'delete', path, value: readAmount(parser, 'DELETE', ['SS', 'NS', 'BS']) }
  }
}

function readAmount(parser: Parser, operator: string, kinds: readonly Kind[]): Value {
  const value = parser.value()
  const kind = kindOf(value)
  if (!kinds.includes(kind))
    parser.note(
      `Incorrect operand type for operator or function; operator: ${operator}, operand type: ${KIND_NAMES[kind]}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
    )
  return value
}

/** An operand, or two with a sign between them. */
function readSum(parser: Parser): UpdateOperand {
  if (parser.accept('(')) {
    const inner = parser.nested(() => readSum(parser))
    parser.expect(')')
    return readRest(parser, inner)
  }
  return readRest(parser, readOperand(parser))
}

function readRest(parser: Parser, left: UpdateOperand): UpdateOperand {
  const sign = parser.accept('+') ? '+' : parser.accept('-') ? '-' : undefined
  if (!sign) return left
  parser.countOperator()
  const right = readOperand(parser)
  for (const operand of [left, right]) checkKind(parser, sign, operand, 'N')
  return { kind: sign === '+' ? 'plus' : 'minus', left, right }
}

function readOperand(parser: Parser): UpdateOperand {
  if (parser.accept('(')) {
    const inner = parser.nested(() => readOperand(parser))
    parser.expect(')')
    return inner
  }
  if (parser.next.kind === 'value') return { kind: 'value', value: parser.value() }
  if (!parser.atPath) throw parser.syntaxError()
  if (parser.next.kind === 'word' && parser.peek().text === '(') return readFunction(parser)
  return { kind: 'path', path: parser.path() }
}

function readFunction(parser: Parser): UpdateOperand {
  const name = parser.take().text
  parser.countOperator()
  if (name !== 'if_not_exists' && name !== 'list_append') {
    const known = /^(attribute_(exists|not_exists|type)|begins_with|contains|size)$/.test(name)
    throw parser.error(
      known
        ? `The function is not allowed in an update expression; function: ${name}`
        : `Invalid function name; function: ${name}`,
    )
  }
  const [left, right] = parser.nested(() => parser.arguments(name, 2, () => readOperand(parser)))
  if (name === 'list_append') {
    for (const operand of [left, right]) checkKind(parser, name, operand, 'L')
    return { kind: 'append', left, right }
  }
  if (left.kind !== 'path')
    throw parser.error(`Operator or function requires a document path; operator or function: ${name}`)
  return { kind: 'ifNotExists', path: left.path, otherwise: right }
}

function checkKind(parser: Parser, name: string, operand: UpdateOperand, wanted: Kind): void {
  if (operand.kind !== 'value' || kindOf(operand.value) === wanted) return
  parser.note(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${kindOf(operand.value)}`,
  )
}

export function parseProjection(text: string, placeholders: Placeholders): Path[] {
  const parser = new Parser('ProjectionExpression', text, placeholders)
  const paths: Path[] = []
  do {
    if (!parser.atPath) throw parser.syntaxError()
    paths.push(parser.path())
  } while (parser.accept(','))
  checkOverlaps(parser, paths, pathText)
  return parser.finish(paths)
}
