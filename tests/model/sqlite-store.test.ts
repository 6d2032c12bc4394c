import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Db, openStore, storeError } from '../../src/engines/kit/node/sqlite.ts'

const first = (db: Db) => db.exec('CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1)')
const second = (db: Db) => db.exec('ALTER TABLE t ADD COLUMN b INTEGER; UPDATE t SET b = a + 1')
const file = () => join(mkdtempSync(join(tmpdir(), 'millrace-store-')), 'meta.db')

it('migrates an older store after copying it', () => {
  const path = file()
  openStore(path, { steps: [first] }).close()
  const db = openStore(path, { steps: [first, second] })
  expect(db.prepare('SELECT a, b FROM t').all()).toEqual([{ a: 1, b: 2 }])
  db.close()
  const copy = openStore(`${path}.v1`, { steps: [first] })
  expect(copy.prepare('SELECT * FROM t').all()).toEqual([{ a: 1 }])
  copy.close()
})

it('leaves a store as it was when a migration fails', () => {
  const path = file()
  openStore(path, { steps: [first] }).close()
  expect(() =>
    openStore(path, {
      steps: [
        first,
        () => {
          throw new Error('no')
        },
      ],
    }),
  ).toThrow('no')
  expect(
    openStore(path, { steps: [first] })
      .prepare('SELECT * FROM t')
      .all(),
  ).toEqual([{ a: 1 }])
})

it('opens a newer store read-only, and says why a write is refused', () => {
  const path = file()
  openStore(path, { steps: [first, second] }).close()
  const db = openStore(path, { steps: [first] })
  expect(db.prepare('SELECT b FROM t').all()).toEqual([{ b: 2 }])
  const write = () => {
    try {
      db.exec('INSERT INTO t VALUES (5, 6)')
    } catch (thrown) {
      throw storeError(thrown, 'The catalog')
    }
  }
  expect(write).toThrow(expect.objectContaining({ code: 'ReadOnly' }))
  expect(existsSync(`${path}.v2`)).toBe(false)
})

/** The error of a use of a store, as a handler would throw it. */
function failure(use: () => unknown): unknown {
  try {
    use()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}

it.each([
  'not a database at all'.repeat(100),
  'SQLite format 3\0'.padEnd(4096, 'x'),
])('refuses a damaged store, names its file and leaves it alone', (content) => {
  const path = file()
  writeFileSync(path, content)
  expect(failure(() => openStore(path, { steps: [first] }))).toMatchObject({
    code: 'DamagedStore',
    message: expect.stringMatching(/is damaged and was left as it is\. Restore the file from a copy, or move it away/),
    at: { file: path },
  })
  expect(readFileSync(path, 'utf8')).toBe(content)
})

it('says so where damage is found later, in the middle of the file', () => {
  const path = file()
  const made = openStore(path, { steps: [first] })
  made.exec('CREATE TABLE pages (text TEXT)')
  for (let i = 0; i < 50; i++) made.exec('INSERT INTO pages VALUES (hex(randomblob(2000)))')
  made.close()
  const bytes = readFileSync(path)
  bytes.fill(0xff, 8192)
  writeFileSync(path, bytes)
  const db = openStore(path, { steps: [first] })
  expect(failure(() => db.prepare('SELECT sum(length(text)) FROM pages').get())).toMatchObject({
    code: 'DamagedStore',
    at: { file: path },
  })
  db.close()
})

it('begins anew what can be made again, and keeps the damaged file with its log', () => {
  const path = file()
  writeFileSync(path, 'x'.repeat(5000))
  writeFileSync(`${path}-wal`, 'old log')
  let aside = ''
  const db = openStore(path, {
    steps: [first],
    onRemade: (kept) => {
      aside = kept
    },
  })
  expect(db.prepare('SELECT a FROM t').all()).toEqual([{ a: 1 }])
  db.close()
  expect(readFileSync(aside, 'utf8')).toBe('x'.repeat(5000))
  expect(readFileSync(`${aside}-wal`, 'utf8')).toBe('old log')
})

it('maps what the disk refuses in statements and transactions', () => {
  const path = file()
  const db = openStore(path, { steps: [first] })
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  const insert = db.prepare('INSERT INTO t VALUES (?)')
  const fill = db.transaction(() => {
    for (let i = 0; i < 100_000; i++) insert.run(i)
  })
  for (const use of [fill, fill.immediate])
    expect(failure(use)).toMatchObject({ code: 'StorageFull', retry: true, at: { file: path } })
  expect(db.prepare('SELECT count(*) n FROM t').get()).toEqual({ n: 1 })
  db.close()
})
