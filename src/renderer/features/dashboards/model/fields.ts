import {
  type Dashboard,
  type PlacedField,
  ROLES,
  type Role,
  VISUAL_ROLES,
  type Visual,
  type VisualField,
  type VisualKind,
} from '../../../../engines/bi/dashboard.ts'
import type { Column, ColumnType } from '../../../../engines/kit/pure/table.ts'
import type { Grain } from './format.ts'

const NUMBERS: ReadonlySet<ColumnType> = new Set(['integer', 'bigint', 'decimal', 'double'])

export const isNumeric = (column: Pick<Column, 'type'>) => NUMBERS.has(column.type)
export const isDate = (column: Pick<Column, 'type'>) => column.type === 'date' || column.type === 'timestamp'

/** Whole numbers that name something (a year, an hour, an id) are dimensions, although they could be added up. */
const NAMES_SOMETHING = /(^|_)(id|key|code|year|quarter|month|week|day|hour|minute|zip|number|no)$/i

export function isMeasure(column: Column): boolean {
  return isNumeric(column) && !NAMES_SOMETHING.test(column.name)
}

export type Aggregate = NonNullable<VisualField['aggregate']>

export const AGGREGATES: readonly { value: Aggregate; label: string; numeric: boolean }[] = [
  { value: 'sum', label: 'Sum', numeric: true },
  { value: 'average', label: 'Average', numeric: true },
  { value: 'count', label: 'Count', numeric: false },
  { value: 'distinctCount', label: 'Distinct count', numeric: false },
  { value: 'min', label: 'Minimum', numeric: false },
  { value: 'max', label: 'Maximum', numeric: false },
  { value: 'median', label: 'Median', numeric: true },
  { value: 'stdev', label: 'Standard deviation', numeric: true },
]

/** Rates and averages do not add up. */
const AVERAGED = /(average|avg|mean|rate|ratio|share|percent|pct|score)/i

export function defaultUse(column: Column, takes: 'dimension' | 'measure'): VisualField {
  if (takes === 'dimension') return { column: column.name, ...(isDate(column) && { granularity: 'DAY' as const }) }
  if (!isNumeric(column)) return { column: column.name, aggregate: isDate(column) ? 'max' : 'distinctCount' }
  return { column: column.name, aggregate: AVERAGED.test(column.name) ? 'average' : 'sum' }
}

export const COUNT_ROWS: VisualField = { column: '*', aggregate: 'count', label: 'Rows' }

/** "late_flights" → "Late flights". */
export function wordsOf(column: string): string {
  const words = column
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[_\-.]+/g, ' ')
    .trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const PREFIX: Record<Aggregate, string> = {
  sum: '',
  average: 'Average ',
  count: 'Count of ',
  distinctCount: 'Distinct ',
  min: 'Minimum ',
  max: 'Maximum ',
  median: 'Median ',
  stdev: 'Deviation of ',
}

/** What a field is called where it is drawn. */
export function fieldLabel(use: VisualField): string {
  if (use.label) return use.label
  if (use.column === '*') return 'Rows'
  const words = wordsOf(use.column)
  if (!use.aggregate) return words
  const prefix = PREFIX[use.aggregate]
  if (prefix === '' || words.toLowerCase().startsWith(prefix.trim().toLowerCase())) return words
  return prefix + words.charAt(0).toLowerCase() + words.slice(1)
}

/** A title that says what is drawn: "Late flights by state", "Distance and delay by route". */
export function autoTitle(visual: Pick<Visual, 'kind' | 'fields'>): string {
  const fields = VISUAL_ROLES[visual.kind].flatMap(({ role }) => visual.fields[role] ?? [])
  const lower = (text: string) => (/^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text)
  const join = (uses: readonly VisualField[]) =>
    uses
      .slice(0, 3)
      .map((use, i) => (i === 0 ? fieldLabel(use) : lower(fieldLabel(use))))
      .join(' and ')
  const measures = fields.filter((use) => use.aggregate)
  const dimensions = fields.filter((use) => !use.aggregate)
  if (measures.length === 0) {
    if (dimensions.length === 0) return 'New visual'
    return visual.kind === 'histogram' ? `Distribution of ${lower(join(dimensions))}` : join(dimensions)
  }
  if (dimensions.length === 0 || visual.kind === 'kpi') return join(measures)
  return `${join(measures)} by ${lower(join(dimensions))}`
}

type Fields = Visual['fields']

/** The fields that still fit after a change of kind, in the wells of the new kind that take them. */
export function fitFields(fields: Fields, to: VisualKind): Fields {
  const wells = VISUAL_ROLES[to]
  const fitted: Partial<Record<Role, VisualField[]>> = {}
  const has = (role: Role) => fitted[role]?.length ?? 0
  const kindOf = (use: VisualField) => (use.aggregate ? 'measure' : 'dimension')
  const left: { role: Role; use: VisualField }[] = []
  for (const role of ROLES)
    for (const use of fields[role] ?? []) {
      const well = wells.find((its) => its.role === role && its.takes === kindOf(use))
      if (well && has(role) < well.max) fitted[role] = [...(fitted[role] ?? []), use]
      else left.push({ role, use })
    }
  // What must be filled is filled first, then what may.
  for (const { use } of left) {
    const open = wells.filter((its) => its.takes === kindOf(use) && has(its.role) < its.max)
    const well = open.find((its) => has(its.role) < its.min) ?? open[0]
    if (well) fitted[well.role] = [...(fitted[well.role] ?? []), use]
  }
  return fitted
}

/** Fields that make a first picture of a data set: its date or its first dimension, and its first measures. */
export function suggestFields(kind: VisualKind, columns: readonly Column[]): Fields {
  const dates = columns.filter(isDate)
  const measures = columns.filter(isMeasure)
  const dimensions = columns.filter((column) => !isMeasure(column) && !isDate(column))
  const numbers = columns.filter(isNumeric)
  const along = ['line', 'area', 'kpi', 'combo'].includes(kind)
  const pool = along ? [...dates, ...dimensions] : [...dimensions, ...dates]
  const fields: Partial<Record<Role, VisualField[]>> = {}
  let nextMeasure = 0
  let nextDimension = 0
  for (const well of VISUAL_ROLES[kind]) {
    const wanted =
      kind === 'table'
        ? well.takes === 'dimension'
          ? 2
          : 2
        : kind === 'kpi' && well.role === 'category'
          ? dates.length > 0
            ? 1
            : 0
          : well.min
    const uses: VisualField[] = []
    for (let i = 0; i < wanted; i++) {
      if (kind === 'histogram') {
        const column = measures[0] ?? numbers[0]
        if (column) uses.push({ column: column.name })
      } else if (well.takes === 'dimension') {
        const column = pool[nextDimension++]
        if (column)
          uses.push({ ...defaultUse(column, 'dimension'), ...(kind === 'kpi' && { granularity: 'MONTH' as const }) })
      } else {
        const column = measures[nextMeasure++]
        uses.push(column ? defaultUse(column, 'measure') : COUNT_ROWS)
      }
    }
    if (uses.length > 0) fields[well.role] = uses
  }
  return fields
}

/** The kind that shows a field alone best: what dropping it on an empty canvas draws. */
export function kindFor(column: Column | null): VisualKind {
  if (!column || isMeasure(column)) return 'kpi'
  return isDate(column) ? 'line' : 'bar'
}

const FINER: Partial<Record<Grain, Grain>> = {
  YEAR: 'QUARTER',
  QUARTER: 'MONTH',
  MONTH: 'DAY',
  WEEK: 'DAY',
  DAY: 'HOUR',
}

/** The next granularity when a period is opened, or none below the hour. */
export const finer = (grain: Grain): Grain | undefined => FINER[grain]

export interface DrillStep {
  readonly column: string
  readonly granularity: Grain
  /** The period that was opened, as the query gave it. */
  readonly value: string
}

/** The visual as it is drawn after opening periods by double click: finer dates, inside the period opened last. */
export function drilled(visual: Visual, steps: readonly DrillStep[]): Visual {
  const last = steps.at(-1)
  if (!last) return visual
  const next = finer(last.granularity)
  const fields = Object.fromEntries(
    Object.entries(visual.fields).map(([role, uses]) => [
      role,
      uses.map((use) => (use.column === last.column && use.granularity && next ? { ...use, granularity: next } : use)),
    ]),
  )
  return { ...visual, fields, filters: [...visual.filters, { type: 'period', ...last }] }
}

/** Every measure of a document, in its order. */
export function* measuresOf(document: Dashboard): Generator<VisualField> {
  for (const sheet of document.sheets)
    for (const visual of sheet.visuals)
      for (const { role } of VISUAL_ROLES[visual.kind])
        for (const use of visual.fields[role] ?? []) if (use.aggregate && role !== 'size') yield use
}

export type { Fields, PlacedField }
