import type { Dialect } from './header.ts'

/** A word of SQL with its place in the text. Comments and blanks are left out. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'mark'
  /** As written; a quoted name as what it names. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const patternOf = (string: string, name: string, comment: string) =>
  new RegExp(
    String.raw`(--[^\n]*|${comment}|\s+)|(${string})|(${name}|\x60(?:[^\x60]|\x60\x60)*(?:\x60|$))|(\$(?<tag>[\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?(?:\$\k<tag>\$|$))|([\p{L}_][\p{L}\p{N}_$]*)|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(:[\p{L}_][\p{L}\p{N}_]*|\?)|(::|<>|!=|<=|>=|\|\||->|=>|[\s\S])`,
    'gu',
  )
/** In Trino and Flink the first end of a comment is its end; in Redshift and Spark one within another has its own. */
const COMMENT = String.raw`\/\*[\s\S]*?(?:\*\/|$)`
const NESTING = String.raw`\/\*(?:[^*\/]|\*(?!\/)|\/(?!\*)|\/\*[\s\S]*?(?:\*\/|$))*(?:\*\/|$)`
const NAME = `"(?:[^"]|"")*(?:"|$)`
const PATTERN = patternOf(`'(?:[^']|'')*(?:'|$)`, NAME, COMMENT)
/** Redshift has the backslash of Spark in texts, and doubled quotes too. */
const REDSHIFT = patternOf(String.raw`'(?:[^'\\]|''|\\[\s\S]?)*(?:'|$)`, NAME, NESTING)
/** In Spark either quote makes a text, in which a backslash takes the letter behind it with it; not so in `r'…'`. */
const SPARK = patternOf(
  String.raw`[rR]'[^']*(?:'|$)|[rR]"[^"]*(?:"|$)|'(?:[^'\\]|\\[\s\S]?)*(?:'|$)|"(?:[^"\\]|\\[\s\S]?)*(?:"|$)`,
  '(?!)',
  NESTING,
)
const patternFor = (dialect: Dialect) => (dialect === 'spark' ? SPARK : dialect === 'warehouse' ? REDSHIFT : PATTERN)

/** Reads SQL of a dialect, finished or not: a string without its end reaches to the end of the text. */
export function tokens(text: string, dialect: Dialect = 'athena'): Token[] {
  const found: Token[] = []
  for (const match of text.matchAll(patternFor(dialect))) {
    const [whole, blank, string, quoted, dollars, , word, number, parameter] = match
    if (blank !== undefined) continue
    const kind =
      string !== undefined || dollars !== undefined
        ? 'string'
        : quoted !== undefined
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
      text: quoted === undefined ? whole : nameIn(quoted),
      start: match.index,
      end: match.index + whole.length,
    })
  }
  return found
}

/** `"a ""b"""` names `a "b"`; one that is not finished has no quote at its end. */
function nameIn(quoted: string): string {
  const [quote] = quoted
  const pairs = quoted.slice(1).replaceAll(quote + quote, '\0')
  return (pairs.endsWith(quote) ? pairs.slice(0, -1) : pairs).replaceAll('\0', quote)
}

/** Whether a place is inside a comment or a string, where nothing is completed. */
export function isQuiet(text: string, offset: number, dialect: Dialect = 'athena'): boolean {
  for (const match of text.matchAll(patternFor(dialect))) {
    if (match.index >= offset) return false
    const end = match.index + match[0].length
    if (end < offset) continue
    if (match[1]?.startsWith('--')) return true
    if (match[1]?.startsWith('/*')) return end > offset || !match[0].endsWith('*/')
    // At the end of the text one that is not finished would take more.
    if (match[2] !== undefined) return end > offset || tokens(`${match[0]} `, dialect)[0].end > match[0].length
  }
  return false
}
