import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { writeFileAtomic } from '../engines/kit/node/files.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'

/** Where the process that owns a workspace answers, for a second shell or a command that attaches to it. */
export const Owner = z.object({
  pid: z.number().int(),
  url: z.string(),
  token: z.string(),
  /** Of what it says on the wire: who speaks otherwise must not attach. */
  version: z.string().default(''),
})
export type Owner = z.infer<typeof Owner>

export interface Ownership {
  /** Tells others where to attach. The file is readable by its user alone, since it holds the token. */
  announce(owner: Owner): void
  release(): void
}

/**
 * Takes the workspace for this process, or returns null when another one has it. The lock is the operating system's, through SQLite's
 * exclusive transaction on a file of its own: it ends with the process, however that ends, so there is nothing stale to clean up.
 */
export function takeOwnership(workspaceDirectory: string): Ownership | null {
  const runtime = join(workspaceDirectory, '.millrace')
  mkdirSync(runtime, { recursive: true })
  const ownerFile = join(runtime, 'owner.json')
  const lock = new Database(join(runtime, 'lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (thrown) {
    lock.close()
    const { code } = thrown as { code?: string }
    if (code?.startsWith('SQLITE_BUSY')) return null
    if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT')
      throw new EngineError(
        'DamagedWorkspace',
        `${join(runtime, 'lock')} is damaged. It holds nothing: close every Millrace that has this workspace open, delete the file and start again.`,
        { domain: 'external', at: { file: '.millrace/lock' }, cause: thrown },
      )
    throw thrown
  }
  rmSync(ownerFile, { force: true })
  return {
    announce: (owner) => writeFileAtomic(ownerFile, JSON.stringify(owner), { mode: 0o600 }),
    release: () => {
      rmSync(ownerFile, { force: true })
      lock.close()
    },
  }
}

/**
 * The owner of a workspace that is open now. What a killed owner left behind is told from it by the lock, and an address that is not of
 * this machine is none: the file may have come with the folder.
 */
export function ownerAlive(workspaceDirectory: string): Owner | null {
  const owner = readOwner(workspaceDirectory)
  return owner && /^http:\/\/127\.0\.0\.1:\d+\/$/.test(owner.url) && isLocked(workspaceDirectory) ? owner : null
}

function isLocked(workspaceDirectory: string): boolean {
  try {
    const lock = new Database(join(workspaceDirectory, '.millrace', 'lock'), { timeout: 0, readonly: true })
    try {
      lock.pragma('schema_version')
      return false
    } catch (thrown) {
      return (thrown as { code?: string }).code?.startsWith('SQLITE_BUSY') ?? false
    } finally {
      lock.close()
    }
  } catch {
    return false
  }
}

/** The owner's address, once it has announced one. */
export function readOwner(workspaceDirectory: string): Owner | null {
  const file = join(workspaceDirectory, '.millrace', 'owner.json')
  if (!existsSync(file)) return null
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // Gone in this moment, or damaged: the owner is asked for again until it answers or the wait is over.
    return null
  }
}
