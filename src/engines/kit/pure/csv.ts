/** Records of a delimited text as RFC 4180 has them: fields may stand in quotes, with delimiters and line ends in them. Empty lines are none. */
export function* csvRecords(text: string, delimiter = ','): Generator<string[]> {
  let fields: string[] = []
  for (let at = 0; at < text.length; ) {
    let field = ''
    if (text[at] === '"') {
      for (at++; at < text.length; ) {
        const end = text.indexOf('"', at)
        field += text.slice(at, end < 0 ? undefined : end)
        at = end < 0 ? text.length : end + 1
        if (text[at] !== '"') break
        field += '"'
        at++
      }
    }
    let end = at
    while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++
    const lineEnds = text[end] !== delimiter
    field += text.slice(at, lineEnds && text[end - 1] === '\r' ? end - 1 : end)
    fields.push(field)
    at = end + 1
    if (!lineEnds && at < text.length) continue
    if (!lineEnds) fields.push('')
    if (fields.length > 1 || fields[0] !== '') yield fields
    fields = []
  }
}
