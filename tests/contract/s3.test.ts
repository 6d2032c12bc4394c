import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import * as s3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let client: s3.S3Client

beforeAll(async () => {
  gate = await startGate([lake], { settings: { signatures: 'verify' } })
  client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
  await client.send(new s3.CreateBucketCommand({ Bucket: 'data' }))
})

afterAll(async () => {
  client?.destroy()
  await gate?.engines[Symbol.asyncDispose]()
})

const put = (Key: string, Body: string | Uint8Array, more: Partial<s3.PutObjectCommandInput> = {}) =>
  client.send(new s3.PutObjectCommand({ Bucket: 'data', Key, Body, ...more }))
const get = (Key: string, more: Partial<s3.GetObjectCommandInput> = {}) =>
  client.send(new s3.GetObjectCommand({ Bucket: 'data', Key, ...more }))

describe('objects through the stock client', () => {
  it('come back as they were put, with their headers', async () => {
    const answer = await put('a/ü +&=?%41.csv', 'hello', {
      ContentType: 'text/csv',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { origin: 'Graz' },
    })
    expect(answer.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"')
    expect(readFileSync(join(gate.engines.workspaceDirectory, 'lake/data/a/ü +&=%3F%2541.csv'), 'utf8')).toBe('hello')
    const read = await get('a/ü +&=?%41.csv')
    expect(await read.Body?.transformToString()).toBe('hello')
    expect(read).toMatchObject({
      ContentLength: 5,
      ContentType: 'text/csv',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { origin: 'Graz' },
      ETag: answer.ETag,
      ChecksumCRC32: answer.ChecksumCRC32,
    })
    const head = await client.send(new s3.HeadObjectCommand({ Bucket: 'data', Key: 'a/ü +&=?%41.csv' }))
    expect(head).toMatchObject({ ContentLength: 5, Metadata: { origin: 'Graz' } })
  })

  it('may be empty, and may be large', async () => {
    await put('empty', '')
    expect(await (await get('empty')).Body?.transformToString()).toBe('')
    const large = new Uint8Array(20 * 1024 * 1024).map((_, i) => i * 31)
    await put('large', large)
    const back = await (await get('large')).Body!.transformToByteArray()
    expect(createHash('md5').update(back).digest('hex')).toBe(createHash('md5').update(large).digest('hex'))
  })

  it('are read in ranges', async () => {
    await put('digits', '0123456789')
    const range = async (Range: string) => {
      const read = await get('digits', { Range })
      return [read.$metadata.httpStatusCode, read.ContentRange, await read.Body?.transformToString()]
    }
    expect(await range('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await range('bytes=7-99')).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await range('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789'])
    await expect(range('bytes=10-')).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } })
  })

  it('are read and written under conditions', async () => {
    const { ETag } = await put('condition', 'one')
    await expect(get('condition', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
    await expect(get('condition', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect((await get('condition', { IfMatch: ETag })).ETag).toBe(ETag)
    await expect(put('condition', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await put('condition', 'two', { IfMatch: ETag })
    await expect(put('condition', 'three', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })

  it('are copied with their metadata or with new', async () => {
    await put('from here/ö', 'text', { ContentType: 'text/plain', Metadata: { a: '1' } })
    const copy = (more: Partial<s3.CopyObjectCommandInput>) =>
      client.send(
        new s3.CopyObjectCommand({ Bucket: 'data', Key: 'copy', CopySource: encodeURI('data/from here/ö'), ...more }),
      )
    expect((await copy({})).CopyObjectResult?.ETag).toBe((await get('copy')).ETag)
    expect((await get('copy')).Metadata).toEqual({ a: '1' })
    await copy({ MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'x/y' })
    expect(await get('copy')).toMatchObject({ Metadata: { b: '2' }, ContentType: 'x/y' })
    await expect(copy({ CopySource: 'data/none' })).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it('are refused where the body was damaged on the way', async () => {
    await expect(put('damaged', 'x', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(
      put('damaged', 'x', { ContentMD5: createHash('md5').update('y').digest('base64') }),
    ).rejects.toMatchObject({
      name: 'BadDigest',
    })
    for (const ChecksumAlgorithm of ['CRC32', 'SHA1', 'SHA256'] as const) await put('sound', 'x', { ChecksumAlgorithm })
    // Check values of the CRC catalogue for "123456789".
    await put('sound', '123456789', { ChecksumCRC32C: Buffer.from('e3069283', 'hex').toString('base64') })
    await put('sound', '123456789', { ChecksumCRC64NVME: Buffer.from('ae8b14860a799888', 'hex').toString('base64') })
  })

  it('are refused, not half done, where they ask for what Millrace has not', async () => {
    await expect(put('x', 'x', { ServerSideEncryption: 'aws:kms' })).rejects.toMatchObject({ name: 'NotImplemented' })
    await expect(put('x', 'x', { StorageClass: 'GLACIER' })).rejects.toMatchObject({ name: 'NotImplemented' })
    await expect(client.send(new s3.GetBucketAclCommand({ Bucket: 'data' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    })
    await expect(get('x')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } })
    await expect(put('k'.repeat(1025), '')).rejects.toMatchObject({ name: 'KeyTooLongError' })
  })
})

describe('listings', () => {
  it('come in pages, by folder, in UTF-8 order', async () => {
    await client.send(new s3.CreateBucketCommand({ Bucket: 'listed' }))
    const keys = ['a/1', 'a/2', 'b/1', 'c', 'd', 'e&<>', '\uffee', '😀']
    for (const Key of keys) await client.send(new s3.PutObjectCommand({ Bucket: 'listed', Key, Body: 'x' }))
    const found: (string | undefined)[] = []
    for await (const page of s3.paginateListObjectsV2({ client, pageSize: 3 }, { Bucket: 'listed' }))
      found.push(...(page.Contents ?? []).map((o) => o.Key))
    expect(found).toEqual(keys)
    const folders = await client.send(new s3.ListObjectsV2Command({ Bucket: 'listed', Delimiter: '/', MaxKeys: 2 }))
    expect(folders).toMatchObject({
      IsTruncated: true,
      KeyCount: 2,
      CommonPrefixes: [{ Prefix: 'a/' }, { Prefix: 'b/' }],
    })
    const next = { Bucket: 'listed', Delimiter: '/', ContinuationToken: folders.NextContinuationToken }
    const rest = await client.send(new s3.ListObjectsV2Command(next))
    expect(rest.Contents?.map((o) => o.Key)).toEqual(['c', 'd', 'e&<>', '\uffee', '😀'])
    const old = await client.send(new s3.ListObjectsCommand({ Bucket: 'listed', Delimiter: '/', MaxKeys: 1 }))
    expect(old.NextMarker).toBe('a/')
    const older = await client.send(
      new s3.ListObjectsCommand({ Bucket: 'listed', Delimiter: '/', Marker: 'a/', MaxKeys: 1 }),
    )
    expect(older.CommonPrefixes).toEqual([{ Prefix: 'b/' }])
    const deletion = { Objects: keys.map((Key) => ({ Key })) }
    const deleted = await client.send(new s3.DeleteObjectsCommand({ Bucket: 'listed', Delete: deletion }))
    expect(deleted.Deleted?.length).toBe(keys.length)
    await client.send(new s3.DeleteBucketCommand({ Bucket: 'listed' }))
  })

  it('show files that were put into the folder by hand', async () => {
    await put('hand/one', '1')
    writeFileSync(join(gate.engines.workspaceDirectory, 'lake/data/hand/two'), '22')
    const page = await client.send(new s3.ListObjectsV2Command({ Bucket: 'data', Prefix: 'hand/' }))
    expect(page.Contents?.map((o) => [o.Key, o.Size])).toEqual([
      ['hand/one', 1],
      ['hand/two', 2],
    ])
  })
})

describe('buckets', () => {
  it('are listed, located and refused in S3’s words', async () => {
    const { Buckets } = await client.send(new s3.ListBucketsCommand({}))
    expect(Buckets?.map((b) => b.Name)).toContain('data')
    const { LocationConstraint } = await client.send(new s3.GetBucketLocationCommand({ Bucket: 'data' }))
    expect(LocationConstraint ?? '').toBe('')
    expect((await client.send(new s3.HeadBucketCommand({ Bucket: 'data' }))).BucketRegion).toBe('us-east-1')
    await expect(client.send(new s3.HeadBucketCommand({ Bucket: 'nope' }))).rejects.toMatchObject({ name: 'NotFound' })
    await expect(client.send(new s3.CreateBucketCommand({ Bucket: 'No_Name' }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    })
    await put('full', '1')
    await expect(client.send(new s3.DeleteBucketCommand({ Bucket: 'data' }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
    })
    await expect(client.send(new s3.ListObjectsV2Command({ Bucket: 'nope' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    })
  })

  it('keep keys with control characters apart from others', async () => {
    const Bucket = 'controls'
    await client.send(new s3.CreateBucketCommand({ Bucket }))
    const [odd, plain] = ['a\u0001b', 'ab']
    for (const Key of [odd, plain]) await put(Key, 'x', { Bucket })
    const keys = async () =>
      (await client.send(new s3.ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key)
    expect(await keys()).toEqual([odd, plain])
    const { Versions } = await client.send(new s3.ListObjectVersionsCommand({ Bucket }))
    expect(Versions?.map(({ Key }) => Key)).toEqual([odd, plain])
    const { Key } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: odd }))
    expect(Key).toBe(odd)
    // Its document cannot name such a key: nothing of it is done.
    const Delete = { Objects: [{ Key: odd }, { Key: plain }] }
    const refused = { name: 'MalformedXML' }
    await expect(client.send(new s3.DeleteObjectsCommand({ Bucket, Delete }))).rejects.toMatchObject(refused)
    expect(await keys()).toEqual([odd, plain])
    const many = Array.from({ length: 1001 }, (_, i) => ({ Key: `k${i}` }))
    const deleting = client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: many } }))
    await expect(deleting).rejects.toMatchObject(refused)
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: odd }))
    expect(await keys()).toEqual([plain])
  })

  it('are found in the host too', async () => {
    // Not every resolver knows that *.localhost is this machine (RFC 6761).
    const lookup: LookupFunction = (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }])
    const requestHandler = { httpAgent: new Agent({ lookup }) }
    const virtual = new s3.S3Client({ ...gate.config, endpoint: `http://localhost:${gate.port}`, requestHandler })
    await put('hosted', 'here')
    const read = await virtual.send(new s3.GetObjectCommand({ Bucket: 'data', Key: 'hosted' }))
    expect(await read.Body?.transformToString()).toBe('here')
    virtual.destroy()
  })
})

it('joins uploads in parts', async () => {
  const place = { Bucket: 'data', Key: 'parts' }
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ ...place, Metadata: { a: 'b' } }))
  const part = (PartNumber: number, Body: Uint8Array) =>
    client.send(new s3.UploadPartCommand({ ...place, UploadId, PartNumber, Body }))
  const sizes = [5 * 1024 * 1024, 3]
  const tags = []
  for (const [i, size] of sizes.entries()) tags.push((await part(i + 1, new Uint8Array(size).fill(65 + i))).ETag)
  const listed = await client.send(new s3.ListPartsCommand({ ...place, UploadId }))
  expect(listed.Parts?.map((p) => p.Size)).toEqual(sizes)
  const uploads = await client.send(new s3.ListMultipartUploadsCommand({ Bucket: 'data' }))
  expect(uploads.Uploads?.map((u) => u.UploadId)).toEqual([UploadId])
  const MultipartUpload = { Parts: tags.map((ETag, i) => ({ PartNumber: i + 1, ETag })) }
  const whole = await client.send(new s3.CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload }))
  expect(whole.ETag).toMatch(/^"[0-9a-f]{32}-2"$/)
  const end = await get('parts', { Range: 'bytes=-4' })
  expect(await end.Body?.transformToString()).toBe('ABBB')
  expect(end.Metadata).toEqual({ a: 'b' })

  const second = await client.send(new s3.CreateMultipartUploadCommand(place))
  await client.send(new s3.AbortMultipartUploadCommand({ ...place, UploadId: second.UploadId }))
  await expect(
    client.send(new s3.UploadPartCommand({ ...place, UploadId: second.UploadId, PartNumber: 1, Body: 'x' })),
  ).rejects.toMatchObject({ name: 'NoSuchUpload' })
})

describe('signatures, when they are checked', () => {
  it('refuse a wrong key and a stranger', async () => {
    const wrong = (credentials: { accessKeyId: string; secretAccessKey: string }) => {
      const other = new s3.S3Client({ ...gate.config, forcePathStyle: true, credentials })
      return other.send(new s3.ListBucketsCommand({})).finally(() => other.destroy())
    }
    await expect(wrong({ ...gate.config.credentials, secretAccessKey: 'no' })).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    })
    await expect(wrong({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'no' })).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    })
    expect((await fetch(`${gate.endpoint}/data/full`)).status).toBe(403)
  })
})
