import { EngineError } from '../../kit/pure/errors.ts'
import { asNumber, asText, compare, isAbsent, type Value } from './values.ts'

/** Functions over plain arguments (S3 User Guide, "SQL functions"). Absent arguments give null, but for those that ask about them. */
export const FUNCTIONS: Readonly<Record<string, { arguments: readonly [number, number]; run(args: Value[]): Value }>> =
  {
    COALESCE: { arguments: [1, 100], run: (args) => args.find((value) => !isAbsent(value)) ?? null },
    NULLIF: { arguments: [2, 2], run: ([a, b]) => (compare(a, b) === 0 ? null : a) },
    LOWER: { arguments: [1, 1], run: ([text]) => onText(text, (t) => t.toLowerCase()) },
    UPPER: { arguments: [1, 1], run: ([text]) => onText(text, (t) => t.toUpperCase()) },
    CHAR_LENGTH: { arguments: [1, 1], run: ([text]) => onText(text, (t) => Array.from(t).length) },
    CHARACTER_LENGTH: { arguments: [1, 1], run: ([text]) => onText(text, (t) => Array.from(t).length) },
    SUBSTRING: {
      arguments: [2, 3],
      run: ([text, start, length]) =>
        onText(text, (t) => {
          const from = asNumber(start) ?? 1
          const count = length === undefined ? Number.POSITIVE_INFINITY : (asNumber(length) ?? 0)
          if (count < 0)
            throw new EngineError('EvaluatorNegativeLimit', 'The length of SUBSTRING must not be negative.')
          // Places before the first count as places.
          return Array.from(t)
            .slice(Math.max(0, from - 1), Math.max(0, from - 1 + count))
            .join('')
        }),
    },
  }

const onText = (value: Value, run: (text: string) => Value): Value => (isAbsent(value) ? null : run(asText(value)))

export function trim(side: string, characters: string, value: Value): Value {
  if (isAbsent(value)) return null
  const text = Array.from(asText(value))
  const cut = new Set(characters)
  let [from, to] = [0, text.length]
  if (side !== 'TRAILING') while (from < to && cut.has(text[from])) from++
  if (side !== 'LEADING') while (to > from && cut.has(text[to - 1])) to--
  return text.slice(from, to).join('')
}

const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  YEAR: (date) => date.getUTCFullYear(),
  MONTH: (date) => date.getUTCMonth() + 1,
  DAY: (date) => date.getUTCDate(),
  HOUR: (date) => date.getUTCHours(),
  MINUTE: (date) => date.getUTCMinutes(),
  SECOND: (date) => date.getUTCSeconds(),
  TIMEZONE_HOUR: () => 0,
  TIMEZONE_MINUTE: () => 0,
}

const STEPS: Readonly<Record<string, number>> = { DAY: 86_400_000, HOUR: 3_600_000, MINUTE: 60_000, SECOND: 1000 }

export const isPart = (name: string): boolean => Object.hasOwn(PARTS, name)

export const extract = (part: string, value: Value): Value =>
  isAbsent(value) ? null : PARTS[part](value instanceof Date ? value : new Date(asText(value)))

export function dateAdd(part: string, count: Value, value: Value): Value {
  const steps = asNumber(count)
  if (isAbsent(value) || steps === undefined) return null
  const date = new Date(value instanceof Date ? value : asText(value))
  if (part in STEPS) return new Date(date.getTime() + steps * STEPS[part])
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + steps * (part === 'YEAR' ? 12 : 1))
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date
}

/** Steps from one time to another; months and years by the calendar's, whatever the day. */
export function dateDiff(part: string, from: Value, to: Value): Value {
  if (isAbsent(from) || isAbsent(to)) return null
  const [a, b] = [from, to].map((value) => new Date(value instanceof Date ? value : asText(value)))
  if (part in STEPS) return Math.trunc((b.getTime() - a.getTime()) / STEPS[part])
  const months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
  return part === 'YEAR' ? Math.trunc(months / 12) : months
}
