import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { syncFolder, writeFileAtomic } from '../kit/node/files.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { invalid } from './errors.ts'
import type { ZippedFile } from './zip.ts'

const TEXT_BYTES_MAX = 4 * 1024 * 1024

export interface CodeState {
  /** Changes whenever a file does: paths, sizes and times. */
  readonly signature: string
  readonly bytes: number
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64')

/** Files of a function, sorted by path. A link would lead out of the one folder that the function may read, so none is taken. */
export function codeFiles(directory: string): { path: string; file: string; bytes: number; modifiedMs: number }[] {
  if (!existsSync(directory)) return []
  for (const folder of [directory, dirname(directory)])
    if (lstatSync(folder).isSymbolicLink())
      throw invalid(`${folder} is a link: a function's code must be in the workspace.`)
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = relative(directory, file).split(sep).join('/')
      const { size, mtimeMs } = lstatSync(file)
      if (!entry.isFile()) throw invalid(`The function's folder has something that is no file, such as a link: ${path}`)
      return { path, file, bytes: size, modifiedMs: mtimeMs }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The same as what a zip has: each is read when its turn comes. */
export function filesOf(directory: string): ZippedFile[] {
  return codeFiles(directory).map(({ path, file }) => ({
    path,
    get data() {
      return readFileSync(file)
    },
  }))
}

export function codeState(directory: string): CodeState {
  const files = codeFiles(directory)
  const lines = files.map(({ path, bytes, modifiedMs }) => `${path} ${bytes} ${modifiedMs}`)
  return { signature: sha256(lines.join('\n')), bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** A digest of what the files hold, for code that no zip stands for any more. */
export function codeDigest(directory: string): string {
  const hash = createHash('sha256')
  for (const { path, file } of codeFiles(directory)) hash.update(`${path}\0`).update(readFileSync(file)).update('\0')
  return hash.digest('base64')
}

/**
 * Puts new code in the place of the old, so that a crash leaves one or the other (or, between two renames, the old one aside, which
 * `recoverCode` puts back).
 */
export function replaceCode(directory: string, files: readonly ZippedFile[]): void {
  const [fresh, old] = [`${directory}.new`, `${directory}.old`]
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  for (const { path, data } of files) writeFileAtomic(join(fresh, path), data)
  if (existsSync(directory)) renameSync(directory, old)
  renameSync(fresh, directory)
  syncFolder(join(directory, '..'))
  rmSync(old, { recursive: true, force: true })
}

export function recoverCode(directory: string): void {
  const old = `${directory}.old`
  if (!existsSync(directory) && existsSync(old)) renameSync(old, directory)
  for (const folder of [`${directory}.new`, old]) rmSync(folder, { recursive: true, force: true })
}

export function readText(directory: string, path: string): { text: string; revision: string } {
  const file = inside(directory, path)
  if (!existsSync(file)) throw new EngineError('DocumentNotFound', `There is no file ${path}.`, { at: { file: path } })
  if (statSync(file).size > TEXT_BYTES_MAX)
    throw new EngineError('DocumentTooLarge', `${path} is larger than ${TEXT_BYTES_MAX / 1024 / 1024} MiB.`)
  const text = readFileSync(file, 'utf8')
  return { text, revision: sha256(text) }
}

export function writeText(directory: string, path: string, text: string, revision?: string): { revision: string } {
  const file = inside(directory, path)
  if (revision !== undefined && (!existsSync(file) || sha256(readFileSync(file, 'utf8')) !== revision))
    throw new EngineError('Conflict', `${path} was changed outside. Reload it before you save.`, { at: { file: path } })
  writeFileAtomic(file, text)
  return { revision: sha256(text) }
}

/** A path that stays in the function's folder, as it is. */
export function filePath(path: string): string {
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || /[\0\\:]/.test(part)))
    throw new EngineError('InvalidPath', `${JSON.stringify(path)} is not the path of a file in the function's folder.`)
  return path
}

function inside(directory: string, path: string): string {
  // Throws where a link would lead out.
  codeFiles(directory)
  return join(directory, filePath(path))
}
