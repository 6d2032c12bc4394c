import { join } from 'node:path'
import { Journal, newFrame } from '../kit/node/journal.ts'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { Commitment } from './account.ts'
import type { RegisteredConsumer } from './fan-out/model.ts'
import type { Change, Shard, StreamState } from './model.ts'

export interface DamageRow {
  readonly stream: string
  readonly shardId: string
  readonly file: string
  readonly what: string
  readonly bytes: number
}

/** One step of a consumer, as it lies in the checkpoint journal. A null offset forgets the consumer. */
type CheckpointEntry = [stream: string, consumer: string, shard: number, offset: number | null]

const COMPACT_BYTES = 4 * 1024 * 1024

/**
 * All that outlives a restart except the records: streams and shards in SQLite, written at each change; consumers' checkpoints, which
 * come a hundred times a second, in a journal (one sync for all that come at once), folded into SQLite when it has grown.
 */
export class StreamStore {
  private readonly db: Db
  private readonly journal: Journal
  private readonly checkpoints = new Map<string, Map<string, Map<number, number>>>()
  /** One after the last entry of the journal that `checkpoints` knows. */
  private applied = 0
  private compacting = false

  static async open(directory: string): Promise<StreamStore> {
    const db = openStore(join(directory, 'streams.db'), {
      steps: [(made) => made.exec(SCHEMA), (made) => made.exec(FAN_OUT)],
    })
    const journal = await Journal.open({ directory: join(directory, 'checkpoints'), segmentBytes: 1024 * 1024 })
    const store = new StreamStore(db, journal)
    await store.loadCheckpoints()
    return store
  }

  private constructor(db: Db, journal: Journal) {
    this.db = db
    this.journal = journal
  }

  streams(): StreamState[] {
    const rows = this.db.prepare('SELECT id, state FROM stream ORDER BY rowid').all() as { id: string; state: string }[]
    const shards = this.db.prepare('SELECT * FROM shard WHERE stream = ? ORDER BY number')
    return rows.map((row) => ({
      ...reviveState(row.state),
      shards: (shards.all(row.id) as ShardRow[]).map(shardOf),
    }))
  }

  /** In one transaction, so that a parent is never closed without its children. */
  saveStream(state: StreamState): void {
    const { shards, ...rest } = state
    const save = this.db.prepare('INSERT OR REPLACE INTO shard VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.inTransaction(() => {
      this.db
        .prepare('INSERT INTO stream (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state')
        .run(
          state.id,
          JSON.stringify(rest, (_, value) => (typeof value === 'bigint' ? value.toString() : value)),
        )
      this.db.prepare('DELETE FROM shard WHERE stream = ?').run(state.id)
      for (const s of shards) {
        const parents = [s.parent ?? null, s.adjacentParent ?? null]
        save.run(state.id, s.index, String(s.start), String(s.end), ...parents, s.createdMs, s.closedMs ?? null)
      }
    })
  }

  deleteStream(id: string): void {
    this.checkpoints.delete(id)
    this.inTransaction(() => {
      for (const table of ['shard', 'checkpoint', 'damage', 'registeredConsumer'])
        this.db.prepare(`DELETE FROM ${table} WHERE stream = ?`).run(id)
      this.db.prepare('DELETE FROM stream WHERE id = ?').run(id)
    })
  }

  registeredConsumers(): RegisteredConsumer[] {
    const rows = this.db.prepare('SELECT state FROM registeredConsumer ORDER BY rowid').all() as { state: string }[]
    return rows.map(({ state }) => JSON.parse(state))
  }

  saveConsumer(consumer: RegisteredConsumer): void {
    this.db
      .prepare(
        `INSERT INTO registeredConsumer (stream, name, state) VALUES (?, ?, ?)
         ON CONFLICT (stream, name) DO UPDATE SET state = excluded.state`,
      )
      .run(consumer.stream, consumer.name, JSON.stringify(consumer))
  }

  deleteRegisteredConsumer(stream: string, name: string): void {
    this.db.prepare('DELETE FROM registeredConsumer WHERE stream = ? AND name = ?').run(stream, name)
  }

  commitment(): Commitment | undefined {
    const row = this.db.prepare(`SELECT value FROM setting WHERE name = 'commitment'`).get() as
      | { value: string }
      | undefined
    return row && JSON.parse(row.value)
  }

  saveCommitment(commitment: Commitment): void {
    this.db.prepare(`INSERT OR REPLACE INTO setting VALUES ('commitment', ?)`).run(JSON.stringify(commitment))
  }

  addDamage(stream: string, shard: number, file: string, what: string, bytes: number): void {
    if (this.db.readonly) return
    this.db.prepare('INSERT OR IGNORE INTO damage VALUES (?, ?, ?, ?, ?)').run(stream, shard, file, what, bytes)
  }

  damage(): { stream: string; shard: number; file: string; what: string; bytes: number }[] {
    return this.db.prepare('SELECT * FROM damage ORDER BY rowid').all() as never
  }

  consumers(stream: string): string[] {
    return [...(this.checkpoints.get(stream)?.keys() ?? [])]
  }

  /** Offset by shard index: all records before it are done with. */
  checkpointsOf(stream: string, consumer: string): ReadonlyMap<number, number> {
    return this.checkpoints.get(stream)?.get(consumer) ?? new Map()
  }

  async checkpoint(stream: string, consumer: string, shard: number, offset: number): Promise<void> {
    await this.append([stream, consumer, shard, offset])
  }

  async deleteConsumer(stream: string, consumer: string): Promise<void> {
    await this.append([stream, consumer, 0, null])
  }

  async close(): Promise<void> {
    try {
      // What cannot be folded now (a full disk, a store of a newer Millrace) stays in the journal.
      if (!this.db.readonly) await this.compact()
    } finally {
      await this.journal.close()
      this.db.close()
    }
  }

  private async append(entry: CheckpointEntry): Promise<void> {
    const text = Buffer.from(JSON.stringify(entry))
    const frame = newFrame(text.length)
    frame.payload.set(text)
    const { first, done } = this.journal.append(frame, 1, 0)
    await done
    this.apply(entry)
    this.applied = first + 1
    if (this.journal.bytes > COMPACT_BYTES && !this.compacting && !this.db.readonly) await this.compact()
  }

  private apply([stream, consumer, shard, offset]: CheckpointEntry): void {
    const ofStream = this.checkpoints.get(stream) ?? new Map<string, Map<number, number>>()
    if (offset === null) {
      ofStream.delete(consumer)
      return
    }
    this.checkpoints.set(stream, ofStream)
    const ofConsumer = ofStream.get(consumer) ?? new Map<number, number>()
    ofStream.set(consumer, ofConsumer)
    ofConsumer.set(shard, offset)
  }

  private async loadCheckpoints(): Promise<void> {
    for (const row of this.db.prepare('SELECT stream, consumer, shard, position FROM checkpoint').all())
      this.apply(Object.values(row as object) as CheckpointEntry)
    for (let next = this.journal.first; next < this.journal.next; ) {
      const frames = await this.journal.read(next, 1024 * 1024)
      if (frames.length === 0) break
      for (const { payload } of frames) this.apply(JSON.parse(Buffer.from(payload).toString()))
      next = frames[frames.length - 1].first + 1
    }
    this.applied = this.journal.next
    const known = new Set(this.streams().map((state) => state.id))
    for (const id of this.checkpoints.keys()) if (!known.has(id)) this.checkpoints.delete(id)
  }

  /** Folds the checkpoints into SQLite and drops what of the journal they stand for. Entries that came since are kept there. */
  private async compact(): Promise<void> {
    const upTo = this.applied
    if (upTo === this.journal.first) return
    this.compacting = true
    try {
      const insert = this.db.prepare('INSERT INTO checkpoint VALUES (?, ?, ?, ?)')
      this.inTransaction(() => {
        this.db.exec('DELETE FROM checkpoint')
        for (const [stream, consumers] of this.checkpoints)
          for (const [consumer, shards] of consumers)
            for (const [shard, offset] of shards) insert.run(stream, consumer, shard, offset)
      })
      await this.journal.dropBefore(upTo)
    } finally {
      this.compacting = false
    }
  }

  /** All of `work` or nothing. */
  private inTransaction(work: () => void): void {
    this.db.transaction(work)()
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stream (id TEXT PRIMARY KEY, state TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS shard (
    stream TEXT, number INTEGER, start TEXT, "end" TEXT, parent INTEGER, adjacentParent INTEGER,
    createdMs REAL, closedMs REAL, PRIMARY KEY (stream, number));
  CREATE TABLE IF NOT EXISTS checkpoint (
    stream TEXT, consumer TEXT, shard INTEGER, position INTEGER, PRIMARY KEY (stream, consumer, shard));
  CREATE TABLE IF NOT EXISTS damage (
    stream TEXT, shard INTEGER, file TEXT PRIMARY KEY, what TEXT, bytes INTEGER);`

/** Format 2: consumers of enhanced fan-out, settings of the account, and in a stream's state what else the service keeps of it. */
const FAN_OUT = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE registeredConsumer (stream TEXT, name TEXT, state TEXT NOT NULL, PRIMARY KEY (stream, name));`

interface ShardRow {
  number: number
  start: string
  end: string
  parent: number | null
  adjacentParent: number | null
  createdMs: number
  closedMs: number | null
}

function shardOf(row: ShardRow): Shard {
  return {
    index: row.number,
    start: BigInt(row.start),
    end: BigInt(row.end),
    createdMs: row.createdMs,
    ...(row.parent !== null && { parent: row.parent }),
    ...(row.adjacentParent !== null && { adjacentParent: row.adjacentParent }),
    ...(row.closedMs !== null && { closedMs: row.closedMs }),
  }
}

function reviveState(text: string): Omit<StreamState, 'shards'> {
  const state = JSON.parse(text) as Omit<StreamState, 'shards'> & { change?: Change }
  return state.change?.kind === 'split' ? { ...state, change: { ...state.change, at: BigInt(state.change.at) } } : state
}
