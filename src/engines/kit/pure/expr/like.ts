/**
 * A LIKE pattern as a test of text. `%` is any run of characters, `_` one UTF-16 unit; `escapeWith` takes away their meaning. An error
 * text where the escape is wrong. The common shapes (prefix, suffix, contains, equal) become the native string tests.
 */
export function likeTest(pattern: string, escapeWith?: string): ((text: string) => boolean) | string {
  if (escapeWith !== undefined && escapeWith.length !== 1) return 'The escape of LIKE is one character.'
  const pieces = split(pattern, escapeWith)
  if (typeof pieces === 'string') return pieces
  if (pieces.some((piece) => piece.some((c) => c === undefined))) return (text) => matches(pieces, text)
  const texts = pieces.map((piece) => piece.join(''))
  if (texts.length === 1) return (text) => text === texts[0]
  if (texts.length === 2) {
    const [start, end] = texts
    if (end === '') return (text) => text.startsWith(start)
    if (start === '') return (text) => text.endsWith(end)
    return (text) => text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
  }
  if (texts.length === 3 && texts[0] === '' && texts[2] === '') return (text) => text.includes(texts[1])
  return (text) => matches(pieces, text)
}

/** The pattern cut at every `%`; undefined stands for `_`. */
function split(pattern: string, escapeWith: string | undefined): (string | undefined)[][] | string {
  const pieces: (string | undefined)[][] = [[]]
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]
    if (c === escapeWith) {
      const next = pattern[++i]
      if (next !== '%' && next !== '_' && next !== escapeWith)
        return 'After the escape of LIKE comes %, _ or the escape itself.'
      pieces.at(-1)!.push(next)
    } else if (c === '%') pieces.push([])
    else pieces.at(-1)!.push(c === '_' ? undefined : c)
  }
  return pieces
}

/** First piece at the start, last at the end, the others leftmost in between: greedy is exact, so nothing is tried twice. */
function matches(pieces: readonly (readonly (string | undefined)[])[], text: string): boolean {
  const first = pieces[0]
  if (!fits(first, text, 0)) return false
  if (pieces.length === 1) return text.length === first.length
  const last = pieces[pieces.length - 1]
  const end = text.length - last.length
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    while (at + piece.length <= end && !fits(piece, text, at)) at++
    if (at + piece.length > end) return false
    at += piece.length
  }
  return at <= end && fits(last, text, end)
}

function fits(piece: readonly (string | undefined)[], text: string, at: number): boolean {
  if (at + piece.length > text.length) return false
  return piece.every((c, i) => c === undefined || text[at + i] === c)
}
