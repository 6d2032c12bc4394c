import { hadoop } from '../errors.ts'
import { NOTHING, sum, type Totals } from './inode.ts'
import type { Namespace } from './namespace.ts'
import { componentsOf, isWithin, pathOf } from './paths.ts'

/**
 * Refuses what would take a directory above its quota of names or of space. `elsewhere` is where it comes from on a rename: directories
 * above both have it already.
 */
export function requireQuota(namespace: Namespace, folder: string, more: Totals, elsewhere?: string): void {
  const parts = componentsOf(folder)
  for (let depth = 0; depth <= parts.length; depth++) {
    const path = pathOf(parts.slice(0, depth))
    const node = namespace.find(path)
    if (node?.kind !== 'directory') return
    if (elsewhere !== undefined && isWithin(elsewhere, path)) continue
    const { nameQuota, spaceQuota, totals } = node
    const after = sum(totals, more)
    const names = after.files + after.directories + 1
    if (nameQuota !== null && names > nameQuota && more.files + more.directories > 0)
      throw hadoop(
        'NSQuotaExceededException',
        `The NameSpace quota (directories and files) of directory ${path} is exceeded: quota=${nameQuota} file count=${names}`,
      )
    if (spaceQuota !== null && after.space > spaceQuota && more.space > 0)
      throw hadoop(
        'DSQuotaExceededException',
        `The DiskSpace quota of ${path} is exceeded: quota = ${spaceQuota} B but diskspace consumed = ${after.space} B`,
      )
  }
}

export const oneDirectory: Totals = { ...NOTHING, directories: 1 }
export const oneFile: Totals = { ...NOTHING, files: 1 }
export const space = (bytes: number): Totals => ({ ...NOTHING, space: bytes })
