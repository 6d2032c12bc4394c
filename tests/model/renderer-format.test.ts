import { describe, expect, it } from 'vitest'
import { factsOf, oddities } from '../../src/renderer/features/catalog/attach/facts.ts'
import {
  formatAgo,
  formatBytes,
  formatCompact,
  formatCost,
  formatDuration,
  formatNumber,
  formatRate,
  formatTime,
  formatUtc,
  plural,
  shortId,
} from '../../src/renderer/lib/format.ts'

describe('values as people read them', () => {
  it('says durations as look.md does', () => {
    const said: [number, string][] = [
      [0.25, '0.25 ms'],
      [412, '412 ms'],
      [1200, '1.2 s'],
      [45_000, '45 s'],
      [59_999, '1 m 00 s'],
      [184_000, '3 m 04 s'],
      [7_500_000, '2 h 05 m'],
      [273_600_000, '3 d 04 h'],
      [-1200, '−1.2 s'],
    ]
    for (const [ms, text] of said) expect(formatDuration(ms)).toBe(text)
    expect(formatDuration(Number.NaN)).toBe('–')
  })

  it('gives bytes in IEC units', () => {
    expect(formatBytes(0)).toBe('0 B')
    expect(formatBytes(1023)).toBe(`${formatNumber(1023)} B`)
    expect(formatBytes(1536)).toBe('1.5 KiB')
    expect(formatBytes(128 * 2 ** 20)).toBe('128 MiB')
    expect(formatBytes(3 * 2 ** 40)).toBe('3 TiB')
  })

  it('shortens large counts and keeps small ones', () => {
    expect(formatCompact(9999)).toBe(formatNumber(9999))
    expect(formatCompact(12_345)).toBe('12.3 k')
    expect(formatCompact(3_000_000)).toBe('3 M')
    expect([1e12, -2.5e15, 999e18].map(formatCompact)).toEqual(['1 T', '-2.5 P', '999 E'])
    expect(formatCompact(1.234e25)).toBe('1.23e25')
    expect(formatRate(12_345)).toBe('12.3 k rec/s')
    expect(plural(1, 'row')).toBe('1 row')
    expect(plural(0, 'query', 'queries')).toBe('0 queries')
  })

  it('shows small costs with enough digits to be more than nothing', () => {
    expect(formatCost(0)).toBe('$0.00')
    expect(formatCost(0.000123)).toBe('$0.000123')
    expect(formatCost(12.5)).toBe('$12.50')
  })

  it('gives times in the asked zone, and in UTC', () => {
    const moment = Date.UTC(2001, 0, 14, 9, 30, 5, 7)
    expect(formatTime(moment, { zone: 'UTC' })).toBe('2001-01-14 09:30:05')
    expect(formatTime(moment, { zone: 'Asia/Kathmandu', millis: true })).toBe('2001-01-14 15:15:05.007')
    expect(formatTime(Date.UTC(2001, 0, 14), { zone: 'UTC', date: false })).toBe('00:00:00')
    expect(formatUtc(moment)).toBe('2001-01-14 09:30:05.007 UTC')
    expect(formatAgo(moment - 12_000, moment)).toBe('12 s ago')
    expect(formatAgo(moment + 180_000, moment)).toBe('in 3 m')
    expect(formatAgo(moment - 100, moment)).toBe('now')
  })

  it('keeps both ends of a long id', () => {
    expect(shortId('short')).toBe('short')
    const short = shortId('arn:aws:kinesis:us-east-1:000000000000:stream/flights', 20)
    expect(short).toHaveLength(20)
    expect(short.startsWith('arn:aws:')).toBe(true)
    expect(short.endsWith('/flights')).toBe(true)
  })
})

describe('what an attached file loses', () => {
  const found = {
    files: 1,
    bytes: 36,
    broken: { count: 0, rows: [] },
    unfit: 0,
    whole: true,
    notes: [],
    reading: { format: 'csv', encoding: 'utf-8' },
  }
  const facts = (more: object) => factsOf({ ...found, ...more } as never)

  it('is said of rows and of values', () => {
    expect(facts({})).toBe('36 B · all rows were looked at, none is broken')
    expect(facts({ unfit: 1 })).toBe('36 B · all rows were looked at, 1 value cannot be read')
    expect(facts({ broken: { count: 2, rows: [] }, unfit: 3, whole: false })).toBe(
      '36 B · the first 4 MiB were looked at, 2 are broken, 3 values cannot be read',
    )
  })

  it('is said above the rows of an object, and nothing where nothing is odd', () => {
    const odd = (more: object) => oddities({ ...found, ...more } as never)
    expect(odd({})).toBe(null)
    expect(odd({ reading: { format: 'csv', encoding: 'latin-1' } })).toContain('The file is Latin-1')
    const rows = [{ line: 3, reason: '2 of 3 fields: the row is left out', text: '4,5' }]
    expect(odd({ broken: { count: 2, rows } })).toBe(
      '2 rows are broken, first line 3: 2 of 3 fields: the row is left out.',
    )
  })
})
