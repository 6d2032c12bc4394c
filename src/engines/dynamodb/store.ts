import { join } from 'node:path'
import type { Statement } from 'better-sqlite3'
import { type Db, openStore } from '../kit/node/sqlite.ts'
import type { TableState } from './model.ts'
import { type Item, itemText, parseItem } from './values.ts'

const SCHEMA = `
  CREATE TABLE tables (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL) STRICT;
  CREATE TABLE indexes (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
  CREATE TABLE items (
    id INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, key BLOB NOT NULL, item TEXT NOT NULL, bytes INTEGER NOT NULL, expires_s INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX items_by_key ON items (table_id, key);
  CREATE INDEX items_by_size ON items (table_id, bytes);
  CREATE INDEX items_by_expiry ON items (table_id, expires_s) WHERE expires_s IS NOT NULL;
  CREATE TABLE index_items (
    index_id INTEGER NOT NULL, key BLOB NOT NULL, item_id INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (index_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE transactions (token TEXT PRIMARY KEY, request TEXT NOT NULL, until_ms REAL NOT NULL) STRICT;
`

export interface StoredItem {
  readonly id: number
  readonly key: Buffer
  readonly item: Item
  readonly bytes: number
}

interface Row {
  id: number
  key: Buffer
  item: string
  bytes: number
}

export interface Range {
  readonly low: Buffer
  readonly high: Buffer
  readonly forward: boolean
  readonly limit: number
}

/**
 * Tables, items and indexes in SQLite (WAL, synchronous FULL). An item's row is found by its encoded key, whose byte order is the order
 * of a query; a row of an index points at its item. Statements are for use within a transaction of the caller's.
 */
export class DynamoStore {
  readonly db: Db
  private readonly prepared = new Map<string, Statement<unknown[]>>()

  constructor(directory: string) {
    this.db = openStore(join(directory, 'dynamodb.sqlite'), { steps: [(db) => db.exec(SCHEMA)] })
  }

  private sql(text: string): Statement<unknown[]> {
    let statement = this.prepared.get(text)
    if (!statement) this.prepared.set(text, (statement = this.db.prepare<unknown[]>(text)))
    return statement
  }

  tables(): TableState[] {
    const rows = this.sql('SELECT document FROM tables').all() as { document: string }[]
    return rows.map(({ document }) => JSON.parse(document) as TableState)
  }

  newTableId(name: string): number {
    return Number(this.sql("INSERT INTO tables (name, document) VALUES (?, '')").run(name).lastInsertRowid)
  }

  newIndexId(): number {
    return Number(this.sql('INSERT INTO indexes DEFAULT VALUES').run().lastInsertRowid)
  }

  saveTable(state: TableState): void {
    this.sql('UPDATE tables SET document = ? WHERE id = ?').run(JSON.stringify(state), state.storeId)
  }

  deleteTable(state: TableState): void {
    for (const { storeId } of state.indexes) this.deleteIndex(storeId)
    this.sql('DELETE FROM items WHERE table_id = ?').run(state.storeId)
    this.sql('DELETE FROM tables WHERE id = ?').run(state.storeId)
  }

  deleteIndex(id: number): void {
    this.sql('DELETE FROM index_items WHERE index_id = ?').run(id)
    this.sql('DELETE FROM indexes WHERE id = ?').run(id)
  }

  counts(tableId: number): { itemCount: number; bytes: number } {
    const sql = 'SELECT count(*) AS itemCount, coalesce(sum(bytes), 0) AS bytes FROM items WHERE table_id = ?'
    return this.sql(sql).get(tableId) as { itemCount: number; bytes: number }
  }

  indexCounts(indexId: number): { itemCount: number; bytes: number } {
    const sql = 'SELECT count(*) AS itemCount, coalesce(sum(bytes), 0) AS bytes FROM index_items WHERE index_id = ?'
    return this.sql(sql).get(indexId) as { itemCount: number; bytes: number }
  }

  get(tableId: number, key: Buffer): StoredItem | undefined {
    const sql = 'SELECT id, key, item, bytes FROM items WHERE table_id = ? AND key = ?'
    const row = this.sql(sql).get(tableId, key) as Row | undefined
    return row && stored(row)
  }

  insert(tableId: number, key: Buffer, item: Item, bytes: number, expiresS: number | null): number {
    const sql = 'INSERT INTO items (table_id, key, item, bytes, expires_s) VALUES (?, ?, ?, ?, ?)'
    return Number(this.sql(sql).run(tableId, key, itemText(item), bytes, expiresS).lastInsertRowid)
  }

  replace(id: number, item: Item, bytes: number, expiresS: number | null): void {
    this.sql('UPDATE items SET item = ?, bytes = ?, expires_s = ? WHERE id = ?').run(
      itemText(item),
      bytes,
      expiresS,
      id,
    )
  }

  delete(id: number): void {
    this.sql('DELETE FROM items WHERE id = ?').run(id)
  }

  putIndexed(indexId: number, key: Buffer, itemId: number, bytes: number): void {
    const sql = 'INSERT OR REPLACE INTO index_items (index_id, key, item_id, bytes) VALUES (?, ?, ?, ?)'
    this.sql(sql).run(indexId, key, itemId, bytes)
  }

  deleteIndexed(indexId: number, key: Buffer): void {
    this.sql('DELETE FROM index_items WHERE index_id = ? AND key = ?').run(indexId, key)
  }

  items(tableId: number, { low, high, forward, limit }: Range): StoredItem[] {
    const sql = `SELECT id, key, item, bytes FROM items WHERE table_id = ? AND key >= ? AND key < ?
      ORDER BY key ${forward ? 'ASC' : 'DESC'} LIMIT ?`
    return (this.sql(sql).all(tableId, low, high, limit) as Row[]).map(stored)
  }

  indexed(indexId: number, { low, high, forward, limit }: Range): StoredItem[] {
    const sql = `SELECT i.id, x.key, i.item, x.bytes FROM index_items x JOIN items i ON i.id = x.item_id
      WHERE x.index_id = ? AND x.key >= ? AND x.key < ? ORDER BY x.key ${forward ? 'ASC' : 'DESC'} LIMIT ?`
    return (this.sql(sql).all(indexId, low, high, limit) as Row[]).map(stored)
  }

  /** A table's items by the order of their rows, for what goes over all of them. */
  itemsAfter(tableId: number, id: number, limit: number): StoredItem[] {
    const sql = 'SELECT id, key, item, bytes FROM items WHERE table_id = ? AND id > ? ORDER BY id LIMIT ?'
    return (this.sql(sql).all(tableId, id, limit) as Row[]).map(stored)
  }

  setExpiry(id: number, expiresS: number | null): void {
    this.sql('UPDATE items SET expires_s = ? WHERE id = ?').run(expiresS, id)
  }

  expired(tableId: number, [from, to]: [number, number]): StoredItem[] {
    const sql = `SELECT id, key, item, bytes FROM items
      WHERE table_id = ? AND expires_s IS NOT NULL AND expires_s > ? AND expires_s <= ? LIMIT 1000`
    return (this.sql(sql).all(tableId, from, to) as Row[]).map(stored)
  }

  transaction(token: string, nowMs: number): string | undefined {
    this.sql('DELETE FROM transactions WHERE until_ms <= ?').run(nowMs)
    const row = this.sql('SELECT request FROM transactions WHERE token = ?').get(token) as
      | { request: string }
      | undefined
    return row?.request
  }

  saveTransaction(token: string, request: string, untilMs: number): void {
    this.sql('INSERT INTO transactions (token, request, until_ms) VALUES (?, ?, ?)').run(token, request, untilMs)
  }

  close(): void {
    this.db.close()
  }
}

const stored = (row: Row): StoredItem => ({ id: row.id, key: row.key, item: parseItem(row.item), bytes: row.bytes })
