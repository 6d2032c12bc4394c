import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { bytes, type ContractClient, call, defineContract, nothing } from '../pure/contract.ts'
import { EngineError } from '../pure/errors.ts'

export const SEALING_KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORM = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)$/

/** A secret as it is kept: `v1.<id of the key>.<nonce, text and tag in base64url>`. An object, so that no text that a user gives is taken for one. */
export const Sealed = z.strictObject({ sealed: z.string().regex(FORM, 'it is no sealed secret') })
export type Sealed = z.infer<typeof Sealed>
export type Secret = string | Sealed

/** A field that holds a secret: what a user gives, or that sealed. */
export const secret = <T extends z.ZodType<string>>(given: T) => z.union([given, Sealed])

/** The same thing once its secrets are open. */
export type Opened<T> = { [K in keyof T]: Exclude<T[K], Sealed> }

/** Where a secret belongs. It opens in this place alone, so these words are part of what is on disk. */
export interface SecretPlace {
  /** As errors name it: `the connection crm`. */
  readonly of: string
  readonly field: string
}

/**
 * The user's keys, which lie outside of every workspace. The process that owns the workspace answers its own threads alone: clients reach only what
 * engines make of them.
 */
export const sealingKeys = defineContract('keys', {
  /** The key to seal with, 32 bytes, made at first need. Fails with `KeychainUnavailable`. */
  current: call(nothing, z.object({ id: z.string(), key: bytes() })),
  /** None where this user has no such key. Fails with `KeychainUnavailable`. */
  find: call(z.object({ id: z.string() }), z.object({ key: bytes().optional() })),
})
export type SealingKeys = ContractClient<typeof sealingKeys>

/** Named by what it is, so that a key under a wrong name is none. */
export const sealingKeyId = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 16)

/**
 * Secrets that users give are kept sealed (AES-256-GCM, a fresh nonce each), bound to the workspace and the place in it. They open for the user
 * who gave them, on that machine, in a workspace that is trusted: one that was sent here could name another's place.
 */
export class Secrets {
  private readonly keys: SealingKeys
  private readonly workspace: () => Promise<{ readonly id: string; readonly trusted: boolean }>

  constructor(keys: SealingKeys, workspace: Secrets['workspace']) {
    this.keys = keys
    this.workspace = workspace
  }

  async seal(text: string, place: SecretPlace): Promise<Sealed> {
    const { id, key } = await this.keys.current({})
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound(place, await this.workspace()))
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { sealed: `v1.${id}.${sealed.toString('base64url')}` }
  }

  /** What is not sealed yet opens as it is. Throws `SecretUnreadable`, `RestrictedWorkspace` or `KeychainUnavailable`; none tells of the secret. */
  async open(kept: Secret, place: SecretPlace): Promise<string> {
    if (typeof kept === 'string') return kept
    const workspace = await this.workspace()
    if (!workspace.trusted)
      throw new EngineError(
        'RestrictedWorkspace',
        `The secret of ${place.of} is not used: this workspace was not created here, so it opens restricted. Trust it first.`,
        { retry: true },
      )
    const [, id, text] = FORM.exec(kept.sealed)!
    const { key } = await this.keys.find({ id })
    if (!key) throw unreadable(place, 'it was sealed by another user or on another machine')
    const sealed = Buffer.from(text, 'base64url')
    try {
      const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      cipher.setAAD(bound(place, workspace)).setAuthTag(sealed.subarray(-TAG_BYTES))
      return cipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + cipher.final('utf8')
    } catch {
      throw unreadable(place, 'it was changed, or copied from another place')
    }
  }
}

const bound = ({ of, field }: SecretPlace, workspace: { readonly id: string }): Buffer =>
  Buffer.from(JSON.stringify([workspace.id, of, field]))

const unreadable = ({ of, field }: SecretPlace, why: string) =>
  new EngineError('SecretUnreadable', `The secret of ${of} cannot be opened: ${why}. Enter it again.`, {
    at: { field },
  })

/** A text that comes from outside, such as an answer that repeats what it was asked, without the secrets in it. */
export function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, each) => (each === '' ? left : left.replaceAll(each, '***')), text)
}
