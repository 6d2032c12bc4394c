import { createHash } from 'node:crypto'
import { copyFile, link, realpath, rm, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { EngineError } from '../../pure/errors.ts'
import { isWithin } from '../attached-files.ts'

/**
 * DuckDB reads only its allowed folders and files, and these cannot change once it is locked. A checked file outside of them gets a second
 * name (a hard link, or a copy on another disk) in the inbox, under a name made of its path, size and time.
 */
export async function readablePath(file: string, allowed: readonly string[], inbox: string): Promise<string> {
  const real = await realpath(file).catch(() => {
    throw new EngineError('FileNotFound', `There is no file ${file}.`, { at: { file } })
  })
  if (allowed.some((path) => isWithin(real, path))) return real
  const { size, mtimeMs, ino } = await stat(real)
  const name = createHash('sha256').update(`${real}\0${size}\0${mtimeMs}\0${ino}`).digest('hex').slice(0, 32)
  const second = join(inbox, name + extname(real))
  const known = await stat(second).catch(() => null)
  if (known?.size === size) return second
  await rm(second, { force: true })
  await link(real, second).catch(() => copyFile(real, second))
  return second
}
