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

/** Functions that are macros of ours, `memory.redshift.rs_<name>` (`REDSHIFT_MACROS`). */
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
