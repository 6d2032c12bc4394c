import type { Db } from '../kit/node/sqlite.ts'
import type { Kept } from './contract.ts'

interface KeptRow {
  name: string
  document: string
  created_ms: number
  updated_ms: number
}

/** Documents that the catalog keeps and does not read, by kind, by what they belong to, and by name. */
export class KeptStore {
  private readonly db: Db

  constructor(db: Db) {
    this.db = db
  }

  list(kind: string, scope: string): Kept[] {
    return this.db
      .prepare<[string, string], KeptRow>('SELECT * FROM kept WHERE kind = ? AND scope = ? ORDER BY name')
      .all(kind, scope)
      .map(keptOf)
  }

  get(kind: string, scope: string, name: string): Kept | undefined {
    const row = this.db
      .prepare<[string, string, string], KeptRow>('SELECT * FROM kept WHERE kind = ? AND scope = ? AND name = ?')
      .get(kind, scope, name)
    return row && keptOf(row)
  }

  put(kind: string, scope: string, name: string, document: string, nowMs: number): void {
    this.db
      .prepare(
        `INSERT INTO kept (kind, scope, name, document, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET document = excluded.document, updated_ms = excluded.updated_ms`,
      )
      .run(kind, scope, name, document, nowMs, nowMs)
  }

  /** Whether it was there. */
  delete(kind: string, scope: string, name: string): boolean {
    return (
      this.db.prepare('DELETE FROM kept WHERE kind = ? AND scope = ? AND name = ?').run(kind, scope, name).changes > 0
    )
  }

  /** What belongs to a database, a table or a partition, and to all below it. Scopes are paths: `db`, `db/table`, `db/table/["2024"]`. */
  deleteBelow(scope: string): void {
    this.db
      .prepare(`DELETE FROM kept WHERE scope = ? OR substr(scope, 1, ?) = ?`)
      .run(scope, scope.length + 1, `${scope}/`)
  }
}

const keptOf = (row: KeptRow): Kept => ({
  name: row.name,
  document: row.document,
  createdMs: row.created_ms,
  updatedMs: row.updated_ms,
})
