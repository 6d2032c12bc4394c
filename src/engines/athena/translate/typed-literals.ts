import { tokens } from '../../kit/node/sql/lexer.ts'

/** Types that may stand before a string (Trino, "Literals"); polyglot reads those of dates, times, JSON and decimals alone. */
const TYPES: ReadonlySet<string> = new Set(
  'real double bigint integer int smallint tinyint boolean varchar char'.split(' '),
)

/** A text that polyglot reads, and where a place in it lies in the text as it was written. */
export interface SpelledOut {
  readonly text: string
  original(offset: number): number
}

/** `REAL '0.1'` as `CAST('0.1' AS REAL)`, which is what it means. */
export function spellOutLiterals(sql: string): SpelledOut {
  const all = tokens(sql)
  const pieces: { text: string; start: number }[] = []
  let from = 0
  all.forEach((token, i) => {
    const value = all[i + 1]
    if (token.kind !== 'word' || value?.kind !== 'string' || !TYPES.has(token.text.toLowerCase())) return
    if (all[i - 1]?.text === '.') return
    pieces.push({ text: sql.slice(from, token.start), start: from })
    pieces.push({ text: `CAST(${sql.slice(value.start, value.end)} AS ${token.text})`, start: token.start })
    from = value.end
  })
  pieces.push({ text: sql.slice(from), start: from })
  return {
    text: pieces.map(({ text }) => text).join(''),
    original: (offset) => {
      let passed = 0
      for (const { text, start } of pieces) {
        if (offset <= passed + text.length) return start + (offset - passed)
        passed += text.length
      }
      return offset
    },
  }
}
