import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { beforeWrite } from './full-disk.ts'

/** Replaces a file so that a crash leaves either the old text or the new, whole: temporary file, fsync, rename, fsync of the folder. */
export function writeFileAtomic(file: string, content: string | Uint8Array, options: { mode?: number } = {}): void {
  beforeWrite()
  const folder = dirname(file)
  makeFolder(folder)
  const temporary = join(folder, `.${basename(file)}.${process.pid}.${temporaryCount++}.tmp`)
  try {
    const handle = openSync(temporary, 'wx', options.mode ?? 0o644)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, file)
  } catch (thrown) {
    rmSync(temporary, { force: true })
    throw thrown
  }
  syncFolder(folder)
}

let temporaryCount = 0

/** Makes a folder and what is missing above it, so that a power cut leaves them there. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined) return
  for (let made = resolve(folder); made !== dirname(made); made = dirname(made)) {
    syncFolder(dirname(made))
    if (made === resolve(first)) return
  }
}

/** Makes a rename or a new file in a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/**
 * Moves a file that cannot be opened to `<file>.damaged` and answers that name. Its logs, by the ends of their names, go first: one that a kill left
 * behind would be replayed into the file that takes its place.
 */
export function setAside(file: string, logs: readonly string[]): string {
  const aside = `${file}.damaged`
  for (const end of [...logs, '']) if (existsSync(file + end)) renameSync(file + end, aside + end)
  return aside
}
