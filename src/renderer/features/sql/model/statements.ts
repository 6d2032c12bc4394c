import { readHeader } from './header.ts'
import { tokens } from './tokens.ts'

/** One statement of a text, without the comments before it and the semicolon behind it. */
export interface Statement {
  readonly sql: string
  readonly start: number
  readonly end: number
  /** Where it begins, 1-based. */
  readonly line: number
  readonly column: number
}

/** The statements of a text, or of a part of it: semicolons in strings and comments end nothing. */
export function splitStatements(text: string, from = 0, to = text.length): Statement[] {
  const found: Statement[] = []
  let start = -1
  let end = -1
  const close = () => {
    if (start >= 0) found.push(statementOf(text, start, end))
    start = -1
  }
  for (const token of tokens(text.slice(from, to), readHeader(text).engine)) {
    if (token.kind === 'mark' && token.text === ';') close()
    else {
      if (start < 0) start = from + token.start
      end = from + token.end
    }
  }
  close()
  return found
}

/** The statement that the cursor is in or right behind; between two, the one before. */
export function statementAt(text: string, offset: number): Statement | null {
  const all = splitStatements(text)
  return all.findLast((statement) => statement.start <= offset) ?? all[0] ?? null
}

function statementOf(text: string, start: number, end: number): Statement {
  const place = placeOf(text, start)
  return { sql: text.slice(start, end), start, end, ...place }
}

/** Line and column of an offset, 1-based. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1
  let last = -1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    last = at
  }
  return { line, column: offset - last }
}

/** The offset of a line and column, 1-based. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  for (let left = line - 1; left > 0; left--) {
    const next = text.indexOf('\n', start)
    if (next < 0) break
    start = next + 1
  }
  return Math.min(text.length, start + column - 1)
}

/** A place inside a statement as a place of the whole text. */
export function placeInText(
  statement: Pick<Statement, 'line' | 'column'>,
  at: { line?: number | undefined; column?: number | undefined },
): { line: number; column: number } {
  const line = at.line ?? 1
  const column = at.column ?? 1
  return { line: statement.line + line - 1, column: line === 1 ? statement.column + column - 1 : column }
}

/** What an engine says of an error without the place it begins with: the place is shown by itself, as one of the whole text. */
export function withoutPlace(message: string): string {
  return message.replace(/^line \d+:\d+: /, '')
}

/** A statement in one line, for the title of a tab or a row of the history. */
export function gist(sql: string, length = 60): string {
  const text = sql
    .replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
