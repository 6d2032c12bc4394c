import { EngineError } from '../../kit/pure/errors.ts'

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'sign'

/** A word of SQL with its place in the text, offsets in UTF-16 units. */
export interface Token {
  readonly kind: TokenKind
  /** As written. */
  readonly text: string
  /** A word in upper case, a quoted name or a string without its quotes, else as written. */
  readonly value: string
  readonly from: number
  readonly to: number
}

const PATTERN =
  /(?<skip>\s+|--[^\n]*|\/\*)|(?<string>'(?:[^'\\]|''|\\[\s\S])*'|\$(?<tag>[\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?\$\k<tag>\$)|(?<quoted>"(?:[^"]|"")*")|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_$]*|#[\p{L}_][\p{L}\p{N}_$]*)|(?<sign>::|<>|!=|<=|>=|\|\||!~\*?|~\*?|[-+*/%^<>=(),.;[\]:@&|#])/uy

/** What has begun and does not end. */
const OPEN: readonly [RegExp, string][] = [
  [/^'/, 'unterminated quoted string'],
  [/^"/, 'unterminated quoted identifier'],
  [/^\$[\p{L}\p{N}_]*\$/u, 'unterminated dollar-quoted string'],
]

/** An error of the text, with the line and column at which it stands. */
export function sqlError(code: string, message: string, sql: string, from: number, to = from): EngineError {
  const start = placeAt(sql, from)
  const end = placeAt(sql, Math.max(from, to))
  return new EngineError(code, message, { at: { ...start, endLine: end.line, endColumn: end.column } })
}

/** 1-based line and column of an offset. */
export function placeAt(sql: string, offset: number): { line: number; column: number } {
  const before = sql.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

/** Splits SQL into words, without comments. Texts may hold backslash escapes, as Redshift reads them; between `$$` they are as they stand. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    PATTERN.lastIndex = at
    const match = PATTERN.exec(sql)
    if (!match) {
      const open = OPEN.find(([mark]) => mark.test(sql.slice(at, at + 64)))?.[1]
      throw sqlError('42601', open ?? `syntax error at or near "${sql[at]}"`, sql, at, at + 1)
    }
    const groups = match.groups ?? {}
    const from = at
    at = groups.skip === '/*' ? endOfComment(sql, at) : PATTERN.lastIndex
    const kind = (['string', 'quoted', 'number', 'word', 'sign'] as const).find((name) => groups[name] !== undefined)
    if (!kind) continue
    const text = groups[kind]!
    tokens.push({ kind, text, value: tokenValue(kind, text), from, to: at })
  }
  return tokens
}

/** Comments nest, as in PostgreSQL. */
function endOfComment(sql: string, start: number): number {
  let depth = 0
  const marks = /\/\*|\*\//g
  marks.lastIndex = start
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  throw sqlError('42601', 'unterminated /* comment', sql, start)
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

function tokenValue(kind: TokenKind, text: string): string {
  if (kind === 'word') return text.toUpperCase()
  if (kind === 'quoted') return text.slice(1, -1).replaceAll('""', '"')
  if (kind === 'string' && text.startsWith('$'))
    return text.slice(text.indexOf('$', 1) + 1, text.lastIndexOf('$', text.length - 2))
  if (kind === 'string')
    return text
      .slice(1, -1)
      .replace(/''|\\([\s\S])/g, (_, escaped?: string) => (escaped === undefined ? "'" : (ESCAPES[escaped] ?? escaped)))
  return text
}

export interface Statement {
  readonly tokens: readonly Token[]
  readonly from: number
  readonly to: number
}

/** The statements of a text, between semicolons; empty ones are left out. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = []
  let current: Token[] = []
  const end = () => {
    if (current.length > 0) statements.push({ tokens: current, from: current[0].from, to: current.at(-1)!.to })
    current = []
  }
  for (const token of tokenize(sql)) {
    if (token.text === ';' && token.kind === 'sign') end()
    else current.push(token)
  }
  end()
  return statements
}

/** A name as Redshift keeps it: in lower case, quoted or not. */
export function nameOf(token: Token): string {
  return token.value.toLowerCase()
}

export const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'quoted'
