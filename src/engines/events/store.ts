import { join } from 'node:path'
import { z } from 'zod'
import { CommitGroup } from '../kit/node/commit-group.ts'
import { secret } from '../kit/node/secrets.ts'
import { type Db, isOverwriting, openStore, overwrite } from '../kit/node/sqlite.ts'
import {
  ApiDestination,
  Archive,
  Bus,
  Connection,
  Delivery,
  Destination,
  Replay,
  Rule,
  Schedule,
  ScheduleGroup,
} from './contract.ts'

const SCHEMA = `
  CREATE TABLE things (kind TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
  CREATE TABLE ticks (arn TEXT PRIMARY KEY, last_ms REAL NOT NULL) STRICT;
  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, at_ms REAL NOT NULL, attempts INTEGER NOT NULL, outcome TEXT,
    document TEXT NOT NULL, payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_by_time ON deliveries (state, at_ms, id);
  CREATE TABLE archived (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, archive TEXT NOT NULL, time_ms REAL NOT NULL, event TEXT NOT NULL
  ) STRICT;
  CREATE INDEX archived_by_time ON archived (archive, time_ms, ordinal);
`

const List = z.array(z.object({ key: z.string(), value: secret(z.string()), secret: z.boolean() }))
const Parameters = z.object({ headers: List, query: List, body: List })
/** With its secrets, sealed. */
const KeptConnection = Connection.extend({
  auth: z.union([
    z.object({ kind: z.literal('BASIC'), user: z.string(), password: secret(z.string()) }),
    z.object({ kind: z.literal('API_KEY'), header: z.string(), value: secret(z.string()) }),
    z.object({
      kind: z.literal('OAUTH_CLIENT_CREDENTIALS'),
      client: z.string(),
      secret: secret(z.string()),
      endpoint: z.string(),
      method: z.enum(['GET', 'POST', 'PUT']),
      http: Parameters,
    }),
  ]),
  http: Parameters,
})
export type KeptConnection = z.infer<typeof KeptConnection>

const KINDS = {
  bus: Bus,
  rule: Rule.omit({ nextMs: true }),
  archive: Archive.omit({ events: true, bytes: true }),
  /** With the place in the archive up to which it has gone. */
  replay: Replay.extend({ place: z.object({ timeMs: z.number(), ordinal: z.number() }).optional() }),
  schedule: Schedule.omit({ nextMs: true }),
  group: ScheduleGroup,
  connection: KeptConnection,
  apiDestination: ApiDestination,
}
type Kind = keyof typeof KINDS
export type Kept<K extends Kind> = z.infer<(typeof KINDS)[K]>

/** What is to be delivered, where and since when. */
const KeptDelivery = Delivery.pick({ from: true, eventId: true, createdMs: true }).extend({ to: Destination })
export type NewDelivery = z.infer<typeof KeptDelivery> & {
  /** Not before. */
  readonly atMs: number
  readonly payload: string
}
export type WaitingDelivery = NewDelivery & { readonly id: number; readonly attempts: number }

interface DeliveryRow {
  id: number
  state: Delivery['state']
  at_ms: number
  attempts: number
  outcome: string | null
  document: string
  payload: string
}

/** Deliveries that have ended and are kept to be looked at. */
const ENDED_KEPT = 1000
const PRUNED_EVERY = 100

/** Everything that the engine knows, in SQLite (WAL, synchronous FULL). What comes at about the same time shares one wait for the disk. */
export class EventStore {
  private readonly db: Db
  private readonly group: CommitGroup
  private ended = 0

  constructor(directory: string) {
    this.db = openStore(join(directory, 'events.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
    this.group = new CommitGroup(this.db)
  }

  /** Of many at once, each as a whole; answers when it is on disk. */
  later<T>(work: () => T): Promise<T> {
    return this.group.run(work)
  }

  /** As a whole, at once. */
  together<T>(work: () => T): T {
    return this.db.transaction(work)()
  }

  things<K extends Kind>(kind: K): Kept<K>[] {
    const rows = this.db.prepare('SELECT document FROM things WHERE kind = ? ORDER BY name').all(kind)
    return (rows as { document: string }[]).map(({ document }) => KINDS[kind].parse(JSON.parse(document)) as Kept<K>)
  }

  save<K extends Kind>(kind: K, name: string, thing: Kept<K>): void {
    this.db.prepare('INSERT OR REPLACE INTO things VALUES (?, ?, ?)').run(kind, name, JSON.stringify(thing))
  }

  delete(kind: Kind, name: string): void {
    this.db.prepare('DELETE FROM things WHERE kind = ? AND name = ?').run(kind, name)
  }

  /** As a whole, and nothing of what was there before stays in the files. */
  overwrite(work: () => void): void {
    overwrite(this.db, work)
  }

  get isOverwriting(): boolean {
    return isOverwriting(this.db)
  }

  lastTick(arn: string): number | undefined {
    const row = this.db.prepare('SELECT last_ms FROM ticks WHERE arn = ?').get(arn) as { last_ms: number } | undefined
    return row?.last_ms
  }

  saveTick(arn: string, lastMs: number): void {
    this.db.prepare('INSERT OR REPLACE INTO ticks VALUES (?, ?)').run(arn, lastMs)
  }

  deleteTick(arn: string): void {
    this.db.prepare('DELETE FROM ticks WHERE arn = ?').run(arn)
  }

  /** How far the changes of another engine have been taken, by its own count. */
  cursor(engine: string): number | undefined {
    return this.lastTick(`cursor/${engine}`)
  }

  saveCursor(engine: string, place: number): void {
    this.saveTick(`cursor/${engine}`, place)
  }

  addDelivery({ atMs, payload, ...kept }: NewDelivery): Delivery {
    const sql = "INSERT INTO deliveries (state, at_ms, attempts, document, payload) VALUES ('WAITING', ?, 0, ?, ?)"
    const { lastInsertRowid } = this.db.prepare(sql).run(atMs, JSON.stringify(kept), payload)
    const { to, ...rest } = kept
    return { ...rest, id: Number(lastInsertRowid), target: to.arn, state: 'WAITING', attempts: 0, atMs, payload }
  }

  /** Those that come next, without some. */
  waiting(limit: number, without: ReadonlySet<number>): WaitingDelivery[] {
    const sql = "SELECT * FROM deliveries WHERE state = 'WAITING' ORDER BY at_ms, id LIMIT ?"
    const rows = this.db.prepare(sql).all(limit + without.size) as DeliveryRow[]
    return rows
      .filter(({ id }) => !without.has(id))
      .slice(0, limit)
      .map(({ id, at_ms: atMs, attempts, document, payload }) => ({
        ...KeptDelivery.parse(JSON.parse(document)),
        id,
        atMs,
        attempts,
        payload,
      }))
  }

  changeDelivery(id: number, change: Pick<Delivery, 'state' | 'atMs' | 'attempts' | 'outcome'>): Delivery {
    const sql = 'UPDATE deliveries SET state = ?, at_ms = ?, attempts = ?, outcome = ? WHERE id = ? RETURNING *'
    const { state, atMs, attempts, outcome = null } = change
    const row = this.db.prepare(sql).get(state, atMs, attempts, outcome, id) as DeliveryRow
    if (state !== 'WAITING' && ++this.ended % PRUNED_EVERY === 0) this.prune()
    return shown(row)
  }

  /** Newest first. */
  deliveries(limit: number): Delivery[] {
    const rows = this.db.prepare('SELECT * FROM deliveries ORDER BY id DESC LIMIT ?').all(limit) as DeliveryRow[]
    return rows.map(shown)
  }

  private prune(): void {
    const ended = "state != 'WAITING'"
    const newest = `SELECT id FROM deliveries WHERE ${ended} ORDER BY id DESC LIMIT ${ENDED_KEPT}`
    this.db.prepare(`DELETE FROM deliveries WHERE ${ended} AND id NOT IN (${newest})`).run()
  }

  archive(archive: string, timeMs: number, event: string): void {
    this.db.prepare('INSERT INTO archived (archive, time_ms, event) VALUES (?, ?, ?)').run(archive, timeMs, event)
  }

  /** In the order of their times; `after` is the place of the last one before. */
  archived(
    archive: string,
    { startMs, endMs, after, limit }: { startMs: number; endMs: number; after: ArchivePlace; limit: number },
  ): (ArchivePlace & { event: string })[] {
    const sql = `SELECT time_ms AS timeMs, ordinal, event FROM archived WHERE archive = ? AND time_ms >= ? AND time_ms < ?
      AND (time_ms, ordinal) > (?, ?) ORDER BY time_ms, ordinal LIMIT ?`
    const rows = this.db.prepare(sql).all(archive, startMs, endMs, after.timeMs, after.ordinal, limit)
    return rows as (ArchivePlace & { event: string })[]
  }

  archivedSize(archive: string): { events: number; bytes: number } {
    const sql = 'SELECT count(*) AS events, coalesce(sum(length(event)), 0) AS bytes FROM archived WHERE archive = ?'
    return this.db.prepare(sql).get(archive) as { events: number; bytes: number }
  }

  forgetArchived(archive: string, beforeMs = Number.MAX_VALUE): void {
    this.db.prepare('DELETE FROM archived WHERE archive = ? AND time_ms < ?').run(archive, beforeMs)
  }

  close(): void {
    this.group.flush()
    this.db.close()
  }
}

export interface ArchivePlace {
  readonly timeMs: number
  readonly ordinal: number
}

function shown({ id, state, at_ms: atMs, attempts, outcome, document, payload }: DeliveryRow): Delivery {
  const { to, ...kept } = KeptDelivery.parse(JSON.parse(document))
  return { ...kept, id, target: to.arn, state, atMs, attempts, payload, ...(outcome !== null && { outcome }) }
}
