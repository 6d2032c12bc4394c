import * as s3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

const DAY_MS = 86_400_000

/** Events that functions got, by function; a function that is not there, or cannot be reached, refuses. */
const got: { name: string; record: Record<string, unknown> & { s3: { object: Record<string, unknown> } } }[] = []
let reachable = true
const functions = {
  describeFunction: async ({ name }: { name: string }) => {
    if (name !== 'watcher') throw Object.assign(new Error('none'), { code: 'ResourceNotFoundException' })
    return { name }
  },
  invokeAsync: async ({ name, payload }: { name: string; payload: Uint8Array }) => {
    if (!reachable) throw new Error('the host of the functions is gone')
    got.push(...JSON.parse(new TextDecoder().decode(payload)).Records.map((record: unknown) => ({ name, record })))
    return { requestId: 'r' }
  },
}

let gate: TestGate
let client: s3.S3Client
let clock: ManualClock

beforeAll(async () => {
  gate = await startGate([lake], { fakes: { functions } })
  client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
  clock = gate.engines.clock as ManualClock
})

afterAll(async () => {
  client?.destroy()
  await gate?.engines[Symbol.asyncDispose]()
})

async function bucketWith(Bucket: string, versions = false) {
  await client.send(new s3.CreateBucketCommand({ Bucket }))
  if (versions)
    await client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const put = (Key: string, Body = 'x', more: Partial<s3.PutObjectCommandInput> = {}) =>
    client.send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }))
  const rules = (Rules: s3.LifecycleRule[]) =>
    client.send(new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  const keys = async () =>
    (await client.send(new s3.ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key) ?? []
  const versionsOf = async () => {
    const page = await client.send(new s3.ListObjectVersionsCommand({ Bucket }))
    return { versions: page.Versions ?? [], markers: page.DeleteMarkers ?? [] }
  }
  return { Bucket, put, rules, keys, versionsOf }
}

describe('encryption with keys of the service', () => {
  it('is what every object has, asked for or not; keys of others are refused', async () => {
    const { Bucket, put } = await bucketWith('sealed')
    const sealed = { ServerSideEncryption: 'AES256' }
    expect(await put('asked', 'x', { ServerSideEncryption: 'AES256' })).toMatchObject(sealed)
    expect(await put('unasked')).toMatchObject(sealed)
    const at = { Bucket, Key: 'unasked' }
    expect(await client.send(new s3.HeadObjectCommand(at))).toMatchObject(sealed)
    const onto = new s3.CopyObjectCommand({ ...at, CopySource: 'sealed/unasked', ServerSideEncryption: 'AES256' })
    expect(await client.send(onto)).toMatchObject(sealed)
    const upload = await client.send(new s3.CreateMultipartUploadCommand({ ...at, ServerSideEncryption: 'AES256' }))
    expect(upload).toMatchObject(sealed)

    const SSECustomerKey = Buffer.alloc(32).toString('base64')
    for (const [asked, name] of [
      [{ ServerSideEncryption: 'rot13' }, 'InvalidEncryptionAlgorithmError'],
      [{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k' }, 'NotImplemented'],
      [{ SSECustomerAlgorithm: 'AES256', SSECustomerKey }, 'NotImplemented'],
    ] as const)
      await expect(put('other', 'x', asked as object)).rejects.toMatchObject({ name })
    await expect(client.send(new s3.HeadObjectCommand({ Bucket, Key: 'other' }))).rejects.toThrow()
  })

  it('is the default of every bucket, and the only one', async () => {
    const { Bucket } = await bucketWith('defaults')
    const rule = async () => {
      const { ServerSideEncryptionConfiguration: is } = await client.send(new s3.GetBucketEncryptionCommand({ Bucket }))
      return is?.Rules?.[0]
    }
    const put = (SSEAlgorithm: s3.ServerSideEncryption, more: Partial<s3.ServerSideEncryptionRule> = {}) =>
      client.send(
        new s3.PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm }, ...more }],
          },
        }),
      )
    const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }
    expect(await rule()).toMatchObject(byDefault)
    await put('AES256', { BucketKeyEnabled: true, BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] } })
    expect(await rule()).toMatchObject({ ...byDefault, BucketKeyEnabled: true })
    const refused = { name: 'NotImplemented', message: expect.stringContaining('SSEAlgorithm') }
    await expect(put('aws:kms')).rejects.toMatchObject(refused)
    await expect(put('AES256', { BlockedEncryptionTypes: { EncryptionType: ['NONE'] } })).rejects.toMatchObject({
      message: expect.stringContaining('EncryptionType'),
    })
    expect(await rule()).toMatchObject({ BucketKeyEnabled: true })
    const gone = await client.send(new s3.DeleteBucketEncryptionCommand({ Bucket }))
    expect(gone.$metadata.httpStatusCode).toBe(204)
    expect(await rule()).toMatchObject(byDefault)
  })
})

describe('lifecycle rules', () => {
  it('come back as they were put, and are refused where they ask for what Millrace has not', async () => {
    const { Bucket, rules } = await bucketWith('ruled')
    const get = () => client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' })
    const Rules: s3.LifecycleRule[] = [
      { ID: 'a', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } },
      {
        ID: 'b',
        Status: 'Disabled',
        Filter: {
          And: { Prefix: 'x', Tags: [{ Key: 'k', Value: 'v' }], ObjectSizeGreaterThan: 5, ObjectSizeLessThan: 9 },
        },
        Expiration: { Date: new Date('2030-01-01T00:00:00Z') },
        NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 4 },
      },
      { ID: 'c', Status: 'Enabled', Filter: { Tag: { Key: 'k', Value: 'v' } }, Expiration: { Days: 1 } },
      {
        ID: 'd',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        Expiration: { ExpiredObjectDeleteMarker: true },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]
    await rules(Rules)
    expect((await get()).Rules).toEqual(Rules)
    const transition = { ID: 't', Status: 'Enabled', Filter: { Prefix: '' } } as const
    await expect(rules([{ ...transition, Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }])).rejects.toMatchObject(
      { name: 'NotImplemented', message: expect.stringContaining('Transitions') },
    )
    await expect(rules([{ ...transition, Expiration: { Days: 0 } }])).rejects.toMatchObject({ name: 'InvalidArgument' })
    await client.send(new s3.DeleteBucketLifecycleCommand({ Bucket }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' })
  })

  it('delete what is due at midnight of the engine’s clock, and nothing else', async () => {
    const { put, rules, keys } = await bucketWith('expiring')
    await clock.advance(DAY_MS / 2)
    await put('logs/old')
    await put('kept')
    await put('logs/large', 'x'.repeat(100))
    await put('tagged', 'x', { Tagging: 'keep=no' })
    await rules([
      {
        ID: 'logs',
        Status: 'Enabled',
        Filter: { And: { Prefix: 'logs/', ObjectSizeLessThan: 50 } },
        Expiration: { Days: 1 },
      },
      { ID: 'tags', Status: 'Enabled', Filter: { Tag: { Key: 'keep', Value: 'no' } }, Expiration: { Days: 2 } },
    ])
    await clock.advance(DAY_MS)
    // A day after noon is noon: the midnight after that is due.
    expect(await keys()).toEqual(['kept', 'logs/large', 'logs/old', 'tagged'])
    await clock.advance(DAY_MS / 2)
    expect(await keys()).toEqual(['kept', 'logs/large', 'tagged'])
    await clock.advance(DAY_MS)
    expect(await keys()).toEqual(['kept', 'logs/large'])
  })

  it('cover what is current, delete what is not, and take lone markers away', async () => {
    const { put, rules, keys, versionsOf } = await bucketWith('expiring-versions', true)
    for (const body of ['1', '2', '3']) await put('a', body)
    const noncurrent = { NoncurrentDays: 1, NewerNoncurrentVersions: 1 }
    await rules([{ ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, NoncurrentVersionExpiration: noncurrent }])
    await clock.advance(2 * DAY_MS)
    expect((await versionsOf()).versions.length).toBe(2)
    expect(await keys()).toEqual(['a'])
    await rules([
      { ID: 'cover', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
      {
        ID: 'rest',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      { ID: 'lone', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { ExpiredObjectDeleteMarker: true } },
    ])
    await clock.advance(DAY_MS)
    expect(await keys()).toEqual([])
    expect((await versionsOf()).markers.length).toBe(1)
    await clock.advance(3 * DAY_MS)
    expect(await versionsOf()).toEqual({ versions: [], markers: [] })
  })

  it('give up uploads that nobody completes', async () => {
    const { Bucket, rules } = await bucketWith('aborting')
    await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'a' }))
    const abort = { DaysAfterInitiation: 1 }
    await rules([{ ID: 'a', Status: 'Enabled', Filter: { Prefix: '' }, AbortIncompleteMultipartUpload: abort }])
    await clock.advance(3 * DAY_MS)
    expect((await client.send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([])
  })
})

describe('notifications', () => {
  const told = async (count: number) => {
    for (let turn = 0; turn < 200 && got.length < count; turn++) await clock.advance(0)
    return got
      .splice(0)
      .map(({ name, record }) =>
        `${name} ${record.eventName} ${record.s3.object.key} ${record.s3.object.size ?? ''}`.trim(),
      )
  }
  const configure = (Bucket: string, more: s3.NotificationConfiguration) =>
    client.send(new s3.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: more }))
  const watcher = 'arn:aws:lambda:us-east-1:000000000000:function:watcher'

  it('tell a function of what it asked for, by prefix and suffix, in S3’s form', async () => {
    const { Bucket, put } = await bucketWith('told', true)
    const Filter = {
      Key: {
        FilterRules: [
          { Name: 'prefix' as const, Value: 'in/' },
          { Name: 'suffix' as const, Value: '.csv' },
        ],
      },
    }
    const Events: s3.Event[] = ['s3:ObjectCreated:*', 's3:ObjectRemoved:DeleteMarkerCreated']
    const configuration = { LambdaFunctionConfigurations: [{ Id: 'one', LambdaFunctionArn: watcher, Events, Filter }] }
    await configure(Bucket, configuration)
    const kept = await client.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }))
    expect(kept.LambdaFunctionConfigurations).toEqual(configuration.LambdaFunctionConfigurations)
    await put('in/a b.csv', 'four')
    await put('in/a.txt')
    await put('out/a.csv')
    await client.send(new s3.CopyObjectCommand({ Bucket, Key: 'in/copy.csv', CopySource: `${Bucket}/out/a.csv` }))
    const { VersionId } = await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'in/copy.csv' }))
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'in/copy.csv', VersionId }))
    expect(await told(3)).toEqual([
      'watcher ObjectCreated:Put in/a+b.csv 4',
      'watcher ObjectCreated:Copy in/copy.csv 1',
      'watcher ObjectRemoved:DeleteMarkerCreated in/copy.csv',
    ])
  })

  it('wait for a function that cannot be reached, over a restart', async () => {
    const { Bucket, put } = await bucketWith('waiting')
    const Events: s3.Event[] = ['s3:ObjectCreated:Put']
    await configure(Bucket, { LambdaFunctionConfigurations: [{ LambdaFunctionArn: watcher, Events }] })
    reachable = false
    await put('a')
    await clock.settle()
    expect(got).toEqual([])
    reachable = true
    const { startEngines } = await import('../support/engines.ts')
    const { workspaceDirectory: directory } = gate.engines
    await gate.engines.stop()
    const again = await startEngines([lake], { directory, fakes: { functions } })
    for (let turn = 0; turn < 200 && got.length === 0; turn++) await (again.clock as ManualClock).advance(0)
    expect(await told(1)).toEqual(['watcher ObjectCreated:Put a 1'])
    await again.stop()
    gate = await startGate([lake], { fakes: { functions } })
    clock = gate.engines.clock as ManualClock
    client.destroy()
    client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
  })

  it('go to functions that are there, and to nothing that Millrace has not', async () => {
    const { Bucket } = await bucketWith('refused')
    const Events: s3.Event[] = ['s3:ObjectCreated:*']
    const nobody = watcher.replace('watcher', 'nobody')
    await expect(
      configure(Bucket, { LambdaFunctionConfigurations: [{ LambdaFunctionArn: nobody, Events }] }),
    ).rejects.toMatchObject({ name: 'InvalidArgument' })
    await expect(
      configure(Bucket, { QueueConfigurations: [{ QueueArn: 'arn:aws:sqs:us-east-1:000000000000:q', Events }] }),
    ).rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('QueueConfigurations') })
    await expect(
      configure(Bucket, {
        LambdaFunctionConfigurations: [{ LambdaFunctionArn: watcher, Events: ['s3:ObjectRestore:*'] }],
      }),
    ).rejects.toMatchObject({ name: 'NotImplemented' })
  })
})
