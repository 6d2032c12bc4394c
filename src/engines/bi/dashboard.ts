import { z } from 'zod'
import { Cell } from '../kit/pure/table.ts'
import { Aggregate, FieldUse, Filter, Granularity, type VisualQuery } from './contract.ts'

/** A dashboard document, `dashboards/<name>.json` of the workspace. It is text that people keep in version control: all that has a default may be left out. */
export const DASHBOARD_FORMAT = 1

/** The layout grid: 24 columns, rows of one height, as many as are needed. */
export const GRID_COLUMNS = 24

export const VISUAL_KINDS = [
  'kpi',
  'bar',
  'line',
  'area',
  'combo',
  'pie',
  'table',
  'pivot',
  'heatmap',
  'treemap',
  'scatter',
  'histogram',
] as const
export type VisualKind = (typeof VISUAL_KINDS)[number]

export const ROLES = ['category', 'rows', 'columns', 'x', 'color', 'y', 'value', 'line', 'size', 'target'] as const
export type Role = (typeof ROLES)[number]

export interface VisualRole {
  readonly role: Role
  /** What the field well is called. */
  readonly title: string
  /** A dimension groups, a measure is aggregated; `column` stands for one value of each row. */
  readonly takes: 'dimension' | 'measure'
  readonly min: number
  readonly max: number
}

const well = (role: Role, title: string, takes: VisualRole['takes'], min: number, max: number): VisualRole => ({
  role,
  title,
  takes,
  min,
  max,
})

/** Which fields each kind of visual takes, in the order in which their columns come back from its query. */
export const VISUAL_ROLES: Readonly<Record<VisualKind, readonly VisualRole[]>> = {
  kpi: [
    well('category', 'Trend', 'dimension', 0, 1),
    well('value', 'Value', 'measure', 1, 1),
    well('target', 'Target', 'measure', 0, 1),
  ],
  bar: [
    well('category', 'Category', 'dimension', 1, 2),
    well('color', 'Group', 'dimension', 0, 1),
    well('value', 'Value', 'measure', 1, 8),
  ],
  line: [
    well('x', 'X axis', 'dimension', 1, 1),
    well('color', 'Color', 'dimension', 0, 1),
    well('value', 'Value', 'measure', 1, 8),
  ],
  area: [
    well('x', 'X axis', 'dimension', 1, 1),
    well('color', 'Color', 'dimension', 0, 1),
    well('value', 'Value', 'measure', 1, 8),
  ],
  combo: [
    well('category', 'X axis', 'dimension', 1, 1),
    well('value', 'Bars', 'measure', 1, 4),
    well('line', 'Lines', 'measure', 1, 4),
  ],
  pie: [well('category', 'Group', 'dimension', 1, 1), well('value', 'Value', 'measure', 1, 1)],
  table: [well('category', 'Group by', 'dimension', 0, 24), well('value', 'Value', 'measure', 0, 24)],
  pivot: [
    well('rows', 'Rows', 'dimension', 1, 8),
    well('columns', 'Columns', 'dimension', 0, 4),
    well('value', 'Values', 'measure', 1, 8),
  ],
  heatmap: [
    well('rows', 'Rows', 'dimension', 1, 1),
    well('columns', 'Columns', 'dimension', 1, 1),
    well('value', 'Value', 'measure', 1, 1),
  ],
  treemap: [
    well('category', 'Group by', 'dimension', 1, 3),
    well('size', 'Size', 'measure', 1, 1),
    well('value', 'Color', 'measure', 0, 1),
  ],
  scatter: [
    well('category', 'Group', 'dimension', 1, 1),
    well('color', 'Color', 'dimension', 0, 1),
    well('x', 'X axis', 'measure', 1, 1),
    well('y', 'Y axis', 'measure', 1, 1),
    well('size', 'Size', 'measure', 0, 1),
  ],
  histogram: [well('x', 'Value', 'dimension', 1, 1)],
}

/** A field in a well, with how its values are written. */
export const VisualField = FieldUse.extend({
  /** Such as `#,##0.0`, `0.0%`, `$#,##0`; the visual chooses where it is not given. */
  format: z.string().optional(),
})
export type VisualField = z.infer<typeof VisualField>

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id has 1 to 64 letters, digits, _ or -')

/** A place on the grid; `x + w` is at most 24. */
export const Layout = z
  .object({
    x: z
      .number()
      .int()
      .min(0)
      .max(GRID_COLUMNS - 1),
    y: z.number().int().min(0),
    w: z.number().int().min(1).max(GRID_COLUMNS),
    h: z.number().int().min(1).max(200),
  })
  .refine((layout) => layout.x + layout.w <= GRID_COLUMNS, 'the visual leaves the grid of 24 columns')
export type Layout = z.infer<typeof Layout>

export const VisualSort = z.object({
  role: z.enum(ROLES),
  index: z.number().int().min(0).default(0),
  descending: z.boolean(),
})

export const Visual = z
  .object({
    id,
    kind: z.enum(VISUAL_KINDS),
    title: z.string(),
    subtitle: z.string().optional(),
    dataSet: z.string(),
    fields: z.partialRecord(z.enum(ROLES), z.array(VisualField)).default({}),
    filters: z.array(Filter).default([]),
    /** Where it is not given: dates ascending, else the first measure descending. */
    sort: z.array(VisualSort).default([]),
    limit: z.number().int().positive().max(50_000).optional(),
    /** What the kind's own form offers, such as `stacked`, `horizontal`, `bins`, `detail`. */
    options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
    layout: Layout,
  })
  .superRefine((visual, context) => {
    for (const issue of roleIssues(visual.kind, visual.fields))
      context.addIssue({ code: 'custom', path: ['fields', issue.role], message: issue.message })
  })
export type Visual = z.infer<typeof Visual>

export const TextBox = z.object({ id, text: z.string(), layout: Layout })
export type TextBox = z.infer<typeof TextBox>

/** A filter that the reader of the dashboard sets. It acts on every visual of its data set, or on those named. */
export const Control = z.object({
  id,
  kind: z.enum(['list', 'dropdown', 'text', 'range', 'dates']),
  title: z.string(),
  dataSet: z.string(),
  column: z.string(),
  visuals: z.array(id).optional(),
  /** What is chosen when the dashboard is opened: values of a list, text, or [from, to]. */
  initial: z.array(Cell).default([]),
})
export type Control = z.infer<typeof Control>

export const Sheet = z.object({
  id,
  title: z.string(),
  visuals: z.array(Visual).default([]),
  textBoxes: z.array(TextBox).default([]),
  controls: z.array(Control).default([]),
  filters: z.array(z.object({ dataSet: z.string(), filter: Filter })).default([]),
})
export type Sheet = z.infer<typeof Sheet>

export const Dashboard = z
  .object({
    format: z.literal(DASHBOARD_FORMAT),
    name: z.string().min(1),
    description: z.string().default(''),
    /** Data sets it may draw from, for the editor's list; visuals name theirs themselves. */
    dataSets: z.array(z.string()).default([]),
    theme: z.enum(['app', 'light', 'dark']).default('app'),
    sheets: z.array(Sheet).min(1),
    /** How often data sets in direct query are asked again; SPICE data sets refresh the dashboard when they are ingested. */
    refresh: z.object({ seconds: z.number().positive().nullable() }).default({ seconds: null }),
  })
  .superRefine((dashboard, context) => {
    const seen = new Set<string>()
    dashboard.sheets.forEach((sheet, s) => {
      const parts = { visuals: sheet.visuals, textBoxes: sheet.textBoxes, controls: sheet.controls }
      for (const [part, items] of Object.entries(parts))
        items.forEach((item, i) => {
          if (seen.has(item.id))
            context.addIssue({
              code: 'custom',
              path: ['sheets', s, part, i, 'id'],
              message: `the id ${item.id} is used twice`,
            })
          seen.add(item.id)
        })
    })
  })
export type Dashboard = z.infer<typeof Dashboard>

type Fields = Partial<Record<Role, VisualField[]>>

/** What keeps a visual from being drawn: a well that needs a field, holds too many, or holds the wrong sort. Wells still empty are not errors of the document. */
export function roleIssues(kind: VisualKind, fields: Fields): { role: Role; message: string }[] {
  const issues: { role: Role; message: string }[] = []
  const wells = VISUAL_ROLES[kind]
  for (const role of ROLES) {
    const used = fields[role] ?? []
    const its = wells.find((candidate) => candidate.role === role)
    if (!its) {
      if (used.length > 0) issues.push({ role, message: `a ${kind} visual has no field well "${role}"` })
    } else if (used.length > its.max) {
      issues.push({ role, message: `${its.title} takes at most ${its.max} ${its.max === 1 ? 'field' : 'fields'}` })
    } else {
      const wrong = used.find((field) => (its.takes === 'measure') !== (field.aggregate !== undefined))
      if (wrong)
        issues.push({
          role,
          message:
            its.takes === 'measure'
              ? `${its.title} takes a measure: give ${wrong.column} an aggregate`
              : `${its.title} takes a dimension: ${wrong.column} has an aggregate`,
        })
    }
  }
  return issues
}

/** Wells that must still get a field before the visual can ask its query. */
export function missingRoles(visual: Pick<Visual, 'kind' | 'fields'>): VisualRole[] {
  const wells = VISUAL_ROLES[visual.kind].filter((its) => (visual.fields[its.role]?.length ?? 0) < its.min)
  const bare = visual.kind === 'table' && Object.values(visual.fields).every((fields) => fields.length === 0)
  return bare ? [VISUAL_ROLES.table[0]] : wells
}

export interface PlacedField {
  readonly role: Role
  /** Its place within the role. */
  readonly index: number
  readonly use: VisualField
}

/** The fields of a visual in the order of its query's columns: column c of the answer belongs to `visualFields(visual)[c]`. */
export function visualFields(visual: Pick<Visual, 'kind' | 'fields' | 'options'>): PlacedField[] {
  const placed = VISUAL_ROLES[visual.kind].flatMap(({ role }) =>
    (visual.fields[role] ?? []).map((use, index): PlacedField => ({ role, index, use })),
  )
  if (visual.kind !== 'histogram') return placed
  const bins = typeof visual.options.bins === 'number' ? visual.options.bins : 20
  return [
    ...placed.map((field) => ({ ...field, use: { ...field.use, bins } })),
    { role: 'value', index: 0, use: { column: '*', aggregate: 'count', label: 'Count' } },
  ]
}

const LIMITS: Record<VisualKind, number> = {
  kpi: 2500,
  bar: 100,
  line: 2500,
  area: 2500,
  combo: 200,
  pie: 20,
  table: 1000,
  pivot: 5000,
  heatmap: 2500,
  treemap: 200,
  scatter: 2500,
  histogram: 500,
}

export interface SheetFilter {
  readonly dataSet: string
  readonly filter: Filter
  /** Only these visuals; all of the data set where it is left out. */
  readonly visuals?: readonly string[]
}

/** What a reader chose by clicking in one visual: it filters the others, never the visual itself. */
export interface CrossFilter {
  readonly visual: string
  readonly dataSet: string
  readonly filters: readonly Filter[]
}

/** The query that draws a visual under the dashboard's filters. Filters of another data set do not act on it. */
export function visualQuery(
  visual: Visual,
  dashboardFilters: readonly SheetFilter[] = [],
  crossFilter?: CrossFilter,
): VisualQuery {
  const fields = visualFields(visual)
  const filters = [
    ...visual.filters,
    ...dashboardFilters
      .filter((its) => its.dataSet === visual.dataSet && (its.visuals?.includes(visual.id) ?? true))
      .map((its) => its.filter),
    ...(crossFilter && crossFilter.dataSet === visual.dataSet && crossFilter.visual !== visual.id
      ? crossFilter.filters
      : []),
  ]
  return {
    dataSet: visual.dataSet,
    fields: fields.map(({ use: { format: _, ...use } }) => use),
    filters,
    sort: visual.sort.length > 0 ? chosenSort(visual, fields) : defaultSort(visual, fields),
    limit: visual.limit ?? LIMITS[visual.kind],
    detail: visual.kind === 'table' && visual.options.detail === true,
  }
}

function chosenSort(visual: Visual, fields: readonly PlacedField[]): VisualQuery['sort'] {
  return visual.sort.flatMap(({ role, index, descending }) => {
    const field = fields.findIndex((placed) => placed.role === role && placed.index === index)
    return field < 0 ? [] : [{ field, descending }]
  })
}

function defaultSort(visual: Visual, fields: readonly PlacedField[]): VisualQuery['sort'] {
  const dimensions = fields.flatMap(({ use }, field) => (use.aggregate ? [] : [{ field, use }]))
  const measure = fields.findIndex(({ use }) => use.aggregate !== undefined)
  const alongAnAxis =
    ['kpi', 'line', 'area', 'combo', 'histogram', 'heatmap', 'pivot'].includes(visual.kind) ||
    dimensions.some(({ use }, i) => i === 0 && use.granularity !== undefined)
  if (visual.options.detail === true && visual.kind === 'table') return []
  if (alongAnAxis || measure < 0) return dimensions.map(({ field }) => ({ field, descending: false }))
  return [{ field: measure, descending: true }]
}

/** The filter that a control's choice makes, or none where nothing is chosen. */
export function controlFilter(control: Control, chosen: readonly Cell[]): SheetFilter | undefined {
  const { dataSet, column, visuals } = control
  const of = (filter: Filter): SheetFilter => ({ dataSet, filter, ...(visuals && { visuals }) })
  switch (control.kind) {
    case 'list':
    case 'dropdown':
      return chosen.length > 0 ? of({ type: 'in', column, values: [...chosen], exclude: false }) : undefined
    case 'text': {
      const text = String(chosen[0] ?? '')
      return text ? of({ type: 'contains', column, text }) : undefined
    }
    case 'range':
    case 'dates': {
      const [from = null, to = null] = chosen
      if (from === null && to === null) return undefined
      return of({ type: 'range', column, ...(from !== null && { from }), ...(to !== null && { to }) })
    }
  }
}

/** The cross filter of a mark that was clicked: its dimensions' values, as the query gave them. */
export function markFilters(fields: readonly PlacedField[], values: readonly Cell[], binWidth?: number): Filter[] {
  return fields.flatMap(({ use }, i): Filter[] => {
    const value = values[i] ?? null
    if (use.aggregate) return []
    const { column } = use
    if (value === null) return [{ type: 'null', column, isNull: true }]
    if (use.granularity) return [{ type: 'period', column, granularity: use.granularity, value: String(value) }]
    if (use.bins && binWidth !== undefined)
      return [{ type: 'range', column, from: Number(value), to: Number(value) + binWidth, excludeTo: true }]
    return [{ type: 'in', column, values: [value], exclude: false }]
  })
}

export { Aggregate, Granularity }
