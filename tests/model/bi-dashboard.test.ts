import { expect, test } from 'vitest'
import {
  type Control,
  controlFilter,
  Dashboard,
  markFilters,
  missingRoles,
  VISUAL_KINDS,
  VISUAL_ROLES,
  Visual,
  visualFields,
  visualQuery,
} from '../../src/engines/bi/dashboard.ts'

const bar = Visual.parse({
  id: 'delays',
  kind: 'bar',
  title: 'Delay by airport',
  dataSet: 'flights',
  fields: {
    category: [{ column: 'origin' }],
    value: [{ column: 'delay', aggregate: 'average', format: '0.0' }],
  },
  filters: [{ type: 'range', column: 'distance', from: 100 }],
  layout: { x: 0, y: 0, w: 12, h: 8 },
})

test('a dashboard needs little to stand, and defaults fill the rest', () => {
  const dashboard = Dashboard.parse({
    format: 1,
    name: 'Flights',
    sheets: [{ id: 'one', title: 'Overview', visuals: [bar] }],
  })
  expect(dashboard.refresh).toEqual({ seconds: null })
  expect(dashboard.sheets[0].controls).toEqual([])
  expect(dashboard.theme).toBe('app')
  expect(dashboard.sheets[0].visuals[0].options).toEqual({})
})

test.each([
  ['a visual that leaves the grid', { layout: { x: 20, y: 0, w: 8, h: 4 } }, /grid of 24/],
  [
    'a well that the kind does not have',
    { fields: { size: [{ column: 'a', aggregate: 'sum' }] } },
    /no field well "size"/,
  ],
  ['a measure without aggregate', { fields: { value: [{ column: 'delay' }] } }, /takes a measure/],
  ['a dimension with one', { fields: { category: [{ column: 'a', aggregate: 'sum' }] } }, /takes a dimension/],
  ['too many fields', { fields: { color: [{ column: 'a' }, { column: 'b' }] } }, /at most 1 field/],
  ['an unknown kind', { kind: 'radar' }, /Invalid/],
])('%s is refused with its place', (_, change, message) => {
  const sheet = { id: 's', title: 'S', visuals: [{ ...bar, ...change }] }
  const parsed = Dashboard.safeParse({ format: 1, name: 'x', sheets: [sheet] })
  expect(parsed.success).toBe(false)
  expect(parsed.error?.issues[0].message).toMatch(message)
  expect(parsed.error?.issues[0].path.slice(0, 4)).toEqual(['sheets', 0, 'visuals', 0])
})

test('an id used twice and another format are refused', () => {
  const sheet = { id: 's', title: 'S', visuals: [bar, bar] }
  expect(Dashboard.safeParse({ format: 1, name: 'x', sheets: [sheet] }).error?.issues[0].message).toMatch(/used twice/)
  expect(Dashboard.safeParse({ format: 2, name: 'x', sheets: [sheet] }).success).toBe(false)
})

test('the query has the fields in the order of the wells, and sorts bars by their measure', () => {
  expect(visualQuery(bar)).toEqual({
    dataSet: 'flights',
    fields: [{ column: 'origin' }, { column: 'delay', aggregate: 'average' }],
    filters: [{ type: 'range', column: 'distance', from: 100 }],
    sort: [{ field: 1, descending: true }],
    limit: 100,
    detail: false,
  })
})

test('filters act on visuals of their data set and list; a cross filter spares the visual that was clicked', () => {
  const byState = { type: 'in' as const, column: 'state', values: ['CA'], exclude: false }
  const dashboard = [
    { dataSet: 'flights', filter: byState },
    { dataSet: 'airports', filter: byState },
    { dataSet: 'flights', filter: byState, visuals: ['other'] },
  ]
  const cross = { dataSet: 'flights', filters: [{ type: 'null' as const, column: 'origin', isNull: true }] }
  expect(visualQuery(bar, dashboard).filters).toHaveLength(2)
  expect(visualQuery(bar, [], { ...cross, visual: 'other' }).filters).toHaveLength(2)
  expect(visualQuery(bar, [], { ...cross, visual: 'delays' }).filters).toHaveLength(1)
})

test('dates run along their axis in order', () => {
  const line = Visual.parse({
    ...bar,
    kind: 'line',
    fields: { x: [{ column: 'date', granularity: 'MONTH' }], value: [{ column: '*', aggregate: 'count' }] },
  })
  expect(visualQuery(line).sort).toEqual([{ field: 0, descending: false }])
})

test('a histogram asks for intervals and counts', () => {
  const histogram = Visual.parse({
    ...bar,
    kind: 'histogram',
    fields: { x: [{ column: 'delay' }] },
    options: { bins: 30 },
  })
  expect(visualQuery(histogram).fields).toEqual([
    { column: 'delay', bins: 30 },
    { column: '*', aggregate: 'count', label: 'Count' },
  ])
})

test('what a control chooses becomes a filter', () => {
  const control: Control = { id: 'c', kind: 'list', title: 'State', dataSet: 'flights', column: 'state', initial: [] }
  expect(controlFilter(control, [])).toBeUndefined()
  expect(controlFilter(control, ['CA'])?.filter).toEqual({
    type: 'in',
    column: 'state',
    values: ['CA'],
    exclude: false,
  })
  expect(controlFilter({ ...control, kind: 'dates' }, ['2001-01-01', null])?.filter).toEqual({
    type: 'range',
    column: 'state',
    from: '2001-01-01',
  })
})

test('a mark that is clicked becomes filters of its dimensions', () => {
  const fields = visualFields(
    Visual.parse({
      ...bar,
      kind: 'line',
      fields: {
        x: [{ column: 'date', granularity: 'MONTH' }],
        color: [{ column: 'state' }],
        value: [{ column: 'delay', aggregate: 'sum' }],
      },
    }),
  )
  expect(markFilters(fields, ['2001-02-01', null, 12])).toEqual([
    { type: 'period', column: 'date', granularity: 'MONTH', value: '2001-02-01' },
    { type: 'null', column: 'state', isNull: true },
  ])
})

test('every kind has wells, each with a name of its own, and says what it lacks', () => {
  for (const kind of VISUAL_KINDS) {
    const wells = VISUAL_ROLES[kind]
    expect(new Set(wells.map((its) => its.role)).size).toBe(wells.length)
    expect(missingRoles({ kind, fields: {} }).length).toBeGreaterThan(0)
  }
})
