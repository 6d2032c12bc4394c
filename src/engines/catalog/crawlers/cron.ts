import { invalid } from '../model.ts'

/** When a schedule is due. */
export interface Schedule {
  /** The first time after this one, epoch ms; undefined where there is none in the next years. */
  next(afterMs: number): number | undefined
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const DAY_MS = 86_400_000
const YEARS_AHEAD = 8

/** `cron(minutes hours day-of-month month day-of-week year)`, UTC (AWS Glue Developer Guide, "Time-based schedules"). */
export function parseCron(text: string): Schedule {
  const fields = /^cron\((.+)\)$/.exec(text.trim())?.[1].trim().split(/\s+/)
  if (fields?.length !== 6) throw wrong(text)
  const [minutes, hours, monthDays, months, weekDays, years] = fields
  if ((monthDays === '?') === (weekDays === '?'))
    throw invalid(`${text}: exactly one of day-of-month and day-of-week must be ?.`)
  const minute = numbers(minutes, 0, 59, text)
  const hour = numbers(hours, 0, 23, text)
  const month = numbers(named(months, MONTHS, 1), 1, 12, text)
  const year = numbers(years, 1970, 2199, text)
  const day = monthDays === '?' ? weekDay(named(weekDays, DAYS, 1), text) : monthDay(monthDays, text)
  const dueDay = (date: Date) => year.has(date.getUTCFullYear()) && month.has(date.getUTCMonth() + 1) && day(date)
  return {
    next(afterMs) {
      const start = new Date(afterMs)
      for (
        let midnight = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate());
        midnight < afterMs + YEARS_AHEAD * 366 * DAY_MS;
        midnight += DAY_MS
      ) {
        if (!dueDay(new Date(midnight))) continue
        for (const h of hour)
          for (const m of minute) {
            const at = midnight + h * 3_600_000 + m * 60_000
            if (at > afterMs) return at
          }
      }
      return undefined
    },
  }
}

const wrong = (text: string) =>
  invalid(`${text} is no schedule: it must be cron(minutes hours day month weekday year).`)

const named = (field: string, names: readonly string[], first: number) =>
  field
    .toUpperCase()
    .replace(/[A-Z]{3}/g, (name) => (names.includes(name) ? String(names.indexOf(name) + first) : name))

/** `*`, `5`, `1-5`, `0/15`, `1,2,7`, in ascending order. */
function numbers(field: string, min: number, max: number, text: string): Set<number> {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const [, from, to, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? []
    if (from === undefined) throw wrong(text)
    const low = from === '*' ? min : Number(from)
    const high = to !== undefined ? Number(to) : from === '*' || step !== undefined ? max : low
    const by = Number(step ?? 1)
    if (low < min || high > max || low > high || by < 1) throw wrong(text)
    for (let n = low; n <= high; n += by) found.add(n)
  }
  return new Set([...found].sort((a, b) => a - b))
}

const lastDay = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()

function monthDay(field: string, text: string): (date: Date) => boolean {
  if (field === 'L') return (date) => date.getUTCDate() === lastDay(date)
  const near = /^(\d+)W$/.exec(field)
  if (near) return (date) => date.getUTCDate() === nearestWeekDay(date, Number(near[1]))
  const days = numbers(field, 1, 31, text)
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

/** 1 is Sunday. `5L` is the last Thursday, `5#2` the second. */
function weekDay(field: string, text: string): (date: Date) => boolean {
  const last = /^([1-7])L$/.exec(field)
  if (last) return (date) => date.getUTCDay() + 1 === Number(last[1]) && date.getUTCDate() > lastDay(date) - 7
  const nth = /^([1-7])#([1-5])$/.exec(field)
  if (nth)
    return (date) => date.getUTCDay() + 1 === Number(nth[1]) && Math.ceil(date.getUTCDate() / 7) === Number(nth[2])
  const days = numbers(field, 1, 7, text)
  return (date) => days.has(date.getUTCDay() + 1)
}
