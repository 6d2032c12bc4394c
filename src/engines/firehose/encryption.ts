import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { writeFileAtomic } from '../kit/node/files.ts'
import { EngineError } from '../kit/pure/errors.ts'

const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
/** The first end of a plain frame is the length of a record, which is never so large: so no plain frame begins like this. */
const MAGIC = new Uint8Array([0x4d, 0x52, 0x45, 0xff])
const HEAD_BYTES = MAGIC.length + IV_BYTES + TAG_BYTES

/** Bytes that an encrypted payload has beyond the plain one. */
export const SEALED_EXTRA_BYTES = HEAD_BYTES

/**
 * Encrypts what a delivery stream keeps on disk: AES-256-GCM, each frame under its own nonce. The key lies in a file that only its owner reads, apart
 * from the records, so that a copy of the records alone tells nothing. Frames say by themselves whether they are encrypted.
 */
export class Vault {
  private readonly file: string
  private key: Buffer | undefined

  constructor(file: string) {
    this.file = file
  }

  /** Makes a key where there is none. Where there was one, it must not be replaced: what it encrypted would stay unreadable. */
  create(): void {
    if (!existsSync(this.file)) writeFileAtomic(this.file, randomBytes(KEY_BYTES), { mode: 0o600 })
    this.open()
  }

  /** Reads the key. */
  open(): Buffer {
    if (this.key) return this.key
    if (!existsSync(this.file)) throw this.unreadable('the file is missing')
    const key = readFileSync(this.file)
    if (key.length !== KEY_BYTES) throw this.unreadable(`it has ${key.length} bytes, not ${KEY_BYTES}`)
    this.key = key
    return key
  }

  /** Fills `into` with the encrypted form of `plain`. */
  seal(plain: Uint8Array, into: Uint8Array): void {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.open(), iv)
    const text = cipher.update(plain)
    cipher.final()
    into.set(MAGIC)
    into.set(iv, MAGIC.length)
    into.set(cipher.getAuthTag(), MAGIC.length + IV_BYTES)
    into.set(text, HEAD_BYTES)
  }

  /** The plain form of a payload, encrypted or not. Throws where the key is another or the bytes were changed. */
  plain(payload: Uint8Array): Uint8Array {
    if (!isSealed(payload)) return payload
    const iv = payload.subarray(MAGIC.length, MAGIC.length + IV_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', this.open(), iv, { authTagLength: TAG_BYTES })
    decipher.setAuthTag(payload.subarray(MAGIC.length + IV_BYTES, HEAD_BYTES))
    const text = decipher.update(payload.subarray(HEAD_BYTES))
    try {
      decipher.final()
    } catch {
      throw this.unreadable('it is not the one that the records were encrypted with')
    }
    return text
  }

  /** The records stay as they are: with the right key in its place the next start delivers them. */
  private unreadable(why: string): EngineError {
    const message = `Records cannot be encrypted or read with the key ${this.file}: ${why}. What is encrypted is kept; put the key back and start again.`
    return new EngineError('InvalidState', message, { at: { file: this.file } })
  }

  destroy(): void {
    this.key = undefined
    rmSync(this.file, { force: true })
  }
}

function isSealed(payload: Uint8Array): boolean {
  return payload.length >= HEAD_BYTES && MAGIC.every((byte, i) => payload[i] === byte)
}
