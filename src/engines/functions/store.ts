import { join } from 'node:path'
import { z } from 'zod'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import { MappingSettings, StartingPosition } from './contract.ts'
import type { OpenWindow } from './mapping/window.ts'

const SCHEMA = `
  CREATE TABLE functions (
    name TEXT PRIMARY KEY, revision_id TEXT NOT NULL, modified_ms REAL NOT NULL, settings TEXT NOT NULL,
    code_sha256 TEXT NOT NULL, code_bytes INTEGER NOT NULL, code_signature TEXT NOT NULL
  ) STRICT;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL, name TEXT NOT NULL, payload TEXT NOT NULL,
    created_ms REAL NOT NULL, attempts INTEGER NOT NULL, due_ms REAL NOT NULL
  ) STRICT;
  CREATE INDEX events_by_due ON events (due_ms);
  CREATE TABLE mappings (uuid TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
`

const MAPPING_STATE = `
  CREATE TABLE attempts (
    mapping TEXT NOT NULL, shard_id TEXT NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL, made INTEGER NOT NULL,
    PRIMARY KEY (mapping, shard_id, first)
  ) STRICT;
  CREATE TABLE windows (
    mapping TEXT NOT NULL, shard_id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (mapping, shard_id)
  ) STRICT;
`

/** How often a batch of a shard, by offsets, has been tried in vain. */
export interface TriedBatch {
  readonly first: number
  readonly next: number
  readonly made: number
}

/** What was known of a function when it was last changed through Millrace: its files are the truth, this is what they cannot say. */
export interface KnownFunction {
  readonly revisionId: string
  readonly modifiedMs: number
  /** The text of its document then. */
  readonly settings: string
  readonly codeSha256: string
  readonly codeBytes: number
  readonly codeSignature: string
}

export interface QueuedEvent {
  readonly id: number
  readonly requestId: string
  /** `NAME`, or `NAME:QUALIFIER`. */
  readonly name: string
  readonly payload: string
  readonly createdMs: number
  readonly attempts: number
  readonly dueMs: number
}

export const StoredMapping = MappingSettings.extend({
  uuid: z.string(),
  stream: z.string(),
  position: StartingPosition,
  modifiedMs: z.number(),
})
export type StoredMapping = z.infer<typeof StoredMapping>

/** Metadata of functions, events that wait to be handled, and mappings (SQLite, WAL, synchronous FULL). */
export class FunctionStore {
  private readonly db: Db

  constructor(directory: string) {
    this.db = openStore(join(directory, 'functions.sqlite'), {
      steps: [(db) => db.exec(SCHEMA), (db) => db.exec(MAPPING_STATE)],
    })
  }

  known(name: string): KnownFunction | undefined {
    const sql = `SELECT revision_id AS revisionId, modified_ms AS modifiedMs, settings, code_sha256 AS codeSha256,
      code_bytes AS codeBytes, code_signature AS codeSignature FROM functions WHERE name = ?`
    return this.db.prepare(sql).get(name) as KnownFunction | undefined
  }

  saveKnown(name: string, known: KnownFunction): void {
    const sql = 'INSERT OR REPLACE INTO functions VALUES (?, ?, ?, ?, ?, ?, ?)'
    const { revisionId, modifiedMs, settings, codeSha256, codeBytes, codeSignature } = known
    this.db.prepare(sql).run(name, revisionId, modifiedMs, settings, codeSha256, codeBytes, codeSignature)
  }

  /** Events of a function that is deleted have nobody left to handle them. */
  deleteFunction(name: string): void {
    this.db.transaction(() => {
      this.db.prepare('DELETE FROM functions WHERE name = ?').run(name)
      this.db.prepare("DELETE FROM events WHERE name = ? OR name GLOB ? || ':*'").run(name, name)
    })()
  }

  addEvent(event: Omit<QueuedEvent, 'id' | 'attempts'>): void {
    const sql = 'INSERT INTO events (request_id, name, payload, created_ms, attempts, due_ms) VALUES (?, ?, ?, ?, 0, ?)'
    this.db.prepare(sql).run(event.requestId, event.name, event.payload, event.createdMs, event.dueMs)
  }

  nextEvents(limit: number): QueuedEvent[] {
    const sql = `SELECT id, request_id AS requestId, name, payload, created_ms AS createdMs, attempts, due_ms AS dueMs
      FROM events ORDER BY due_ms, id LIMIT ?`
    return this.db.prepare(sql).all(limit) as QueuedEvent[]
  }

  retryEvent(id: number, attempts: number, dueMs: number): void {
    this.db.prepare('UPDATE events SET attempts = ?, due_ms = ? WHERE id = ?').run(attempts, dueMs, id)
  }

  deleteEvent(id: number): void {
    this.db.prepare('DELETE FROM events WHERE id = ?').run(id)
  }

  mappings(): StoredMapping[] {
    const rows = this.db.prepare('SELECT document FROM mappings').all() as { document: string }[]
    return rows.map(({ document }) => StoredMapping.parse(JSON.parse(document)))
  }

  saveMapping(mapping: StoredMapping): void {
    const sql = 'INSERT OR REPLACE INTO mappings VALUES (?, ?)'
    this.db.prepare(sql).run(mapping.uuid, JSON.stringify(mapping))
  }

  deleteMapping(uuid: string): void {
    this.db.transaction(() => {
      this.db.prepare('DELETE FROM mappings WHERE uuid = ?').run(uuid)
      this.db.prepare('DELETE FROM attempts WHERE mapping = ?').run(uuid)
      this.forgetWindows(uuid)
    })()
  }

  triedBatch(mapping: string, shardId: string, first: number): TriedBatch | undefined {
    const sql = 'SELECT first, next, made FROM attempts WHERE mapping = ? AND shard_id = ? AND first = ?'
    return this.db.prepare(sql).get(mapping, shardId, first) as TriedBatch | undefined
  }

  saveTriedBatch(mapping: string, shardId: string, { first, next, made }: TriedBatch): void {
    this.db.prepare('INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?)').run(mapping, shardId, first, next, made)
  }

  /** Batches that began with one of these records are done with. */
  forgetTriedBatches(mapping: string, shardId: string, first: number, last: number): void {
    const sql = 'DELETE FROM attempts WHERE mapping = ? AND shard_id = ? AND first BETWEEN ? AND ?'
    this.db.prepare(sql).run(mapping, shardId, first, last)
  }

  /** Shards in which a mapping has a window open. */
  windows(mapping: string): ReadonlyMap<string, OpenWindow> {
    const sql = 'SELECT shard_id AS shardId, document FROM windows WHERE mapping = ?'
    const rows = this.db.prepare(sql).all(mapping) as { shardId: string; document: string }[]
    return new Map(rows.map(({ shardId, document }) => [shardId, JSON.parse(document)]))
  }

  forgetWindows(mapping: string): void {
    this.db.prepare('DELETE FROM windows WHERE mapping = ?').run(mapping)
  }

  saveWindow(mapping: string, shardId: string, open: OpenWindow | undefined): void {
    if (open)
      this.db.prepare('INSERT OR REPLACE INTO windows VALUES (?, ?, ?)').run(mapping, shardId, JSON.stringify(open))
    else this.db.prepare('DELETE FROM windows WHERE mapping = ? AND shard_id = ?').run(mapping, shardId)
  }

  close(): void {
    this.db.close()
  }
}
