import { mkdirSync, readdirSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { syncFolder } from '../kit/node/files.ts'
import type { Clock } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { Bucket, Installed } from './bucket.ts'
import type { ObjectInfo } from './contract.ts'
import { diskError, identityTag, statOrNothing, syncPath } from './disk.ts'
import { installRow, toInfo } from './objects.ts'
import { foldPath } from './paths.ts'
import type { Store } from './store.ts'

/** Where engines that write files by themselves put them before they become objects; emptied at every start. */
export class Stage {
  private readonly root: string
  private readonly clock: Pick<Clock, 'now'>
  private readonly random: Random
  private readonly store: Store

  constructor(root: string, { clock, random, store }: { clock: Pick<Clock, 'now'>; random: Random; store: Store }) {
    this.root = root
    this.clock = clock
    this.random = random
    this.store = store
  }

  folder(): string {
    const directory = join(this.root, uuid(this.random))
    mkdirSync(directory)
    return directory
  }

  async adopt(bucket: Bucket, files: readonly { file: string; key: string }[]): Promise<ObjectInfo[]> {
    const folders = new Set<string>()
    const installed: Installed[] = []
    for (const { file, key } of files) {
      const row = await this.row(file, key)
      installed.push(installRow(bucket, file, { ...row, event: 'ObjectCreated:Put' }))
      folders.add(installed.at(-1)!.folder)
    }
    for (const folder of folders) await bucket.durable(folder)
    return installed.map(({ row }) => toInfo(row))
  }

  /**
   * All files of a folder, which is durable before it gets its place: a crash leaves all of them or none. What is about to happen is on disk
   * before, so that events of objects that a kill left without them are told at the next start.
   */
  async adoptFolder(bucket: Bucket, directory: string, prefix: string): Promise<ObjectInfo[]> {
    const rows = []
    for (const name of readdirSync(directory)) {
      if (!/^\w[\w.-]*$/.test(name)) throw notStaged(join(directory, name))
      const row = await this.row(join(directory, name), `${prefix}/${name}`)
      rows.push({ ...row, contentType: null, metadata: null })
    }
    syncFolder(directory)
    const adoption = this.store.putAdoption(bucket.name, rows)
    await this.store.durable()
    try {
      const installed = bucket.installFolder(directory, prefix, rows)
      for (const { row } of installed) bucket.events.tell(bucket, 'ObjectCreated:Put', row)
      this.store.dropAdoption(adoption)
      await bucket.durable(installed[0]?.folder)
      return installed.map(({ row }) => toInfo(row))
    } catch (thrown) {
      this.store.dropAdoption(adoption)
      throw diskError(thrown, bucket.root)
    }
  }

  /** Settles what a kill left half done: a folder that got its place has objects, whose events may be told a second time. */
  recover(bucketOf: (name: string) => Bucket | undefined): void {
    for (const { id, bucket: name, objects } of this.store.adoptions()) {
      const bucket = bucketOf(name)
      for (const { key, etag, modifiedMs } of bucket ? objects : []) {
        const row = bucket!.look(key)
        if (row?.etag !== etag) continue
        this.store.put(name, { ...row, modifiedMs }, foldPath(row.path))
        bucket!.events.tell(bucket!, 'ObjectCreated:Put', row)
      }
      this.store.dropAdoption(id)
    }
  }

  /** What is known of a staged file, once it is durable. */
  private async row(file: string, key: string) {
    const inside = relative(this.root, resolve(file))
    const stat = inside.startsWith('..') || isAbsolute(inside) ? undefined : statOrNothing(file)
    if (!stat?.isFile()) throw notStaged(file)
    await syncPath(file)
    return { key, etag: identityTag(stat), modifiedMs: this.clock.now() }
  }
}

const notStaged = (file: string) =>
  new EngineError('InvalidArgument', `${file} is not a staged file.`, { at: { file }, domain: 'internal' })
