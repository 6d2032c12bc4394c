import { csvWriter, jsonWriter, ROWS_A_PIECE } from './export.ts'
import { unzoned } from './format.ts'
import { type CopiedColumn, type InsertInto, insertWriter } from './insert.ts'
import { type CellValue, cellText, type ReadRows, type RowWriter, toTsv } from './model.ts'

export type CopyFormat = 'tsv' | 'tsvHeader' | 'csv' | 'json' | 'markdown' | 'insert'

export const COPY_FORMATS: readonly { format: CopyFormat; title: string; shortcut?: string }[] = [
  { format: 'tsv', title: 'Cells', shortcut: 'Mod+C' },
  { format: 'tsvHeader', title: 'Cells with names', shortcut: 'Mod+Shift+C' },
  { format: 'csv', title: 'CSV' },
  { format: 'json', title: 'JSON' },
  { format: 'markdown', title: 'Markdown' },
  { format: 'insert', title: 'INSERT statement' },
]

/** More than this a person means to have as a file: nothing that they paste into takes it well. */
const ROWS_MANY = 100_000
const LETTERS_MANY = 20_000_000

/** What is about to be copied and is a lot; `letters` is null where nothing was read yet. */
export interface Lot {
  readonly rows: number
  readonly letters: number | null
}

interface Copying extends Written {
  readonly format: CopyFormat
  /** Rows of the view, the last one excluded. */
  readonly from: number
  readonly to: number
  readonly read: ReadRows
  readonly signal: AbortSignal
  readonly onProgress: (share: number) => void
  /** Whether to go on with a lot; asked once. */
  readonly ask: (lot: Lot) => Promise<boolean>
}

/** The text of a range of rows, read piece by piece; null where it was given up. */
export async function copiedText({ format, from, to, read, signal, onProgress, ask, ...of }: Copying) {
  const writer = copyWriter(format, of)
  const whole = to - from
  const pieces = [writer.begin]
  let letters = 0
  let asked = whole > ROWS_MANY
  if (asked && !(await ask({ rows: whole, letters: null }))) return null
  for (let at = from; at < to; at = Math.min(to, at + ROWS_A_PIECE)) {
    const end = Math.min(to, at + ROWS_A_PIECE)
    const piece = writer.rows(await read(at, end, signal), at === from)
    if (signal.aborted) return null
    pieces.push(piece)
    letters += piece.length
    const likely = (letters / (end - from)) * whole
    if (!asked && likely > LETTERS_MANY) {
      asked = true
      if (!(await ask({ rows: whole, letters: likely }))) return null
    }
    if (end < to) onProgress((end - from) / whole)
  }
  return pieces.join('') + writer.end
}

interface Written {
  readonly columns: readonly CopiedColumn[]
  readonly into?: InsertInto | undefined
}

export function copyText(
  format: CopyFormat,
  { rows, ...of }: Written & { rows: readonly (readonly CellValue[])[] },
): string {
  const { begin, rows: written, end } = copyWriter(format, of)
  return begin + written(rows, true) + end
}

function copyWriter(format: CopyFormat, { columns, into }: Written): RowWriter {
  // A statement has literals of its own for times.
  if (format === 'insert') return insertWriter(columns, into)
  const names = columns.map(({ title }) => title)
  const { begin, rows, end } = plainWriter(format, columns, names)
  return {
    begin,
    rows: (copied, first) =>
      rows(
        copied.map((row) => row.map((value, at) => unzoned(value, columns[at].detail))),
        first,
      ),
    end,
  }
}

function plainWriter(
  format: Exclude<CopyFormat, 'insert'>,
  columns: readonly CopiedColumn[],
  names: readonly string[],
): RowWriter {
  switch (format) {
    case 'tsv':
      return { begin: '', rows: (rows, first) => (first ? '' : '\n') + toTsv(rows), end: '' }
    case 'tsvHeader':
      return { begin: toTsv([names]), rows: (rows) => `\n${toTsv(rows)}`, end: '' }
    case 'csv':
      return csvWriter(names)
    case 'json':
      return jsonWriter(names)
    case 'markdown':
      return {
        begin: `${line(names.map(escaped))}\n${line(columns.map(({ kind }) => (kind === 'number' ? '--:' : ':--')))}`,
        rows: (rows) => rows.map((row) => `\n${line(row.map((value) => escaped(cellText(value))))}`).join(''),
        end: '',
      }
  }
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
/** A cell of a table in Markdown is one line, and its tags are text. */
const escaped = (text: string) =>
  text
    .replaceAll(/[\\|]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/\r\n|\r|\n/g, '<br>')
