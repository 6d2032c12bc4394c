import type { Db } from '../kit/node/sqlite.ts'
import type { CatalogTable, Partition, PartitionIndex } from './contract.ts'
import { type Predicate, partitionKeySql, textLiteral } from './expression.ts'

interface PartitionRow {
  partition_values: string
  location: string
  created_ms: number
  glue: string | null
}

type NewPartition = Partition & { glue?: string | undefined }

/** Partitions by table and values. A partition index is an index of SQLite over the keys' values, as their types compare. */
export class PartitionStore {
  private readonly db: Db

  constructor(db: Db) {
    this.db = db
  }

  all(database: string, name: string): Partition[] {
    return this.db
      .prepare<[string, string], PartitionRow>(
        'SELECT * FROM partitions WHERE database = ? AND name = ? ORDER BY partition_values',
      )
      .all(database, name)
      .map(partitionOf)
  }

  /** `after` is the stored form of the last page's last values. */
  find(
    table: Pick<CatalogTable, 'database' | 'name'>,
    { predicate, segment, after = '', max }: FindOptions,
  ): { partitions: Partition[]; next?: string } {
    const rows = this.db
      .prepare<unknown[], PartitionRow>(findSql(table, predicate, segment))
      .all(...(predicate?.values ?? []), after, max + 1)
    const page = rows.slice(0, max)
    return {
      partitions: page.map(partitionOf),
      ...(rows.length > max && { next: page[page.length - 1].partition_values }),
    }
  }

  /** How SQLite would find them, as EXPLAIN QUERY PLAN tells. */
  plan(table: Pick<CatalogTable, 'database' | 'name'>, predicate: Predicate): string {
    return this.db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${findSql(table, predicate)}`)
      .all(...predicate.values, '', 1)
      .map(({ detail }) => detail)
      .join('\n')
  }

  get(database: string, name: string, values: readonly string[]): Partition | undefined {
    const row = this.db
      .prepare<[string, string, string], PartitionRow>(
        'SELECT * FROM partitions WHERE database = ? AND name = ? AND partition_values = ?',
      )
      .get(database, name, JSON.stringify(values))
    return row && partitionOf(row)
  }

  /** Whether the partition is new; one that exists is left as it is. */
  add(database: string, name: string, partition: NewPartition): boolean {
    const added = this.db
      .prepare(
        `INSERT INTO partitions (database, name, partition_values, location, glue, created_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      )
      .run(
        database,
        name,
        JSON.stringify(partition.values),
        partition.location,
        partition.glue ?? null,
        partition.createdMs,
      )
    return added.changes > 0
  }

  update(database: string, name: string, values: readonly string[], partition: NewPartition): void {
    this.db
      .prepare(
        `UPDATE partitions SET partition_values = ?, location = ?, glue = ?
         WHERE database = ? AND name = ? AND partition_values = ?`,
      )
      .run(
        JSON.stringify(partition.values),
        partition.location,
        partition.glue ?? null,
        database,
        name,
        JSON.stringify(values),
      )
  }

  delete(database: string, name: string, values: readonly string[]): boolean {
    const deleted = this.db
      .prepare('DELETE FROM partitions WHERE database = ? AND name = ? AND partition_values = ?')
      .run(database, name, JSON.stringify(values))
    return deleted.changes > 0
  }

  indexes(database: string, name: string): PartitionIndex[] {
    return this.indexRows(database, name).map((row) => ({
      name: row.index_name,
      keys: JSON.parse(row.keys) as string[],
    }))
  }

  createIndex(table: CatalogTable, index: PartitionIndex): void {
    const { lastInsertRowid } = this.db
      .prepare('INSERT INTO partition_indexes (database, name, index_name, keys) VALUES (?, ?, ?, ?)')
      .run(table.database, table.name, index.name, JSON.stringify(index.keys))
    const keys = index.keys.map((name) => {
      const place = table.partitionKeys.findIndex((key) => key.name === name)
      return partitionKeySql(table.partitionKeys[place].type, place)
    })
    this.db.exec(
      `CREATE INDEX partition_index_${lastInsertRowid} ON partitions (${keys.join(', ')}) WHERE ${of(table)}`,
    )
  }

  /** Whether there was one. */
  deleteIndex(database: string, name: string, index: string): boolean {
    const row = this.indexRows(database, name).find(({ index_name }) => index_name === index)
    if (row) this.drop(row.id)
    return row !== undefined
  }

  deleteIndexes(database: string, name: string): void {
    for (const { id } of this.indexRows(database, name)) this.drop(id)
  }

  private drop(id: number): void {
    this.db.exec(`DROP INDEX partition_index_${id}`)
    this.db.prepare('DELETE FROM partition_indexes WHERE id = ?').run(id)
  }

  private indexRows(database: string, name: string): { id: number; index_name: string; keys: string }[] {
    return this.db
      .prepare<[string, string], { id: number; index_name: string; keys: string }>(
        'SELECT * FROM partition_indexes WHERE database = ? AND name = ? ORDER BY index_name',
      )
      .all(database, name)
  }
}

export interface FindOptions {
  readonly predicate?: Predicate | undefined
  readonly segment?: { number: number; of: number } | undefined
  readonly after?: string | undefined
  readonly max: number
}

/** SQLite takes a partial index only where the query says its condition in the same words, so names are written out. */
const of = (table: Pick<CatalogTable, 'database' | 'name'>) =>
  `database = ${textLiteral(table.database)} AND name = ${textLiteral(table.name)}`

function findSql(
  table: Pick<CatalogTable, 'database' | 'name'>,
  predicate: Predicate | undefined,
  segment?: { number: number; of: number },
): string {
  const conditions = [of(table)]
  if (predicate) conditions.push(predicate.sql)
  if (segment) conditions.push(`rowid % ${segment.of} = ${segment.number}`)
  // The plus keeps the order of pages from choosing the primary key over a partition index.
  const order = predicate ? '+partition_values' : 'partition_values'
  return `SELECT * FROM partitions WHERE ${conditions.join(' AND ')} AND ${order} > ? ORDER BY ${order} LIMIT ?`
}

function partitionOf(row: PartitionRow): Partition {
  return {
    values: JSON.parse(row.partition_values) as string[],
    location: row.location,
    createdMs: row.created_ms,
    ...(row.glue !== null && { glue: row.glue }),
  }
}
