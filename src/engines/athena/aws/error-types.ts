import type { AthenaError } from '@aws-sdk/client-athena'
import type { WireError } from '../../kit/pure/errors.ts'

/** "Athena error catalog", as far as numbers of Trino's error names are known; others of a user's are 1000. */
const TYPES: Readonly<Record<string, number>> = {
  DIVISION_BY_ZERO: 1001,
  TYPE_MISMATCH: 1002,
  COLUMN_NOT_FOUND: 1006,
  INVALID_CAST_ARGUMENT: 1100,
  NOT_SUPPORTED: 1200,
  TABLE_NOT_FOUND: 1301,
  SCHEMA_NOT_FOUND: 1301,
  FUNCTION_NOT_FOUND: 1303,
}
const USER_TYPE = 1000
const SYSTEM_TYPE = 200
/** Writing the results. */
const OUTPUT_TYPE = 401

/** The category is 1 for the system's failures, 2 for the user's, 3 for others. */
export function athenaErrorOf({ code, message, domain, retry }: WireError): AthenaError {
  const ErrorMessage = `${code}: ${message}`
  if (code === 'PERMISSION_DENIED') return { ErrorCategory: 2, ErrorType: OUTPUT_TYPE, Retryable: retry, ErrorMessage }
  if (domain === 'user')
    return { ErrorCategory: 2, ErrorType: TYPES[code] ?? USER_TYPE, Retryable: retry, ErrorMessage }
  return { ErrorCategory: domain === 'internal' ? 1 : 3, ErrorType: SYSTEM_TYPE, Retryable: retry, ErrorMessage }
}
