import { join } from 'node:path'
import { OUTBOX } from '../kit/node/event-announcements.ts'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { QueryExecution } from './contract.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queries (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, ended INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT;
`

/** What else is kept by name: workgroups, named queries, prepared statements, tokens of requests. */
const DOCUMENTS = `
  CREATE TABLE documents (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL,
    UNIQUE (kind, key)
  ) STRICT;
`

export function openAthenaStore(directory: string): Db {
  return openStore(join(directory, 'queries.sqlite'), {
    steps: [(db) => db.exec(SCHEMA), (db) => db.exec(DOCUMENTS), (db) => db.exec(OUTBOX)],
  })
}

/** Documents of one kind; those that are there keep their place when they change. */
export class Documents<T> {
  private readonly db: Db
  private readonly kind: string

  constructor(db: Db, kind: string) {
    this.db = db
    this.kind = kind
  }

  get(key: string): T | undefined {
    const row = this.db
      .prepare<[string, string], Row>('SELECT document FROM documents WHERE kind = ? AND key = ?')
      .get(this.kind, key)
    return row && (JSON.parse(row.document) as T)
  }

  /** Oldest first. */
  list(): T[] {
    return this.db
      .prepare<[string], Row>('SELECT document FROM documents WHERE kind = ? ORDER BY ordinal')
      .all(this.kind)
      .map((row) => JSON.parse(row.document) as T)
  }

  put(key: string, document: T): void {
    this.db
      .prepare(
        `INSERT INTO documents (kind, key, document) VALUES (?, ?, ?)
         ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document`,
      )
      .run(this.kind, key, JSON.stringify(document))
  }

  /** False where there was none. */
  delete(key: string): boolean {
    return this.db.prepare('DELETE FROM documents WHERE kind = ? AND key = ?').run(this.kind, key).changes > 0
  }
}

/** A request that was taken: its query, and what it asked. */
export interface TakenRequest {
  readonly queryId: string
  readonly request: string
}

/** The history of queries in SQLite, newest last by `ordinal`. A query is on disk when it is acknowledged, and when it has ended. */
export class QueryStore {
  private readonly db: Db
  private readonly requests: Documents<TakenRequest>

  constructor(db: Db) {
    this.db = db
    this.requests = new Documents(db, 'request')
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

  /** A query with the token of the request that began it. */
  putFirst(query: QueryExecution, token?: { token: string; request: string }): void {
    this.db.transaction(() => {
      this.put(query, false)
      if (token) this.requests.put(token.token, { queryId: query.queryId, request: token.request })
    })()
  }

  requestOf(token: string): TakenRequest | undefined {
    return this.requests.get(token)
  }

  /** Newest first. */
  list({
    workGroup,
    after,
    limit,
  }: {
    workGroup?: string | undefined
    after?: string | undefined
    limit: number
  }): QueryExecution[] {
    const query = `
      SELECT document FROM queries
      WHERE (@workGroup IS NULL OR json_extract(document, '$.workGroup') = @workGroup)
        AND (@after IS NULL OR ordinal < (SELECT ordinal FROM queries WHERE id = @after))
      ORDER BY ordinal DESC LIMIT @limit`
    return this.db
      .prepare<[object], Row>(query)
      .all({ workGroup: workGroup ?? null, after: after ?? null, limit })
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
    this.db.transaction(() => {
      this.db.prepare('DELETE FROM queries WHERE id = ?').run(id)
      this.db
        .prepare(`DELETE FROM documents WHERE kind = 'request' AND json_extract(document, '$.queryId') = ?`)
        .run(id)
    })()
  }
}

interface Row {
  document: string
}
