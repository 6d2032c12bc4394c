import { crc32Of, soundexOf } from '../../kit/node/sql/expressions.ts'

const list = (names: string) => names.trim().split(/\s+/)

/** Functions that DuckDB has under the same name and computes alike. */
export const SAME: ReadonlySet<string> = new Set(
  list(`
  ABS ACOS ASIN ATAN ATAN2 CEIL CEILING COS COT DEGREES EXP FLOOR GREATEST LEAST LN PI POW POWER RADIANS RANDOM ROUND
  SIGN SIN SQRT TAN NULLIF COALESCE
  ASCII CHR LEFT RIGHT LOWER UPPER LTRIM RTRIM REPLACE REVERSE SPLIT_PART STRPOS SUBSTRING SUBSTR TRANSLATE TRIM
  POSITION MD5 CHARACTER_LENGTH CHAR_LENGTH LENGTH
  DATE_TRUNC
  SUM COUNT MIN MAX MEDIAN STDDEV STDDEV_SAMP STDDEV_POP VARIANCE VAR_SAMP VAR_POP BOOL_AND BOOL_OR ANY_VALUE BIT_AND BIT_OR
  PERCENTILE_CONT PERCENTILE_DISC
  ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE
`),
)

/** Functions that DuckDB has under another name. */
export const RENAMED: Readonly<Record<string, string>> = {
  NVL: 'coalesce',
  LEN: 'length',
  TEXTLEN: 'length',
  OCTET_LENGTH: 'strlen',
  BTRIM: 'trim',
  REPLICATE: 'repeat',
  REPEAT: 'repeat',
  LOG: 'log10',
  DLOG1: 'ln',
  DLOG10: 'log10',
  DEXP: 'exp',
  DSQRT: 'sqrt',
  SHA1: 'sha1',
  SHA: 'sha1',
  FUNC_SHA1: 'sha1',
  IS_VALID_JSON: 'json_valid',
  EVERY: 'bool_and',
}

/** Functions that are macros of ours, `memory.redshift.rs_<name>`. */
export const MACROS: ReadonlySet<string> = new Set(
  list(`
  NVL2 ISNULL INITCAP LPAD RPAD TRUNC ADD_MONTHS MONTHS_BETWEEN NEXT_DAY DATE_CMP STRTOL REGEXP_SUBSTR REGEXP_COUNT CHARINDEX
  TO_HEX GETDATE DATE_PART_YEAR CRC32 JSON_ARRAY_LENGTH JSON_EXTRACT_ARRAY_ELEMENT_TEXT
  CBRT MOD LAST_DAY TIMESTAMP_CMP REGEXP_INSTR QUOTE_LITERAL QUOTE_IDENT SOUNDEX DIFFERENCE IS_VALID_JSON_ARRAY
`),
)

/** Words before a parenthesis that call nothing. */
export const NOT_CALLS: ReadonlySet<string> = new Set(
  list(`
  IN AND OR NOT EXISTS ANY ALL SOME VALUES USING OVER FROM JOIN ON WHERE SELECT BY AS WHEN THEN ELSE CASE UNION EXCEPT INTERSECT
  MINUS LIKE ILIKE BETWEEN IS DISTINCT HAVING LIMIT OFFSET FILTER GROUP PARTITION ROLLUP CUBE SETS WITH TOP LATERAL SET INTO
  RETURNING QUALIFY MATERIALIZED ESCAPE TO DEFAULT END INNER FULL CROSS WINDOW ORDER FETCH FIRST NEXT ONLY
`),
)

/** What a word alone stands for, where it names no column: Redshift's functions without parentheses. */
export const BARE: Readonly<Record<string, string>> = {
  SYSDATE: 'memory.redshift.rs_getdate()',
  CURRENT_TIMESTAMP: `(memory.redshift.rs_getdate() AT TIME ZONE 'UTC')`,
  CURRENT_DATE: 'CAST(memory.redshift.rs_getdate() AS DATE)',
  LOCALTIMESTAMP: 'memory.redshift.rs_getdate()',
  CURRENT_USER: `'awsuser'`,
  SESSION_USER: `'awsuser'`,
  USER: `'awsuser'`,
}

/**
 * The macros, in the in-memory database, which every session finds in its search path. Where the result's type follows the argument's,
 * a macro has one body for each type.
 */
export const MACRO_SQL: readonly string[] = [
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
