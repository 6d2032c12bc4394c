import type { Cell, Column, ColumnType, TablePage } from '../../../../engines/kit/pure/table.ts'
import type { Aggregate, Bucket, Grouping, Points } from '../../../../engines/results/contract.ts'
import { formatNumber, plural } from '../../../lib/format.ts'

export interface ChartChoice {
  readonly kind: 'bar' | 'line' | 'points'
  readonly x: number
  readonly y: readonly number[]
  /** One series for each value of this column. */
  readonly split: number | null
  /** What is drawn of the rows that share a value of `x`; null draws each of them. */
  readonly aggregate: Aggregate | null
  /** What times are put into where they are aggregated: `auto` takes the finest that are not too many. */
  readonly bucket: Bucket | 'auto' | null
}

/** A choice, and whether its rows still have a say in it: they have not been looked at since another column went across. */
export interface ChartState {
  readonly choice: ChartChoice
  readonly open: boolean
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
  return {
    kind: time >= 0 || (text < 0 && columns.length > 1) ? 'line' : 'bar',
    x,
    y: measure < 0 ? [] : [measure],
    split: null,
    aggregate: null,
    bucket: 'auto',
  }
}

/** Columns that may split a measure into series: names, and what is no measure. */
export const splitters = (columns: readonly Column[], x: number): number[] =>
  columns.flatMap(({ type }, at) => (at !== x && (type === 'string' || type === 'boolean') ? [at] : []))

const SERIES_AT_ONCE = 10
/** So many columns are counted to find a likely one: each is a pass over all rows. */
export const SPLITTERS_TRIED = 6

/** A choice as its rows want it: where several share a value of `x`, one series each if a column tells them apart, else their sum. */
export function settled(
  choice: ChartChoice,
  columns: readonly Column[],
  { rows, values, groups, by }: Grouping,
): ChartChoice {
  if (choice.y.length === 0) return { ...choice, split: null, aggregate: 'count' }
  if (groups === rows) return { ...choice, split: null, aggregate: null }
  // Where each value has one row, buckets alone bring rows together: no column has to tell them apart.
  const tells = by.findIndex(
    (each) => values < rows && each.together === rows && each.values > 1 && each.values <= SERIES_AT_ONCE,
  )
  return {
    ...choice,
    y: tells < 0 ? choice.y : choice.y.slice(0, 1),
    split: tells < 0 ? null : splitters(columns, choice.x)[tells],
    aggregate: 'sum',
  }
}

export const AGGREGATES: readonly { value: Aggregate; label: string }[] = [
  { value: 'sum', label: 'Sum of' },
  { value: 'avg', label: 'Mean of' },
  { value: 'min', label: 'Least' },
  { value: 'max', label: 'Greatest' },
  { value: 'count', label: 'Count of' },
]

/** Rows that share a value of `x` have no order that a line could follow: then each is a point. */
export const drawnAs = ({ kind, aggregate }: ChartChoice, { rows, groups }: Grouping): ChartChoice['kind'] =>
  kind === 'line' && aggregate === null && groups < rows ? 'points' : kind

const BUCKETS: readonly { value: Bucket; label: string; ofDays: boolean }[] = [
  { value: 'minute', label: 'Minute', ofDays: false },
  { value: 'hour', label: 'Hour', ofDays: false },
  { value: 'day', label: 'Day', ofDays: true },
  { value: 'week', label: 'Week', ofDays: true },
  { value: 'month', label: 'Month', ofDays: true },
  { value: 'quarter', label: 'Quarter', ofDays: true },
  { value: 'year', label: 'Year', ofDays: true },
]

/** What the times of a column may be put into, and what that is by itself; nothing where it has no times. */
export function bucketsOf({ type }: Column, likely: Bucket | null): { value: Bucket | 'auto' | ''; label: string }[] {
  if (type !== 'date' && type !== 'timestamp') return []
  return [
    { value: 'auto', label: likely ? `Automatic: ${likely}` : 'Automatic' },
    ...BUCKETS.filter(({ ofDays }) => type === 'timestamp' || ofDays),
    { value: '', label: 'Each value' },
  ]
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** How the start of a bucket reads as its name; a week by its Monday and its number (ISO 8601). */
export function bucketName(start: string, bucket: Bucket): string {
  const [, year, month, day, time = '00:00'] = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d).*)?$/.exec(start) ?? []
  if (year === undefined) return start
  if (bucket === 'minute' || bucket === 'hour') return `${year}-${month}-${day} ${time}`
  if (bucket === 'day') return `${year}-${month}-${day}`
  if (bucket === 'week') return `${year}-${month}-${day} (W${weekOf(Date.UTC(+year, +month - 1, +day))})`
  if (bucket === 'month') return `${MONTHS[+month - 1]} ${year}`
  return bucket === 'quarter' ? `Q${Math.ceil(+month / 3)} ${year}` : year
}

const DAY_MS = 86_400_000

/** The number of the week that a Monday begins: a week belongs to the year of its Thursday. */
function weekOf(monday: number): string {
  const thursday = monday + 3 * DAY_MS
  const first = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)
  return String(Math.floor((thursday - first) / DAY_MS / 7) + 1).padStart(2, '0')
}

/** How many rows a filter left, in words; nothing where it left all of them. */
export const filteredOf = (rows: number, of: number): string | null =>
  rows < of ? `${formatNumber(rows)} of ${plural(of, 'row')}, as filtered` : null

/** What a chart shows and what it leaves out, in words. */
export function saidOf(
  choice: ChartChoice,
  columns: readonly Column[],
  grouping: Grouping,
  { page, splits }: Pick<Points, 'page' | 'splits'>,
  /** How many rows the result has. */
  of = grouping.rows,
): string {
  const { rows, groups, bucket } = grouping
  const x = columns[choice.x].name
  const filtered = filteredOf(rows, of)
  const said: string[] = filtered ? [filtered] : []
  const shared = groups < rows
  const apart = bucket !== null && page.values[0]?.at(-1) === null
  const places = `${plural(apart ? groups - 1 : groups, bucket ?? 'value')} of ${x}${apart ? ' and null' : ''}`
  if (choice.aggregate && shared) said.push(`${filtered ? '' : `${formatNumber(rows)} rows `}on ${places}`)
  else if (!choice.aggregate && shared && choice.kind === 'line') said.push(`several rows on one ${x}: as points`)
  if (choice.split !== null && splits > SERIES_AT_ONCE)
    said.push(
      `${SERIES_AT_ONCE} of ${formatNumber(splits)} values of ${columns[choice.split].name}, those of most rows`,
    )
  const placeless = page.values[0]?.filter((value) => value === null).length ?? 0
  if (placeless > 0 && spacingOf(columns[choice.x], drawnAs(choice, grouping)) !== 'even')
    said.push(choice.aggregate ? 'null is not drawn' : `${plural(placeless, 'row')} without ${x} not drawn`)
  const whole = choice.aggregate ? groups : rows
  if (page.rowCount < whole)
    said.push(
      `the first ${formatNumber(page.rowCount)} of ${formatNumber(whole)} ${choice.aggregate ? `${bucket ?? 'value'}s of ${x}` : 'rows'}`,
    )
  const text = said.join(' · ')
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** Columns by their place. */
export interface PivotChoice {
  readonly down: number
  readonly across: number
  /** -1: rows are counted. */
  readonly value: number
  readonly aggregate: Aggregate
}

/**
 * What a pivot begins with: names go across, of a column that has few, the first other column that is no measure down, and the sum of the last
 * number where they meet.
 */
export function likelyPivot(columns: readonly Column[], values: ReadonlyMap<number, number> = new Map()): PivotChoice {
  const names = splitters(columns, -1)
  const name = names.find((at) => (values.get(at) ?? 0) <= ACROSS_AT_ONCE) ?? names[0] ?? -1
  const other = columns.findIndex((column, at) => at !== name && !isNumeric(column))
  const across = name >= 0 ? name : Math.min(1, columns.length - 1)
  const down = other >= 0 && other !== across ? other : across === 0 ? Math.min(1, columns.length - 1) : 0
  const value = columns.findLastIndex(isNumeric)
  return { down, across, value, aggregate: value < 0 ? 'count' : 'sum' }
}

/** More columns than this no pivot has. */
const ACROSS_AT_ONCE = 200

/** How far apart the places of an axis stand: by their time, by their value, or evenly, one beside the other. */
export type Spacing = 'time' | 'number' | 'even'

/** Bars stand side by side; lines and points where their time or their number is. */
export function spacingOf(column: Column | undefined, kind: ChartChoice['kind']): Spacing {
  if (!column || kind === 'bar') return 'even'
  return TIMES.has(column.type) ? 'time' : isNumeric(column) ? 'number' : 'even'
}

/** `x` as text, `at` its place on an axis of time (ms in UTC) or numbers, and one number for each series. */
export type ChartPoint = { readonly x: string; readonly at: number } & Readonly<Record<string, string | number | null>>

/** Points of a chart; what is no number is a gap. A value without a place on its axis, such as null, has no point. */
export function chartPoints(
  { columns, values }: Pick<TablePage, 'columns' | 'values'>,
  kind: ChartChoice['kind'],
): ChartPoint[] {
  const [across = [], ...series] = values
  const spacing = spacingOf(columns[0], kind)
  const points = across.map((value, row) => ({
    x: value === null ? 'null' : String(value),
    at: spacing === 'even' ? row : value === null ? Number.NaN : spacing === 'time' ? momentOf(value) : Number(value),
    ...Object.fromEntries(series.map((column, index) => [`y${index}`, numberOf(column[row] ?? null)])),
  }))
  if (spacing === 'even') return points
  // A line goes on through time, and through numbers, in whatever order the rows come; bars stand as they do.
  return points.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at)
}

/** A date, a moment or a time of day, in ms; engines write moments in UTC. */
function momentOf(value: Cell): number {
  const text = String(value).replace(' ', 'T')
  if (/^\d\d:/.test(text)) return Date.parse(`1970-01-01T${text.replace(/Z$/, '')}Z`)
  return Date.parse(text.includes('T') && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text)
}

/** What a tick of an axis of time says: its year, month or day, or its clock, as finely as its ticks lie. */
export function momentText(time: number, ticks: readonly number[], type: ColumnType): string {
  const [day, rest] = new Date(time).toISOString().split('T')
  const apart = ticks.length > 1 ? ticks[1] - ticks[0] : 0
  const clock = rest.slice(0, ticks.some((tick) => tick % 1000) ? 12 : ticks.some((tick) => tick % 60_000) ? 8 : 5)
  if (type === 'time') return clock
  if (apart >= 360 * DAY_MS) return day.slice(0, -6)
  if (apart >= 27 * DAY_MS) return bucketName(day, 'month')
  return type === 'date' || ticks.every((tick) => tick % DAY_MS === 0) ? day : `${day} ${clock}`
}

function numberOf(value: Cell): number | null {
  if (value === null || value === '' || typeof value === 'boolean') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}
