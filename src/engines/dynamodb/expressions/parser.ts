import { invalid } from '../errors.ts'
import type { Value } from '../values.ts'
import type { Path } from './ast.ts'
import { type Token, tokenize } from './lexer.ts'
import { RESERVED } from './reserved.ts'

export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'UpdateExpression'
  | 'ProjectionExpression'

const EXPRESSION_BYTES_MAX = 4096
const OPERATORS_MAX = 300
const DEPTH_MAX = 100
const PATH_DEPTH_MAX = 32
const INDEX_MAX = 2 ** 31

/** What `#name` and `:value` stand for, and which of them an expression has made use of. */
export interface Placeholders {
  readonly names: ReadonlyMap<string, string>
  readonly values: ReadonlyMap<string, Value>
  readonly used: Set<string>
}

/**
 * What all five expression languages share: the walk over the tokens, paths and placeholders. A slip in the grammar is thrown at once;
 * of what is wrong in meaning the first is kept until the grammar has held to the end, as the service does.
 */
export class Parser {
  readonly kind: ExpressionKind
  private readonly text: string
  private readonly tokens: readonly Token[]
  private readonly placeholders: Placeholders
  private at = 0
  private operators = 0
  private depth = 0
  private fault: string | undefined

  constructor(kind: ExpressionKind, text: string, placeholders: Placeholders) {
    this.kind = kind
    this.text = text
    this.placeholders = placeholders
    if (text.trim() === '') throw this.error('The expression can not be empty;')
    const size = Buffer.byteLength(text)
    if (size > EXPRESSION_BYTES_MAX)
      throw this.error(`Expression size has exceeded the maximum allowed size; expression size: ${size}`)
    this.tokens = tokenize(text)
  }

  get next(): Token {
    return this.tokens[this.at]
  }

  peek(ahead = 1): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]
  }

  take(): Token {
    const token = this.next
    if (token.kind !== 'end') this.at++
    return token
  }

  accept(text: string): boolean {
    if (this.next.kind !== 'symbol' || this.next.text !== text) return false
    this.at++
    return true
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.syntaxError()
  }

  isKeyword(word: string): boolean {
    return this.next.kind === 'word' && this.next.text.toUpperCase() === word
  }

  acceptKeyword(word: string): boolean {
    if (!this.isKeyword(word)) return false
    this.at++
    return true
  }

  /** The whole text must have been read. */
  finish<T>(tree: T): T {
    if (this.next.kind !== 'end') throw this.syntaxError()
    if (this.fault !== undefined) throw this.error(this.fault)
    return tree
  }

  /** A fault of meaning: said once the grammar is known to hold. */
  note(fault: string): void {
    this.fault ??= fault
  }

  countOperator(): void {
    if (++this.operators > OPERATORS_MAX)
      throw this.error(`The expression contains too many operators; operator count: ${this.operators}`)
  }

  /** Parentheses may stand in each other, but not so deep that reading them would exhaust the stack. */
  nested<T>(read: () => T): T {
    if (++this.depth > DEPTH_MAX) throw this.error('The expression is nested too deeply;')
    const result = read()
    this.depth--
    return result
  }

  error(message: string): Error {
    return invalid(`Invalid ${this.kind}: ${message}`)
  }

  syntaxError(): Error {
    const { text } = this.next
    const from = this.tokens[Math.max(0, this.at - 1)].start
    const near = this.text.slice(from, this.peek().end)
    return this.error(`Syntax error; token: "${text}", near: "${near}"`)
  }

  path(): Path {
    const steps: (string | number)[] = [this.attributeName()]
    for (;;) {
      if (this.accept('.')) steps.push(this.attributeName())
      else if (this.accept('[')) {
        if (this.next.kind !== 'number') throw this.syntaxError()
        const index = Number(this.take().text)
        if (index >= INDEX_MAX) this.note(`List index is not within the allowable range; index: [${index}]`)
        steps.push(index)
        this.expect(']')
      } else break
    }
    if (steps.length > PATH_DEPTH_MAX)
      this.note(`The document path has too many nesting elements; nesting elements count: ${steps.length}`)
    return steps
  }

  get atPath(): boolean {
    return this.next.kind === 'word' || this.next.kind === 'name'
  }

  private attributeName(): string {
    const { kind, text } = this.next
    if (kind === 'word') {
      this.take()
      if (RESERVED.has(text.toUpperCase())) this.note(`Attribute name is a reserved keyword; reserved keyword: ${text}`)
      return text
    }
    if (kind !== 'name') throw this.syntaxError()
    this.take()
    const { names, used } = this.placeholders
    const name = names.get(text)
    if (name === undefined) {
      this.note(`An expression attribute name used in the document path is not defined; attribute name: ${text}`)
      return text
    }
    used.add(text)
    return name
  }

  value(): Value {
    if (this.next.kind !== 'value') throw this.syntaxError()
    const { text } = this.take()
    const { values, used } = this.placeholders
    const value = values.get(text)
    if (value === undefined) {
      this.note(`An expression attribute value used in expression is not defined; attribute value: ${text}`)
      return { NULL: true }
    }
    used.add(text)
    return value
  }

  /** Reads the arguments of a function of `count` operands, their number checked in the service's words. */
  arguments<T>(name: string, count: number, read: () => T): T[] {
    this.expect('(')
    const found: T[] = []
    do found.push(read())
    while (this.accept(','))
    this.expect(')')
    if (found.length !== count)
      throw this.error(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${found.length}`,
      )
    return found
  }
}

/** Paths of one update or projection must not lie one in the other, nor take one place for a list and a map. */
export function checkOverlaps(parser: Parser, paths: readonly Path[], pathText: (path: Path) => string): void {
  // Sorted by their first name, for an expression may hold many hundred paths.
  const groups = Map.groupBy(paths, (path) => path[0])
  for (const group of groups.values())
    for (const [index, one] of group.entries())
      for (const two of group.slice(index + 1)) {
        const clash = clashOf(one, two)
        if (clash)
          parser.note(
            `Two document paths ${clash} with each other; must remove or rewrite one of these paths; path one: ${pathText(one)}, path two: ${pathText(two)}`,
          )
      }
}

function clashOf(one: Path, two: Path): 'overlap' | 'conflict' | undefined {
  for (let i = 0; i < one.length && i < two.length; i++) {
    if (typeof one[i] !== typeof two[i]) return 'conflict'
    if (one[i] !== two[i]) return undefined
  }
  return 'overlap'
}
