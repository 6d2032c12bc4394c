/** A word of SQL with its place in the text. Comments and blanks are left out. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'mark'
  /** As written; of a quoted name what is between the quotes. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const patternOf = (single: string, double: string) =>
  new RegExp(
    String.raw`(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\s+)|'(${single})(?:'|$)|"(${double})(?:"|$)|\x60([^\x60]*)(?:\x60|$)|(\$\$[\s\S]*?(?:\$\$|$))|([\p{L}_][\p{L}\p{N}_$]*)|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(:[\p{L}_][\p{L}\p{N}_]*)|(::|<>|!=|<=|>=|\|\||->|=>|[\s\S])`,
    'gu',
  )
const PATTERN = patternOf(`(?:[^']|'')*`, `(?:[^"]|"")*`)
/** Where a backslash in quotes takes its meaning from what is behind it. */
const ESCAPING = patternOf(String.raw`(?:[^'\\]|\\[\s\S]?)*`, String.raw`(?:[^"\\]|\\[\s\S]?)*`)

/** Reads SQL of any dialect, finished or not: a string without its end reaches to the end of the text. Spark's `escapes` by backslashes. */
export function tokens(text: string, escapes = false): Token[] {
  const found: Token[] = []
  for (const match of text.matchAll(escapes ? ESCAPING : PATTERN)) {
    const [whole, blank, string, quoted, ticked, dollars, word, number, parameter] = match
    if (blank !== undefined) continue
    const kind =
      string !== undefined || dollars !== undefined
        ? 'string'
        : quoted !== undefined || ticked !== undefined
          ? 'quoted'
          : word !== undefined
            ? 'word'
            : number !== undefined
              ? 'number'
              : parameter !== undefined
                ? 'parameter'
                : 'mark'
    found.push({
      kind,
      text: quoted ?? ticked ?? whole,
      start: match.index,
      end: match.index + whole.length,
    })
  }
  return found
}

/** Whether a place is inside a comment or a string, where nothing is completed. */
export function isQuiet(text: string, offset: number): boolean {
  for (const match of text.matchAll(PATTERN)) {
    if (match.index >= offset) return false
    const end = match.index + match[0].length
    if (end < offset) continue
    if (match[1]?.startsWith('--')) return true
    if (match[1]?.startsWith('/*')) return end > offset || !match[0].endsWith('*/')
    if (match[2] !== undefined) return end > offset || match[0].length < 2 || !match[0].endsWith("'")
  }
  return false
}
