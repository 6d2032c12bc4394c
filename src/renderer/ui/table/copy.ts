import { csvWriter, jsonWriter } from './export.ts'
import { unzoned } from './format.ts'
import { type CopiedColumn, type InsertInto, insertText } from './insert.ts'
import { type CellValue, cellText, toTsv } from './model.ts'

export type CopyFormat = 'tsv' | 'tsvHeader' | 'csv' | 'json' | 'markdown' | 'insert'

export const COPY_FORMATS: readonly { format: CopyFormat; title: string; shortcut?: string }[] = [
  { format: 'tsv', title: 'Cells', shortcut: 'Mod+C' },
  { format: 'tsvHeader', title: 'Cells with names', shortcut: 'Mod+Shift+C' },
  { format: 'csv', title: 'CSV' },
  { format: 'json', title: 'JSON' },
  { format: 'markdown', title: 'Markdown' },
  { format: 'insert', title: 'INSERT statement' },
]

const COPIED_AT_ONCE = 5000

/** Some rows, taken piece by piece: a cache of pages does not hold all of a long range at once. */
export async function rowsOf(
  from: number,
  to: number,
  load: (from: number, to: number) => Promise<unknown>,
  row: (at: number) => readonly CellValue[],
): Promise<(readonly CellValue[])[]> {
  const rows: (readonly CellValue[])[] = []
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + COPIED_AT_ONCE)
    await load(at, end)
    for (; at < end; at++) rows.push(row(at))
  }
  return rows
}

interface Copied {
  readonly columns: readonly CopiedColumn[]
  readonly rows: readonly (readonly CellValue[])[]
  readonly into?: InsertInto | undefined
}

export function copyText(format: CopyFormat, { columns, rows: copied, into }: Copied): string {
  // A statement has literals of its own for times.
  if (format === 'insert') return insertText({ columns, rows: copied, into })
  const names = columns.map(({ title }) => title)
  const rows = copied.map((row) => row.map((value, at) => unzoned(value, columns[at].detail)))
  switch (format) {
    case 'tsv':
      return toTsv(rows)
    case 'tsvHeader':
      return toTsv([names, ...rows])
    case 'csv':
      return csvWriter(names).begin + csvWriter(names).rows(rows, true)
    case 'json': {
      const writer = jsonWriter(names)
      return writer.begin + writer.rows(rows, true) + writer.end
    }
    case 'markdown':
      return [
        line(names.map(escaped)),
        line(columns.map(({ kind }) => (kind === 'number' ? '--:' : ':--'))),
        ...rows.map((row) => line(row.map((value) => escaped(cellText(value))))),
      ].join('\n')
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
