import { join } from 'node:path'
import { OUTBOX } from '../kit/node/event-announcements.ts'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import { Cluster, SecurityConfiguration, Step } from './contract.ts'

const SCHEMA = `
  CREATE TABLE clusters (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL) STRICT;
  CREATE TABLE steps (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, cluster TEXT NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX steps_by_cluster ON steps (cluster, ordinal);
  CREATE TABLE security (name TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL) STRICT;
`

type Row = { document: string }

/** Clusters with their nodes, steps, and security configurations, in SQLite: what was told is on disk before anything of it is done. */
export class EmrStore {
  readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'emr.sqlite'), {
      steps: [(db) => db.exec(SCHEMA), (db) => db.exec(OUTBOX)],
    })
  }

  /** With the steps that it begins with. */
  add(cluster: Cluster, steps: readonly Step[]): void {
    this.db.transaction(() => {
      this.db.prepare('INSERT INTO clusters (id, document) VALUES (?, ?)').run(cluster.id, JSON.stringify(cluster))
      this.addSteps(steps)
    })()
  }

  change(cluster: Cluster): void {
    this.db.prepare('UPDATE clusters SET document = ? WHERE id = ?').run(JSON.stringify(cluster), cluster.id)
  }

  /** Newest first. */
  clusters(): Cluster[] {
    const rows = this.db.prepare('SELECT document FROM clusters ORDER BY ordinal DESC').all() as Row[]
    return rows.map(({ document }) => Cluster.parse(JSON.parse(document)))
  }

  addSteps(steps: readonly Step[]): void {
    const insert = this.db.prepare('INSERT INTO steps (id, cluster, document) VALUES (?, ?, ?)')
    this.db.transaction(() => {
      for (const step of steps) insert.run(step.id, step.cluster, JSON.stringify(step))
    })()
  }

  changeStep(step: Step): void {
    this.db.prepare('UPDATE steps SET document = ? WHERE id = ?').run(JSON.stringify(step), step.id)
  }

  steps(cluster: string): Step[] {
    const rows = this.db.prepare('SELECT document FROM steps WHERE cluster = ? ORDER BY ordinal').all(cluster) as Row[]
    return rows.map(({ document }) => Step.parse(JSON.parse(document)))
  }

  securityConfigurations(): SecurityConfiguration[] {
    const rows = this.db.prepare('SELECT document FROM security ORDER BY name').all() as Row[]
    return rows.map(({ document }) => SecurityConfiguration.parse(JSON.parse(document)))
  }

  addSecurityConfiguration(configuration: SecurityConfiguration): void {
    this.db.prepare('INSERT INTO security VALUES (?, ?)').run(configuration.name, JSON.stringify(configuration))
  }

  deleteSecurityConfiguration(name: string): void {
    this.db.prepare('DELETE FROM security WHERE name = ?').run(name)
  }

  close(): void {
    this.db.close()
  }
}
