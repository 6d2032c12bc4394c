export interface Row {
  /** Of its first character, from 1. */
  readonly line: number
  readonly fields: readonly string[]
  /** A quote that was opened in it is never closed, so that it takes all that follows. */
  readonly unclosed?: boolean
}

/**
 * Rows of a delimited text, as RFC 4180 has them: a quote is doubled within quotes, which may hold delimiters and line breaks. Empty lines are
 * no rows. `complete` is false for the beginning of a longer text, whose last row may be cut and is left out.
 */
export function splitRows(text: string, delimiter: string, quote: string, complete: boolean, max = Infinity): Row[] {
  const rows: Row[] = []
  let at = 0
  let line = 1
  while (at < text.length && rows.length < max) {
    const first = line
    const fields: string[] = []
    let unclosed = false
    for (;;) {
      let field = ''
      if (quote !== '' && text[at] === quote) {
        at++
        for (;;) {
          const close = text.indexOf(quote, at)
          const piece = text.slice(at, close < 0 ? text.length : close)
          line += lineBreaks(piece)
          field += piece
          at = close < 0 ? text.length : close + 1
          unclosed = close < 0
          if (unclosed || text[at] !== quote) break
          field += quote
          at++
        }
      }
      const end = endOfField(text, at, delimiter)
      field += text.slice(at, end)
      fields.push(field)
      at = end
      if (text[at] !== delimiter) break
      at++
    }
    const ended = at < text.length
    if (ended) {
      at += text.startsWith('\r\n', at) ? 2 : 1
      line++
    }
    const empty = fields.length === 1 && fields[0] === ''
    if (!empty && (ended || complete)) rows.push({ line: first, fields, ...(unclosed && { unclosed }) })
  }
  return rows
}

function endOfField(text: string, from: number, delimiter: string): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === delimiter || character === '\n' || character === '\r') return at
  }
  return text.length
}

function lineBreaks(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0
}

export interface BrokenRow {
  readonly line: number
  readonly reason: string
  /** Its beginning. */
  readonly text: string
}

/** Rows that do not have the table's fields, in the order of the text. */
export function brokenRows(rows: readonly Row[], width: number, delimiter: string): BrokenRow[] {
  return rows.flatMap((row): BrokenRow[] => {
    const { line, fields, unclosed } = row
    const count = `${fields.length} of ${width} fields`
    const reason = unclosed
      ? 'a quote is opened and never closed: what follows belongs to it'
      : fields.length < width
        ? `${count}: the row is left out`
        : fields.length > width
          ? `${fields.length} fields where ${width} are expected: the rest is left out`
          : undefined
    return reason === undefined ? [] : [{ line, reason, text: fields.join(delimiter).slice(0, 120) }]
  })
}
