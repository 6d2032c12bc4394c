import { access, constants, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { EngineError } from '../kit/pure/errors.ts'

/**
 * The file that is meant, as an absolute path; it need not exist yet. A workspace that its user does not trust reaches its own files
 * alone, wherever links in it lead: a pipeline that came with it may name any file of this machine.
 */
export async function reachable(file: string, workspaceDirectory: string, trusted: boolean): Promise<string> {
  const root = await realpath(workspaceDirectory)
  const path = resolve(root, file)
  const at = { at: { field: 'file' } }
  const info = await stat(path).catch(() => null)
  if (info && !info.isFile()) throw new EngineError('NotAFile', `${file} is not a file that can be followed.`, at)
  if (info)
    await access(path, constants.R_OK).catch((cause) => {
      throw new EngineError('AccessDenied', `${file} may not be read by this user.`, { ...at, cause })
    })
  const folder = await realpath(dirname(path)).catch(() => {
    throw new EngineError('FileNotFound', `There is no folder ${dirname(path)}.`, at)
  })
  const real = info ? await realpath(path) : join(folder, basename(path))
  if (!trusted && !isInside(root, real))
    throw new EngineError(
      'AccessDenied',
      `${file} lies outside the workspace's data. Trust the workspace to follow files of this machine.`,
      at,
    )
  return path
}

function isInside(root: string, real: string): boolean {
  const inside = relative(root, real)
  return !inside.startsWith('..') && !isAbsolute(inside) && inside.split(sep)[0] !== '.millrace'
}
