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
  W: '%A',
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
