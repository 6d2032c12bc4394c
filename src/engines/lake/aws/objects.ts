import {
  CopyObject$,
  type CopyObjectOutput,
  type CopyObjectRequest,
  DeleteObject$,
  type DeleteObjectOutput,
  type DeleteObjectRequest,
  DeleteObjects$,
  type DeleteObjectsOutput,
  type DeleteObjectsRequest,
  GetObject$,
  type GetObjectOutput,
  type GetObjectRequest,
  GetObjectTagging$,
  type GetObjectTaggingOutput,
  type GetObjectTaggingRequest,
  HeadObject$,
  type HeadObjectOutput,
  type HeadObjectRequest,
  PutObject$,
  type PutObjectOutput,
  type PutObjectRequest,
} from '@aws-sdk/client-s3'
import type { Clients } from '../../contract.ts'
import { verifyChecksums } from '../../kit/node/aws/checksums.ts'
import { decodeText } from '../../kit/node/aws/http.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { ObjectInfo } from '../contract.ts'
import {
  checkConditions,
  checksumMembers,
  describeObject,
  metadataOf,
  operation,
  ownedBytes,
  parseRange,
  refuse,
  UNHONOURED_PUT,
  UNHONOURED_READ,
} from './common.ts'

/** Larger objects are read and sent piece by piece, so that they need not fit in memory. */
const PIECE_BYTES = 8 * 1024 * 1024

/** A body here is bytes on the way in, and bytes or pieces of them on the way out. */
type Body<T> = Omit<T, 'Body'> & { Body?: unknown }

export const objectOperations = {
  PutObject: operation<Body<PutObjectRequest>, PutObjectOutput>({
    schema: PutObject$,
    async run(input, { clients, headers }) {
      refuse(input, [...UNHONOURED_PUT, 'WriteOffsetBytes'])
      refuse(input, ['StorageClass'], ['STANDARD'])
      refuse(input, ['ACL'], ['private', 'bucket-owner-full-control'])
      const body = ownedBytes(input.Body)
      const checksums = await verifyChecksums(headers, body)
      const info = await clients.lake.putObject({
        bucket: input.Bucket!,
        key: input.Key!,
        body,
        metadata: metadataOf(input, checksums),
        ...(input.ContentType !== undefined && { contentType: input.ContentType }),
        ...(input.IfMatch !== undefined && { ifMatch: input.IfMatch }),
        ...(input.IfNoneMatch !== undefined && { ifNoneMatch: input.IfNoneMatch }),
      })
      return { ETag: info.etag, ...checksumMembers(checksums) }
    },
  }),

  HeadObject: operation<HeadObjectRequest, HeadObjectOutput>({
    schema: HeadObject$,
    async run(input, { clients, answer }) {
      refuse(input, UNHONOURED_READ)
      const info = await clients.lake.headObject({ bucket: input.Bucket!, key: input.Key! })
      checkConditions(info, input)
      const range = parseRange(input.Range, info.size)
      if (range) answer.status = 206
      return {
        ...describeObject(info, input.ChecksumMode === 'ENABLED' && !range),
        ...overrides(input),
        ContentLength: range ? range.end - range.start + 1 : info.size,
        ...(range && { ContentRange: `bytes ${range.start}-${range.end}/${info.size}` }),
      }
    },
  }),

  GetObject: operation<GetObjectRequest, Body<GetObjectOutput>>({
    schema: GetObject$,
    async run(input, { clients, answer }) {
      refuse(input, UNHONOURED_READ)
      const place = { bucket: input.Bucket!, key: input.Key! }
      const info = await clients.lake.headObject(place)
      checkConditions(info, input)
      const range = parseRange(input.Range, info.size)
      if (range) answer.status = 206
      const { start, end } = range ?? { start: 0, end: info.size - 1 }
      return {
        Body: await readBody(clients.lake, place, info.etag, start, end),
        ...describeObject(info, input.ChecksumMode === 'ENABLED' && !range),
        ...overrides(input),
        ContentLength: end - start + 1,
        ...(range && { ContentRange: `bytes ${start}-${end}/${info.size}` }),
      }
    },
  }),

  /** Objects have no tags here, and putting some is refused; asking for them is part of what clients do when they copy. */
  GetObjectTagging: operation<GetObjectTaggingRequest, GetObjectTaggingOutput>({
    schema: GetObjectTagging$,
    async run(input, { clients }) {
      refuse(input, ['VersionId'])
      await clients.lake.headObject({ bucket: input.Bucket!, key: input.Key! })
      return { TagSet: [] }
    },
  }),

  DeleteObject: operation<DeleteObjectRequest, DeleteObjectOutput>({
    schema: DeleteObject$,
    async run(input, { clients }) {
      refuse(input, ['VersionId', 'MFA', 'IfMatch', 'IfMatchLastModifiedTime', 'IfMatchSize'])
      await clients.lake.deleteObjects({ bucket: input.Bucket!, keys: [input.Key!] })
      return {}
    },
  }),

  DeleteObjects: operation<DeleteObjectsRequest, DeleteObjectsOutput>({
    schema: DeleteObjects$,
    constraints: { 'Delete.Objects': { length: [1, 1000] } },
    async run(input, { clients }) {
      refuse(input, ['MFA'])
      const objects = input.Delete?.Objects ?? []
      for (const object of objects) refuse(object, ['VersionId', 'ETag', 'LastModifiedTime', 'Size'])
      const keys = objects.map((object) => object.Key!)
      const { deleted } = await clients.lake.deleteObjects({ bucket: input.Bucket!, keys })
      return input.Delete?.Quiet ? {} : { Deleted: deleted.map((key) => ({ Key: key })) }
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
        'IfMatch',
        'IfNoneMatch',
        'ExpectedSourceBucketOwner',
        'ChecksumAlgorithm',
      ])
      refuse(input, ['StorageClass'], ['STANDARD'])
      refuse(input, ['ACL'], ['private', 'bucket-owner-full-control'])
      refuse(input, ['TaggingDirective'], ['COPY'])
      const from = copySource(input.CopySource!)
      const to = { bucket: input.Bucket!, key: input.Key! }
      const replace = input.MetadataDirective === 'REPLACE'
      if (!replace && from.bucket === to.bucket && from.key === to.key)
        throw new EngineError(
          'InvalidRequest',
          "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        )
      checkCopy(await clients.lake.headObject(from), input)
      const info = await clients.lake.copyObject({
        from,
        to,
        ...(replace && { replace: { metadata: metadataOf(input), contentType: input.ContentType } }),
      })
      return { CopyObjectResult: { ETag: info.etag, LastModified: new Date(info.modifiedMs) } }
    },
  }),
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
  place: { bucket: string; key: string },
  etag: string,
  start: number,
  end: number,
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
  const first = await piece(start)
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

/** `bucket/key` or `/bucket/key`, escaped as in a URL. */
export function copySource(text: string): { bucket: string; key: string } {
  const [path, query] = text.split('?', 2)
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decodeText(path))
  if (!match)
    throw new EngineError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    )
  if (query !== undefined && query !== 'versionId=null')
    throw new EngineError('NotImplemented', 'Versions of objects are not offered.')
  return { bucket: match[1], key: match[2] }
}

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
