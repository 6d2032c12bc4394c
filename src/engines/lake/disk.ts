import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  type Dirent,
  fsync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  type Stats,
  write,
} from 'node:fs'
import { promisify } from 'node:util'
import { beforeWrite } from '../kit/node/full-disk.ts'
import { EngineError } from '../kit/pure/errors.ts'

const syncFile = promisify(fsync)
const writeSome = promisify(write)

export const diskCode = (thrown: unknown): string => (thrown as { code?: string } | null)?.code ?? ''

export const isMissing = (thrown: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(diskCode(thrown))

/** What the disk said, in S3's words, with the place and the way out. */
export function diskError(thrown: unknown, place: string): unknown {
  const say = (message: string, retry: boolean) =>
    new EngineError('ServiceUnavailable', message, { domain: 'external', retry, at: { file: place }, cause: thrown })
  switch (diskCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return say(`The disk of ${place} is full. Nothing was changed. Free some space and try again.`, true)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return say(`${place} may not be written or read. Change its permissions and try again.`, false)
    case 'EXDEV':
      return say(
        `${place} lies on another disk than the workspace's .millrace folder, so it cannot be replaced in one step.`,
        false,
      )
    case 'EMFILE':
    case 'ENFILE':
      return say(`Too many files are open to use ${place}. Try again.`, true)
    default:
      return thrown
  }
}

/** Writes a whole new file and waits until it is on disk. */
export async function writeDurable(file: string, content: Uint8Array): Promise<void> {
  beforeWrite()
  const handle = openSync(file, 'wx', 0o644)
  try {
    for (let at = 0; at < content.length; )
      at += (await writeSome(handle, content, at, content.length - at, at)).bytesWritten
    await syncFile(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes a file that somebody else wrote, or the entries of a folder, durable. */
export async function syncPath(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = openSync(path, 'r')
  try {
    await syncFile(handle)
  } finally {
    closeSync(handle)
  }
}

function syncFileNow(file: string): void {
  const handle = openSync(file, 'r+')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** A second name of a file, or a copy where the file system has no links. */
export function share(from: string, to: string): void {
  rmSync(to, { force: true })
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
    syncFileNow(to)
  }
}

export const fits = (row: { size: number; fileMs: number }, stat: Stats): boolean =>
  row.size === stat.size && row.fileMs === stat.mtimeMs

/** Names a file's state without reading it. */
export function identityTag(stat: Stats): string {
  const identity = createHash('md5').update(`${stat.ino}:${stat.size}:${stat.mtimeMs}`).digest('hex')
  return `"${identity}-1"`
}

export function statOrNothing(file: string): Stats | undefined {
  try {
    return lstatSync(file)
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw thrown
  }
}

export function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (thrown) {
    if (isMissing(thrown)) return []
    throw thrown
  }
}

export function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

/** Runs one piece of work for many: who asks while it runs shares the next run, for the running one may have begun before. */
class Shared {
  private readonly work: () => Promise<void>
  private running: Promise<void> | undefined
  private next: Promise<void> | undefined

  constructor(work: () => Promise<void>) {
    this.work = work
  }

  get idle(): boolean {
    return this.running === undefined && this.next === undefined
  }

  run(): Promise<void> {
    if (!this.running) {
      this.running = this.work().finally(() => {
        this.running = undefined
      })
      return this.running
    }
    this.next ??= this.running
      .catch(() => {})
      .then(() => {
        this.next = undefined
        return this.run()
      })
    return this.next
  }

  async settled(): Promise<void> {
    await (this.next ?? this.running)?.catch(() => {})
  }
}

const folders = new Map<string, Shared>()

/** `syncPath` of a folder that many write into at once. */
export async function syncShared(folder: string): Promise<void> {
  let shared = folders.get(folder)
  if (!shared) {
    shared = new Shared(() => syncPath(folder))
    folders.set(folder, shared)
  }
  try {
    await shared.run()
  } finally {
    if (shared.idle) folders.delete(folder)
  }
}

/** Syncs one open file for many writers. */
export class SharedSync {
  private readonly handle: number
  private readonly shared: Shared

  constructor(file: string) {
    this.handle = openSync(file, 'r+')
    this.shared = new Shared(() => syncFile(this.handle))
  }

  sync(): Promise<void> {
    return this.shared.run()
  }

  async close(): Promise<void> {
    await this.shared.settled()
    closeSync(this.handle)
  }
}
