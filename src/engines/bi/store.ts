import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { Column } from '../kit/pure/table.ts'
import type { DataSet, DataSource, Ingestion, PrepareStep } from './contract.ts'

/** The SPICE table that answers for a data set. */
export interface SpiceTable {
  readonly table: string
  readonly columns: readonly Column[]
  readonly rowCount: number
  readonly bytes: number
  readonly refreshedMs: number
}

/** A data set as it is kept: its definition, the columns that this gives, and the table that answers. */
export interface KeptDataSet {
  readonly id: string
  readonly name: string
  readonly mode: DataSet['mode']
  readonly source: DataSource
  readonly steps: readonly PrepareStep[]
  readonly columns: readonly Column[]
  readonly spice?: SpiceTable
}

const SCHEMA = `
  CREATE TABLE data_sets (id TEXT PRIMARY KEY, kept TEXT NOT NULL) STRICT;
  CREATE TABLE ingestions (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    data_set TEXT NOT NULL,
    ingestion TEXT NOT NULL
  ) STRICT;
  CREATE INDEX ingestions_of ON ingestions (data_set, ordinal);
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
`

const INGESTIONS_KEPT = 100

/** Definitions and the history of ingestions in SQLite. What it has answered is on disk. */
export class BiStore {
  private readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'bi.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  /** False where a newer Millrace wrote it: it can be read only. */
  get writable(): boolean {
    return !this.db.readonly
  }

  list(): KeptDataSet[] {
    const rows = this.db.prepare('SELECT kept FROM data_sets ORDER BY id').all() as { kept: string }[]
    return rows.map((row) => JSON.parse(row.kept) as KeptDataSet)
  }

  get(id: string): KeptDataSet | undefined {
    const row = this.db.prepare('SELECT kept FROM data_sets WHERE id = ?').get(id) as { kept: string } | undefined
    return row && (JSON.parse(row.kept) as KeptDataSet)
  }

  put(kept: KeptDataSet): void {
    this.db
      .prepare('INSERT INTO data_sets VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET kept = excluded.kept')
      .run(kept.id, JSON.stringify(kept))
  }

  delete(id: string): void {
    this.db.transaction(() => {
      this.db.prepare('DELETE FROM data_sets WHERE id = ?').run(id)
      this.db.prepare('DELETE FROM ingestions WHERE data_set = ?').run(id)
    })()
  }

  /** The new table and the ingestion that made it, in one transaction: this is the moment of the swap. */
  swap(kept: KeptDataSet, ingestion: Ingestion): void {
    this.db.transaction(() => {
      this.put(kept)
      this.putIngestion(kept.id, ingestion)
    })()
  }

  putIngestion(dataSet: string, ingestion: Ingestion): void {
    this.db
      .prepare(
        `INSERT INTO ingestions (id, data_set, ingestion) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET ingestion = excluded.ingestion`,
      )
      .run(ingestion.ingestionId, dataSet, JSON.stringify(ingestion))
    this.db
      .prepare(
        `DELETE FROM ingestions WHERE data_set = ? AND ordinal <=
           (SELECT ordinal FROM ingestions WHERE data_set = ? ORDER BY ordinal DESC LIMIT 1 OFFSET ${INGESTIONS_KEPT})`,
      )
      .run(dataSet, dataSet)
  }

  /** Newest first. */
  ingestions(dataSet: string): Ingestion[] {
    const rows = this.db
      .prepare('SELECT ingestion FROM ingestions WHERE data_set = ? ORDER BY ordinal DESC')
      .all(dataSet) as { ingestion: string }[]
    return rows.map((row) => JSON.parse(row.ingestion) as Ingestion)
  }

  /** A number never given before, for the names of tables. */
  nextNumber(): number {
    const row = this.db
      .prepare(
        `INSERT INTO counters VALUES ('table', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`,
      )
      .get() as { value: number }
    return row.value
  }

  close(): void {
    this.db.close()
  }
}
