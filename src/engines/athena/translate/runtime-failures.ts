import { UNREADABLE } from './by-type.ts'

/** Names of DuckDB's types, within its failures, as Trino writes them in its own. */
const TYPES: Readonly<Record<string, string>> = {
  BOOL: 'boolean',
  INT8: 'tinyint',
  INT16: 'smallint',
  INT32: 'integer',
  INT64: 'bigint',
  FLOAT: 'real',
  DOUBLE: 'double',
}

/** A text as the user has it. */
const readable = (text: string) => text.replace(UNREADABLE, '')

/** What went wrong with a value while the query ran, in Trino's code and words; undefined where DuckDB's words are not known. */
export function wordRuntimeFailure(message: string): [code: string, message: string] | undefined {
  const ofFile = /^(HIVE_[A-Z_]+): (.*)/s.exec(message)
  if (ofFile) return [ofFile[1], ofFile[2]]
  if (/Division by zero/.test(message)) return ['DIVISION_BY_ZERO', 'Division by zero']
  if (/^More than one row returned by a subquery/.test(message))
    return ['SUBQUERY_MULTIPLE_ROWS', 'Scalar sub-query has returned multiple rows']
  if (/aggregate function calls cannot be nested/.test(message))
    return ['NESTED_AGGREGATION', 'Cannot nest aggregations inside aggregation']
  const own = /^Could not convert string '!(.*)' to INT32/s.exec(message)
  if (own) {
    const isCast = /cannot be represented as varchar/.test(own[1])
    return [isCast ? 'INVALID_CAST_ARGUMENT' : 'INVALID_FUNCTION_ARGUMENT', own[1]]
  }
  const text = /^Could not convert string ['"](.*)['"] to (\w+(?:\(\d+,\d+\))?)/s.exec(message)
  if (text) {
    const [, written, type] = text
    const value = readable(written)
    if (type.startsWith('DECIMAL')) {
      const to = type.replace(',', ', ')
      return ['INVALID_CAST_ARGUMENT', `Cannot cast VARCHAR '${value}' to ${to}. Value is not a number.`]
    }
    const name = (TYPES[type] ?? type).toUpperCase().replace('INTEGER', 'INT')
    return ['INVALID_CAST_ARGUMENT', `Cannot cast '${value}' to ${name}`]
  }
  const scale = /^Casting value "(.*)" to type (DECIMAL\(\d+,\d+\)) failed: value is out of range/.exec(message)
  if (scale) return ['INVALID_CAST_ARGUMENT', `Cannot cast '${scale[1]}' to ${scale[2].replace(',', ', ')}`]
  const day = /^date field value out of range: "(.*?)"/s.exec(message)
  if (day) return ['INVALID_CAST_ARGUMENT', `Value cannot be cast to date: ${readable(day[1])}`]
  const time = /^(?:invalid )?(date|timestamp) field format: "(.*?)", expected/s.exec(message)
  if (time) return ['INVALID_CAST_ARGUMENT', `Value cannot be cast to ${time[1]}: ${readable(time[2])}`]
  // A sum is worked out in 128 bits.
  if (/^Type INT128 with value \S+ can't be cast/.test(message))
    return ['NUMERIC_VALUE_OUT_OF_RANGE', 'bigint addition overflow']
  const range =
    /^Type \w+ with value (\S+) can't be cast because the value is out of range for the destination type (\w+)/.exec(
      message,
    )
  if (range && TYPES[range[2]]) return ['INVALID_CAST_ARGUMENT', `Out of range for ${TYPES[range[2]]}: ${range[1]}`]
  const overflow = /^Overflow in (addition|subtraction|multiplication) of (\w+) \((-?\d+ [-+*] -?\d+)\)!/.exec(message)
  if (overflow && TYPES[overflow[2]]) {
    const [, operation, type, operands] = overflow
    return ['NUMERIC_VALUE_OUT_OF_RANGE', `${TYPES[type]} ${operation} overflow: ${operands}`]
  }
  return undefined
}
