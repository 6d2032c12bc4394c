import { UTC, type Zone } from './zoned-time.ts'

/** When a schedule is due. */
export interface Timetable {
  /** The first time after this one, epoch ms; undefined where there is none. */
  next(afterMs: number): number | undefined
}

export interface CronOptions {
  /** The zone whose clock it goes by; UTC unless told. A time that daylight saving skips is left out, one that comes twice is met once. */
  readonly zone?: Zone
  /** The error of what is no cron expression. */
  readonly refuse: (why: string) => Error
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const HOUR_MS = 3_600_000

/** `cron(minutes hours day-of-month month day-of-week year)`, as Glue, EventBridge and EventBridge Scheduler write it ("Cron expressions"). */
export function parseCron(text: string, { zone = UTC, refuse }: CronOptions): Timetable {
  const wrong = () => refuse(`${text} is no schedule: it must be cron(minutes hours day month weekday year).`)
  const fields = /^cron\((.+)\)$/.exec(text.trim())?.[1].trim().split(/\s+/)
  if (fields?.length !== 6) throw wrong()
  const [minutes, hours, monthDays, months, weekDays, years] = fields
  if ((monthDays === '?') === (weekDays === '?'))
    throw refuse(`${text}: exactly one of day-of-month and day-of-week must be ?.`)
  const minute = numbers(minutes, 0, 59, wrong)
  const hour = numbers(hours, 0, 23, wrong)
  const month = numbers(named(months, MONTHS), 1, 12, wrong)
  const year = numbers(years, 1970, 2199, wrong)
  const day = monthDays === '?' ? weekDay(named(weekDays, DAYS), wrong) : monthDay(monthDays.toUpperCase(), wrong)
  return {
    next(afterMs) {
      const afterWall = zone.wallOf(afterMs)
      for (const midnight of daysFrom(afterWall, year, month)) {
        if (!day(new Date(midnight))) continue
        for (const h of hour)
          for (const m of minute) {
            const wall = midnight + h * HOUR_MS + m * 60_000
            if (wall < afterWall) continue
            const at = zone.instantOf(wall)
            if (at !== undefined && at > afterMs) return at
          }
      }
      return undefined
    },
  }
}

/** Days of these months and years, in order, beginning with the day of a wall time. */
function* daysFrom(wallMs: number, years: ReadonlySet<number>, months: ReadonlySet<number>): Generator<number> {
  const start = new Date(wallMs)
  const first = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate())
  for (const y of years) {
    if (y < start.getUTCFullYear()) continue
    for (const m of months)
      for (let d = 1; d <= lastDay(new Date(Date.UTC(y, m - 1))); d++) {
        const midnight = Date.UTC(y, m - 1, d)
        if (midnight >= first) yield midnight
      }
  }
}

const named = (field: string, names: readonly string[]) =>
  field.toUpperCase().replace(/[A-Z]{3}/g, (name) => (names.includes(name) ? String(names.indexOf(name) + 1) : name))

/** `*`, `5`, `1-5`, `0/15`, `1,2,7`, in ascending order. */
function numbers(field: string, min: number, max: number, wrong: () => Error): Set<number> {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const [, from, to, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? []
    if (from === undefined) throw wrong()
    const low = from === '*' ? min : Number(from)
    const high = to !== undefined ? Number(to) : from === '*' || step !== undefined ? max : low
    const by = Number(step ?? 1)
    if (low < min || high > max || low > high || by < 1) throw wrong()
    for (let n = low; n <= high; n += by) found.add(n)
  }
  return new Set([...found].sort((a, b) => a - b))
}

const lastDay = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()

/** `L` is the last day, `15W` the weekday nearest to the 15th, `LW` the last weekday. */
function monthDay(field: string, wrong: () => Error): (date: Date) => boolean {
  if (field === 'L') return (date) => date.getUTCDate() === lastDay(date)
  if (field === 'LW') return (date) => date.getUTCDate() === nearestWeekDay(date, 31)
  const near = /^(\d+)W$/.exec(field)
  if (near) {
    const [wanted] = numbers(near[1], 1, 31, wrong)
    return (date) => date.getUTCDate() === nearestWeekDay(date, wanted)
  }
  const days = numbers(field, 1, 31, wrong)
  return (date) => days.has(date.getUTCDate())
}

/** The weekday that is nearest to a day, within its month. */
function nearestWeekDay(date: Date, day: number): number {
  const wanted = Math.min(day, lastDay(date))
  const weekDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), wanted)).getUTCDay()
  if (weekDay === 6) return wanted > 1 ? wanted - 1 : wanted + 2
  if (weekDay === 0) return wanted < lastDay(date) ? wanted + 1 : wanted - 2
  return wanted
}

/** 1 is Sunday. `L` is Saturday, `5L` the last Thursday of the month, `5#2` the second. */
function weekDay(field: string, wrong: () => Error): (date: Date) => boolean {
  if (field === 'L') return (date) => date.getUTCDay() === 6
  const last = /^([1-7])L$/.exec(field)
  if (last) return (date) => date.getUTCDay() + 1 === Number(last[1]) && date.getUTCDate() > lastDay(date) - 7
  const nth = /^([1-7])#([1-5])$/.exec(field)
  if (nth)
    return (date) => date.getUTCDay() + 1 === Number(nth[1]) && Math.ceil(date.getUTCDate() / 7) === Number(nth[2])
  const days = numbers(field, 1, 7, wrong)
  return (date) => days.has(date.getUTCDay() + 1)
}
