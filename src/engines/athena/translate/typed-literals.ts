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

/** `REAL '0.1'` as `CAST('0.1' AS REAL)` and `U&'\00e9'` as `'é'`, which is what they mean. */
export function spellOutLiterals(sql: string): SpelledOut {
  const all = tokens(sql)
  const pieces: { text: string; start: number }[] = []
  let from = 0
  all.forEach((token, i) => {
    if (token.kind === 'word' && /^u$/i.test(token.text) && all[i + 1]?.text === '&' && all[i + 2]?.kind === 'string') {
      const { text, end } = all[i + 2]
      if (all[i + 2].start !== token.end + 1) return
      pieces.push({ text: sql.slice(from, token.start), start: from })
      pieces.push({ text: `'${decoded(text).replaceAll("'", "''")}'`, start: token.start })
      from = end
      return
    }
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

/** A text of `U&'…'`: `\00e9`, `\+01f600`, and a backslash for itself. */
function decoded(text: string): string {
  return text.replace(/\\(?:\\|\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (_, six?: string, four?: string) =>
    six || four ? String.fromCodePoint(Number.parseInt((six ?? four)!, 16)) : '\\',
  )
}
