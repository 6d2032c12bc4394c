import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { EngineError } from '../pure/errors.ts'

export type Db = Database.Database

export interface StoreOptions {
  /** `full` for what was acknowledged (the default); `normal` where a crash of the machine may cost the last moments. */
  readonly synchronous?: 'full' | 'normal'
  /**
   * The store's format is the number of these steps. The first makes the tables of a new store; each later one brings the format
   * before it up by one. A step is never changed once released, only followed.
   */
  readonly steps: readonly ((db: Db) => void)[]
}

/**
 * Opens an engine's metadata. An older store is copied beside itself (`<file>.v<format>`), then migrated in one transaction; a store
 * of a newer Millrace opens read-only, so that reading goes on and nothing is spoiled.
 */
export function openStore(file: string, { steps, synchronous = 'full' }: StoreOptions): Db {
  const existed = existsSync(file)
  const db = new Database(file)
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
}

/** A write to a read-only store, or to a full disk, as an error that a person can act on; anything else as it is. */
export function storeError(thrown: unknown, what: string): unknown {
  const code = (thrown as { code?: string } | undefined)?.code ?? ''
  if (code.startsWith('SQLITE_READONLY'))
    return new EngineError(
      'ReadOnly',
      `${what} was written by a newer Millrace and opens read-only. Update Millrace to change it.`,
      { cause: thrown },
    )
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_WRITE')
    return new EngineError('DiskFull', `The disk is full: ${what} was not changed. Free some space and try again.`, {
      domain: 'external',
      retry: true,
      cause: thrown,
    })
  return thrown
}
