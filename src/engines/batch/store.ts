import { join } from 'node:path'
import type { z } from 'zod'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import { WalSync } from '../kit/node/wal-sync.ts'
import { EnvironmentInput, type Job, JobDefinition, type JobStatus, PolicyInput, QueueInput } from './contract.ts'

const SCHEMA = `
  CREATE TABLE things (kind TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
  CREATE TABLE jobs (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, parent TEXT, child INTEGER,
    status TEXT NOT NULL, stopped_ms REAL, real_started_ms REAL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_by_queue ON jobs (queue, parent, status, ordinal);
  CREATE INDEX jobs_by_parent ON jobs (parent, child);
  CREATE INDEX jobs_by_end ON jobs (stopped_ms);
`
const CHANGES = `
  CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, time_ms REAL NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL,
    reason TEXT, attempts INTEGER NOT NULL
  ) STRICT;
`

const KINDS = { definition: JobDefinition, environment: EnvironmentInput, queue: QueueInput, policy: PolicyInput }
type Kind = keyof typeof KINDS
type Thing<K extends Kind> = z.infer<(typeof KINDS)[K]>

/** A job as it is kept: with its place in time, and when its running attempt began in real time, by which timeouts count. */
export interface KeptJob {
  job: Job
  /** In order of submission. */
  ordinal: number
  realStartedMs?: number
}

/** A job as it was when its state changed. */
export interface KeptChange {
  readonly sequence: number
  readonly timeMs: number
  readonly job: Job
}

export interface JobFilter {
  readonly queue?: string
  readonly parent?: string
  readonly statuses?: readonly JobStatus[]
  readonly start: number
  readonly limit: number
}

/** Everything that Batch knows, in SQLite. Definitions and the like are on disk when they are saved, jobs and their states after `sync`. */
export class BatchStore {
  private readonly db: Db
  private readonly wal: WalSync
  /** What jobs need has changed. */
  onThing: () => void = () => {}
  private readonly dirty = new Map<string, KeptJob>()
  private moved: { timeMs: number; job: Job }[] = []
  private readonly fresh = new Set<string>()
  private nextOrdinal: number
  private flushing: NodeJS.Immediate | undefined

  constructor(directory: string) {
    const file = join(directory, 'batch.sqlite')
    this.db = openStore(file, { steps: [(db) => db.exec(SCHEMA), (db) => db.exec(CHANGES)] })
    this.wal = new WalSync(file)
    const row = this.db.prepare('SELECT max(ordinal) AS last FROM jobs').get() as { last: number | null }
    this.nextOrdinal = (row.last ?? 0) + 1
  }

  things<K extends Kind>(kind: K): Thing<K>[] {
    const rows = this.db.prepare('SELECT document FROM things WHERE kind = ? ORDER BY name').all(kind)
    return (rows as { document: string }[]).map(({ document }) => KINDS[kind].parse(JSON.parse(document)) as Thing<K>)
  }

  save<K extends Kind>(kind: K, name: string, thing: Thing<K>): void {
    this.db.prepare('INSERT OR REPLACE INTO things VALUES (?, ?, ?)').run(kind, name, JSON.stringify(thing))
    this.onThing()
  }

  delete(kind: Kind, name: string): void {
    this.db.prepare('DELETE FROM things WHERE kind = ? AND name = ?').run(kind, name)
    this.onThing()
  }

  /** Jobs that are new: written with the next `flush`, all or none of them. */
  add(jobs: readonly Job[], nowMs: number): KeptJob[] {
    const added = jobs.map((job) => ({ job, ordinal: this.nextOrdinal++ }))
    for (const kept of added) {
      this.fresh.add(kept.job.id)
      this.change(kept, nowMs)
    }
    return added
  }

  /** Takes back what could not be written. */
  drop(ids: readonly string[]): void {
    for (const id of ids) {
      this.fresh.delete(id)
      this.dirty.delete(id)
    }
    this.moved = this.moved.filter(({ job }) => !ids.includes(job.id))
  }

  /** Writes soon, together with what else changes meanwhile. With a time, the job has come into another state. */
  change(kept: KeptJob, movedMs?: number): void {
    this.dirty.set(kept.job.id, kept)
    if (movedMs !== undefined) this.moved.push({ timeMs: movedMs, job: kept.job })
    this.flushing ??= setImmediate(() => this.flush())
  }

  /** On disk: all that has changed until now. */
  sync(): Promise<void> {
    this.flush()
    return this.wal.sync()
  }

  /** Written, so that it outlives this process. */
  flush(): void {
    if (this.flushing) clearImmediate(this.flushing)
    this.flushing = undefined
    if (this.dirty.size === 0) return
    const insert = this.db.prepare(
      'INSERT INTO jobs (ordinal, id, queue, parent, child, status, stopped_ms, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const update = this.db.prepare(
      'UPDATE jobs SET status = ?, stopped_ms = ?, real_started_ms = ?, document = ? WHERE id = ?',
    )
    const tell = this.db.prepare('INSERT INTO changes (time_ms, id, status, reason, attempts) VALUES (?, ?, ?, ?, ?)')
    this.db.pragma('synchronous = normal')
    this.db.transaction(() => {
      for (const { timeMs, job } of this.moved)
        tell.run(timeMs, job.id, job.status, job.statusReason ?? null, job.attempts.length)
      for (const { job, ordinal, realStartedMs } of this.dirty.values()) {
        const { id, queue, child, status, stoppedMs = null } = job
        const document = JSON.stringify(job)
        if (this.fresh.has(id))
          insert.run(ordinal, id, queue, child?.parent ?? null, child?.index ?? null, status, stoppedMs, document)
        else update.run(status, stoppedMs, realStartedMs ?? null, document, id)
      }
    })()
    this.db.pragma('synchronous = full')
    this.dirty.clear()
    this.fresh.clear()
    this.moved = []
  }

  get(id: string): Job | undefined {
    const waiting = this.dirty.get(id)
    if (waiting) return waiting.job
    const row = this.db.prepare('SELECT document FROM jobs WHERE id = ?').get(id) as { document: string } | undefined
    return row && jobOf(row.document)
  }

  list({ queue, parent, statuses, start, limit }: JobFilter): Job[] {
    this.flush()
    const among = statuses ? `AND status IN (${statuses.map(() => '?').join(', ')})` : ''
    const [where, order] =
      parent !== undefined ? ['parent = ?', 'child'] : ['queue = ? AND parent IS NULL', 'ordinal DESC']
    const sql = `SELECT document FROM jobs WHERE ${where} ${among} ORDER BY ${order} LIMIT ? OFFSET ?`
    const rows = this.db.prepare(sql).all(parent ?? queue, ...(statuses ?? []), limit, start)
    return (rows as { document: string }[]).map(({ document }) => jobOf(document))
  }

  /** Changes of state behind a sequence number, oldest first. */
  changesAfter(sequence: number, limit: number): KeptChange[] {
    this.flush()
    const rows = this.db
      .prepare(`SELECT sequence, time_ms AS timeMs, changes.status, reason, attempts, document
        FROM changes JOIN jobs USING (id) WHERE sequence > ? ORDER BY sequence LIMIT ?`)
      .all(sequence, limit) as {
      sequence: number
      timeMs: number
      status: JobStatus
      reason: string | null
      attempts: number
      document: string
    }[]
    return rows.map(({ sequence: at, timeMs, document, ...then }) => ({
      sequence: at,
      timeMs,
      job: asItWas(jobOf(document), then),
    }))
  }

  lastChange(): number {
    this.flush()
    const row = this.db.prepare('SELECT max(sequence) AS last FROM changes').get() as { last: number | null }
    return row.last ?? 0
  }

  /** Jobs of a queue by state. */
  counts(queue: string): { status: JobStatus; count: number }[] {
    this.flush()
    const sql = 'SELECT status, count(*) AS count FROM jobs WHERE queue = ? AND parent IS NULL GROUP BY status'
    return this.db.prepare(sql).all(queue) as { status: JobStatus; count: number }[]
  }

  /** The states of an array's children, by index. */
  childStates(parent: string): JobStatus[] {
    this.flush()
    const rows = this.db.prepare('SELECT status FROM jobs WHERE parent = ? ORDER BY child').all(parent)
    return (rows as { status: JobStatus }[]).map(({ status }) => status)
  }

  endedSince(sinceMs: number, limit: number): Job[] {
    this.flush()
    const sql = 'SELECT document FROM jobs WHERE stopped_ms >= ? ORDER BY stopped_ms DESC LIMIT ?'
    const rows = this.db.prepare(sql).all(sinceMs, limit) as { document: string }[]
    return rows.map(({ document }) => jobOf(document))
  }

  unended(): KeptJob[] {
    const rows = this.db
      .prepare(`SELECT ordinal, real_started_ms AS realStartedMs, document FROM jobs
        WHERE status NOT IN ('SUCCEEDED', 'FAILED') ORDER BY ordinal`)
      .all() as { ordinal: number; realStartedMs: number | null; document: string }[]
    return rows.map(({ ordinal, realStartedMs, document }) => ({
      job: jobOf(document),
      ordinal,
      ...(realStartedMs !== null && { realStartedMs }),
    }))
  }

  /** Forgets changes before a time, and jobs that ended before one; gives the ids of these, so that their folders go too. */
  forget({ changesBeforeMs, endedBeforeMs }: { changesBeforeMs: number; endedBeforeMs: number }): string[] {
    // The last one stays, so that sequence numbers are known.
    const earlier = 'time_ms < ? AND sequence < (SELECT max(sequence) FROM changes)'
    this.db.prepare(`DELETE FROM changes WHERE ${earlier}`).run(changesBeforeMs)
    const old = "status IN ('SUCCEEDED', 'FAILED') AND stopped_ms < ?"
    const rows = this.db.prepare(`SELECT id FROM jobs WHERE ${old}`).all(endedBeforeMs) as { id: string }[]
    if (rows.length > 0) this.db.prepare(`DELETE FROM jobs WHERE ${old}`).run(endedBeforeMs)
    return rows.map(({ id }) => id)
  }

  close(): void {
    this.flush()
    this.db.close()
  }
}

/** As it was written: what was added since is optional. */
const jobOf = (document: string): Job => JSON.parse(document)

/** What a later state added to a job is left out. */
function asItWas(
  job: Job,
  { status, reason, attempts }: { status: JobStatus; reason: string | null; attempts: number },
): Job {
  const { statusReason: _reason, startedMs, stoppedMs, ...rest } = job
  const hasEnded = status === 'SUCCEEDED' || status === 'FAILED'
  return {
    ...rest,
    status,
    attempts: job.attempts.slice(0, attempts),
    ...(reason !== null && { statusReason: reason }),
    ...(startedMs !== undefined && (hasEnded || status === 'RUNNING') && { startedMs }),
    ...(stoppedMs !== undefined && hasEnded && { stoppedMs }),
  }
}
