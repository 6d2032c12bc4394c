import { hash } from 'node:crypto'
import {
  AbortMultipartUpload$,
  type AbortMultipartUploadOutput,
  type AbortMultipartUploadRequest,
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUpload$,
  type CompleteMultipartUploadOutput,
  type CompleteMultipartUploadRequest,
  CreateMultipartUpload$,
  type CreateMultipartUploadOutput,
  type CreateMultipartUploadRequest,
  ListMultipartUploads$,
  type ListMultipartUploadsOutput,
  type ListMultipartUploadsRequest,
  ListParts$,
  type ListPartsOutput,
  type ListPartsRequest,
  UploadPart$,
  UploadPartCopy$,
  type UploadPartCopyOutput,
  type UploadPartCopyRequest,
  type UploadPartOutput,
  type UploadPartRequest,
} from '@aws-sdk/client-s3'
import { verifyChecksums } from '../../kit/node/aws/checksums.ts'
import { copySource } from '../../kit/node/aws/s3-address.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { compareUtf8 } from '../listing.ts'
import {
  checksumMembers,
  checksumsOf,
  checksumsOfObject,
  metadataOf,
  OWNER,
  operation,
  ownedBytes,
  refuse,
  UNHONOURED_PUT,
} from './common.ts'
import { ENCRYPTED, refuseKeys } from './encryption.ts'
import { speller } from './listings.ts'
import { checkCopy } from './objects.ts'

const placeOf = (input: { Bucket?: string; Key?: string; UploadId?: string }) => ({
  bucket: input.Bucket!,
  key: input.Key!,
  uploadId: input.UploadId!,
})

export const uploadOperations = {
  CreateMultipartUpload: operation<CreateMultipartUploadRequest, CreateMultipartUploadOutput>({
    schema: CreateMultipartUpload$,
    async run(input, { clients }) {
      refuse(input, UNHONOURED_PUT)
      refuseKeys(input)
      refuse(input, ['StorageClass'], ['STANDARD'])
      refuse(input, ['ACL'], ['private', 'bucket-owner-full-control'])
      const { algorithm, type } = wholeChecksum(input)
      const { uploadId } = await clients.lake.createMultipartUpload({
        bucket: input.Bucket!,
        key: input.Key!,
        metadata: metadataOf(input),
        checksum: `${algorithm.toLowerCase()} ${type}`,
        ...(input.ContentType !== undefined && { contentType: input.ContentType }),
      })
      return {
        ...ENCRYPTED,
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: uploadId,
        ChecksumAlgorithm: algorithm as ChecksumAlgorithm,
        ChecksumType: type as ChecksumType,
      }
    },
  }),

  UploadPart: operation<Omit<UploadPartRequest, 'Body'> & { Body?: unknown }, UploadPartOutput>({
    schema: UploadPart$,
    constraints: { PartNumber: { range: [1, 10_000] } },
    async run(input, { clients, headers }) {
      refuse(input, ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5'])
      const body = ownedBytes(input.Body)
      const md5 = hash('md5', body)
      const { etag, checksums } = await clients.lake.uploadPart({
        ...placeOf(input),
        partNumber: input.PartNumber!,
        checksums: await verifyChecksums(headers, body, md5),
        md5,
        body,
      })
      return { ...ENCRYPTED, ETag: etag, ...checksumMembers(checksums) }
    },
  }),

  UploadPartCopy: operation<UploadPartCopyRequest, UploadPartCopyOutput>({
    schema: UploadPartCopy$,
    constraints: { PartNumber: { range: [1, 10_000] } },
    async run(input, { clients }) {
      refuse(input, [
        'CopySourceSSECustomerAlgorithm',
        'CopySourceSSECustomerKey',
        'CopySourceSSECustomerKeyMD5',
        'SSECustomerAlgorithm',
        'SSECustomerKey',
        'SSECustomerKeyMD5',
      ])
      refuse({ ExpectedBucketOwner: input.ExpectedSourceBucketOwner }, [])
      const from = copySource(input.CopySource!)
      const source = await clients.lake.headObject(from)
      checkCopy(source, input)
      const range = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange ?? '')
      if (input.CopySourceRange !== undefined && !range)
        throw new EngineError(
          'InvalidArgument',
          'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
        )
      const { etag, checksums, modifiedMs } = await clients.lake.uploadPartCopy({
        ...placeOf(input),
        partNumber: input.PartNumber!,
        from,
        ...(range && { start: Number(range[1]), end: Number(range[2]) }),
      })
      return {
        ...ENCRYPTED,
        CopyPartResult: { ETag: etag, LastModified: new Date(modifiedMs), ...checksumMembers(checksums) },
        ...(source.versionId !== undefined && { CopySourceVersionId: source.versionId }),
      }
    },
  }),

  CompleteMultipartUpload: operation<CompleteMultipartUploadRequest, CompleteMultipartUploadOutput>({
    schema: CompleteMultipartUpload$,
    async run(input, { clients, endpoint }) {
      refuse(input, ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5'])
      const { checksum } = await clients.lake.listParts(placeOf(input))
      if (input.ChecksumType !== undefined && input.ChecksumType !== checksum?.split(' ')[1])
        throw new EngineError(
          'InvalidRequest',
          `The checksum type ${input.ChecksumType} is not the one that the upload was created with.`,
        )
      const parts = (input.MultipartUpload?.Parts ?? []).map((part) => {
        if (part.PartNumber === undefined || part.ETag === undefined)
          throw new EngineError(
            'MalformedXML',
            'The XML you provided was not well-formed or did not validate against our published schema',
          )
        return { partNumber: part.PartNumber, etag: part.ETag, checksums: checksumsOf(part) }
      })
      const info = await clients.lake.completeMultipartUpload({
        ...placeOf(input),
        parts,
        checksums: checksumsOf(input),
        ...(input.MpuObjectSize !== undefined && { size: input.MpuObjectSize }),
        ...(input.IfMatch !== undefined && { ifMatch: input.IfMatch }),
        ...(input.IfNoneMatch !== undefined && { ifNoneMatch: input.IfNoneMatch }),
      })
      return {
        ...ENCRYPTED,
        Location: `${endpoint}/${input.Bucket}/${input.Key}`,
        Bucket: input.Bucket,
        Key: input.Key,
        ETag: info.etag,
        ...checksumsOfObject(info),
        ...(info.versionId !== undefined && { VersionId: info.versionId }),
      }
    },
  }),

  AbortMultipartUpload: operation<AbortMultipartUploadRequest, AbortMultipartUploadOutput>({
    schema: AbortMultipartUpload$,
    async run(input, { clients }) {
      refuse(input, ['IfMatchInitiatedTime'])
      await clients.lake.abortMultipartUpload(placeOf(input))
      return {}
    },
  }),

  ListParts: operation<ListPartsRequest, ListPartsOutput>({
    schema: ListParts$,
    async run(input, { clients }) {
      refuse(input, ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5'])
      const marker = Number(input.PartNumberMarker ?? 0)
      const max = Math.min(input.MaxParts ?? 1000, 1000)
      const { parts, checksum } = await clients.lake.listParts(placeOf(input))
      const rest = parts.filter((part) => part.partNumber > marker)
      const page = rest.slice(0, max)
      const truncated = page.length < rest.length
      return {
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: input.UploadId,
        Owner: OWNER,
        Initiator: OWNER,
        StorageClass: 'STANDARD',
        PartNumberMarker: String(marker),
        MaxParts: max,
        IsTruncated: truncated,
        ...checksumNames(checksum),
        ...(truncated && { NextPartNumberMarker: String(page.at(-1)?.partNumber ?? marker) }),
        Parts: page.map((part) => ({
          PartNumber: part.partNumber,
          ETag: part.etag,
          Size: part.size,
          LastModified: new Date(part.modifiedMs),
          ...checksumMembers(part.checksums),
        })),
      }
    },
  }),

  ListMultipartUploads: operation<ListMultipartUploadsRequest, ListMultipartUploadsOutput>({
    schema: ListMultipartUploads$,
    async run(input, { clients }) {
      refuse(input, [])
      const spell = speller(input.EncodingType)
      const { Prefix: prefix = '', Delimiter: delimiter = '', KeyMarker: keyMarker = '' } = input
      const uploads = (await clients.lake.listMultipartUploads({ bucket: input.Bucket! })).filter((u) =>
        u.key.startsWith(prefix),
      )
      const marked = uploads.findIndex((u) => u.key === keyMarker && u.uploadId === input.UploadIdMarker)
      const rest = uploads.filter((u, i) => compareUtf8(u.key, keyMarker) > 0 || (marked !== -1 && i > marked))
      const max = Math.min(input.MaxUploads ?? 1000, 1000)
      const { page, commonPrefixes, next } = pageOf(rest, { prefix, delimiter, keyMarker, max })
      return {
        Bucket: input.Bucket,
        Prefix: spell(prefix),
        ...(input.Delimiter !== undefined && { Delimiter: spell(delimiter) }),
        ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
        KeyMarker: spell(keyMarker),
        UploadIdMarker: input.UploadIdMarker ?? '',
        MaxUploads: max,
        IsTruncated: next !== undefined,
        ...(next && { NextKeyMarker: spell(next.key), NextUploadIdMarker: next.uploadId ?? '' }),
        Uploads: page.map((upload) => ({
          Key: spell(upload.key),
          UploadId: upload.uploadId,
          Initiated: new Date(upload.createdMs),
          StorageClass: 'STANDARD',
          Owner: OWNER,
          Initiator: OWNER,
          ...checksumNames(upload.checksum),
        })),
        CommonPrefixes: commonPrefixes.map((common) => ({ Prefix: spell(common) })),
      }
    },
  }),
}

/** CRC64NVME is always of the full object, SHA never; the CRCs of 32 bits are either, of the parts unless told. */
function wholeChecksum(input: CreateMultipartUploadRequest): { algorithm: string; type: string } {
  const algorithm = input.ChecksumAlgorithm ?? 'CRC64NVME'
  const type = input.ChecksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  if (!(algorithm in TYPES)) refuse(input, ['ChecksumAlgorithm'])
  if (!TYPES[algorithm].includes(type))
    throw new EngineError(
      'InvalidRequest',
      `The ${type} checksum type is not supported for the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  return { algorithm, type }
}

const TYPES: Readonly<Record<string, readonly string[]>> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
}

function checksumNames(checksum: string | undefined) {
  if (checksum === undefined) return {}
  const [algorithm, type] = checksum.split(' ')
  return { ChecksumAlgorithm: algorithm.toUpperCase() as ChecksumAlgorithm, ChecksumType: type as ChecksumType }
}

/** A page of uploads in the order of keys; common prefixes count once, and those up to the marker were told already. */
function pageOf<T extends { key: string; uploadId: string }>(
  uploads: readonly T[],
  query: { prefix: string; delimiter: string; keyMarker: string; max: number },
) {
  const page: T[] = []
  const commonPrefixes: string[] = []
  let next: { key: string; uploadId?: string } | undefined
  for (const upload of uploads) {
    const end = query.delimiter === '' ? -1 : upload.key.indexOf(query.delimiter, query.prefix.length)
    const common = end === -1 ? undefined : upload.key.slice(0, end + query.delimiter.length)
    if (common !== undefined && (common === query.keyMarker || common === commonPrefixes.at(-1))) continue
    if (page.length + commonPrefixes.length === query.max) return { page, commonPrefixes, next }
    next = common === undefined ? { key: upload.key, uploadId: upload.uploadId } : { key: common }
    if (common === undefined) page.push(upload)
    else commonPrefixes.push(common)
  }
  return { page, commonPrefixes, next: undefined }
}
