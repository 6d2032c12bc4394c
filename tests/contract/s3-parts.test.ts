import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import * as s3 from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

const MIB = 1024 * 1024
const Bucket = 'data'

let gate: TestGate
let client: s3.S3Client

beforeAll(async () => {
  gate = await startGate([lake], { settings: { signatures: 'verify' } })
  client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
  await client.send(new s3.CreateBucketCommand({ Bucket }))
})

afterAll(async () => {
  client?.destroy()
  await gate?.engines[Symbol.asyncDispose]()
})

const head = (Key: string, more: Partial<s3.HeadObjectCommandInput> = {}) =>
  client.send(new s3.HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', ...more }))

/** Two parts of 5 MiB and 3 bytes. */
const PARTS = [new Uint8Array(5 * MIB).fill(65), new Uint8Array(3).fill(66)]

async function upload(Key: string, options: Partial<s3.CreateMultipartUploadCommandInput>) {
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key, ...options }))
  const parts: s3.CompletedPart[] = []
  for (const [i, Body] of PARTS.entries()) {
    const { ChecksumAlgorithm } = options
    const answer = await client.send(
      new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: i + 1, Body, ChecksumAlgorithm }),
    )
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = answer
    parts.push({
      PartNumber: i + 1,
      ETag,
      ChecksumCRC32,
      ChecksumCRC32C,
      ChecksumCRC64NVME,
      ChecksumSHA1,
      ChecksumSHA256,
    })
  }
  const complete = (Parts: s3.CompletedPart[], more: Partial<s3.CompleteMultipartUploadCommandInput> = {}) =>
    client.send(new s3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }))
  return { UploadId, parts, complete }
}

const crc32Text = (...pieces: Uint8Array[]) => {
  const value = pieces.reduce((state, piece) => crc32(piece, state), 0)
  return Buffer.from(value.toString(16).padStart(8, '0'), 'hex').toString('base64')
}

describe('checksums of uploads in parts', () => {
  it('of the parts’ checksums', async () => {
    const { parts, complete } = await upload('composite', { ChecksumAlgorithm: 'SHA256' })
    await expect(complete(parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })))).rejects.toMatchObject({
      name: 'InvalidRequest',
    })
    await expect(complete(parts.map((part) => ({ ...part, ChecksumSHA256: 'AAAA' })))).rejects.toMatchObject({
      name: 'InvalidPart',
    })
    const sums = PARTS.map((part) => createHash('sha256').update(part).digest())
    const expected = `${createHash('sha256').update(Buffer.concat(sums)).digest('base64')}-2`
    expect(await complete(parts)).toMatchObject({ ChecksumSHA256: expected, ChecksumType: 'COMPOSITE' })
    expect(await head('composite')).toMatchObject({ ChecksumSHA256: expected, ChecksumType: 'COMPOSITE' })
  })

  it('of the full object, which the client may work out itself', async () => {
    const options = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const
    const { parts, complete } = await upload('full', options)
    const ChecksumCRC32 = crc32Text(...PARTS)
    await expect(complete(parts, { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(complete(parts, { MpuObjectSize: 7 })).rejects.toMatchObject({ name: 'InvalidRequest' })
    await expect(complete(parts, { ChecksumType: 'COMPOSITE' })).rejects.toMatchObject({ name: 'InvalidRequest' })
    await complete(parts, { ChecksumCRC32, ChecksumType: 'FULL_OBJECT', MpuObjectSize: 5 * MIB + 3 })
    expect(await head('full')).toMatchObject({ ChecksumCRC32, ChecksumType: 'FULL_OBJECT' })
  })

  it('that S3 adds where nobody asked, and types that it does not have', async () => {
    const { parts, complete } = await upload('default', {})
    await complete(parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })))
    expect((await head('default')).ChecksumCRC64NVME).toMatch(/^[A-Za-z0-9+/]{11}=$/)
    const wrong = { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' } as const
    await expect(upload('wrong', wrong)).rejects.toMatchObject({ name: 'InvalidRequest' })
  })
})

describe('parts of an object', () => {
  it('are read one by one, and told of', async () => {
    const { parts, complete } = await upload('parts', { ChecksumAlgorithm: 'CRC32' })
    await complete(parts)
    const second = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'parts', PartNumber: 2 }))
    expect([second.PartsCount, second.ContentRange, await second.Body?.transformToString()]).toEqual([
      2,
      `bytes ${5 * MIB}-${5 * MIB + 2}/${5 * MIB + 3}`,
      'BBB',
    ])
    await expect(head('parts', { PartNumber: 3 })).rejects.toMatchObject({ $metadata: { httpStatusCode: 416 } })
    const told = await client.send(
      new s3.GetObjectAttributesCommand({
        Bucket,
        Key: 'parts',
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'],
        MaxParts: 1,
      }),
    )
    expect(told).toMatchObject({
      ETag: expect.stringMatching(/^[0-9a-f]{32}-2$/),
      Checksum: { ChecksumType: 'COMPOSITE', ChecksumCRC32: expect.stringMatching(/-2$/) },
      ObjectParts: { TotalPartsCount: 2, IsTruncated: true, Parts: [{ PartNumber: 1, Size: 5 * MIB }] },
      StorageClass: 'STANDARD',
      ObjectSize: 5 * MIB + 3,
    })
  })

  it('are copied from other objects, and listed with their uploads', async () => {
    await client.send(new s3.PutObjectCommand({ Bucket, Key: 'source', Body: 'x'.repeat(100) }))
    const place = { Bucket, Key: 'folder/copied' }
    const { UploadId } = await client.send(
      new s3.CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: 'CRC32' }),
    )
    const { CopyPartResult } = await client.send(
      new s3.UploadPartCopyCommand({
        ...place,
        UploadId,
        PartNumber: 1,
        CopySource: 'data/source',
        CopySourceRange: 'bytes=10-19',
      }),
    )
    expect(CopyPartResult?.ChecksumCRC32).toBe(crc32Text(Buffer.from('x'.repeat(10))))
    const listed = await client.send(new s3.ListPartsCommand({ ...place, UploadId }))
    expect(listed).toMatchObject({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE', Parts: [{ Size: 10 }] })
    const uploads = (query: Partial<s3.ListMultipartUploadsCommandInput>) =>
      client.send(new s3.ListMultipartUploadsCommand({ Bucket, ...query }))
    expect((await uploads({ Delimiter: '/' })).CommonPrefixes).toEqual([{ Prefix: 'folder/' }])
    expect((await uploads({ Prefix: 'folder/', EncodingType: 'url' })).Uploads).toMatchObject([
      { Key: 'folder/copied', UploadId },
    ])
    await client.send(new s3.AbortMultipartUploadCommand({ ...place, UploadId }))
    expect((await uploads({ Prefix: 'folder/' })).Uploads ?? []).toEqual([])
  })

  it('go up by the stock upload, several at once, and come down the same', async () => {
    const Body = Buffer.alloc(23 * MIB, 'millrace ')
    const params = { Bucket, Key: 'uploaded', Body, Tagging: 'a=1' }
    const done = await new Upload({ client, params, queueSize: 4, partSize: 5 * MIB }).done()
    expect(done.ETag).toMatch(/-5"$/)
    const back = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'uploaded', ChecksumMode: 'ENABLED' }))
    expect(Buffer.from(await back.Body!.transformToByteArray()).equals(Body)).toBe(true)
    expect(back.TagCount).toBe(1)
    await new Upload({ client, params: { Bucket, Key: 'small', Body: 'small' } }).done()
    expect((await head('small')).ContentLength).toBe(5)
  })
})

describe('presigned addresses', () => {
  it('let anybody put and get what was signed, and nothing else, until they expire', async () => {
    const put = await getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key: 'signed', ContentType: 'text/x' }), {
      signableHeaders: new Set(['content-type']),
    })
    const sent = await fetch(put, { method: 'PUT', body: 'by address', headers: { 'content-type': 'text/x' } })
    expect(sent.status).toBe(200)
    const other = await fetch(put, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/y' } })
    expect([other.status, await other.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')])
    const command = new s3.GetObjectCommand({
      Bucket,
      Key: 'signed',
      ResponseContentType: 'text/z',
      ResponseContentDisposition: 'attachment; filename="a.txt"',
    })
    const got = await fetch(await getSignedUrl(client, command))
    expect([got.headers.get('content-type'), got.headers.get('content-disposition'), await got.text()]).toEqual([
      'text/z',
      'attachment; filename="a.txt"',
      'by address',
    ])
    const signingDate = new Date(Date.now() - 60_000)
    const late = await fetch(await getSignedUrl(client, command, { expiresIn: 30, signingDate }))
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')])
  })
})
