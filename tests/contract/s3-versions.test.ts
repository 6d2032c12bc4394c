import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as s3 from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let client: s3.S3Client

beforeAll(async () => {
  gate = await startGate([lake])
  client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
})

afterAll(async () => {
  client?.destroy()
  await gate?.engines[Symbol.asyncDispose]()
})

async function bucketWithVersions(Bucket: string) {
  await client.send(new s3.CreateBucketCommand({ Bucket }))
  const set = (Status: s3.BucketVersioningStatus) =>
    client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
  const put = async (Key: string, Body: string, more: Partial<s3.PutObjectCommandInput> = {}) =>
    (await client.send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }))).VersionId
  const get = async (Key: string, VersionId?: string) =>
    (await client.send(new s3.GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString()
  const remove = (Key: string, VersionId?: string) =>
    client.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId }))
  const list = async (query: Partial<s3.ListObjectVersionsCommandInput> = {}) => {
    const page = await client.send(new s3.ListObjectVersionsCommand({ Bucket, ...query }))
    return { page, ids: (page.Versions ?? []).map((v) => `${v.Key} ${v.VersionId}${v.IsLatest ? ' latest' : ''}`) }
  }
  const file = (path: string) => join(gate.engines.workspaceDirectory, 'lake', Bucket, path)
  return { Bucket, set, put, get, remove, list, file }
}

describe('a bucket with versions', () => {
  it('keeps what was put before, gives it back by its id, and shows the newest as the file', async () => {
    const { Bucket, set, put, get, remove, list, file } = await bucketWithVersions('kept')
    expect(await client.send(new s3.GetBucketVersioningCommand({ Bucket }))).not.toHaveProperty('Status')
    expect(await put('a', 'before')).toBeUndefined()
    await set('Enabled')
    expect((await client.send(new s3.GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
    const two = await put('a', 'two', { Metadata: { n: '2' } })
    const three = await put('a', 'three')
    expect([await get('a'), await get('a', two), await get('a', 'null')]).toEqual(['three', 'two', 'before'])
    expect(readFileSync(file('a'), 'utf8')).toBe('three')
    expect((await client.send(new s3.HeadObjectCommand({ Bucket, Key: 'a', VersionId: two }))).Metadata).toEqual({
      n: '2',
    })
    expect((await list()).ids).toEqual([`a ${three} latest`, `a ${two}`, 'a null'])
    await expect(get('a', 'f'.repeat(32))).rejects.toMatchObject({ name: 'NoSuchVersion' })
    await expect(client.send(new s3.DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' })
    // The version before takes the place of a deleted current one.
    expect(await remove('a', three)).toMatchObject({ VersionId: three })
    expect([await get('a'), readFileSync(file('a'), 'utf8')]).toEqual(['two', 'two'])
    expect((await list()).ids).toEqual([`a ${two} latest`, 'a null'])
    await remove('a', two)
    await remove('a', 'null')
    await expect(get('a')).rejects.toMatchObject({ name: 'NoSuchKey' })
    expect((await list()).ids).toEqual([])
    await client.send(new s3.DeleteBucketCommand({ Bucket }))
  })

  it('covers a deleted object with a marker, which can be taken away again', async () => {
    const { Bucket, set, put, get, remove, list, file } = await bucketWithVersions('marked')
    await set('Enabled')
    const one = await put('dir/a', 'one')
    const { DeleteMarker, VersionId } = await remove('dir/a')
    expect(DeleteMarker).toBe(true)
    expect(existsSync(file('dir'))).toBe(false)
    const head = client.send(new s3.HeadObjectCommand({ Bucket, Key: 'dir/a' }))
    await expect(head).rejects.toMatchObject({ name: 'NotFound' })
    const answer = await fetch(`${gate.endpoint}/${Bucket}/dir/a`)
    expect([answer.status, answer.headers.get('x-amz-delete-marker'), answer.headers.get('x-amz-version-id')]).toEqual([
      404,
      'true',
      VersionId,
    ])
    await expect(get('dir/a', VersionId)).rejects.toMatchObject({ name: 'MethodNotAllowed' })
    expect(await get('dir/a', one)).toBe('one')
    const { page } = await list()
    expect(page.DeleteMarkers).toMatchObject([{ Key: 'dir/a', VersionId, IsLatest: true }])
    expect((await client.send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0)
    expect(await remove('dir/a', VersionId)).toMatchObject({ DeleteMarker: true, VersionId })
    expect([await get('dir/a'), readFileSync(file('dir/a'), 'utf8')]).toEqual(['one', 'one'])
    const batch = await client.send(
      new s3.DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'dir/a' }, { Key: 'none' }, { Key: 'dir/a', VersionId: one }] },
      }),
    )
    expect(batch.Deleted).toMatchObject([
      { Key: 'dir/a', DeleteMarker: true },
      { Key: 'none', DeleteMarker: true },
      { Key: 'dir/a', VersionId: one },
    ])
  })

  it('has one version null where versions are suspended', async () => {
    const { set, put, get, remove, list } = await bucketWithVersions('suspended')
    await set('Enabled')
    const one = await put('a', 'one')
    await set('Suspended')
    expect(await put('a', 'two')).toBe('null')
    await put('a', 'three')
    expect((await list()).ids).toEqual(['a null latest', `a ${one}`])
    expect(await remove('a')).toMatchObject({ DeleteMarker: true, VersionId: 'null' })
    expect(await get('a', one)).toBe('one')
    expect((await list()).ids).toEqual([`a ${one}`])
  })

  it('is listed in pages, also by folder', async () => {
    const { Bucket, set, put, list } = await bucketWithVersions('paged')
    await set('Enabled')
    for (const key of ['a', 'b/1', 'b/2', 'c']) for (const body of ['1', '2']) await put(key, body)
    const whole = (await list()).ids
    expect(whole.length).toBe(8)
    const found: string[] = []
    let marker: Partial<s3.ListObjectVersionsCommandInput> = {}
    for (;;) {
      const { page, ids } = await list({ ...marker, MaxKeys: 3 })
      found.push(...ids)
      if (!page.IsTruncated) break
      marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    }
    expect(found).toEqual(whole)
    const folders = await list({ Delimiter: '/', MaxKeys: 3 })
    expect(folders.page).toMatchObject({ CommonPrefixes: [{ Prefix: 'b/' }], IsTruncated: true, NextKeyMarker: 'b/' })
    const rest = await list({ Delimiter: '/', KeyMarker: 'b/' })
    expect(rest.ids.map((id) => id[0])).toEqual(['c', 'c'])
    expect((await list({ Prefix: 'b/1' })).ids.length).toBe(2)
    const copied = await client.send(
      new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/c?versionId=${whole[7].split(' ')[1]}` }),
    )
    expect(copied.CopySourceVersionId).toBe(whole[7].split(' ')[1])
    const copy = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'copy' }))
    expect(await copy.Body?.transformToString()).toBe('1')
  })

  it('stays as it is over a restart', async () => {
    const { Bucket, set, put, remove, list } = await bucketWithVersions('restarted')
    await set('Enabled')
    await put('a', 'one')
    await put('a', 'two')
    await put('b', 'one')
    await remove('b')
    const before = await list()
    const files = readdirSync(join(gate.engines.workspaceDirectory, '.millrace/lake/versions', Bucket))
    expect(files.filter((name) => !name.endsWith('.json'))).toHaveLength(2)
    const { workspaceDirectory: directory } = gate.engines
    await gate.engines.stop()
    const { startEngines } = await import('../support/engines.ts')
    const again = await startEngines([lake], { directory })
    const { versions } = await again.clients.lake.listVersions({ bucket: Bucket })
    expect(versions.filter((v) => !v.marker).map((v) => v.versionId)).toEqual(
      before.page.Versions?.map((v) => v.VersionId),
    )
    await again.stop()
    gate = await startGate([lake])
    client.destroy()
    client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
  })
})

it('lets no presigned address outlive its time, though signatures are not looked at', async () => {
  const command = new s3.ListBucketsCommand({})
  const old = { expiresIn: 30, signingDate: new Date(Date.now() - 60_000) }
  expect((await fetch(await getSignedUrl(client, command, old))).status).toBe(403)
  expect((await fetch(await getSignedUrl(client, command))).status).toBe(200)
})

describe('tags', () => {
  it('of objects are put, replaced, copied and deleted, for a version alone', async () => {
    const { Bucket, set, put } = await bucketWithVersions('tagged')
    await set('Enabled')
    const one = await put('a', '1', { Tagging: 'team=data%20lake&cost=7' })
    const tags = async (Key: string, VersionId?: string) =>
      (await client.send(new s3.GetObjectTaggingCommand({ Bucket, Key, VersionId }))).TagSet
    const given = [
      { Key: 'team', Value: 'data lake' },
      { Key: 'cost', Value: '7' },
    ]
    expect(await tags('a')).toEqual(given)
    expect((await client.send(new s3.GetObjectCommand({ Bucket, Key: 'a' }))).TagCount).toBe(2)
    await put('a', '2')
    const replace = (TagSet: s3.Tag[], VersionId?: string) =>
      client.send(new s3.PutObjectTaggingCommand({ Bucket, Key: 'a', VersionId, Tagging: { TagSet } }))
    await replace([{ Key: 'new', Value: 'x' }])
    expect([await tags('a'), await tags('a', one)]).toEqual([[{ Key: 'new', Value: 'x' }], given])
    await replace([], one)
    expect(await tags('a', one)).toEqual([])
    const copy = (more: Partial<s3.CopyObjectCommandInput>) =>
      client.send(new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a`, ...more }))
    await copy({ MetadataDirective: 'REPLACE' })
    expect(await tags('copy')).toEqual([{ Key: 'new', Value: 'x' }])
    await copy({ TaggingDirective: 'REPLACE', Tagging: 'b=2' })
    expect(await tags('copy')).toEqual([{ Key: 'b', Value: '2' }])
    await client.send(new s3.DeleteObjectTaggingCommand({ Bucket, Key: 'copy' }))
    expect(await tags('copy')).toEqual([])
    await expect(replace([{ Key: 'aws:x', Value: '' }])).rejects.toMatchObject({ name: 'InvalidTag' })
    await expect(
      replace([
        { Key: 'x', Value: '' },
        { Key: 'x', Value: '' },
      ]),
    ).rejects.toMatchObject({ name: 'InvalidTag' })
    await expect(replace(Array.from({ length: 11 }, (_, i) => ({ Key: `${i}`, Value: '' })))).rejects.toMatchObject({
      name: 'BadRequest',
    })
  })

  it('of buckets', async () => {
    const { Bucket } = await bucketWithVersions('tagged-bucket')
    const get = () => client.send(new s3.GetBucketTaggingCommand({ Bucket }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchTagSet', $metadata: { httpStatusCode: 404 } })
    const TagSet = [{ Key: 'stage', Value: 'test' }]
    await client.send(new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
    expect((await get()).TagSet).toEqual(TagSet)
    await client.send(new s3.DeleteBucketTaggingCommand({ Bucket }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchTagSet' })
  })
})
