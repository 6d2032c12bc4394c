import { cpSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { recordTrust } from '../engines/kit/node/trust.ts'
import { createWorkspaceFile } from '../engines/kit/node/workspace-file.ts'

/** Makes a workspace from a sample in an empty or absent folder. What was made here is trusted. Returns false when the folder is in use. */
export function createFromSample(directory: string, sampleDirectory: string, name: string): boolean {
  if (existsSync(directory) && readdirSync(directory).length > 0) return false
  mkdirSync(directory, { recursive: true })
  cpSync(sampleDirectory, directory, { recursive: true })
  const file = createWorkspaceFile(directory, name)
  recordTrust(directory, file.id)
  // Packages leave out files named .gitignore, so the sample's has another name until it is in its place.
  if (existsSync(join(directory, 'gitignore'))) renameSync(join(directory, 'gitignore'), join(directory, '.gitignore'))
  return true
}
