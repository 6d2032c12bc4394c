import { byType } from '../translate/by-type.ts'

const DAYS = `list_position(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], upper(left(day, 2)))`

/** What Spark calls the unit to which a time is cut, in DuckDB's words. */
const UNIT = `CASE lower(unit) WHEN 'yyyy' THEN 'year' WHEN 'yy' THEN 'year' WHEN 'mm' THEN 'month' WHEN 'mon' THEN 'month' WHEN 'dd' THEN 'day' ELSE lower(unit) END`

const IS_LAST = (day: string) => `${day}::DATE = last_day(${day}::DATE)`

/** Whole months where both are the same day, or the last, of their months; else the rest as a part of 31 days. */
const MONTHS = `CASE WHEN day(a) = day(b) OR (${IS_LAST('a')} AND ${IS_LAST('b')}) THEN (year(a) - year(b)) * 12 + month(a) - month(b)
  ELSE (year(a) - year(b)) * 12 + month(a) - month(b)
    + (epoch(a) - epoch(date_trunc('month', a)) - epoch(b) + epoch(date_trunc('month', b))) / 2678400.0 END::DOUBLE`

/** `1.0E10`: a double as a text, by the rules of Java. */
const JAVA_DOUBLE = `CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
  WHEN x = 0 OR (abs(x) >= 1e-3 AND abs(x) < 1e7) THEN x::VARCHAR ELSE replace(trino_scientific(x), 'E+', 'E') END`

const STRING = byType(
  [{ when: 'real', gives: (of) => `spark_java_double(${of('x')})`, others: { x: '1e0' } }],
  'x::VARCHAR',
)

/** Casts to whole numbers cut what is behind the point; a text must be a whole number. */
const WHOLE = byType(
  [
    { when: 'real', gives: (of) => `trunc(${of('x')})`, others: { x: '1e0' } },
    {
      when: { condition: `typeof(list_value(x)) LIKE 'DECIMAL(%'` },
      gives: (of) => `trunc(${of('x')})`,
      others: { x: '1.0' },
    },
    {
      when: { condition: `typeof(list_value(x)) = 'TIMESTAMP[]'` },
      gives: (of) => `floor(epoch(${of('x')}))::BIGINT`,
      others: { x: `TIMESTAMP '1970-01-01'` },
    },
    {
      when: 'text',
      gives: (of) => `${of('x')} || CASE WHEN regexp_matches(${of('x')}, '[.eE]') THEN '!' ELSE '' END`,
      others: { x: `'0'` },
    },
  ],
  'x',
)

/** The type of a mean: of decimals four places more, of all other numbers a double. */
const MEAN_TYPE = byType(
  [
    {
      when: { condition: `typeof(list_value(x)) LIKE 'DECIMAL(%'` },
      gives: (of) => `${of('x')} * 1.0000`,
      others: { x: '1.0' },
    },
  ],
  'x::DOUBLE',
)

const TEXTS = byType(
  [{ when: 'list', gives: (of) => `list_transform(${of('x')}, lambda v: v::VARCHAR)`, others: { x: `['']` } }],
  '[x::VARCHAR]',
)

const CONCATENATED = byType(
  [{ when: 'list', gives: (of) => `${of('x')} || ${of('y')}`, others: { x: '[1]', y: '[1]' } }],
  'x::VARCHAR || y::VARCHAR',
)

/** `a[0]` is the first element of an array, `m['k']` the value of a key: what `beyond` says stands where an array has no such element. */
const item = (beyond: string) =>
  byType(
    [
      {
        when: 'list',
        gives: (of) => `${of('x')}[${beyond.replaceAll('@x', of('x')).replaceAll('@i', of('i'))}]`,
        others: { x: '[1]', i: '0' },
      },
      { when: 'map', gives: (of) => `${of('x')}[${of('i')}]`, others: { x: `MAP {'': 1}`, i: `''` } },
    ],
    'NULL',
  )

const OUTSIDE = `trino_fail('The index ' || @i || ' is out of bounds. The array has ' || len(@x) || ' elements')`
const ITEM = item(`CASE WHEN @i < 0 OR @i >= len(@x) THEN ${OUTSIDE} ELSE @i + 1 END`)
const ITEM_OR_NULL = item('CASE WHEN @i >= 0 THEN @i + 1 END')

/** Fields that are NULL are left out, but of structs in lists within others. */
const TO_JSON = byType(
  [
    {
      when: { condition: `typeof(list_value(x)) LIKE 'STRUCT(%)[][]'` },
      gives: (of) => `to_json(list_transform(${of('x')}, lambda e: json_merge_patch('{}', to_json(e))))::VARCHAR`,
      others: { x: '[struct_pack(a := 1)]' },
    },
    {
      when: 'row',
      gives: (of) => `json_merge_patch('{}', to_json(${of('x')}))::VARCHAR`,
      others: { x: 'struct_pack(a := 1)' },
    },
  ],
  'to_json(x)::VARCHAR',
)

const checked = `CASE WHEN b = 0 THEN error('Division by zero') ELSE b END`
const nulled = 'nullif(b, 0)'

/**
 * Spark's name → parameters and body of a macro `spark_<name>`. Overloads differ in the number of parameters. The words are those of
 * Spark's documentation ("Built-in Functions").
 */
export const MACROS: Readonly<Record<string, readonly string[]>> = {
  // First, for another uses it.
  java_double: [`(x) AS ${JAVA_DOUBLE}`],
  // Text
  char: [`(n) AS CASE WHEN n < 0 THEN '' ELSE chr((n % 256)::INTEGER) END`],
  concat: [`(x, y) AS ${CONCATENATED}`],
  texts: [`(x) AS ${TEXTS}`],
  find_in_set: [
    `(s, list) AS CASE WHEN contains(s, ',') THEN 0 ELSE coalesce(list_position(string_split(list, ','), s), CASE WHEN s IS NOT NULL AND list IS NOT NULL THEN 0 END) END::INTEGER`,
  ],
  format_number: [`(x, digits) AS format('{:,.' || digits || 'f}', round(x::DOUBLE, digits))`],
  initcap: [
    `(s) AS array_to_string(list_transform(string_split(lower(s), ' '), lambda w: upper(w[1:1]) || w[2:]), ' ')`,
  ],
  instr: ['(s, part) AS strpos(s, part)::INTEGER'],
  length: ['(s) AS trino_length(s)::INTEGER'],
  locate: [
    '(part, s) AS strpos(s, part)::INTEGER',
    `(part, s, i) AS CASE WHEN i < 1 THEN 0 WHEN strpos(s[i:], part) = 0 THEN 0 ELSE strpos(s[i:], part) + i - 1 END::INTEGER`,
  ],
  lpad: [`(s, n) AS lpad(s, n, ' ')`, '(s, n, pad) AS lpad(s, n, pad)'],
  rpad: [`(s, n) AS rpad(s, n, ' ')`, '(s, n, pad) AS rpad(s, n, pad)'],
  regexp_count: ['(s, p) AS len(regexp_extract_all(s, p))::INTEGER'],
  regexp_extract: ['(s, p) AS regexp_extract(s, p, 1)', '(s, p, g) AS regexp_extract(s, p, g)'],
  regexp_extract_all: ['(s, p) AS regexp_extract_all(s, p, 1)', '(s, p, g) AS regexp_extract_all(s, p, g)'],
  regexp_substr: [`(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END`],
  replace: [`(s, part) AS replace(s, part, '')`, '(s, part, other) AS replace(s, part, other)'],
  split_part: [
    `(s, d, i) AS CASE WHEN i = 0 THEN trino_fail('The index 0 is invalid. An index shall be either < 0 or > 0')::VARCHAR ELSE coalesce(string_split(s, d)[i], left(s, 0)) END`,
  ],
  space: [`(n) AS repeat(' ', n)`],
  substring: [
    '(s, i) AS substring(s, CASE WHEN i = 0 OR -i > length(s) THEN 1 ELSE i END)',
    `(s, i, n) AS substring(s, greatest(CASE WHEN i > 0 THEN i - 1 WHEN i < 0 THEN length(s) + i ELSE 0 END, 0) + 1,
       greatest(n + least(CASE WHEN i < 0 THEN length(s) + i ELSE 0 END, 0), 0))`,
  ],
  substring_index: [
    `(s, d, n) AS CASE WHEN n >= 0 THEN array_to_string(string_split(s, d)[1:n], d)
       ELSE array_to_string(string_split(s, d)[greatest(len(string_split(s, d)) + n + 1, 1):], d) END`,
  ],
  unbase64: ['(s) AS from_base64(s)'],
  base64: ['(s) AS to_base64(trino_varbinary(s))'],
  hex: [
    `(x) AS ${byType(
      [
        { when: 'integer', gives: (of) => `hex(${of('x')}::BIGINT)`, others: { x: '1' } },
        { when: 'blob', gives: (of) => `hex(${of('x')})`, others: { x: `''::BLOB` } },
      ],
      'hex(x::VARCHAR)',
    )}`,
  ],
  string: [`(x) AS ${STRING}`],
  // Numbers
  ceil: ['(x) AS ceil(x)::BIGINT'],
  floor: ['(x) AS floor(x)::BIGINT'],
  bround: ['(x) AS round_even(x, 0)', '(x, n) AS round_even(x, n)'],
  divide: [`(a, b) AS a::DOUBLE / (${checked})::DOUBLE`],
  divide_or_null: [`(a, b) AS a::DOUBLE / (${nulled})::DOUBLE`],
  div: [`(a, b) AS trunc(a // (${checked}))::BIGINT`],
  div_or_null: [`(a, b) AS trunc(a // ${nulled})::BIGINT`],
  modulo: [`(a, b) AS a % (${checked})`],
  modulo_or_null: [`(a, b) AS a % ${nulled}`],
  e: ['() AS exp(1.0::DOUBLE)'],
  expm1: ['(x) AS exp(x) - 1'],
  log: ['(x) AS CASE WHEN x > 0 THEN ln(x) END', '(b, x) AS CASE WHEN b > 0 AND x > 0 THEN ln(x) / ln(b) END'],
  ln: ['(x) AS CASE WHEN x > 0 THEN ln(x) END'],
  log10: ['(x) AS CASE WHEN x > 0 THEN log10(x) END'],
  log1p: ['(x) AS CASE WHEN x > -1 THEN ln(1 + x) END'],
  log2: ['(x) AS CASE WHEN x > 0 THEN log2(x) END'],
  nanvl: ['(a, b) AS CASE WHEN isnan(a::DOUBLE) THEN b ELSE a END'],
  pmod: [`(a, b) AS ((a % (${checked})) + b) % (${checked})`],
  rint: ['(x) AS round_even(x::DOUBLE, 0)'],
  shiftleft: ['(x, n) AS x << n'],
  shiftright: ['(x, n) AS x >> n'],
  sign: ['(x) AS sign(x)::DOUBLE'],
  width_bucket: [
    '(x, a, b, n) AS CASE WHEN a > b THEN trino_width_bucket(-x, -a, -b, n) ELSE trino_width_bucket(x, a, b, n) END',
  ],
  whole: [`(x) AS ${WHOLE}`],
  // Conditions
  nvl2: ['(x, a, b) AS CASE WHEN x IS NOT NULL THEN a ELSE b END'],
  isnull: ['(x) AS x IS NULL'],
  isnotnull: ['(x) AS x IS NOT NULL'],
  nullifzero: ['(x) AS nullif(x, 0)'],
  zeroifnull: ['(x) AS coalesce(x, 0)'],
  // Dates and times
  add_months: ['(d, n) AS (d::DATE + to_months(n::INTEGER))::DATE'],
  date_add: ['(d, n) AS d::DATE + n::INTEGER'],
  date_diff: [`(a, b) AS date_diff('day', b::DATE, a::DATE)::INTEGER`],
  date_from_unix_date: [`(n) AS DATE '1970-01-01' + n::INTEGER`],
  date_part: [`(unit, t) AS date_part(lower(unit), t::TIMESTAMP)::INTEGER`],
  date_sub: ['(d, n) AS d::DATE - n::INTEGER'],
  date_trunc: [`(unit, t) AS date_trunc(${UNIT}, t::TIMESTAMP)`],
  day: ['(d) AS day(d::DATE)::INTEGER'],
  dayname: [`(d) AS strftime(d::DATE, '%a')`],
  dayofweek: ['(d) AS dayofweek(d::DATE)::INTEGER + 1'],
  dayofyear: ['(d) AS dayofyear(d::DATE)::INTEGER'],
  from_utc_timestamp: [`(t, zone) AS timezone(zone, timezone('UTC', t::TIMESTAMP))`],
  to_utc_timestamp: [`(t, zone) AS timezone('UTC', timezone(zone, t::TIMESTAMP))`],
  hour: ['(t) AS hour(t::TIMESTAMP)::INTEGER'],
  last_day: ['(d) AS last_day(d::DATE)'],
  make_date: ['(y, m, d) AS make_date(y::BIGINT, m::BIGINT, d::BIGINT)'],
  make_timestamp: [
    '(y, m, d, h, mi, s) AS make_timestamp(y::BIGINT, m::BIGINT, d::BIGINT, h::BIGINT, mi::BIGINT, s::DOUBLE)',
  ],
  minute: ['(t) AS minute(t::TIMESTAMP)::INTEGER'],
  month: ['(d) AS month(d::DATE)::INTEGER'],
  monthname: [`(d) AS strftime(d::DATE, '%b')`],
  months: [`(a, b) AS ${MONTHS}`],
  months_between: [
    '(a, b) AS round(spark_months(a::TIMESTAMP, b::TIMESTAMP), 8)',
    '(a, b, rounded) AS CASE WHEN rounded THEN round(spark_months(a::TIMESTAMP, b::TIMESTAMP), 8) ELSE spark_months(a::TIMESTAMP, b::TIMESTAMP) END',
  ],
  next_day: [`(d, day) AS d::DATE + ((${DAYS} - isodow(d::DATE) + 6) % 7 + 1)::INTEGER`],
  quarter: ['(d) AS quarter(d::DATE)::INTEGER'],
  seconds: [`(t) AS (date_part('microseconds', t::TIMESTAMP) / 1e6)::DECIMAL(8, 6)`],
  second: ['(t) AS second(t::TIMESTAMP)::INTEGER'],
  timestamp_micros: ['(n) AS make_timestamp(n::BIGINT)'],
  timestamp_millis: ['(n) AS make_timestamp(n::BIGINT * 1000)'],
  timestamp_seconds: ['(n) AS make_timestamp((n::DECIMAL(28, 6) * 1000000)::BIGINT)'],
  trunc: [`(d, unit) AS date_trunc(${UNIT}, d::DATE)::DATE`],
  unix_date: [`(d) AS date_diff('day', DATE '1970-01-01', d)::INTEGER`],
  unix_micros: ['(t) AS epoch_us(t)'],
  unix_millis: ['(t) AS epoch_ms(t)'],
  unix_seconds: ['(t) AS floor(epoch(t))::BIGINT'],
  weekday: ['(d) AS isodow(d::DATE)::INTEGER - 1'],
  weekofyear: ['(d) AS week(d::DATE)::INTEGER'],
  window: [
    `(t, size) AS struct_pack("start" := time_bucket(size::INTERVAL, t::TIMESTAMP, TIMESTAMP '1970-01-01'), "end" := time_bucket(size::INTERVAL, t::TIMESTAMP, TIMESTAMP '1970-01-01') + size::INTERVAL)`,
  ],
  year: ['(d) AS year(d::DATE)::INTEGER'],
  // JSON
  get_json_object: [`(j, path) AS CASE WHEN json_valid(j) THEN json_extract_string(j, path) END`],
  json_array_length: ['(j) AS CASE WHEN json_valid(j) THEN json_array_length(j)::INTEGER END'],
  json_object_keys: [`(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'OBJECT' THEN json_keys(j) END`],
  to_json: [`(x) AS ${TO_JSON}`],
  // The text of which `json_transform` makes a value of a type.
  json_struct: [
    `(j) AS CASE WHEN trim(j) <> '' THEN CASE WHEN json_valid(j) THEN CASE json_type(j) WHEN 'OBJECT' THEN j ELSE '{}' END ELSE '{}' END END`,
  ],
  json_map: [`(j) AS CASE WHEN json_valid(j) THEN CASE WHEN json_type(j) = 'OBJECT' THEN j END END`],
  json_list: [`(j) AS CASE WHEN json_valid(j) THEN CASE WHEN json_type(j) = 'ARRAY' THEN j END END`],
  json_structs: [
    `(j) AS CASE WHEN json_valid(j) THEN CASE json_type(j) WHEN 'ARRAY' THEN j WHEN 'OBJECT' THEN '[' || j || ']' END END`,
  ],
  // Arrays
  array_append: ['(a, v) AS CASE WHEN a IS NOT NULL THEN list_append(a, v) END'],
  array_compact: ['(a) AS list_filter(a, lambda v: v IS NOT NULL)'],
  array_max: ['(a) AS list_max(a)'],
  array_min: ['(a) AS list_min(a)'],
  array_prepend: ['(a, v) AS CASE WHEN a IS NOT NULL THEN list_prepend(v, a) END'],
  array_repeat: ['(v, n) AS list_transform(range(n), lambda i: v)'],
  get: [`(x, i) AS ${ITEM_OR_NULL}`],
  item: [`(x, i) AS ${ITEM}`],
  size: ['(a) AS trino_cardinality(a)::INTEGER'],
  slice: [
    '(a, first, n) AS list_slice(a, CASE WHEN first < 0 THEN len(a) + first + 1 ELSE first END, CASE WHEN first < 0 THEN len(a) + first ELSE first - 1 END + n)',
  ],
  sort_array: [
    `(a) AS list_sort(a, 'ASC', 'NULLS FIRST')`,
    `(a, ascending) AS CASE WHEN ascending THEN list_sort(a, 'ASC', 'NULLS FIRST') ELSE list_sort(a, 'DESC', 'NULLS LAST') END`,
  ],
  split: ['(s, p) AS regexp_split_to_array(s, p)'],
  // Maps
  map_contains_key: ['(m, k) AS map_contains(m, k)'],
  str_to_map: [
    `(s, entry, pair) AS map_from_entries(list_transform(string_split(s, entry), lambda e: struct_pack(k := split_part(e, pair, 1), v := CASE WHEN contains(e, pair) THEN substr(e, strpos(e, pair) + length(pair)) END)))`,
  ],
  // Rows of a table function
  or_null: [`(a) AS CASE WHEN a IS NULL OR len(a) = 0 THEN [NULL] ELSE a END`],
  // Aggregates
  mean_type: [`(x) AS (CASE WHEN false THEN ${MEAN_TYPE} END)`],
  mean: [
    `(x, type) AS cast_to_type(CASE WHEN typeof(list_value(type)) LIKE 'DECIMAL%' THEN x * 1.000000000000001e0 ELSE x END, type)`,
  ],
}

export const SPARK_MACROS: readonly string[] = Object.entries(MACROS).map(
  ([name, overloads]) => `CREATE OR REPLACE MACRO spark_${name}${overloads.join(', ')}`,
)
