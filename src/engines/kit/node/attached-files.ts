import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../pure/errors.ts'
import { FileReading } from '../pure/file-reading.ts'
import { writeFileAtomic } from './files.ts'
import { isTrusted, userDirectory } from './trust.ts'
import { readWorkspaceFile } from './workspace-file.ts'

const FILE = 'attached.json'

export const Attachment = z.object({
  name: z.string().min(1),
  /** Real path of a file or folder, or an `s3://bucket/key` of the lake. */
  source: z.string().min(1),
  reading: FileReading,
  attachedMs: z.number(),
})
export type Attachment = z.infer<typeof Attachment>

const AttachedFiles = z.object({ format: z.literal(1), tables: z.array(Attachment) })

/** What `attached.json` in the workspace's root names. It may have come with the workspace: see `isTrusted`. */
export function readAttachments(workspaceDirectory: string): Attachment[] {
  let text: string
  try {
    text = readFileSync(join(workspaceDirectory, FILE), 'utf8')
  } catch {
    return []
  }
  try {
    return AttachedFiles.parse(JSON.parse(text)).tables
  } catch (cause) {
    throw new EngineError(
      'DamagedWorkspace',
      `${FILE} cannot be read. Correct it, or delete it to attach the files anew.`,
      {
        at: { file: FILE },
        cause,
      },
    )
  }
}

export function writeAttachments(workspaceDirectory: string, tables: readonly Attachment[]): void {
  writeFileAtomic(join(workspaceDirectory, FILE), `${JSON.stringify({ format: 1, tables }, null, 2)}\n`)
}

export const isInLake = (source: string): boolean => source.startsWith('s3://')

/**
 * The real path of what is attached, which may be read: none of the workspace's own files but its data, none of the program's own, and no
 * folder that holds either.
 */
export function attachableFile(path: string, workspaceDirectory: string): string {
  let real: string
  try {
    real = realpathSync(path)
  } catch {
    throw new EngineError('FileNotFound', `There is no ${path}, or it may not be read.`, {
      at: { field: 'source', file: path },
    })
  }
  const root = realpathSync(workspaceDirectory)
  const inData = isWithin(real, join(root, 'data'))
  for (const own of [root, userDirectory()]) {
    if ((isWithin(real, own) && !inData) || isWithin(own, real))
      throw new EngineError(
        'AccessDeniedException',
        `${path} holds files of Millrace itself, which SQL does not read.`,
        {
          at: { field: 'source', file: path },
        },
      )
  }
  return real
}

export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)
}

/** Files and folders that are attached to a workspace whose user trusts it, and are there. */
export function allowedByAttachment(workspaceDirectory: string): { files: string[]; directories: string[] } {
  const allowed = { files: [] as string[], directories: [] as string[] }
  const workspace = readWorkspaceFile(workspaceDirectory)
  if (!workspace || !isTrusted(workspaceDirectory, workspace.id)) return allowed
  for (const { source } of readAttachments(workspaceDirectory)) {
    if (isInLake(source)) continue
    try {
      const real = attachableFile(source, workspaceDirectory)
      if (real !== source) continue
      allowed[statSync(real).isDirectory() ? 'directories' : 'files'].push(real)
    } catch {
      // It is gone, or not to be read: who queries it is told.
    }
  }
  return allowed
}
