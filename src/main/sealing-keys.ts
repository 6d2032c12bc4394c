import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../engines/kit/node/files.ts'
import { realTime } from '../engines/kit/node/real-time.ts'
import { SEALING_KEY_BYTES, type SealingKeys, sealingKeyId } from '../engines/kit/node/secrets.ts'
import { userDirectory } from '../engines/kit/node/trust.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'

/** What the operating system keeps for this user. Both throw where it does not answer. */
export interface Keychain {
  get(account: string): Promise<string | null>
  set(account: string, text: string): Promise<void>
}

/** A person may have to unlock it. */
const PATIENCE_MS = 60_000

/**
 * The keys that seal this user's secrets, in `sealing-keys` of the user's folder. `<id>.keychain` says that the keychain of the operating system
 * has that key; where there is no keychain, `<id>.key` is the key itself, readable by its user alone. A key is a file of its own, so that of two
 * processes that make one at once none loses what the other has sealed.
 */
export class UserKeys implements SealingKeys {
  private readonly directory = join(userDirectory(), 'sealing-keys')
  private readonly keychain: () => Promise<Keychain | undefined>
  private readonly known = new Map<string, Uint8Array<ArrayBuffer>>()
  private making: Promise<{ id: string; key: Uint8Array<ArrayBuffer> }> | undefined

  constructor(keychain: () => Promise<Keychain | undefined> = systemKeychain) {
    this.keychain = keychain
  }

  current = (): Promise<{ id: string; key: Uint8Array<ArrayBuffer> }> => {
    this.making ??= this.choose().catch((thrown) => {
      this.making = undefined
      throw thrown
    })
    return this.making
  }

  find = async ({ id }: { id: string }): Promise<{ key?: Uint8Array<ArrayBuffer> | undefined }> => {
    const key = this.known.get(id) ?? (await this.read(id))
    if (key === undefined || sealingKeyId(key) !== id) return {}
    this.known.set(id, key)
    return { key }
  }

  /** What has the key that is used next; null before there is a first secret. */
  heldBy(): 'keychain' | 'file' | null {
    if (!isOff() && this.ids('.keychain').length > 0) return 'keychain'
    return this.ids('.key').length > 0 ? 'file' : null
  }

  private async choose(): Promise<{ id: string; key: Uint8Array<ArrayBuffer> }> {
    const made = randomBytes(SEALING_KEY_BYTES)
    for (const id of isOff() ? [] : this.ids('.keychain')) {
      const { key } = await this.find({ id })
      // The keychain may have lost it: then what it sealed is lost, and a new one begins.
      if (key) return { id, key }
    }
    if (!isOff() && (await this.hand(made))) return { id: sealingKeyId(made), key: made }
    for (const id of this.ids('.key')) {
      const { key } = await this.find({ id })
      if (key) return { id, key }
    }
    const id = sealingKeyId(made)
    writeFileAtomic(this.file(id, '.key'), made, { mode: 0o600 })
    return { id, key: made }
  }

  /** Whether the keychain took the key, and gives it back. */
  private async hand(key: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const id = sealingKeyId(key)
    const text = Buffer.from(key).toString('base64')
    try {
      const keychain = await this.keychain()
      if (!keychain) return false
      await patiently(keychain.set(id, text))
      if ((await patiently(keychain.get(id))) !== text) return false
    } catch {
      // No service answers, as on a machine without a desktop: a file has the key then, and Settings say so.
      return false
    }
    writeFileAtomic(this.file(id, '.keychain'), '', { mode: 0o600 })
    return true
  }

  private async read(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (existsSync(this.file(id, '.key'))) return readFileSync(this.file(id, '.key'))
    if (!existsSync(this.file(id, '.keychain'))) return undefined
    try {
      const keychain = await this.keychain()
      if (!keychain) throw new Error('there is none in this session')
      const text = await patiently(keychain.get(id))
      return text === null ? undefined : Buffer.from(text, 'base64')
    } catch (cause) {
      throw new EngineError(
        'KeychainUnavailable',
        `The keychain that has the key to your secrets does not answer: ${(cause as Error).message}. Unlock it, or start Millrace from your desktop session, and try again.`,
        { domain: 'external', retry: true, cause },
      )
    }
  }

  private ids(kind: '.key' | '.keychain'): string[] {
    if (!existsSync(this.directory)) return []
    return readdirSync(this.directory)
      .filter((name) => name.endsWith(kind) && !name.startsWith('.'))
      .map((name) => name.slice(0, -kind.length))
      .sort()
  }

  private file(id: string, kind: '.key' | '.keychain'): string {
    return join(this.directory, `${id}${kind}`)
  }
}

/** For who wants no prompts of a keychain: `MILLRACE_KEYCHAIN=off`. What a keychain has sealed is still opened by it. */
const isOff = (): boolean => process.env.MILLRACE_KEYCHAIN === 'off'

function patiently<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const patience = realTime.after(PATIENCE_MS, () => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)))
    answer.then(resolve, reject).finally(() => patience.cancel())
  })
}

/**
 * macOS Keychain, Windows Credential Manager, or the Secret Service of a Linux desktop. Not the Linux kernel's keyring, to which the library would
 * turn by itself: it forgets at the next start of the machine.
 */
async function systemKeychain(): Promise<Keychain | undefined> {
  const { AsyncEntry } = await import('@napi-rs/keyring')
  const entry = (account: string) => new AsyncEntry('Millrace', account, { linux: { store: 'secret-service' } })
  return {
    get: async (account) => (await entry(account).getPassword()) ?? null,
    set: (account, text) => entry(account).setPassword(text),
  }
}
