import {
  AbortMultipartUpload$,
  type AbortMultipartUploadOutput,
  type AbortMultipartUploadRequest,
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
import { EngineError } from '../../kit/pure/errors.ts'
import { checksumMembers, metadataOf, OWNER, operation, ownedBytes, refuse, UNHONOURED_PUT } from './common.ts'
import { checkCopy, copySource } from './objects.ts'

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
      refuse(input, ['StorageClass'], ['STANDARD'])
      refuse(input, ['ACL'], ['private', 'bucket-owner-full-control'])
      const { uploadId } = await clients.lake.createMultipartUpload({
        bucket: input.Bucket!,
        key: input.Key!,
        metadata: metadataOf(input),
        ...(input.ContentType !== undefined && { contentType: input.ContentType }),
      })
      return { Bucket: input.Bucket, Key: input.Key, UploadId: uploadId }
    },
  }),

  UploadPart: operation<Omit<UploadPartRequest, 'Body'> & { Body?: unknown }, UploadPartOutput>({
    schema: UploadPart$,
    constraints: { PartNumber: { range: [1, 10_000] } },
    async run(input, { clients, headers }) {
      refuse(input, ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5'])
      const body = ownedBytes(input.Body)
      const checksums = await verifyChecksums(headers, body)
      const { etag } = await clients.lake.uploadPart({ ...placeOf(input), partNumber: input.PartNumber!, body })
      return { ETag: etag, ...checksumMembers(checksums) }
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
        'ExpectedSourceBucketOwner',
        'SSECustomerAlgorithm',
        'SSECustomerKey',
        'SSECustomerKeyMD5',
      ])
      const from = copySource(input.CopySource!)
      checkCopy(await clients.lake.headObject(from), input)
      const range = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange ?? '')
      if (input.CopySourceRange !== undefined && !range)
        throw new EngineError(
          'InvalidArgument',
          'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
        )
      const { etag, modifiedMs } = await clients.lake.uploadPartCopy({
        ...placeOf(input),
        partNumber: input.PartNumber!,
        from,
        ...(range && { start: Number(range[1]), end: Number(range[2]) }),
      })
      return { CopyPartResult: { ETag: etag, LastModified: new Date(modifiedMs) } }
    },
  }),

  CompleteMultipartUpload: operation<CompleteMultipartUploadRequest, CompleteMultipartUploadOutput>({
    schema: CompleteMultipartUpload$,
    async run(input, { clients, endpoint }) {
      refuse(input, [
        'ChecksumCRC32',
        'ChecksumCRC32C',
        'ChecksumCRC64NVME',
        'ChecksumSHA1',
        'ChecksumSHA256',
        'MpuObjectSize',
        'SSECustomerAlgorithm',
        'SSECustomerKey',
        'SSECustomerKeyMD5',
      ])
      const parts = (input.MultipartUpload?.Parts ?? []).map(({ PartNumber, ETag }) => {
        if (PartNumber === undefined || ETag === undefined)
          throw new EngineError(
            'MalformedXML',
            'The XML you provided was not well-formed or did not validate against our published schema',
          )
        return { partNumber: PartNumber, etag: ETag }
      })
      const info = await clients.lake.completeMultipartUpload({
        ...placeOf(input),
        parts,
        ...(input.IfMatch !== undefined && { ifMatch: input.IfMatch }),
        ...(input.IfNoneMatch !== undefined && { ifNoneMatch: input.IfNoneMatch }),
      })
      return {
        Location: `${endpoint}/${input.Bucket}/${input.Key}`,
        Bucket: input.Bucket,
        Key: input.Key,
        ETag: info.etag,
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
      const rest = (await clients.lake.listParts(placeOf(input))).filter((part) => part.partNumber > marker)
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
        ...(truncated && { NextPartNumberMarker: String(page.at(-1)?.partNumber ?? marker) }),
        Parts: page.map((part) => ({
          PartNumber: part.partNumber,
          ETag: part.etag,
          Size: part.size,
          LastModified: new Date(part.modifiedMs),
        })),
      }
    },
  }),

  ListMultipartUploads: operation<ListMultipartUploadsRequest, ListMultipartUploadsOutput>({
    schema: ListMultipartUploads$,
    async run(input, { clients }) {
      refuse(input, ['Delimiter', 'EncodingType'])
      const prefix = input.Prefix ?? ''
      const { KeyMarker: keyMarker = '', UploadIdMarker: idMarker } = input
      const uploads = await clients.lake.listMultipartUploads({ bucket: input.Bucket! })
      const marked = uploads.findIndex((u) => u.key === keyMarker && u.uploadId === idMarker)
      const all = uploads.filter(
        (u, i) => u.key.startsWith(prefix) && (u.key > keyMarker || (marked !== -1 && i > marked)),
      )
      const max = Math.min(input.MaxUploads ?? 1000, 1000)
      const page = all.slice(0, max)
      const last = page.at(-1)
      return {
        Bucket: input.Bucket,
        Prefix: prefix,
        MaxUploads: max,
        IsTruncated: page.length < all.length,
        ...(page.length < all.length && { NextKeyMarker: last?.key, NextUploadIdMarker: last?.uploadId }),
        Uploads: page.map((upload) => ({
          Key: upload.key,
          UploadId: upload.uploadId,
          Initiated: new Date(upload.createdMs),
          StorageClass: 'STANDARD',
          Owner: OWNER,
          Initiator: OWNER,
        })),
      }
    },
  }),
}
