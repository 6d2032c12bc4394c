import { join } from 'node:path'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { PartitionSkew, SampleRecord } from './contract.ts'
import { AttemptStatus, Counters, type ErrorAt, JobSpec, JobState, NodeInput } from './contract.ts'
import type { Segment, Split } from './protocol.ts'

const SCHEMA = `
  CREATE TABLE jobs (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_by_state ON jobs (state);
  CREATE TABLE attempts (id TEXT PRIMARY KEY, job TEXT NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE INDEX attempts_by_job ON attempts (job);
  CREATE TABLE clusters (name TEXT PRIMARY KEY, nodes TEXT NOT NULL) STRICT;
`

export interface KeptJob {
  readonly id: string
  readonly spec: JobSpec
  state: JobState
  reason?: string
  at?: ErrorAtValue
  readonly submittedMs: number
  startedMs?: number
  endedMs?: number
  /** Planned once, so that tasks stay what they are over a restart. */
  splits?: readonly Split[]
  blacklisted: string[]
}
type ErrorAtValue = ReturnType<(typeof ErrorAt)['parse']>

/** An attempt with what is asked for by itself. */
export interface KeptAttempt {
  status: AttemptStatus
  counters: Counters
  samples: Partial<Record<string, readonly SampleRecord[]>>
  segments: readonly Segment[]
  heaviest: readonly PartitionSkew[]
}

/** Jobs, their attempts, and the nodes of clusters, in SQLite. A job is on disk when it is acknowledged; what happens to it follows in groups. */
export class MapReduceStore {
  private readonly db: Db
  private readonly jobs = new Map<string, KeptJob>()
  private readonly attempts = new Map<string, KeptAttempt>()
  private flushing: NodeJS.Immediate | undefined

  constructor(directory: string) {
    this.db = openStore(join(directory, 'mapreduce.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  /** The ordinal of the next job. */
  nextOrdinal(): number {
    const row = this.db.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').get('jobs') as
      | { seq: number }
      | undefined
    return (row?.seq ?? 0) + 1
  }

  add(job: KeptJob): void {
    this.db
      .prepare('INSERT INTO jobs (id, state, document) VALUES (?, ?, ?)')
      .run(job.id, job.state, JSON.stringify(job))
  }

  change(job: KeptJob): void {
    this.jobs.set(job.id, job)
    this.flushSoon()
  }

  changeAttempt(attempt: KeptAttempt): void {
    this.attempts.set(attempt.status.id, attempt)
    this.flushSoon()
  }

  flush(): void {
    if (this.flushing) clearImmediate(this.flushing)
    this.flushing = undefined
    const update = this.db.prepare('UPDATE jobs SET state = ?, document = ? WHERE id = ?')
    const put = this.db.prepare('INSERT OR REPLACE INTO attempts VALUES (?, ?, ?)')
    const [jobs, attempts] = [[...this.jobs.values()], [...this.attempts.values()]]
    this.jobs.clear()
    this.attempts.clear()
    this.db.transaction(() => {
      for (const job of jobs) update.run(job.state, JSON.stringify(job), job.id)
      for (const attempt of attempts) put.run(attempt.status.id, attempt.status.job, JSON.stringify(attempt))
    })()
  }

  /** In order of submission; those that have not ended, or the last ones. */
  list(which: 'open' | number): KeptJob[] {
    this.flush()
    const rows =
      which === 'open'
        ? this.db
            .prepare("SELECT document FROM jobs WHERE state IN ('WAITING', 'RUNNING', 'COMMITTING') ORDER BY ordinal")
            .all()
        : this.db.prepare('SELECT document FROM jobs ORDER BY ordinal DESC LIMIT ?').all(which)
    return (rows as { document: string }[]).map(({ document }) => readJob(document))
  }

  get(id: string): KeptJob | undefined {
    this.flush()
    const row = this.db.prepare('SELECT document FROM jobs WHERE id = ?').get(id) as { document: string } | undefined
    return row && readJob(row.document)
  }

  attemptsOf(job: string): KeptAttempt[] {
    this.flush()
    const rows = this.db.prepare('SELECT document FROM attempts WHERE job = ? ORDER BY id').all(job)
    return (rows as { document: string }[]).map(({ document }) => {
      const kept = JSON.parse(document) as KeptAttempt
      return { ...kept, status: AttemptStatus.parse(kept.status), counters: Counters.parse(kept.counters) }
    })
  }

  /** Ended jobs but the last so many, the oldest first. */
  old(keep: number): string[] {
    this.flush()
    const rows = this.db
      .prepare(
        `SELECT id FROM jobs WHERE state IN ('SUCCEEDED', 'FAILED', 'KILLED')
         AND ordinal NOT IN (SELECT ordinal FROM jobs ORDER BY ordinal DESC LIMIT ?) ORDER BY ordinal`,
      )
      .all(keep)
    return (rows as { id: string }[]).map(({ id }) => id)
  }

  delete(job: string): void {
    this.db.transaction(() => {
      this.db.prepare('DELETE FROM attempts WHERE job = ?').run(job)
      this.db.prepare('DELETE FROM jobs WHERE id = ?').run(job)
    })()
  }

  nodes(cluster: string): NodeInput[] | undefined {
    const row = this.db.prepare('SELECT nodes FROM clusters WHERE name = ?').get(cluster) as
      | { nodes: string }
      | undefined
    return row && NodeInput.array().parse(JSON.parse(row.nodes))
  }

  setNodes(cluster: string, nodes: readonly NodeInput[]): void {
    this.db.prepare('INSERT OR REPLACE INTO clusters VALUES (?, ?)').run(cluster, JSON.stringify(nodes))
  }

  deleteNodes(cluster: string): void {
    this.db.prepare('DELETE FROM clusters WHERE name = ?').run(cluster)
  }

  close(): void {
    this.flush()
    this.db.close()
  }

  private flushSoon(): void {
    this.flushing ??= setImmediate(() => this.flush())
  }
}

function readJob(document: string): KeptJob {
  const kept = JSON.parse(document) as KeptJob
  return { ...kept, spec: JobSpec.parse(kept.spec), state: JobState.parse(kept.state) }
}
