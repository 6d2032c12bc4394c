import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dashboard, roleIssues, VISUAL_KINDS, type Visual, visualFields } from '../../src/engines/bi/dashboard.ts'
import type { Column } from '../../src/engines/kit/pure/table.ts'
import { ColorBook } from '../../src/renderer/features/dashboards/model/colors.ts'
import * as edit from '../../src/renderer/features/dashboards/model/edit.ts'
import {
  autoTitle,
  drilled,
  fitFields,
  isMeasure,
  suggestFields,
} from '../../src/renderer/features/dashboards/model/fields.ts'
import { formatDimension, formatPattern, formatPeriod } from '../../src/renderer/features/dashboards/model/format.ts'
import { arrange } from '../../src/renderer/features/dashboards/model/layout.ts'
import { pivotOf } from '../../src/renderer/features/dashboards/model/pivot.ts'
import { seriesTable } from '../../src/renderer/features/dashboards/model/series.ts'
import { dashboardText, emptyDashboard, parseDashboard } from '../../src/renderer/features/dashboards/model/text.ts'
import { squarify } from '../../src/renderer/features/dashboards/model/treemap.ts'
import { dragText, placeField, readDrag } from '../../src/renderer/features/dashboards/model/wells.ts'
import { record, redo, startHistory, UNDO_STEPS, undo } from '../../src/renderer/lib/history.ts'
import { axisText, niceTicks, timeTicks } from '../../src/renderer/lib/ticks.ts'

const SAMPLE = new URL('../../resources/samples/flights/dashboards/flights.json', import.meta.url)
const sample = () => parseDashboard(readFileSync(SAMPLE, 'utf8'), 'dashboards/flights.json')

const columns: Column[] = [
  { name: 'day', type: 'date', declared: 'date' },
  { name: 'state', type: 'string', declared: 'varchar' },
  { name: 'hour', type: 'integer', declared: 'integer' },
  { name: 'flights', type: 'bigint', declared: 'bigint' },
  { name: 'average_delay', type: 'double', declared: 'double' },
]

const visual = (parts: Partial<Visual>): Visual => ({
  id: 'v',
  kind: 'bar',
  title: '',
  dataSet: 'delays',
  fields: {},
  filters: [],
  sort: [],
  options: {},
  layout: { x: 0, y: 0, w: 8, h: 8 },
  ...parts,
})

describe('dashboard files', () => {
  it('writes what it reads', () => {
    const document = sample()
    expect(parseDashboard(dashboardText(document), 'x.json')).toEqual(document)
  })

  it('names the line and column of what is damaged', () => {
    const text = dashboardText(sample()).replace('"kind": "combo"', '"kind": "carpet"')
    const line = text.slice(0, text.indexOf('"carpet"')).split('\n').length
    expect(() => parseDashboard(text, 'dashboards/x.json')).toThrow(`dashboards/x.json, line ${line}`)
    expect(() => parseDashboard('{ "format": 1,, }', 'dashboards/x.json')).toThrow('line 1')
    expect(() => parseDashboard('{ "format": 99 }', 'dashboards/x.json')).toThrow('newer Millrace')
  })
})

describe('editing a dashboard', () => {
  const overlaps = (document: Dashboard) => {
    const items = edit.itemsOf(document.sheets[0]).map(({ layout }) => layout)
    return items.some((a, i) =>
      items.some((b, j) => i < j && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
    )
  }

  it('stays a dashboard without overlaps whatever is moved, resized, copied and deleted', () => {
    const ids = sample().sheets[0].visuals.map(({ id }) => id)
    const step = fc.record({
      id: fc.constantFrom(...ids),
      what: fc.constantFrom('move', 'size', 'duplicate', 'delete'),
      x: fc.integer({ min: -6, max: 6 }),
      y: fc.integer({ min: -6, max: 6 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let document = sample()
        for (const { id, what, x, y } of steps) {
          if (what === 'move') document = edit.nudge(document, 'overview', id, { x, y })
          else if (what === 'size') document = edit.nudge(document, 'overview', id, { w: x, h: y })
          else if (what === 'delete') document = edit.removeItem(document, id)
          else document = edit.duplicateItem(document, 'overview', id)?.document ?? document
        }
        expect(Dashboard.safeParse(document).error).toBeUndefined()
        expect(overlaps(document)).toBe(false)
      }),
      { numRuns: 40 },
    )
  })

  it('moves a visual past its neighbour with one key', () => {
    const before = sample()
    const at = (document: Dashboard, id: string) =>
      edit.itemsOf(document.sheets[0]).find((item) => item.id === id)?.layout ?? { x: -1, y: -1 }
    const down = edit.nudge(before, 'overview', 'flights-kpi', { y: 1 })
    expect(at(down, 'flights-kpi').y).toBeGreaterThan(at(down, 'daily').y)
    const up = edit.nudge(down, 'overview', 'flights-kpi', { y: -1 })
    expect(at(up, 'flights-kpi').y).toBe(0)
  })

  it('pastes what was copied under a new id and ignores other text', () => {
    const document = sample()
    const text = edit.copyItem(document, 'daily')
    const pasted = edit.pasteItem(document, 'overview', text ?? '')
    expect(pasted?.id).not.toBe('daily')
    expect(pasted && edit.isValid(pasted.document)).toBe(true)
    expect(edit.pasteItem(document, 'overview', 'select 1')).toBeNull()
  })

  it('duplicates a sheet with ids of its own and never deletes the last', () => {
    const made = edit.duplicateSheet(sample(), 'overview')
    expect(made && edit.isValid(made.document)).toBe(true)
    expect(made?.document.sheets).toHaveLength(2)
    const single = emptyDashboard('x')
    expect(edit.removeSheet(single, single.sheets[0].id)).toBe(single)
  })

  it('undoes hundreds of steps, a drag as one, and redoes them', () => {
    let history = startHistory(0)
    for (let i = 1; i <= UNDO_STEPS + 50; i++) history = record(history, i, 'step')
    for (let i = 0; i < UNDO_STEPS + 100; i++) history = undo(history)
    expect(history.present).toBe(50)
    history = redo(history)
    expect(history.present).toBe(51)
    let drag = startHistory(0)
    for (let i = 1; i < 9; i++) drag = record(drag, i, 'Move', 'drag')
    expect(undo(drag).present).toBe(0)
  })

  it('puts a dragged visual where it was dropped and lets the others make way', () => {
    const items = [
      { id: 'a', layout: { x: 0, y: 0, w: 12, h: 4 } },
      { id: 'b', layout: { x: 0, y: 0, w: 12, h: 4 } },
      { id: 'c', layout: { x: 12, y: 9, w: 12, h: 4 } },
    ]
    const placed = arrange(items, 'b')
    expect(placed.get('b')?.y).toBe(0)
    expect(placed.get('a')?.y).toBe(4)
    expect(placed.get('c')?.y).toBe(0)
  })
})

describe('fields of visuals', () => {
  it('fills every kind with fields that it takes', () => {
    for (const kind of VISUAL_KINDS) {
      const fields = suggestFields(kind, columns)
      expect(roleIssues(kind, fields), kind).toEqual([])
      expect(visualFields({ kind, fields, options: {} }).length, kind).toBeGreaterThan(0)
    }
  })

  it('keeps the fields that fit when the kind changes', () => {
    for (const from of VISUAL_KINDS)
      for (const to of VISUAL_KINDS) expect(roleIssues(to, fitFields(suggestFields(from, columns), to))).toEqual([])
    const bars = suggestFields('bar', columns)
    expect(fitFields(bars, 'pie')).toEqual(bars)
    expect(fitFields(bars, 'line').x).toEqual(bars.category)
  })

  it('takes numbers that name something for dimensions', () => {
    expect(columns.filter(isMeasure).map(({ name }) => name)).toEqual(['flights', 'average_delay'])
  })

  it('drops a field into the well that takes it', () => {
    const empty = visual({})
    const one = placeField(empty, columns[3])
    expect(one.fields.value).toEqual([{ column: 'flights', aggregate: 'sum' }])
    const two = placeField(one, columns[1])
    expect(two.fields.category).toEqual([{ column: 'state' }])
    expect(two.title).toBe('Flights by state')
    expect(placeField({ ...two, title: 'Mine' }, columns[4]).title).toBe('Mine')
    expect(placeField(two, columns[4]).fields.value?.[1]).toEqual({ column: 'average_delay', aggregate: 'average' })
    expect(readDrag(dragText({ dataSet: 'd', column: 'c' }))).toEqual({ dataSet: 'd', column: 'c' })
    expect(readDrag('hello')).toBeNull()
  })

  it('opens a period into the next finer granularity', () => {
    const months = visual({ kind: 'line', fields: { x: [{ column: 'day', granularity: 'MONTH' }] } })
    const open = drilled(months, [{ column: 'day', granularity: 'MONTH', value: '2001-03-01' }])
    expect(open.fields.x?.[0].granularity).toBe('DAY')
    expect(open.filters).toEqual([{ type: 'period', column: 'day', granularity: 'MONTH', value: '2001-03-01' }])
  })

  it('titles a visual by what it draws', () => {
    expect(autoTitle({ kind: 'histogram', fields: { x: [{ column: 'average_delay' }] } })).toBe(
      'Distribution of average delay',
    )
  })
})

describe('what is drawn', () => {
  const fields = visualFields(
    visual({
      fields: {
        category: [{ column: 'state' }],
        color: [{ column: 'hour' }],
        value: [{ column: 'flights', aggregate: 'sum' }],
      },
    }),
  )
  // States, hours and sums as text, as the engine sends them.
  const values = [
    ['CA', 'CA', 'TX'],
    [8, 9, 8],
    ['9007199254740993', '2', '3'],
  ]

  it('splits series by a dimension and reads sums that came as text', () => {
    const table = seriesTable(fields, values, { category: ['category'], measures: ['value'] }, new ColorBook())
    expect(table.series.map(({ label }) => label)).toEqual(['8', '9'])
    expect(table.points.map(({ label, values: its }) => [label, ...its])).toEqual([
      ['CA', 9007199254740992, 2],
      ['TX', 3, null],
    ])
  })

  it('keeps the colour of a series when others are filtered away', () => {
    const colors = new ColorBook()
    colors.enroll(['flights', 'late_flights'])
    const roles = { category: ['category'], measures: ['value'] } as const
    const all = seriesTable(fields, values, roles, colors)
    const one = seriesTable(fields, [['CA'], [9], ['2']], roles, colors)
    expect(one.series[0].color).toBe(all.series[1].color)
    expect(colors.measure('late_flights')).toBe('var(--cat-2)')
  })

  it('lays rows and columns out and adds up only what adds up', () => {
    const pivot = pivotOf(
      visualFields(
        visual({
          kind: 'pivot',
          fields: {
            rows: [{ column: 'state' }],
            columns: [{ column: 'hour' }],
            value: [
              { column: 'flights', aggregate: 'sum' },
              { column: 'average_delay', aggregate: 'average' },
            ],
          },
        }),
      ),
      [
        ['TX', 'CA', 'CA'],
        [9, 10, 9],
        ['1', '2', '3'],
        [5, 6, 7],
      ],
    )
    expect(pivot.columns.map(({ values: its }) => its)).toEqual([[9], [10]])
    expect(pivot.cells[0]).toEqual([
      [1, 5],
      [null, null],
    ])
    expect(pivot.rowTotals).toEqual([
      [1, null],
      [5, null],
    ])
  })

  it('gives tiles the areas of their weights inside the frame', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 }), (weights) => {
        const sorted = weights.sort((a, b) => b - a)
        const boxes = squarify(sorted, { x: 0, y: 0, w: 300, h: 200 })
        const total = sorted.reduce((sum, weight) => sum + weight, 0)
        boxes.forEach(({ x, y, w, h }, i) => {
          expect(w * h).toBeCloseTo((sorted[i] / total) * 60_000, 3)
          expect(x + w).toBeLessThanOrEqual(300.001)
          expect(y + h).toBeLessThanOrEqual(200.001)
        })
      }),
      { numRuns: 50 },
    )
  })
})

describe('how values read', () => {
  it('follows number patterns', () => {
    expect(formatPattern(1234.5, '#,##0')).toBe((1235).toLocaleString())
    expect(formatPattern(0.4567, '0.0%')).toBe('45.7%')
    expect(formatPattern(-12, '$#,##0.00')).toBe('−$12.00')
    expect(formatPattern(3, '0 "mi"')).toBe('3 mi')
  })

  it('writes periods by their granularity, in UTC', () => {
    expect(formatPeriod('2001-03-01', 'MONTH')).toBe('Mar 2001')
    expect(formatPeriod('2001-04-01 00:00:00', 'QUARTER')).toBe('Q2 2001')
    expect(formatPeriod('2001-04-01T09:00:00Z', 'HOUR')).toBe('2001-04-01 09:00')
    expect(formatDimension('2001-04-01T00:00:00')).toBe('2001-04-01')
    expect(formatDimension(null)).toBe('(null)')
  })

  it('chooses round ticks that cover what is drawn', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const ticks = niceTicks(low, low + span, 5)
          const tolerance = span * 1e-6
          expect(ticks[0]).toBeLessThanOrEqual(low + tolerance)
          expect(ticks[ticks.length - 1]).toBeGreaterThanOrEqual(low + span - tolerance)
          expect(ticks.length).toBeLessThan(12)
        },
      ),
    )
  })

  it('sets the ticks of half a year at the beginnings of months', () => {
    const ticks = timeTicks(Date.UTC(2001, 0, 1), Date.UTC(2001, 5, 30), 7)
    expect(ticks.map((time) => new Date(time).getUTCDate())).toEqual([1, 1, 1, 1, 1, 1])
    expect(timeTicks(Date.UTC(2001, 0, 1), Date.UTC(2001, 0, 1, 0, 0, 4), 4)).toHaveLength(5)
    const weeks = timeTicks(Date.UTC(2001, 0, 3), Date.UTC(2001, 1, 14), 6)
    expect(weeks.map((time) => new Date(time).getUTCDay())).toEqual([1, 1, 1, 1, 1, 1])
    expect(timeTicks(Date.UTC(2001, 0, 1), Date.UTC(2901, 0, 1), 9).length).toBeGreaterThan(4)
  })

  it('labels an axis in one unit, each label another', () => {
    const labels = (...ticks: number[]) => ticks.map(axisText(ticks))
    expect(labels(0, 250, 1000)).toEqual(['0', '250', '1,000'])
    expect(labels(0, 25_000, 50_000)).toEqual(['0', '25 k', '50 k'])
    expect(labels(0, 5e18, 1e19)).toEqual(['0', '5 E', '10 E'])
    expect(labels(0, 5e24, 1e25)).toEqual(['0', '5e24', '1e25'])
    expect(labels(0, 0.000025, 0.00005)).toEqual(['0', '0.000025', '0.00005'])
  })
})
