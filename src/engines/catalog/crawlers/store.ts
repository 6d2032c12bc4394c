import type { Db } from '../../kit/node/sqlite.ts'
import type { Crawl, CrawlerInput } from '../contract.ts'

/** A crawler as it is kept; whether it runs is not. */
export type StoredCrawler = CrawlerInput & { version: number; createdMs: number; updatedMs: number; scheduled: boolean }

interface Row {
  document: string
}

/** Crawls that are remembered of each crawler. */
const CRAWLS_MAX = 1000

export class CrawlerStore {
  private readonly db: Db

  constructor(db: Db) {
    this.db = db
  }

  all(): StoredCrawler[] {
    return this.db
      .prepare<[], Row>('SELECT document FROM crawlers ORDER BY name')
      .all()
      .map(({ document }) => JSON.parse(document) as StoredCrawler)
  }

  get(name: string): StoredCrawler | undefined {
    const row = this.db.prepare<[string], Row>('SELECT document FROM crawlers WHERE name = ?').get(name)
    return row && (JSON.parse(row.document) as StoredCrawler)
  }

  put(crawler: StoredCrawler): void {
    this.db
      .prepare(
        'INSERT INTO crawlers (name, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document',
      )
      .run(crawler.name, JSON.stringify(crawler))
  }

  delete(name: string): void {
    this.db.prepare('DELETE FROM crawlers WHERE name = ?').run(name)
  }

  /** Newest first. */
  crawls(crawler: string, max = CRAWLS_MAX): Crawl[] {
    return this.db
      .prepare<[string, number], Row>(
        'SELECT document FROM crawls WHERE crawler = ? ORDER BY started_ms DESC, rowid DESC LIMIT ?',
      )
      .all(crawler, max)
      .map(({ document }) => JSON.parse(document) as Crawl)
  }

  putCrawl(crawler: string, crawl: Crawl): void {
    this.db
      .prepare(
        `INSERT INTO crawls (id, crawler, started_ms, document) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET document = excluded.document`,
      )
      .run(crawl.crawlId, crawler, crawl.startedMs, JSON.stringify(crawl))
    this.db
      .prepare(
        `DELETE FROM crawls WHERE crawler = ? AND rowid NOT IN
         (SELECT rowid FROM crawls WHERE crawler = ? ORDER BY started_ms DESC, rowid DESC LIMIT ?)`,
      )
      .run(crawler, crawler, CRAWLS_MAX)
  }

  /** Crawls that no end was written of. */
  cutOff(): { crawler: string; crawl: Crawl }[] {
    return this.db
      .prepare<[], Row & { crawler: string }>(
        `SELECT crawler, document FROM crawls WHERE json_extract(document, '$.state') = 'RUNNING'`,
      )
      .all()
      .map(({ crawler, document }) => ({ crawler, crawl: JSON.parse(document) as Crawl }))
  }

  folders(crawler: string): Set<string> {
    const rows = this.db
      .prepare<[string], { folder: string }>('SELECT folder FROM crawled_folders WHERE crawler = ?')
      .all(crawler)
    return new Set(rows.map(({ folder }) => folder))
  }

  addFolders(crawler: string, folders: Iterable<string>): void {
    const insert = this.db.prepare('INSERT INTO crawled_folders (crawler, folder) VALUES (?, ?) ON CONFLICT DO NOTHING')
    for (const folder of folders) insert.run(crawler, folder)
  }

  tables(crawler: string): { database: string; name: string }[] {
    return this.db
      .prepare<[string], { database: string; name: string }>(
        'SELECT database, name FROM crawled_tables WHERE crawler = ?',
      )
      .all(crawler)
  }

  addTable(crawler: string, { database, name }: { database: string; name: string }): void {
    this.db
      .prepare('INSERT INTO crawled_tables (crawler, database, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      .run(crawler, database, name)
  }
}
