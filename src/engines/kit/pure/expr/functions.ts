import type { Span } from './ast.ts'
import { define, type FunctionEntry, must, number, prepared, text } from './function-kit.ts'
import { times } from './functions-time.ts'
import { murmur3 } from './hash.ts'
import { MAX_REGEX_TEXT, regexTest } from './regex.ts'
import { evaluationError, Instant, mismatch, order, roundAway, textOf, type Value } from './values.ts'

export type { FunctionEntry } from './function-kit.ts'

const many = Number.POSITIVE_INFINITY

const texts: FunctionEntry[] = [
  define('text', 'lower(text)', 'The text in lower case.', 1, 1, (at) => (a) => text(a, 0, 'lower', at).toLowerCase()),
  define('text', 'upper(text)', 'The text in upper case.', 1, 1, (at) => (a) => text(a, 0, 'upper', at).toUpperCase()),
  define(
    'text',
    'trim(text)',
    'The text without white space at both ends.',
    1,
    1,
    (at) => (a) => text(a, 0, 'trim', at).trim(),
  ),
  define(
    'text',
    'ltrim(text)',
    'The text without white space at its start.',
    1,
    1,
    (at) => (a) => text(a, 0, 'ltrim', at).trimStart(),
  ),
  define(
    'text',
    'rtrim(text)',
    'The text without white space at its end.',
    1,
    1,
    (at) => (a) => text(a, 0, 'rtrim', at).trimEnd(),
  ),
  define(
    'text',
    'length(text)',
    'Number of characters (UTF-16 units).',
    1,
    1,
    (at) => (a) => text(a, 0, 'length', at).length,
  ),
  define(
    'text',
    'substr(text, start[, length])',
    'The part from position `start`, counted from 1; a negative start counts from the end.',
    2,
    3,
    (at) => (a) =>
      substring(
        text(a, 0, 'substr', at),
        number(a, 1, 'substr', at),
        a.length > 2 ? number(a, 2, 'substr', at) : undefined,
      ),
  ),
  define(
    'text',
    'concat(value, …)',
    'The texts of the values one after the other; null counts as empty.',
    1,
    many,
    () => (a) => a.map((value) => (value === null ? '' : textOf(value))).join(''),
    false,
  ),
  define(
    'text',
    'replace(text, search[, replacement])',
    'Every occurrence of `search` replaced, or removed.',
    2,
    3,
    (at) => (a) =>
      text(a, 0, 'replace', at).replaceAll(text(a, 1, 'replace', at), () =>
        a.length > 2 ? text(a, 2, 'replace', at) : '',
      ),
  ),
  define(
    'text',
    'split_part(text, delimiter, index)',
    'Field `index` (from 1) of a text cut at the delimiter; null beyond the last.',
    3,
    3,
    (at) => (a) => {
      const index = number(a, 2, 'split_part', at)
      if (!Number.isInteger(index) || index < 1)
        throw evaluationError('INVALID_FUNCTION_ARGUMENT', 'The index of split_part counts from 1.', at)
      return text(a, 0, 'split_part', at).split(text(a, 1, 'split_part', at))[index - 1] ?? null
    },
  ),
  define(
    'text',
    'starts_with(text, prefix)',
    'Whether the text starts with the prefix.',
    2,
    2,
    (at) => (a) => text(a, 0, 'starts_with', at).startsWith(text(a, 1, 'starts_with', at)),
  ),
  define(
    'text',
    'strpos(text, search)',
    'Position of the first occurrence, from 1; 0 where there is none.',
    2,
    2,
    (at) => (a) => text(a, 0, 'strpos', at).indexOf(text(a, 1, 'strpos', at)) + 1,
  ),
  define(
    'text',
    'lpad(text, length, fill)',
    'The text filled at its start, or cut, to a length.',
    3,
    3,
    (at) => (a) => pad(a, 'lpad', at),
  ),
  define(
    'text',
    'regexp_like(text, pattern)',
    'Whether the pattern occurs in the text. Linear time: no back-references, no lookaround; (?i) at its start ignores case.',
    2,
    2,
    prepared(
      1,
      'regexp_like',
      (pattern, at) => must(regexTest(pattern), at),
      (test, a, at) => {
        const value = text(a, 0, 'regexp_like', at)
        if (value.length <= MAX_REGEX_TEXT) return test(value)
        throw evaluationError(
          'INVALID_FUNCTION_ARGUMENT',
          `regexp_like takes text of at most ${MAX_REGEX_TEXT} characters.`,
          at,
        )
      },
    ),
  ),
]

function substring(value: string, start: number, length: number | undefined): string {
  if (start === 0) return ''
  const from = start > 0 ? start - 1 : value.length + start
  if (from < 0) return ''
  return value.slice(from, length === undefined ? undefined : Math.max(from, from + length))
}

function pad(a: readonly Value[], name: string, at: Span): string {
  const length = number(a, 1, name, at)
  if (!(length >= 0 && length <= 1_000_000))
    throw evaluationError('INVALID_FUNCTION_ARGUMENT', `${name} takes a length from 0 to 1000000.`, at)
  return text(a, 0, name, at)
    .slice(0, length)
    .padStart(length, text(a, 2, name, at))
}

const numbers: FunctionEntry[] = [
  unary('abs', 'The value without its sign.', Math.abs),
  unary('floor', 'The next whole number down.', Math.floor),
  unary('ceil', 'The next whole number up.', Math.ceil),
  unary('sqrt', 'The square root; null of a negative number.', Math.sqrt),
  unary('ln', 'The natural logarithm; null where there is none.', Math.log),
  unary('exp', 'e to the power of the value.', Math.exp),
  unary('sign', '-1, 0 or 1.', Math.sign),
  define(
    'number',
    'round(number[, digits])',
    'Rounded half away from zero at a decimal position.',
    1,
    2,
    (at) => (a) => roundAway(number(a, 0, 'round', at), a.length > 1 ? Math.trunc(number(a, 1, 'round', at)) : 0),
  ),
  define('number', 'mod(number, by)', 'The remainder, with the sign of the first argument.', 2, 2, (at) => (a) => {
    const by = number(a, 1, 'mod', at)
    if (by === 0) throw evaluationError('DIVISION_BY_ZERO', 'mod by 0.', at)
    return number(a, 0, 'mod', at) % by
  }),
  define(
    'number',
    'power(base, exponent)',
    'The base to a power; null where that is not a number.',
    2,
    2,
    (at) => (a) => finite(number(a, 0, 'power', at) ** number(a, 1, 'power', at)),
  ),
]

/** JSON has no infinity and no NaN: where arithmetic leaves the numbers, the result is null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function unary(name: string, description: string, compute: (value: number) => number): FunctionEntry {
  return define('number', `${name}(number)`, description, 1, 1, (at) => (a) => finite(compute(number(a, 0, name, at))))
}

const choices: FunctionEntry[] = [
  define(
    'choice',
    'coalesce(value, …)',
    'The first value that is not null.',
    1,
    many,
    () => (a) => a.find((value) => value !== null) ?? null,
    false,
  ),
  define(
    'choice',
    'nullif(a, b)',
    'Null where both are equal, else the first.',
    2,
    2,
    (at) =>
      ([a, b]) =>
        a !== null && b !== null && order(a, b, at) === 0 ? null : a,
    false,
  ),
  define(
    'choice',
    'greatest(value, …)',
    'The largest value; null if any is null.',
    1,
    many,
    (at) => (a) => a.reduce((x, y) => (order(y, x, at) > 0 ? y : x)),
  ),
  define(
    'choice',
    'least(value, …)',
    'The smallest value; null if any is null.',
    1,
    many,
    (at) => (a) => a.reduce((x, y) => (order(y, x, at) < 0 ? y : x)),
  ),
  define(
    'choice',
    'try(value)',
    'The value, or null where working it out fails.',
    1,
    1,
    () =>
      ([a]) =>
        a,
    false,
  ),
]

const others: FunctionEntry[] = [
  define(
    'other',
    'hash(value, …)',
    'MurmurHash3 (32 bit, seed 0) of the values’ texts: 0 to 4294967295, the same on every machine.',
    1,
    many,
    () => (a) => murmur3(a.length === 1 ? keyText(a[0]) : a.map(keyText).join('\u0000')),
    false,
  ),
  define(
    'other',
    'typeof(value)',
    'null, boolean, number, text, timestamp, array or object.',
    1,
    1,
    () =>
      ([a]) =>
        kindOf(a),
    false,
  ),
  define('other', 'cardinality(array)', 'Number of elements of an array.', 1, 1, (at) => ([a]) => {
    if (Array.isArray(a)) return a.length
    throw mismatch('cardinality takes an array', a, at)
  }),
]

const keyText = (value: Value) => (value === null ? '' : textOf(value))

function kindOf(value: Value): string {
  if (value === null) return 'null'
  if (value instanceof Instant) return 'timestamp'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'string' ? 'text' : typeof value
}

/** Every function, for completion and help. */
export const FUNCTIONS: readonly FunctionEntry[] = [...texts, ...numbers, ...times, ...choices, ...others]

const ALIASES: Record<string, string> = {
  substring: 'substr',
  ceiling: 'ceil',
  pow: 'power',
  char_length: 'length',
  ifnull: 'coalesce',
}

const byName = new Map(FUNCTIONS.map((entry) => [entry.name, entry]))

export function functionNamed(name: string): FunctionEntry | undefined {
  return byName.get(name) ?? byName.get(ALIASES[name] ?? '')
}
