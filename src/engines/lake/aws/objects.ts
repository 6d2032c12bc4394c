import { hash } from 'node:crypto'
import {
  CopyObject$,
  type CopyObjectOutput,
  type CopyObjectRequest,
  type DeletedObject,
  DeleteObject$,
  type DeleteObjectOutput,
  type DeleteObjectRequest,
  DeleteObjects$,
  type DeleteObjectsOutput,
  type DeleteObjectsRequest,
  GetObject$,
  GetObjectAttributes$,
  type GetObjectAttributesOutput,
  type GetObjectAttributesRequest,
  type GetObjectOutput,
  type GetObjectRequest,
  HeadObject$,
  type HeadObjectOutput,
  type HeadObjectRequest,
  PutObject$,
  type PutObjectOutput,
  type PutObjectRequest,
} from '@aws-sdk/client-s3'
import type { Clients } from '../../contract.ts'
import { verifyChecksums } from '../../kit/node/aws/checksums.ts'
import { copySource } from '../../kit/node/aws/s3-address.ts'
import type { AwsContext } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Deletion, ObjectInfo } from '../contract.ts'
import { tagsOf } from '../metadata.ts'
import {
  bareTag,
  checkConditions,
  checksumMembers,
  checksumsOfObject,
  describeObject,
  documentOperation,
  malformed,
  metadataOf,
  operation,
  ownedBytes,
  parseRange,
  partRange,
  partSizes,
  refuse,
  UNHONOURED_PUT,
  UNHONOURED_READ,
  versionPlace,
} from './common.ts'
import { ENCRYPTED, refuseKeys } from './encryption.ts'
import { tagsOfHeader } from './tag-rules.ts'

/** Keys that one request may delete. */
const DELETED_MAX = 1000

/** Larger objects are read and sent piece by piece, so that they need not fit in memory. */
const PIECE_BYTES = 8 * 1024 * 1024

type LakeContext = AwsContext<Pick<Clients, 'lake'>>

/** A body here is bytes on the way in, and bytes or pieces of them on the way out. */
type Body<T> = Omit<T, 'Body'> & { Body?: unknown }

export const objectOperations = {
  PutObject: operation<Body<PutObjectRequest>, PutObjectOutput>({
    schema: PutObject$,
    async run(input, { clients, headers }) {
      refuse(input, [...UNHONOURED_PUT, 'WriteOffsetBytes'])
      refuseKeys(input)
      refuse(input, ['StorageClass'], ['STANDARD'])
      refuse(input, ['ACL'], ['private', 'bucket-owner-full-control'])
      const body = ownedBytes(input.Body)
      const md5 = hash('md5', body)
      const checksums = await verifyChecksums(headers, body, md5)
      const info = await clients.lake.putObject({
        bucket: input.Bucket!,
        key: input.Key!,
        body,
        md5,
        metadata: metadataOf(input, checksums),
        ...(input.ContentType !== undefined && { contentType: input.ContentType }),
        ...(input.IfMatch !== undefined && { ifMatch: input.IfMatch }),
        ...(input.IfNoneMatch !== undefined && { ifNoneMatch: input.IfNoneMatch }),
      })
      return {
        ...ENCRYPTED,
        ETag: info.etag,
        ...checksumMembers(checksums),
        ...(Object.keys(checksums).length > 0 && { ChecksumType: 'FULL_OBJECT' as const }),
        ...(info.versionId !== undefined && { VersionId: info.versionId }),
      }
    },
  }),

  HeadObject: operation<HeadObjectRequest, HeadObjectOutput>({
    schema: HeadObject$,
    async run(input, context) {
      refuse(input, UNHONOURED_READ)
      const info = await find(input, context)
      return describeRead(input, info, context).members
    },
  }),

  GetObject: operation<GetObjectRequest, Body<GetObjectOutput>>({
    schema: GetObject$,
    async run(input, context) {
      refuse(input, UNHONOURED_READ)
      const { lake } = context.clients
      const place = versionPlace(input)
      const first = isPlain(input) ? await orMarker(input, context, lake.getObject({ ...place, ...FIRST })) : undefined
      const info = first ?? (await find(input, context))
      const { members, start, end } = describeRead(input, info, context)
      const tagCount = Object.keys(tagsOf(info)).length
      return {
        Body: await readBody(lake, place, info.etag, start, end, first?.body),
        ...members,
        ...(tagCount > 0 && { TagCount: tagCount }),
      }
    },
  }),

  GetObjectAttributes: operation<GetObjectAttributesRequest, GetObjectAttributesOutput>({
    schema: GetObjectAttributes$,
    async run(input, context) {
      refuse(input, ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5'])
      const info = await find(input, context)
      const wanted = new Set(input.ObjectAttributes)
      const sizes = partSizes(info)
      const marker = Number(input.PartNumberMarker ?? 0)
      const max = Math.min(input.MaxParts ?? 1000, 1000)
      const parts = sizes.map((Size, i) => ({ PartNumber: i + 1, Size })).slice(marker, marker + max)
      const { ChecksumType, ...sums } = checksumsOfObject(info)
      return {
        LastModified: new Date(info.modifiedMs),
        ...(info.versionId !== undefined && { VersionId: info.versionId }),
        ...(wanted.has('ETag') && { ETag: bareTag(info.etag) }),
        ...(wanted.has('Checksum') && Object.keys(sums).length > 0 && { Checksum: { ...sums, ChecksumType } }),
        ...(wanted.has('ObjectParts') &&
          sizes.length > 1 && {
            ObjectParts: {
              TotalPartsCount: sizes.length,
              PartNumberMarker: String(marker),
              NextPartNumberMarker: String(marker + parts.length),
              MaxParts: max,
              IsTruncated: marker + parts.length < sizes.length,
              Parts: parts,
            },
          }),
        ...(wanted.has('StorageClass') && { StorageClass: 'STANDARD' as const }),
        ...(wanted.has('ObjectSize') && { ObjectSize: info.size }),
      }
    },
  }),

  DeleteObject: operation<DeleteObjectRequest, DeleteObjectOutput>({
    schema: DeleteObject$,
    async run(input, { clients }) {
      refuse(input, ['MFA', 'IfMatchLastModifiedTime', 'IfMatchSize'])
      const { bucket, ...place } = versionPlace(input)
      const object = { ...place, ...(input.IfMatch !== undefined && { ifMatch: input.IfMatch }) }
      const [{ error, marker, versionId }] = await clients.lake.deleteVersions({ bucket, objects: [object] })
      if (error) throw new EngineError(error.code, error.message)
      return { ...(marker && { DeleteMarker: true }), ...(versionId !== undefined && { VersionId: versionId }) }
    },
  }),

  DeleteObjects: documentOperation<DeleteObjectsRequest, DeleteObjectsOutput>({
    schema: DeleteObjects$,
    async run(input, { clients }) {
      refuse(input, ['MFA'])
      const asked = input.Delete?.Objects ?? []
      if (asked.length < 1 || asked.length > DELETED_MAX) throw malformed()
      for (const object of asked) refuse(object, ['LastModifiedTime', 'Size'])
      const objects = asked.map(({ Key, VersionId, ETag }) => ({
        key: Key!,
        ...(VersionId !== undefined && { versionId: VersionId }),
        ...(ETag !== undefined && { ifMatch: ETag }),
      }))
      const deletions = await clients.lake.deleteVersions({ bucket: input.Bucket!, objects })
      const done = deletions.filter(({ error }) => !error)
      return {
        Errors: deletions
          .filter(({ error }) => error)
          .map(({ key, versionId, error }) => ({
            Key: key,
            ...(versionId !== undefined && { VersionId: versionId }),
            Code: error?.code,
            Message: error?.message,
          })),
        Deleted: input.Delete?.Quiet ? [] : done.map((deletion) => describeDeletion(deletion, objects)),
      }
    },
  }),

  CopyObject: operation<CopyObjectRequest, CopyObjectOutput>({
    schema: CopyObject$,
    async run(input, { clients }) {
      refuse(input, [
        ...UNHONOURED_PUT,
        'CopySourceSSECustomerAlgorithm',
        'CopySourceSSECustomerKey',
        'CopySourceSSECustomerKeyMD5',
      ])
      refuseKeys(input)
      refuse({ ExpectedBucketOwner: input.ExpectedSourceBucketOwner }, [])
      refuse(input, ['StorageClass'], ['STANDARD'])
      refuse(input, ['ACL'], ['private', 'bucket-owner-full-control'])
      const from = copySource(input.CopySource!)
      const to = { bucket: input.Bucket!, key: input.Key! }
      const replace = input.MetadataDirective === 'REPLACE'
      const tags = input.TaggingDirective === 'REPLACE' ? tagsOfHeader(input.Tagging ?? '') : undefined
      const sameKey = from.bucket === to.bucket && from.key === to.key
      const changes = replace || tags !== undefined || input.ServerSideEncryption !== undefined
      if (!changes && sameKey && from.versionId === undefined)
        throw new EngineError(
          'InvalidRequest',
          "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        )
      const source = await clients.lake.headObject(from)
      checkCopy(source, input)
      const { Tagging: _, ...described } = input
      const info = await clients.lake.copyObject({
        from,
        to,
        ...(replace && { replace: { metadata: metadataOf(described), contentType: input.ContentType } }),
        ...(tags && { tags }),
        ...(input.ChecksumAlgorithm !== undefined && { checksum: input.ChecksumAlgorithm.toLowerCase() }),
        ...(input.IfMatch !== undefined && { ifMatch: input.IfMatch }),
        ...(input.IfNoneMatch !== undefined && { ifNoneMatch: input.IfNoneMatch }),
      })
      return {
        ...ENCRYPTED,
        CopyObjectResult: { ETag: info.etag, LastModified: new Date(info.modifiedMs), ...checksumsOfObject(info) },
        ...(info.versionId !== undefined && { VersionId: info.versionId }),
        ...(source.versionId !== undefined && { CopySourceVersionId: source.versionId }),
      }
    },
  }),
}

interface Named {
  Bucket?: string | undefined
  Key?: string | undefined
  VersionId?: string | undefined
}

/** An object or a version; where a delete marker is in its place, the answer says so. */
const find = (input: Named, context: LakeContext): Promise<ObjectInfo> =>
  orMarker(input, context, context.clients.lake.headObject(versionPlace(input)))

async function orMarker<T>(input: Named, { clients, answer }: LakeContext, found: Promise<T>): Promise<T> {
  try {
    return await found
  } catch (thrown) {
    const { code } = EngineError.from(thrown)
    if (code !== 'NoSuchKey' && code !== 'MethodNotAllowed') throw thrown
    const place = versionPlace(input)
    const { versions } = await clients.lake.listVersions({ bucket: place.bucket, prefix: place.key, max: 1 })
    const [newest] = versions.filter(({ key, marker }) => key === place.key && marker)
    if (newest || place.versionId !== undefined) answer.headers['x-amz-delete-marker'] = 'true'
    const versionId = place.versionId ?? newest?.versionId
    if (versionId !== undefined) answer.headers['x-amz-version-id'] = versionId
    throw thrown
  }
}

/** A read of the whole without conditions is begun at once: what it says of the object comes with the bytes. */
const FIRST = { start: 0, end: PIECE_BYTES - 1 }

const isPlain = (input: GetObjectRequest): boolean =>
  [
    input.Range,
    input.PartNumber,
    input.IfMatch,
    input.IfNoneMatch,
    input.IfModifiedSince,
    input.IfUnmodifiedSince,
  ].every((value) => value === undefined)

/** Checks a read's conditions and says what it answers beside the body, and which bytes. */
function describeRead(input: GetObjectRequest | HeadObjectRequest, info: ObjectInfo, { answer }: LakeContext) {
  checkConditions(info, input)
  if (input.PartNumber !== undefined && input.Range !== undefined)
    throw new EngineError('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  const part = input.PartNumber === undefined ? undefined : partRange(info, input.PartNumber)
  const range = part ?? parseRange(input.Range, info.size)
  if (range) answer.status = 206
  const { start, end } = range ?? { start: 0, end: info.size - 1 }
  const members = {
    ...ENCRYPTED,
    ...describeObject(info, input.ChecksumMode === 'ENABLED' && end - start + 1 === info.size),
    ...overrides(input),
    ContentLength: end - start + 1,
    ...(range && end >= start && { ContentRange: `bytes ${start}-${end}/${info.size}` }),
    ...(part && { PartsCount: part.count }),
  }
  return { members, start, end }
}

/** A deletion with a version id tells of a marker that is gone, one without of a marker that came. */
function describeDeletion(
  { key, versionId, marker }: Deletion,
  asked: readonly { key: string; versionId?: string }[],
): DeletedObject {
  const byVersion = asked.some(
    (object) => object.key === key && object.versionId !== undefined && object.versionId === versionId,
  )
  return {
    Key: key,
    ...(byVersion && { VersionId: versionId }),
    ...(marker && { DeleteMarker: true, DeleteMarkerVersionId: versionId }),
  }
}

/** The `response-…` parameters of a signed request say what headers to answer with. */
function overrides(input: GetObjectRequest | HeadObjectRequest) {
  const given = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

async function readBody(
  lake: Clients['lake'],
  place: { bucket: string; key: string; versionId?: string },
  etag: string,
  start: number,
  end: number,
  begun: Uint8Array | undefined,
): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  if (end < start) return new Uint8Array(0)
  const piece = async (from: number) => {
    const read = await lake.getObject({ ...place, start: from, end: Math.min(end, from + PIECE_BYTES - 1) })
    // Half of one object and half of the next would be neither.
    if (read.etag !== etag)
      throw new EngineError('OperationAborted', 'The object was replaced while it was read. Please try again.', {
        retry: true,
      })
    return read.body
  }
  const first = begun ?? (await piece(start))
  if (end - start < PIECE_BYTES) return first
  return (async function* () {
    yield first
    for (let from = start + PIECE_BYTES; from <= end; from += PIECE_BYTES) yield await piece(from)
  })()
}

type CopyCondition =
  | 'CopySourceIfMatch'
  | 'CopySourceIfNoneMatch'
  | 'CopySourceIfModifiedSince'
  | 'CopySourceIfUnmodifiedSince'

export function checkCopy(source: ObjectInfo, input: Pick<CopyObjectRequest, CopyCondition>): void {
  try {
    checkConditions(source, {
      IfMatch: input.CopySourceIfMatch,
      IfNoneMatch: input.CopySourceIfNoneMatch,
      IfModifiedSince: input.CopySourceIfModifiedSince,
      IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    })
  } catch (thrown) {
    // A copy that is not needed is a failed condition, not an empty answer.
    if (EngineError.from(thrown).code !== 'NotModified') throw thrown
    throw new EngineError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
}
