import type { EngineError } from '../../kit/pure/errors.ts'
import type { ComparisonOperator, CompositeRule, Condition, Operand, Rule, Ruleset, SimpleRule } from './ast.ts'
import { dqdlError, dqdlTokens, placeOf, type Token } from './lexer.ts'
import { REFUSED_TYPES, RULE_TYPES, type RuleTypeName, ruleType } from './rule-types.ts'

const OPERATORS: readonly string[] = ['=', '!=', '>', '>=', '<', '<=']
const UNITS_MS: Readonly<Record<string, number>> = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 }
const KEYWORDS = ['NULL', 'EMPTY', 'WHITESPACES_ONLY'] as const
/** Rules nest; a document of brackets alone must not end the thread's stack. */
const DEPTH_MAX = 32

/** Reads a DQDL document. Throws `InvalidInputException` with the line and column of what it cannot read or does not honour. */
export function parseRuleset(text: string): Ruleset {
  return new Parser(text).ruleset()
}

class Parser {
  private readonly text: string
  private readonly tokens: Token[]
  private at = 0

  constructor(text: string) {
    this.text = text
    this.tokens = dqdlTokens(text)
  }

  ruleset(): Ruleset {
    const lists = new Map<string, Token>()
    let rules: Rule[] = []
    let analyzers: SimpleRule[] = []
    while (this.token.kind !== 'end') {
      const name = this.token
      if (name.text !== 'Rules' && name.text !== 'Analyzers') {
        const known = /^[A-Z]\w*$/.test(name.text) && name.kind === 'word' && this.tokens[this.at + 1].text === '='
        throw known ? this.refused(name, `the list ${name.text}`) : this.expected("'Rules' or 'Analyzers'")
      }
      if (lists.has(name.text)) throw this.error(name, `there are two lists named ${name.text}`)
      lists.set(name.text, name)
      this.at++
      this.need('=')
      if (name.text === 'Rules') rules = this.list(() => this.rule(0))
      else analyzers = this.list(() => this.analyzer())
    }
    if (lists.size === 0) throw this.expected("'Rules' or 'Analyzers'")
    if (rules.length + analyzers.length === 0) throw this.error([...lists.values()][0], 'the ruleset has no rule')
    return { rules, analyzers }
  }

  private list<T>(item: () => T): T[] {
    const items: T[] = []
    this.need('[')
    if (this.take(']')) return items
    do items.push(item())
    while (this.take(','))
    this.need(']')
    return items
  }

  private rule(depth: number): Rule {
    if (!this.is('(')) return this.simple()
    if (depth > DEPTH_MAX) throw this.error(this.token, 'rules are nested too deeply')
    const start = this.token.start
    const rules = [this.bracketed(depth)]
    let kind: CompositeRule['kind'] | undefined
    for (;;) {
      const word = this.token
      const joint = word.kind === 'word' ? word.text.toLowerCase() : ''
      if (joint !== 'and' && joint !== 'or') break
      if (kind && joint !== kind) throw this.error(word, "'and' and 'or' side by side need brackets")
      kind = joint
      this.at++
      rules.push(this.bracketed(depth))
    }
    return kind ? { kind, rules, ...this.written(start) } : rules[0]
  }

  private bracketed(depth: number): Rule {
    this.need('(')
    const rule = this.rule(depth + 1)
    this.need(')')
    return rule
  }

  private analyzer(): SimpleRule {
    const name = this.token
    const rule = this.simple(true)
    if (!ruleType(rule.type)!.analyzer) throw this.error(name, `${rule.type} is a rule, and no analyzer`)
    return rule
  }

  private simple(analyzer = false): SimpleRule {
    const name = this.token
    if (name.kind !== 'word') throw this.expected('a rule type')
    const shape = ruleType(name.text)
    if (!shape) throw this.unknownType(name)
    this.at++
    const type = name.text as RuleTypeName
    const parameters = []
    while (this.token.kind === 'string') {
      parameters.push({ text: this.token.text, at: placeOf(this.text, this.token.start, this.token.end) })
      this.at++
    }
    const least = shape.parameters.length - (shape.optional ? 1 : 0)
    if (parameters.length < least || (!shape.many && parameters.length > shape.parameters.length)) {
      const wanted = shape.parameters.map((parameter) => `"${parameter}"`).join(' ') || 'no parameter'
      throw this.error(name, `${type} takes ${wanted}${shape.many ? ' …' : ''}, and not ${parameters.length}`)
    }
    const condition = this.condition()
    if (analyzer && condition) throw this.error(name, `an analyzer measures, and tests nothing`)
    if (!analyzer && shape.condition === 'required' && !condition) throw this.expected('a condition')
    if (shape.condition === 'none' && condition) throw this.error(name, `${type} takes no condition`)
    const { threshold, where } = this.clauses(name, analyzer)
    return {
      kind: 'rule',
      type,
      parameters,
      ...(condition && { condition }),
      ...(threshold && { threshold }),
      ...(where !== undefined && { where }),
      ...this.written(name.start),
    }
  }

  private clauses(name: Token, analyzer: boolean): { threshold?: Condition; where?: string } {
    const shape = ruleType(name.text)!
    const clauses: { threshold?: Condition; where?: string } = {}
    for (;;) {
      const word = this.token
      if (clauses.where === undefined && this.take('where')) {
        if (!shape.where) throw this.error(word, `${name.text} takes no where clause`)
        if (this.token.kind !== 'string') throw this.expected('an SQL condition in quotes')
        clauses.where = this.token.text
        this.at++
      } else if (!clauses.threshold && this.take('with')) {
        this.need('threshold')
        if (!shape.threshold || analyzer) throw this.error(word, `${name.text} takes no threshold`)
        const threshold = this.condition()
        if (!threshold || threshold.kind === 'matches') throw this.expected('a condition on a number')
        clauses.threshold = threshold
      } else return clauses
    }
  }

  private condition(): Condition | undefined {
    const token = this.token
    if (token.kind === 'symbol' && OPERATORS.includes(token.text)) {
      this.at++
      return { kind: 'compare', operator: token.text as ComparisonOperator, value: this.operand() }
    }
    const not = token.kind === 'word' && token.text === 'not'
    const word = not ? this.tokens[this.at + 1] : token
    if (word.kind !== 'word' || !['between', 'in', 'matches'].includes(word.text)) {
      if (not) throw this.error(word, "mismatched input: 'between', 'in' or 'matches' is expected behind 'not'")
      return undefined
    }
    this.at += not ? 2 : 1
    if (word.text === 'matches') {
      const pattern = this.token
      if (pattern.kind !== 'string') throw this.expected('a regular expression in quotes')
      this.at++
      return { kind: 'matches', not, pattern: pattern.text }
    }
    if (word.text === 'in') return { kind: 'in', not, values: this.list(() => this.operand()) }
    const low = this.operand()
    if (!this.take('and')) throw this.expected("'and'")
    return { kind: 'between', not, low, high: this.operand() }
  }

  private operand(): Operand {
    const token = this.token
    if (token.kind === 'number') {
      this.at++
      const unit = UNITS_MS[this.token.text]
      if (unit === undefined || this.token.kind !== 'word') return { kind: 'number', text: token.text }
      this.at++
      return { kind: 'duration', ms: Number(token.text) * unit }
    }
    if (token.kind === 'string') {
      this.at++
      return { kind: 'text', text: token.text }
    }
    if (this.take('(')) {
      const value = this.moment()
      this.need(')')
      return value
    }
    if (token.kind !== 'word') throw this.expected('a value')
    const word = KEYWORDS.find((keyword) => keyword === token.text)
    if (word) {
      this.at++
      return { kind: 'keyword', word }
    }
    if (token.text === 'now') return this.moment()
    if (this.tokens[this.at + 1].text === '(') throw this.refused(token, `${token.text}() (a dynamic rule)`)
    throw this.expected('a value')
  }

  /** `now()`, or `now() - 3 days`. */
  private moment(): Operand {
    if (this.token.text !== 'now' && this.tokens[this.at + 1].text === '(')
      throw this.refused(this.token, `${this.token.text}() (a dynamic rule)`)
    this.need('now')
    this.need('(')
    this.need(')')
    // `now() -3 days` is read as a negative number.
    const negative = this.token.kind === 'number' && this.token.text.startsWith('-')
    const sign = negative || this.take('+') ? 1 : this.take('-') ? -1 : 0
    if (sign === 0) return { kind: 'now', offsetMs: 0 }
    const place = this.token
    const value = this.operand()
    if (value.kind !== 'duration') throw this.error(place, "a time such as '3 days' or '12 hours' is expected")
    return { kind: 'now', offsetMs: sign * value.ms }
  }

  private unknownType(name: Token): EngineError {
    if (REFUSED_TYPES.includes(name.text)) return this.refused(name, `The rule type ${name.text}`)
    const close = Object.keys(RULE_TYPES).find((type) => type.toLowerCase() === name.text.toLowerCase())
    return this.error(name, `${name.text} is no rule type${close ? `. ${close} is meant, perhaps` : ''}`)
  }

  private get token(): Token {
    return this.tokens[this.at]
  }

  private is(text: string): boolean {
    return this.token.text === text && (this.token.kind === 'symbol' || this.token.kind === 'word')
  }

  private take(text: string): boolean {
    if (!this.is(text)) return false
    this.at++
    return true
  }

  private need(text: string): void {
    if (!this.take(text)) throw this.expected(`'${text}'`)
  }

  /** Text and place of what was read since `start`. */
  private written(start: number) {
    const { end } = this.tokens[this.at - 1]
    return { text: this.text.slice(start, end), at: placeOf(this.text, start, end) }
  }

  private expected(what: string): EngineError {
    const { token } = this
    const found = token.kind === 'end' ? token.text : `'${this.text.slice(token.start, token.end)}'`
    return this.error(token, `${what} is expected, not ${found}`)
  }

  private refused(token: Token, what: string): EngineError {
    return this.error(token, `${what} is not supported by Millrace`)
  }

  private error(token: Token, message: string): EngineError {
    return dqdlError(this.text, token.start, token.end, message)
  }
}
