import type { Row, Value } from './values.ts'

export interface CsvForm {
  readonly header: 'USE' | 'IGNORE' | 'NONE'
  readonly comments: string
  readonly quoteEscape: string
  readonly recordDelimiter: string
  readonly fieldDelimiter: string
  readonly quote: string
  /** Whether a record's end may stand in quotes. */
  readonly quotedEnds: boolean
}

/** Fields by place (`_1`) and, where there is a header, by name. */
class CsvRow implements Row {
  private readonly fields: readonly string[]
  private readonly names: readonly string[] | undefined

  constructor(fields: readonly string[], names: readonly string[] | undefined) {
    this.fields = fields
    this.names = names
  }

  get(name: string, exact: boolean): Value {
    const { names, fields } = this
    const index = names?.findIndex((one) => (exact ? one === name : one.toLowerCase() === name.toLowerCase())) ?? -1
    if (index !== -1) return fields[index]
    const place = /^_(\d+)$/.exec(name)
    return place ? fields[Number(place[1]) - 1] : undefined
  }

  whole(): { [name: string]: Value } {
    return Object.fromEntries(this.fields.map((field, i) => [this.names?.[i] ?? `_${i + 1}`, field]))
  }
}

/** Takes CSV in pieces of text and gives the records that are whole. */
export class CsvReader {
  private readonly form: CsvForm
  private rest = ''
  private names: readonly string[] | undefined
  private first = true

  constructor(form: CsvForm) {
    this.form = form
  }

  *read(piece: string, last: boolean): Generator<Row> {
    const text = this.rest + piece
    let at = 0
    while (at < text.length) {
      const record = this.record(text, at, last)
      if (!record) break
      at = record.next
      const row = this.take(record.fields)
      if (row) yield row
    }
    this.rest = text.slice(at)
  }

  /** Characters that are held back until their record is whole. */
  get held(): number {
    return this.rest.length
  }

  private take(fields: string[]): Row | undefined {
    const { header, comments } = this.form
    if (fields.length === 1 && fields[0] === '') return undefined
    if (comments !== '' && fields[0].startsWith(comments)) return undefined
    const isHeader = this.first && header !== 'NONE'
    this.first = false
    if (!isHeader) return new CsvRow(fields, this.names)
    if (header === 'USE') this.names = fields
    return undefined
  }

  /** One record from a place on; undefined where its end is not there yet. */
  private record(text: string, start: number, last: boolean): { fields: string[]; next: number } | undefined {
    const { quote, quoteEscape, fieldDelimiter, recordDelimiter, quotedEnds } = this.form
    const fields: string[] = []
    let field = ''
    let quoted = false
    for (let at = start; ; ) {
      if (at >= text.length) {
        if (!last) return undefined
        fields.push(this.ended(field))
        return { fields, next: at }
      }
      if (quoted) {
        const escapes = text.startsWith(quoteEscape, at) && text.startsWith(quote, at + quoteEscape.length)
        // A quote at the end of a piece may be half of an escaped one.
        if (!escapes && !last && at + quoteEscape.length >= text.length) return undefined
        if (escapes) {
          field += quote
          at += quoteEscape.length + quote.length
        } else if (text.startsWith(quote, at)) {
          quoted = false
          at += quote.length
        } else if (!quotedEnds && text.startsWith(recordDelimiter, at)) quoted = false
        else field += text[at++]
      } else if (quote !== '' && field === '' && text.startsWith(quote, at)) {
        quoted = true
        at += quote.length
      } else if (text.startsWith(recordDelimiter, at)) {
        fields.push(this.ended(field))
        return { fields, next: at + recordDelimiter.length }
      } else if (text.startsWith(fieldDelimiter, at)) {
        fields.push(field)
        field = ''
        at += fieldDelimiter.length
      } else {
        // Plain text is taken in one go.
        const end = this.plainEnd(text, at)
        if (end === text.length && !last) return undefined
        field += text.slice(at, end)
        at = end
      }
    }
  }

  private plainEnd(text: string, at: number): number {
    const [field, record] = [this.form.fieldDelimiter.charCodeAt(0), this.form.recordDelimiter.charCodeAt(0)]
    let end = at + 1
    while (end < text.length && text.charCodeAt(end) !== field && text.charCodeAt(end) !== record) end++
    return end
  }

  /** Lines that end in `\r\n` are lines. */
  private ended(field: string): string {
    return this.form.recordDelimiter === '\n' && field.endsWith('\r') ? field.slice(0, -1) : field
  }
}
