import { DuckError, type DuckFailure } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { placeAt } from './translate/lex.ts'
import type { Output } from './translate/output.ts'

/** SQLSTATE of what DuckDB says, as Redshift (PostgreSQL) has them. */
function stateOf({ kind, message, subtype }: DuckFailure): string {
  if (/strlen\(/.test(message) && kind === 'Constraint') return '22001'
  switch (kind) {
    case 'Parser':
      return '42601'
    case 'Binder':
      if (subtype === 'COLUMN_NOT_FOUND' || /column.*(not found|does not have)/i.test(message)) return '42703'
      if (/must appear in the GROUP BY/i.test(message)) return '42803'
      return /No function matches/i.test(message) ? '42883' : '42601'
    case 'Catalog':
      if (/already exists/i.test(message)) return '42P07'
      return /function/i.test(message) ? '42883' : '42P01'
    case 'Conversion':
    case 'Mismatch Type':
      return /out of range|overflow/i.test(message) ? '22003' : '22P02'
    case 'Out of Range':
      return '22003'
    case 'Constraint':
      return /NOT NULL/i.test(message) ? '23502' : '23514'
    case 'Invalid Input':
      return '22023'
    case 'Not implemented':
      return '0A000'
    case 'Out of Memory':
      return '53200'
    case 'TransactionContext':
    case 'Transaction':
      return '40001'
    case 'IO':
      return '58030'
    default:
      return 'XX000'
  }
}

function messageOf(failure: DuckFailure, state: string): string {
  if (state === '22001') {
    const length = /<= (\d+)/.exec(failure.message)?.[1]
    return `value too long for type character varying(${length})`
  }
  if (state === '23502') {
    const column = /failed: \S*?(\w+)\s*$/.exec(failure.message)?.[1]
    if (column) return `Cannot insert a NULL value into column ${column}`
  }
  return failure.message.replace(/\s*Candidate (?:functions|macros|bindings)[\s\S]*$/, '').trim()
}

/** A failure of DuckDB as Redshift words it, with its place in the user's text. `skipBytes` is what stood before `out`. */
export function warehouseError(
  thrown: unknown,
  sql: string,
  statementFrom: number,
  out?: Output,
  skipBytes = 0,
): EngineError {
  if (!(thrown instanceof DuckError)) return EngineError.from(thrown)
  const { failure } = thrown
  const state = stateOf(failure)
  const offset = failure.offset
  const at =
    offset !== undefined && out && offset >= skipBytes
      ? placeAt(sql, out.sourceOf(offset - skipBytes))
      : placeAt(sql, statementFrom)
  return new EngineError(state, messageOf(failure, state), {
    domain: thrown.domain,
    retry: thrown.retry || state === '40001',
    at,
    cause: thrown,
  })
}
