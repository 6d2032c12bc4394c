import type { Cell } from '../../../../engines/kit/pure/table.ts'
import { formatPeriod, type Grain, MONTHS, toTime } from './format.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const LENGTH: Partial<Record<Grain, number>> = { MINUTE: 60_000, HOUR, DAY, WEEK: 7 * DAY }
const IN_MONTHS: Partial<Record<Grain, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 }
/** A period is whole when its last part has data: nobody's last event falls on the last millisecond of a month. */
const LAST_PART: Record<Grain, number> = {
  MINUTE: 1000,
  HOUR: 60_000,
  DAY: HOUR,
  WEEK: DAY,
  MONTH: DAY,
  QUARTER: DAY,
  YEAR: DAY,
}

/** A stretch of time; its end does not belong to it. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The last period of data and how far into it they reach. */
export interface LastPeriod extends Span {
  readonly grain: Grain
  /** Up to here it can be compared. Of days without a time of day the last is left out: nothing tells how much of it there is. */
  readonly reaches: number
  readonly whole: boolean
  /** The first moment of all data. */
  readonly since: number
}

export interface Comparison {
  readonly now: Span
  readonly before: Span
}

/** The beginning of the period in UTC; weeks begin on Sunday, as the engine's do. */
export function periodStart(time: number, grain: Grain): number {
  const months = IN_MONTHS[grain]
  if (months) {
    const date = new Date(time)
    return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / months) * months, 1)
  }
  // The epoch was a Thursday.
  const shift = grain === 'WEEK' ? 4 * DAY : 0
  const length = LENGTH[grain] ?? DAY
  return Math.floor((time + shift) / length) * length - shift
}

export function addPeriods(start: number, grain: Grain, count: number): number {
  const months = IN_MONTHS[grain]
  return months ? addMonths(start, months * count) : start + (LENGTH[grain] ?? DAY) * count
}

function addMonths(start: number, count: number): number {
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1)
}

/**
 * The last period of an answer. `filling` says that rows are still arriving: then it is not whole, and neither is the last
 * day of a column that knows no time of day. So it is, too, where the data were taken before that day was over.
 */
export function lastPeriod(
  { extent, refreshedMs }: { extent?: readonly [Cell, Cell] | undefined; refreshedMs: number | null },
  grain: Grain,
  filling: boolean,
): LastPeriod | null {
  const since = toTime(extent?.[0])
  const latest = toTime(extent?.[1])
  if (since === null || latest === null) return null
  const from = periodStart(latest, grain)
  const to = addPeriods(from, grain, 1)
  const ofDays = /^[-+\d]+-\d\d-\d\d$/.test(String(extent?.[1]))
  if (ofDays) {
    const open = filling || (refreshedMs !== null && refreshedMs < latest + DAY)
    const whole = !open && latest + DAY >= to
    return { grain, from, to, since, reaches: whole ? to : latest, whole }
  }
  const whole = !filling && latest >= to - LAST_PART[grain]
  return { grain, from, to, since, reaches: whole ? to : latest + 1, whole }
}

/**
 * Two spans that are alike: a whole period with the one before, a begun one with as much of the one before, and where
 * nothing of it counts yet, the last two whole ones. None where the data do not cover the earlier span.
 */
export function comparison(last: LastPeriod): Comparison | null {
  const { grain, from, reaches, since } = last
  const begun = !last.whole && reaches > from
  const start = last.whole || begun ? from : addPeriods(from, grain, -1)
  const previous = addPeriods(start, grain, -1)
  const now = { from: start, to: begun ? reaches : addPeriods(start, grain, 1) }
  const before = { from: previous, to: begun ? elapsedFrom(previous, start, reaches) : start }
  return since >= before.from + LAST_PART[grain] ? null : { now, before }
}

/** As far into the earlier period as `reaches` is into the later: as many months, then as many days and hours, never beyond its end. */
function elapsedFrom(previous: number, start: number, reaches: number): number {
  let months = 0
  while (addMonths(start, months + 1) <= reaches && months < 12) months++
  // Weeks and shorter periods do not begin with a month.
  const aligned = start === addMonths(start, 0) && previous === addMonths(previous, 0)
  if (!aligned) return Math.min(start, previous + (reaches - start))
  const rest = reaches - addMonths(start, months)
  return Math.min(start, addMonths(previous, months + 1), addMonths(previous, months) + rest)
}

const day = (time: number) => new Date(time).getUTCDate()
const month = (time: number) => MONTHS[new Date(time).getUTCMonth()]
const year = (time: number) => new Date(time).getUTCFullYear()
const clock = (time: number) => new Date(time).toISOString().slice(11, 16)

/** A span in few words: "Mar", "1–13 Mar", "4 Mar to 14:20"; the year only where it is asked for. */
export function spanText({ from, to }: Span, grain: Grain, withYear: boolean): string {
  const suffix = withYear ? ` ${year(from)}` : ''
  if (to === addPeriods(from, grain, 1)) {
    if (grain === 'MONTH') return month(from) + suffix
    if (grain === 'QUARTER') return `Q${Math.floor(new Date(from).getUTCMonth() / 3) + 1}${suffix}`
    if (grain === 'DAY') return `${day(from)} ${month(from)}${suffix}`
    if (grain !== 'WEEK') return formatPeriod(new Date(from).toISOString(), grain)
  }
  if (grain === 'MINUTE' || grain === 'HOUR' || grain === 'DAY')
    return `${day(from)} ${month(from)}${suffix} ${grain === 'DAY' ? '' : `${clock(from)} `}to ${clock(to)}`
  // A begun day is named, not its time: the words stand beside a number.
  const end = to - 1
  if (day(from) === day(end) && month(from) === month(end)) return `${day(from)} ${month(from)}${suffix}`
  const first = month(from) === month(end) ? String(day(from)) : `${day(from)} ${month(from)}`
  return `${first}–${day(end)} ${month(end)}${suffix}`
}

/** The two spans compared, short ("1–13 Mar vs 1–13 Feb") and exact. */
export function comparisonText({ now, before }: Comparison, grain: Grain): { short: string; exact: string } {
  const years = year(now.from) !== year(before.from)
  const exact = ({ from, to }: Span) => `${moment(from)} to ${moment(to - (to % DAY === 0 ? DAY : 0))}`
  return {
    short: `${spanText(now, grain, years)} vs ${spanText(before, grain, years)}`,
    exact: `${exact(now)}, against ${exact(before)}`,
  }
}

function moment(time: number): string {
  const iso = new Date(time).toISOString()
  return time % DAY === 0 ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' ')
}

/** "Mar 2001 so far": what is said of a last period that is not whole. */
export const soFar = ({ from, grain }: LastPeriod) => `${formatPeriod(new Date(from).toISOString(), grain)} so far`
