import type { TokenReader } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { likeTest } from '../../kit/pure/expr/like.ts'
import {
  arithmetic,
  beginAggregate,
  COMPARISONS,
  called,
  compared,
  concatenated,
  constant,
  type Expression,
  not,
  of,
  or,
  path,
  type Scope,
  type Truth,
  truth,
} from './evaluation.ts'
import { dateAdd, dateDiff, extract, FUNCTIONS, isPart, trim } from './functions.ts'
import { parseSteps } from './sql.ts'
import { asText, cast, compare, isAbsent, type Value } from './values.ts'

/** Reads S3's SQL expressions into what `evaluation.ts` runs, loosest first. */
export function parseExpression(reader: TokenReader, scope: Scope): Expression {
  let left = parseAnd(reader, scope)
  while (reader.take('OR')) {
    const [a, b] = [left, parseAnd(reader, scope)]
    left = of(
      (row, totals) => {
        const first = truth(a.run(row, totals))
        return first === true || or(first, truth(b.run(row, totals)))
      },
      [a, b],
    )
  }
  return left
}

function parseAnd(reader: TokenReader, scope: Scope): Expression {
  let left = parseNot(reader, scope)
  while (reader.take('AND')) {
    const [a, b] = [left, parseNot(reader, scope)]
    left = of(
      (row, totals) => {
        const first = truth(a.run(row, totals))
        return first !== false && not(or(not(first), not(truth(b.run(row, totals)))))
      },
      [a, b],
    )
  }
  return left
}

function parseNot(reader: TokenReader, scope: Scope): Expression {
  if (!reader.take('NOT')) return parseComparison(reader, scope)
  const inner = parseNot(reader, scope)
  return of((row, totals) => not(truth(inner.run(row, totals))), [inner])
}

function parseComparison(reader: TokenReader, scope: Scope): Expression {
  const left = parseSum(reader, scope)
  const symbol = reader.peek()
  if (symbol?.kind === 'symbol' && Object.hasOwn(COMPARISONS, symbol.text)) {
    reader.next()
    const right = parseSum(reader, scope)
    const holds = COMPARISONS[symbol.text]
    return of((row, totals) => compared(left.run(row, totals), right.run(row, totals), holds), [left, right])
  }
  if (reader.take('IS')) {
    const negated = reader.take('NOT')
    const missing = reader.take('MISSING')
    if (!missing) reader.need('NULL')
    const holds = (value: Value) => (missing ? value === undefined : isAbsent(value))
    return of((row, totals) => holds(left.run(row, totals)) !== negated, [left])
  }
  const negated = reader.take('NOT')
  const found = parseRange(reader, scope, left)
  if (!found) {
    if (negated) throw reader.unexpected('BETWEEN, IN or LIKE')
    return left
  }
  return negated ? of((row, totals) => not(truth(found.run(row, totals))), [found]) : found
}

/** BETWEEN, IN and LIKE, which NOT may precede. */
function parseRange(reader: TokenReader, scope: Scope, left: Expression): Expression | undefined {
  if (reader.take('BETWEEN')) {
    const low = parseSum(reader, scope)
    reader.need('AND')
    const high = parseSum(reader, scope)
    return of(
      (row, totals) => {
        const value = left.run(row, totals)
        const above = compared(value, low.run(row, totals), (order) => order >= 0)
        const below = compared(value, high.run(row, totals), (order) => order <= 0)
        return not(or(not(above), not(below)))
      },
      [left, low, high],
    )
  }
  if (reader.take('IN')) {
    const items = parseList(reader, scope)
    return of(
      (row, totals) => {
        const value = left.run(row, totals)
        return items.reduce<Truth>(
          (any, item) =>
            or(
              any,
              compared(value, item.run(row, totals), (o) => o === 0),
            ),
          false,
        )
      },
      [left, ...items],
    )
  }
  if (reader.take('LIKE')) {
    const pattern = reader.string()
    const matches = likeTest(pattern, reader.take('ESCAPE') ? reader.string() : undefined)
    if (typeof matches === 'string') throw new EngineError('EvaluatorLikePatternInvalidEscapeSequence', matches)
    return of(
      (row, totals) => {
        const value = left.run(row, totals)
        return isAbsent(value) ? null : matches(asText(value))
      },
      [left],
    )
  }
  return undefined
}

function parseList(reader: TokenReader, scope: Scope): Expression[] {
  reader.need('(')
  const items: Expression[] = []
  if (reader.take(')')) return items
  do items.push(parseExpression(reader, scope))
  while (reader.take(','))
  reader.need(')')
  return items
}

function parseSum(reader: TokenReader, scope: Scope): Expression {
  let left = parseProduct(reader, scope)
  for (;;) {
    const symbol = ['+', '-', '||'].find((text) => reader.take(text))
    if (!symbol) return left
    const [a, b] = [left, parseProduct(reader, scope)]
    left = symbol === '||' ? concatenated(a, b) : arithmetic(symbol, a, b)
  }
}

function parseProduct(reader: TokenReader, scope: Scope): Expression {
  let left = parseUnary(reader, scope)
  for (;;) {
    const symbol = ['*', '/', '%'].find((text) => reader.take(text))
    if (!symbol) return left
    left = arithmetic(symbol, left, parseUnary(reader, scope))
  }
}

function parseUnary(reader: TokenReader, scope: Scope): Expression {
  if (reader.take('-')) return arithmetic('-', constant(0), parseUnary(reader, scope))
  if (reader.take('+')) return parseUnary(reader, scope)
  return parsePrimary(reader, scope)
}

const WORDS: Readonly<Record<string, Value>> = { TRUE: true, FALSE: false, NULL: null, MISSING: undefined }

function parsePrimary(reader: TokenReader, scope: Scope): Expression {
  if (reader.take('(')) {
    const inner = parseExpression(reader, scope)
    reader.need(')')
    return inner
  }
  const token = reader.next()
  if (token.kind === 'number') return constant(Number(token.text))
  if (token.kind === 'string') return constant(token.text)
  if (token.kind === 'symbol') throw reader.unexpected('an expression')
  const word = token.text.toUpperCase()
  if (token.kind === 'word') {
    if (Object.hasOwn(WORDS, word)) return constant(WORDS[word])
    if (word === 'CASE') return parseCase(reader, scope)
    if (reader.is('(')) return parseCall(word, reader, scope)
  }
  const isAlias = token.text.toLowerCase() === scope.alias.toLowerCase() || word === 'S3OBJECT'
  const steps = parseSteps(reader)
  return path(isAlias && steps.length > 0 ? steps : [{ name: token.text, exact: token.kind === 'quoted' }, ...steps])
}

function parseCase(reader: TokenReader, scope: Scope): Expression {
  const subject = reader.is('WHEN') ? undefined : parseExpression(reader, scope)
  const branches: [Expression, Expression][] = []
  while (reader.take('WHEN')) {
    const when = parseExpression(reader, scope)
    reader.need('THEN')
    branches.push([when, parseExpression(reader, scope)])
  }
  const otherwise = reader.take('ELSE') ? parseExpression(reader, scope) : constant(null)
  reader.need('END')
  return of(
    (row, totals) => {
      const value = subject?.run(row, totals)
      const chosen = branches.find(([when]) => {
        const found = when.run(row, totals)
        return subject ? compare(value, found) === 0 : truth(found) === true
      })
      return (chosen?.[1] ?? otherwise).run(row, totals)
    },
    [...(subject ? [subject] : []), ...branches.flat(), otherwise],
  )
}

const AGGREGATES = ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX']

function parseCall(name: string, reader: TokenReader, scope: Scope): Expression {
  if (AGGREGATES.includes(name)) return parseAggregate(name, reader, scope)
  switch (name) {
    case 'CAST': {
      reader.need('(')
      const value = parseExpression(reader, scope)
      reader.need('AS')
      const type = reader.name().toUpperCase()
      // Digits of a decimal are kept, not rounded.
      if (reader.is('(')) reader.parenthesised()
      reader.need(')')
      return of((row, totals) => cast(value.run(row, totals), type), [value])
    }
    case 'TRIM':
      return parseTrim(reader, scope)
    case 'EXTRACT': {
      reader.need('(')
      const part = partName(reader)
      reader.need('FROM')
      const value = parseExpression(reader, scope)
      reader.need(')')
      return of((row, totals) => extract(part, value.run(row, totals)), [value])
    }
    case 'DATE_ADD':
    case 'DATE_DIFF': {
      reader.need('(')
      const part = partName(reader)
      reader.need(',')
      const first = parseExpression(reader, scope)
      reader.need(',')
      const second = parseExpression(reader, scope)
      reader.need(')')
      const work = name === 'DATE_ADD' ? dateAdd : dateDiff
      return of((row, totals) => work(part, first.run(row, totals), second.run(row, totals)), [first, second])
    }
    case 'SUBSTRING':
      return parseSubstring(reader, scope)
    case 'TO_TIMESTAMP': {
      const [value] = parseList(reader, scope)
      return of((row, totals) => cast(value.run(row, totals), 'TIMESTAMP'), [value])
    }
    case 'UTCNOW':
      parseList(reader, scope)
      return constant(new Date(scope.nowMs))
  }
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (!known) throw new EngineError('UnsupportedFunction', `The function ${name} is not offered.`)
  return called(name, parseList(reader, scope))
}

function parseSubstring(reader: TokenReader, scope: Scope): Expression {
  reader.need('(')
  const items = [parseExpression(reader, scope)]
  const words = reader.take('FROM')
  if (!words) reader.need(',')
  items.push(parseExpression(reader, scope))
  if (words ? reader.take('FOR') : reader.take(',')) items.push(parseExpression(reader, scope))
  reader.need(')')
  return called('SUBSTRING', items)
}

function parseTrim(reader: TokenReader, scope: Scope): Expression {
  reader.need('(')
  const side = ['LEADING', 'TRAILING', 'BOTH'].find((word) => reader.take(word))
  const characters =
    side && reader.peek()?.kind === 'string' && reader.peek(1)?.text.toUpperCase() === 'FROM' ? reader.string() : ' '
  reader.take('FROM')
  const value = parseExpression(reader, scope)
  reader.need(')')
  return of((row, totals) => trim(side ?? 'BOTH', characters, value.run(row, totals)), [value])
}

function partName(reader: TokenReader): string {
  const part = reader.name().toUpperCase()
  if (!isPart(part)) throw new EngineError('EvaluatorInvalidTimestampFormatPattern', `${part} is no part of a time.`)
  return part
}

function parseAggregate(name: string, reader: TokenReader, scope: Scope): Expression {
  reader.need('(')
  const all = name === 'COUNT' && reader.take('*')
  const argument = all ? undefined : parseExpression(reader, { ...scope, aggregates: [] })
  reader.need(')')
  const index = scope.aggregates.push({ argument, begin: () => beginAggregate(name) }) - 1
  return { run: (_row, totals) => totals[index], plain: false }
}
