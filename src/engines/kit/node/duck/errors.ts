import { EngineError, type ErrorPlace } from '../../pure/errors.ts'

/** What DuckDB says of a failure (`errors_as_json`). `offset` counts UTF-8 bytes into the SQL that DuckDB was given. */
export interface DuckFailure {
  readonly kind: string
  readonly message: string
  readonly subtype?: string
  readonly offset?: number
  /** Name of the thing that is missing or ambiguous, where DuckDB tells. */
  readonly name?: string
}

interface RawFailure {
  exception_type?: unknown
  exception_message?: unknown
  error_subtype?: unknown
  position?: unknown
  name?: unknown
}

export function duckFailure(thrown: unknown): DuckFailure {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const brace = text.indexOf('{"exception_type"')
  if (brace < 0) return { kind: 'Unknown', message: text }
  try {
    const raw = JSON.parse(text.slice(brace)) as RawFailure
    const offset = Number(raw.position)
    return {
      kind: String(raw.exception_type ?? 'Unknown'),
      message: String(raw.exception_message ?? text),
      ...(raw.error_subtype !== undefined && { subtype: String(raw.error_subtype) }),
      ...(raw.position !== undefined && Number.isFinite(offset) && { offset }),
      ...(raw.name !== undefined && { name: String(raw.name) }),
    }
  } catch {
    return { kind: 'Unknown', message: text }
  }
}

/** A DuckDB failure as an EngineError carries its failure here, so that an engine can word it for its own service. */
export class DuckError extends EngineError {
  readonly failure: DuckFailure

  constructor(failure: DuckFailure, at?: ErrorPlace, cause?: unknown) {
    const memory = failure.kind === 'Out of Memory'
    const internal = failure.kind === 'INTERNAL' || failure.kind === 'FATAL' || failure.kind === 'Unknown'
    super(CODES[failure.kind] ?? 'GENERIC_USER_ERROR', failure.message, {
      domain: internal ? 'internal' : memory || failure.kind === 'IO' ? 'external' : 'user',
      retry: memory,
      at,
      cause,
    })
    this.failure = failure
  }
}

/** Trino's names of what went wrong, which Athena shows; Redshift's are given by the warehouse. */
const CODES: Readonly<Record<string, string>> = {
  Parser: 'SYNTAX_ERROR',
  Binder: 'SYNTAX_ERROR',
  Catalog: 'SYNTAX_ERROR',
  Conversion: 'INVALID_CAST_ARGUMENT',
  'Out of Range': 'NUMERIC_VALUE_OUT_OF_RANGE',
  'Invalid Input': 'INVALID_FUNCTION_ARGUMENT',
  'Mismatch Type': 'TYPE_MISMATCH',
  Constraint: 'CONSTRAINT_VIOLATION',
  'Not implemented': 'NOT_SUPPORTED',
  Permission: 'PERMISSION_DENIED',
  'Out of Memory': 'EXCEEDED_MEMORY_LIMIT',
  IO: 'FILE_ERROR',
  INTERRUPT: 'Cancelled',
}

export function isInterrupt(thrown: unknown): boolean {
  return duckFailure(thrown).kind === 'INTERRUPT'
}

/** 1-based line and column of a byte offset in a text. */
export function placeOf(sql: string, byteOffset: number): { line: number; column: number } {
  const before = new TextDecoder().decode(new TextEncoder().encode(sql).subarray(0, byteOffset))
  const lines = before.split('\n')
  return { line: lines.length, column: lines[lines.length - 1].length + 1 }
}

/** Any value that DuckDB threw as an EngineError. `sql` is the text that DuckDB was given, when its places are the user's. */
export function duckError(thrown: unknown, sql?: string): EngineError {
  if (thrown instanceof EngineError) return thrown
  const failure = duckFailure(thrown)
  if (failure.kind === 'INTERRUPT') {
    return new EngineError('Cancelled', 'The query was cancelled.', { retry: true, cause: thrown })
  }
  const at = sql !== undefined && failure.offset !== undefined ? placeOf(sql, failure.offset) : undefined
  return new DuckError(failure, at, thrown)
}
