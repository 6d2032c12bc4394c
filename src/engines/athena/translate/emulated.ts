import { soundexOf } from '../../kit/node/sql/expressions.ts'
import { byType } from './by-type.ts'

/** More macros (see functions.ts): functions of Trino that DuckDB has nothing like, each in one expression. */

/** Compared as Trino compares the parts of a JSON path: its mode does not matter to what DuckDB finds. */
const PATH = `regexp_replace(path, '^\\s*(lax|strict)\\s+', '')`

const Z95 = (sign: '+' | '-') => `(s + z * z / 2 ${sign} z * sqrt((s * (n - s) / n::DOUBLE) + z * z / 4)) / (n + z * z)`

/** The values of a list in the order of their first occurrence. */
const distinct = (list: string) => `list_filter(${list}, lambda v, i: i = list_position(${list}, v))`

/** A map whose values for a key are put together. */
const GROUPED = (keys: string, values: string) =>
  `map_from_entries(list_transform(${distinct(keys)}, lambda key: struct_pack(k := key,
     v := list_transform(list_filter(list_zip(${keys}, ${values}), lambda e: e[1] = key), lambda e: e[2]))))`

export const EMULATED: Readonly<Record<string, readonly string[]>> = {
  // Lists of booleans, of which a NULL leaves the answer open
  any: ['(b) AS CASE WHEN list_contains(b, true) THEN true WHEN len(b) = list_count(b) THEN false END'],
  all: ['(b) AS CASE WHEN list_contains(b, false) THEN false WHEN len(b) = list_count(b) THEN true END'],
  // Arrays
  arrays_overlap: [
    `(a, b) AS CASE WHEN list_has_any(list_filter(a, lambda v: v IS NOT NULL), list_filter(b, lambda v: v IS NOT NULL)) THEN true
       WHEN list_count(a) = len(a) AND list_count(b) = len(b) OR len(a) = 0 OR len(b) = 0 THEN false END`,
  ],
  array_last: ['(a) AS a[len(a)]'],
  array_first: ['(a) AS a[1]'],
  contains_sequence: [
    `(a, b) AS len(b) = 0 OR len(list_filter(range(1, len(a) - len(b) + 2), lambda i: a[i:i + len(b) - 1] = b)) > 0`,
  ],
  ngrams: [
    `(a, n) AS CASE WHEN len(a) <= n THEN list_value(a) ELSE list_transform(range(1, (len(a) - n + 2)::BIGINT), lambda i: a[i:i + n - 1]) END`,
  ],
  // As many as there are sets of n among the places of the array.
  combinations: [
    `(a, n) AS CASE WHEN n > 5 THEN list_value(list_value(a[trino_fail('combination size must not exceed 5: ' || n)]))
       WHEN len(a) > 20 THEN list_value(list_value(a[trino_fail('combinations of more than 20 elements are not supported by Millrace')]))
       ELSE list_transform(list_filter(range((1 << len(a))::BIGINT), lambda mask: bit_count(mask) = n),
         lambda mask: list_filter(a, lambda v, i: (mask >> (i - 1)::INTEGER) & 1 = 1)) END`,
  ],
  shuffle: [`(a) AS list_transform(list_sort(list_transform(a, lambda v: row(random(), v))), lambda pair: pair[2])`],
  trim_array: [
    `(a, n) AS a[1:CASE WHEN n < 0 OR n > len(a) THEN trino_fail('size must not exceed array cardinality') ELSE len(a) - n END]`,
  ],
  zip: ['a, b', 'a, b, c', 'a, b, c, d', 'a, b, c, d, e'].map(
    (lists) =>
      `(${lists}) AS CASE WHEN ${lists
        .split(', ')
        .map((list) => `${list} IS NOT NULL`)
        .join(' AND ')} THEN list_zip(${lists}) END`,
  ),
  // Maps
  map_agg: [
    `(k, v) AS map_from_entries(list_transform(${distinct('list(k)')}, lambda key: struct_pack(k := key, v := list(v)[list_position(list(k), key)])))`,
  ],
  map_entries: ['(m) AS list_transform(map_entries(m), lambda e: row(e.key, e.value))'],
  multimap_agg: [`(k, v) AS ${GROUPED('list(k)', 'list(v)')}`],
  multimap_from_entries: [
    `(entries) AS ${GROUPED('list_transform(entries, lambda e: e[1])', 'list_transform(entries, lambda e: e[2])')}`,
  ],
  split_to_map: [
    `(s, entry, pair) AS map_from_entries(list_transform(list_filter(string_split(s, entry), lambda e: e <> ''),
       lambda e: struct_pack(k := split_part(e, pair, 1), v := substr(e, strpos(e, pair) + length(pair)))))`,
  ],
  split_to_multimap: [
    `(s, entry, pair) AS ${GROUPED(
      'list_transform(string_split(s, entry), lambda e: split_part(e, pair, 1))',
      'list_transform(string_split(s, entry), lambda e: substr(e, strpos(e, pair) + length(pair)))',
    )}`,
  ],
  // Text
  concat_ws: [
    `(s, x) AS ${byType([{ when: 'list', gives: (of) => `array_to_string(list_transform(${of('x')}, lambda v: v::VARCHAR), s)`, others: { x: "['']" } }], 'concat_ws(s, x)')}`,
    '(s, a, b) AS concat_ws(s, a, b)',
    '(s, a, b, c) AS concat_ws(s, a, b, c)',
    '(s, a, b, c, d) AS concat_ws(s, a, b, c, d)',
  ],
  char2hexint: [
    `(s) AS array_to_string(list_transform(string_split(s, ''), lambda c: CASE WHEN c = '' THEN '' WHEN unicode(c) < 65536 THEN lpad(hex(unicode(c)), 4, '0')
       ELSE hex(55296 + ((unicode(c) - 65536) >> 10)) || hex(56320 + ((unicode(c) - 65536) & 1023)) END), '')`,
  ],
  soundex: [`(s) AS ${soundexOf('s')}`],
  index: ['(s, part) AS strpos(s, part)'],
  luhn_check: [
    `(s) AS CASE WHEN s = '' OR NOT regexp_full_match(s, '\\d*') THEN NULLIF(s = '', true) ELSE list_sum(list_transform(
       string_split(reverse(s), ''), lambda c, i: CASE WHEN i % 2 = 1 THEN c::INTEGER ELSE c::INTEGER * 2 - CASE WHEN c::INTEGER > 4 THEN 9 ELSE 0 END END
     )) % 10 = 0 END`,
  ],
  normalize: ['(s) AS nfc_normalize(s)'],
  regexp_position: [
    `(s, p) AS CASE WHEN regexp_matches(s, p) THEN strpos(s, regexp_extract(s, p)) WHEN s IS NOT NULL AND p IS NOT NULL THEN -1 END`,
  ],
  strpos: [
    '(s, part) AS strpos(s, part)',
    `(s, part, n) AS CASE WHEN n > 0 AND len(string_split(s, part)) > n
       THEN length(array_to_string(string_split(s, part)[1:n], part)) + 1 WHEN n > 0 THEN 0
       ELSE trino_fail('Only positive instances of the text are looked for')::BIGINT END`,
  ],
  format_number: [
    `(x) AS CASE WHEN abs(x) < 1000 THEN x::BIGINT::VARCHAR
       ELSE list_extract(list_transform(list_filter([row(1e12, 'T'), row(1e9, 'B'), row(1e6, 'M'), row(1e3, 'K')], lambda u: abs(x) >= u[1]),
         lambda u: CASE WHEN abs(x) / u[1] >= 100 THEN round(x / u[1])::BIGINT::VARCHAR
           WHEN abs(x) / u[1] >= 10 THEN regexp_replace(round(x / u[1], 1)::VARCHAR, '\\.0$', '')
           ELSE regexp_replace(round(x / u[1], 2)::VARCHAR, '\\.0$', '') END || u[2]), 1) END`,
  ],
  parse_data_size: [
    `(s) AS (regexp_extract(s, '^([0-9.]+)', 1)::DOUBLE * CASE regexp_extract(s, '([a-zA-Z]+)$', 1) WHEN 'B' THEN 1 WHEN 'kB' THEN 1024
       WHEN 'MB' THEN 1048576 WHEN 'GB' THEN 1073741824 WHEN 'TB' THEN 1099511627776 WHEN 'PB' THEN 1125899906842624
       ELSE trino_fail('Invalid data size: ''' || s || '''')::BIGINT END)::DECIMAL(38,0)`,
  ],
  human_readable_seconds: [
    `(s) AS CASE WHEN s IS NOT NULL THEN array_to_string(list_transform(list_filter([row(round(s)::BIGINT // 604800, 'week'), row(round(s)::BIGINT // 86400 % 7, 'day'),
       row(round(s)::BIGINT // 3600 % 24, 'hour'), row(round(s)::BIGINT // 60 % 60, 'minute'), row(round(s)::BIGINT % 60, 'second')],
       lambda u: u[1] > 0 OR round(s) = 0 AND u[2] = 'second'),
       lambda u: u[1]::VARCHAR || ' ' || u[2] || CASE WHEN u[1] = 1 THEN '' ELSE 's' END), ', ') END`,
  ],
  // JSON
  json_exists: [`(j, path) AS json_exists(j, ${PATH})`],
  json_query: [`(j, path) AS json_extract(j, ${PATH})::VARCHAR`],
  json_value: [
    `(j, path) AS CASE WHEN json_type(j, ${PATH}) NOT IN ('ARRAY', 'OBJECT') THEN json_extract_string(j, ${PATH}) END`,
  ],
  json_rounded: [
    `(j, path) AS CASE json_type(j, ${PATH}) WHEN 'DOUBLE' THEN round(json_extract_string(j, ${PATH})::DOUBLE)
       WHEN 'BOOLEAN' THEN json_extract_string(j, ${PATH})::BOOLEAN::INTEGER::DOUBLE END`,
  ],
  json_array_get: ['(j, i) AS json_extract(j, i::BIGINT)'],
  is_json_scalar: [`(j) AS json_type(j) NOT IN ('ARRAY', 'OBJECT')`],
  // Dates and times
  current_timezone: [`() AS 'UTC'`],
  parse_duration: [
    `(s) AS to_microseconds(1000 * (regexp_extract(s, '^\\s*([0-9.]+)', 1)::DOUBLE * CASE regexp_extract(s, '([a-z]+)\\s*$', 1) WHEN 'ms' THEN 1
       WHEN 's' THEN 1000 WHEN 'm' THEN 60000 WHEN 'h' THEN 3600000 WHEN 'd' THEN 86400000
       ELSE trino_fail('duration is not a valid data duration string: ' || s)::BIGINT END)::BIGINT)`,
  ],
  to_milliseconds: ['(i) AS epoch_ms(i)'],
  from_unixtime_nanos: ['(n) AS make_timestamptz((n // 1000)::BIGINT)'],
  // Numbers
  bit_count: [
    `(x, bits) AS CASE WHEN bits = 64 THEN bit_count(x::BIGINT) ELSE bit_count(x::BIGINT & ((1::BIGINT << bits::BIGINT) - 1)) END::BIGINT`,
  ],
  bitwise_left_shift: [
    `(x, n) AS CASE WHEN n >= 64 THEN 0 ELSE (((x::HUGEINT & 18446744073709551615) * (2::HUGEINT ** n)::HUGEINT) & 18446744073709551615)
       - CASE WHEN (((x::HUGEINT & 18446744073709551615) * (2::HUGEINT ** n)::HUGEINT) & 9223372036854775808) <> 0 THEN 18446744073709551616::HUGEINT ELSE 0 END END::BIGINT`,
  ],
  bitwise_right_shift: [
    `(x, n) AS CASE WHEN n >= 64 THEN 0 WHEN n = 0 THEN x ELSE ((x::HUGEINT & 18446744073709551615) >> n::INTEGER) END::BIGINT`,
  ],
  bitwise_right_shift_arithmetic: [
    `(x, n) AS CASE WHEN n >= 63 THEN CASE WHEN x < 0 THEN -1 ELSE 0 END ELSE floor(x::HUGEINT / (1::HUGEINT << n::INTEGER)) END::BIGINT`,
  ],
  cosine_similarity: [
    `(a, b) AS list_sum(list_transform(map_keys(a), lambda k: coalesce(a[k] * b[k], 0)))
       / sqrt(list_sum(list_transform(map_values(a), lambda v: v * v)) * list_sum(list_transform(map_values(b), lambda v: v * v)))`,
  ],
  from_base: [
    `(s, radix) AS list_reduce(list_transform(string_split(lower(ltrim(s, '-')), ''), lambda c: CASE
       WHEN strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) BETWEEN 1 AND radix THEN strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1
       ELSE trino_fail('Not a valid base-' || radix || ' number: ' || s)::BIGINT END), lambda n, d: n * radix + d, 0::BIGINT)
     * CASE WHEN starts_with(s, '-') THEN -1 ELSE 1 END`,
  ],
  to_base: [`(x, radix) AS CASE WHEN x < 0 THEN '-' ELSE '' END || lower(to_base(abs(x::BIGINT), radix::INTEGER))`],
  wilson_interval_lower: [`(s, n, z) AS ${Z95('-')}`],
  wilson_interval_upper: [`(s, n, z) AS ${Z95('+')}`],
  // Aggregates
  approx_most_frequent: [
    `(n, x, capacity) AS map_from_entries(list_transform(list_sort(list_transform(map_entries(histogram(x)),
       lambda e: struct_pack(n := -e.value::BIGINT, x := e.key)))[1:n], lambda e: struct_pack(k := e.x, v := -e.n)))`,
  ],
  bitwise_and_agg: ['(x) AS bit_and(x::BIGINT)'],
  bitwise_or_agg: ['(x) AS bit_or(x::BIGINT)'],
  bitwise_xor_agg: ['(x) AS bit_xor(x::BIGINT)'],
  histogram: [
    '(x) AS map_from_entries(list_transform(map_entries(histogram(x)), lambda e: struct_pack(k := e.key, v := e.value::BIGINT)))',
  ],
  map_union: [
    `(m) AS map_from_entries(list_transform(${distinct('flatten(list(map_keys(m)))')},
       lambda key: struct_pack(k := key, v := list_filter(list(m), lambda e: list_contains(map_keys(e), key))[1][key])))`,
  ],
  // URLs
  url_extract_fragment: [`(u) AS regexp_extract(u, '#(.*)$', 1)`],
  url_extract_parameter: [
    `(u, name) AS CASE WHEN list_contains(list_transform(string_split(regexp_extract(u, '\\?([^#]*)', 1), '&'), lambda p: split_part(p, '=', 1)), name)
       THEN url_decode(list_filter(string_split(regexp_extract(u, '\\?([^#]*)', 1), '&'), lambda p: split_part(p, '=', 1) = name)[1][length(name) + 2:]) END`,
  ],
  url_extract_port: [
    `(u) AS nullif(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*:([0-9]+)(?:[/?#]|$)', 1), '')::BIGINT`,
  ],
}
