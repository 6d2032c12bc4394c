import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder, syncFolder, writeFileAtomic } from '../kit/node/files.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { Bucket } from './bucket.ts'
import { fits, share, statOrNothing } from './disk.ts'
import type { ObjectRow, Store, VersionRow } from './store.ts'

/** S3's name of a version that was put while the bucket had none. */
export const NULL_VERSION = 'null'

/** The ending of a file that says what another, or a marker, is. */
const BESIDE = '.json'

export const versionOf = (row: ObjectRow): string => row.versionId ?? NULL_VERSION

/**
 * Versions that are not current: their files lie in a folder beside the lake, so that the lake shows what is current and nothing else.
 * A file's name is worked out of key and version: after a crash it tells whose it is.
 */
export class Versions {
  private readonly store: Store
  private readonly directory: string
  private readonly random: Random

  constructor(store: Store, directory: string, random: Random) {
    this.store = store
    this.directory = directory
    this.random = random
  }

  /** Chance may repeat itself from one start to the next, where it is seeded: an id is new to its key. */
  newId(bucket: string, key: string): string {
    for (;;) {
      const id = uuid(this.random).replaceAll('-', '')
      if (this.store.get(bucket, key)?.versionId !== id && !this.store.version(bucket, key, id)) return id
    }
  }

  file(bucket: string, name: string): string {
    return join(this.directory, bucket, name)
  }

  /** What the index says of a version, beside its file: a lost index has it again. A marker has no other file. */
  remember(bucket: string, key: string, versionId: string): void {
    const row = this.store.version(bucket, key, versionId)
    if (row) writeFileAtomic(this.file(bucket, `${nameOf(row)}${BESIDE}`), JSON.stringify(row))
  }

  /**
   * Keeps the object of a key that another is about to replace, where the bucket has versions: its file gets a second name, synced, for
   * the first may be gone in the next moment. `note` says so in the index, once the other is in place, and `remember` beside the file.
   */
  supersede(bucket: Bucket, key: string): { versionId: string | null; note(): void; remember(): void } {
    const { versioning } = bucket.settings
    if (!versioning) return { versionId: null, note: () => {}, remember: () => {} }
    const versionId = versioning === 'Enabled' ? this.newId(bucket.name, key) : NULL_VERSION
    const current = bucket.look(key)
    const kept = current && versionOf(current) !== versionId
    const name = kept ? this.bring(bucket.name, current, (to) => share(bucket.file(current.path), to)) : undefined
    return {
      versionId,
      note: () => {
        if (versionId === NULL_VERSION) this.destroyNull(bucket.name, key)
        if (current && name !== undefined) this.note(bucket.name, current, name)
      },
      remember: () => {
        if (current && kept) this.remember(bucket.name, key, versionOf(current))
      },
    }
  }

  /** A deletion without a version: a marker takes the object's place. Answers the marker's version, and the folder to sync. */
  cover(bucket: Bucket, key: string, nowMs: number): { versionId: string; folder: string | undefined } {
    const versionId = bucket.settings.versioning === 'Enabled' ? this.newId(bucket.name, key) : NULL_VERSION
    const current = bucket.look(key)
    const kept = current && versionOf(current) !== versionId
    const name = kept ? this.bring(bucket.name, current, (to) => renameSync(bucket.file(current.path), to)) : undefined
    if (current && !kept) rmSync(bucket.file(current.path), { force: true })
    const folder = this.store.transaction(() => {
      if (versionId === NULL_VERSION) this.destroyNull(bucket.name, key)
      if (current && name !== undefined) this.note(bucket.name, current, name)
      this.mark(bucket.name, key, versionId, nowMs)
      return current && bucket.forget(current)
    })
    if (kept) this.remember(bucket.name, key, versionOf(current))
    this.remember(bucket.name, key, versionId)
    return { versionId, folder }
  }

  /** Deletes one version for good; where it was current, the newest of the others takes its place. */
  remove(bucket: Bucket, key: string, versionId: string): { marker: boolean; folder: string | undefined } {
    const current = bucket.look(key)
    const isCurrent = current !== undefined && versionOf(current) === versionId
    const row = isCurrent ? undefined : this.store.version(bucket.name, key, versionId)
    const marker = row?.marker === 1
    if (row) this.destroy(bucket.name, row)
    if (current && !isCurrent) return { marker, folder: undefined }
    const [newest] = this.store.versions(bucket.name, key)
    if (newest?.marker === 0) {
      const file = this.file(bucket.name, newest.path)
      const { serial: _s, marker: _m, ...object } = newest
      // First, for what it says would be taken for a version beside the current object.
      rmSync(`${file}${BESIDE}`, { force: true })
      const folder = bucket.restore(file, object, () => this.store.removeVersion(bucket.name, key, versionOf(newest)))
      rmSync(file, { force: true })
      return { marker, folder }
    }
    if (!isCurrent) return { marker, folder: undefined }
    rmSync(bucket.file(current.path), { force: true })
    return { marker, folder: bucket.forget(current) }
  }

  /**
   * The current object is gone without our doing, by a shell or an editor. What its key has of versions stays below a marker, as after a
   * deletion; its id is new in a suspended bucket too, so that it takes no other's place.
   */
  lost(bucket: string, key: string, nowMs: number): void {
    const [newest] = this.store.versions(bucket, key)
    if (newest?.marker !== 0) return
    const versionId = this.newId(bucket, key)
    this.mark(bucket, key, versionId, nowMs)
    this.remember(bucket, key, versionId)
  }

  private bring(bucket: string, row: ObjectRow, bring: (kept: string) => void): string {
    const name = nameOf(row)
    makeFolder(join(this.directory, bucket))
    bring(this.file(bucket, name))
    syncFolder(join(this.directory, bucket))
    return name
  }

  /** Notes a version whose file was kept. */
  private note(bucket: string, row: ObjectRow, path: string): void {
    this.store.putVersion(bucket, { ...row, path, versionId: versionOf(row), marker: 0 })
  }

  private mark(bucket: string, key: string, versionId: string, nowMs: number): void {
    const nothing = { path: '', size: 0, fileMs: 0, etag: '', contentType: null, metadata: null }
    this.store.putVersion(bucket, { ...nothing, key, versionId, modifiedMs: nowMs, marker: 1 })
  }

  /** Deletes a version for good, file first: a row without a file is dropped at the next start. */
  private destroy(bucket: string, row: VersionRow): void {
    this.erase(bucket, row)
    this.store.removeVersion(bucket, row.key, versionOf(row))
  }

  private erase(bucket: string, row: VersionRow): void {
    const file = this.file(bucket, nameOf(row))
    rmSync(file, { force: true })
    rmSync(`${file}${BESIDE}`, { force: true })
  }

  /** There is one version `null` of a key at most. */
  private destroyNull(bucket: string, key: string): void {
    const row = this.store.version(bucket, key, NULL_VERSION)
    if (row) this.destroy(bucket, row)
  }

  /**
   * Settles what a crash left half done, and takes in what a lost index does not know. A file that neither the index nor a file beside it
   * speaks of was on its way out of the lake: where the lake's own file is still the one that was known, nothing happened; where it is gone,
   * the file goes back; where another took its place, this one is the version before.
   */
  recover(bucket: string, lakeFile: (path: string) => string): void {
    const folder = join(this.directory, bucket)
    if (!statOrNothing(folder)) return
    const files = new Set(readdirSync(folder))
    // What was being written when the end came.
    for (const name of files) if (name.startsWith('.') && files.delete(name)) rmSync(join(folder, name))
    for (const row of this.store.noncurrent(bucket)) {
      const beside = files.delete(`${nameOf(row)}${BESIDE}`)
      if (row.marker === 0 && !files.delete(row.path)) this.destroy(bucket, row)
      else if (!beside) this.remember(bucket, row.key, versionOf(row))
    }
    this.takeIn(bucket, files)
    if (files.size === 0) return
    for (const row of this.store.objects(bucket)) {
      const name = nameOf(row)
      if (files.has(name)) this.settle(bucket, row, name, lakeFile(row.path))
    }
  }

  /** Versions whose rows the index has lost, in the order in which they came; takes their files out of those that are not accounted for. */
  private takeIn(bucket: string, files: Set<string>): void {
    const beside = [...files].filter((name) => name.endsWith(BESIDE) && files.delete(name))
    const rows = beside.flatMap((name): VersionRow[] => {
      const row = JSON.parse(readFileSync(this.file(bucket, name), 'utf8')) as VersionRow
      if (row.marker === 1 || files.delete(row.path)) return [row]
      rmSync(this.file(bucket, name))
      return []
    })
    this.store.transaction(() => {
      for (const row of rows.sort((a, b) => a.serial - b.serial)) this.store.putVersion(bucket, row)
    })
  }

  private settle(bucket: string, row: ObjectRow, name: string, lakeFile: string): void {
    const kept = this.file(bucket, name)
    const stat = statOrNothing(lakeFile)
    if (!stat) {
      makeFolder(dirname(lakeFile))
      renameSync(kept, lakeFile)
    } else if (fits(row, stat)) rmSync(kept)
    else {
      this.note(bucket, row, name)
      this.store.remove(bucket, row.key)
      this.remember(bucket, row.key, versionOf(row))
    }
  }
}

const nameOf = (row: ObjectRow): string =>
  `${createHash('sha256').update(row.key).digest('hex').slice(0, 32)}-${versionOf(row)}`
