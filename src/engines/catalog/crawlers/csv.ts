import { wholeNumberType } from '../../kit/pure/file-reading.ts'
import { unreadable } from './head.ts'
import { type Inferred, type InferredColumn, merged, NULL, plain } from './types.ts'

export interface CsvShape {
  readonly delimiter: string
  readonly quoted: boolean
  readonly header: boolean
  readonly columns: readonly InferredColumn[]
}

/** What a custom classifier says; all else is found out. */
export interface CsvOptions {
  readonly delimiter?: string | undefined
  readonly quote?: string | undefined
  readonly header?: 'PRESENT' | 'ABSENT' | 'UNKNOWN' | undefined
  readonly names?: readonly string[] | undefined
  readonly singleColumn?: boolean | undefined
  readonly keepSpaces?: boolean | undefined
  readonly types?: readonly string[] | undefined
}

/** "Comma, pipe, tab, semicolon, Ctrl-A" (AWS Glue Developer Guide, "Built-in CSV classifier"). */
const DELIMITERS = [',', '|', '\t', ';', '\u0001']
const ROWS_MAX = 1000
/** How many of the rows must have the most usual number of fields. */
const EVEN_SHARE = 0.9
const HEADER_LENGTH_MAX = 150

/** The shape of a delimited text; undefined where it is none: fewer than two columns or two rows, or uneven ones. */
export function csvShape(text: string, whole: boolean, options: CsvOptions = {}): CsvShape | undefined {
  if (!whole && !/[\r\n]/.test(text))
    throw unreadable(`its first line is longer than ${text.length} characters, which is all that is read`)
  let best: { delimiter: string; rows: Row[] } | undefined
  for (const delimiter of options.delimiter === undefined ? DELIMITERS : [options.delimiter]) {
    const rows = evenRows(rowsOf(text, delimiter, options.quote ?? '"', whole), options)
    if (rows && (!best || rows[0].fields.length > best.rows[0].fields.length)) best = { delimiter, rows }
  }
  if (!best) return undefined
  const { delimiter, rows } = best
  const clean = (field: string) => (options.keepSpaces ? field : field.trim())
  const values = rows.map(({ fields }) => fields.map(clean))
  const header = options.header === 'PRESENT' || (options.header !== 'ABSENT' && hasHeader(values))
  const data = header ? values.slice(1) : values
  const columns = values[0].map((name, i) => ({
    name: options.names?.[i] ?? (header && name !== '' ? name.toLowerCase() : `col${i + 1}`),
    type: typeOfColumn(data, i, options.types?.[i]),
  }))
  return { delimiter, header, quoted: rows.some(({ quoted }) => quoted), columns: distinct(columns) }
}

interface Row {
  readonly fields: string[]
  readonly quoted: boolean
}

/** RFC 4180, up to the last row that is complete. */
function rowsOf(text: string, delimiter: string, quote: string, whole: boolean): Row[] {
  const rows: Row[] = []
  let fields: string[] = []
  let field = ''
  let quoted = false
  let inside = false
  const endRow = () => {
    fields.push(field)
    if (fields.length > 1 || field !== '') rows.push({ fields, quoted })
    fields = []
    field = ''
    quoted = false
  }
  for (let at = 0; at < text.length && rows.length < ROWS_MAX; at++) {
    const c = text[at]
    if (inside) {
      if (c !== quote) field += c
      else if (text[at + 1] === quote) {
        field += quote
        at++
      } else inside = false
    } else if (c === quote && field.trim() === '') {
      inside = true
      quoted = true
      field = ''
    } else if (c === delimiter) {
      fields.push(field)
      field = ''
    } else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[at + 1] === '\n') at++
      endRow()
    } else field += c
  }
  if (whole && !inside && rows.length < ROWS_MAX && (field !== '' || fields.length > 0)) endRow()
  return rows
}

/** The rows with as many fields as most have, where these are nearly all. */
function evenRows(rows: Row[], { singleColumn }: CsvOptions): Row[] | undefined {
  if (rows.length < 2) return undefined
  const counts = Map.groupBy(rows, ({ fields }) => fields.length)
  const [width, usual] = [...counts].reduce((a, b) => (b[1].length > a[1].length ? b : a))
  if (width < (singleColumn ? 1 : 2) || usual.length < rows.length * EVEN_SHARE) return undefined
  return usual
}

/** "Every column in a potential header parses as a STRING, and one or more of the data rows do not." */
function hasHeader(rows: readonly string[][]): boolean {
  const [first, ...rest] = rows
  const names = first.every(
    (name, i) =>
      plainType(name) === 'string' &&
      !/^[+-]?\d+$/.test(name) &&
      (name.length < HEADER_LENGTH_MAX || i === first.length - 1),
  )
  return names && rest.some((row) => row.some((value) => value !== '' && plainType(value) !== 'string'))
}

/** Values as LazySimpleSerDe reads them. */
function plainType(value: string): string {
  if (/^[+-]?\d+$/.test(value)) return wholeNumberType(value)
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) return 'double'
  if (/^(?:true|false)$/i.test(value)) return 'boolean'
  if (/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/.test(value)) return 'date'
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?$/.test(value)) return 'timestamp'
  return 'string'
}

function typeOfColumn(rows: readonly string[][], place: number, declared: string | undefined): Inferred {
  if (declared !== undefined) return plain(declared)
  let type: Inferred = NULL
  for (const row of rows) if (row[place] !== '') type = merged(type, plain(plainType(row[place]))).type
  return type
}

/** A name that is there already gets a number. */
export function unusedName(name: string, used: ReadonlySet<string>): string {
  if (!used.has(name)) return name
  let n = 1
  while (used.has(`${name}_${n}`)) n++
  return `${name}_${n}`
}

function distinct(columns: readonly InferredColumn[]): InferredColumn[] {
  const seen = new Set<string>()
  return columns.map((column) => {
    const name = unusedName(column.name, seen)
    seen.add(name)
    return { ...column, name }
  })
}
