import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../kit/node/files.ts'
import { type Frame, type NewFrame, newFrame } from '../kit/node/journal.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { StreamState } from './model.ts'
import type { Packed } from './records.ts'

/** A stream's data key as it lies in the store: encrypted. */
export interface WrappedKey {
  readonly number: number
  /** What the client named: `alias/aws/kinesis`, an ARN or an id. */
  readonly keyId: string
  /** Base64 of nonce, tag and ciphertext. */
  readonly wrapped: string
}

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Wraps data keys. There is no KMS here: every key id names a key that is derived from the one in the workspace's runtime folder, which
 * its owner alone can read. Whoever has the logs without that file has ciphertext.
 */
export class KeyVault {
  private readonly file: string
  private master: Buffer | undefined

  constructor(directory: string) {
    this.file = join(directory, 'master.key')
  }

  /** A new data key of a stream. `mayBegin`: nothing is encrypted yet, so that a missing file is none that was lost. */
  create(stream: string, number: number, keyId: string, mayBegin: boolean): WrappedKey {
    if (mayBegin && !this.master && !existsSync(this.file))
      writeFileAtomic(this.file, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600 })
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.wrappingKey(keyId), nonce).setAAD(wrapContext(stream, number))
    const text = Buffer.concat([cipher.update(randomBytes(KEY_BYTES)), cipher.final()])
    return { number, keyId, wrapped: Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64') }
  }

  unwrap(stream: string, { number, keyId, wrapped }: WrappedKey): Buffer {
    const bytes = Buffer.from(wrapped, 'base64')
    const cipher = createDecipheriv(ALGORITHM, this.wrappingKey(keyId), bytes.subarray(0, NONCE_BYTES))
    cipher.setAAD(wrapContext(stream, number)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    try {
      return Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), cipher.final()])
    } catch (thrown) {
      throw keyError(
        'KMSInvalidStateException',
        `${this.file} is not the key that ${stream} was encrypted with`,
        thrown,
      )
    }
  }

  private wrappingKey(keyId: string): Buffer {
    this.master ??= this.read()
    return Buffer.from(hkdfSync('sha256', this.master, '', `millrace stream ${keyId}`, KEY_BYTES))
  }

  private read(): Buffer {
    let text: string
    try {
      text = readFileSync(this.file, 'utf8').trim()
    } catch (thrown) {
      throw keyError('KMSNotFoundException', `${this.file}, the key of encrypted streams, cannot be read`, thrown)
    }
    if (!/^[0-9a-f]{64}$/.test(text))
      throw keyError('KMSInvalidStateException', `${this.file}, the key of encrypted streams, is damaged`)
    return Buffer.from(text, 'hex')
  }
}

function wrapContext(stream: string, number: number): Buffer {
  return Buffer.from(`${stream}/${number}`)
}

function keyError(code: string, what: string, cause?: unknown): EngineError {
  return new EngineError(code, `${what}. Restore it from a copy.`, { domain: 'external', cause })
}

/**
 * A sealed payload: `count u32 · key's number u32 · 0 u32 · 1 u32 · nonce 12 · tag 16 · 0 u32 · ciphertext`. The fourth word tells it from
 * records that lie open (`records.ts`), where it is 0. Stream, shard and first offset are authenticated with it: a frame cannot be moved.
 */
const HEAD_BYTES = 48
const SEALED = 1

/** Seals what is appended to a stream while its encryption is on, and opens what was sealed at any time. */
export class StreamCipher {
  private readonly vault: KeyVault
  private readonly keys = new Map<number, Buffer>()
  private state: StreamState

  constructor(vault: KeyVault, state: StreamState) {
    this.vault = vault
    this.state = state
  }

  become(state: StreamState): void {
    this.state = state
  }

  get isOn(): boolean {
    return this.state.encryptedWith !== undefined
  }

  /** Throws now what sealing would throw later, in the midst of a put. */
  mustHaveKey(): void {
    if (this.isOn) this.key(this.state.encryptedWith!)
  }

  seal({ payload }: NewFrame, count: number, shard: number, first: number): NewFrame {
    const number = this.state.encryptedWith!
    const sealed = newFrame(HEAD_BYTES + payload.length)
    const head = new Uint32Array(sealed.payload.buffer, sealed.payload.byteOffset, HEAD_BYTES / 4)
    head.fill(0)
    head.set([count, number, 0, SEALED])
    const nonce = sealed.payload.subarray(16, 16 + NONCE_BYTES)
    nonce.set(randomBytes(NONCE_BYTES))
    const cipher = createCipheriv(ALGORITHM, this.key(number), nonce).setAAD(this.context(shard, first))
    sealed.payload.set(cipher.update(payload), HEAD_BYTES)
    cipher.final()
    sealed.payload.set(cipher.getAuthTag(), 16 + NONCE_BYTES)
    return sealed
  }

  /** A frame as it was before it was sealed, or as it is. */
  open(frame: Frame, shard: number): Packed {
    const { payload } = frame
    const head = new Uint32Array(payload.buffer, payload.byteOffset, 4)
    if (head[3] !== SEALED) return frame
    const cipher = createDecipheriv(ALGORITHM, this.key(head[1]), payload.subarray(16, 16 + NONCE_BYTES))
    cipher.setAAD(this.context(shard, frame.first))
    cipher.setAuthTag(payload.subarray(16 + NONCE_BYTES, 16 + NONCE_BYTES + TAG_BYTES))
    // Typed arrays are laid over it: it needs a buffer of its own.
    const opened = Buffer.allocUnsafeSlow(payload.length - HEAD_BYTES)
    opened.set(cipher.update(payload.subarray(HEAD_BYTES)))
    try {
      cipher.final()
    } catch (thrown) {
      throw keyError(
        'KMSInvalidStateException',
        `Records of ${this.state.name} were encrypted with another key`,
        thrown,
      )
    }
    return { first: frame.first, count: frame.count, timeMs: frame.timeMs, payload: opened, encrypted: true }
  }

  private key(number: number): Buffer {
    let key = this.keys.get(number)
    if (!key) {
      const wrapped = this.state.dataKeys?.find((each) => each.number === number)
      if (!wrapped) throw keyError('KMSNotFoundException', `Key ${number} of stream ${this.state.name} is not there`)
      key = this.vault.unwrap(this.state.id, wrapped)
      this.keys.set(number, key)
    }
    return key
  }

  private context(shard: number, first: number): Buffer {
    return Buffer.from(`${this.state.id}/${shard}/${first}`)
  }
}
