import { describe, expect, it } from 'vitest'
import { ruleTimetable, scheduleTimetable } from '../../src/engines/events/time/expression.ts'
import { ScheduleTimer } from '../../src/engines/events/time/timer.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'

const ms = (text: string) => Date.parse(text)
const text = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString().slice(0, 16))

describe('a schedule of EventBridge Scheduler', () => {
  const times = (expression: string, zone: string, after: string, count: number) => {
    const timetable = scheduleTimetable(expression, { zone, anchorMs: ms(after) })
    const found: (string | undefined)[] = []
    for (let at = timetable.next(ms(after)); found.length < count; at = at && timetable.next(at)) found.push(text(at))
    return found
  }

  it.each<[string, string, string, string[]]>([
    ['cron(0 18 ? * MON-FRI *)', 'UTC', '2024-03-01T17:59:00Z', ['2024-03-01T18:00', '2024-03-04T18:00']],
    ['cron(0/15 9-10 1 JAN ? *)', 'UTC', '2024-01-01T10:30:00Z', ['2024-01-01T10:45', '2025-01-01T09:00']],
    ['cron(0 0 L * ? *)', 'UTC', '2024-02-01T00:00:00Z', ['2024-02-29T00:00', '2024-03-31T00:00']],
    ['cron(0 0 LW * ? *)', 'UTC', '2024-03-01T00:00:00Z', ['2024-03-29T00:00', '2024-04-30T00:00']],
    ['cron(0 0 15W * ? *)', 'UTC', '2024-06-01T00:00:00Z', ['2024-06-14T00:00', '2024-07-15T00:00']],
    ['cron(0 0 1W * ? *)', 'UTC', '2024-06-01T00:00:00Z', ['2024-06-03T00:00', '2024-07-01T00:00']],
    ['cron(30 6 ? * 2#1 *)', 'UTC', '2024-05-01T00:00:00Z', ['2024-05-06T06:30', '2024-06-03T06:30']],
    ['cron(30 6 ? * FRI#5 *)', 'UTC', '2024-05-01T00:00:00Z', ['2024-05-31T06:30', '2024-08-30T06:30']],
    ['cron(0 12 ? * 6L *)', 'UTC', '2024-01-01T00:00:00Z', ['2024-01-26T12:00', '2024-02-23T12:00']],
    ['cron(0 12 ? * L *)', 'UTC', '2024-01-01T00:00:00Z', ['2024-01-06T12:00', '2024-01-13T12:00']],
    ['cron(0 0 29 2 ? *)', 'UTC', '2096-03-01T00:00:00Z', ['2104-02-29T00:00']],
    ['cron(0 8 * * ? *)', 'Asia/Kathmandu', '2024-01-01T00:00:00Z', ['2024-01-01T02:15', '2024-01-02T02:15']],
    // The clocks of New York go from 2:00 to 3:00 on 10 March 2024, and from 2:00 back to 1:00 on 3 November.
    ['cron(30 2 * * ? *)', 'America/New_York', '2024-03-09T00:00:00Z', ['2024-03-09T07:30', '2024-03-11T06:30']],
    ['cron(30 1 * * ? *)', 'America/New_York', '2024-11-03T00:00:00Z', ['2024-11-03T05:30', '2024-11-04T06:30']],
    ['cron(0 9 * * ? *)', 'America/New_York', '2024-03-09T00:00:00Z', ['2024-03-09T14:00', '2024-03-10T13:00']],
    ['cron(30 2 * * ? *)', 'Australia/Lord_Howe', '2024-04-06T00:00:00Z', ['2024-04-06T16:00', '2024-04-07T16:00']],
    ['at(2024-07-01T08:00:00)', 'Europe/Berlin', '2024-01-01T00:00:00Z', ['2024-07-01T06:00']],
    ['rate(24 hours)', 'America/New_York', '2024-03-09T12:00:00Z', ['2024-03-10T12:00', '2024-03-11T12:00']],
    ['rate(5 minutes)', 'UTC', '2024-01-01T00:00:00Z', ['2024-01-01T00:05', '2024-01-01T00:10']],
  ])('%s in %s after %s', (expression, zone, after, due) => {
    expect(times(expression, zone, after, due.length)).toEqual(due)
  })

  it('is due at its first time, and once where it has one time only', () => {
    const at = ms('2024-01-01T00:00:00Z')
    expect(scheduleTimetable('rate(1 hours)', { zone: 'UTC', anchorMs: at }).next(at - 1)).toBe(at)
    const once = scheduleTimetable('at(2024-01-01T00:00:00)', { zone: 'UTC', anchorMs: 0 })
    expect(once.next(at - 1)).toBe(at)
    expect(once.next(at)).toBeUndefined()
  })

  it.each([
    ['at(2024-13-01T00:00:00)', 'UTC'],
    ['at(2024-02-30T00:00:00)', 'UTC'],
    ['at(2024-03-10T02:30:00)', 'America/New_York'],
    ['rate(0 minutes)', 'UTC'],
    ['rate(5 weeks)', 'UTC'],
    ['cron(0 0 * * * *)', 'UTC'],
    ['cron(0 0 ? * 2#6 *)', 'UTC'],
    ['cron(0 0 32W * ? *)', 'UTC'],
    ['cron(0 0 * * ? 1969)', 'UTC'],
    ['cron(0 0 * * ? *)', 'Mars/Olympus'],
  ])('%s in %s is refused', (expression, zone) => {
    expect(() => scheduleTimetable(expression, { zone, anchorMs: 0 })).toThrow(
      expect.objectContaining({ code: 'ValidationException' }),
    )
  })
})

describe('a rate of a rule', () => {
  it('counts from when it was given', () => {
    const timetable = ruleTimetable('rate(2 hours)', 1000)
    expect(timetable.next(1000)).toBe(7_201_000)
    expect(timetable.next(7_201_000)).toBe(14_401_000)
  })

  it.each(['rate(1 hours)', 'rate(2 hour)', 'at(2024-01-01T00:00:00)', 'every hour'])('%s is refused', (expression) =>
    expect(() => ruleTimetable(expression, 0)).toThrow(expect.objectContaining({ code: 'ValidationException' })))
})

describe('the timer', () => {
  const MINUTE = 60_000
  const every = { next: (afterMs: number) => (Math.floor(afterMs / MINUTE) + 1) * MINUTE }

  it('fires at each time once, and makes up for the last of those that were missed', async () => {
    const clock = new ManualClock(100 * MINUTE)
    const timer = new ScheduleTimer(clock)
    const fired: number[] = []
    timer.set({ id: 'a', timetable: every, lastMs: 90 * MINUTE, fire: (atMs) => fired.push(atMs / MINUTE) })
    await clock.advance(3 * MINUTE)
    expect(fired).toEqual([100, 101, 102, 103])
    timer.stop()
    await clock.advance(3 * MINUTE)
    expect(fired).toHaveLength(4)
  })

  it('does not make up for what is older than a day', async () => {
    const clock = new ManualClock(10 * 24 * 60 * MINUTE)
    const timer = new ScheduleTimer(clock)
    const fired: number[] = []
    const once = { next: (afterMs: number) => (afterMs < MINUTE ? MINUTE : undefined) }
    let done = 0
    timer.set({ id: 'a', timetable: once, lastMs: 0, fire: (atMs) => fired.push(atMs), done: () => done++ })
    await clock.advance(MINUTE)
    expect([fired, done]).toEqual([[], 1])
  })
})
