import type { PlacedField, Role } from '../../../../engines/bi/dashboard.ts'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import { type ColorBook, measureKey } from './colors.ts'
import { fieldLabel } from './fields.ts'
import { formatDimension, periodTicks, toNumber, toTime } from './format.ts'
import type { LastPeriod } from './period.ts'

/** Series beyond these are not drawn: nobody tells twenty colours apart. */
export const SERIES_MAX = 20

export interface Series {
  readonly key: string
  readonly label: string
  readonly color: string
  readonly field: PlacedField
  /** The value of the colour dimension, where one makes the series. */
  readonly split?: { readonly field: PlacedField; readonly value: Cell }
}

export interface Point {
  readonly key: string
  readonly label: string
  /** The category's own values, one for each of its dimensions. */
  readonly category: readonly Cell[]
  /** One value for each series. */
  readonly values: (number | null)[]
}

export interface SeriesTable {
  readonly categories: readonly PlacedField[]
  readonly series: readonly Series[]
  readonly points: readonly Point[]
  /** Series that were left out. */
  readonly hidden: number
}

type Values = readonly (readonly Cell[])[]

const indexesOf = (fields: readonly PlacedField[], roles: readonly Role[]) =>
  fields.flatMap((field, index) => (roles.includes(field.role) ? [index] : []))

/** An answer as points along the categories, with a value of each series at each: the form that bars, lines and areas share. */
export function seriesTable(
  fields: readonly PlacedField[],
  values: Values,
  roles: { category: readonly Role[]; measures: readonly Role[] },
  colors: ColorBook,
): SeriesTable {
  const rowCount = values[0]?.length ?? 0
  const categoryAt = indexesOf(fields, roles.category)
  const measureAt = indexesOf(fields, roles.measures)
  const splitAt = fields.findIndex((field) => field.role === 'color')
  const points = new Map<string, Point>()
  const series = new Map<string, Series & { total: number }>()
  if (splitAt >= 0)
    colors.enrollValues(
      fields[splitAt].use.column,
      values[splitAt].map((cell) => formatDimension(cell, fields[splitAt].use)),
    )
  const cells: { point: Point; series: string; value: number | null }[] = []
  for (let row = 0; row < rowCount; row++) {
    const category = categoryAt.map((at) => values[at][row])
    const key = JSON.stringify(category)
    let point = points.get(key)
    if (!point) {
      const label = categoryAt.map((at) => formatDimension(values[at][row], fields[at].use)).join(' · ')
      point = { key, label, category, values: [] }
      points.set(key, point)
    }
    for (const at of measureAt) {
      const value = toNumber(values[at][row])
      const made = seriesOf(fields, at, splitAt, splitAt < 0 ? null : values[splitAt][row], measureAt.length, colors)
      const known = series.get(made.key) ?? { ...made, total: 0 }
      known.total += Math.abs(value ?? 0)
      series.set(made.key, known)
      cells.push({ point, series: made.key, value })
    }
  }
  // Series stand in the order of their names, so that a refresh never shuffles them; only the largest are kept when there are too many.
  let kept = [...series.values()]
  if (kept.length > SERIES_MAX) kept = kept.sort((a, b) => b.total - a.total).slice(0, SERIES_MAX)
  if (splitAt >= 0) kept = kept.sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }))
  const place = new Map(kept.map((its, index) => [its.key, index]))
  for (const point of points.values()) point.values.push(...kept.map(() => null))
  for (const cell of cells) {
    const at = place.get(cell.series)
    if (at !== undefined) cell.point.values[at] = cell.value
  }
  return {
    categories: categoryAt.map((at) => fields[at]),
    series: kept.map(({ total: _, ...its }) => its),
    points: [...points.values()],
    hidden: series.size - kept.length,
  }
}

function seriesOf(
  fields: readonly PlacedField[],
  at: number,
  splitAt: number,
  split: Cell,
  measures: number,
  colors: ColorBook,
): Series {
  const field = fields[at]
  if (splitAt < 0)
    return { key: `${at}`, label: fieldLabel(field.use), color: colors.measure(measureKey(field.use)), field }
  const by = fields[splitAt]
  const value = formatDimension(split, by.use)
  return {
    key: `${at}:${value}`,
    label: measures > 1 ? `${value} · ${fieldLabel(field.use)}` : value,
    color: colors.value(by.use.column, value),
    field,
    split: { field: by, value: split },
  }
}

/** What stands along the axis for each point: the label, or of periods in a row only what is new. */
export function tickTexts({ categories, points }: Pick<SeriesTable, 'categories' | 'points'>): string[] {
  const grain = categories.length === 1 ? categories[0].use.granularity : undefined
  if (!grain) return points.map(({ label }) => label)
  return periodTicks(
    points.map(({ category }) => category[0]),
    grain,
  )
}

/** The point of a period that is not whole, or -1. */
export function openPoint(table: Pick<SeriesTable, 'categories' | 'points'>, last: LastPeriod | null): number {
  if (!last || last.whole) return -1
  const at = table.categories.findIndex(({ use }) => use.granularity === last.grain)
  return at < 0 ? -1 : table.points.findIndex(({ category }) => toTime(category[at]) === last.from)
}

/** Lowest and highest value drawn; stacked series add up at each point. */
export function extent(points: readonly Point[], shown: readonly number[], stacked: boolean): [number, number] {
  let low = 0
  let high = 0
  let first = true
  const take = (value: number) => {
    low = first ? value : Math.min(low, value)
    high = first ? value : Math.max(high, value)
    first = false
  }
  for (const { values } of points) {
    if (stacked) {
      const present = shown.map((at) => values[at] ?? 0)
      take(present.reduce((sum, value) => sum + Math.max(0, value), 0))
      take(present.reduce((sum, value) => sum + Math.min(0, value), 0))
    } else for (const at of shown) if (values[at] !== null) take(values[at])
  }
  return [low, high]
}
