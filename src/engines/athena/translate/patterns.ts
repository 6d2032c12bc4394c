import { fn, number, operands, stringOf, type Tree, text } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'

/** Fields of a time within `format`: `%tY` and its like, in strftime's words. */
const TIME_FIELDS: Readonly<Record<string, string>> = {
  Y: '%Y',
  y: '%y',
  m: '%m',
  d: '%d',
  e: '%-d',
  B: '%B',
  b: '%b',
  h: '%b',
  A: '%A',
  a: '%a',
  j: '%j',
  H: '%H',
  k: '%-H',
  I: '%I',
  l: '%-I',
  M: '%M',
  S: '%S',
  L: '%g',
  F: '%Y-%m-%d',
  D: '%m/%d/%y',
  T: '%H:%M:%S',
  R: '%H:%M',
  r: '%I:%M:%S %p',
}

const SPECIFIER = /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?(t[A-Za-z]|[a-zA-Z%])/g

/** `format(…)` by Java's Formatter, its pattern written out: texts, whole and decimal numbers, hexadecimals, booleans, times. */
export function formatted(args: readonly unknown[]): Tree {
  const pattern = stringOf(args[0])
  if (pattern === undefined)
    throw new EngineError('NOT_SUPPORTED', 'The pattern of format must be written out for Millrace')
  const pieces: Tree[] = []
  let from = 0
  let next = 1
  for (const found of pattern.matchAll(SPECIFIER)) {
    const [whole, place, flags, width, digits, conversion] = found
    if (found.index > from) pieces.push(text(pattern.slice(from, found.index)))
    from = found.index + whole.length
    if (conversion === '%' || conversion === 'n') {
      pieces.push(text(conversion === '%' ? '%' : '\n'))
      continue
    }
    const value = args[place ? Number(place) : next++]
    if (value === undefined) throw new EngineError('INVALID_FUNCTION_ARGUMENT', `Format specifier '${whole}'`)
    const written = fn('coalesce', converted(value, { whole, flags, width, digits, conversion }), text('null'))
    const justified = fn(flags.includes('-') ? 'rpad' : 'lpad', written, number(Number(width)), text(' '))
    pieces.push(width ? fn('if', longer(written, Number(width)), written, justified) : written)
  }
  if (/%/.test(pattern.slice(from))) throw new EngineError('INVALID_FUNCTION_ARGUMENT', `Invalid format: ${pattern}`)
  if (from < pattern.length || pieces.length === 0) pieces.push(text(pattern.slice(from)))
  return fn('concat', ...pieces)
}

interface Specifier {
  readonly whole: string
  readonly flags: string
  readonly width: string | undefined
  readonly digits: string | undefined
  readonly conversion: string
}

function converted(value: unknown, { whole, flags, width, digits, conversion }: Specifier): Tree {
  const comma = flags.includes(',') ? ',' : ''
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const zeros = flags.includes('0') && width ? `0${width}` : ''
  if (flags.includes('(') || flags.includes('#'))
    throw new EngineError('NOT_SUPPORTED', `The format "${whole}" is not supported by Millrace`)
  switch (conversion) {
    case 's':
    case 'S': {
      const written = fn('trino_text', value)
      const cut = digits === undefined ? written : fn('left', written, number(Number(digits)))
      return conversion === 'S' ? fn('upper', cut) : cut
    }
    case 'd':
      return fn('format', text(`{:${sign}${zeros}${comma}d}`), fn('trino_whole', value))
    case 'f': {
      const places = Number(digits ?? 6)
      const rounded = fn('trino_rounded', value, number(places))
      return fn('format', text(`{:${sign}${zeros}${comma}.${places}f}`), rounded)
    }
    case 'e':
      return fn('format', text(`{:${sign}${zeros}.${digits ?? 6}e}`), fn('trino_rounded', value, number(300)))
    case 'x':
    case 'X':
      return fn('format', text(`{:${zeros}${conversion}}`), fn('trino_whole', value))
    case 'b':
      return fn('trino_text', value)
    case 'c':
      return fn('chr', value)
  }
  const field = conversion[0] === 't' ? TIME_FIELDS[conversion[1]] : undefined
  if (!field) throw new EngineError('NOT_SUPPORTED', `The format "${whole}" is not supported by Millrace`)
  return fn('strftime', value, text(field))
}

function longer(value: unknown, width: number): Tree {
  return { gte: operands(fn('length', value), number(width)) }
}

/** The pattern of a function, which must be written out, in DuckDB's words. */
export function pattern(name: string, value: unknown, translate: (pattern: string) => string): Tree {
  const written = stringOf(value)
  if (written === undefined)
    throw new EngineError('NOT_SUPPORTED', `The pattern of ${name} must be written out for Millrace`)
  return text(translate(written))
}

/** A time alone is of the first day of 1970, which to DuckDB is one of 1900. */
export function parseDate(value: unknown, format: Tree): Tree {
  const written = stringOf(format)!
  if (/%[YyG]/.test(written)) return fn('strptime', value, format)
  return fn('strptime', fn('concat', text('1970 '), fn('nullif', value, text(''))), text(`%Y ${written}`))
}

const TERADATA: Readonly<Record<string, string>> = {
  hh24: '%H',
  hh: '%I',
  mi: '%M',
  ss: '%S',
  yyyy: '%Y',
  yy: '%y',
  mm: '%m',
  dd: '%d',
}

/** A pattern of `to_char`, `to_date` and `to_timestamp` in strftime's words (Trino, "Teradata functions"). */
export function teradataFormat(format: string): string {
  return format.replace(/hh24|hh|mi|ss|yyyy|yy|mm|dd|[a-z]+|%/gi, (word) => {
    if (word === '%') return '%%'
    const field = TERADATA[word.toLowerCase()]
    if (!field)
      throw new EngineError('INVALID_FUNCTION_ARGUMENT', `Failed to tokenize string [${word}] of the pattern ${format}`)
    return field
  })
}

/** Macros of `format`: DuckDB's is strict about the types of its arguments. Java rounds halves up. */
export const PATTERN_MACROS: Readonly<Record<string, readonly string[]>> = {
  text: ['(x) AS x::VARCHAR'],
  rounded: ['(x, n) AS round(x, n)::DOUBLE'],
}
