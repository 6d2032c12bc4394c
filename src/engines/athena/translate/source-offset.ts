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
}): number | undefined {
  const place = placeInWritten(text)
  if (place === undefined) return undefined
  const written = tokens(text.written)
  const at = written.findIndex(({ end }) => end > place)
  if (at < 0) return undefined
  const own = tokens(text.sql, text.escapes)
  // An operator lies behind what it is applied to; anything else before what it takes.
  const backwards = written[at].kind === 'symbol' && written[at].text !== '('
  for (let distance = 0; distance < NEAR; distance++) {
    const index = backwards && distance > 0 ? at - distance : at + distance
    const word = written[index]
    if (!word || !isWord(word)) continue
    const same = own.filter((token) => isWord(token) && equal(token, word))
    if (same.length === 0) continue
    const before = written.slice(0, index).filter((token) => isWord(token) && equal(token, word)).length
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

function isWord({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted'
}

function equal(a: Token, b: Token): boolean {
  return a.text.toLowerCase() === b.text.toLowerCase()
}
