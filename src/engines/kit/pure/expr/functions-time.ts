import type { Span } from './ast.ts'
import {
  addUnits,
  DATE_PARTS,
  datePart,
  formatter,
  fromPercentFormat,
  patternReader,
  TIME_UNITS,
  truncator,
  unitsBetween,
} from './datetime.ts'
import { type Body, define, type FunctionEntry, must, number, prepared, text, time } from './function-kit.ts'
import { evaluationError, Instant, mismatch, type Value } from './values.ts'

function knownUnit(unit: string, at: Span): string {
  must(truncator(unit.toLowerCase()), at, unknownUnit(unit))
  return unit.toLowerCase()
}

const unknownUnit = (unit: string) => `"${unit}" is not a unit of time. The units are ${TIME_UNITS.join(', ')}.`

export const times: FunctionEntry[] = [
  define(
    'time',
    'date_trunc(unit, time)',
    `The start of the unit the time lies in: ${TIME_UNITS.join(', ')}. Weeks start on Monday.`,
    2,
    2,
    prepared(
      0,
      'date_trunc',
      (unit, at) => must(truncator(unit.toLowerCase()), at, unknownUnit(unit)),
      (truncate, a, at) => new Instant(truncate(time(a, 1, 'date_trunc', at))),
    ),
  ),
  define(
    'time',
    'date_part(part, time)',
    `A number out of a time: ${DATE_PARTS.join(', ')}. EXTRACT(part FROM time) is the same.`,
    2,
    2,
    prepared(
      0,
      'date_part',
      (part, at) =>
        must(
          datePart(part.toLowerCase()),
          at,
          `"${part}" is not a part of a time. The parts are ${DATE_PARTS.join(', ')}.`,
        ),
      (read, a, at) => read(time(a, 1, 'date_part', at)),
    ),
  ),
  define(
    'time',
    'date_add(unit, count, time)',
    'The time so many units later.',
    3,
    3,
    prepared(0, 'date_add', knownUnit, (unit, a, at) =>
      instant(addUnits(unit, number(a, 1, 'date_add', at), time(a, 2, 'date_add', at)) ?? Number.NaN, at),
    ),
  ),
  define(
    'time',
    'date_diff(unit, from, to)',
    'Whole units from one time to the other.',
    3,
    3,
    prepared(
      0,
      'date_diff',
      knownUnit,
      (unit, a, at) => unitsBetween(unit, time(a, 1, 'date_diff', at), time(a, 2, 'date_diff', at)) ?? null,
    ),
  ),
  define(
    'time',
    'to_timestamp(value[, pattern])',
    'A timestamp of ISO 8601 text, of epoch milliseconds, or of text in a pattern such as yyyy/MM/dd HH:mm.',
    1,
    2,
    (at, constants) =>
      constants[1] === undefined
        ? (a) => (a.length > 1 ? byPattern(at)(a) : toTimestamp(a[0], at))
        : byPattern(at, constants[1]),
  ),
  define(
    'time',
    'from_iso8601_timestamp(text)',
    'A timestamp of ISO 8601 text; without a zone it is UTC.',
    1,
    1,
    (at) => (a) => new Instant(time(a, 0, 'from_iso8601_timestamp', at)),
  ),
  define(
    'time',
    'from_unixtime(seconds)',
    'A timestamp of seconds since 1970.',
    1,
    1,
    (at) => (a) => instant(number(a, 0, 'from_unixtime', at) * 1000, at),
  ),
  define('time', 'epoch_ms(time)', 'Milliseconds since 1970.', 1, 1, (at) => (a) => time(a, 0, 'epoch_ms', at)),
  define(
    'time',
    'date_format(time, format)',
    'The time in MySQL letters, as in Athena: %Y-%m-%d %H:%i:%s.',
    2,
    2,
    prepared(
      1,
      'date_format',
      (format, at) => must(formatter(must(fromPercentFormat(format), at).pattern), at),
      (write, a, at) => write(time(a, 0, 'date_format', at)),
    ),
  ),
  define(
    'time',
    'format_datetime(time, pattern)',
    'The time in Java letters: yyyy-MM-dd HH:mm:ss.',
    2,
    2,
    prepared(
      1,
      'format_datetime',
      (pattern, at) => must(formatter(pattern), at),
      (write, a, at) => write(time(a, 0, 'format_datetime', at)),
    ),
  ),
]

const MAX_TIME_MS = 8.64e15

function instant(ms: number, at: Span): Instant {
  if (!(Math.abs(ms) <= MAX_TIME_MS))
    throw evaluationError('INVALID_FUNCTION_ARGUMENT', 'The time is out of range.', at)
  return new Instant(ms)
}

function toTimestamp(value: Value, at: Span): Instant {
  return typeof value === 'number' ? instant(Math.floor(value), at) : new Instant(time([value], 0, 'to_timestamp', at))
}

function byPattern(at: Span, constant?: Value): Body {
  const read = prepared(
    1,
    'to_timestamp',
    (pattern) => must(patternReader(pattern), at),
    (reader, a) => {
      const ms = reader(text(a, 0, 'to_timestamp', at))
      if (Number.isNaN(ms)) throw mismatch('to_timestamp takes text in its pattern', a[0], at)
      return new Instant(ms)
    },
  )
  return read(at, [undefined, constant])
}
