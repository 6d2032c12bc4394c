import { EngineError } from '../errors.ts'
import type { Span } from './ast.ts'

export interface Token {
  /** `name` is an unquoted word, `quoted` a "name in double quotes", `text` a 'literal'. */
  readonly type: 'number' | 'text' | 'name' | 'quoted' | 'symbol' | 'end'
  /** Words keep their case here; `word` is the lower-case form that keywords are compared with. */
  readonly text: string
  readonly word: string
  readonly at: Span
}

export const MAX_EXPRESSION_CHARACTERS = 65_536

const SYMBOLS = ['<>', '!=', '<=', '>=', '||', '(', ')', '[', ']', ',', '.', '+', '-', '*', '/', '%', '=', '<', '>']

/** Words of other languages that people type by habit, and what to write instead. */
const HABITS: Record<string, string> = {
  '==': 'Use = to compare.',
  '&&': 'Use AND.',
  '&': 'Use AND.',
  '!': 'Use NOT, or <> for "not equal".',
  '|': 'Use OR, or || to join texts.',
  '`': 'Names with special characters stand in double quotes: "name".',
  '{': 'An expression is SQL: functions and CASE, no blocks.',
  ';': 'An expression is a single one, without a semicolon.',
}

export function syntaxError(message: string, at: Span): EngineError {
  return new EngineError('SYNTAX_ERROR', `line ${at.line}:${at.column}: ${message}`, { at: { ...at } })
}

const WHITE = /(?:\s|--[^\n]*|\/\*[\s\S]*?\*\/)+/y
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const WORD = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y
const TEXT = /'(?:[^']|'')*'/y
const QUOTED = /"(?:[^"]|"")*"/y

export function tokenize(source: string): Token[] {
  if (source.length > MAX_EXPRESSION_CHARACTERS) {
    const at = { line: 1, column: 1, endLine: 1, endColumn: 1 }
    throw syntaxError(`The expression is longer than ${MAX_EXPRESSION_CHARACTERS} characters.`, at)
  }
  const tokens: Token[] = []
  const lines = lineStarts(source)
  let offset = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset
    return pattern.exec(source)?.[0]
  }
  const push = (type: Token['type'], raw: string, text: string) => {
    const at = spanOf(lines, offset, offset + raw.length)
    tokens.push({ type, text, word: type === 'name' ? text.toLowerCase() : text, at })
    offset += raw.length
  }
  while (offset < source.length) {
    const white = take(WHITE)
    if (white) {
      offset += white.length
      continue
    }
    let raw: string | undefined
    if ((raw = take(NUMBER))) push('number', raw, raw)
    else if ((raw = take(WORD))) push('name', raw, raw)
    else if ((raw = take(TEXT))) push('text', raw, raw.slice(1, -1).replaceAll("''", "'"))
    else if ((raw = take(QUOTED))) push('quoted', raw, raw.slice(1, -1).replaceAll('""', '"'))
    else {
      const pair = source.slice(offset, offset + 2)
      const habit = HABITS[pair] ?? HABITS[source[offset]]
      const symbol = SYMBOLS.find((s) => source.startsWith(s, offset))
      if (!symbol || HABITS[pair]) throw unreadable(source, offset, spanOf(lines, offset, offset + 1), habit)
      push('symbol', symbol, symbol)
    }
  }
  tokens.push({ type: 'end', text: '', word: '', at: spanOf(lines, offset, offset) })
  return tokens
}

function unreadable(source: string, offset: number, at: Span, habit: string | undefined): EngineError {
  const character = source[offset]
  if (character === "'")
    return syntaxError("This text has no closing quote ('). A quote inside a text is doubled: ''.", at)
  if (character === '"') return syntaxError('This name has no closing quote (").', at)
  return syntaxError(`${JSON.stringify(character)} has no meaning here.${habit ? ` ${habit}` : ''}`, at)
}

function lineStarts(source: string): number[] {
  const starts = [0]
  for (let i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}

function spanOf(lines: readonly number[], start: number, end: number): Span {
  const place = (offset: number): [number, number] => {
    let low = 0
    let high = lines.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (lines[middle] <= offset) low = middle
      else high = middle - 1
    }
    return [low + 1, offset - lines[low] + 1]
  }
  const [line, column] = place(start)
  const [endLine, endColumn] = place(end)
  return { line, column, endLine, endColumn }
}

/** From the start of one piece to the end of another. */
export function join(from: Span, to: Span): Span {
  return { line: from.line, column: from.column, endLine: to.endLine, endColumn: to.endColumn }
}
