import type { Encoding, FileReading } from '../../kit/pure/file-reading.ts'
import { type BrokenRow, brokenRows, type Row, splitRows } from './delimited.ts'
import { decode, detectEncoding, notText } from './encoding.ts'
import { dateEvidence, decimalEvidence, nullTexts, typeOf } from './values.ts'

/** The beginning of a file, or all of it. */
export interface Head {
  /** Of the file, which says the format where its text does not. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly complete: boolean
}

/** What was chosen; what is not is found in the text. */
export type Chosen = Partial<Omit<FileReading, 'columns'>> & { readonly types?: Readonly<Record<string, string>> }

export type Field = keyof FileReading | 'source'
/** What a person should know of a choice. */
export interface Note {
  readonly field: Field
  readonly message: string
}

export interface Detected {
  readonly reading: FileReading
  readonly notes: readonly Note[]
  readonly broken: readonly BrokenRow[]
  /** The text that was looked at, whole rows of it. */
  readonly text: string
}

const DELIMITERS = [',', ';', '\t', '|', ':']
/** Rows by which the delimiter is told. */
const JUDGED_ROWS = 300
const JUDGED_VALUES = 5_000

export function formatOf({ name, bytes }: Head, text: string): FileReading['format'] {
  const known = /\.(csv|tsv|psv|json|jsonl|ndjson|parquet|parq)(\.gz|\.zst)?$/i.exec(name)?.[1]?.toLowerCase()
  if (known?.startsWith('parq') || Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PAR1') return 'parquet'
  if (known === 'csv' || known === 'tsv' || known === 'psv') return 'csv'
  const begin = text.trimStart()
  if (/^\[\s*[{\]]/.test(begin)) return 'json-array'
  return known !== undefined || /^\{\s*("|\})/.test(begin) ? 'json' : 'csv'
}

/**
 * How a text file is best read, as the first rows have it. Of JSON only the encoding and the broken lines are told: its columns are for the
 * reader of JSON to tell.
 */
export function detect(head: Head, chosen: Chosen = {}): Detected | { readonly refused: string } {
  const refused = head.bytes.length === 0 ? 'The file is empty.' : notText(head.bytes)
  if (refused !== undefined) return { refused }
  const encoding = chosen.encoding ?? detectEncoding(head.bytes)
  const text = wholeLines(decode(head.bytes, encoding), head.complete)
  const format = chosen.format ?? formatOf(head, text)
  if (format !== 'csv') return detectJson(format, encoding, text)
  return detectDelimited(text, encoding, head.complete, chosen)
}

/** A quoted line break may be taken for the end of a row here: then its row is seen to be unclosed, and left out. */
function wholeLines(text: string, complete: boolean): string {
  return complete ? text : text.slice(0, text.lastIndexOf('\n') + 1)
}

function detectDelimited(text: string, encoding: Encoding, complete: boolean, chosen: Chosen): Detected {
  const quote = chosen.quote ?? quoteOf(text)
  const delimiter = chosen.delimiter ?? delimiterOf(text, quote)
  const rows = splitRows(text, delimiter, quote, true)
  // The head of a longer file may end within quotes.
  if (!complete && rows.at(-1)?.unclosed) rows.pop()
  const width = widthOf(rows)
  const full = rows.filter(({ fields }) => fields.length >= width)
  const columnsOf = (from: number) =>
    Array.from({ length: width }, (_, c) =>
      full.slice(from, from + JUDGED_VALUES).map(({ fields }) => fields[c].trim()),
    )
  const known = (values: readonly string[], nulls: readonly string[]) =>
    values.filter((value) => value !== '' && !nulls.includes(value))
  const header = chosen.header ?? looksLikeHeader(full, columnsOf(1))
  const cells = columnsOf(header ? 1 : 0)
  const numbers = decimalEvidence(cells.flat(), delimiter)
  const decimal = chosen.decimal ?? numbers.decimal
  const nulls = chosen.nulls ?? nullTexts(cells, decimal)
  const values = cells.map((column) => known(column, nulls))
  const dates = dateEvidence(values)
  const dateOrder = chosen.dateOrder ?? dates.orders[0]
  const names = columnNames(header ? (full[0]?.fields ?? []) : [], width)
  const columns = names.map((name, c) => ({
    name,
    type: chosen.types?.[name] ?? typeOf(values[c], decimal, dateOrder),
  }))
  const notes: Note[] = []
  if (chosen.decimal === undefined && numbers.sample !== undefined)
    notes.push({
      field: 'decimal',
      message: `“${numbers.sample}” can be read with either sign before the fraction: say which is meant.`,
    })
  if (chosen.dateOrder === undefined && dates.sample !== undefined)
    notes.push({
      field: 'dateOrder',
      message: `“${dates.sample}” can be read as ${dates.orders.join(' or ')}: no date in these rows says which.`,
    })
  if (full.length === (header ? 1 : 0)) notes.push({ field: 'header', message: 'There are no rows, only names.' })
  return {
    reading: { format: 'csv', encoding, delimiter, quote, header, decimal, dateOrder, nulls, columns },
    notes,
    broken: brokenRows(rows, width, delimiter),
    text,
  }
}

/** The delimiter by which most rows have as many fields, and more than one. */
function delimiterOf(text: string, quote: string): string {
  const sample = text.slice(0, 200_000)
  let best = { delimiter: ',', share: 0, fields: 1 }
  for (const delimiter of DELIMITERS) {
    const rows = splitRows(sample, delimiter, quote, true, JUDGED_ROWS)
    const fields = widthOf(rows)
    const share = rows.filter((row) => row.fields.length === fields).length / rows.length
    if (fields < 2) continue
    // Where two cut all rows alike, the one that cuts them into more is meant: the other is in the values.
    if (share > best.share + 0.05 || (share > best.share - 0.05 && fields > best.fields))
      best = { delimiter, share, fields }
  }
  return best.delimiter
}

function quoteOf(text: string): string {
  const sample = text.slice(0, 200_000)
  const quoted = (quote: string) =>
    sample.match(new RegExp(`(^|[,;\\t|\\n])${quote}[^${quote}\\n]*${quote}(?=[,;\\t|\\r\\n]|$)`, 'g'))?.length ?? 0
  return quoted("'") > quoted('"') ? "'" : '"'
}

/** The number of fields that most rows have: of the first row, where as many have it. */
function widthOf(rows: readonly Row[]): number {
  const counts = new Map<number, number>()
  for (const { fields } of rows) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1)
  const first = rows[0]?.fields.length ?? 1
  let width = first
  for (const [fields, count] of counts) if (count > counts.get(width)!) width = fields
  return width
}

/**
 * Names differ from what stands below them: by being no number or date where that is, or else by occurring nowhere again. Only the first
 * of these tells names that stand there twice, or not at all, from values.
 */
function looksLikeHeader(rows: readonly Row[], below: readonly (readonly string[])[]): boolean {
  const first = rows[0]?.fields.map((field) => field.trim())
  if (!first?.some((name) => name !== '') || first.some((name) => name.length > 128)) return false
  const isText = (values: readonly string[]) =>
    (['.', ','] as const).every((decimal) =>
      (['DMY', 'MDY'] as const).every((order) => typeOf(values, decimal, order) === 'string'),
    )
  if (first.some((name) => name !== '' && (!isText([name]) || !/[\p{L}_]/u.test(name)))) return false
  if (below.some((values, c) => first[c] !== '' && !isText(values.filter((value) => value !== '')))) return true
  if (first.includes('') || new Set(first).size < first.length) return false
  return rows.length === 1 || first.every((name, c) => !below[c].includes(name))
}

/** As Glue folds them; each once, and each with some name. */
export function columnNames(given: readonly string[], width: number): string[] {
  const used = new Set<string>()
  return Array.from({ length: width }, (_, c) => {
    const wanted =
      (given[c] ?? '')
        .trim()
        .toLowerCase()
        .replace(/[\0-\x1f\x7f/]+/g, '_')
        .slice(0, 250) || `column_${c + 1}`
    let name = wanted
    for (let n = 2; used.has(name); n++) name = `${wanted}_${n}`
    used.add(name)
    return name
  })
}

function detectJson(format: FileReading['format'], encoding: Encoding, text: string): Detected {
  const broken: BrokenRow[] = []
  if (format === 'json')
    for (const [index, line] of text.split('\n').entries())
      if (line.trim() !== '' && !isJson(line))
        broken.push({ line: index + 1, reason: 'not JSON: the line is left out', text: line.slice(0, 120) })
  const rest = {
    delimiter: ',',
    quote: '"',
    header: true,
    decimal: '.',
    dateOrder: 'YMD',
    nulls: [],
    columns: [],
  } as const
  return { reading: { format, encoding, ...rest, nulls: [], columns: [] }, notes: [], broken, text }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
