/** One line as fields, or by the names of columns; quotes as in RFC 4180. */
export function parseCsv(
  line: string,
  separator: string,
  columns: readonly string[] | undefined,
  uri: string,
  offset: number,
): string[] | Record<string, string> {
  const fields = line.includes('"') ? quotedFields(line, separator, uri, offset) : line.split(separator)
  if (!columns) return fields
  const row: Record<string, string> = {}
  for (let i = 0; i < columns.length; i++) row[columns[i]] = fields[i] ?? ''
  return row
}

function quotedFields(line: string, separator: string, uri: string, offset: number): string[] {
  const fields: string[] = []
  for (let at = 0; ; ) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at)
      fields.push(line.slice(at, end < 0 ? undefined : end))
      if (end < 0) return fields
      at = end + 1
      continue
    }
    let field = ''
    for (at++; ; ) {
      const quote = line.indexOf('"', at)
      if (quote < 0)
        throw new Error(
          `${uri} at byte ${offset}: a quoted field does not end on its line. Set input.options.multiline for fields with line breaks.`,
        )
      field += line.slice(at, quote)
      at = quote + 1
      if (line[at] !== '"') break
      field += '"'
      at++
    }
    fields.push(field)
    if (at >= line.length) return fields
    at = line.indexOf(separator, at) + 1
    if (at === 0) return fields
  }
}
