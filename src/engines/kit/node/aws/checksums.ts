import { hash } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { crc32, crc64 } from 'hash-wasm'
import { EngineError } from '../../pure/errors.ts'

/** Checksums that S3 takes beside a body (S3 User Guide, "Checking object integrity"), in base64. */
const ALGORITHMS: Readonly<Record<string, (body: Uint8Array) => Promise<string> | string>> = {
  crc32: (body) => fromHex(zlibCrc32(body).toString(16).padStart(8, '0')),
  // Castagnoli's polynomial, and that of NVM Express, both bit-reversed.
  crc32c: async (body) => fromHex(await crc32(body, 0x82f63b78)),
  crc64nvme: async (body) => fromHex(await crc64(body, '9a6c9329ac4bc9b5')),
  sha1: (body) => hash('sha1', body, 'base64'),
  sha256: (body) => hash('sha256', body, 'base64'),
}

const PREFIX = 'x-amz-checksum-'

const fromHex = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

/**
 * Checks a body against every checksum in its headers (trailing ones among them), and answers those that fit by algorithm. A body
 * whose checksum does not fit was damaged on the way.
 */
export async function verifyChecksums(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<Record<string, string>> {
  const md5 = headers['content-md5']
  if (md5 !== undefined && md5 !== hash('md5', body, 'base64')) {
    if (Buffer.from(md5, 'base64').length !== 16)
      throw new EngineError('InvalidDigest', 'The Content-MD5 you specified was invalid.')
    throw new EngineError('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
  const fitting: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (
      !name.startsWith(PREFIX) ||
      name === `${PREFIX}algorithm` ||
      name === `${PREFIX}mode` ||
      name === `${PREFIX}type`
    )
      continue
    const algorithm = name.slice(PREFIX.length)
    const compute = ALGORITHMS[algorithm]
    if (!compute)
      throw new EngineError('NotImplemented', `The checksum algorithm ${algorithm.toUpperCase()} is not offered.`)
    if ((await compute(body)) !== value)
      throw new EngineError(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      )
    fitting[algorithm] = value
  }
  return fitting
}
