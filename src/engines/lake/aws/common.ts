import type { ChecksumAlgorithm, ChecksumType } from '@aws-sdk/client-s3'
import type { Clients } from '../../contract.ts'
import { verifyChecksums } from '../../kit/node/aws/checksums.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { ObjectInfo } from '../contract.ts'
import { PARTS, withTags } from '../metadata.ts'
import { tagsOfHeader } from './tag-rules.ts'

export const operation = operationsOf<Pick<Clients, 'lake'>>()

/** A row whose body is a document that Content-MD5 or a checksum may be over. */
export const documentOperation = <I, O>(row: Parameters<typeof operation<I, O>>[0]) =>
  operation<I, O>({
    ...row,
    run: async (input, context) => {
      await verifyChecksums(context.headers, context.body)
      return row.run(input, context)
    },
  })

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

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

export const malformed = () =>
  new EngineError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

/** Members of puts and copies that Millrace does not honour. */
export const UNHONOURED_PUT = [
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
  'WebsiteRedirectLocation',
] as const

export const UNHONOURED_READ = ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5'] as const

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

/** User and system metadata and tags of a put as the lake keeps them. */
export function metadataOf(
  input: Kept & { Tagging?: string | undefined },
  checksums: Record<string, string> = {},
): Record<string, string> {
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
  if (Object.keys(checksums).length > 0) metadata[':checksum-type'] = 'FULL_OBJECT'
  return withTags(metadata, input.Tagging === undefined ? undefined : tagsOfHeader(input.Tagging))
}

const named = (info: ObjectInfo, table: Readonly<Record<string, string>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(table).map(([member, key]) => [member, info.metadata[key]]))

/** An object's checksums and their type, as members. */
export const checksumsOfObject = (
  info: ObjectInfo,
): Record<string, string | undefined> & { ChecksumType?: ChecksumType } =>
  named(info, { ...CHECKSUMS, ChecksumType: ':checksum-type' })

/** Members that GetObject and HeadObject have in common. */
export function describeObject(info: ObjectInfo, withChecksums: boolean) {
  const user = Object.entries(info.metadata).filter(([name]) => !name.startsWith(':'))
  const { Expires, ...texts } = named(info, SYSTEM)
  return {
    AcceptRanges: 'bytes',
    ETag: info.etag,
    LastModified: new Date(info.modifiedMs),
    ContentType: info.contentType ?? 'binary/octet-stream',
    Metadata: Object.fromEntries(user),
    ...texts,
    ...(Expires !== undefined && { Expires: new Date(Expires) }),
    ...(withChecksums && checksumsOfObject(info)),
    ...(info.versionId !== undefined && { VersionId: info.versionId }),
  }
}

/** What a listing tells of an object's checksums. */
export function checksumSummary(info: ObjectInfo): {
  ChecksumAlgorithm?: ChecksumAlgorithm[]
  ChecksumType?: ChecksumType
} {
  if (info.metadata[':checksum-type'] === undefined) return {}
  const algorithms = Object.values(CHECKSUMS)
    .filter((key) => info.metadata[key] !== undefined)
    .map((key) => key.slice(':checksum-'.length).toUpperCase() as ChecksumAlgorithm)
  return { ChecksumAlgorithm: algorithms, ChecksumType: info.metadata[':checksum-type'] as ChecksumType }
}

/** Bucket, key and, where one is named, the version. */
export const versionPlace = (input: {
  Bucket?: string | undefined
  Key?: string | undefined
  VersionId?: string | undefined
}) => ({ bucket: input.Bucket!, key: input.Key!, ...(input.VersionId !== undefined && { versionId: input.VersionId }) })

/** Checksums among members of an input, `ChecksumCRC32` and the like, by algorithm. */
export const checksumsOf = (input: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(CHECKSUMS)
      .map(([member, key]) => [key.slice(':checksum-'.length), (input as Record<string, string | undefined>)[member]])
      .filter((pair): pair is [string, string] => pair[1] !== undefined),
  )

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

/** Where a part of an object lies; an object that was put in one has one part. */
export function partRange(info: ObjectInfo, number: number): { start: number; end: number; count: number } {
  const sizes = partSizes(info)
  if (!(number >= 1 && number <= sizes.length))
    throw new EngineError('InvalidPartNumber', 'The requested partnumber is not satisfiable')
  const start = sizes.slice(0, number - 1).reduce((sum, size) => sum + size, 0)
  return { start, end: start + sizes[number - 1] - 1, count: sizes.length }
}

export function partSizes(info: ObjectInfo): number[] {
  const text = info.metadata[PARTS]
  if (text === undefined) return [info.size]
  return text.split(',').flatMap((run) => {
    const [size, count = 1] = run.split('x').map(Number)
    return Array.from({ length: count }, () => size)
  })
}

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
