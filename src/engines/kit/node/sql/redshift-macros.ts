import { crc32Of, soundexOf } from './expressions.ts'

/**
 * The warehouse's functions that DuckDB has not, in the in-memory database, which every session finds in its search path. A column's DEFAULT names
 * them, and DuckDB reads it again from its log after a kill: they are there before the files are opened, and keep their names over versions.
 * Where the result's type follows the argument's, a macro has one body for each type.
 */
const MACROS: readonly string[] = [
  // The engine's clock: each session sets the variable before its statement.
  `rs_getdate() AS CAST(getvariable('millrace_now') AS TIMESTAMP)`,
  `rs_nvl2(a, b, c) AS CASE WHEN a IS NOT NULL THEN b ELSE c END`,
  `rs_isnull(a, b) AS coalesce(a, b)`,
  `rs_initcap(s) AS list_aggregate(list_transform(regexp_extract_all(lower(s), '[[:alnum:]]+|[^[:alnum:]]+'), lambda w: upper(w[1]) || w[2:]), 'string_agg', '')`,
  `rs_lpad(s, n) AS lpad(CAST(s AS VARCHAR), CAST(n AS INTEGER), ' '), (s, n, p) AS lpad(CAST(s AS VARCHAR), CAST(n AS INTEGER), p)`,
  `rs_rpad(s, n) AS rpad(CAST(s AS VARCHAR), CAST(n AS INTEGER), ' '), (s, n, p) AS rpad(CAST(s AS VARCHAR), CAST(n AS INTEGER), p)`,
  `rs_trunc(a TIMESTAMP) AS CAST(a AS DATE), (a BIGINT) AS a, (a DOUBLE) AS trunc(a), (a DOUBLE, n INTEGER) AS trunc(a * pow(10, n)) / pow(10, n)`,
  `rs_add_months(d, n) AS CASE WHEN CAST(d AS DATE) = last_day(CAST(d AS DATE)) THEN CAST(last_day(CAST(d AS DATE) + to_months(n)) AS TIMESTAMP) + (CAST(d AS TIMESTAMP) - date_trunc('day', CAST(d AS TIMESTAMP))) ELSE CAST(d AS TIMESTAMP) + to_months(n) END`,
  `rs_months_between(a, b) AS date_diff('month', CAST(b AS DATE), CAST(a AS DATE)) + CASE WHEN day(CAST(a AS DATE)) = day(CAST(b AS DATE)) OR (CAST(a AS DATE) = last_day(CAST(a AS DATE)) AND CAST(b AS DATE) = last_day(CAST(b AS DATE))) THEN 0.0 ELSE (day(CAST(a AS DATE)) - day(CAST(b AS DATE))) / CAST(31 AS DOUBLE) END`,
  `rs_next_day(d, w) AS CAST(d AS DATE) + CAST((list_position(['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'], lower(left(w, 2))) - 1 - dayofweek(CAST(d AS DATE)) + 6) % 7 + 1 AS INTEGER)`,
  `rs_date_cmp(a, b) AS CASE WHEN CAST(a AS DATE) < CAST(b AS DATE) THEN -1 WHEN CAST(a AS DATE) > CAST(b AS DATE) THEN 1 ELSE 0 END`,
  `rs_date_part_year(d) AS CAST(year(CAST(d AS DATE)) AS INTEGER)`,
  `rs_strtol(s, base) AS list_reduce(list_prepend(CAST(0 AS BIGINT), list_transform(string_split(lower(s), ''), lambda c: CAST(instr('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS BIGINT))), lambda a, b: a * base + b)`,
  `rs_regexp_substr(s, p) AS regexp_extract(s, p)`,
  `rs_regexp_count(s, p) AS CAST(len(regexp_extract_all(s, p)) AS INTEGER)`,
  `rs_charindex(part, s) AS CAST(strpos(s, part) AS INTEGER)`,
  `rs_divisor(x) AS CASE WHEN x = 0 THEN error('division by zero') ELSE x END`,
  `rs_mod(a, b) AS a % memory.redshift.rs_divisor(b)`,
  // DuckDB's is off by a bit; a step of Newton's finds the nearest double.
  `rs_cbrt(x) AS CASE WHEN x = 0 THEN 0 ELSE cbrt(x) - (cbrt(x) * cbrt(x) * cbrt(x) - x) / (3 * cbrt(x) * cbrt(x)) END`,
  `rs_last_day(d) AS last_day(CAST(d AS DATE))`,
  `rs_timestamp_cmp(a, b) AS CASE WHEN CAST(a AS TIMESTAMP) < CAST(b AS TIMESTAMP) THEN -1 WHEN CAST(a AS TIMESTAMP) > CAST(b AS TIMESTAMP) THEN 1 ELSE 0 END`,
  `rs_regexp_instr(s, p) AS CASE WHEN regexp_matches(s, p) THEN CAST(strpos(s, regexp_extract(s, p)) AS INTEGER) ELSE CAST(regexp_matches(s, p) AS INTEGER) END`,
  `rs_quote_literal(s) AS '''' || replace(s, '''', '''''') || ''''`,
  `rs_quote_ident(s) AS CASE WHEN regexp_full_match(s, '[a-z_][a-z0-9_$]*') THEN s ELSE '"' || replace(s, '"', '""') || '"' END`,
  `rs_soundex(s) AS ${soundexOf('s')}`,
  `rs_difference(a, b) AS CAST(len(list_filter([1, 2, 3, 4], lambda i: memory.redshift.rs_soundex(a)[i] = memory.redshift.rs_soundex(b)[i])) AS INTEGER)`,
  `rs_is_valid_json_array(s) AS coalesce(json_valid(s) AND json_type(CASE WHEN json_valid(s) THEN s END) = 'ARRAY', s IS NOT NULL AND false)`,
  `rs_crc32(s) AS lower(lpad(hex(${crc32Of('CAST(s AS BLOB)')}), 8, '0'))`,
  `rs_to_hex(n) AS lower(to_hex(n))`,
  `rs_json_array_length(j) AS CAST(json_array_length(j) AS INTEGER)`,
  `rs_json_extract_array_element_text(j, i) AS json_extract_string(j, CAST(i AS BIGINT))`,
]

export const REDSHIFT_MACROS: readonly string[] = [
  'CREATE SCHEMA IF NOT EXISTS memory.redshift',
  ...MACROS.map((macro) => `CREATE OR REPLACE MACRO memory.redshift.${macro}`),
]
