import { EngineError } from '../../kit/pure/errors.ts'
import type { SqlDialect } from '../contract.ts'

/** Athena's codes, where their words tell more by more than one of Spark's, and Spark's error classes ("Error Conditions"). */
const CLASSES: readonly [code: string, words: RegExp | undefined, sparks: string][] = [
  ['SYNTAX_ERROR', undefined, 'PARSE_SYNTAX_ERROR'],
  ['COLUMN_NOT_FOUND', undefined, 'UNRESOLVED_COLUMN'],
  ['TABLE_NOT_FOUND', undefined, 'TABLE_OR_VIEW_NOT_FOUND'],
  ['EntityNotFoundException', /table/i, 'TABLE_OR_VIEW_NOT_FOUND'],
  ['SCHEMA_NOT_FOUND', /^line /, 'TABLE_OR_VIEW_NOT_FOUND'],
  ['AlreadyExistsException', /^Database/, 'SCHEMA_ALREADY_EXISTS'],
  ['AlreadyExistsException', /^Table/, 'TABLE_OR_VIEW_ALREADY_EXISTS'],
  ['TABLE_ALREADY_EXISTS', undefined, 'TABLE_OR_VIEW_ALREADY_EXISTS'],
  ['ALREADY_EXISTS', /^Partition/, 'PARTITIONS_ALREADY_EXIST'],
  ['ALREADY_EXISTS', undefined, 'TABLE_OR_VIEW_ALREADY_EXISTS'],
  ['PARTITION_NOT_FOUND', undefined, 'PARTITIONS_NOT_FOUND'],
  ['FUNCTION_NOT_FOUND', undefined, 'UNRESOLVED_ROUTINE'],
  ['AMBIGUOUS_NAME', undefined, 'AMBIGUOUS_REFERENCE'],
  ['DUPLICATE_COLUMN_NAME', undefined, 'COLUMN_ALREADY_EXISTS'],
  ['DIVISION_BY_ZERO', undefined, 'DIVIDE_BY_ZERO'],
  ['INVALID_CAST_ARGUMENT', /out of range/i, 'CAST_OVERFLOW'],
  ['INVALID_CAST_ARGUMENT', /Unimplemented type for cast/, 'DATATYPE_MISMATCH'],
  ['INVALID_CAST_ARGUMENT', undefined, 'CAST_INVALID_INPUT'],
  ['NUMERIC_VALUE_OUT_OF_RANGE', undefined, 'ARITHMETIC_OVERFLOW'],
  ['INVALID_FUNCTION_ARGUMENT', /^The index .* is out of bounds/, 'INVALID_ARRAY_INDEX'],
  ['TYPE_MISMATCH', /^Insert query/, 'INSERT_COLUMN_ARITY_MISMATCH'],
  ['TYPE_MISMATCH', /must have the same number of columns/, 'NUM_COLUMNS_MISMATCH'],
  ['TYPE_MISMATCH', undefined, 'DATATYPE_MISMATCH'],
  ['EXPRESSION_NOT_AGGREGATE', undefined, 'MISSING_AGGREGATION'],
  ['EXPRESSION_NOT_SCALAR', /WHERE clause/, 'INVALID_WHERE_CONDITION'],
  ['NESTED_AGGREGATION', undefined, 'NESTED_AGGREGATE_FUNCTION'],
  ['SUBQUERY_MULTIPLE_ROWS', undefined, 'SCALAR_SUBQUERY_TOO_MANY_ROWS'],
]

/** A failure by the name that it has in the dialect of the statement. What Spark has no class for keeps its own. */
export function inDialect(thrown: unknown, dialect: SqlDialect | undefined): unknown {
  if (dialect === undefined || dialect === 'trino' || !(thrown instanceof EngineError)) return thrown
  const { message, domain, retry, cause, at } = thrown
  const found = CLASSES.find(([code, words]) => code === thrown.code && (!words || words.test(message)))
  return found ? new EngineError(found[2], message, { domain, retry, cause, ...(at && { at }) }) : thrown
}
