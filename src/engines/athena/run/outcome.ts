import type { DuckSession } from '../../kit/node/duck.ts'
import type { Column } from '../../kit/pure/table.ts'
import type { Reach } from '../prepare.ts'
import type { Results } from '../results.ts'

/** What the run of a statement has at hand. */
export interface Run extends Reach {
  readonly queryId: string
  readonly sql: string
  readonly database: string
  readonly session: DuckSession
  readonly results: Results
  readonly signal: AbortSignal
  readonly onProgress: (progress: number) => void
  /** Tells the bytes as soon as they are known. */
  readonly onScanned: (bytes: number) => void
}

export interface Outcome {
  readonly columns: Column[]
  /** Rows of the result, or rows written. */
  readonly rowCount: number | null
  /** Where a statement that writes files has put them. */
  readonly outputLocation?: string
}

export const NOTHING: Outcome = { columns: [], rowCount: null }

export function textColumn(name: string): Column {
  return { name, type: 'string', declared: 'varchar' }
}

/** Rows of text as a result. */
export async function textResult(run: Run, names: readonly string[], rows: string[][]): Promise<Outcome> {
  const columns = names.map(textColumn)
  const rowCount = await run.results.writeRows(run.session, run.queryId, columns, rows)
  return { columns, rowCount }
}
