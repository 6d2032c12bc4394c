import { EngineError } from '../../pure/errors.ts'

export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol'
  /** Words as written; quoted names and strings without their quotes. */
  readonly text: string
  /** Offsets into the SQL. */
  readonly start: number
  readonly end: number
}

const patternOf = (quotes: string) =>
  new RegExp(
    String.raw`\s+|--[^\n]*|\/\*[\s\S]*?\*\/|${quotes}|\x60(?:[^\x60]|\x60\x60)*\x60|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[\p{L}_][\p{L}\p{N}_$]*|<=|>=|<>|!=|\|\||->|::|[^\s]`,
    'uy',
  )
const PATTERN = patternOf(`'(?:[^']|'')*'|"(?:[^"]|"")*"`)
/** Where a backslash in quotes is one; `r'…'` has none. */
const ESCAPING = patternOf(String.raw`[rR](?:'[^']*'|"[^"]*")|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"`)

/**
 * The tokens of a text in any of the SQL dialects, comments left out. Where `escapes` says that a backslash within quotes is one, as in Spark
 * and Hive, it stays in the token's text; those of a raw string are doubled, so that they read alike.
 */
export function tokens(sql: string, escapes = false): Token[] {
  const found: Token[] = []
  const pattern = escapes ? ESCAPING : PATTERN
  pattern.lastIndex = 0
  while (pattern.lastIndex < sql.length) {
    const start = pattern.lastIndex
    const match = pattern.exec(sql)
    if (!match) throw new EngineError('SYNTAX_ERROR', 'unreadable text', { at: placeAt(sql, start) })
    const text = match[0]
    const end = start + text.length
    if (/^(\s|--|\/\*.)/.test(text)) continue
    const first = text[0]
    if (escapes && /^[rR]['"]/.test(text)) {
      found.push({ kind: 'string', text: text.slice(2, -1).replaceAll('\\', '\\\\'), start, end })
    } else if (first === "'" || first === '"' || first === '`') {
      if (text.length < 2) {
        throw new EngineError('SYNTAX_ERROR', `line ${lineColumn(sql, start)}: the ${first} is not closed`, {
          at: placeAt(sql, start),
        })
      }
      const inner =
        escapes && first !== '`' ? unpaired(text, first) : text.slice(1, -1).replaceAll(first + first, first)
      found.push({ kind: first === "'" ? 'string' : 'quoted', text: inner, start, end })
    } else if (/\d/.test(first)) found.push({ kind: 'number', text, start, end })
    else if (/[\p{L}_]/u.test(first)) found.push({ kind: 'word', text, start, end })
    else found.push({ kind: 'symbol', text, start, end })
  }
  return found
}

/** `'a''b'` is two strings side by side, which are one: `ab`. */
function unpaired(text: string, quote: string): string {
  return text.slice(1, -1).replace(/\\[\s\S]|''|""/g, (found) => (found === quote + quote ? '' : found))
}

/** 1-based line and column of an offset. */
export function placeAt(sql: string, offset: number): { line: number; column: number } {
  const lines = sql.slice(0, offset).split('\n')
  return { line: lines.length, column: lines[lines.length - 1].length + 1 }
}

export function lineColumn(sql: string, offset: number): string {
  const { line, column } = placeAt(sql, offset)
  return `${line}:${column}`
}

/** Reads tokens one by one, for the small parsers of statements that no library reads right. */
export class TokenReader {
  readonly sql: string
  private readonly all: Token[]
  private at = 0

  /** `escapes` as of `tokens`. */
  constructor(sql: string, escapes = false) {
    this.sql = sql
    this.all = tokens(sql, escapes)
  }

  get done(): boolean {
    return this.at >= this.all.length
  }

  peek(ahead = 0): Token | undefined {
    return this.all[this.at + ahead]
  }

  /** Whether the next tokens are these words or symbols, whatever their case. */
  is(...texts: string[]): boolean {
    return texts.every((text, i) => {
      const token = this.peek(i)
      return (
        token !== undefined && token.kind !== 'string' && token.kind !== 'quoted' && token.text.toUpperCase() === text
      )
    })
  }

  /** Takes these tokens where they come next. */
  take(...texts: string[]): boolean {
    if (!this.is(...texts)) return false
    this.at += texts.length
    return true
  }

  need(...texts: string[]): void {
    if (!this.take(...texts)) throw this.unexpected(texts.join(' '))
  }

  next(): Token {
    const token = this.all[this.at]
    if (!token) throw this.unexpected('more text')
    this.at++
    return token
  }

  name(): string {
    const token = this.peek()
    if (token?.kind !== 'word' && token?.kind !== 'quoted') throw this.unexpected('a name')
    this.at++
    return token.text
  }

  string(): string {
    const token = this.peek()
    if (token?.kind !== 'string') throw this.unexpected('a string')
    this.at++
    return token.text
  }

  /** The text between this parenthesis and the one that closes it; both are taken. */
  parenthesised(): { text: string; start: number } {
    this.need('(')
    const start = this.peek()?.start ?? this.sql.length
    let depth = 1
    for (;;) {
      const token = this.next()
      if (token.kind !== 'symbol') continue
      if (token.text === '(') depth++
      if (token.text === ')' && --depth === 0) return { text: this.sql.slice(start, token.start), start }
    }
  }

  /** What is left, as written, without a last semicolon. */
  rest(): { text: string; start: number } {
    const start = this.peek()?.start ?? this.sql.length
    this.at = this.all.length
    return { text: this.sql.slice(start).replace(/;\s*$/, ''), start }
  }

  /** Takes a last semicolon; anything after it is refused. */
  end(): void {
    this.take(';')
    if (!this.done) throw this.unexpected('the end')
  }

  unexpected(expected: string): EngineError {
    const token = this.peek()
    const offset = token?.start ?? this.sql.length
    const found = token ? this.sql.slice(token.start, token.end) : '<EOF>'
    return new EngineError(
      'SYNTAX_ERROR',
      `line ${lineColumn(this.sql, offset)}: mismatched input '${found}'. Expecting: ${expected}`,
      { at: placeAt(this.sql, offset) },
    )
  }
}
