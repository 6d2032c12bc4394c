import { parseCron, type Timetable } from '../../kit/pure/cron.ts'
import { type Zone, zoneNamed } from '../../kit/pure/zoned-time.ts'
import { invalid } from '../errors.ts'

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/**
 * Of a rule: `rate(5 minutes)` or `cron(…)`, in UTC (EventBridge user guide, "Creating a rule that runs on a schedule"). A rate counts
 * from `anchorMs`, and is due for the first time when it has passed once.
 */
export function ruleTimetable(text: string, anchorMs: number): Timetable {
  const refuse = () => invalid('Parameter ScheduleExpression is not valid.', 'ScheduleExpression')
  if (!text.startsWith('rate(')) return parseCron(text, { refuse })
  const { everyMs, value, plural } = rateOf(text, refuse)
  // The service wants `rate(1 hour)` and `rate(2 hours)`, and nothing between.
  if (plural === (value === 1)) throw refuse()
  return rate(anchorMs + everyMs, everyMs)
}

/**
 * Of EventBridge Scheduler: also `at(2030-01-31T08:00:00)`, all by a zone's clock (Scheduler user guide, "Schedule types"). A rate is due
 * at its anchor already. Days of a rate are 24 hours, whatever daylight saving does.
 */
export function scheduleTimetable(text: string, { zone, anchorMs }: { zone: string; anchorMs: number }): Timetable {
  const refuse = () => invalid(`Invalid Schedule Expression ${text}.`, 'ScheduleExpression')
  const found = zoneNamed(zone)
  if (!found) throw invalid(`The ScheduleExpressionTimezone ${zone} is not valid.`, 'ScheduleExpressionTimezone')
  if (text.startsWith('at(')) return once(text, found, refuse)
  if (!text.startsWith('rate(')) return parseCron(text, { zone: found, refuse })
  return rate(anchorMs, rateOf(text, refuse).everyMs)
}

export const isOneTime = (expression: string): boolean => expression.startsWith('at(')

function rateOf(text: string, refuse: () => Error): { everyMs: number; value: number; plural: boolean } {
  const found = /^rate\(\s*([1-9]\d{0,8})\s+(minute|hour|day)(s?)\s*\)$/.exec(text)
  if (!found) throw refuse()
  const value = Number(found[1])
  return { everyMs: value * UNIT_MS[found[2] as keyof typeof UNIT_MS], value, plural: found[3] === 's' }
}

function rate(firstMs: number, everyMs: number): Timetable {
  return {
    next: (afterMs) =>
      afterMs < firstMs ? firstMs : firstMs + (Math.floor((afterMs - firstMs) / everyMs) + 1) * everyMs,
  }
}

function once(text: string, zone: Zone, refuse: () => Error): Timetable {
  const found = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(text)
  const wall = found ? Date.parse(`${found[1]}Z`) : Number.NaN
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 19) !== found![1]) throw refuse()
  const at = zone.instantOf(wall)
  if (at === undefined) throw refuse()
  return { next: (afterMs) => (at > afterMs ? at : undefined) }
}

/** A timetable within the time in which a schedule may fire. */
export function within(timetable: Timetable, { startMs, endMs }: { startMs?: number; endMs?: number }): Timetable {
  return {
    next(afterMs) {
      const at = timetable.next(Math.max(afterMs, (startMs ?? Number.NEGATIVE_INFINITY) - 1))
      return at !== undefined && endMs !== undefined && at > endMs ? undefined : at
    },
  }
}
