import { isOperator, type Refusal, refusalOf } from '../kit/node/duck/refusals.ts'
import { DuckError, type DuckFailure } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { placeAt } from './translate/lex.ts'
import type { Output } from './translate/output.ts'

/** SQLSTATE of what DuckDB says, as Redshift (PostgreSQL) has them. */
function stateOf({ kind, message, subtype }: DuckFailure): string {
  if (/strlen\(/.test(message) && kind === 'Constraint') return '22001'
  if (/^division by zero/i.test(message)) return '22012'
  if (/^(?:date|timestamp) field value out of range/.test(message)) return '22008'
  switch (kind) {
    case 'Parser':
      return '42601'
    case 'Binder':
      if (subtype === 'COLUMN_NOT_FOUND' || missingColumn(message)) return '42703'
      return REFUSED[refusalOf(message)?.kind ?? 'none'] ?? '42601'
    case 'Catalog':
      if (/already exists/i.test(message)) return '42P07'
      return /function/i.test(message) ? '42883' : '42P01'
    case 'Conversion':
    case 'Mismatch Type':
      return /out of range|overflow|^Could not cast value \S+ to DECIMAL/i.test(message) ? '22003' : '22P02'
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

const REFUSED: Readonly<Record<string, string>> = {
  call: '42883',
  compare: '42883',
  mix: '42804',
  ungrouped: '42803',
  aggregate: '42803',
  ambiguous: '42702',
}

function missingColumn(message: string): string | undefined {
  const [, bare, table, column] =
    /Referenced column "([^"]+)" not found|Table "([^"]+)" does not have a column named "([^"]+)"/.exec(message) ?? []
  return bare ? `"${bare}"` : column && `${table}.${column}`
}

/** Redshift's words, and behind them what to do. */
function wordRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'call': {
      const types = refusal.types.map(redshift)
      const name = refusal.name.replace(/^.*\brs_/, '')
      const call =
        isOperator(name) && types.length === 2
          ? `operator does not exist: ${types.join(` ${name} `)}`
          : `function ${name}(${types.join(', ')}) does not exist`
      return `${call}. You may need to add explicit type casts.`
    }
    case 'compare':
      return `operator does not exist: ${refusal.types.map(redshift).join(' = ')}. You may need to add explicit type casts.`
    case 'mix':
      return [refusal.place, 'types', refusal.types.map(redshift).join(' and '), 'cannot be matched']
        .filter((word) => word !== '')
        .join(' ')
    case 'ungrouped':
      return `column "${refusal.column}" must appear in the GROUP BY clause or be used in an aggregate function`
    case 'ambiguous':
      return `column reference "${refusal.column}" is ambiguous: write the table before it`
    case 'aggregate':
      return `aggregates not allowed in ${refusal.clause} clause${refusal.clause === 'WHERE' ? ': use HAVING' : ''}`
    case 'columns':
      return 'each UNION query must have the same number of columns'
  }
}

const TYPES: Readonly<Record<string, string>> = {
  VARCHAR: 'character varying',
  DOUBLE: 'double precision',
  FLOAT: 'real',
  TIMESTAMP: 'timestamp without time zone',
}

function redshift(type: string): string {
  return TYPES[type] ?? type.toLowerCase().replace(/^decimal/, 'numeric')
}

function messageOf(failure: DuckFailure, state: string): string {
  const missing = state === '42703' ? missingColumn(failure.message) : undefined
  if (missing) return `column ${missing} does not exist`
  const refusal = failure.kind === 'Binder' ? refusalOf(failure.message) : undefined
  if (refusal) return wordRefusal(refusal)
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
