import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { generator } from '../../src/engines/pipeline/nodes/generator.ts'
import { zipf } from '../../src/engines/pipeline/nodes/kit/draw.ts'
import { Schedule } from '../../src/engines/pipeline/nodes/kit/schedule.ts'
import { TEMPLATES } from '../../src/engines/pipeline/nodes/kit/templates.ts'

type Fields = Record<string, string | number>

/** Records of one template, one every so many milliseconds. */
function generated(name: keyof typeof TEMPLATES, count: number, stepMs: number, keys = 20, seed = 'a'): Fields[] {
  const make = TEMPLATES[name](seededRandom(`${seed}/fields`), zipf(seededRandom(`${seed}/keys`), keys, 0))
  return Array.from({ length: count }, (_, i) => JSON.parse(make(Date.UTC(2026, 0, 1) + i * stepMs, i).text))
}

function groups(rows: readonly Fields[], field: string): Fields[][] {
  const found = new Map<unknown, Fields[]>()
  for (const row of rows) found.set(row[field], [...(found.get(row[field]) ?? []), row])
  return [...found.values()]
}

test('a session keeps its visitor, device and referrer, counts its pages and follows links; half an hour ends it', () => {
  const sessions = groups(generated('clickstream', 4000, 500), 'session_id')
  expect(sessions.length).toBeGreaterThan(200)
  for (const session of sessions) {
    for (const field of ['user_id', 'device', 'referrer', 'country'])
      expect(new Set(session.map((row) => row[field])).size).toBe(1)
    expect(session.map((row) => row.session_page)).toEqual(session.map((_, i) => i + 1))
    // Nobody checks out without a cart before.
    for (let i = 0; i < session.length; i++)
      if (session[i].page === '/checkout') expect(session[i - 1]?.page).toBe('/cart')
  }
  expect(sessions.flat().some(({ action }) => action === 'purchase')).toBe(true)
  // An hour between two views of everybody: each view is a session of its own.
  expect(groups(generated('clickstream', 200, 3_600_000, 1), 'session_id')).toHaveLength(200)
})

test('sensors drift, fall silent with a gap in their sequence, and read far off for a while', () => {
  const rows = generated('iot', 60_000, 100)
  let gaps = 0
  let drifted = 0
  for (const device of groups(rows, 'device_id')) {
    for (let i = 1; i < device.length; i++) {
      const missed = Number(device[i].sequence) - Number(device[i - 1].sequence) - 1
      expect(missed).toBeGreaterThanOrEqual(0)
      const silentMs = Date.parse(String(device[i].event_time)) - Date.parse(String(device[i - 1].event_time))
      if (missed > 0) gaps++
      // What is missed is what a silence swallowed.
      if (missed > 20) expect(silentMs).toBeGreaterThan(25_000)
    }
    const mean = (from: number) =>
      device.slice(from, from + 300).reduce((sum, row) => sum + Number(row.temperature), 0) / 300
    if (Math.abs(mean(0) - mean(device.length - 300)) > 0.5) drifted++
  }
  expect(gaps).toBeGreaterThan(5)
  expect(drifted).toBeGreaterThan(5)
  const faults = rows.filter(({ status }) => status === 'fault')
  expect(faults.length).toBeGreaterThan(20)
  expect(Math.min(...faults.map(({ temperature }) => Number(temperature)))).toBeGreaterThan(60)
})

test('a log has all levels, and stack traces where something failed, in bursts of a service', () => {
  const rows = generated('applog', 40_000, 50)
  expect(new Set(rows.map(({ level }) => level))).toEqual(new Set(['DEBUG', 'INFO', 'WARN', 'ERROR']))
  for (const row of rows) {
    expect(row.level === 'ERROR').toBe(Number(row.status) >= 500)
    expect('stack' in row).toBe(row.level === 'ERROR')
    if (row.stack) expect(String(row.stack)).toMatch(/^\w+: .*\n\tat .*\n\tat /)
  }
  const shares = groups(rows, 'service').flatMap((service) =>
    Array.from(
      { length: Math.floor(service.length / 50) },
      (_, i) => service.slice(i * 50, i * 50 + 50).filter(({ level }) => level === 'ERROR').length,
    ),
  )
  // Some stretches of a service are in trouble, most are not.
  expect(Math.max(...shares)).toBeGreaterThan(10)
  expect(shares.filter((errors) => errors <= 2).length).toBeGreaterThan(shares.length / 2)
})

test('equal seeds give equal records, other seeds others', () => {
  for (const name of ['clickstream', 'iot', 'applog'] as const) {
    expect(generated(name, 500, 37)).toEqual(generated(name, 500, 37))
    expect(generated(name, 500, 37, 20, 'b')).not.toEqual(generated(name, 500, 37))
  }
})

test('a schedule lets as many go by a time as are due by it, whatever its bursts', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 100_000, noNaN: true }),
      fc.double({ min: 1, max: 50, noNaN: true }),
      fc.integer({ min: 100, max: 600_000 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (rate, factor, everyMs, share, count) => {
        const schedule = new Schedule(rate, { factor, everyMs, lengthMs: everyMs * share })
        const atMs = schedule.timeOf(count)
        expect(schedule.dueBy(atMs) / count).toBeCloseTo(1, 6)
        expect(schedule.timeOf(count + 1)).toBeGreaterThan(atMs)
      },
    ),
  )
  const bursts = new Schedule(100, { factor: 10, everyMs: 10_000, lengthMs: 2000 })
  expect(bursts.dueBy(8000)).toBeCloseTo(800)
  expect(bursts.dueBy(10_000)).toBeCloseTo(800 + 2000)
  expect(new Schedule(100, { factor: 1, everyMs: 1000, lengthMs: 5000 }).dueBy(2500)).toBeCloseTo(250)
})

test('settings that cannot be meant are refused at their field', () => {
  const problems = (config: object) =>
    generator.behaviour.check!(generator.config.parse(config), { before: [], after: [] }).map(({ field }) => field)
  expect(problems({})).toEqual([])
  expect(problems({ startAt: 'yesterday' })).toEqual(['startAt'])
  expect(problems({ burstFactor: 2, burstEvery: 5, burstLength: 6 })).toEqual(['burstLength'])
})
