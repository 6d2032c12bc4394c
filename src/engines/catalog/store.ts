import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { CatalogTable, Partition } from './contract.ts'

export interface StoredDatabase {
  name: string
  description?: string
  location?: string
  createdMs: number
}

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

/** The catalog in SQLite: each change is one transaction, on disk when it is acknowledged (WAL, synchronous FULL). */
export class CatalogStore {
  private readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'catalog.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  /** All changes of `work`, or none. */
  transaction<T>(work: () => T): T {
    return this.db.transaction(work).immediate()
  }

  databases(): StoredDatabase[] {
    return this.db
      .prepare<[], DatabaseRow>('SELECT * FROM databases ORDER BY name')
      .all()
      .map((row) => ({
        name: row.name,
        ...(row.description !== null && { description: row.description }),
        ...(row.location !== null && { location: row.location }),
        createdMs: row.created_ms,
      }))
  }

  hasDatabase(name: string): boolean {
    return this.db.prepare('SELECT 1 FROM databases WHERE name = ?').get(name) !== undefined
  }

  putDatabase(database: StoredDatabase): void {
    this.db
      .prepare('INSERT INTO databases (name, description, location, created_ms) VALUES (?, ?, ?, ?)')
      .run(database.name, database.description ?? null, database.location ?? null, database.createdMs)
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

  deleteTable(database: string, name: string): boolean {
    return this.db.prepare('DELETE FROM tables WHERE database = ? AND name = ?').run(database, name).changes > 0
  }

  partitions(database: string, name: string): Partition[] {
    return this.db
      .prepare<[string, string], PartitionRow>(
        'SELECT * FROM partitions WHERE database = ? AND name = ? ORDER BY partition_values',
      )
      .all(database, name)
      .map((row) => ({
        values: JSON.parse(row.partition_values) as string[],
        location: row.location,
        createdMs: row.created_ms,
      }))
  }

  /** Whether the partition is new; one that exists is left as it is. */
  addPartition(database: string, name: string, partition: Partition): boolean {
    const added = this.db
      .prepare(
        `INSERT INTO partitions (database, name, partition_values, location, created_ms) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      )
      .run(database, name, JSON.stringify(partition.values), partition.location, partition.createdMs)
    return added.changes > 0
  }

  deletePartition(database: string, name: string, values: readonly string[]): boolean {
    const deleted = this.db
      .prepare('DELETE FROM partitions WHERE database = ? AND name = ? AND partition_values = ?')
      .run(database, name, JSON.stringify(values))
    return deleted.changes > 0
  }

  close(): void {
    this.db.close()
  }
}

interface DatabaseRow {
  name: string
  description: string | null
  location: string | null
  created_ms: number
}

interface PartitionRow {
  partition_values: string
  location: string
  created_ms: number
}
