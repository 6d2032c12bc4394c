import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { ObjectInfo } from '../contract.ts'

export const operation = operationsOf<Pick<Clients, 'lake'>>()

export const OWNER = { ID: ACCOUNT_ID.padStart(64, '0'), DisplayName: 'millrace' }

/**
 * Refuses what Millrace does not honour, in S3's words. `allowed` are values that change nothing here: the default storage class, the
 * private ACL.
 */
export function refuse<I extends object>(
  input: I,
  members: readonly (keyof I & string)[],
  allowed: readonly string[] = [],
) {
  const named = members.find((name) => input[name] !== undefined && !allowed.includes(String(input[name])))
  if (named)
    throw new EngineError(
      'NotImplemented',
      `A header you provided implies functionality that is not implemented: ${named}.`,
      { at: { field: named } },
    )
  const { ExpectedBucketOwner: owner } = input as { ExpectedBucketOwner?: string }
  if (owner !== undefined && owner !== ACCOUNT_ID) throw new EngineError('AccessDenied', 'Access Denied')
}

/** Members of puts and copies that Millrace does not honour. */
export const UNHONOURED_PUT = [
  'BucketKeyEnabled',
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'ObjectLockLegalHoldStatus',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'SSEKMSEncryptionContext',
  'SSEKMSKeyId',
  'ServerSideEncryption',
  'Tagging',
  'WebsiteRedirectLocation',
] as const

export const UNHONOURED_READ = [
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'VersionId',
  'PartNumber',
] as const

/** System metadata that S3 keeps with an object, by the key under which the lake keeps it: no user metadata can have a colon. */
const SYSTEM = {
  CacheControl: ':cache-control',
  ContentDisposition: ':content-disposition',
  ContentEncoding: ':content-encoding',
  ContentLanguage: ':content-language',
  Expires: ':expires',
} as const

const CHECKSUMS = {
  ChecksumCRC32: ':checksum-crc32',
  ChecksumCRC32C: ':checksum-crc32c',
  ChecksumCRC64NVME: ':checksum-crc64nvme',
  ChecksumSHA1: ':checksum-sha1',
  ChecksumSHA256: ':checksum-sha256',
} as const

interface Kept {
  Metadata?: Record<string, string> | undefined
  CacheControl?: string | undefined
  ContentDisposition?: string | undefined
  ContentEncoding?: string | undefined
  ContentLanguage?: string | undefined
  Expires?: Date | undefined
}

/** User metadata is at most 2 KB (S3 User Guide, "Working with object metadata"). */
const METADATA_BYTES_MAX = 2048

/** User and system metadata of a put as the lake keeps them. */
export function metadataOf(input: Kept, checksums: Record<string, string> = {}): Record<string, string> {
  const user = Object.entries(input.Metadata ?? {})
  const size = user.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0)
  if (size > METADATA_BYTES_MAX)
    throw new EngineError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size')
  const metadata = Object.fromEntries(user)
  for (const [member, key] of Object.entries(SYSTEM)) {
    const value = input[member as keyof typeof SYSTEM]
    if (value !== undefined) metadata[key] = value instanceof Date ? value.toUTCString() : value
  }
  for (const [algorithm, value] of Object.entries(checksums)) metadata[`:checksum-${algorithm}`] = value
  return metadata
}

/** Members that GetObject and HeadObject have in common. */
export function describeObject(info: ObjectInfo, withChecksums: boolean) {
  const user = Object.entries(info.metadata).filter(([name]) => !name.startsWith(':'))
  const system = (table: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(table).map(([member, key]) => [member, info.metadata[key]]))
  const { Expires, ...texts } = system(SYSTEM)
  return {
    AcceptRanges: 'bytes',
    ETag: info.etag,
    LastModified: new Date(info.modifiedMs),
    ContentType: info.contentType ?? 'binary/octet-stream',
    Metadata: Object.fromEntries(user),
    ...texts,
    ...(Expires !== undefined && { Expires: new Date(Expires) }),
    ...(withChecksums && system(CHECKSUMS)),
  }
}

export const checksumMembers = (checksums: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(CHECKSUMS)
      .filter(([, key]) => checksums[key.slice(':checksum-'.length)] !== undefined)
      .map(([member, key]) => [member, checksums[key.slice(':checksum-'.length)]]),
  )

interface Conditions {
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
  IfModifiedSince?: Date | undefined
  IfUnmodifiedSince?: Date | undefined
}

const precondition = () =>
  new EngineError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')

/** Conditions of a read, in the order of RFC 9110, 13.2.2. HTTP dates have whole seconds. */
export function checkConditions(info: ObjectInfo, given: Conditions): void {
  const seconds = Math.floor(info.modifiedMs / 1000) * 1000
  if (given.IfMatch !== undefined) {
    if (!matches(given.IfMatch, info.etag)) throw precondition()
  } else if (given.IfUnmodifiedSince && seconds > given.IfUnmodifiedSince.getTime()) throw precondition()
  if (given.IfNoneMatch !== undefined) {
    if (matches(given.IfNoneMatch, info.etag)) throw new EngineError('NotModified', 'Not Modified')
  } else if (given.IfModifiedSince && seconds <= given.IfModifiedSince.getTime())
    throw new EngineError('NotModified', 'Not Modified')
}

/** Whether an If-Match list names the tag; clients give it with and without quotes. */
function matches(list: string, etag: string): boolean {
  return list.split(',').some((item) => item.trim() === '*' || bareTag(item) === bareTag(etag))
}

export const bareTag = (etag: string): string => etag.trim().replace(/^W\//, '').replaceAll('"', '')

/** `bytes=0-9`, `bytes=5-`, `bytes=-5` as inclusive ends; undefined for the whole, also where the header is no byte range. */
export function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match) {
    if (header?.includes(',')) throw new EngineError('NotImplemented', 'Several ranges in one request are not offered.')
    return undefined
  }
  const [, from, to] = match
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (from !== '' && to !== '' && Number(to) < start) return undefined
  if (start >= size || start > end) throw new EngineError('InvalidRange', 'The requested range is not satisfiable')
  return { start, end }
}

/** The lake takes bodies over as they come from the socket: in memory that nobody else holds. */
export const ownedBytes = (body: unknown): Uint8Array<ArrayBuffer> =>
  (body instanceof Uint8Array ? body : new Uint8Array(0)) as Uint8Array<ArrayBuffer>
