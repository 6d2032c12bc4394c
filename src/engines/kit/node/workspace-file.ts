import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../pure/errors.ts'
import { writeFileAtomic } from './files.ts'

/** Version of the workspace's layout. A newer one opens read-only. */
export const WORKSPACE_FORMAT = 1

export const WorkspaceFile = z.object({
  format: z.number().int().positive(),
  id: z.string().min(1),
  name: z.string().min(1),
})
export type WorkspaceFile = z.infer<typeof WorkspaceFile>

/** What `millrace.json` in the workspace's root says, or null where there is none. */
export function readWorkspaceFile(directory: string): WorkspaceFile | null {
  const file = join(directory, 'millrace.json')
  if (!existsSync(file)) return null
  try {
    return WorkspaceFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new EngineError(
      'DamagedWorkspace',
      `millrace.json in ${directory} cannot be read. Restore it, or delete it to have a new one made.`,
      {
        at: { file: 'millrace.json' },
        cause,
      },
    )
  }
}

export function createWorkspaceFile(directory: string, name = basename(directory)): WorkspaceFile {
  const made = { format: WORKSPACE_FORMAT, id: randomUUID(), name }
  writeFileAtomic(join(directory, 'millrace.json'), `${JSON.stringify(made, null, 2)}\n`)
  return made
}
