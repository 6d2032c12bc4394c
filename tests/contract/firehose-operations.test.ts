import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  ListTagsForDeliveryStreamCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
  StartDeliveryStreamEncryptionCommand,
  StopDeliveryStreamEncryptionCommand,
  TagDeliveryStreamCommand,
  UntagDeliveryStreamCommand,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as firehoseEngine } from '../../src/engines/firehose/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as streamEngine } from '../../src/engines/stream/engine.ts'
import { startEngines } from '../support/engines.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { batchOf, FakeLake } from './firehose-fakes.ts'

let gate: TestGate
let firehose: FirehoseClient
const lake = new FakeLake()

beforeAll(async () => {
  gate = await startGate([streamEngine, firehoseEngine], { fakes: { lake } })
  firehose = new FirehoseClient(gate.config)
})
afterAll(async () => {
  firehose.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

const RoleARN = 'arn:aws:iam::000000000000:role/firehose'
const s3 = { RoleARN, BucketARN: 'arn:aws:s3:::lake' }
const advance = (ms: number) => (gate.engines.clock as ManualClock).advance(ms)

const create = (DeliveryStreamName: string, more: object = {}) =>
  firehose.send(
    new CreateDeliveryStreamCommand({ DeliveryStreamName, ExtendedS3DestinationConfiguration: s3, ...more }),
  )
const remove = (DeliveryStreamName: string) => firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }))
const described = async (DeliveryStreamName: string) =>
  (await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }))).DeliveryStreamDescription!

describe('tags', () => {
  const tags = async (DeliveryStreamName: string, more: object = {}) =>
    firehose.send(new ListTagsForDeliveryStreamCommand({ DeliveryStreamName, ...more }))

  it('are set at creation, added, replaced, listed page by page and removed', async () => {
    await create('tagged', { Tags: [{ Key: 'team', Value: 'flights' }, { Key: 'empty' }] })
    await firehose.send(
      new TagDeliveryStreamCommand({
        DeliveryStreamName: 'tagged',
        Tags: [
          { Key: 'team', Value: 'rail' },
          { Key: 'a/b', Value: 'x = y' },
        ],
      }),
    )
    expect((await tags('tagged')).Tags).toEqual([
      { Key: 'a/b', Value: 'x = y' },
      { Key: 'empty', Value: '' },
      { Key: 'team', Value: 'rail' },
    ])
    expect(await tags('tagged', { Limit: 1, ExclusiveStartTagKey: 'a/b' })).toMatchObject({
      Tags: [{ Key: 'empty' }],
      HasMoreTags: true,
    })
    await firehose.send(new UntagDeliveryStreamCommand({ DeliveryStreamName: 'tagged', TagKeys: ['a/b', 'unknown'] }))
    expect((await tags('tagged')).Tags?.map(({ Key }) => Key)).toEqual(['empty', 'team'])
    await remove('tagged')
  })

  it('are at most fifty, of keys that are not reserved, each once', async () => {
    await create('tags')
    const tag = (...keys: string[]) =>
      firehose.send(
        new TagDeliveryStreamCommand({ DeliveryStreamName: 'tags', Tags: keys.map((Key) => ({ Key, Value: 'v' })) }),
      )
    await tag(...Array.from({ length: 50 }, (_, i) => `k${i}`))
    await expect(tag('one-more')).rejects.toMatchObject({ name: 'LimitExceededException' })
    await tag('k7')
    await expect(tag('AWS:x')).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    await expect(tag('k1', 'k1')).rejects.toThrow(/k1 twice/)
    await expect(tag('a'.repeat(129))).rejects.toThrow(/less than or equal to 128/)
    await expect(tag('what?')).rejects.toThrow(/regular expression/)
    await expect(tags('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await remove('tags')
  })
})

describe('versions and places in lists', () => {
  it('changes a destination only from its current version, and tells when', async () => {
    await create('versions', { ExtendedS3DestinationConfiguration: { ...s3, Prefix: 'one/', FileExtension: '.jsonl' } })
    await advance(5000)
    const update = (CurrentDeliveryStreamVersionId: string, DestinationId = 'destinationId-000000000001') =>
      firehose.send(
        new UpdateDestinationCommand({
          DeliveryStreamName: 'versions',
          CurrentDeliveryStreamVersionId,
          DestinationId,
          ExtendedS3DestinationUpdate: { Prefix: 'two/', CompressionFormat: 'ZIP' },
        }),
      )
    await update('1')
    const { VersionId, CreateTimestamp, LastUpdateTimestamp, Destinations } = await described('versions')
    expect(VersionId).toBe('2')
    expect(LastUpdateTimestamp!.getTime() - CreateTimestamp!.getTime()).toBe(5000)
    expect(Destinations?.[0]).toMatchObject({
      ExtendedS3DestinationDescription: { Prefix: 'two/', CompressionFormat: 'ZIP', FileExtension: '.jsonl' },
      S3DestinationDescription: { Prefix: 'two/', CompressionFormat: 'ZIP' },
    })
    await expect(update('1')).rejects.toMatchObject({ name: 'ConcurrentModificationException' })
    await expect(update('two')).rejects.toThrow(/currentDeliveryStreamVersionId/)
    await expect(update('2', 'destinationId-000000000002')).rejects.toThrow(/DestinationId/)
    await remove('versions')
  })

  it('lists by name, by type and from a name on', async () => {
    await gate.engines.clients.stream.createStream({ stream: 's', shardCount: 1 })
    await advance(1000)
    for (const name of ['b', 'a', 'c']) await create(name)
    const KinesisStreamARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/s'
    const KinesisStreamSourceConfiguration = { KinesisStreamARN, RoleARN }
    await create('k', { DeliveryStreamType: 'KinesisStreamAsSource', KinesisStreamSourceConfiguration })
    const list = async (input: object) => firehose.send(new ListDeliveryStreamsCommand(input))
    expect(await list({ Limit: 2 })).toMatchObject({ DeliveryStreamNames: ['a', 'b'], HasMoreDeliveryStreams: true })
    expect(await list({ ExclusiveStartDeliveryStreamName: 'b' })).toMatchObject({
      DeliveryStreamNames: ['c', 'k'],
      HasMoreDeliveryStreams: false,
    })
    expect((await list({ DeliveryStreamType: 'KinesisStreamAsSource' })).DeliveryStreamNames).toEqual(['k'])
    await expect(list({ Limit: 10_001 })).rejects.toThrow(/limit/)
    expect((await described('k')).Source?.KinesisStreamSourceDescription?.KinesisStreamARN).toBe(KinesisStreamARN)
    expect((await described('a')).Destinations).toHaveLength(1)
    const after = new DescribeDeliveryStreamCommand({
      DeliveryStreamName: 'a',
      ExclusiveStartDestinationId: 'destinationId-000000000001',
    })
    expect((await firehose.send(after)).DeliveryStreamDescription?.Destinations).toEqual([])
    const start = new StartDeliveryStreamEncryptionCommand({ DeliveryStreamName: 'k' })
    await expect(firehose.send(start)).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    for (const name of ['a', 'b', 'c', 'k']) await remove(name)
  })

  it('is CREATING and DELETING while it is, and refuses a second of its name', async () => {
    let release = () => {}
    const waiting = new Promise<void>((resolve) => {
      release = resolve
    })
    const catalog = {
      getTable: async () => {
        await waiting
        return {
          database: 'db',
          name: 't',
          columns: [{ name: 'a', type: 'int' }],
          partitionKeys: [],
          location: 's3://l/',
        }
      },
    }
    await using engines = await startEngines([firehoseEngine], { fakes: { lake, catalog } })
    const { firehose: client } = engines.clients
    const conversion = { database: 'db', table: 't' }
    const creating = client.createDeliveryStream({ name: 'd', destination: { bucket: 'lake', conversion } })
    expect(await client.describeDeliveryStream({ name: 'd' })).toMatchObject({ status: 'CREATING' })
    await expect(client.put({ name: 'd', batch: batchOf(['x']) })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
    await expect(client.createDeliveryStream({ name: 'd', destination: { bucket: 'lake' } })).rejects.toMatchObject({
      code: 'ResourceInUseException',
    })
    release()
    expect(await creating).toMatchObject({ status: 'ACTIVE' })
    const deleting = client.deleteDeliveryStream({ name: 'd' })
    expect(await client.listDeliveryStreams({})).toMatchObject([{ name: 'd', status: 'DELETING' }])
    await deleting
    expect(await client.listDeliveryStreams({})).toEqual([])
  })
})

describe('encryption', () => {
  const put = (DeliveryStreamName: string, text: string) =>
    firehose.send(new PutRecordCommand({ DeliveryStreamName, Record: { Data: new TextEncoder().encode(text) } }))
  const start = (input: object = {}) =>
    firehose.send(new StartDeliveryStreamEncryptionCommand({ DeliveryStreamName: 'secret', ...input }))
  const stop = () => firehose.send(new StopDeliveryStreamEncryptionCommand({ DeliveryStreamName: 'secret' }))

  it('starts and stops, and every put says whether it was encrypted', async () => {
    await create('secret')
    expect((await described('secret')).DeliveryStreamEncryptionConfiguration).toEqual({ Status: 'DISABLED' })
    expect((await put('secret', 'a')).Encrypted).toBe(false)
    await start({ DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' } })
    expect((await described('secret')).DeliveryStreamEncryptionConfiguration).toEqual({
      Status: 'ENABLED',
      KeyType: 'AWS_OWNED_CMK',
    })
    expect((await put('secret', 'b')).Encrypted).toBe(true)
    const batch = new PutRecordBatchCommand({ DeliveryStreamName: 'secret', Records: [{ Data: new Uint8Array(3) }] })
    expect((await firehose.send(batch)).Encrypted).toBe(true)
    await stop()
    expect((await described('secret')).DeliveryStreamEncryptionConfiguration).toEqual({ Status: 'DISABLED' })
    expect((await put('secret', 'c')).Encrypted).toBe(false)
    const KeyARN = 'arn:aws:kms:us-east-1:000000000000:key/1'
    await expect(
      start({ DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN } }),
    ).rejects.toThrow(/DeliveryStreamEncryptionConfigurationInput\.KeyType "CUSTOMER_MANAGED_CMK"|KeyARN/)
    await remove('secret')
  })

  it('may be started and stopped 25 times in 24 hours', async () => {
    await create('secret')
    for (let i = 0; i < 25; i++) await (i % 2 === 0 ? start() : stop())
    await expect(stop()).rejects.toMatchObject({ name: 'LimitExceededException' })
    await advance(24 * 60 * 60 * 1000)
    await stop()
    await remove('secret')
  })

  it('keeps what waits on disk unreadable without the key, and delivers it after a start', async () => {
    const clock = new ManualClock()
    const lake = new FakeLake()
    const first = await startEngines([firehoseEngine], { clock, fakes: { lake } })
    const directory = first.workspaceDirectory
    const root = join(directory, '.millrace/firehose')
    const onDisk = () =>
      Buffer.concat(
        (readdirSync(join(root, 'streams'), { recursive: true }) as string[])
          .map((name) => join(root, 'streams', name))
          .filter((file) => statSync(file).isFile())
          .map((file) => readFileSync(file)),
      ).toString('latin1')
    const { firehose: client } = first.clients
    await client.createDeliveryStream({ name: 'd', destination: { bucket: 'lake', appendDelimiter: true } })
    const write = (text: string) => client.put({ name: 'd', batch: batchOf([text]) })
    await write('plain marker one')
    await client.startEncryption({ name: 'd' })
    await write('sealed marker two')
    await client.stopEncryption({ name: 'd' })
    await write('plain marker three')
    await first.stop()
    expect(onDisk()).toContain('plain marker one')
    expect(onDisk()).toContain('plain marker three')
    expect(onDisk()).not.toContain('marker two')
    const [key] = readdirSync(join(root, 'keys'))
    expect(statSync(join(root, 'keys', key)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(root, 'keys', key))).toHaveLength(32)

    await using second = await startEngines([firehoseEngine], { clock, fakes: { lake }, directory })
    await second.clients.firehose.flush({ name: 'd' })
    expect(lake.lines()).toEqual(['plain marker one', 'sealed marker two', 'plain marker three'])
    await second.clients.firehose.deleteDeliveryStream({ name: 'd' })
    expect(readdirSync(join(root, 'keys'))).toEqual([])
  })

  it('loses nothing when the key is away: it says so, and goes on once the key is back', async () => {
    const clock = new ManualClock()
    const lake = new FakeLake()
    const first = await startEngines([firehoseEngine], { clock, fakes: { lake } })
    const directory = first.workspaceDirectory
    const destination = { bucket: 'lake', appendDelimiter: true }
    await first.clients.firehose.createDeliveryStream({ name: 'd', destination, encrypted: true })
    await first.clients.firehose.put({ name: 'd', batch: batchOf(['kept']) })
    await first.clients.firehose.stopEncryption({ name: 'd' })
    await first.stop()
    const keys = join(directory, '.millrace/firehose/keys')
    const file = join(keys, readdirSync(keys)[0])
    renameSync(file, join(directory, 'key'))
    const without = await startEngines([firehoseEngine], { clock, fakes: { lake }, directory })
    await without.clients.firehose.flush({ name: 'd' })
    expect((await without.clients.firehose.stats({ name: 'd' })).lastError).toMatch(/the file is missing/)
    expect(lake.lines()).toEqual([])
    await without.clients.firehose.startEncryption({ name: 'd' })
    expect((await without.clients.firehose.describeDeliveryStream({ name: 'd' })).encryption).toMatchObject({
      status: 'ENABLING_FAILED',
    })
    expect(readdirSync(keys)).toEqual([])
    await without.stop()
    renameSync(join(directory, 'key'), file)
    await using again = await startEngines([firehoseEngine], { clock, fakes: { lake }, directory })
    await again.clients.firehose.flush({ name: 'd' })
    expect(lake.lines()).toEqual(['kept'])
  })
})
