import type { PlacedField } from '../../../../engines/bi/dashboard.ts'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import { toNumber } from './format.ts'

export interface PivotHeader {
  readonly key: string
  readonly values: readonly Cell[]
}

export interface Pivot {
  readonly rows: readonly PivotHeader[]
  readonly columns: readonly PivotHeader[]
  /** `cells[row][column][measure]`. */
  readonly cells: (number | null)[][][]
  /** Sums of a row, where every measure of it adds up; else null. */
  readonly rowTotals: (number | null)[][]
  readonly columnTotals: (number | null)[][]
}

/** Measures whose parts add up to the whole. The total of averages or of distinct counts would be a lie. */
export const addsUp = ({ use }: PlacedField) => use.aggregate === 'sum' || use.aggregate === 'count'

/** An answer laid out in rows and columns, in the order in which the values first come. */
export function pivotOf(fields: readonly PlacedField[], values: readonly (readonly Cell[])[]): Pivot {
  const at = (role: string) => fields.flatMap((field, index) => (field.role === role ? [index] : []))
  const [rowAt, columnAt, measureAt] = [at('rows'), at('columns'), at('value')]
  const rows = new Map<string, PivotHeader & { index: number }>()
  const columns = new Map<string, PivotHeader & { index: number }>()
  const enter = (map: typeof rows, indexes: readonly number[], row: number) => {
    const header = indexes.map((index) => values[index][row])
    const key = JSON.stringify(header)
    const known = map.get(key)
    if (known) return known.index
    map.set(key, { key, values: header, index: map.size })
    return map.size - 1
  }
  const placed: { r: number; c: number; row: number }[] = []
  const count = values[0]?.length ?? 0
  for (let row = 0; row < count; row++)
    placed.push({ r: enter(rows, rowAt, row), c: enter(columns, columnAt, row), row })
  const ordered = [...columns.values()].sort((a, b) => compareAll(a.values, b.values))
  const place = new Map(ordered.map(({ index }, to) => [index, to]))
  const blank = () => ordered.map(() => measureAt.map((): number | null => null))
  const cells = Array.from({ length: rows.size }, blank)
  const rowTotals = Array.from({ length: rows.size }, () => measureAt.map((): number | null => null))
  const columnTotals = ordered.map(() => measureAt.map((): number | null => null))
  for (const { r, c, row } of placed)
    measureAt.forEach((index, m) => {
      const value = toNumber(values[index][row])
      const to = place.get(c) ?? 0
      cells[r][to][m] = value
      if (value === null || !addsUp(fields[index])) return
      rowTotals[r][m] = (rowTotals[r][m] ?? 0) + value
      columnTotals[to][m] = (columnTotals[to][m] ?? 0) + value
    })
  return { rows: [...rows.values()], columns: ordered, cells, rowTotals, columnTotals }
}

/** Numbers by size, everything else as text; null last. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  const x = Number(a)
  const y = Number(b)
  if (a !== '' && b !== '' && Number.isFinite(x) && Number.isFinite(y)) return x - y
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}

function compareAll(a: readonly Cell[], b: readonly Cell[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareCells(a[i], b[i])
    if (order !== 0) return order
  }
  return 0
}
