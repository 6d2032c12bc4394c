import { CHECKS, TYPED } from './by-type.ts'
import { EMULATED } from './emulated.ts'
import { ENCODINGS } from './encodings.ts'
import { PATTERN_MACROS } from './patterns.ts'
import { ZONE_MACROS } from './zones.ts'

/**
 * Trino's functions in DuckDB, by name. What is not here is not registered, as Athena says of an unknown function: a name that means
 * something else in DuckDB must not slip through. Each macro is one expression in the words of Trino's documentation
 * ("Functions and operators").
 */

/** The same name and meaning in both. */
const SAME = `abs acos array_agg asin atan atan2 bool_and bool_or chr coalesce corr cos cosh
  count covar_pop covar_samp cume_dist current_date degrees dense_rank exp first_value hour kurtosis lag last_value lead
  ln log10 log2 lower lpad ltrim max md5 min minute month nth_value ntile nullif percent_rank pi quarter radians rank regr_intercept
  regr_slope row_number rpad rtrim second sin sinh skewness sqrt starts_with stddev stddev_pop stddev_samp strpos
  substring tan tanh translate upper uuid var_pop var_samp variance year day trim round
  ends_with grouping row map map_keys map_values bit_count mod power sha1 sha256 any_value last_day
  try`.split(/\s+/)

/** Another name, the same meaning and arguments. */
const RENAMED: Readonly<Record<string, string>> = {
  arbitrary: 'any_value',
  count_if: 'count_if',
  every: 'bool_and',
  max_by: 'arg_max',
  min_by: 'arg_min',
  char_length: 'trino_length',
  character_length: 'trino_length',
  pow: 'power',
  rand: 'random',
  random: 'random',
  substr: 'substring',
  truncate: 'trunc',
  is_nan: 'isnan',
  is_finite: 'isfinite',
  is_infinite: 'isinf',
  codepoint: 'unicode',
  levenshtein_distance: 'levenshtein',
  hamming_distance: 'hamming',
  day_of_month: 'dayofmonth',
  day_of_week: 'isodow',
  dow: 'isodow',
  day_of_year: 'dayofyear',
  doy: 'dayofyear',
  week: 'week',
  week_of_year: 'week',
  year_of_week: 'isoyear',
  yow: 'isoyear',
  last_day_of_month: 'last_day',
  bitwise_xor: 'xor',
  to_unixtime: 'epoch',
  to_utf8: 'encode',
  from_utf8: 'decode',
  to_base64: 'to_base64',
  from_base64: 'from_base64',
  from_hex: 'unhex',
  flatten: 'flatten',
  transform: 'list_transform',
  filter: 'list_filter',
  json_parse: 'json',
  regexp_like: 'regexp_matches',
  map_from_entries: 'map_from_entries',
  map_concat: 'map_concat',
  geometric_mean: 'geometric_mean',
  starts_with: 'starts_with',
}

/** Counted from the first: the end of a month comes back where the month is long enough. */
const MONTHS = `(datepart('year', step) * 12 + datepart('month', step))`

const VALID_JSON = 'CASE WHEN json_valid(j) THEN j END'

/** Trino's name → parameters and body of a macro `trino_<name>`. Overloads differ in the number of parameters. */
const MACROS: Readonly<Record<string, readonly string[]>> = {
  approx_percentile: [
    '(x, p) AS approx_quantile(x, p)',
    `(x, w, p) AS list_aggregate(flatten(list(list_transform(range(w::BIGINT), lambda i: x))), 'approx_quantile', p)`,
  ],
  // In the order of first occurrence, a NULL among them.
  array_distinct: ['(a) AS list_filter(a, lambda v, i: i = list_position(a, v))'],
  array_except: ['(a, b) AS list_filter(a, lambda v, i: i = list_position(a, v) AND list_position(b, v) IS NULL)'],
  array_intersect: [
    '(a, b) AS list_filter(a, lambda v, i: i = list_position(a, v) AND list_position(b, v) IS NOT NULL)',
  ],
  array_join: [
    `(a, separator) AS coalesce(array_to_string(list_filter(a, lambda v: v IS NOT NULL), separator), '')`,
    `(a, separator, nothing) AS array_to_string(list_transform(a, lambda v: coalesce(v::VARCHAR, nothing)), separator)`,
  ],
  // A NULL among the values makes the answer NULL.
  array_max: ['(a) AS CASE WHEN list_count(a) = len(a) THEN list_max(a) END'],
  array_min: ['(a) AS CASE WHEN list_count(a) = len(a) THEN list_min(a) END'],
  array_position: [
    '(a, v) AS CASE WHEN a IS NOT NULL AND v IS NOT NULL THEN coalesce(list_position(a, v), 0) END::BIGINT',
  ],
  array_remove: ['(a, v) AS list_filter(a, lambda e: e IS DISTINCT FROM v)'],
  array_sort: [`(a) AS list_sort(a, 'ASC', 'NULLS LAST')`],
  array_union: ['(a, b) AS list_filter(list_concat(a, b), lambda v, i: i = list_position(list_concat(a, b), v))'],
  bitwise_and: ['(a, b) AS a::BIGINT & b::BIGINT'],
  bitwise_or: ['(a, b) AS a::BIGINT | b::BIGINT'],
  bitwise_not: ['(a) AS ~(a::BIGINT)'],
  // DuckDB's is off by a bit; a step of Newton's finds the nearest double.
  cbrt: [
    '(x) AS CASE WHEN x = 0 OR NOT isfinite(x::DOUBLE) THEN x::DOUBLE ELSE cbrt(x) - (cbrt(x) * cbrt(x) * cbrt(x) - x) / (3 * cbrt(x) * cbrt(x)) END',
  ],
  // A NULL among the elements leaves open whether they contain a value that is not there.
  contains: [
    '(a, v) AS CASE WHEN list_contains(a, v) THEN true WHEN v IS NOT NULL AND list_count(a) = len(a) THEN false END',
  ],
  date: ['(v) AS CAST(trino_readable_day(v) AS DATE)'],
  date_add: [
    `(unit, n, t) AS cast_to_type(t + CASE lower(unit)
       WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n::BIGINT)
       WHEN 'hour' THEN to_hours(n::BIGINT) WHEN 'day' THEN to_days(n::INTEGER) WHEN 'week' THEN to_weeks(n::INTEGER)
       WHEN 'month' THEN to_months(n::INTEGER) WHEN 'quarter' THEN to_months((3 * n)::INTEGER) WHEN 'year' THEN to_years(n::INTEGER)
       ELSE to_days(trino_fail('''' || unit || ''' is not a valid Timestamp field')) END, t)`,
  ],
  date_diff: ['(unit, a, b) AS date_sub(lower(unit), a, b)'],
  date_trunc: ['(unit, t) AS cast_to_type(date_trunc(lower(unit), t), t)'],
  e: ['() AS exp(1.0::DOUBLE)'],
  element_at: ['(a, k) AS a[k]'],
  format_datetime: ['(t, f) AS strftime(t, f)'],
  from_iso8601_date: ['(s) AS CAST(s AS DATE)'],
  from_iso8601_timestamp: ['(s) AS CAST(s AS TIMESTAMPTZ)'],
  from_unixtime: ['(s) AS to_timestamp(s::DOUBLE)'],
  in_utc: ['(t) AS CAST(t AS TIMESTAMPTZ)'],
  infinity: [`() AS 'infinity'::DOUBLE`],
  nan: [`() AS 'nan'::DOUBLE`],
  // A text that is no JSON has no members; `json_parse` alone fails for it.
  json_extract: [`(j, path) AS json_extract(${VALID_JSON}, path)`],
  // Arrays and objects are no scalars.
  json_extract_scalar: [
    `(j, path) AS CASE WHEN NOT json_valid(j) THEN NULL WHEN json_type(j, path) NOT IN ('ARRAY', 'OBJECT') THEN json_extract_string(j, path) END`,
  ],
  json_format: ['(j) AS j::VARCHAR'],
  json_size: [
    `(j, path) AS CASE json_type(${VALID_JSON}, path) WHEN 'OBJECT' THEN len(json_keys(j, path)) WHEN 'ARRAY' THEN json_array_length(j, path)::BIGINT
       ELSE CASE WHEN json_type(${VALID_JSON}, path) IS NOT NULL THEN 0 END END`,
  ],
  json_array_contains: [`(j, v) AS list_contains(json_extract_string(${VALID_JSON}, '$[*]'), v::VARCHAR)`],
  json_array_length: [`(j) AS json_array_length(${VALID_JSON})::BIGINT`],
  log: ['(base, x) AS ln(x) / ln(base)'],
  millisecond: ['(t) AS (millisecond(t) % 1000)'],
  now: ['() AS now()'],
  part_of: ['(i, n) AS i * (1e0 / n)'],
  random_int: ['(a, b) AS (a + floor(random() * (b - a)))::BIGINT'],
  regexp_count: ['(s, p) AS len(regexp_extract_all(s, p))'],
  regexp_extract: [
    '(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END',
    '(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END',
  ],
  regexp_extract_all: ['(s, p) AS regexp_extract_all(s, p)', '(s, p, g) AS regexp_extract_all(s, p, g)'],
  regexp_replace: [
    `(s, p) AS regexp_replace(s, p, '', 'g')`,
    `(s, p, r) AS regexp_replace(s, p, regexp_replace(r, '\\$(\\d)', '\\\\\\1', 'g'), 'g')`,
  ],
  regexp_split: ['(s, p) AS regexp_split_to_array(s, p)'],
  repeat: ['(v, n) AS list_transform(range(n), lambda i: v)'],
  replace: [`(s, part) AS replace(s, part, '')`, '(s, part, other) AS replace(s, part, other)'],
  sequence: [
    "(a DATE, b DATE) AS list_transform(range(0, abs(date_diff('day', a, b)) + 1), lambda i: a + (i * sign(b - a))::INTEGER)",
    '(a, b) AS CASE WHEN b >= a THEN generate_series(a, b) ELSE generate_series(a, b, -1) END',
    `(a DATE, b DATE, step INTERVAL) AS CASE WHEN ${MONTHS} = 0 THEN CAST(generate_series(a, b, step) AS DATE[])
       ELSE list_transform(range(0, date_sub('month', a, b) // ${MONTHS} + 1), lambda i: CAST(a + to_months((i * ${MONTHS})::INTEGER) AS DATE)) END`,
    '(a TIMESTAMP, b TIMESTAMP, step INTERVAL) AS generate_series(a, b, step)',
    '(a, b, step) AS generate_series(a, b, step)',
  ],
  slice: ['(a, first, n) AS list_slice(a, first, first + n - 1)'],
  split_part: [
    `(s, d, i) AS CASE WHEN i < 1 THEN trino_fail('Index must be greater than zero')::VARCHAR ELSE string_split(s, d)[i] END`,
  ],
  // Text begins at 1: what begins before it, or has no length, is empty.
  substring: [
    '(s, i) AS substring(s, i, CASE WHEN i = 0 OR -i > length(s) THEN 0 ELSE 4294967295 END)',
    '(s, i, n) AS substring(s, i, CASE WHEN i = 0 OR -i > length(s) OR n < 0 THEN 0 ELSE n END)',
  ],
  split: [
    '(s, d) AS string_split(s, d)',
    '(s, d, n) AS CASE WHEN len(string_split(s, d)) <= n THEN string_split(s, d) ELSE list_append(string_split(s, d)[1:n - 1], array_to_string(string_split(s, d)[n:], d)) END',
  ],
  to_hex: ['(b) AS upper(hex(b))'],
  to_iso8601: [
    `(t) AS CASE typeof(t) WHEN 'DATE' THEN strftime(t, '%Y-%m-%d') WHEN 'TIMESTAMP' THEN strftime(t, '%Y-%m-%dT%H:%M:%S.%g')
       ELSE strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ') END`,
  ],
  // Of forms: a space is a plus.
  url_encode: [`(s) AS replace(replace(replace(url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E')`],
  url_decode: [`(s) AS url_decode(replace(s, '+', ' '))`],
  url_extract_host: [`(u) AS nullif(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@]*@)?([^/:?#]+)', 1), '')`],
  url_extract_path: [`(u) AS regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1)`],
  url_extract_protocol: [`(u) AS nullif(regexp_extract(u, '^([a-zA-Z][a-zA-Z0-9+.-]*)://', 1), '')`],
  url_extract_query: [`(u) AS nullif(regexp_extract(u, '\\?([^#]*)', 1), '')`],
  // A date less a date is an interval. Both answers have their types, and the binder takes one of them.
  subtract: [
    `(a, b) AS struct_extract(
       struct_pack(
         days := CASE WHEN typeof(a) = 'DATE' AND typeof(b) = 'DATE' THEN to_days((a - b)::VARCHAR::INTEGER) END,
         rest := a - b),
       CASE WHEN typeof(a) = 'DATE' AND typeof(b) = 'DATE' THEN 'days' ELSE 'rest' END)`,
  ],
  width_bucket: [
    '(x, a, b, n) AS CASE WHEN x < a THEN 0 WHEN x >= b THEN n + 1 ELSE floor((x - a)::DOUBLE / (b - a) * n)::BIGINT + 1 END',
  ],
}

/** Functions that the translation writes itself (see rewrite.ts). */
const REWRITTEN =
  `all_match any_match none_match zip_with map_filter transform_values transform_keys map_zip_with listagg approx_distinct at_timezone avg concat current_timestamp date_format date_parse format greatest if least parse_datetime
  reduce reduce_agg sum timezone_hour timezone_minute to_char to_date to_timestamp with_timezone`.split(/\s+/)

/** Calls that the translation itself writes, by names that no one can call. */
const WITHIN: Readonly<Record<string, string>> = {
  'zone local': 'trino_zone_local',
  'zone instant': 'trino_zone_instant',
  'zone text': 'trino_zone_text',
  'zone iso8601': 'trino_zone_iso8601',
  'zone hour': 'trino_zone_hour',
  'zone minute': 'trino_zone_minute',
}

/** Macros that Trino has no function for. */
const OWN: ReadonlySet<string> = new Set([
  'in_utc',
  'subtract',
  'both_boolean',
  'no_boolean',
  'any',
  'all',
  'entries',
  'text',
  'whole',
  'rounded',
  'average',
  'element',
  'subscript',
  'scientific',
  'as_text',
  'if_texts',
  'varbinary',
  'varchar',
  'whole_number',
  'boolean_text',
  'day_text',
  'readable_boolean',
  'readable_day',
  'json_rounded',
  'fail',
  'concat',
  'part_of',
  'random_int',
])

const TARGETS = new Map<string, string>()
for (const name of [...SAME, ...REWRITTEN]) TARGETS.set(name, name)
for (const [name, target] of Object.entries(RENAMED)) TARGETS.set(name, target)
const ALL_MACROS = { ...TYPED, ...CHECKS, ...MACROS, ...EMULATED, ...ENCODINGS, ...PATTERN_MACROS }
for (const name of Object.keys(ALL_MACROS)) if (!OWN.has(name)) TARGETS.set(name, `trino_${name}`)

/** DuckDB's name of a Trino function; undefined for one that is not registered. */
export function duckFunction(name: string): string | undefined {
  return TARGETS.get(name.toLowerCase()) ?? WITHIN[name]
}

/** How a function of Trino is answered: by the same or another one of DuckDB's, by an expression of ours, or by another tree. */
export type Manner = 'mapped' | 'emulated' | 'rewritten'

export const TRINO_FUNCTIONS: readonly { name: string; manner: Manner; target: string }[] = [...TARGETS]
  .map(([name, target]) => {
    const manner: Manner = REWRITTEN.includes(name) ? 'rewritten' : target.startsWith('trino_') ? 'emulated' : 'mapped'
    return { name, manner, target }
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1))

export const TRINO_MACROS: readonly string[] = [
  ...Object.entries(ALL_MACROS).map(
    ([name, overloads]) => `CREATE OR REPLACE MACRO trino_${name}${overloads.join(', ')}`,
  ),
  ...ZONE_MACROS,
]
