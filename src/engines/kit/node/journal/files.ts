import { close, fdatasync, ftruncate, open, read, unlink, writev, writevSync } from 'node:fs'
import { promisify } from 'node:util'
import { EngineError } from '../../pure/errors.ts'
import { makeFolder, syncFolder } from '../files.ts'
import { beforeWrite } from '../full-disk.ts'

/** What a journal asks of the file system. Tests put one in its place that fails, or that forgets what was not synced. */
export interface JournalFiles {
  /** With what is missing above it; durable at once. */
  makeFolder(path: string): void
  /** Makes durable which files are in a folder. */
  syncFolder(path: string): void
  open(path: string, flags: string): Promise<number>
  close(handle: number): Promise<void>
  /** May write less than all, as the system call does. Answers the bytes written. */
  write(handle: number, buffers: readonly Uint8Array[], position: number): Promise<number>
  read(handle: number, into: Uint8Array, position: number): Promise<number>
  sync(handle: number): Promise<void>
  truncate(handle: number, length: number): Promise<void>
  remove(path: string): Promise<void>
}

const openFile = promisify(open)
const closeFile = promisify(close)
const syncFile = promisify(fdatasync)
const truncateFile = promisify(ftruncate)
const removeFile = promisify(unlink)

/** The system takes so much in less time than the way to another thread and back. What waits for the medium is the sync. */
const INLINE_BYTES_MAX = 512 * 1024

export const diskFiles: JournalFiles = {
  makeFolder,
  syncFolder,
  open: (path, flags) => openFile(path, flags),
  close: (handle) => closeFile(handle),
  write: async (handle, buffers, position) => {
    beforeWrite()
    if (buffers.reduce((bytes, { length }) => bytes + length, 0) <= INLINE_BYTES_MAX)
      return writevSync(handle, buffers, position)
    return new Promise((resolve, reject) =>
      writev(handle, buffers, position, (error, written) => (error ? reject(error) : resolve(written))),
    )
  },
  read: (handle, into, position) =>
    new Promise((resolve, reject) =>
      read(handle, into, 0, into.length, position, (error, bytes) => (error ? reject(error) : resolve(bytes))),
    ),
  sync: (handle) => syncFile(handle),
  truncate: (handle, length) => truncateFile(handle, length),
  remove: (path) => removeFile(path),
}

/** Writes all of `buffers`, however often the system takes only a part. */
export async function writeAll(
  files: JournalFiles,
  handle: number,
  buffers: readonly Uint8Array[],
  bytes: number,
  position: number,
): Promise<void> {
  let written = await files.write(handle, buffers, position)
  if (written === bytes) return
  const whole = Buffer.concat(buffers as Uint8Array[])
  while (written < bytes) {
    const more = await files.write(handle, [whole.subarray(written)], position + written)
    if (more === 0) throw Object.assign(new Error('the file takes no more bytes'), { code: 'ENOSPC' })
    written += more
  }
}

/** Reads `bytes` at `position`, or fewer where the file ends. */
export function readAll(
  files: JournalFiles,
  handle: number,
  bytes: number,
  position: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return fill(files, handle, Buffer.allocUnsafeSlow(bytes), position)
}

/** The same into memory that is there; answers the part of it that was filled. */
export async function fill<T extends Uint8Array>(
  files: JournalFiles,
  handle: number,
  into: T,
  position: number,
): Promise<T> {
  let have = 0
  while (have < into.length) {
    const more = await files.read(handle, into.subarray(have), position + have)
    if (more === 0) break
    have += more
  }
  return have === into.length ? into : (into.subarray(0, have) as T)
}

/** A failed write in words that a person can act on. The same append may succeed later. */
export function storageError(thrown: unknown, path: string): EngineError {
  const code = (thrown as { code?: string }).code ?? ''
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const message = full
    ? `The disk is full: nothing was written to ${path}. Free some space, then try again.`
    : `Writing to ${path} failed (${code || String(thrown)}). Nothing of this request was kept.`
  return new EngineError(full ? 'StorageFull' : 'StorageFailure', message, {
    domain: 'external',
    retry: true,
    at: { file: path },
    cause: thrown,
  })
}
