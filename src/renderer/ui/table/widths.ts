import { displayCell, fractionLength } from './format.ts'
import type { CellValue, ColumnKind } from './model.ts'

interface Measured {
  id: string
  title: string
  kind?: ColumnKind
  width?: number
  mono?: boolean
  format?: (value: CellValue) => string
  render?: unknown
}

export const KIND_WIDTHS: Record<ColumnKind, number> = { text: 180, number: 104, boolean: 72, time: 190, json: 260 }
/** Of the first rows so many are measured at most, and so many cells of them where columns are many. */
const SAMPLE = 500
const SAMPLE_CELLS = 20_000
const LEAST = 56
const MOST: Record<ColumnKind, number> = { text: 320, number: 240, boolean: 120, time: 240, json: 360 }
/** As wide as a person can ask for. */
const ASKED_MOST = 900

/** The rows that say how wide columns are while nobody says otherwise. */
export function sampleRows(rowCount: number, columnCount: number): number[] {
  const rows = Math.max(60, Math.min(SAMPLE, Math.floor(SAMPLE_CELLS / Math.max(1, columnCount))))
  return Array.from({ length: Math.min(rows, rowCount) }, (_, row) => row)
}

/** For each column of plain numbers, how far right of their decimal points the first rows reach. */
export function decimalScales(
  columns: readonly Measured[],
  rowCount: number,
  cell: (row: number, column: string) => CellValue,
): Record<string, number> {
  const numbers = columns.filter((column) => column.kind === 'number' && !column.format && !column.render)
  const rows = sampleRows(rowCount, columns.length)
  return Object.fromEntries(
    numbers.map(({ id }) => [
      id,
      Math.max(0, ...rows.map((row) => fractionLength(displayCell(cell(row, id), 'number')))),
    ]),
  )
}

/** Widths that fit the first rows, for columns that name none. Undefined while no row is here to measure. */
export function fittingWidths(
  columns: readonly Measured[],
  rowCount: number,
  cell: (row: number, column: string) => CellValue,
): Record<string, number> | undefined {
  if (rowCount === 0 || columns.length === 0) return undefined
  if (columns.every((column) => cell(0, column.id) === undefined)) return undefined
  const rows = sampleRows(rowCount, columns.length)
  const scales = decimalScales(columns, rowCount, cell)
  const widths: Record<string, number> = {}
  for (const column of columns) {
    if (column.width !== undefined || column.render) continue
    widths[column.id] = Math.min(MOST[column.kind ?? 'text'], neededWidth(column, rows, scales[column.id], cell))
  }
  return widths
}

/** A width that takes all of these rows, however long they are, within reason; null where the column draws its cells itself. */
export function widthFor(
  column: Measured,
  rows: readonly number[],
  scale: number | undefined,
  cell: (row: number, column: string) => CellValue,
): number | null {
  return column.render ? null : Math.min(ASKED_MOST, neededWidth(column, rows, scale, cell))
}

function neededWidth(
  column: Measured,
  rows: readonly number[],
  scale: number | undefined,
  cell: (row: number, column: string) => CellValue,
): number {
  let widest = 0
  for (const row of rows) {
    const value = cell(row, column.id)
    const text =
      value === null ? 'null' : column.format ? column.format(value) : displayCell(value, column.kind ?? 'text')
    const pad = Math.max(0, (scale ?? 0) - fractionLength(text))
    widest = Math.max(widest, textWidth(text, column.mono ?? false) + pad * 7)
  }
  // The title needs room for its arrow.
  return Math.round(Math.max(LEAST, widest + 18, column.title.length * 7 + 34))
}

/** About how wide a text is at 12 px: the monospaced face takes 7.2 px a character, the interface's 6.9, and more for capitals. */
function textWidth(text: string, mono: boolean): number {
  return mono ? text.length * 7.2 : text.length * 6.9 + (text.match(/[A-Z@%&]/g)?.length ?? 0) * 1.6
}
