/** Times are epoch milliseconds in UTC throughout: no time zone of the machine ever takes part. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** 1970-01-01 was a Thursday: weeks start on Monday, four days later. */
const FIRST_MONDAY = 4 * DAY

const pad2 = (n: number) => (n < 10 ? `0${n}` : String(n))
const pad3 = (n: number) => (n < 10 ? `00${n}` : n < 100 ? `0${n}` : String(n))

function digits(text: string, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** Days since 1970-01-01 of a proleptic Gregorian date; NaN where the calendar has no such day. */
export function daysFromCivil(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return Number.NaN
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysInMonth(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29
  return MONTH_DAYS[month - 1]
}

/**
 * Epoch ms of ISO 8601 text: a date, or a date and time joined by `T` or a space, with an optional fraction (kept to the ms) and an
 * optional zone (`Z`, `+05:45`, `+0545`, `+05`); without one it is UTC. NaN where the text is anything else.
 */
export function parseIso(text: string): number {
  const length = text.length
  if (length < 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return Number.NaN
  const days = daysFromCivil(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2))
  if (length === 10) return days * DAY
  const separator = text.charCodeAt(10)
  if ((separator !== 84 && separator !== 32) || length < 16 || text.charCodeAt(13) !== 58) return Number.NaN
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  if (!(hour < 24 && minute < 60)) return Number.NaN
  let ms = days * DAY + hour * HOUR + minute * MINUTE
  let at = 16
  if (text.charCodeAt(at) === 58) {
    const second = digits(text, 17, 2)
    if (!(second < 60)) return Number.NaN
    ms += second * SECOND
    at = 19
    if (text.charCodeAt(at) === 46) {
      let scale = 100
      const start = ++at
      for (let digit = text.charCodeAt(at) - 48; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - 48) {
        ms += scale >= 1 ? digit * scale : 0
        scale = scale >= 10 ? scale / 10 : 0
      }
      if (at === start) return Number.NaN
    }
  }
  return at === length ? ms : ms - parseZone(text, at)
}

/** Offset in ms of a zone at the end of a text. */
function parseZone(text: string, from: number): number {
  const zone = text.slice(text.charCodeAt(from) === 32 ? from + 1 : from)
  if (zone === 'Z' || zone === 'z' || zone === 'UTC') return 0
  const match = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(zone)
  if (!match) return Number.NaN
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * HOUR + Number(match[3] ?? 0) * MINUTE)
}

export function isoText(ms: number): string {
  return new Date(ms).toISOString()
}

/** `yyyy-MM-dd`. */
export function isoDate(ms: number): string {
  return isoText(ms).slice(0, 10)
}

function floorTo(ms: number, unit: number): number {
  return ms - mod(ms, unit)
}

/** The remainder that is never negative. */
function mod(value: number, by: number): number {
  const rest = value % by
  return rest < 0 ? rest + by : rest
}

const FIXED_UNITS: Record<string, number> = {
  millisecond: 1,
  second: SECOND,
  minute: MINUTE,
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
}
const MONTHS: Record<string, number> = { month: 1, quarter: 3, year: 12 }

export const TIME_UNITS: readonly string[] = [...Object.keys(FIXED_UNITS), ...Object.keys(MONTHS)]

/** The start of the unit that a time lies in; weeks start on Monday. Undefined for a unit that does not exist. */
export function truncator(unit: string): ((ms: number) => number) | undefined {
  if (unit === 'week') return (ms) => floorTo(ms - FIRST_MONDAY, 7 * DAY) + FIRST_MONDAY
  const fixed = FIXED_UNITS[unit]
  if (fixed !== undefined) return (ms) => floorTo(ms, fixed)
  const months = MONTHS[unit]
  if (months === undefined) return undefined
  return (ms) => {
    const date = new Date(ms)
    const month = date.getUTCMonth()
    return utc(date.getUTCFullYear(), month - (month % months), 1)
  }
}

/** `Date.UTC` takes years 0–99 for 1900–1999; this does not. */
function utc(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.getTime()
}

/** A time some units later; a month's last day stays a last day (31 January + 1 month is 28 or 29 February). */
export function addUnits(unit: string, count: number, ms: number): number | undefined {
  const fixed = FIXED_UNITS[unit]
  if (fixed !== undefined) return ms + Math.trunc(count) * fixed
  const months = MONTHS[unit]
  if (months === undefined) return undefined
  const date = new Date(ms)
  const total = date.getUTCFullYear() * 12 + date.getUTCMonth() + Math.trunc(count) * months
  const year = Math.floor(total / 12)
  const month = mod(total, 12)
  const day = Math.min(date.getUTCDate(), daysInMonth(year, month + 1))
  return utc(year, month, day) + mod(ms, DAY)
}

/** Whole units from one time to another, towards zero. */
export function unitsBetween(unit: string, from: number, to: number): number | undefined {
  const fixed = FIXED_UNITS[unit]
  if (fixed !== undefined) return Math.trunc((to - from) / fixed) || 0
  const months = MONTHS[unit]
  if (months === undefined) return undefined
  const [early, late] = from <= to ? [from, to] : [to, from]
  const [a, b] = [new Date(early), new Date(late)]
  let count = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
  if ((addUnits('month', count, early) as number) > late) count--
  return Math.trunc(count / months) * (from <= to ? 1 : -1) || 0
}

const PARTS: Record<string, (date: Date, ms: number) => number> = {
  year: (date) => date.getUTCFullYear(),
  quarter: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  month: (date) => date.getUTCMonth() + 1,
  week: (_, ms) => isoWeek(ms).week,
  day: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay() || 7,
  dow: (date) => date.getUTCDay() || 7,
  day_of_year: dayOfYear,
  doy: dayOfYear,
  hour: (_, ms) => Math.floor(mod(ms, DAY) / HOUR),
  minute: (_, ms) => Math.floor(mod(ms, HOUR) / MINUTE),
  second: (_, ms) => Math.floor(mod(ms, MINUTE) / SECOND),
  millisecond: (_, ms) => mod(ms, SECOND),
  epoch: (_, ms) => ms / SECOND,
}

export const DATE_PARTS: readonly string[] = Object.keys(PARTS)

export function datePart(part: string): ((ms: number) => number) | undefined {
  const read = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined
  return read && ((ms) => read(new Date(ms), ms))
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - utc(date.getUTCFullYear(), 0, 1)) / DAY) + 1
}

/** ISO week: the one with the year's first Thursday is week 1. */
function isoWeek(ms: number): { week: number; year: number } {
  const thursday = floorTo(ms - FIRST_MONDAY, 7 * DAY) + FIRST_MONDAY + 3 * DAY
  const year = new Date(thursday).getUTCFullYear()
  return { year, week: Math.floor((thursday - utc(year, 0, 1)) / (7 * DAY)) + 1 }
}

const MONTH_NAMES = 'January February March April May June July August September October November December'.split(' ')
const DAY_NAMES = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** One piece of a Java DateTimeFormatter pattern: a letter repeated, or literal text. */
type Piece = { letter: string; count: number } | { literal: string }

/** Reads a Java DateTimeFormatter pattern; an error text where a letter is not one of those that are honoured. */
function readPattern(pattern: string): Piece[] | string {
  const pieces: Piece[] = []
  for (let i = 0; i < pattern.length; ) {
    const c = pattern[i]
    if (c === "'") {
      const end = pattern.indexOf("'", i + 1)
      if (end < 0) return 'The pattern has a quote that is not closed.'
      pieces.push({ literal: end === i + 1 ? "'" : pattern.slice(i + 1, end) })
      i = end + 1
    } else if (/[A-Za-z]/.test(c)) {
      let count = 1
      while (pattern[i + count] === c) count++
      if (!FORMATS[c])
        return `The pattern letter "${c}" is not honoured. The letters are ${Object.keys(FORMATS).join(' ')}.`
      pieces.push({ letter: c, count })
      i += count
    } else {
      pieces.push({ literal: c })
      i++
    }
  }
  return pieces
}

const padTo = (value: number, count: number) => String(value).padStart(count, '0')
const year = (date: Date, count: number) =>
  count === 2 ? pad2(mod(date.getUTCFullYear(), 100)) : padTo(date.getUTCFullYear(), count)

const FORMATS: Record<string, (date: Date, count: number) => string> = {
  y: year,
  u: year,
  Y: (date, count) => padTo(isoWeek(date.getTime()).year, count),
  M: month,
  L: month,
  Q: (date, count) => padTo(Math.floor(date.getUTCMonth() / 3) + 1, count),
  w: (date, count) => padTo(isoWeek(date.getTime()).week, count),
  d: (date, count) => padTo(date.getUTCDate(), count),
  D: (date, count) => padTo(dayOfYear(date), count),
  E: (date, count) => (count < 4 ? DAY_NAMES[date.getUTCDay()].slice(0, 3) : DAY_NAMES[date.getUTCDay()]),
  e: (date, count) => padTo(date.getUTCDay() || 7, count),
  a: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  H: (date, count) => padTo(date.getUTCHours(), count),
  k: (date, count) => padTo(date.getUTCHours() || 24, count),
  K: (date, count) => padTo(date.getUTCHours() % 12, count),
  h: (date, count) => padTo(date.getUTCHours() % 12 || 12, count),
  m: (date, count) => padTo(date.getUTCMinutes(), count),
  s: (date, count) => padTo(date.getUTCSeconds(), count),
  S: (date, count) => pad3(date.getUTCMilliseconds()).padEnd(count, '0').slice(0, count),
  n: (date, count) => padTo(date.getUTCMilliseconds() * 1_000_000, count),
  z: () => 'UTC',
  Z: () => '+0000',
  X: () => 'Z',
  x: (_, count) => (count === 1 ? '+00' : count % 2 === 0 ? '+0000' : '+00:00'),
  V: () => 'UTC',
}

function month(date: Date, count: number): string {
  const name = MONTH_NAMES[date.getUTCMonth()]
  return count <= 2 ? padTo(date.getUTCMonth() + 1, count) : count === 3 ? name.slice(0, 3) : name
}

/** A function that writes times by a Java DateTimeFormatter pattern, in UTC and English; an error text for a bad pattern. */
export function formatter(pattern: string): ((ms: number) => string) | string {
  const pieces = readPattern(pattern)
  if (typeof pieces === 'string') return pieces
  const writers = pieces.map((piece) => {
    if ('literal' in piece) return () => piece.literal
    const write = FORMATS[piece.letter]
    return (date: Date) => write(date, piece.count)
  })
  return (ms) => {
    const date = new Date(ms)
    let text = ''
    for (const write of writers) text += write(date)
    return text
  }
}

const READABLE = 'yuMdHmsS'

/** A function that reads times by a pattern of the letters y u M d H m s S; it gives NaN for text that does not fit. */
export function patternReader(pattern: string): ((text: string) => number) | string {
  const pieces = readPattern(pattern)
  if (typeof pieces === 'string') return pieces
  const letters: string[] = []
  let source = '^'
  for (const piece of pieces) {
    if ('literal' in piece) source += piece.literal.replace(/[^\w\s]/g, '\\$&')
    else if (!READABLE.includes(piece.letter)) return `The letter "${piece.letter}" can be written but not read back.`
    else {
      letters.push(piece.letter === 'u' ? 'y' : piece.letter)
      source += piece.count > 1 || piece.letter === 'S' ? `(\\d{${piece.count}})` : '(\\d{1,4})'
    }
  }
  const expression = new RegExp(`${source}$`)
  return (text) => {
    const match = expression.exec(text)
    if (!match) return Number.NaN
    const read = (letter: string, missing: number) => {
      const index = letters.indexOf(letter)
      return index < 0 ? missing : Number(match[index + 1])
    }
    const [hour, minute, second] = [read('H', 0), read('m', 0), read('s', 0)]
    if (hour > 23 || minute > 59 || second > 59) return Number.NaN
    const y = read('y', 1970)
    const century = letters.includes('y') && match[letters.indexOf('y') + 1].length === 2 ? 2000 : 0
    const fraction = letters.indexOf('S')
    const ms = fraction < 0 ? 0 : Number(match[fraction + 1].padEnd(3, '0').slice(0, 3))
    return (
      daysFromCivil(century + y, read('M', 1), read('d', 1)) * DAY +
      hour * HOUR +
      minute * MINUTE +
      second * SECOND +
      ms
    )
  }
}

/** MySQL's date_format letters, which Athena's date_format takes, as pieces of a Java pattern. */
const PERCENT: Record<string, string> = {
  Y: 'yyyy',
  y: 'yy',
  m: 'MM',
  c: 'M',
  b: 'MMM',
  M: 'MMMM',
  d: 'dd',
  e: 'd',
  j: 'DDD',
  H: 'HH',
  k: 'H',
  h: 'hh',
  I: 'hh',
  l: 'h',
  i: 'mm',
  s: 'ss',
  S: 'ss',
  f: 'SSSSSS',
  p: 'a',
  a: 'EEE',
  W: 'EEEE',
  v: 'ww',
  x: 'YYYY',
  T: 'HH:mm:ss',
  r: 'hh:mm:ss a',
}

/** The Java pattern of a date_format text; an error text where a letter is unknown. */
export function fromPercentFormat(format: string): { pattern: string } | string {
  let pattern = ''
  for (let i = 0; i < format.length; i++) {
    const c = format[i]
    if (c !== '%') {
      pattern += /[A-Za-z']/.test(c) ? (c === "'" ? "''" : `'${c}'`) : c
      continue
    }
    const letter = format[++i]
    if (letter === '%') pattern += '%'
    else if (letter !== undefined && PERCENT[letter]) pattern += PERCENT[letter]
    else
      return `"%${letter ?? ''}" is not one of ${Object.keys(PERCENT)
        .map((l) => `%${l}`)
        .join(' ')}.`
  }
  return { pattern }
}
