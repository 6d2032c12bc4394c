import { createHmac, randomBytes } from 'node:crypto'
import { linkSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../engines/kit/node/files.ts'
import { userDirectory } from '../../engines/kit/node/trust.ts'

const SECRET_BYTES = 32

/**
 * What opens the socket of a workspace, the same at each start, so that open pages and bookmarks go on after a restart. It is made from a
 * secret in the user's own folder: whatever lies in a workspace may have been put there by whoever sent it, and would be known to them.
 */
export function workspaceToken(workspaceDirectory: string): string {
  return createHmac('sha256', userSecret()).update(realpathSync(workspaceDirectory)).digest('base64url')
}

/** What opens one part of a workspace to clients that get no more: from the workspace's own token, which it does not give away. */
export function partToken(token: string, part: string): string {
  return createHmac('sha256', token).update(part).digest('base64url')
}

/** Makes all earlier addresses of this user's workspaces worthless, once what is running has been started anew. */
export function renewTokens(): void {
  rmSync(secretFile(), { force: true })
}

function secretFile(): string {
  return join(userDirectory(), 'secret')
}

/** Made at first need. Of two processes that make it at once one wins, and both use what is then there. */
function userSecret(): Buffer {
  const known = readSecret()
  if (known) return known
  const made = `${secretFile()}.${process.pid}`
  writeFileAtomic(made, randomBytes(SECRET_BYTES), { mode: 0o600 })
  try {
    linkSync(made, secretFile())
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
  } finally {
    rmSync(made, { force: true })
  }
  return readSecret() ?? userSecret()
}

/** A secret that is not whole, or that others may have read, is thrown away: pages that are open must then be opened anew. */
function readSecret(): Buffer | null {
  try {
    const secret = readFileSync(secretFile())
    const shared = process.platform !== 'win32' && (statSync(secretFile()).mode & 0o077) !== 0
    if (secret.length === SECRET_BYTES && !shared) return secret
    rmSync(secretFile(), { force: true })
    return null
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw thrown
  }
}
