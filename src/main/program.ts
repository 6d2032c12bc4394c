import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The program's own root: the folder with its package.json, whether it runs from sources, from `out/` or from a package. */
export const PROGRAM_ROOT = findRoot(import.meta.dirname)
export const VERSION: string = JSON.parse(readFileSync(join(PROGRAM_ROOT, 'package.json'), 'utf8')).version

export function resourcesDirectory(): string {
  const packaged = (process as { resourcesPath?: string }).resourcesPath
  const beside = join(PROGRAM_ROOT, 'resources')
  return packaged && existsSync(join(packaged, 'samples')) ? packaged : beside
}

function findRoot(from: string): string {
  for (let folder = from; ; folder = resolve(folder, '..')) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === resolve(folder, '..')) throw new Error('package.json of the program was not found')
  }
}
