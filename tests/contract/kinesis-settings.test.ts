import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as model from '@aws-sdk/client-kinesis'
import {
  AddTagsToStreamCommand,
  CreateChannelCommand,
  CreateStreamCommand,
  DeleteChannelCommand,
  DeleteResourcePolicyCommand,
  DescribeAccountSettingsCommand,
  DescribeChannelCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  DisableEnhancedMonitoringCommand,
  EnableEnhancedMonitoringCommand,
  GetRecordsCommand,
  GetResourcePolicyCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListChannelsCommand,
  ListShardsCommand,
  ListTagsForResourceCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  PutRecordsCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  type ShardFilter,
  SplitShardCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  type StreamMode,
  SubscribeToShardCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAccountSettingsCommand,
  UpdateChannelCommand,
  UpdateMaxRecordSizeCommand,
  UpdateStreamModeCommand,
  UpdateStreamRecordDistributionStrategyCommand,
  UpdateStreamWarmThroughputCommand,
} from '@aws-sdk/client-kinesis'
import { decode, encode } from 'cbor-x'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operationsOfModel } from '../../src/engines/kit/node/aws/service.ts'
import { service } from '../../src/engines/stream/aws.ts'
import { bytes, startKinesis, streamArn, type TestKinesis, text } from '../support/kinesis.ts'

let server: TestKinesis
let kinesis: KinesisClient
const HALF = '170141183460469231731687303715884105728'
const HOUR = 3600_000
const DAY = 24 * HOUR

beforeAll(async () => {
  server = await startKinesis()
  kinesis = server.kinesis
})

afterAll(() => server[Symbol.asyncDispose]())

async function active(StreamName: string, more: object = { ShardCount: 1 }): Promise<void> {
  await kinesis.send(new CreateStreamCommand({ StreamName, ...more }))
  await server.clock.advance(1000)
}

const summary = async (StreamName: string) =>
  (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary!

const put = (StreamName: string, Data: string | Uint8Array, more: object = {}) =>
  kinesis.send(
    new PutRecordCommand({
      StreamName,
      PartitionKey: 'k',
      Data: typeof Data === 'string' ? bytes(Data) : Data,
      ...more,
    }),
  )

async function get(StreamName: string, ShardId = 'shardId-000000000000', client = kinesis) {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  )
  return (await client.send(new GetRecordsCommand({ ShardIterator }))).Records!
}

async function post(name: string, body: string | Uint8Array<ArrayBuffer>, encoding: 'json' | 'cbor') {
  const answer = await fetch(server.endpoint, {
    method: 'POST',
    headers: {
      'content-type': `application/x-amz-${encoding}-1.1`,
      'x-amz-target': `Kinesis_20131202.${name}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
    },
    body,
  })
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) }
}

const rejects = (sent: Promise<unknown>, name: string, message: string | RegExp) =>
  expect(sent).rejects.toMatchObject({
    name,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })

it('answers every operation of the model', () => {
  const names = operationsOfModel(model as Record<string, unknown>).map((schema) => schema[2])
  expect(names).toHaveLength(45)
  expect(Object.keys(service.operations).sort()).toEqual(names.sort())
})

describe('encryption at rest', () => {
  /** Files under the engine's folder that hold the words. */
  function holders(folder: string, words: string): string[] {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name)
      if (statSync(path).isDirectory()) return holders(path, words)
      return readFileSync(path).includes(words) ? [path] : []
    })
  }

  it('hides what is put while it is on, from the files alone', async () => {
    const on = await startKinesis({ settings: { tailCacheBytes: 0 } })
    const folder = join(on.engines.workspaceDirectory, '.millrace/stream')
    const StreamName = 'secret'
    const send = (words: string) =>
      on.kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: `key-${words}`, Data: bytes(words) }))
    await on.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    await on.clock.advance(1000)
    expect((await send('open-before')).EncryptionType).toBeUndefined()
    const key = { StreamName, EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' } as const
    await on.kinesis.send(new StartStreamEncryptionCommand(key))
    const updating = await on.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
    expect(updating.StreamDescriptionSummary).toMatchObject({ StreamStatus: 'UPDATING', EncryptionType: 'NONE' })
    await on.clock.advance(1000)
    const described = await on.kinesis.send(new DescribeStreamCommand({ StreamName }))
    expect(described.StreamDescription).toMatchObject({ EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' })
    expect((await send('hidden-one')).EncryptionType).toBe('KMS')
    const many = await on.kinesis.send(
      new PutRecordsCommand({ StreamName, Records: [{ PartitionKey: 'p', Data: bytes('hidden-two') }] }),
    )
    expect(many.EncryptionType).toBe('KMS')
    // Another key takes over; what the first one hid can still be read.
    await on.kinesis.send(
      new StartStreamEncryptionCommand({ ...key, KeyId: 'arn:aws:kms:us-east-1:000000000000:key/1234' }),
    )
    await on.clock.advance(1000)
    await send('hidden-three')
    await rejects(on.kinesis.send(new StopStreamEncryptionCommand(key)), 'InvalidArgumentException', /is not the key/)
    await on.kinesis.send(
      new StopStreamEncryptionCommand({ ...key, KeyId: 'arn:aws:kms:us-east-1:000000000000:key/1234' }),
    )
    await on.clock.advance(1000)
    expect((await send('open-after')).EncryptionType).toBeUndefined()

    const seen = await get(StreamName, undefined, on.kinesis)
    const expected = [
      ['open-before', undefined],
      ['hidden-one', 'KMS'],
      ['hidden-two', 'KMS'],
      ['hidden-three', 'KMS'],
      ['open-after', undefined],
    ]
    expect(seen.map((record) => [text(record.Data), record.EncryptionType])).toEqual(expected)
    expect(holders(folder, 'open-before')).toHaveLength(1)
    expect(holders(folder, 'open-after')).toHaveLength(1)
    expect(holders(folder, 'hidden-')).toEqual([])

    const masterKey = join(folder, 'master.key')
    expect(statSync(masterKey).mode & 0o777).toBe(0o600)
    await on.engines.stop()
    const again = await startKinesis({ directory: on.engines.workspaceDirectory, clock: on.clock })
    const records = await get(StreamName, undefined, again.kinesis)
    expect(records.map((record) => [text(record.Data), record.EncryptionType])).toEqual(expected)
    await again.engines.stop()

    // Without the key there is nothing but ciphertext, and no other key is made in its place.
    renameSync(masterKey, `${masterKey}.away`)
    const blind = await startKinesis({ directory: on.engines.workspaceDirectory, clock: on.clock })
    await rejects(
      get(StreamName, undefined, blind.kinesis),
      'KMSNotFoundException',
      /master\.key.*Restore it from a copy/,
    )
    await expect(get(StreamName, undefined, blind.kinesis)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    })
    await rejects(
      blind.kinesis.send(new StartStreamEncryptionCommand(key)),
      'KMSNotFoundException',
      /master\.key.*cannot be read/,
    )
    await blind[Symbol.asyncDispose]()
    rmSync(on.engines.workspaceDirectory, { recursive: true, force: true })
  })

  it('refuses what is no key, and more than 25 keys in a day', async () => {
    await active('keys')
    const start = (KeyId: string, EncryptionType: 'KMS' | 'NONE' = 'KMS') =>
      kinesis.send(new StartStreamEncryptionCommand({ StreamName: 'keys', EncryptionType, KeyId }))
    await rejects(start('no key'), 'KMSNotFoundException', "Invalid keyId 'no key'")
    await rejects(start('alias/a', 'NONE'), 'InvalidArgumentException', /the only valid value is KMS/)
    await rejects(
      kinesis.send(
        new StopStreamEncryptionCommand({ StreamName: 'keys', EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }),
      ),
      'InvalidArgumentException',
      'Stream keys under account 000000000000 is not encrypted.',
    )
    for (let i = 0; i < 25; i++) {
      await start(`alias/${i}`)
      await server.clock.advance(1000)
    }
    await rejects(start('alias/more'), 'LimitExceededException', /25 times in a rolling 24-hour period/)
    await server.clock.advance(DAY)
    await start('alias/more')
  })
})

describe('settings of a stream', () => {
  it('enhanced monitoring: what is on before and after', async () => {
    await active('watched')
    const on = await kinesis.send(
      new EnableEnhancedMonitoringCommand({
        StreamName: 'watched',
        ShardLevelMetrics: ['OutgoingBytes', 'IncomingBytes'],
      }),
    )
    expect(on).toMatchObject({
      StreamName: 'watched',
      StreamARN: streamArn('watched'),
      CurrentShardLevelMetrics: [],
      DesiredShardLevelMetrics: ['IncomingBytes', 'OutgoingBytes'],
    })
    await server.clock.advance(1000)
    const off = await kinesis.send(
      new DisableEnhancedMonitoringCommand({ StreamName: 'watched', ShardLevelMetrics: ['IncomingBytes'] }),
    )
    expect(off.DesiredShardLevelMetrics).toEqual(['OutgoingBytes'])
    await server.clock.advance(1000)
    const all = await kinesis.send(
      new EnableEnhancedMonitoringCommand({ StreamName: 'watched', ShardLevelMetrics: ['ALL'] }),
    )
    expect(all.DesiredShardLevelMetrics).toHaveLength(7)
    expect((await summary('watched')).EnhancedMonitoring).toEqual([{ ShardLevelMetrics: all.DesiredShardLevelMetrics }])
    await rejects(
      kinesis.send(
        new EnableEnhancedMonitoringCommand({ StreamName: 'watched', ShardLevelMetrics: ['Nothing' as 'ALL'] }),
      ),
      'ValidationException',
      /at 'shardLevelMetrics\.1\.member' failed to satisfy constraint: Member must satisfy enum value set/,
    )
  })

  it('records up to the stream’s own size, which drain the shard’s bucket', async () => {
    await active('large')
    const StreamARN = streamArn('large')
    const resize = (MaxRecordSizeInKiB: number) =>
      kinesis.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB }))
    await rejects(resize(1023), 'ValidationException', /at 'maxRecordSizeInKiB'.*greater than or equal to 1024/)
    await rejects(resize(10_241), 'ValidationException', /less than or equal to 10240/)
    await rejects(put('large', Buffer.alloc(1024 * 1024 + 1)), 'ValidationException', /at 'data'.*1048576$/)
    await rejects(put('large', Buffer.alloc(1024 * 1024)), 'ValidationException', /partition key included/)
    await resize(5120)
    expect(await summary('large')).toMatchObject({ StreamStatus: 'UPDATING', MaxRecordSizeInKiB: 5120 })
    await server.clock.advance(1000)
    const Data = Buffer.alloc(5120 * 1024 - 1, 'x')
    await put('large', Data)
    // Nothing more goes until what went beyond a second's worth has been made good.
    await rejects(put('large', 'small'), 'ProvisionedThroughputExceededException', /Rate exceeded/)
    await server.clock.advance(4000)
    await rejects(put('large', 'small'), 'ProvisionedThroughputExceededException', /Rate exceeded/)
    await server.clock.advance(100)
    await put('large', 'small')
    const [record] = await get('large')
    expect(record.Data?.length).toBe(Data.length)
    await rejects(
      kinesis.send(
        new PutRecordsCommand({
          StreamName: 'large',
          Records: [{ PartitionKey: 'k', Data: Buffer.alloc(5120 * 1024 + 1) }],
        }),
      ),
      'ValidationException',
      /at 'records\.1\.member\.data'.*5242880$/,
    )
    await active('born-large', { ShardCount: 1, MaxRecordSizeInKiB: 10_240 })
    await put('born-large', Buffer.alloc(10_240 * 1024 - 1))
  })

  it('AUTO distribution takes turns, and asks for no partition key', async () => {
    await active('auto', { StreamModeDetails: { StreamMode: 'ON_DEMAND' }, RecordDistributionStrategy: 'AUTO' })
    const records = (count: number, PartitionKey?: string) =>
      Array.from({ length: count }, (_, i) => ({ Data: bytes(`${i}`), PartitionKey }))
    const { Records } = await kinesis.send(
      new PutRecordsCommand({ StreamName: 'auto', Records: [...records(4), ...records(4, 'same')] }),
    )
    expect(Records!.map((record) => Number(record.ShardId!.slice(-1)))).toEqual([0, 1, 2, 3, 0, 1, 2, 3])
    expect((await get('auto')).map((record) => [record.PartitionKey, text(record.Data)])).toEqual([
      [undefined, '0'],
      ['same', '0'],
    ])
    expect((await summary('auto')).RecordDistributionStrategy).toBe('AUTO')
    const change = (StreamName: string, RecordDistributionStrategy: 'AUTO' | 'USER_PARTITION_KEY') =>
      kinesis.send(
        new UpdateStreamRecordDistributionStrategyCommand({
          StreamARN: streamArn(StreamName),
          RecordDistributionStrategy,
        }),
      )
    await change('auto', 'USER_PARTITION_KEY')
    await rejects(
      kinesis.send(new PutRecordCommand({ StreamName: 'auto', Data: bytes('x') } as never)),
      'ValidationException',
      "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null",
    )
    await active('provisioned')
    await rejects(
      change('provisioned', 'AUTO'),
      'InvalidArgumentException',
      /only supported for streams with StreamMode/,
    )
    expect((await summary('provisioned')).RecordDistributionStrategy).toBeUndefined()
  })

  it('changes its mode twice a day', async () => {
    await active('modes')
    const change = async (StreamMode: StreamMode) => {
      const input = { StreamARN: streamArn('modes'), StreamModeDetails: { StreamMode } }
      await kinesis.send(new UpdateStreamModeCommand(input))
      await server.clock.advance(1000)
    }
    await change('ON_DEMAND')
    await change('PROVISIONED')
    await rejects(change('ON_DEMAND'), 'LimitExceededException', /2 times in a rolling 24-hour period/)
    await server.clock.advance(DAY)
    await change('ON_DEMAND')
  })

  it('keeps no more than five streams in CREATING', async () => {
    for (let i = 0; i < 5; i++) await kinesis.send(new CreateStreamCommand({ StreamName: `born-${i}`, ShardCount: 1 }))
    await rejects(
      kinesis.send(new CreateStreamCommand({ StreamName: 'born-5', ShardCount: 1 })),
      'LimitExceededException',
      /5 streams under account 000000000000 are in status CREATING/,
    )
    await server.clock.advance(1000)
  })
})

describe('the account', () => {
  it('commits itself for a day at least, and then has warm throughput', async () => {
    await active('warm', { StreamModeDetails: { StreamMode: 'ON_DEMAND' } })
    const warm = (WarmThroughputMiBps: number, StreamName = 'warm') =>
      kinesis.send(new UpdateStreamWarmThroughputCommand({ StreamName, WarmThroughputMiBps }))
    await rejects(warm(10), 'InvalidArgumentException', /needs MinimumThroughputBillingCommitment/)
    const describeIt = async () =>
      (await kinesis.send(new DescribeAccountSettingsCommand({}))).MinimumThroughputBillingCommitment
    const commit = async (Status: 'ENABLED' | 'DISABLED') =>
      (await kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment: { Status } })))
        .MinimumThroughputBillingCommitment
    expect(await describeIt()).toEqual({ Status: 'DISABLED' })
    await rejects(commit('DISABLED'), 'ValidationException', /not enabled/)
    const startedMs = Math.floor(server.clock.now() / 1000) * 1000
    const committed = {
      Status: 'ENABLED',
      StartedAt: new Date(startedMs),
      EarliestAllowedEndAt: new Date(startedMs + DAY),
    }
    expect(await commit('ENABLED')).toEqual(committed)

    expect((await warm(10)).WarmThroughput).toEqual({ TargetMiBps: 10, CurrentMiBps: 4 })
    await server.clock.advance(1000)
    expect(await summary('warm')).toMatchObject({
      StreamStatus: 'ACTIVE',
      OpenShardCount: 10,
      WarmThroughput: { TargetMiBps: 10, CurrentMiBps: 10 },
    })
    await warm(2)
    await server.clock.advance(1000)
    expect(await summary('warm')).toMatchObject({ OpenShardCount: 4, WarmThroughput: { TargetMiBps: 2 } })
    await rejects(warm(20_000), 'LimitExceededException', /cannot be more than 10240/)
    await active('cold')
    await rejects(warm(5, 'cold'), 'InvalidArgumentException', /only supported for streams with StreamMode ON_DEMAND/)
    await active('born-warm', { StreamModeDetails: { StreamMode: 'ON_DEMAND' }, WarmThroughputMiBps: 7 })
    expect((await summary('born-warm')).OpenShardCount).toBe(7)
    const many = Array.from({ length: 25 }, (_, i) => `c${i}`)
    for (const [i, ConsumerName] of many.entries()) {
      await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN: streamArn('born-warm'), ConsumerName }))
      if (i % 5 === 4) await server.clock.advance(1000)
    }

    expect((await commit('DISABLED'))?.Status).toBe('ENABLED_UNTIL_EARLIEST_ALLOWED_END')
    expect((await commit('ENABLED'))?.Status).toBe('ENABLED')
    await commit('DISABLED')
    await server.clock.advance(DAY)
    expect(await describeIt()).toMatchObject({ Status: 'DISABLED', EndedAt: new Date(startedMs + DAY) })
    await rejects(warm(10), 'InvalidArgumentException', /needs MinimumThroughputBillingCommitment/)
  })
})

describe('tags and policies by ARN', () => {
  it('are kept for streams and consumers alike', async () => {
    await active('tagged')
    const { Consumer } = await kinesis.send(
      new RegisterStreamConsumerCommand({ StreamARN: streamArn('tagged'), ConsumerName: 'c', Tags: { born: 'with' } }),
    )
    await server.clock.advance(1000)
    const tags = async (ResourceARN: string) =>
      (await kinesis.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags!.map(({ Key, Value }) => [Key, Value])
    await kinesis.send(new AddTagsToStreamCommand({ StreamName: 'tagged', Tags: { a: '1' } }))
    for (const ResourceARN of [streamArn('tagged'), Consumer!.ConsumerARN!]) {
      await kinesis.send(new TagResourceCommand({ ResourceARN, Tags: { b: '2', c: '3' } }))
      await kinesis.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['c'] }))
      const more = Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`t${i}`, '']))
      await rejects(
        kinesis.send(new TagResourceCommand({ ResourceARN, Tags: more })),
        'InvalidArgumentException',
        /cannot have more than 50 tags associated with it/,
      )
      await rejects(
        kinesis.send(new TagResourceCommand({ ResourceARN, Tags: { 'a*': '1' } })),
        'InvalidArgumentException',
        /Some tags contain invalid characters/,
      )
    }
    expect(await tags(streamArn('tagged'))).toEqual([
      ['a', '1'],
      ['b', '2'],
    ])
    expect((await kinesis.send(new ListTagsForStreamCommand({ StreamName: 'tagged' }))).Tags).toHaveLength(2)
    expect(await tags(Consumer!.ConsumerARN!)).toEqual([
      ['b', '2'],
      ['born', 'with'],
    ])
    await rejects(tags(streamArn('nowhere')), 'ResourceNotFoundException', /not found/)
    await rejects(tags(`${streamArn('tagged')}/consumer/other:1`), 'ResourceNotFoundException', /not found/)
    await rejects(tags('arn:aws:s3:::bucket'), 'ValidationException', /at 'resourceARN'/)

    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 'kinesis:PutRecord' }],
    })
    for (const ResourceARN of [streamArn('tagged'), Consumer!.ConsumerARN!]) {
      const policy = async () => (await kinesis.send(new GetResourcePolicyCommand({ ResourceARN }))).Policy
      expect(await policy()).toBe('{}')
      await rejects(
        kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy: '{"Statement": [{}]}' })),
        'InvalidArgumentException',
        /Effect, Principal and Action/,
      )
      await kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy }))
      expect(await policy()).toBe(Policy)
      await kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN }))
      expect(await policy()).toBe('{}')
      await rejects(
        kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN })),
        'ResourceNotFoundException',
        `No resource policy found for resource ARN ${ResourceARN}`,
      )
    }
  })
})

describe('channels', () => {
  it('are refused by the field that asks for one; there are none', async () => {
    await active('channelled', { StreamModeDetails: { StreamMode: 'ON_DEMAND' } })
    const create = (StreamARN: string, destination: object) =>
      kinesis.send(
        new CreateChannelCommand({
          ChannelName: 'c',
          ServiceExecutionRoleARN: 'arn:aws:iam::000000000000:role/r',
          StreamConfigurationList: [{ StreamARN, RecordConfiguration: { RecordFormatType: 'JSON' } }],
          ...destination,
        }),
      )
    const S3DestinationConfiguration = {
      StorageConfiguration: {
        BucketARN: 'arn:aws:s3:::b',
        ExpectedBucketOwner: '000000000000',
        CompressionType: 'NONE',
      },
    }
    await rejects(create(streamArn('channelled'), {}), 'InvalidArgumentException', /but not both/)
    await rejects(
      create(streamArn('channelled'), { S3DestinationConfiguration }),
      'InvalidArgumentException',
      /Millrace does not offer S3DestinationConfiguration of this operation/,
    )
    await active('not-channelled')
    await rejects(
      create(streamArn('not-channelled'), { S3DestinationConfiguration }),
      'InvalidArgumentException',
      /StreamMode ON_DEMAND/,
    )
    await rejects(
      create(streamArn('nowhere'), { S3DestinationConfiguration }),
      'ResourceNotFoundException',
      /Stream nowhere under account/,
    )
    expect((await kinesis.send(new ListChannelsCommand({}))).ChannelSummaries).toEqual([])
    const ChannelARN = 'arn:aws:kinesis:us-east-1:000000000000:channel/c'
    for (const sent of [
      kinesis.send(new DescribeChannelCommand({ ChannelARN })),
      kinesis.send(new DeleteChannelCommand({ ChannelARN })),
      kinesis.send(new UpdateChannelCommand({ ChannelARN })),
    ])
      await rejects(sent, 'ResourceNotFoundException', /Channel .* not found/)
  })
})

describe('requests that are not done', () => {
  it('DryRun finds what is wrong, and does nothing else', async () => {
    await active('rehearsed')
    const { Consumer } = await kinesis.send(
      new RegisterStreamConsumerCommand({ StreamARN: streamArn('rehearsed'), ConsumerName: 'c' }),
    )
    await server.clock.advance(1000)
    const ShardId = 'shardId-000000000000'
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: 'rehearsed', ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    )
    const dry = { DryRun: true }
    for (const sent of [
      put('rehearsed', 'x', dry),
      kinesis.send(
        new PutRecordsCommand({ StreamName: 'rehearsed', Records: [{ PartitionKey: 'k', Data: bytes('x') }], ...dry }),
      ),
      kinesis.send(new GetRecordsCommand({ ShardIterator, ...dry })),
      kinesis.send(
        new GetShardIteratorCommand({ StreamName: 'rehearsed', ShardId, ShardIteratorType: 'LATEST', ...dry }),
      ),
      kinesis.send(
        new SubscribeToShardCommand({
          ConsumerARN: Consumer!.ConsumerARN,
          ShardId,
          StartingPosition: { Type: 'LATEST' },
          ...dry,
        }),
      ),
    ])
      await rejects(
        sent,
        'DryRunOperationException',
        'The request was rejected because the DryRun parameter was specified.',
      )
    await rejects(put('nowhere', 'x', dry), 'ResourceNotFoundException', /not found/)
    expect(await get('rehearsed')).toEqual([])
  })

  it('StreamId is refused by name', async () => {
    // The stock client sends such a request to a host of its own, wherever its endpoint is.
    const answer = await post('DescribeStreamSummary', JSON.stringify({ StreamName: 'x', StreamId: 'a' }), 'json')
    expect(JSON.parse(answer.body.toString())).toEqual({
      __type: 'InvalidArgumentException',
      message: 'Millrace does not offer StreamId of this operation.',
    })
  })
})

describe('reading', () => {
  it('GetShardIterator has five calls a second for each shard', async () => {
    await active('asked', { ShardCount: 2 })
    const ask = (ShardId: string) =>
      kinesis.send(new GetShardIteratorCommand({ StreamName: 'asked', ShardId, ShardIteratorType: 'LATEST' }))
    for (let i = 0; i < 5; i++) await ask('shard-0')
    await rejects(
      ask('shard-0'),
      'ProvisionedThroughputExceededException',
      'Rate exceeded for shard shardId-000000000000 in stream asked under account 000000000000.',
    )
    await ask('shard-1')
    await server.clock.advance(200)
    await ask('shard-0')
    await server.engines.clients.stream.updateStream({ stream: 'asked', quotas: false })
    for (let i = 0; i < 10; i++) await ask('shard-0')
  })

  it('ListShards filters by every kind', async () => {
    await active('filtered')
    const createdMs = server.clock.now() - 1000
    await server.clock.advance(HOUR)
    await kinesis.send(
      new SplitShardCommand({ StreamName: 'filtered', ShardToSplit: 'shard-0', NewStartingHashKey: HALF }),
    )
    await server.clock.advance(1000)
    const splitMs = (await server.engines.clients.stream.describeStream({ stream: 'filtered' })).shards[0].closedMs!
    const list = async (ShardFilter: ShardFilter) =>
      (await kinesis.send(new ListShardsCommand({ StreamName: 'filtered', ShardFilter }))).Shards!.map((shard) =>
        Number(shard.ShardId!.slice(-1)),
      )
    const at = (ms: number) => new Date(ms)
    expect(await list({ Type: 'AT_TRIM_HORIZON' })).toEqual([0])
    expect(await list({ Type: 'FROM_TRIM_HORIZON' })).toEqual([0, 1, 2])
    expect(await list({ Type: 'AT_LATEST' })).toEqual([1, 2])
    expect(await list({ Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000000' })).toEqual([1, 2])
    expect(await list({ Type: 'AT_TIMESTAMP', Timestamp: at(createdMs + 1000) })).toEqual([0])
    // At the very moment of the split, parent and children.
    expect(await list({ Type: 'AT_TIMESTAMP', Timestamp: at(splitMs) })).toEqual([0, 1, 2])
    expect(await list({ Type: 'AT_TIMESTAMP', Timestamp: at(splitMs + 1) })).toEqual([1, 2])
    expect(await list({ Type: 'FROM_TIMESTAMP', Timestamp: at(createdMs) })).toEqual([0, 1, 2])
    expect(await list({ Type: 'FROM_TIMESTAMP', Timestamp: at(splitMs + 1) })).toEqual([1, 2])
    await rejects(list({ Type: 'AT_TIMESTAMP' }), 'InvalidArgumentException', /Timestamp must be specified/)
    await rejects(list({ Type: 'AT_LATEST', ShardId: 'x' }), 'InvalidArgumentException', /ShardId cannot be specified/)
    await rejects(list({ Type: 'AFTER_SHARD_ID' }), 'InvalidArgumentException', /ShardId must be specified/)
    await rejects(list({ Type: 'SOME' as 'AT_LATEST' }), 'ValidationException', /at 'shardFilter\.type'/)
    const page = await kinesis.send(new ListShardsCommand({ StreamName: 'filtered', MaxResults: 1 }))
    await rejects(
      kinesis.send(new ListShardsCommand({ StreamName: 'filtered', NextToken: page.NextToken })),
      'InvalidArgumentException',
      'NextToken and StreamName cannot be provided together.',
    )
    const issued = JSON.parse(Buffer.from(page.NextToken!, 'base64').toString())
    const old = Buffer.from(JSON.stringify({ ...issued, issuedMs: issued.issuedMs - 301_000 })).toString('base64')
    await rejects(
      kinesis.send(new ListShardsCommand({ NextToken: old })),
      'ExpiredNextTokenException',
      'The specified NextToken has expired.',
    )
  })

  it('speaks CBOR over HTTP/1.1 with the newer operations too', async () => {
    await active('binary')
    const call = async (name: string, input: object) => {
      const answer = await post(name, new Uint8Array(encode(input)), 'cbor')
      return [answer.status, decode(answer.body)]
    }
    const [status, body] = await call('RegisterStreamConsumer', {
      StreamARN: streamArn('binary'),
      ConsumerName: 'java',
    })
    expect([status, body.Consumer.ConsumerName]).toEqual([200, 'java'])
    expect(await call('UntagResource', { ResourceARN: streamArn('binary'), TagKeys: ['a'] })).toEqual([200, {}])
    const [failed, error] = await call('DescribeStreamConsumer', {})
    expect([failed, error.__type]).toEqual([400, 'InvalidArgumentException'])
  })
})
