import { expect, test } from 'vitest'
import type { SystemStatus } from '../../src/engines/system/contract.ts'
import { losesChanges } from '../../src/renderer/lib/view.tsx'
import {
  aheadMs,
  type ClockTrail,
  clockChoiceOf,
  clockOptions,
  clockStory,
  followClock,
  heldPace,
} from '../../src/renderer/shell/clockChoices.ts'
import { tabDescriptions } from '../../src/renderer/shell/tabDescriptions.ts'

const tab = (type: string, title: string, params: Record<string, string>) => ({
  id: `${type}?${JSON.stringify(params)}`,
  type,
  title,
  params,
})
const described = (...tabs: ReturnType<typeof tab>[]) => {
  const found = tabDescriptions(tabs, (type) => type.split('.')[1])
  return tabs.map(({ id }) => found.get(id))
}

test('tabs say more than their title only where another tab has the same', () => {
  const pipeline = tab('builder.pipeline', 'flights', { path: 'pipelines/flights.json' })
  const board = tab('dashboards.dashboard', 'Flights', { path: 'dashboards/flights.json' })
  expect(described(pipeline)).toEqual([undefined])
  expect(described(pipeline, board, tab('home.start', 'Home', {}))).toEqual(['pipeline', 'dashboard', undefined])
})

test('two of a kind are told apart by what differs, and from others by their kind as well', () => {
  const one = tab('catalog.table', 'rows', { database: 'raw', table: 'rows' })
  const two = tab('catalog.table', 'rows', { database: 'clean', table: 'rows' })
  expect(described(one, two)).toEqual(['raw', 'clean'])
  expect(described(one, two, tab('sql.query', 'rows', { path: 'queries/rows.sql' }))).toEqual([
    'table · raw',
    'table · clean',
    'query',
  ])
})

const at = (mode: 'real' | 'virtual', speed: number | null, aheadMs: number) => {
  const wallMs = Date.UTC(2026, 0, 1)
  return { nowMs: wallMs + aheadMs, wallMs, clock: { mode, speed, paused: false } } as SystemStatus
}
const shown = (status: SystemStatus) =>
  clockOptions(status).find(({ value }) => value === clockChoiceOf(status.clock))?.label

test('the clock says how far ahead of the wall real time is, and why', () => {
  expect(shown(at('real', 1, 300))).toBe('Real time')
  const ahead = at('real', 1, (3 * 60 + 12) * 60_000)
  expect(shown(ahead)).toBe('Real time, 3 h 12 m ahead')
  expect(clockStory(ahead)).toContain('never runs backwards')
  expect(aheadMs(at('real', 1, -5000))).toBe(0)
})

test('a speed that was set elsewhere is shown as it is', () => {
  expect(shown(at('virtual', 600, 5000))).toBe('600×')
  expect(shown(at('virtual', null, 0))).toBe('As fast as possible')
  expect(clockStory(at('virtual', 60, 65_000))).toMatch(/^Virtual time, 60×, 1 m 05 s ahead of the wall clock/)
})

test('a page asks before it is left exactly while changes would be lost with it', () => {
  expect(losesChanges({ dirty: {}, kept: {} })).toBe(false)
  expect(losesChanges({ dirty: { board: false, query: true }, kept: { query: true } })).toBe(false)
  expect(losesChanges({ dirty: { board: true, query: true }, kept: { board: false, query: true } })).toBe(true)
})

test('a clock that work holds back shows its real pace beside the set one, and why', () => {
  const status = (speed: number, second: number, pace: number) => {
    const wallMs = Date.UTC(2026, 0, 1) + second * 1000
    return { nowMs: wallMs + second * 1000 * (pace - 1), wallMs, clock: { mode: 'virtual', speed, paused: false } }
  }
  const after = (seconds: number, pace: number, before: ClockTrail | null = null) => {
    let trail = before
    let last = status(60, 0, pace) as SystemStatus
    for (let second = 0; second <= seconds; second++) {
      last = status(60, second, pace) as SystemStatus
      trail = followClock(trail, last)
    }
    return { last, trail, held: heldPace(last, trail) }
  }
  expect(after(1, 26).held).toBeNull()
  expect(after(4, 58).held).toBeNull()
  const { last, trail, held } = after(9, 26)
  expect(held).toBeCloseTo(26)
  expect(trail!.points).toHaveLength(6)
  expect(clockOptions(last, held).find(({ value }) => value === '60')!.label).toBe('60× (26× now)')
  expect(clockStory(last, held)).toContain('Time waits for work')
  const faster = status(600, 10, 26) as SystemStatus
  expect(heldPace(faster, followClock(trail, faster))).toBeNull()
})
