import { existsSync, mkdtempSync } from 'node:fs'
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
