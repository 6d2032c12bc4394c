import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { recordTrust } from '../engines/kit/node/trust.ts'
import { createWorkspaceFile } from '../engines/kit/node/workspace-file.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'

/** Makes a workspace from a sample in an empty or absent folder. What was made here is trusted. Returns false when the folder is in use. */
export function createFromSample(directory: string, sampleDirectory: string, name: string): boolean {
  if (existsSync(directory) && !statSync(directory).isDirectory())
    throw new EngineError(
      'WorkspaceNotMade',
      `${directory} is a file, and a workspace is a folder. Name another with --workspace.`,
      { domain: 'external' },
    )
  if (existsSync(directory) && readdirSync(directory).length > 0) return false
  try {
    makeFolder(resolve(directory))
    cpSync(sampleDirectory, directory, { recursive: true })
    const file = createWorkspaceFile(directory, name)
    recordTrust(directory, file.id)
    // Packages leave out files named .gitignore, so the sample's has another name until it is in its place.
    if (existsSync(join(directory, 'gitignore')))
      renameSync(join(directory, 'gitignore'), join(directory, '.gitignore'))
  } catch (cause) {
    // Half a workspace would be opened as a whole one the next time. The folder was empty before.
    for (const entry of existsSync(directory) ? readdirSync(directory) : [])
      rmSync(join(directory, entry), { recursive: true, force: true })
    const { code, message } = cause as NodeJS.ErrnoException
    const remedy =
      code === 'ENOSPC'
        ? 'The disk is full: make room there, or name another folder with --workspace.'
        : `${message}. Name another folder with --workspace, or see that this one can be written.`
    throw new EngineError('WorkspaceNotMade', `No workspace could be made in ${directory}. ${remedy}`, {
      domain: 'external',
      cause,
    })
  }
  return true
}

/** Folder by folder: Node's own recursive way never ends where the system says that a folder it has just made is not there (`/proc`). */
function makeFolder(directory: string): void {
  if (existsSync(directory)) return
  makeFolder(dirname(directory))
  mkdirSync(directory)
}
