import type { EngineError } from '../errors.ts'
import type { ArithmeticOperator, CaseBranch, CompareOperator, Expr, TypeName } from './ast.ts'
import { join, syntaxError, type Token, tokenize } from './lexer.ts'
import { castTypeError } from './values.ts'

const MAX_DEPTH = 200
/** Chains such as `a AND b AND …` make trees as deep as they are long. */
const MAX_OPERATORS = 2_000

/** Words that cannot be field names unless they stand in double quotes. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  'and or not is null in between like escape case when then else end cast try_cast as true false extract from'.split(
    ' ',
  ),
)

/** Reads one expression. Throws SYNTAX_ERROR with the line and column of the first thing that cannot be read. */
export function parse(text: string): Expr {
  const parser = new Parser(tokenize(text))
  return parser.whole()
}

const COMPARE: Record<string, CompareOperator> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

/** Recursive descent, loosest binding first: OR, AND, NOT, comparisons, || and + -, * / %, signs, values. */
class Parser {
  private readonly tokens: readonly Token[]
  private index = 0
  private depth = 0

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  whole(): Expr {
    if (this.atEnd) throw syntaxError('The expression is empty.', this.token.at)
    if (this.tokens.filter(isOperator).length > MAX_OPERATORS) {
      throw syntaxError(`More than ${MAX_OPERATORS} operators: use IN for long lists of values.`, this.token.at)
    }
    const expr = this.or()
    if (!this.atEnd) throw this.unexpected('an operator or the end of the expression')
    return expr
  }

  private get atEnd(): boolean {
    return this.token.type === 'end'
  }

  private get token(): Token {
    return this.tokens[this.index]
  }

  private next(): Token {
    return this.tokens[this.index++]
  }

  private word(...words: string[]): boolean {
    if (!words.every((word, i) => isWord(this.tokens[this.index + i], word))) return false
    this.index += words.length
    return true
  }

  private symbol(symbol: string): boolean {
    if (this.token.type !== 'symbol' || this.token.text !== symbol) return false
    this.index++
    return true
  }

  private needSymbol(symbol: string, where: string): Token {
    if (this.token.type !== 'symbol' || this.token.text !== symbol) throw this.unexpected(`${symbol} ${where}`)
    return this.next()
  }

  private needWord(word: string, where: string): void {
    if (!this.word(word)) throw this.unexpected(`${word.toUpperCase()} ${where}`)
  }

  private unexpected(wanted: string): EngineError {
    const { type, text, at } = this.token
    const found = type === 'end' ? 'the end of the expression' : type === 'text' ? `the text '${text}'` : `"${text}"`
    const before = this.tokens[this.index - 1]
    const after = before ? ` after ${before.type === 'text' ? `'${before.text}'` : `"${before.text}"`}` : ''
    return syntaxError(`Expected ${wanted}${after}, found ${found}.`, at)
  }

  private or(): Expr {
    if (++this.depth > MAX_DEPTH) throw syntaxError(`Nested deeper than ${MAX_DEPTH} levels.`, this.token.at)
    let left = this.and()
    while (this.word('or')) left = logic('or', left, this.and())
    this.depth--
    return left
  }

  private and(): Expr {
    let left = this.not()
    while (this.word('and')) left = logic('and', left, this.not())
    return left
  }

  private not(): Expr {
    const nots: Token[] = []
    while (isWord(this.token, 'not')) nots.push(this.next())
    let operand = this.comparison()
    for (const not of nots.reverse()) operand = { kind: 'not', operand, at: join(not.at, operand.at) }
    return operand
  }

  private comparison(): Expr {
    let left = this.sum()
    for (;;) {
      const operator = this.token.type === 'symbol' ? COMPARE[this.token.text] : undefined
      if (operator) {
        this.next()
        const right = this.sum()
        left = { kind: 'compare', operator, left, right, at: join(left.at, right.at) }
        continue
      }
      const test = this.test(left)
      if (!test) return left
      left = test
    }
  }

  /** IS [NOT] NULL, [NOT] IN, [NOT] BETWEEN, [NOT] LIKE after a value; undefined where none follows. */
  private test(operand: Expr): Expr | undefined {
    if (this.word('is')) {
      const negated = this.word('not')
      const last = this.token
      if (!this.word('null')) throw this.unexpected('NULL or NOT NULL')
      return { kind: 'isNull', operand, negated, at: join(operand.at, last.at) }
    }
    const negated = isWord(this.token, 'not') && ['in', 'between', 'like'].includes(this.tokens[this.index + 1].word)
    if (negated) this.next()
    if (this.word('in')) return this.inList(operand, negated)
    if (this.word('between')) {
      const low = this.sum()
      this.needWord('and', 'between the bounds of BETWEEN')
      const high = this.sum()
      return { kind: 'between', operand, low, high, negated, at: join(operand.at, high.at) }
    }
    if (this.word('like')) {
      const pattern = this.sum()
      const escapeWith = this.word('escape') ? this.sum() : undefined
      return { kind: 'like', operand, pattern, escapeWith, negated, at: join(operand.at, (escapeWith ?? pattern).at) }
    }
    return undefined
  }

  private inList(operand: Expr, negated: boolean): Expr {
    this.needSymbol('(', 'before the list of values')
    const options = [this.or()]
    while (this.symbol(',')) options.push(this.or())
    const close = this.needSymbol(')', 'after the list of values')
    return { kind: 'in', operand, options, negated, at: join(operand.at, close.at) }
  }

  private sum(): Expr {
    return this.chain(['+', '-', '||'], () => this.product())
  }

  private product(): Expr {
    return this.chain(['*', '/', '%'], () => this.signed())
  }

  private chain(operators: readonly string[], operand: () => Expr): Expr {
    let left = operand()
    while (this.token.type === 'symbol' && operators.includes(this.token.text)) {
      const operator = this.next().text as ArithmeticOperator
      const right = operand()
      left = { kind: 'arithmetic', operator, left, right, at: join(left.at, right.at) }
    }
    return left
  }

  private signed(): Expr {
    const sign = this.token
    if (++this.depth > MAX_DEPTH) throw syntaxError(`Nested deeper than ${MAX_DEPTH} levels.`, sign.at)
    try {
      if (this.symbol('+')) return this.signed()
      if (!this.symbol('-')) return this.value()
      const operand = this.signed()
      const at = join(sign.at, operand.at)
      return operand.kind === 'literal' && typeof operand.value === 'number'
        ? { kind: 'literal', value: -operand.value, at }
        : { kind: 'negate', operand, at }
    } finally {
      this.depth--
    }
  }

  private value(): Expr {
    const token = this.token
    switch (token.type) {
      case 'number':
        this.next()
        if (!Number.isFinite(Number(token.text))) throw syntaxError('This number is too large.', token.at)
        return { kind: 'literal', value: Number(token.text), at: token.at }
      case 'text':
        this.next()
        return { kind: 'literal', value: token.text, at: token.at }
      case 'quoted':
        return this.field()
      case 'name':
        return this.named(token)
      case 'symbol':
        if (this.symbol('(')) {
          const inner = this.or()
          const close = this.needSymbol(')', 'to close the parenthesis')
          return { ...inner, at: join(token.at, close.at) }
        }
    }
    throw this.unexpected('a value')
  }

  private named(token: Token): Expr {
    const after = this.tokens[this.index + 1]
    if (KEYWORDS.has(token.word)) return this.keyword(token)
    if (after.type === 'symbol' && after.text === '(') return this.call()
    if (after.type === 'text' && (token.word === 'timestamp' || token.word === 'date')) {
      this.index += 2
      return { kind: 'typed', type: token.word, text: after.text, at: join(token.at, after.at) }
    }
    if (after.type === 'text' && token.word === 'interval') {
      throw syntaxError("INTERVAL is not part of expressions: write date_add('minute', 5, time).", token.at)
    }
    return this.field()
  }

  private keyword(token: Token): Expr {
    this.next()
    const literal = (value: boolean | null): Expr => ({ kind: 'literal', value, at: token.at })
    switch (token.word) {
      case 'null':
        return literal(null)
      case 'true':
        return literal(true)
      case 'false':
        return literal(false)
      case 'case':
        return this.caseWhen(token)
      case 'cast':
      case 'try_cast':
        return this.cast(token)
      case 'extract':
        return this.extract(token)
    }
    this.index--
    throw this.unexpected('a value')
  }

  private caseWhen(start: Token): Expr {
    const operand = isWord(this.token, 'when') ? undefined : this.or()
    const branches: CaseBranch[] = []
    while (this.word('when')) {
      const when = this.or()
      this.needWord('then', 'in CASE')
      branches.push({ when, result: this.or() })
    }
    if (branches.length === 0) throw this.unexpected('WHEN')
    const otherwise = this.word('else') ? this.or() : undefined
    const last = this.token
    this.needWord('end', 'to close CASE')
    return { kind: 'case', operand, branches, otherwise, at: join(start.at, last.at) }
  }

  private cast(start: Token): Expr {
    this.needSymbol('(', `after ${start.text.toUpperCase()}`)
    const operand = this.or()
    this.needWord('as', 'before the type')
    const name = this.next()
    if (name.type !== 'name') throw syntaxError('Expected the name of a type.', name.at)
    const args: number[] = []
    if (this.symbol('(')) {
      do {
        const size = this.next()
        if (size.type !== 'number') throw syntaxError('Expected a number as the size of the type.', size.at)
        args.push(Number(size.text))
      } while (this.symbol(','))
      this.needSymbol(')', 'after the size of the type')
    }
    const type: TypeName = { name: name.word, args }
    const wrong = castTypeError(type)
    if (wrong) throw syntaxError(wrong, name.at)
    const close = this.needSymbol(')', `to close ${start.text.toUpperCase()}`)
    return { kind: 'cast', operand, type, safe: start.word === 'try_cast', at: join(start.at, close.at) }
  }

  /** EXTRACT(hour FROM t) is date_part('hour', t). */
  private extract(start: Token): Expr {
    this.needSymbol('(', 'after EXTRACT')
    const unit = this.next()
    this.needWord('from', 'in EXTRACT')
    const time = this.or()
    const close = this.needSymbol(')', 'to close EXTRACT')
    const part: Expr = { kind: 'literal', value: unit.word, at: unit.at }
    return { kind: 'call', name: 'date_part', args: [part, time], at: join(start.at, close.at) }
  }

  private call(): Expr {
    const name = this.next()
    this.needSymbol('(', 'after the function')
    const args: Expr[] = []
    if (!(this.token.type === 'symbol' && this.token.text === ')')) {
      do args.push(this.or())
      while (this.symbol(','))
    }
    const close = this.needSymbol(')', `to close ${name.text}(`)
    return { kind: 'call', name: name.word, args, at: join(name.at, close.at) }
  }

  private field(): Expr {
    const first = this.next()
    const path: (string | number)[] = [first.text]
    let last = first
    for (;;) {
      if (this.symbol('.')) {
        last = this.next()
        if (last.type !== 'name' && last.type !== 'quoted')
          throw syntaxError('Expected a field name after the dot.', last.at)
        path.push(last.text)
      } else if (this.symbol('[')) {
        const index = this.next()
        if (index.type !== 'number' || !/^\d+$/.test(index.text)) {
          throw syntaxError('Expected the position of an element, counted from 0.', index.at)
        }
        last = this.needSymbol(']', 'after the position')
        path.push(Number(index.text))
      } else return { kind: 'field', path, at: join(first.at, last.at) }
    }
  }
}

function isOperator({ type, text, word }: Token): boolean {
  return type === 'symbol' ? !'()[],.'.includes(text) : type === 'name' && (word === 'and' || word === 'or')
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.type === 'name' && token.word === word
}

function logic(operator: 'and' | 'or', left: Expr, right: Expr): Expr {
  return { kind: 'logic', operator, left, right, at: join(left.at, right.at) }
}
