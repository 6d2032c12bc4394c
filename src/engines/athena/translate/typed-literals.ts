import { tokens } from '../../kit/node/sql/lexer.ts'
import { unescaped } from '../statements/hive.ts'

/** Types that may stand before a string (Trino, "Literals"); polyglot reads those of dates, times, JSON and decimals alone. */
const TYPES: ReadonlySet<string> = new Set(
  'real double bigint integer int smallint tinyint boolean varchar char'.split(' '),
)

/** A text that polyglot reads, and where a place in it lies in the text as it was written. */
export interface SpelledOut {
  readonly text: string
  original(offset: number): number
}

/** The text with others in the place of some of its pieces, which follow each other. */
export function spelledOut(sql: string, changes: readonly { start: number; end: number; text: string }[]): SpelledOut {
  const pieces: { text: string; start: number }[] = []
  let from = 0
  for (const { start, end, text } of changes) {
    pieces.push({ text: sql.slice(from, start), start: from }, { text, start })
    from = end
  }
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

/** The digits of `0x1F`, `0o17`, `0b11` or `1_000` (Trino, "Literals"), of which polyglot reads the first as a number and a name. */
export function wholeNumber(number: string, word: string): string | undefined {
  if (/^(_\d+)+$/.test(word)) return number + word.replaceAll('_', '')
  const digits = word.slice(1).replaceAll('_', '')
  const isRead = /^(x(_?[0-9a-f])+|o(_?[0-7])+|b(_?[01])+)$/i.test(word)
  return number === '0' && isRead ? String(BigInt(`0${word[0].toLowerCase()}${digits}`)) : undefined
}

/** `REAL '0.1'` as `CAST('0.1' AS REAL)`, `U&'\00e9'` as `'é'` and `ROW(at DATE)` as `ROW("at" DATE)`, which is what they mean. */
export function spellOutLiterals(sql: string): SpelledOut {
  const all = tokens(sql)
  const changes = all.flatMap((token, i) => {
    const { start } = token
    if (token.kind === 'number' && all[i + 1]?.kind === 'word' && all[i + 1].start === token.end) {
      const written = wholeNumber(token.text, all[i + 1].text)
      return written === undefined ? [] : [{ start, end: all[i + 1].end, text: written }]
    }
    if (token.kind !== 'word') return []
    if (/^u$/i.test(token.text) && all[i + 1]?.text === '&' && all[i + 2]?.kind === 'string') {
      const { text, end, start: quote } = all[i + 2]
      return quote === token.end + 1 ? [{ start, end, text: `'${decoded(text).replaceAll("'", "''")}'` }] : []
    }
    if (/^double$/i.test(token.text) && /^precision$/i.test(all[i + 1]?.text) && all[i + 2]?.kind === 'string')
      return [{ start, end: all[i + 2].end, text: `CAST(${sql.slice(all[i + 2].start, all[i + 2].end)} AS double)` }]
    const value = all[i + 1]
    // A name, which polyglot takes for the beginning of AT TIME ZONE.
    if (/^at$/i.test(token.text) && /^[(,]$/.test(all[i - 1]?.text) && value?.kind === 'word')
      return [{ start, end: token.end, text: '"at"' }]
    if (value?.kind !== 'string' || !TYPES.has(token.text.toLowerCase()) || all[i - 1]?.text === '.') return []
    return [{ start, end: value.end, text: `CAST(${sql.slice(value.start, value.end)} AS ${token.text})` }]
  })
  return spelledOut(sql, changes)
}

/**
 * Strings of Spark and Hive with their escapes, of which polyglot reads some otherwise, as ones with the two escapes that it reads alike; and
 * `1.50BD` with its digits, which polyglot reads as a cast to DECIMAL.
 */
export function spellOutSpark(sql: string): SpelledOut {
  const all = tokens(sql, true)
  const changes = all.flatMap(({ start, end, text }, i) => {
    if (/^bd$/i.test(text) && all[i - 1]?.kind === 'number' && all[i - 1].end === start) {
      const point = all[i - 2]?.text === '.' && all[i - 2].end === all[i - 1].start
      const from = point ? all[i - 2].start : all[i - 1].start
      const [number, whole, fraction = ''] = /^0*(\d*)\.?(\d*)$/.exec(sql.slice(from, start)) ?? []
      if (number === undefined) return []
      const precision = Math.max(1, whole === '' ? fraction.replace(/^0+/, '').length : whole.length + fraction.length)
      return [
        {
          start: from,
          end,
          text: `CAST(${number} AS DECIMAL(${Math.max(precision, fraction.length)}, ${fraction.length}))`,
        },
      ]
    }
    if (!/^['"]/.test(sql[start]) || !/\\|''|""/.test(sql.slice(start + 1, end - 1))) return []
    return [{ start, end, text: `'${unescaped(text).replace(/[\\']/g, '\\$&')}'` }]
  })
  return spelledOut(sql, changes)
}

/** A text of `U&'…'`: `\00e9`, `\+01f600`, and a backslash for itself. */
function decoded(text: string): string {
  return text.replace(/\\(?:\\|\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (_, six?: string, four?: string) =>
    six || four ? String.fromCodePoint(Number.parseInt((six ?? four)!, 16)) : '\\',
  )
}
