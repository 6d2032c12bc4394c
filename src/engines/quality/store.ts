import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { QualityResult, QualityRun, Ruleset, TableProfile, TableRef } from './contract.ts'

const SCHEMA = `
  CREATE TABLE profiles (table_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE TABLE rulesets (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE runs (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, table_key TEXT NOT NULL,
    ended INTEGER NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE TABLE results (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, ruleset TEXT NOT NULL, table_key TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
`

/** Runs and results that are kept; older ones go. */
const KEPT = 1000

/** Profiles, rulesets, runs and results in SQLite, on disk when they are acknowledged. */
export class QualityStore {
  private readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'quality.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  /** False where a newer Millrace wrote it: it can be read only. */
  get writable(): boolean {
    return !this.db.readonly
  }

  /** All changes of `work`, or none. */
  transaction<T>(work: () => T): T {
    return this.db.transaction(work).immediate()
  }

  profile(table: TableRef): { profile: TableProfile; fingerprint: string } | undefined {
    const row = this.db
      .prepare<[string], Row & { fingerprint: string }>('SELECT * FROM profiles WHERE table_key = ?')
      .get(keyOf(table))
    return row && { profile: JSON.parse(row.document) as TableProfile, fingerprint: row.fingerprint }
  }

  putProfile(profile: TableProfile, fingerprint: string): void {
    this.db
      .prepare('INSERT OR REPLACE INTO profiles (table_key, fingerprint, document) VALUES (?, ?, ?)')
      .run(keyOf(profile.table), fingerprint, JSON.stringify(profile))
  }

  ruleset(name: string): Ruleset | undefined {
    return read<Ruleset>(this.db.prepare<[string], Row>('SELECT document FROM rulesets WHERE name = ?').get(name))
  }

  rulesets(): Ruleset[] {
    return this.db
      .prepare<[], Row>('SELECT document FROM rulesets ORDER BY name')
      .all()
      .map(parse<Ruleset>)
  }

  putRuleset(ruleset: Ruleset): void {
    this.db
      .prepare('INSERT OR REPLACE INTO rulesets (name, document) VALUES (?, ?)')
      .run(ruleset.name, JSON.stringify(ruleset))
  }

  deleteRuleset(name: string): boolean {
    return this.db.prepare('DELETE FROM rulesets WHERE name = ?').run(name).changes > 0
  }

  run(id: string): QualityRun | undefined {
    return read<QualityRun>(this.db.prepare<[string], Row>('SELECT document FROM runs WHERE id = ?').get(id))
  }

  runs(kind: QualityRun['kind'], table: TableRef | undefined, limit: number): QualityRun[] {
    return this.db
      .prepare<[object], Row>(
        `SELECT document FROM runs WHERE kind = @kind AND (@key IS NULL OR table_key = @key)
         ORDER BY ordinal DESC LIMIT @limit`,
      )
      .all({ kind, key: table ? keyOf(table) : null, limit })
      .map(parse<QualityRun>)
  }

  unended(): QualityRun[] {
    return this.db
      .prepare<[], Row>('SELECT document FROM runs WHERE ended = 0')
      .all()
      .map(parse<QualityRun>)
  }

  putRun(run: QualityRun): void {
    this.db
      .prepare(
        `INSERT INTO runs (id, kind, table_key, ended, document) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, document = excluded.document`,
      )
      .run(run.runId, run.kind, keyOf(run.table), run.endedMs === undefined ? 0 : 1, JSON.stringify(run))
    this.db.prepare('DELETE FROM runs WHERE ended = 1 AND ordinal <= (SELECT max(ordinal) FROM runs) - ?').run(KEPT)
  }

  result(id: string): QualityResult | undefined {
    return read<QualityResult>(this.db.prepare<[string], Row>('SELECT document FROM results WHERE id = ?').get(id))
  }

  results(table: TableRef | undefined, ruleset: string | undefined, limit: number): QualityResult[] {
    return this.db
      .prepare<[object], Row>(
        `SELECT document FROM results WHERE (@key IS NULL OR table_key = @key) AND (@ruleset IS NULL OR ruleset = @ruleset)
         ORDER BY ordinal DESC LIMIT @limit`,
      )
      .all({ key: table ? keyOf(table) : null, ruleset: ruleset ?? null, limit })
      .map(parse<QualityResult>)
  }

  putResult(result: QualityResult): void {
    this.db
      .prepare('INSERT INTO results (id, ruleset, table_key, document) VALUES (?, ?, ?, ?)')
      .run(result.resultId, result.ruleset, keyOf(result.table), JSON.stringify(result))
    this.db.prepare('DELETE FROM results WHERE ordinal <= (SELECT max(ordinal) FROM results) - ?').run(KEPT)
  }

  close(): void {
    this.db.close()
  }
}

interface Row {
  document: string
}

const parse = <T>(row: Row): T => JSON.parse(row.document) as T
const read = <T>(row: Row | undefined): T | undefined => row && parse<T>(row)
const keyOf = ({ engine, database, table }: TableRef): string => JSON.stringify([engine, database, table])
