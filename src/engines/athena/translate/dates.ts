import { EngineError } from '../../kit/pure/errors.ts'

/** MySQL's date specifiers, as `date_format` and `date_parse` take them, in DuckDB's (strftime). */
const SPECIFIERS: Readonly<Record<string, string>> = {
  a: '%a',
  b: '%b',
  c: '%-m',
  d: '%d',
  e: '%-d',
  f: '%f',
  H: '%H',
  h: '%I',
  I: '%I',
  i: '%M',
  j: '%j',
  k: '%-H',
  l: '%-I',
  M: '%B',
  m: '%m',
  p: '%p',
  r: '%I:%M:%S %p',
  S: '%S',
  s: '%S',
  T: '%H:%M:%S',
  v: '%V',
  W: '%A',
  x: '%G',
  Y: '%Y',
  y: '%y',
  '%': '%%',
}

/** `%i` is minutes and `%M` a month's name in Trino; in DuckDB `%M` is minutes. */
export function duckDateFormat(format: string): string {
  return format.replace(/%(.)/g, (_, letter: string) => {
    const specifier = SPECIFIERS[letter]
    if (!specifier) {
      throw new EngineError('INVALID_FUNCTION_ARGUMENT', `%${letter} not supported in date format string`)
    }
    return specifier
  })
}

/** Joda's letters, as `format_datetime` takes them, in DuckDB's. */
export function jodaFormat(format: string): string {
  const letters: Readonly<Record<string, string>> = {
    yyyy: '%Y',
    y: '%Y',
    yy: '%y',
    x: '%G',
    xxxx: '%G',
    ww: '%V',
    e: '%u',
    D: '%-j',
    DDD: '%j',
    M: '%-m',
    MM: '%m',
    MMM: '%b',
    MMMM: '%B',
    dd: '%d',
    d: '%-d',
    H: '%-H',
    HH: '%H',
    h: '%-I',
    hh: '%I',
    m: '%-M',
    mm: '%M',
    s: '%-S',
    ss: '%S',
    SSS: '%g',
    E: '%a',
    EEE: '%a',
    EEEE: '%A',
    a: '%p',
  }
  return format.replace(/'([^']*)'|([A-Za-z])\2*/g, (letter, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted
    const specifier = letters[letter]
    if (!specifier)
      throw new EngineError('NOT_SUPPORTED', `The date pattern "${letter}" of "${format}" is not supported.`)
    return specifier
  })
}

const SECONDS: Readonly<Record<string, number>> = { Day: 86_400, Hour: 3600, Minute: 60, Second: 1 }

/** An interval of several fields (`'1 02:03' DAY TO MINUTE`, `'1-2' YEAR TO MONTH`) as one number of one field. */
export function intervalOf(written: string, from: string, to: string): [value: number, unit: 'Month' | 'Second'] {
  const sign = /^\s*-/.test(written) ? -1 : 1
  const values = written
    .trim()
    .replace(/^[+-]/, '')
    .split(/[-: ]+/)
    .map(Number)
  const fields = from === 'Year' ? ['Year', 'Month'] : Object.keys(SECONDS)
  const named = fields.slice(fields.indexOf(from), fields.indexOf(to) + 1)
  if (values.length !== named.length || values.some(Number.isNaN)) {
    throw new EngineError('INVALID_LITERAL', `'${written}' is not a valid interval literal`)
  }
  if (from === 'Year') return [sign * (values[0] * 12 + values[1]), 'Month']
  return [sign * named.reduce((sum, field, i) => sum + values[i] * SECONDS[field], 0), 'Second']
}
