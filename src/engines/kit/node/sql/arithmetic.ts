/**
 * Arithmetic that follows the type of its operands as Trino and Redshift do, where DuckDB would give a double: macros and
 * expressions for both dialects. A macro has no types, so the result's type is taken from an expression that DuckDB types when it
 * binds and never runs (`cast_to_type` drops its second argument; within an aggregate `CASE WHEN false` folds it to a typed NULL).
 */
const QUOTIENT_TYPE = '((CASE WHEN true THEN a ELSE b END + 0) * 1)'
const IS_FLOATING = `typeof(${QUOTIENT_TYPE}) IN ('DOUBLE', 'FLOAT')`

/** A double over zero, by IEEE; DuckDB's `//` gives NULL. */
const BY_ZERO = `CASE WHEN a > 0 THEN 'infinity'::DOUBLE WHEN a < 0 THEN '-infinity'::DOUBLE WHEN a = 0 THEN 'nan'::DOUBLE END`

export const ARITHMETIC_MACROS: readonly string[] = [
  // Integers truncate, decimals keep the larger scale and round half up, doubles go by IEEE; only doubles may be divided by zero.
  `CREATE OR REPLACE MACRO sql_divide(a, b) AS cast_to_type(
     CASE WHEN b = 0 AND ${IS_FLOATING} THEN cast_to_type(${BY_ZERO}, ${QUOTIENT_TYPE})
     ELSE a // (CASE WHEN b = 0 AND NOT (${IS_FLOATING}) THEN error('Division by zero') ELSE b END) END, ${QUOTIENT_TYPE})`,
  // The divisor is a literal other than zero.
  `CREATE OR REPLACE MACRO sql_divide_by(a, b) AS cast_to_type(a // b, ${QUOTIENT_TYPE})`,
  // A sum of integers is a bigint that may overflow, of decimals a decimal(38, s), of doubles a double.
  'CREATE OR REPLACE MACRO sql_sum_type(x) AS (CASE WHEN false THEN (x + 0::BIGINT) * 1::BIGINT END)',
  // A mean of decimals is a decimal of the same kind, of all other numbers a double: as DuckDB types a median.
  `CREATE OR REPLACE MACRO sql_average_type(x) AS (CASE WHEN false THEN list_aggregate(list_value(x), 'quantile_cont', 0.5) END)`,
  `CREATE OR REPLACE MACRO sql_modulo(a, b) AS a % (CASE WHEN b = 0 AND NOT (${IS_FLOATING}) THEN error('Division by zero') ELSE b END)`,
]
