import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from './files.ts'

/**
 * Which workspaces this user trusts. The list is kept outside any workspace, in the user's own folder, because whatever comes with a
 * workspace may have been written by whoever sent it. A workspace is named by its real path and its id, so that another folder put in
 * its place is not trusted for it.
 */
const TrustList = z.object({
  format: z.literal(1),
  trusted: z.array(z.object({ directory: z.string(), id: z.string() })),
})

export function userDirectory(): string {
  return process.env.MILLRACE_HOME ?? join(homedir(), '.millrace')
}

export function isTrusted(workspaceDirectory: string, id: string): boolean {
  const directory = realpathSync(workspaceDirectory)
  return readTrustList().some((entry) => entry.directory === directory && entry.id === id)
}

export function recordTrust(workspaceDirectory: string, id: string): void {
  const directory = realpathSync(workspaceDirectory)
  const others = readTrustList().filter((entry) => entry.directory !== directory)
  writeFileAtomic(trustFile(), JSON.stringify({ format: 1, trusted: [...others, { directory, id }] }, null, 2), {
    mode: 0o600,
  })
}

function trustFile(): string {
  return join(userDirectory(), 'trusted.json')
}

function readTrustList(): { directory: string; id: string }[] {
  if (!existsSync(trustFile())) return []
  try {
    return TrustList.parse(JSON.parse(readFileSync(trustFile(), 'utf8'))).trusted
  } catch {
    // A damaged list trusts nothing: the user is asked again.
    return []
  }
}
