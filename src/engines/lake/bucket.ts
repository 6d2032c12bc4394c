import { lstatSync, mkdirSync, renameSync, type Stats } from 'node:fs'
import { sep } from 'node:path'
import { setImmediate as breath } from 'node:timers/promises'
import type { Log } from '../kit/node/engine.ts'
import { syncFolder } from '../kit/node/files.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { connectionLost } from '../kit/pure/rpc.ts'
import type { Changes } from './changes.ts'
import type { BucketSettings } from './contract.ts'
import { fits, readFolder, removeEmpty, share, statOrNothing, syncShared } from './disk.ts'
import type { Events } from './events.ts'
import { KEY_BYTES_MAX } from './names.ts'
import { besideFolder, decodePath, foldPath, isLitter } from './paths.ts'
import { Places, parentOf, UNREAD, under } from './places.ts'
import { type ObjectRow, outsideRow, type Store, type VersionRow } from './store.ts'
import { type Versions, versionOf } from './versions.ts'

/** File times are coarse: a folder that changed so shortly before it was read may have changed again in the same tick. */
const TICK_MS = 50

/** How long a gentle look keeps the thread to itself, and after how many files it may be asked to leave it. */
const SLICE_MS = 20
const FILES_A_STEP = 64

export interface BucketTools {
  readonly store: Store
  readonly changes: Changes
  readonly versions: Versions
  readonly events: Events
  readonly log: Log
  /** Engine time, ms. */
  readonly nowMs: () => number
}

/** What is known of an object before its file has its place. */
type NewRow = Omit<ObjectRow, 'path' | 'fileMs' | 'size' | 'versionId'>

/**
 * One bucket's folder and what is known of it. The index follows the files: a folder whose change time is not the one we know
 * is read again before anything is listed from it.
 */
export class Bucket {
  readonly name: string
  readonly root: string
  settings: BucketSettings
  private readonly tools: BucketTools
  private readonly places: Places
  private whole = false
  private looking: Promise<void> | undefined
  private closed = false

  constructor(name: string, root: string, tools: BucketTools, settings: BucketSettings) {
    this.name = name
    this.root = root
    this.tools = tools
    this.places = new Places(name, tools.store)
    this.settings = settings
  }

  get events(): Events {
    return this.tools.events
  }

  get versions(): Versions {
    return this.tools.versions
  }

  /** A version that is not current. */
  version(key: string, versionId: string): (VersionRow & { file: string }) | undefined {
    const row = this.tools.store.version(this.name, key, versionId)
    return row && { ...row, file: this.versions.file(this.name, row.path) }
  }

  file(path: string): string {
    return path === '' ? this.root : `${this.root}${sep}${path}`
  }

  /** Takes in what changed on disk under a prefix since it was last looked at, in one go: what happens meanwhile waits. */
  reconcile(prefix = ''): void {
    const looking = this.lookAround(prefix)
    this.tools.store.transaction(() => {
      while (!looking.next().done);
    })
  }

  /** `reconcile` that lets others have the thread in between: a first look at a large bucket takes seconds. Looks are taken one by one. */
  async reconcileGently(prefix = ''): Promise<void> {
    while (this.looking) await this.looking.catch(() => {})
    const looking = this.lookGently(prefix).finally(() => {
      this.looking = undefined
    })
    this.looking = looking
    await looking
  }

  /** Ends a look that is under way; the next start looks anew. */
  async settled(): Promise<void> {
    this.closed = true
    await this.looking?.catch(() => {})
  }

  private async lookGently(prefix: string): Promise<void> {
    const { store } = this.tools
    const looking = this.lookAround(prefix)
    const slice = (): boolean => {
      const untilMs = realTime.monotonicMs() + SLICE_MS
      for (;;) {
        if (looking.next().done) return true
        if (realTime.monotonicMs() > untilMs) return false
      }
    }
    while (!this.closed) {
      if (store.transaction(slice)) return
      await breath()
    }
    throw connectionLost()
  }

  /** Looks at every folder under a prefix; may be left alone at each yield, while objects come and go. */
  private *lookAround(prefix: string): Generator<void, void> {
    const { store } = this.tools
    const slash = prefix.lastIndexOf('/')
    const top = slash === -1 ? '' : prefix.slice(0, slash)
    const open = this.places.below(this.whole && this.places.has(top) ? top : '')
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      open.push(...(yield* this.refresh(folder)))
      yield
    }
    if (this.whole) return
    // Rows of folders that went while nobody looked.
    for (const parent of store.folders(this.name)) if (!this.places.has(parent)) this.forgetFolder(parent)
    this.whole = true
  }

  /** Reads a folder again if it changed; answers the folders found that were not known. */
  private *refresh(folder: string): Generator<void, string[]> {
    const stat = statOrNothing(this.file(folder))
    if (!stat?.isDirectory()) {
      this.forgetFolder(folder)
      return []
    }
    if (this.places.readMs(folder) === stat.mtimeMs) return []
    const settled = realTime.now() - stat.mtimeMs > TICK_MS
    const found = yield* this.read(folder)
    this.places.know(folder, settled ? stat.mtimeMs : UNREAD)
    return found
  }

  private *read(folder: string): Generator<void, string[]> {
    const { store } = this.tools
    const rows = new Map(store.inFolder(this.name, folder).map((row) => [row.path, row]))
    const found: string[] = []
    let seen = 0
    // In the order of the index, whose pages then stay near.
    for (const entry of readFolder(this.file(folder)).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (++seen % FILES_A_STEP === 0) yield
      if (isLitter(entry.name)) continue
      const path = under(folder, entry.name)
      if (entry.isDirectory() && !this.places.has(path)) {
        this.places.know(path, UNREAD)
        found.push(path)
      }
      // Symbolic links are no objects: they could lead out of the workspace.
      if (!entry.isFile()) continue
      const row = rows.get(path)
      rows.delete(path)
      const stat = statOrNothing(this.file(path))
      if (stat && !(row && fits(row, stat))) this.takeIn(path, stat)
    }
    // One of them may have been put again since the folder was read.
    for (const row of rows.values()) if (!statOrNothing(this.file(row.path))?.isFile()) this.drop(row)
    return found
  }

  /** Indexes a file that came or changed from outside. */
  private takeIn(path: string, stat: Stats): ObjectRow | undefined {
    const { store, changes, versions, log } = this.tools
    const key = decodePath(path)
    if (Buffer.byteLength(key) > KEY_BYTES_MAX || !key.isWellFormed()) {
      log.warn(
        `${this.file(path)} is not listed: its key would be longer than ${KEY_BYTES_MAX} bytes or is not Unicode.`,
      )
      return undefined
    }
    const other = store.get(this.name, key)
    // A put may have come between the look at the folder and this one.
    if (other?.path === path && fits(other, stat)) return other
    if (other && other.path !== path && statOrNothing(this.file(other.path))?.isFile()) {
      log.warn(`${this.file(path)} is not listed: ${other.path} in the same bucket has its key already.`)
      return undefined
    }
    const row = outsideRow(key, path, stat, this.settings.versioning ? versions.newId(this.name, key) : null)
    store.put(this.name, row, foldPath(path))
    changes.announce({ bucket: this.name, key, change: 'created', size: row.size })
    return row
  }

  private drop(row: ObjectRow): void {
    // Another file may have taken over the key meanwhile.
    if (this.tools.store.get(this.name, row.key)?.path !== row.path) return
    this.tools.store.remove(this.name, row.key)
    this.tools.versions.lost(this.name, row.key, this.tools.nowMs())
    this.tools.changes.announce({ bucket: this.name, key: row.key, change: 'deleted', size: row.size })
  }

  private forgetFolder(folder: string): void {
    for (const row of this.tools.store.inFolder(this.name, folder)) this.drop(row)
    if (folder !== '') this.places.forget(folder)
  }

  /** The object as it lies on disk now, or undefined. Costs one look at the file. */
  look(key: string): ObjectRow | undefined {
    const row = this.tools.store.get(this.name, key)
    const path = row?.path ?? this.places.of(key)
    const stat = statOrNothing(this.file(path))
    if (stat?.isFile()) {
      if (row && fits(row, stat)) return row
      if (decodePath(path) === key && this.isInside(path)) return this.takeIn(path, stat)
    }
    if (!row) return undefined
    this.reconcile()
    const moved = this.tools.store.get(this.name, key)
    return moved && moved.path !== row.path ? moved : undefined
  }

  /** Whether every folder on the way to a file is a real one: a symbolic link could lead out of the bucket. */
  private isInside(path: string): boolean {
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder))
      if (!statOrNothing(this.file(folder))?.isDirectory()) return false
    return true
  }

  /** A row of a listing, checked against its file; undefined where the file is gone. */
  check(row: ObjectRow): ObjectRow | undefined {
    const stat = statOrNothing(this.file(row.path))
    if (stat?.isFile() && fits(row, stat)) return row
    if (stat?.isFile() && this.isInside(row.path)) return this.takeIn(row.path, stat)
    this.drop(row)
    return undefined
  }

  /**
   * Moves a finished temporary file to a key's place and indexes it: one step that nothing of ours can come between. The caller makes
   * the folder durable afterwards. Where the bucket has versions, the object that was there is kept as one.
   */
  install(temporary: string, row: NewRow): Installed {
    const { store, changes, versions } = this.tools
    const superseded = versions.supersede(this, row.key)
    const path = this.places.of(row.key)
    const folder = parentOf(path)
    this.makeFolder(folder)
    const before = lstatSync(this.file(folder)).mtimeMs
    const stat = lstatSync(temporary)
    renameSync(temporary, this.file(path))
    const { versionId } = superseded
    const whole: ObjectRow = { ...row, path, size: stat.size, fileMs: stat.mtimeMs, versionId }
    store.transaction(() => {
      superseded.note()
      store.put(this.name, whole, foldPath(path))
    })
    superseded.remember()
    this.ownChange(folder, before)
    changes.announce({ bucket: this.name, key: row.key, change: 'created', size: whole.size })
    return { row: whole, folder: this.file(folder) }
  }

  /**
   * Moves a finished folder to where nothing is yet and indexes its files: by one rename, so that they are objects together or not at all. The
   * caller makes the parent durable afterwards.
   */
  installFolder(temporary: string, prefix: string, rows: readonly NewRow[]): Installed[] {
    const { store, changes, versions } = this.tools
    const path = parentOf(this.places.of(`${prefix}/_`))
    const parent = parentOf(path)
    this.makeFolder(parent)
    const before = lstatSync(this.file(parent)).mtimeMs
    const there = statOrNothing(this.file(path))
    if (there?.isFile()) this.moveBeside(path)
    else if (there && !removeEmpty(this.file(path)))
      throw new EngineError('PreconditionFailed', `There is something below ${prefix}/ already.`)
    const superseded = rows.map(({ key }) => versions.supersede(this, key))
    const whole = rows.map((row, i): ObjectRow => {
      const name = row.key.slice(prefix.length + 1)
      const { size, mtimeMs } = lstatSync(`${temporary}${sep}${name}`)
      return { ...row, path: under(path, name), size, fileMs: mtimeMs, versionId: superseded[i].versionId }
    })
    renameSync(temporary, this.file(path))
    store.transaction(() => {
      for (const [i, row] of whole.entries()) {
        superseded[i].note()
        store.put(this.name, row, foldPath(row.path))
      }
    })
    for (const each of superseded) each.remember()
    this.places.know(path, UNREAD)
    this.ownChange(parent, before)
    for (const { key, size } of whole) changes.announce({ bucket: this.name, key, change: 'created', size })
    return whole.map((row) => ({ row, folder: this.file(parent) }))
  }

  /** Gives an object, or a version, other metadata. */
  describe(row: ObjectRow & { marker?: 0 | 1 }, described: Record<string, string>): void {
    const { store } = this.tools
    const metadata = Object.keys(described).length > 0 ? JSON.stringify(described) : null
    const current = store.get(this.name, row.key)
    if (row.marker === undefined && current) store.put(this.name, { ...current, metadata }, foldPath(current.path))
    else {
      store.describeVersion(this.name, row.key, versionOf(row), metadata)
      this.versions.remember(this.name, row.key, versionOf(row))
    }
  }

  /** Brings a version back to be the current object, in place of what is there; `note` goes with it into the index. */
  restore(file: string, row: ObjectRow, note: () => void): string {
    const { store, changes } = this.tools
    const path = this.places.of(row.key)
    const folder = parentOf(path)
    this.makeFolder(folder)
    const before = lstatSync(this.file(folder)).mtimeMs
    const second = `${file}.back`
    share(file, second)
    renameSync(second, this.file(path))
    const fileMs = lstatSync(this.file(path)).mtimeMs
    store.transaction(() => {
      note()
      store.put(this.name, { ...row, path, fileMs }, foldPath(path))
    })
    this.ownChange(folder, before)
    syncFolder(this.file(folder))
    changes.announce({ bucket: this.name, key: row.key, change: 'created', size: row.size })
    return this.file(folder)
  }

  /** Resolves once a folder's names and what the index says of them are on disk. */
  async durable(folder?: string): Promise<void> {
    await Promise.all([folder !== undefined && syncShared(folder), this.tools.store.durable()])
  }

  /** Our own change of a folder need not be read again, unless somebody else's came with it. */
  private ownChange(folder: string, beforeMs: number): void {
    if (this.places.readMs(folder) === beforeMs) this.places.know(folder, lstatSync(this.file(folder)).mtimeMs)
  }

  private makeFolder(folder: string): void {
    if (folder === '' || this.places.has(folder)) return
    const parent = parentOf(folder)
    this.makeFolder(parent)
    const before = lstatSync(this.file(parent)).mtimeMs
    const stat = statOrNothing(this.file(folder))
    if (stat?.isSymbolicLink())
      throw new EngineError('AccessDenied', `${this.file(folder)} is a symbolic link: nothing is written through it.`, {
        at: { file: this.file(folder) },
      })
    if (stat?.isFile()) this.moveBeside(folder)
    if (!stat?.isDirectory()) {
      mkdirSync(this.file(folder))
      syncFolder(this.file(parent))
    }
    this.places.know(folder, UNREAD)
    this.ownChange(parent, before)
  }

  /** The object `a` makes room for the folder of `a/b`. */
  private moveBeside(path: string): void {
    const beside = besideFolder(path)
    renameSync(this.file(path), this.file(beside))
    const row = this.tools.store.get(this.name, decodePath(path))
    if (row?.path === path) this.tools.store.put(this.name, { ...row, path: beside }, foldPath(beside))
  }

  /** Folders may have been moved or deleted from outside since they were seen: look at all of them again. */
  distrust(): void {
    this.places.distrust()
    this.whole = false
    this.reconcile()
  }

  /** Takes an object out of the index, once its file is gone, and removes the folders that it leaves empty. Answers the folder to sync. */
  forget(row: ObjectRow): string {
    this.drop(row)
    let folder = parentOf(row.path)
    while (folder !== '' && removeEmpty(this.file(folder))) {
      this.forgetFolder(folder)
      folder = parentOf(folder)
    }
    return this.file(folder)
  }
}

export interface Installed {
  row: ObjectRow
  /** To be made durable. */
  folder: string
}
