import { join } from 'node:path'
import type { z } from 'zod'
import { CommitGroup } from '../kit/node/commit-group.ts'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import { parseDefinition } from './asl/validate.ts'
import {
  Activity,
  Execution,
  type ExecutionStatus,
  type HistoryEvent,
  Machine,
  MachineAlias,
  MachineVersion,
} from './contract.ts'
import { MAP_SCHEMA, MapStore } from './map/store.ts'
import type { Run, Thread } from './run/types.ts'

const SCHEMA = `
  CREATE TABLE things (kind TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
  CREATE TABLE executions (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, status TEXT NOT NULL,
    redrives INTEGER NOT NULL, stopped_ms REAL, document TEXT NOT NULL, started_by TEXT NOT NULL, next_thread INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX executions_by_machine ON executions (machine, status, ordinal);
  CREATE INDEX executions_by_status ON executions (status, ordinal);
  CREATE INDEX executions_by_end ON executions (stopped_ms);
  CREATE TABLE threads (execution TEXT NOT NULL, id INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (execution, id)) STRICT;
  CREATE TABLE events (execution TEXT NOT NULL, id INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (execution, id)) STRICT, WITHOUT ROWID;
`

const KINDS = { machine: Machine, version: MachineVersion, alias: MachineAlias, activity: Activity }
type Kind = keyof typeof KINDS
type Thing<K extends Kind> = z.infer<(typeof KINDS)[K]>

export interface ExecutionFilter {
  readonly machineArn?: string
  readonly mapRunArn?: string
  readonly status?: ExecutionStatus
  readonly redriven?: boolean
  readonly start: number
  readonly limit: number
}

/** Machines, executions, where each of their threads is, and their histories. One transition is one transaction. */
export class StatesStore {
  readonly maps: MapStore
  private readonly db: Db
  private readonly group: CommitGroup

  constructor(directory: string) {
    const steps = [(db: Db) => db.exec(SCHEMA), (db: Db) => db.exec(MAP_SCHEMA)]
    this.db = openStore(join(directory, 'states.sqlite'), { steps })
    this.maps = new MapStore(this.db)
    this.group = new CommitGroup(this.db)
  }

  things<K extends Kind>(kind: K): Thing<K>[] {
    const rows = this.db.prepare('SELECT document FROM things WHERE kind = ? ORDER BY name').all(kind)
    return (rows as { document: string }[]).map(({ document }) => KINDS[kind].parse(JSON.parse(document)) as Thing<K>)
  }

  save<K extends Kind>(kind: K, thing: Thing<K> & { arn: string }): void {
    this.db.prepare('INSERT OR REPLACE INTO things VALUES (?, ?, ?)').run(kind, thing.arn, JSON.stringify(thing))
  }

  delete(kind: Kind, arn: string): void {
    this.db.prepare('DELETE FROM things WHERE kind = ? AND name = ?').run(kind, arn)
  }

  /** Keeps what a transition has changed; `machine` at an execution's beginning, as it then was. */
  async commit(run: Run, machine?: Machine): Promise<void> {
    const { execution } = run
    const { arn, status, redriveCount } = execution
    await this.group.run(() => {
      const document = JSON.stringify(execution)
      const stoppedMs = execution.stoppedMs ?? null
      if (machine)
        this.db
          .prepare(
            'INSERT INTO executions (arn, machine, status, redrives, stopped_ms, document, started_by, next_thread, map_run, share) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          )
          .run(
            arn,
            execution.machineArn,
            status,
            redriveCount,
            stoppedMs,
            document,
            JSON.stringify(machine),
            run.nextThread,
            execution.mapRun ?? null,
            execution.share ?? null,
          )
      else
        this.db
          .prepare(
            'UPDATE executions SET status = ?, redrives = ?, stopped_ms = ?, document = ?, next_thread = ? WHERE arn = ?',
          )
          .run(status, redriveCount, stoppedMs, document, run.nextThread, arn)
      const addEvent = this.db.prepare('INSERT INTO events VALUES (?, ?, ?)')
      for (const event of run.events) addEvent.run(arn, event.id, JSON.stringify(event))
      const saveThread = this.db.prepare('INSERT OR REPLACE INTO threads VALUES (?, ?, ?)')
      const deleteThread = this.db.prepare('DELETE FROM threads WHERE execution = ? AND id = ?')
      for (const id of run.changed) {
        const thread = run.threads.get(id)
        if (thread) saveThread.run(arn, id, JSON.stringify(thread))
        else deleteThread.run(arn, id)
      }
    })
    run.changed.clear()
    run.events = []
  }

  load(arn: string): Run | undefined {
    const row = this.db
      .prepare('SELECT document, started_by AS startedBy, next_thread AS nextThread FROM executions WHERE arn = ?')
      .get(arn) as { document: string; startedBy: string; nextThread: number } | undefined
    if (!row) return undefined
    const machine = JSON.parse(row.startedBy) as Machine
    const threads = this.db.prepare('SELECT document FROM threads WHERE execution = ? ORDER BY id').all(arn) as {
      document: string
    }[]
    return {
      execution: Execution.parse(JSON.parse(row.document)),
      definition: parseDefinition(machine.definition),
      roleArn: machine.roleArn,
      threads: new Map(
        threads.map(({ document }) => {
          const thread = JSON.parse(document) as Thread
          return [thread.id, thread]
        }),
      ),
      nextThread: row.nextThread,
      changed: new Set(),
      events: [],
    }
  }

  execution(arn: string): Execution | undefined {
    const row = this.db.prepare('SELECT document FROM executions WHERE arn = ?').get(arn) as
      | { document: string }
      | undefined
    return row && Execution.parse(JSON.parse(row.document))
  }

  machineOf(arn: string): Machine | undefined {
    const row = this.db.prepare('SELECT started_by AS machine FROM executions WHERE arn = ?').get(arn) as
      | { machine: string }
      | undefined
    return row && Machine.parse(JSON.parse(row.machine))
  }

  list({ machineArn, mapRunArn, status, redriven, start, limit }: ExecutionFilter): Execution[] {
    const wheres = [
      ...(machineArn !== undefined ? ['machine = ?'] : []),
      mapRunArn !== undefined ? 'map_run = ?' : 'map_run IS NULL',
      ...(status !== undefined ? ['status = ?'] : []),
      ...(redriven !== undefined ? [redriven ? 'redrives > 0' : 'redrives = 0'] : []),
    ]
    const where = `WHERE ${wheres.join(' AND ')}`
    const values = [machineArn, mapRunArn, status].filter((value) => value !== undefined)
    const rows = this.db
      .prepare(`SELECT document FROM executions ${where} ORDER BY ordinal DESC LIMIT ? OFFSET ?`)
      .all(...values, limit, start)
    return (rows as { document: string }[]).map(({ document }) => Execution.parse(JSON.parse(document)))
  }

  running(): string[] {
    const rows = this.db.prepare("SELECT arn FROM executions WHERE status = 'RUNNING' ORDER BY ordinal").all()
    return (rows as { arn: string }[]).map(({ arn }) => arn)
  }

  history(arn: string, after: number | undefined, reverse: boolean, limit: number): HistoryEvent[] {
    const [beyond, order] = reverse ? ['id < ?', 'DESC'] : ['id > ?', 'ASC']
    const from = after ?? (reverse ? Number.MAX_SAFE_INTEGER : 0)
    const rows = this.db
      .prepare(`SELECT document FROM events WHERE execution = ? AND ${beyond} ORDER BY id ${order} LIMIT ?`)
      .all(arn, from, limit)
    return (rows as { document: string }[]).map(({ document }) => JSON.parse(document) as HistoryEvent)
  }

  /** Executions that ended before this time are gone. */
  forget(beforeMs: number): void {
    this.db.transaction(() => {
      const gone = '(SELECT arn FROM executions WHERE stopped_ms < ?)'
      this.db.prepare(`DELETE FROM threads WHERE execution IN ${gone}`).run(beforeMs)
      this.db.prepare(`DELETE FROM events WHERE execution IN ${gone}`).run(beforeMs)
      const maps = `(SELECT arn FROM map_runs WHERE execution IN ${gone})`
      this.db.prepare(`DELETE FROM map_shares WHERE map_run IN ${maps}`).run(beforeMs)
      this.db.prepare(`DELETE FROM map_runs WHERE execution IN ${gone}`).run(beforeMs)
      this.db.prepare('DELETE FROM executions WHERE stopped_ms < ?').run(beforeMs)
    })()
  }

  close(): void {
    this.group.flush()
    this.db.close()
  }
}
