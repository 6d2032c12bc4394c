import { createHash, hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import { crc64, createCRC64 } from 'hash-wasm'
import { EngineError } from '../../pure/errors.ts'

/** A checksum under way. */
export interface Checksum {
  update(piece: Uint8Array): void
  /** In base64, big-endian. */
  value(): string
}

type Wasm = { init(): unknown; update(piece: Uint8Array): unknown; digest(): string }

const ofWasm = (made: Wasm): Checksum => {
  made.init()
  return { update: (piece) => void made.update(piece), value: () => fromHex(made.digest()) }
}

const ofSum = (sum: (piece: Uint8Array, state: number) => number) => (): Checksum => {
  let state = 0
  return {
    update: (piece) => {
      state = sum(piece, state)
    },
    value: () => fromHex(state.toString(16).padStart(8, '0')),
  }
}

const ofHash = (name: string): Checksum => {
  const digest = createHash(name)
  return { update: (piece) => void digest.update(piece), value: () => digest.digest('base64') }
}

/** The polynomial of NVM Express, bit-reversed. */
const NVM_EXPRESS = '9a6c9329ac4bc9b5'

/** Checksums that S3 takes beside a body (S3 User Guide, "Checking object integrity"). */
const ALGORITHMS: Readonly<Record<string, () => Checksum | Promise<Checksum>>> = {
  crc32: ofSum(crc32),
  crc32c: ofSum(crc32c),
  crc64nvme: async () => ofWasm(await createCRC64(NVM_EXPRESS)),
  sha1: () => ofHash('sha1'),
  sha256: () => ofHash('sha256'),
}

const PREFIX = 'x-amz-checksum-'

/** Headers of that prefix that carry no checksum. */
const ABOUT = new Set([`${PREFIX}algorithm`, `${PREFIX}mode`, `${PREFIX}type`])

const fromHex = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

/** Begins a checksum; `algorithm` in small letters, `crc64nvme`. */
export async function checksum(algorithm: string): Promise<Checksum> {
  const begin = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined
  if (!begin)
    throw new EngineError('NotImplemented', `The checksum algorithm ${algorithm.toUpperCase()} is not offered.`)
  return begin()
}

export async function checksumOf(algorithm: string, body: Uint8Array): Promise<string> {
  // The one-shot function of hash-wasm shares an instance, where a checksum under way takes one of its own.
  if (algorithm === 'crc64nvme') return fromHex(await crc64(body, NVM_EXPRESS))
  const whole = await checksum(algorithm)
  whole.update(body)
  return whole.value()
}

/** Checksums among a request's headers (trailing ones among them), by algorithm. */
export function givenChecksums(headers: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(headers).filter(([name]) => name.startsWith(PREFIX) && !ABOUT.has(name))
  return Object.fromEntries(named.map(([name, value]) => [name.slice(PREFIX.length), value]))
}

/**
 * Checks a body against every checksum in its headers, and answers those that fit by algorithm. A body whose checksum does not fit
 * was damaged on the way. `md5` in hex, where it is worked out already.
 */
export async function verifyChecksums(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  md5?: string,
): Promise<Record<string, string>> {
  const wanted = headers['content-md5']
  if (wanted !== undefined && wanted !== (md5 ? fromHex(md5) : hash('md5', body, 'base64'))) {
    if (Buffer.from(wanted, 'base64').length !== 16)
      throw new EngineError('InvalidDigest', 'The Content-MD5 you specified was invalid.')
    throw new EngineError('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
  const given = givenChecksums(headers)
  for (const [algorithm, value] of Object.entries(given))
    if ((await checksumOf(algorithm, body)) !== value)
      throw new EngineError(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      )
  return given
}
