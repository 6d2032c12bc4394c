import { join } from 'node:path'
import { OUTBOX } from '../kit/node/event-announcements.ts'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { CatalogDatabase, CatalogTable } from './contract.ts'
import { registerLike } from './expression.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS databases (
    name TEXT PRIMARY KEY, description TEXT, location TEXT, created_ms REAL NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tables (
    database TEXT NOT NULL REFERENCES databases(name) ON DELETE CASCADE,
    name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (database, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS table_versions (
    database TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (database, name, version),
    FOREIGN KEY (database, name) REFERENCES tables(database, name) ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS partitions (
    database TEXT NOT NULL, name TEXT NOT NULL, partition_values TEXT NOT NULL, location TEXT NOT NULL, created_ms REAL NOT NULL,
    PRIMARY KEY (database, name, partition_values),
    FOREIGN KEY (database, name) REFERENCES tables(database, name) ON DELETE CASCADE
  ) STRICT;
`

/** What the Glue API keeps beside tables: documents, partition indexes, schema registries, crawlers. */
const GLUE = `
  ALTER TABLE databases ADD COLUMN glue TEXT;
  ALTER TABLE partitions ADD COLUMN glue TEXT;
  CREATE TABLE partition_indexes (
    id INTEGER PRIMARY KEY, database TEXT NOT NULL, name TEXT NOT NULL, index_name TEXT NOT NULL, keys TEXT NOT NULL,
    UNIQUE (database, name, index_name)
  ) STRICT;
  CREATE TABLE kept (
    kind TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
    created_ms REAL NOT NULL, updated_ms REAL NOT NULL, PRIMARY KEY (kind, scope, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE registries (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE schemas (
    registry TEXT NOT NULL REFERENCES registries(name) ON DELETE CASCADE,
    name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (registry, name)
  ) STRICT;
  CREATE TABLE schema_versions (
    id TEXT PRIMARY KEY, registry TEXT NOT NULL, schema TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL,
    UNIQUE (registry, schema, version),
    FOREIGN KEY (registry, schema) REFERENCES schemas(registry, name) ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE schema_version_metadata (
    version_id TEXT NOT NULL REFERENCES schema_versions(id) ON DELETE CASCADE,
    key TEXT NOT NULL, value TEXT NOT NULL, created_ms REAL NOT NULL, PRIMARY KEY (version_id, key, value)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE crawlers (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE crawls (
    id TEXT PRIMARY KEY, crawler TEXT NOT NULL REFERENCES crawlers(name) ON DELETE CASCADE,
    started_ms REAL NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX crawls_of ON crawls (crawler, started_ms);
  CREATE TABLE crawled_folders (
    crawler TEXT NOT NULL REFERENCES crawlers(name) ON DELETE CASCADE, folder TEXT NOT NULL, PRIMARY KEY (crawler, folder)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE crawled_tables (
    crawler TEXT NOT NULL REFERENCES crawlers(name) ON DELETE CASCADE,
    database TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (crawler, database, name)
  ) STRICT, WITHOUT ROWID;
`

/** The catalog in SQLite: each change is one transaction, on disk when it is acknowledged (WAL, synchronous FULL). */
export class CatalogStore {
  readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'catalog.sqlite'), {
      steps: [(db) => db.exec(SCHEMA), (db) => db.exec(GLUE), (db) => db.exec(OUTBOX)],
    })
    registerLike(this.db)
  }

  /** All changes of `work`, or none. */
  transaction<T>(work: () => T): T {
    return this.db.transaction(work).immediate()
  }

  databases(): CatalogDatabase[] {
    return this.db
      .prepare<[], DatabaseRow>('SELECT * FROM databases ORDER BY name')
      .all()
      .map((row) => ({
        name: row.name,
        ...(row.description !== null && { description: row.description }),
        ...(row.location !== null && { location: row.location }),
        ...(row.glue !== null && { glue: row.glue }),
        createdMs: row.created_ms,
      }))
  }

  hasDatabase(name: string): boolean {
    return this.db.prepare('SELECT 1 FROM databases WHERE name = ?').get(name) !== undefined
  }

  putDatabase(database: CatalogDatabase): void {
    this.db
      .prepare(
        `INSERT INTO databases (name, description, location, glue, created_ms) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET description = excluded.description, location = excluded.location, glue = excluded.glue`,
      )
      .run(
        database.name,
        database.description ?? null,
        database.location ?? null,
        database.glue ?? null,
        database.createdMs,
      )
  }

  deleteDatabase(name: string): void {
    this.db.prepare('DELETE FROM databases WHERE name = ?').run(name)
  }

  tables(database: string): CatalogTable[] {
    return this.db
      .prepare<[string], { document: string }>('SELECT document FROM tables WHERE database = ? ORDER BY name')
      .all(database)
      .map((row) => JSON.parse(row.document) as CatalogTable)
  }

  table(database: string, name: string): CatalogTable | undefined {
    const row = this.db
      .prepare<[string, string], { document: string }>('SELECT document FROM tables WHERE database = ? AND name = ?')
      .get(database, name)
    return row && (JSON.parse(row.document) as CatalogTable)
  }

  putTable(table: CatalogTable): void {
    const document = JSON.stringify(table)
    this.db
      .prepare(
        `INSERT INTO tables (database, name, document) VALUES (?, ?, ?)
         ON CONFLICT (database, name) DO UPDATE SET document = excluded.document`,
      )
      .run(table.database, table.name, document)
    this.db
      .prepare('INSERT INTO table_versions (database, name, version, document) VALUES (?, ?, ?, ?)')
      .run(table.database, table.name, table.versionId, document)
  }

  deleteTable(database: string, name: string): void {
    this.db.prepare('DELETE FROM tables WHERE database = ? AND name = ?').run(database, name)
  }

  /** Newest first. */
  tableVersions(database: string, name: string): CatalogTable[] {
    return this.db
      .prepare<[string, string], { document: string }>(
        'SELECT document FROM table_versions WHERE database = ? AND name = ? ORDER BY version DESC',
      )
      .all(database, name)
      .map((row) => JSON.parse(row.document) as CatalogTable)
  }

  deleteTableVersion(database: string, name: string, version: number): boolean {
    return (
      this.db
        .prepare('DELETE FROM table_versions WHERE database = ? AND name = ? AND version = ?')
        .run(database, name, version).changes > 0
    )
  }

  close(): void {
    this.db.close()
  }
}

interface DatabaseRow {
  name: string
  description: string | null
  location: string | null
  glue: string | null
  created_ms: number
}
