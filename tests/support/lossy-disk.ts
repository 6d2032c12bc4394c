import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { diskFiles, type JournalFiles } from '../../src/engines/kit/node/journal.ts'
import type { Random } from '../../src/engines/kit/pure/random.ts'

const SECTOR_BYTES = 512

type Change = { readonly position: number; readonly bytes: Buffer } | { readonly length: number }

/** What is in a file, whatever it is called: what has reached the medium, and what was done to it since. */
interface Content {
  medium: Buffer
  pending: Change[]
}

/**
 * A disk whose power can be cut at any step of a journal. What was synced is there afterwards: bytes by the sync of their file, names by
 * the sync of their folder. Of all else, each sector, length and name may have reached the medium or not, in any order.
 */
export class LossyDisk implements JournalFiles {
  private readonly root: string
  private readonly random: Random
  private readonly onStep: () => void
  private readonly names = new Map<string, Content>()
  private readonly syncedNames = new Map<string, Content>()
  private readonly handles = new Map<number, Content>()
  /** All that a journal has touched: what it removes may go while the rest is copied. */
  private readonly touched = new Set<string>()

  /** What lies in `root` already is on the medium. `onStep` is called before and after whatever is asked of the disk. */
  constructor(root: string, random: Random, onStep: () => void = () => {}) {
    this.root = root
    this.random = random
    this.onStep = onStep
  }

  makeFolder(path: string): void {
    diskFiles.makeFolder(path)
  }

  syncFolder(path: string): void {
    this.onStep()
    for (const name of new Set([...this.names.keys(), ...this.syncedNames.keys()])) {
      if (dirname(name) !== path) continue
      const content = this.names.get(name)
      if (content) this.syncedNames.set(name, content)
      else this.syncedNames.delete(name)
    }
    this.onStep()
  }

  async open(path: string, flags: string): Promise<number> {
    this.onStep()
    const isNew = !existsSync(path)
    const handle = await diskFiles.open(path, flags)
    let content = this.names.get(path)
    if (!content) {
      content = { medium: isNew ? Buffer.alloc(0) : readFileSync(path), pending: [] }
      this.names.set(path, content)
      this.touched.add(path)
      if (!isNew) this.syncedNames.set(path, content)
    } else if (flags.startsWith('w')) content.pending.push({ length: 0 })
    this.handles.set(handle, content)
    this.onStep()
    return handle
  }

  async close(handle: number): Promise<void> {
    this.handles.delete(handle)
    await diskFiles.close(handle)
  }

  read = diskFiles.read

  async write(handle: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
    this.handles.get(handle)!.pending.push({ position, bytes: Buffer.concat(buffers as Uint8Array[]) })
    this.onStep()
    const written = await diskFiles.write(handle, buffers, position)
    this.onStep()
    return written
  }

  async sync(handle: number): Promise<void> {
    const content = this.handles.get(handle)!
    const upTo = content.pending.length
    this.onStep()
    await new Promise((resolve) => setImmediate(resolve))
    this.onStep()
    for (const change of content.pending.splice(0, upTo)) content.medium = changed(content.medium, change)
    this.onStep()
  }

  async truncate(handle: number, length: number): Promise<void> {
    this.handles.get(handle)!.pending.push({ length })
    this.onStep()
    await diskFiles.truncate(handle, length)
  }

  async remove(path: string): Promise<void> {
    this.onStep()
    this.touched.add(path)
    this.names.delete(path)
    await diskFiles.remove(path)
    this.onStep()
  }

  /** Puts into a new folder what would be found if the power went now. All but the journals' files is found as it is. */
  powerCut(into: string): void {
    cpSync(this.root, into, { recursive: true, filter: (path) => !this.touched.has(path) })
    const place = (path: string) => join(into, relative(this.root, path))
    for (const path of new Set([...this.names.keys(), ...this.syncedNames.keys()])) {
      const [now, synced] = [this.names.get(path), this.syncedNames.get(path)]
      const found = now === synced || this.random.next() < 0.5 ? synced : now
      rmSync(place(path), { force: true })
      if (!found) continue
      // A name may be found again whose folder was deleted since.
      mkdirSync(dirname(place(path)), { recursive: true })
      writeFileSync(place(path), this.remains(found))
    }
    this.spoilIndexes(into)
  }

  private remains({ medium, pending }: Content): Buffer {
    let found = medium
    for (const change of pending) {
      const share = [0, 0.5, 1][this.random.int(3)]
      if ('length' in change) {
        if (this.random.next() < share) found = changed(found, change)
        continue
      }
      const { position, bytes } = change
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + SECTOR_BYTES - ((position + at) % SECTOR_BYTES))
        if (this.random.next() < share)
          found = changed(found, { position: position + at, bytes: bytes.subarray(at, end) })
        at = end
      }
    }
    return found
  }

  /** Indexes are never synced: they may be missing or cut short. */
  private spoilIndexes(folder: string): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!basename(entry.name).endsWith('.idx')) continue
      const path = join(entry.parentPath, entry.name)
      const fate = this.random.int(3)
      if (fate === 0) rmSync(path)
      if (fate === 1) truncateSync(path, this.random.int(readFileSync(path).length + 1))
    }
  }
}

function changed(content: Buffer, change: Change): Buffer {
  const length = 'length' in change ? change.length : Math.max(content.length, change.position + change.bytes.length)
  const after = Buffer.alloc(length)
  content.copy(after)
  if ('bytes' in change) change.bytes.copy(after, change.position)
  return after
}
