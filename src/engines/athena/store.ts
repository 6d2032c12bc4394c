import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { QueryExecution } from './contract.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queries (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, ended INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT;
`

/** The history of queries in SQLite, newest last by `ordinal`. A query is on disk when it is acknowledged, and when it has ended. */
export class QueryStore {
  private readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'queries.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  /** False where a newer Millrace wrote it: it can be read only. */
  get writable(): boolean {
    return !this.db.readonly
  }

  put(query: QueryExecution, ended: boolean): void {
    this.db
      .prepare(
        `INSERT INTO queries (id, ended, document) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, document = excluded.document`,
      )
      .run(query.queryId, ended ? 1 : 0, JSON.stringify(query))
  }

  get(id: string): QueryExecution | undefined {
    const row = this.db.prepare<[string], Row>('SELECT document FROM queries WHERE id = ?').get(id)
    return row && (JSON.parse(row.document) as QueryExecution)
  }

  list(limit: number): QueryExecution[] {
    return this.db
      .prepare<[number], Row>('SELECT document FROM queries ORDER BY ordinal DESC LIMIT ?')
      .all(limit)
      .map((row) => JSON.parse(row.document) as QueryExecution)
  }

  unended(): QueryExecution[] {
    return this.db
      .prepare<[], Row>('SELECT document FROM queries WHERE ended = 0')
      .all()
      .map((row) => JSON.parse(row.document) as QueryExecution)
  }

  /** Ids behind the newest `kept`. */
  older(kept: number): string[] {
    return this.db
      .prepare<[number], { id: string }>(
        'SELECT id FROM queries WHERE ended = 1 ORDER BY ordinal DESC LIMIT -1 OFFSET ?',
      )
      .all(kept)
      .map((row) => row.id)
  }

  delete(id: string): void {
    this.db.prepare('DELETE FROM queries WHERE id = ?').run(id)
  }

  close(): void {
    this.db.close()
  }
}

interface Row {
  document: string
}
