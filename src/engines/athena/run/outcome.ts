import type { DuckSession } from '../../kit/node/duck.ts'
import type { Column } from '../../kit/pure/table.ts'
import type { WorkGroup } from '../contract.ts'
import type { Reach } from '../prepare.ts'
import type { Results } from '../results.ts'
import type { PreparedStatements } from '../saved.ts'
import type { Writing } from './writing.ts'

/** What the run of a statement has at hand. */
export interface Run extends Reach {
  readonly queryId: string
  readonly sql: string
  readonly database: string
  readonly workGroup: WorkGroup
  /** Of the query, where it has result files. */
  readonly outputLocation?: string | undefined
  readonly session: DuckSession
  readonly results: Results
  readonly prepared: PreparedStatements
  readonly signal: AbortSignal
  readonly onProgress: (progress: number) => void
  /** Tells that the query is planned and its work begins. */
  readonly onPlanned: () => void
  /** Tells the bytes as soon as they are known; throws where the workgroup cuts the query off. */
  readonly onScanned: (bytes: number) => void
  /** Puts on record what is about to appear in lake and catalog, so that a crash or a failure can take it back. */
  readonly onWriting: (writing: Writing) => void
}

export interface Outcome {
  readonly columns: Column[]
  /** Rows of the result, or rows written. */
  readonly rowCount: number | null
  /** What a reader of its rows should know. */
  readonly notes?: readonly string[]
  /** Where a statement that writes files has put them. */
  readonly outputLocation?: string
  /** The files of a statement that writes rows. */
  readonly written?: { readonly uris: readonly string[]; readonly bytes: number }
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
