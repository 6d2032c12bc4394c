import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Grain } from '../../src/renderer/features/dashboards/model/format.ts'
import {
  addPeriods,
  comparison,
  comparisonText,
  lastPeriod,
  periodStart,
  soFar,
} from '../../src/renderer/features/dashboards/model/period.ts'

const LONG_AFTER = Date.UTC(2026, 0, 1)
const of = (since: string, latest: string, grain: Grain, filling = false, refreshedMs = LONG_AFTER) =>
  lastPeriod({ extent: [since, latest], refreshedMs }, grain, filling)
const words = (...args: Parameters<typeof of>) => {
  const last = of(...args)
  const spans = last && comparison(last)
  return last && spans ? comparisonText(spans, last.grain).short : null
}

describe('the last period of data', () => {
  it('is whole when its last day is there, and not while rows still arrive', () => {
    expect(of('2001-01-01', '2001-02-28', 'MONTH')?.whole).toBe(true)
    expect(of('2001-01-01', '2001-02-27', 'MONTH')?.whole).toBe(false)
    expect(of('2001-01-01', '2001-02-28', 'MONTH', true)?.whole).toBe(false)
    expect(of('2001-01-01T00:10:00.000Z', '2001-02-28T22:10:00.000Z', 'MONTH')?.whole).toBe(true)
    expect(of('2001-01-01T00:10:00.000Z', '2001-02-28T22:10:00.000Z', 'DAY')?.whole).toBe(false)
    expect(of('2001-01-01T00:10:00.000Z', '2001-02-28T23:10:00.000Z', 'DAY')?.whole).toBe(true)
  })

  it('is not whole when the data were taken before its last day was over', () => {
    expect(of('2001-01-01', '2001-02-28', 'DAY', false, Date.UTC(2001, 1, 28, 15))?.whole).toBe(false)
    expect(of('2001-01-01', '2001-02-28', 'DAY', false, Date.UTC(2001, 2, 1))?.whole).toBe(true)
  })

  it('says what it is', () => {
    expect(soFar(of('2001-01-01', '2001-03-03', 'MONTH')!)).toBe('Mar 2001 so far')
    expect(soFar(of('2001-01-01', '2001-03-03', 'DAY', true)!)).toBe('2001-03-03 so far')
  })
})

describe('comparing with the period before', () => {
  it('takes whole periods with whole ones', () => {
    expect(words('2001-01-01', '2001-02-28', 'MONTH')).toBe('Feb vs Jan')
    expect(words('2000-12-01', '2001-01-31', 'MONTH')).toBe('Jan 2001 vs Dec 2000')
    expect(words('1999-01-01', '2001-12-31', 'YEAR')).toBe('2001 vs 2000')
  })

  it('takes as much of the period before as there is of the last one', () => {
    expect(words('2001-01-01T00:00:00Z', '2001-03-03T12:00:00Z', 'MONTH')).toBe('1–3 Mar vs 1–3 Feb')
    expect(words('2001-01-01', '2001-03-30', 'MONTH')).toBe('1–29 Mar vs Feb')
    expect(words('2000-01-01', '2001-03-15', 'YEAR')).toBe('1 Jan–14 Mar 2001 vs 1 Jan–14 Mar 2000')
    expect(words('2001-01-01', '2001-05-03', 'QUARTER')).toBe('1 Apr–2 May vs 1 Jan–2 Feb')
    expect(words('2001-01-01T00:00:00Z', '2001-01-04T14:20:00Z', 'DAY')).toBe('4 Jan to 14:20 vs 3 Jan to 14:20')
  })

  it('leaves out a last day of which nobody knows the rest, and a period of which nothing else is there', () => {
    expect(words('2001-01-01', '2001-03-03', 'MONTH')).toBe('1–2 Mar vs 1–2 Feb')
    expect(words('2001-01-01', '2001-03-31', 'MONTH', true)).toBe('1–30 Mar vs Feb')
    expect(words('2001-01-01', '2001-07-01', 'MONTH')).toBe('Jun vs May')
    expect(words('2001-01-01', '2001-03-01', 'MONTH', true)).toBe('Feb vs Jan')
    expect(words('2001-01-01', '2001-03-03', 'DAY', true)).toBe('2 Mar vs 1 Mar')
  })

  it('compares nothing with a period that the data do not cover', () => {
    expect(words('2001-02-10', '2001-03-03', 'MONTH')).toBeNull()
    expect(words('2001-03-01', '2001-03-03', 'MONTH')).toBeNull()
  })

  it('never compares spans of which one is longer, but where a month ends sooner', () => {
    const grains: Grain[] = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR']
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1999, 0, 1), max: Date.UTC(2009, 0, 1) }),
        fc.constantFrom(...grains),
        fc.boolean(),
        (latest, grain, filling) => {
          const last = lastPeriod(
            { extent: ['1990-01-01T00:00:00Z', new Date(latest).toISOString()], refreshedMs: null },
            grain,
            filling,
          )!
          const spans = comparison(last)!
          expect(last.from).toBe(periodStart(latest, grain))
          expect(spans.before.to).toBeLessThanOrEqual(spans.now.from)
          expect(periodStart(spans.before.to - 1, grain)).toBe(spans.before.from)
          expect(addPeriods(spans.before.from, grain, 1)).toBe(spans.now.from)
          if (grain === 'WEEK' || grain === 'DAY' || grain === 'HOUR')
            expect(spans.before.to - spans.before.from).toBe(spans.now.to - spans.now.from)
        },
      ),
      // An hour of the first of a month.
      { examples: [[Date.UTC(2003, 7, 1, 1), 'HOUR', false]] },
    )
  })
})
