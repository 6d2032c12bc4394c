import type { VisualField } from '../../../../engines/bi/dashboard.ts'
import { Granularity } from '../../../../engines/bi/dashboard.ts'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import { formatCompact, formatNumber } from '../../../lib/format.ts'
import { axisText } from '../../../lib/ticks.ts'

type Grain = (typeof Granularity.options)[number]
export const GRAINS: readonly Grain[] = Granularity.options
export type { Grain }

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Numbers arrive as numbers, or as text where every digit counts (int64, decimals). */
export function toNumber(cell: Cell | undefined): number | null {
  if (cell === null || cell === undefined || cell === '') return null
  const value = typeof cell === 'number' ? cell : Number(cell)
  return Number.isFinite(value) ? value : null
}

/**
 * Writes a number by a pattern such as `#,##0.0`, `0.0%`, `$#,##0` or `#,##0 "mi"`: what stands before and after the digits
 * is kept, a comma groups, zeros after the point are always written and `#` only where needed, `%` multiplies by 100.
 */
export function formatPattern(value: number, pattern: string): string {
  const known = patterns.get(pattern) ?? readPattern(pattern)
  patterns.set(pattern, known)
  if (!known) return formatPlain(value)
  const { before, after, percent, digits } = known
  return `${value < 0 ? '−' : ''}${before}${digits.format(Math.abs(percent ? value * 100 : value))}${after}`
}

interface Pattern {
  readonly before: string
  readonly after: string
  readonly percent: boolean
  readonly digits: Intl.NumberFormat
}

/** Patterns that were read: a table writes every cell of a column by the same one. */
const patterns = new Map<string, Pattern | null>()

function readPattern(pattern: string): Pattern | null {
  const match = /^((?:"[^"]*"|[^#0"])*)([#0][#0,]*(?:\.[#0]+)?)((?:"[^"]*"|[^"])*)$/.exec(pattern)
  if (!match) return null
  const [, before, digits, after] = match
  const [whole, fraction = ''] = digits.split('.')
  const zeros = (text: string) => [...text].filter((char) => char === '0').length
  const bare = (part: string) => part.replaceAll('"', '')
  return {
    before: bare(before),
    after: bare(after),
    percent: after.includes('%') || before.includes('%'),
    digits: new Intl.NumberFormat(undefined, {
      useGrouping: whole.includes(','),
      minimumIntegerDigits: Math.max(1, zeros(whole)),
      minimumFractionDigits: zeros(fraction),
      maximumFractionDigits: fraction.length,
    }),
  }
}

/** As many digits as tell something: whole numbers whole, others with up to three digits after the point. */
export function formatPlain(value: number): string {
  const magnitude = Math.abs(value)
  const digits = Number.isInteger(value) || magnitude >= 10_000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 1 ? 2 : 4
  return formatNumber(value, digits)
}

/** A measure's value as a person reads it; the axis takes the short form. */
export function formatMeasure(cell: Cell | undefined, field?: Pick<VisualField, 'format'>): string {
  const value = toNumber(cell)
  if (value === null) return typeof cell === 'string' && cell !== '' ? cell : '–'
  return field?.format ? formatPattern(value, field.format) : formatPlain(value)
}

export function formatAxis(value: number, field?: Pick<VisualField, 'format'>): string {
  const format = field?.format ?? ''
  if (format.includes('%')) return formatPattern(value, format)
  return currencyOf(format) + (Math.abs(value) >= 1 ? formatCompact(value) : formatPlain(value))
}

const currencyOf = (format: string) => (/^[^#0]*[$€£]/.test(format) ? (format.match(/[$€£]/)?.[0] ?? '') : '')

/** The labels of one axis are of one unit: "0, 250, 1,000, 1,250", or "0, 25 k, 50 k". */
export function axisFormat(ticks: readonly number[], field?: Pick<VisualField, 'format'>): (value: number) => string {
  const format = field?.format ?? ''
  if (format.includes('%')) return (value) => formatPattern(value, format)
  const text = axisText(ticks)
  return (value) => `${value < 0 ? '−' : ''}${currencyOf(format)}${text(Math.abs(value))}`
}

/** The moment a date cell stands for; dates without a zone are in UTC, as the engines write them. */
export function toTime(cell: Cell | undefined): number | null {
  if (typeof cell === 'number') return cell
  if (typeof cell !== 'string') return null
  const iso = cell.replace(' ', 'T')
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`)
  return Number.isNaN(time) ? null : time
}

const two = (value: number) => String(value).padStart(2, '0')

/** A period as its granularity reads: "2001", "Q2 2001", "Mar 2001", "2001-03-14", "2001-03-14 09:00". */
export function formatPeriod(cell: Cell | undefined, grain: Grain): string {
  const time = toTime(cell)
  if (time === null) return cell === null || cell === undefined ? '(null)' : String(cell)
  const date = new Date(time)
  const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
  switch (grain) {
    case 'YEAR':
      return String(date.getUTCFullYear())
    case 'QUARTER':
      return `Q${Math.floor(date.getUTCMonth() / 3) + 1} ${date.getUTCFullYear()}`
    case 'MONTH':
      return `${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
    case 'WEEK':
      return `week of ${day}`
    case 'DAY':
      return day
    case 'HOUR':
      return `${day} ${two(date.getUTCHours())}:00`
    case 'MINUTE':
      return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
  }
}

/** A dimension's value as a person reads it. Midnights of date columns lose their clock. */
export function formatDimension(cell: Cell | undefined, field?: Pick<VisualField, 'granularity' | 'format'>): string {
  if (cell === null || cell === undefined) return '(null)'
  if (cell === '') return '(empty)'
  if (field?.granularity) return formatPeriod(cell, field.granularity)
  if (typeof cell === 'number') return field?.format ? formatPattern(cell, field.format) : String(cell)
  if (typeof cell === 'boolean') return cell ? 'true' : 'false'
  const stamp = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z?$/.exec(cell)
  if (stamp) return /^00:00(?::00)?$/.test(stamp[2]) ? stamp[1] : `${stamp[1]} ${stamp[2]}`
  return cell
}

/** The middle goes where a label is too long, so that both ends still tell it from its neighbours. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text
  if (length < 8) return `${text.slice(0, Math.max(1, length - 1))}…`
  const end = Math.floor((length - 1) / 3)
  return `${text.slice(0, length - 1 - end).trimEnd()}…${text.slice(text.length - end)}`
}

/** Periods along an axis, each with as much of its date as the one before does not say: "Jan 2001", "Feb", "Mar". */
export function periodTicks(cells: readonly (Cell | undefined)[], grain: Grain): string[] {
  let before: Date | undefined
  return cells.map((cell) => {
    const time = toTime(cell)
    if (time === null) return formatPeriod(cell, grain)
    const date = new Date(time)
    const sameYear = before?.getUTCFullYear() === date.getUTCFullYear()
    const sameDay =
      sameYear && before?.getUTCMonth() === date.getUTCMonth() && before.getUTCDate() === date.getUTCDate()
    before = date
    const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`
    if (grain === 'MONTH') return sameYear ? MONTHS[date.getUTCMonth()] : formatPeriod(cell, grain)
    if (grain === 'DAY' || grain === 'WEEK') return sameYear ? day : `${day} ${date.getUTCFullYear()}`
    if (grain === 'HOUR' || grain === 'MINUTE')
      return sameDay ? `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}` : day
    return formatPeriod(cell, grain)
  })
}

const DAY = 86_400_000

/** A tick of an axis of time: as much of the date as its neighbours do not say. */
export function formatTimeTick(time: number, ticks: readonly number[]): string {
  const date = new Date(time)
  const apart = ticks.length > 1 ? ticks[1] - ticks[0] : DAY
  const month = MONTHS[date.getUTCMonth()]
  const newYear = date.getUTCMonth() === 0 && date.getUTCDate() === 1
  if (apart >= 360 * DAY) return String(date.getUTCFullYear())
  if (apart >= 27 * DAY) return newYear || time === ticks[0] ? `${month} ${date.getUTCFullYear()}` : month
  if (apart >= DAY) return `${date.getUTCDate()} ${month}`
  const midnight = date.getUTCHours() === 0 && date.getUTCMinutes() === 0
  return midnight ? `${date.getUTCDate()} ${month}` : `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
}
