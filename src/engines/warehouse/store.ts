import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { StatementExecution } from './contract.ts'

/** A statement as it is kept, with the table of its rows. */
export interface KeptStatement {
  readonly execution: StatementExecution
  readonly result?: string
}

const SCHEMA = `
  CREATE TABLE statements (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kept TEXT NOT NULL,
    result TEXT
  ) STRICT;
  CREATE INDEX statements_with_results ON statements (ordinal) WHERE result IS NOT NULL;
`

const STATEMENTS_KEPT = 1000
const RESULTS_KEPT = 100

/** The history of statements in SQLite. */
export class StatementStore {
  private readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'statements.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  /** False where a newer Millrace wrote it: it can be read only. */
  get writable(): boolean {
    return !this.db.readonly
  }

  put({ execution, result }: KeptStatement): void {
    this.db
      .prepare(
        `INSERT INTO statements (id, kept, result) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET kept = excluded.kept, result = excluded.result`,
      )
      .run(execution.statementId, JSON.stringify(execution), result ?? null)
  }

  get(id: string): KeptStatement | undefined {
    const row = this.db.prepare('SELECT kept, result FROM statements WHERE id = ?').get(id) as
      | { kept: string; result: string | null }
      | undefined
    if (!row) return undefined
    return { execution: JSON.parse(row.kept) as StatementExecution, ...(row.result && { result: row.result }) }
  }

  /** Newest first. */
  list(limit: number): StatementExecution[] {
    const rows = this.db.prepare('SELECT kept FROM statements ORDER BY ordinal DESC LIMIT ?').all(limit) as {
      kept: string
    }[]
    return rows.map((row) => JSON.parse(row.kept) as StatementExecution)
  }

  results(): Set<string> {
    const rows = this.db.prepare('SELECT result FROM statements WHERE result IS NOT NULL').all() as { result: string }[]
    return new Set(rows.map((row) => row.result))
  }

  /** Forgets the oldest statements and results beyond what is kept; gives the results that may go. */
  trim(): string[] {
    this.db
      .prepare('DELETE FROM statements WHERE result IS NULL AND ordinal <= (SELECT max(ordinal) FROM statements) - ?')
      .run(STATEMENTS_KEPT)
    const old = this.db
      .prepare('SELECT id, result FROM statements WHERE result IS NOT NULL ORDER BY ordinal DESC LIMIT -1 OFFSET ?')
      .all(RESULTS_KEPT) as { id: string; result: string }[]
    for (const { id } of old) this.db.prepare('UPDATE statements SET result = NULL WHERE id = ?').run(id)
    return old.map((row) => row.result)
  }

  close(): void {
    this.db.close()
  }
}
