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
const SAMPLE = 60
const LEAST = 56
const MOST: Record<ColumnKind, number> = { text: 320, number: 240, boolean: 120, time: 240, json: 360 }

/** For each column of plain numbers, how far right of their decimal points the first rows reach. */
export function decimalScales(
  columns: readonly Measured[],
  rowCount: number,
  cell: (row: number, column: string) => CellValue,
): Record<string, number> {
  const numbers = columns.filter((column) => column.kind === 'number' && !column.format && !column.render)
  const rows = Array.from({ length: Math.min(SAMPLE, rowCount) }, (_, row) => row)
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
  const rows = Math.min(SAMPLE, rowCount)
  if (rows === 0 || columns.length === 0) return undefined
  if (columns.every((column) => cell(0, column.id) === undefined)) return undefined
  const scales = decimalScales(columns, rowCount, cell)
  const widths: Record<string, number> = {}
  for (const column of columns) {
    const kind = column.kind ?? 'text'
    if (column.width !== undefined || column.render) continue
    let widest = 0
    for (let row = 0; row < rows; row++) {
      const value = cell(row, column.id)
      const text = value === null ? 'null' : column.format ? column.format(value) : displayCell(value, kind)
      const pad = Math.max(0, (scales[column.id] ?? 0) - fractionLength(text))
      widest = Math.max(widest, textWidth(text, column.mono ?? false) + pad * 7)
    }
    // The title needs room for its arrow.
    const needed = Math.max(widest + 18, column.title.length * 7 + 34)
    widths[column.id] = Math.round(Math.min(MOST[kind], Math.max(LEAST, needed)))
  }
  return widths
}

/** About how wide a text is at 12 px: the monospaced face takes 7.2 px a character, the interface's 6.9, and more for capitals. */
function textWidth(text: string, mono: boolean): number {
  return mono ? text.length * 7.2 : text.length * 6.9 + (text.match(/[A-Z@%&]/g)?.length ?? 0) * 1.6
}
