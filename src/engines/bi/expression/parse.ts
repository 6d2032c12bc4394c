import { EngineError } from '../../kit/pure/errors.ts'

/** A part of an expression with where it stands in the text, offsets in UTF-16 units. */
export type Node = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'unary'; readonly op: '-' | 'NOT'; readonly operand: Node }
  | { readonly kind: 'binary'; readonly op: BinaryOp; readonly left: Node; readonly right: Node }
)
export type BinaryOp = 'OR' | 'AND' | '=' | '<>' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '^'

interface Token {
  readonly type: 'number' | 'string' | 'field' | 'name' | 'sign' | 'end'
  readonly text: string
  readonly from: number
  readonly to: number
}

/** Deeper nesting than any person writes; it keeps a hostile text from exhausting the stack. */
const MAX_DEPTH = 200

/** An error in a calculated field, with the line and column of the text. */
export function expressionError(source: string, from: number, message: string, to = from): EngineError {
  const start = place(source, from)
  const end = place(source, Math.max(to, from))
  return new EngineError('InvalidParameterValueException', message, {
    at: { field: 'expression', ...start, endLine: end.line, endColumn: end.column },
  })
}

function place(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - before.lastIndexOf('\n') }
}

const PATTERN =
  /\s+|\/\*[\s\S]*?\*\/|(?<number>\d+(?:\.\d+)?|\.\d+)|(?<field>\{[^{}]*\})|(?<string>'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<sign><>|!=|<=|>=|[-+*/%^()=<>,[\]])/uy

function tokens(source: string): Token[] {
  const found: Token[] = []
  PATTERN.lastIndex = 0
  let from = 0
  while (from < source.length) {
    PATTERN.lastIndex = from
    const match = PATTERN.exec(source)
    if (!match) {
      const what = source[from]
      const reason =
        what === '{' ? 'the field name is not closed with }' : /['"]/.test(what) ? 'the text is not closed' : undefined
      throw expressionError(source, from, reason ?? `"${what}" is not understood here`, from + 1)
    }
    const { number, field, string, name, sign } = match.groups ?? {}
    const to = PATTERN.lastIndex
    const token = (type: Token['type'], text: string) => found.push({ type, text, from, to })
    if (number !== undefined) token('number', number)
    else if (field !== undefined) token('field', field.slice(1, -1))
    else if (string !== undefined) token('string', string.slice(1, -1).replace(/\\([\s\S])/g, '$1'))
    else if (name !== undefined) token('name', name)
    else if (sign !== undefined) token('sign', sign === '!=' ? '<>' : sign)
    from = to
  }
  found.push({ type: 'end', text: '', from: source.length, to: source.length })
  return found
}

/** Binding of operators, loosest first; comparison does not chain. */
const LEVELS: readonly (readonly BinaryOp[])[] = [
  ['OR'],
  ['AND'],
  ['=', '<>', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
]

/** Reads QuickSight's expression language ("Adding calculated fields"). */
export function parseExpression(source: string): Node {
  const list = tokens(source)
  let at = 0
  let depth = 0
  const peek = () => list[at]
  const take = () => list[at++]
  const isSign = (text: string) => peek().type === 'sign' && peek().text === text
  const expected = (what: string): never => {
    const { type, text, from, to } = peek()
    throw expressionError(
      source,
      from,
      type === 'end' ? `${what} is expected where the expression ends` : `${what} is expected before "${text}"`,
      to,
    )
  }
  const need = (sign: string) => (isSign(sign) ? take() : expected(`"${sign}"`))

  const operatorOf = (level: number): BinaryOp | undefined => {
    const { type, text } = peek()
    const op = (type === 'name' ? text.toUpperCase() : text) as BinaryOp
    return (type === 'sign' || type === 'name') && LEVELS[level].includes(op) ? op : undefined
  }

  const binary = (level: number): Node => {
    if (level === LEVELS.length) return unary()
    if (level === 2 && peek().type === 'name' && peek().text.toUpperCase() === 'NOT') return not()
    let left = binary(level + 1)
    for (let op = operatorOf(level); op; op = operatorOf(level)) {
      take()
      const right = binary(level + 1)
      left = { kind: 'binary', op, left, right, from: left.from, to: right.to }
    }
    return left
  }

  const not = (): Node => {
    const { from } = take()
    const operand = nested(() => binary(2))
    return { kind: 'unary', op: 'NOT', operand, from, to: operand.to }
  }

  const unary = (): Node => {
    if (!isSign('-')) return power()
    const { from } = take()
    const operand = nested(unary)
    return { kind: 'unary', op: '-', operand, from, to: operand.to }
  }

  const power = (): Node => {
    const left = primary()
    if (!isSign('^')) return left
    take()
    const right = nested(unary)
    return { kind: 'binary', op: '^', left, right, from: left.from, to: right.to }
  }

  const nested = (read: () => Node): Node => {
    if (++depth > MAX_DEPTH)
      throw expressionError(source, peek().from, `the expression is nested deeper than ${MAX_DEPTH} levels`)
    const node = read()
    depth--
    return node
  }

  const items = (close: string): Node[] => {
    const args: Node[] = []
    if (isSign(close)) return args
    do args.push(nested(() => binary(0)))
    while (isSign(',') && take())
    return args
  }

  const primary = (): Node => {
    const token = peek()
    const { from, to, text } = token
    switch (token.type) {
      case 'number':
        take()
        return { kind: 'number', text, from, to }
      case 'string':
        take()
        return { kind: 'string', value: text, from, to }
      case 'field':
        take()
        return { kind: 'field', name: text, from, to }
      case 'name': {
        take()
        if (!isSign('(')) return { kind: 'field', name: text, from, to }
        take()
        const args = items(')')
        return { kind: 'call', name: text, args, from, to: need(')').to }
      }
      case 'sign':
        if (isSign('(')) {
          take()
          const inside = nested(() => binary(0))
          need(')')
          return inside
        }
        if (isSign('[')) {
          take()
          const list = items(']')
          return { kind: 'list', items: list, from, to: need(']').to }
        }
    }
    return expected('a field, a value or a function')
  }

  const root = binary(0)
  if (peek().type !== 'end') expected('an operator')
  return root
}
