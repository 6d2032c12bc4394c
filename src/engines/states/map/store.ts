import type { Db } from '../../kit/node/sqlite.ts'
import { Execution, type ExecutionStatus, MapRun, type MapRunCounts } from '../contract.ts'
import type { Share } from './batches.ts'

export const MAP_SCHEMA = `
  ALTER TABLE executions ADD COLUMN map_run TEXT;
  ALTER TABLE executions ADD COLUMN share INTEGER;
  CREATE INDEX executions_by_map_run ON executions (map_run, share);
  CREATE TABLE map_runs (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, execution TEXT NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE INDEX map_runs_by_execution ON map_runs (execution);
  CREATE TABLE map_shares (map_run TEXT NOT NULL, id INTEGER NOT NULL, input TEXT NOT NULL, items INTEGER NOT NULL, PRIMARY KEY (map_run, id)) STRICT, WITHOUT ROWID;
`

const STATUSES: Readonly<Record<ExecutionStatus, keyof MapRunCounts>> = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timedOut',
  ABORTED: 'aborted',
}

/** Map runs, and what their children begin with. What became of a child is in its execution. */
export class MapStore {
  private readonly db: Db

  constructor(db: Db) {
    this.db = db
  }

  find(arn: string): MapRun | undefined {
    const row = this.db.prepare('SELECT document FROM map_runs WHERE arn = ?').get(arn) as
      | { document: string }
      | undefined
    return row && MapRun.parse(JSON.parse(row.document))
  }

  of(executionArn: string): MapRun[] {
    const rows = this.db.prepare('SELECT document FROM map_runs WHERE execution = ? ORDER BY ordinal').all(executionArn)
    return (rows as { document: string }[]).map(({ document }) => MapRun.parse(JSON.parse(document)))
  }

  save(map: MapRun): void {
    this.db
      .prepare(
        'INSERT INTO map_runs (arn, execution, document) VALUES (?, ?, ?) ON CONFLICT (arn) DO UPDATE SET document = excluded.document',
      )
      .run(map.arn, map.executionArn, JSON.stringify(map))
  }

  /** A map run whose items have been read. */
  begin(map: MapRun, shares: readonly Share[]): void {
    const add = this.db.prepare('INSERT INTO map_shares VALUES (?, ?, ?, ?)')
    this.db.transaction(() => {
      this.save(map)
      for (const [id, { input, items }] of shares.entries()) add.run(map.arn, id, JSON.stringify(input), items)
    })()
  }

  /** How many shares have become executions: they do in order. */
  begun(arn: string): number {
    return (this.db.prepare('SELECT COUNT(*) AS n FROM executions WHERE map_run = ?').get(arn) as { n: number }).n
  }

  shares(arn: string, from: number, limit: number): { input: string; items: number }[] {
    return this.db
      .prepare('SELECT input, items FROM map_shares WHERE map_run = ? AND id >= ? ORDER BY id LIMIT ?')
      .all(arn, from, limit) as { input: string; items: number }[]
  }

  /** Children in the order of their items. */
  children(arn: string): Execution[] {
    const rows = this.db.prepare('SELECT document FROM executions WHERE map_run = ? ORDER BY share').all(arn)
    return (rows as { document: string }[]).map(({ document }) => Execution.parse(JSON.parse(document)))
  }

  counts(map: MapRun): { executions: MapRunCounts; items: MapRunCounts } {
    const rows = this.db
      .prepare(
        `SELECT status, COUNT(*) AS executions, SUM(items) AS items FROM executions e JOIN map_shares s ON s.map_run = e.map_run AND s.id = e.share
         WHERE e.map_run = ? GROUP BY status`,
      )
      .all(map.arn) as { status: ExecutionStatus; executions: number; items: number }[]
    const counted = (of: 'executions' | 'items', total: number): MapRunCounts => {
      const counts = {
        pending: total,
        running: 0,
        succeeded: 0,
        failed: 0,
        timedOut: 0,
        aborted: 0,
        total,
        resultsWritten: 0,
      }
      for (const row of rows) {
        counts[STATUSES[row.status]] += row[of]
        counts.pending -= row[of]
      }
      if (map.written) counts.resultsWritten = total - counts.pending - counts.running
      return counts
    }
    return { executions: counted('executions', map.shares ?? 0), items: counted('items', map.items ?? 0) }
  }
}
