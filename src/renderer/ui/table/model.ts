/** What a table shows: any value a cell may hold. `undefined` is a cell that has not arrived yet. */
export type CellValue = string | number | boolean | bigint | null | undefined

export type ColumnKind = 'text' | 'number' | 'boolean' | 'time' | 'json'

export interface Sort {
  column: string
  descending: boolean
}

export interface Rectangle {
  top: number
  left: number
  bottom: number
  right: number
}

/** Some rows of a view, in its order, from one place to before another. */
export type ReadRows = (from: number, to: number, signal: AbortSignal) => Promise<(readonly CellValue[])[]>

/** A text of many rows, made piece by piece. */
export interface RowWriter {
  readonly begin: string
  /** `first` is false where rows came before. */
  readonly rows: (rows: readonly (readonly CellValue[])[], first: boolean) => string
  readonly end: string
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Compares two cells of a column: numbers (also int64 and decimals kept as text) by value, null last in either direction. */
export function compareCells(a: CellValue, b: CellValue, kind: ColumnKind): number {
  if (kind === 'number') {
    const x = Number(a)
    const y = Number(b)
    // Text beyond a double's precision still differs where the doubles are equal.
    if (x === y && typeof a === 'string' && typeof b === 'string' && a !== b) return compareBig(a, b)
    return x - y
  }
  if (typeof a === 'string' && typeof b === 'string')
    return kind === 'time' ? (a < b ? -1 : a > b ? 1 : 0) : collator.compare(a, b)
  return a! < b! ? -1 : a! > b! ? 1 : 0
}

function compareBig(a: string, b: string): number {
  if (!/^-?\d+$/.test(a) || !/^-?\d+$/.test(b)) return collator.compare(a, b)
  const [x, y] = [BigInt(a), BigInt(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Order of the rows that pass the filter, as indexes into the source. Equal rows keep their order. */
export function viewOrder(
  rowCount: number,
  cell: (row: number, column: string) => CellValue,
  options: { sort: Sort | null; kind: ColumnKind; filter: ((row: number) => boolean) | null },
): number[] | null {
  const { sort, kind, filter } = options
  if (!sort && !filter) return null
  const order: number[] = []
  for (let row = 0; row < rowCount; row++) if (!filter || filter(row)) order.push(row)
  if (sort) {
    const direction = sort.descending ? -1 : 1
    order.sort((x, y) => {
      const a = cell(x, sort.column)
      const b = cell(y, sort.column)
      const aEmpty = a === null || a === undefined
      const bEmpty = b === null || b === undefined
      if (aEmpty || bEmpty) return aEmpty === bEmpty ? x - y : aEmpty ? 1 : -1
      return compareCells(a, b, kind) * direction || x - y
    })
  }
  return order
}

/** A cell as plain text: what is copied and exported, the same in every locale. Null is empty. */
export function cellText(value: CellValue): string {
  return value === null || value === undefined ? '' : String(value)
}

/** RFC 4180, with a line feed. Text that a spreadsheet would run as a formula is kept as it is: the file is data. */
export function toCsv(header: readonly string[], rows: Iterable<readonly CellValue[]>): string {
  // An empty text is quoted, so that it is not taken for a null, which is nothing.
  const field = (value: CellValue) => {
    const text = cellText(value)
    return value === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const lines = [header.map(field).join(',')]
  for (const row of rows) lines.push(row.map(field).join(','))
  return `${lines.join('\n')}\n`
}

/** Tab-separated, as spreadsheets copy and paste it: a cell with a tab or a line break stands in quotes, and so does one that begins with one. */
export function toTsv(rows: Iterable<readonly CellValue[]>): string {
  const field = (value: CellValue) => {
    const text = cellText(value)
    return /^"|[\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const lines: string[] = []
  for (const row of rows) lines.push(row.map(field).join('\t'))
  return lines.join('\n')
}
