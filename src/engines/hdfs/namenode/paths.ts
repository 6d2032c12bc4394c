import { hadoop } from '../errors.ts'

export const SNAPSHOT_FOLDER = '.snapshot'
/** dfs.namenode.fs-limits.max-component-length and MAX_PATH_LENGTH, MAX_PATH_DEPTH of HdfsServerConstants. */
const COMPONENT_BYTES_MAX = 255
const PATH_LENGTH_MAX = 8000
const PATH_DEPTH_MAX = 1000

/** Components of an absolute path; the root has none. Throws `InvalidPathException`, which HDFS says of what it cannot name. */
export function componentsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '')
  const invalid = (why: string) => hadoop('InvalidPathException', `Invalid path name Invalid file name: ${path}${why}`)
  if (!path.startsWith('/')) throw invalid(' (it does not begin with /)')
  for (const part of parts) {
    if (part === '.' || part === '..' || part.includes(':') || part.includes('\0')) throw invalid('')
    if (Buffer.byteLength(part) > COMPONENT_BYTES_MAX)
      throw hadoop(
        'IOException',
        `The maximum path component name limit of ${part} in directory ${parentOf(path)} is exceeded: limit=${COMPONENT_BYTES_MAX} length=${Buffer.byteLength(part)}`,
      )
  }
  if (path.length > PATH_LENGTH_MAX || parts.length > PATH_DEPTH_MAX)
    throw hadoop('IOException', `Pathname too long.  Limit ${PATH_LENGTH_MAX} characters, ${PATH_DEPTH_MAX} levels.`)
  return parts
}

export const pathOf = (parts: readonly string[]): string => `/${parts.join('/')}`
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Whether `path` is `folder` or lies below it. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || folder === '/' || path.startsWith(`${folder}/`)
