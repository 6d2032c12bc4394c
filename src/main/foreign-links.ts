import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isTrusted } from '../engines/kit/node/trust.ts'
import { readWorkspaceFile } from '../engines/kit/node/workspace-file.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'

/** What Millrace writes into, or serves, without looking at every name in it. */
const FOLDERS = ['.millrace', 'lake', 'functions', 'pipelines', 'queries', 'dashboards', 'jobs']

/**
 * A workspace that came from elsewhere may hold links: a log that is a link would write into another file of this user, a lake that is one would
 * serve another folder. So none of its folders, and nothing in `.millrace`, is a link until the workspace is trusted. Engines look after links
 * deeper in their folders themselves.
 */
export function refuseForeignLinks(workspaceDirectory: string): void {
  const id = readWorkspaceFile(workspaceDirectory)?.id
  if (id !== undefined && isTrusted(workspaceDirectory, id)) return
  const link =
    FOLDERS.find((name) => isLink(join(workspaceDirectory, name))) ?? linkBelow(workspaceDirectory, '.millrace')
  if (link === undefined) return
  throw new EngineError(
    'ForeignLink',
    `${link} is a link, and this workspace was not created here: it could lead Millrace to other files of yours. Remove the link and open the workspace again.`,
    { at: { file: link } },
  )
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false

function linkBelow(workspaceDirectory: string, folder: string): string | undefined {
  if (!existsSync(join(workspaceDirectory, folder))) return undefined
  const entries = readdirSync(join(workspaceDirectory, folder), { withFileTypes: true })
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`
    const link = entry.isSymbolicLink() ? path : entry.isDirectory() ? linkBelow(workspaceDirectory, path) : undefined
    if (link !== undefined) return link
  }
  return undefined
}
