import { closeSync, existsSync, openSync, readSync, rmSync } from 'node:fs'
import { sep } from 'node:path'
import Database from 'better-sqlite3'
import { EngineError } from '../pure/errors.ts'
import { Recent } from '../pure/recent.ts'
import { setAside, writeFileAtomic } from './files.ts'
import { beforeWrite } from './full-disk.ts'

export type Db = Database.Database

export interface StoreOptions {
  /** `full` for what was acknowledged (the default); `normal` where a crash of the machine may cost the last moments. */
  readonly synchronous?: 'full' | 'normal'
  /**
   * The store's format is the number of these steps. The first makes the tables of a new store; each later one brings the format
   * before it up by one. A step is never changed once released, only followed.
   */
  readonly steps: readonly ((db: Db) => void)[]
  /**
   * For a store that can be made again from what else is there: a damaged file is kept as `<file>.damaged`, this is told, and a new
   * store begins. Without it a damaged store is refused with `DamagedStore`, and its file is left alone.
   */
  readonly onRemade?: (aside: string, thrown: unknown) => void
}

/**
 * Opens an engine's metadata. An older store is copied beside itself (`<file>.v<format>`), then migrated in one transaction; a store
 * of a newer Millrace opens read-only, so that reading goes on and nothing is spoiled. What the disk refuses, at opening or later,
 * is thrown as an error that names the file and the way out (`storeError`).
 */
export function openStore(file: string, options: StoreOptions): Db {
  try {
    return namedErrors(open(file, options), file)
  } catch (thrown) {
    if (!options.onRemade || !isDamage(thrown)) throw storeError(thrown, storeName(file), storeName(file))
    const aside = setAside(file, ['-wal', '-shm'])
    options.onRemade(aside, thrown)
    return namedErrors(open(file, options), file)
  }
}

function open(file: string, { steps, synchronous = 'full' }: StoreOptions): Db {
  const existed = existsSync(file)
  if (existed) requireHeader(file)
  const db = new Database(file)
  try {
    const format = db.pragma('user_version', { simple: true }) as number
    if (format > steps.length) {
      db.close()
      return new Database(file, { readonly: true })
    }
    db.pragma('journal_mode = WAL')
    db.pragma(`synchronous = ${synchronous}`)
    db.pragma('foreign_keys = ON')
    if (format === steps.length) return db
    if (existed && format > 0) db.exec(`VACUUM INTO '${`${file}.v${format}`.replaceAll("'", "''")}'`)
    db.transaction(() => {
      for (const step of steps.slice(format)) step(db)
      db.pragma(`user_version = ${steps.length}`)
    })()
    return db
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

/**
 * Commits `work` without waiting for the disk: a killed process loses nothing of it, a power cut may (and then all of it). For what is told again or made
 * again where it is lost; within a transaction it shares that one's sync.
 */
export function unsynced(db: Db, work: () => void): void {
  if (db.inTransaction) {
    work()
    return
  }
  const before = db.pragma('synchronous', { simple: true }) as number
  db.pragma('synchronous = normal')
  try {
    work()
  } finally {
    db.pragma(`synchronous = ${before}`)
  }
}

/** Whether a kill came between an `overwrite` and its end. */
export const isOverwriting = (db: Db): boolean => existsSync(overwritingMark(db))

const overwritingMark = (db: Db) => `${db.name}.overwriting`

/**
 * Changes what must not stay readable, a secret say: `work` is one transaction, and the file is written anew, so that no free page and no log keeps
 * what was there. Copies of earlier formats go with it.
 */
export function overwrite(db: Db, work: () => void): void {
  writeFileAtomic(overwritingMark(db), '')
  db.transaction(work)()
  db.exec('VACUUM')
  db.pragma('wal_checkpoint(TRUNCATE)')
  for (let format = 1; format < (db.pragma('user_version', { simple: true }) as number); format++)
    rmSync(`${db.name}.v${format}`, { force: true })
  rmSync(overwritingMark(db))
}

const HEADER = Buffer.from('SQLite format 3\0')

/** SQLite would delete the write-ahead log beside a file that it does not know, and with it what might be saved: look first. */
function requireHeader(file: string): void {
  const handle = openSync(file, 'r')
  try {
    const head = Buffer.alloc(HEADER.length)
    const bytes = readSync(handle, head, 0, head.length, 0)
    // An empty file is a new store whose first write never came.
    if (bytes === 0 || head.equals(HEADER)) return
    throw Object.assign(new Error('file is not a database'), { code: 'SQLITE_NOTADB' })
  } finally {
    closeSync(handle)
  }
}

const isDamage = (thrown: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(thrown))

const codeOf = (thrown: unknown): string => (thrown as { code?: string } | undefined)?.code ?? ''

/** A store's file as a person finds it: from the workspace's folder on. */
function storeName(file: string): string {
  const at = file.lastIndexOf(`${sep}.millrace${sep}`)
  return at < 0 ? file : file.slice(at + 1)
}

/** How many texts of statements are kept as SQLite has read them. */
const STATEMENTS = 128

/** Statements and transactions of the store throw what `storeError` makes of their failures. */
function namedErrors(db: Db, file: string): Db {
  const name = storeName(file)
  const named =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      try {
        return work(...args)
      } catch (thrown) {
        throw storeError(thrown, name, name)
      }
    }
  const prepare = db.prepare.bind(db) as (sql: string) => Database.Statement
  // To read a text takes as long as to run it. One statement stands for all who ask with its text, so none of them may change how it answers (`raw`, `pluck`).
  const prepared = new Recent<Database.Statement>(STATEMENTS)
  db.prepare = named((sql: string) => {
    const known = prepared.get(sql)
    if (known) return known
    const statement = prepare(sql)
    prepared.set(sql, statement)
    const run = statement.run.bind(statement)
    statement.run = named((...values: unknown[]) => {
      if (!statement.readonly) beforeWrite()
      return run(...values)
    })
    statement.get = named(statement.get.bind(statement))
    statement.all = named(statement.all.bind(statement))
    return statement
  }) as Db['prepare']
  db.exec = named(db.exec.bind(db))
  // A commit of its own may be what finds the disk full.
  const transaction = db.transaction.bind(db)
  db.transaction = ((work: (...args: unknown[]) => unknown) => {
    const made = transaction(work)
    const { deferred, immediate, exclusive } = made
    return Object.assign(named(made), {
      deferred: named(deferred),
      immediate: named(immediate),
      exclusive: named(exclusive),
    })
  }) as Db['transaction']
  return db
}

/** A write to a read-only store or to a full disk, or a damaged store, as an error that a person can act on; anything else as it is. */
export function storeError(thrown: unknown, what: string, file?: string): unknown {
  const code = codeOf(thrown)
  const at = file === undefined ? {} : { at: { file } }
  if (code.startsWith('SQLITE_READONLY'))
    return new EngineError(
      'ReadOnly',
      `${what} was written by a newer Millrace and opens read-only. Update Millrace to change it.`,
      { cause: thrown, ...at },
    )
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_WRITE' || code === 'ENOSPC')
    return new EngineError('StorageFull', `The disk is full: ${what} was not changed. Free some space and try again.`, {
      domain: 'external',
      retry: true,
      cause: thrown,
      ...at,
    })
  if (isDamage(thrown))
    return new EngineError(
      'DamagedStore',
      `${what} is damaged and was left as it is. Restore the file from a copy, or move it away (with its -wal and -shm files) to begin with an empty one; then try again.`,
      { domain: 'external', cause: thrown, ...at },
    )
  if (/^SQLITE_(CANTOPEN|IOERR|PERM)/.test(code))
    return new EngineError(
      'StorageFailure',
      `${what} could not be read or written: ${(thrown as Error).message} (${code}). See that the folder is there and yours, and that its disk is sound.`,
      { domain: 'external', retry: true, cause: thrown, ...at },
    )
  return thrown
}
