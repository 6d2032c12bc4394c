import { EngineError, type ErrorPlace } from '../../kit/pure/errors.ts'

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'symbol' | 'end'
  /** Strings without their quotes. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const PATTERN =
  /[^\S\n]+|\n|#[^\n]*|"(?:[^"\\]|\\[\s\S])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_][A-Za-z0-9_]*|>=|<=|!=|[=<>[\](),{}\-+]/y

/** The tokens of a DQDL document. `#` begins a comment; `\"` is a quote in a string. */
export function dqdlTokens(text: string): Token[] {
  const found: Token[] = []
  let at = 0
  while (at < text.length) {
    PATTERN.lastIndex = at
    const match = PATTERN.exec(text)
    if (!match) {
      const message = text[at] === '"' ? 'the string is not closed' : `unexpected character '${text[at]}'`
      throw dqdlError(text, at, text[at] === '"' ? lineEnd(text, at) : at + 1, message)
    }
    const word = match[0]
    const end = at + word.length
    if (!/^[\s#]/.test(word)) found.push({ kind: kindOf(word), text: textOf(word), start: at, end })
    at = end
  }
  found.push({ kind: 'end', text: 'the end of the text', start: text.length, end: text.length })
  return found
}

function kindOf(word: string): Token['kind'] {
  if (word[0] === '"') return 'string'
  if (/^-?\d/.test(word)) return 'number'
  return /^[A-Za-z_]/.test(word) ? 'word' : 'symbol'
}

/** A backslash is the regular expression's, but before a quote. */
function textOf(word: string): string {
  return word[0] === '"' ? word.slice(1, -1).replaceAll('\\"', '"') : word
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

/** 1-based places of two offsets. */
export function placeOf(
  text: string,
  start: number,
  end: number,
): Required<Omit<ErrorPlace, 'file' | 'path' | 'node' | 'field'>> {
  const place = (offset: number) => {
    const lines = text.slice(0, offset).split('\n')
    return { line: lines.length, column: lines[lines.length - 1].length + 1 }
  }
  const last = place(end)
  return { ...place(start), endLine: last.line, endColumn: last.column }
}

export function dqdlError(text: string, start: number, end: number, message: string): EngineError {
  const at = placeOf(text, start, Math.max(end, start + 1))
  return new EngineError('InvalidInputException', `line ${at.line}:${at.column}: ${message}`, { at })
}
