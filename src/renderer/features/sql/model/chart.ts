import type { Cell, Column, TablePage } from '../../../../engines/kit/pure/table.ts'

export const CHART_ROWS = 1000

export interface ChartChoice {
  readonly kind: 'bar' | 'line'
  readonly x: number
  readonly y: readonly number[]
}

const NUMBERS = new Set(['integer', 'bigint', 'decimal', 'double'])
const TIMES = new Set(['date', 'timestamp', 'time'])

export const isNumeric = ({ type }: Column) => NUMBERS.has(type)

/** What a result looks like by itself: its first column that is no measure across, its last number up. */
export function likelyChart(columns: readonly Column[]): ChartChoice {
  const time = columns.findIndex(({ type }) => TIMES.has(type))
  const text = columns.findIndex((column) => !isNumeric(column))
  const x = time >= 0 ? time : text >= 0 ? text : 0
  const measure = columns.findLastIndex((column, index) => isNumeric(column) && index !== x)
  return { kind: time >= 0 || (text < 0 && columns.length > 1) ? 'line' : 'bar', x, y: measure < 0 ? [] : [measure] }
}

/** What a pivot begins with: names go across, since they are few, and the first other column that is no measure down. */
export function likelyPivot(columns: readonly Column[]): { down: number; across: number } {
  const name = columns.findIndex(({ type }) => type === 'string' || type === 'boolean')
  const other = columns.findIndex((column, at) => at !== name && !isNumeric(column))
  const across = name >= 0 ? name : Math.min(1, columns.length - 1)
  return { across, down: other >= 0 && other !== across ? other : across === 0 ? Math.min(1, columns.length - 1) : 0 }
}

/** What may tell the rows of a result apart, the likeliest first: its first column, that with another that is no measure, then each other one. */
export function likelyKeys(columns: readonly { name: string; measure: boolean }[]): readonly (readonly string[])[] {
  const [first, ...others] = columns.map(({ name }) => name)
  if (first === undefined) return []
  const beside = columns.find(({ name, measure }) => name !== first && !measure)
  return [[first], ...(beside ? [[first, beside.name]] : []), ...others.slice(0, KEYS_TRIED).map((name) => [name])]
}

/** Each is asked of the engine. */
const KEYS_TRIED = 4

/** Points of a chart: `x` as text and one number for each measure; what is no number is a gap. */
export function chartPoints(
  { columns, values }: Pick<TablePage, 'columns' | 'values'>,
  { kind, x, y }: ChartChoice,
): Record<string, string | number | null>[] {
  const across = values[x] ?? []
  const rows = across.map((_, row) => row)
  // A line goes on through time, and through numbers, in whatever order the rows come; bars stand as they do.
  if (kind === 'line' && columns[x] && (TIMES.has(columns[x].type) || isNumeric(columns[x])))
    rows.sort((a, b) => order(across[a], across[b], isNumeric(columns[x])))
  return rows.map((row) => ({
    x: across[row] === null ? 'null' : String(across[row]),
    ...Object.fromEntries(y.map((index) => [`y${index}`, numberOf(values[index]?.[row] ?? null)])),
  }))
}

/** Nulls come last. */
function order(a: Cell, b: Cell, numeric: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (numeric) return Number(a) - Number(b)
  return String(a) < String(b) ? -1 : Number(String(a) > String(b))
}

function numberOf(value: Cell): number | null {
  if (value === null || value === '' || typeof value === 'boolean') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}
