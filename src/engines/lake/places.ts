import { besideFolder, encodeSegment, foldPath } from './paths.ts'
import type { Store } from './store.ts'

/** A change time that no folder has: read it again. */
export const UNREAD = -1

/** The folders of a bucket that are known, and where among them the file of a key is or is to be. */
export class Places {
  private readonly bucket: string
  private readonly store: Store
  /** By path, with the change time at which each was read. The bucket itself is ''. */
  private readonly folders = new Map<string, number>([['', UNREAD]])
  private readonly folded = new Map<string, string>()

  constructor(bucket: string, store: Store) {
    this.bucket = bucket
    this.store = store
  }

  has(folder: string): boolean {
    return this.folders.has(folder)
  }

  /** Undefined for a folder that is not known. */
  readMs(folder: string): number | undefined {
    return this.folders.get(folder)
  }

  /** A folder and all that are known below it; '' is the whole bucket. */
  below(top: string): string[] {
    return [...this.folders.keys()].filter((f) => top === '' || f === top || f.startsWith(`${top}/`))
  }

  know(folder: string, mtimeMs: number): void {
    if (!this.folders.has(folder)) this.folded.set(foldPath(folder), folder)
    this.folders.set(folder, mtimeMs)
  }

  forget(folder: string): void {
    this.folders.delete(folder)
    const folded = foldPath(folder)
    if (this.folded.get(folded) === folder) this.folded.delete(folded)
  }

  /** Every folder is to be read again. */
  distrust(): void {
    for (const folder of this.folders.keys()) this.folders.set(folder, UNREAD)
  }

  /** Where a key's file is or is to be: its plain path, unless another key has one that some file system takes for the same. */
  of(key: string): string {
    const row = this.store.get(this.bucket, key)
    if (row) return row.path
    const segments = key.split('/')
    const leaf = segments.pop()!
    let parent = ''
    for (const segment of segments) {
      const plain = under(parent, encodeSegment(segment))
      parent = this.clashes(plain, parent) ? under(parent, encodeSegment(segment, 'whole')) : plain
    }
    const plain = under(parent, encodeSegment(leaf))
    const path = this.clashes(plain, parent) ? under(parent, encodeSegment(leaf, 'whole')) : plain
    return this.folders.has(path) ? besideFolder(path) : path
  }

  /** Whether any name of `path` below `parent` differs from one that is there in case or normal form only. */
  private clashes(path: string, parent: string): boolean {
    const names = path.slice(parent === '' ? 0 : parent.length + 1).split('/')
    let step = parent
    return names.some((name) => {
      step = under(step, name)
      const folded = foldPath(step)
      const folder = this.folded.get(folded)
      if (folder === step) return false
      if (folder !== undefined) return true
      return this.store.byFold(this.bucket, folded).some((row) => row.path !== step)
    })
  }
}

export const under = (parent: string, name: string): string => (parent === '' ? name : `${parent}/${name}`)

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
