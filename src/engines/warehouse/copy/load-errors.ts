import type { DuckSession } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'

/** A row that could not be loaded, as STL_LOAD_ERRORS shows it. */
export interface LoadError {
  readonly schema: string
  readonly table: string
  readonly filename: string
  readonly line: number
  readonly column: string
  readonly type: string
  readonly rawLine: string
  readonly rawValue: string
  readonly code: number
  readonly reason: string
}

/** A load that was given up. Nothing of it stays but these errors. */
export class LoadFailed extends EngineError {
  readonly errors: readonly LoadError[]

  constructor(table: string, errors: readonly LoadError[], at: EngineError['at']) {
    const [first] = errors
    super(
      'XX000',
      `Load into table '${table}' failed. Check 'stl_load_errors' system table for details. The first: ${first.filename} line ${first.line}, column ${first.column}: ${first.reason}.`,
      { at },
    )
    this.errors = errors
  }
}

/** Writes bad rows where STL_LOAD_ERRORS shows them. */
export async function recordErrors(
  session: DuckSession,
  query: string,
  nowMs: number,
  errors: readonly LoadError[],
): Promise<void> {
  for (const its of errors)
    await session.run(
      `INSERT INTO warehouse.millrace.load_errors VALUES (make_timestamp(${Math.trunc(nowMs)} * 1000), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      {
        values: [
          query,
          its.schema,
          its.table,
          its.filename,
          BigInt(its.line),
          its.column,
          its.type,
          its.rawLine,
          its.rawValue,
          its.code,
          its.reason,
        ],
      },
    )
}
