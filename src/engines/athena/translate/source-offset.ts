import { identifier } from '../../kit/node/duck.ts'
import { type Token, tokens } from '../../kit/node/sql/lexer.ts'

/** How far from the place of an error a word of the user's own is looked for. */
const NEAR = 8

/**
 * Where in the user's query the place of an error lies. A tree that was rewritten has no places of its own, so the place is told by
 * words: the nearest one that both texts have, counted from their beginnings. Undefined where there is none, or where the
 * place is within what stands for a table.
 */
export function sourceOffset(text: {
  sql: string
  /** A backslash in quotes of the user's query is one. */
  escapes: boolean
  /** The query as written for DuckDB, with its stand-ins; `source` gives what DuckDB saw in the place of each. */
  written: string
  stands: readonly string[]
  source: (stand: string) => string
  byteOffset: number
  /** Where a place of the text that was parsed lies in the user's query. */
  original: (offset: number) => number
}): number | undefined {
  const place = placeInWritten(text)
  if (place === undefined) return undefined
  const written = tokens(text.written)
  const found = written.findIndex(({ end }) => end > place)
  if (found < 0) return undefined
  const checks = checksIn(written)
  const check = checks.find(({ first, last }) => found >= first && found <= last)
  const marked = check && /^.*? @(\d+)'/s.exec(text.written.slice(written[check.first].start, written[check.last].end))
  if (marked) return text.original(Number(marked[1]))
  // What is checked stands before AND.
  const at = check ? Math.max(0, check.first - 2) : found
  const isChecked = (i: number) => checks.some(({ first, last }) => i >= first && i <= last)
  const own = tokens(text.sql, text.escapes)
  // An operator lies behind what it is applied to; anything else before what it takes.
  const backwards = written[at].kind === 'symbol' && written[at].text !== '('
  const isLeft = (i: number) => backwards && i === at - 1
  for (let distance = 0; distance < NEAR; distance++) {
    const index = backwards && distance > 0 ? at - distance : at + distance
    const word = written[index]
    // A literal is a place only where it is an operand: there are others in what was made of the query.
    if (!word || !(isWord(word) || (isLeft(index) && isLiteral(word)))) continue
    const same = own.filter((token) => equal(token, word))
    if (same.length === 0) continue
    const before = written.filter((token, i) => i < index && !isChecked(i) && equal(token, word)).length
    return same[Math.min(before, same.length - 1)].start
  }
  return undefined
}

function placeInWritten({
  written,
  stands,
  source,
  byteOffset,
}: Parameters<typeof sourceOffset>[0]): number | undefined {
  const standing = stands
    .map((stand) => ({ stand, start: written.indexOf(identifier(stand)) }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start - b.start)
  let left = byteOffset
  let from = 0
  for (const { stand, start } of standing) {
    const bytes = Buffer.byteLength(written.slice(from, start))
    if (left < bytes) break
    left -= bytes
    from = start + identifier(stand).length
    const drawn = Buffer.byteLength(source(stand))
    if (left < drawn) return undefined
    left -= drawn
  }
  return from + Buffer.from(written.slice(from)).subarray(0, left).toString().length
}

/** Where what is bound and never run stands: `(TRUE OR …)`, see `agreement.ts`. */
function checksIn(written: readonly Token[]): { first: number; last: number }[] {
  const found: { first: number; last: number }[] = []
  for (const [first, { text }] of written.entries()) {
    if (text !== '(' || written[first + 1]?.text !== 'TRUE' || written[first + 2]?.text !== 'OR') continue
    let depth = 0
    const last = written.findIndex((token, i) => {
      if (i >= first && token.kind === 'symbol') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
      return i > first && depth === 0
    })
    if (last > 0) found.push({ first, last })
  }
  return found
}

function isWord({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted'
}

function isLiteral({ kind }: Token): boolean {
  return kind === 'string' || kind === 'number'
}

function equal(a: Token, b: Token): boolean {
  return isWord(a) === isWord(b) && a.text.toLowerCase() === b.text.toLowerCase()
}
