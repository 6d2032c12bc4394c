import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { runAws, why } from '../support/aws-cli.ts'
import { startGate, type TestGate } from '../support/gate.ts'

/** Each command starts a Python, most of a second of work: what the JavaScript clients of other suites ask for too is asked for again at night only. */
const allCommands = !!process.env.MILLRACE_NIGHTLY

describe.skipIf(why !== '')(`the AWS CLI${why}`, () => {
  let gate: TestGate
  let folder: string

  beforeAll(async () => {
    gate = await startGate([lake, stream, catalog, firehose], { settings: { signatures: 'verify' } })
    folder = gate.engines.workspaceDirectory
    // Version 2 takes blobs as base64 unless told; version 1 takes them as they are.
    mkdirSync(join(folder, '.aws'))
    writeFileSync(join(folder, '.aws/config'), '[default]\ncli_binary_format = raw-in-base64-out\n')
  })

  afterAll(() => gate?.engines[Symbol.asyncDispose]())

  const aws = (...args: string[]) => runAws(gate, folder, ...args)

  /** Of a service that answers in JSON. Many of its commands answer nothing. */
  const json =
    (service: string) =>
    async (...args: string[]) => {
      const printed = await aws(service, ...args, '--output', 'json')
      return printed === '' ? {} : JSON.parse(printed)
    }
  const advance = (ms: number) => (gate.engines.clock as ManualClock).advance(ms)
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  it('copies files up (in parts, where large), lists, moves, reads back and removes', async () => {
    await gate.engines.clients.lake.createBucket({ bucket: 'cli' })
    const big = Buffer.alloc(9 * 1024 * 1024, 'millrace ')
    mkdirSync(join(folder, 'up'))
    writeFileSync(join(folder, 'up/big.bin'), big)
    writeFileSync(join(folder, 'up/a b+ü.txt'), 'hello')
    await aws('s3', 'sync', join(folder, 'up'), 's3://cli/in')
    expect(readFileSync(join(folder, 'lake/cli/in/big.bin')).equals(big)).toBe(true)
    expect(await aws('s3', 'ls', 's3://cli/in/')).toMatch(/5 a b\+ü\.txt\n.*9437184 big\.bin/)
    await aws('s3', 'mv', '--recursive', 's3://cli/in/', 's3://cli/moved/')
    await aws('s3', 'cp', '--recursive', 's3://cli/moved/', join(folder, 'down'))
    expect(readFileSync(join(folder, 'down/a b+ü.txt'), 'utf8')).toBe('hello')
    expect(readFileSync(join(folder, 'down/big.bin')).equals(big)).toBe(true)
    await aws('s3', 'rb', 's3://cli', '--force')
    expect(await gate.engines.clients.lake.listBuckets({})).toEqual([])
  }, 120_000)

  it('makes a data stream, puts, reads, keeps for longer and deletes it', async () => {
    const kinesis = json('kinesis')
    const s = ['--stream-name', 'cli']
    await kinesis('create-stream', ...s, '--shard-count', '1')
    await advance(500)
    await kinesis('wait', 'stream-exists', ...s)

    const put = await kinesis('put-record', ...s, '--partition-key', 'k', '--data', 'hello wörld')
    expect(put.ShardId).toBe('shardId-000000000000')
    const file = join(folder, 'records.json')
    const more = ['one', 'two'].map((data) => ({ PartitionKey: 'k', Data: data }))
    writeFileSync(file, JSON.stringify(more))
    expect((await kinesis('put-records', ...s, '--records', `file://${file}`)).FailedRecordCount).toBe(0)
    const from = ['--shard-iterator-type', 'AT_SEQUENCE_NUMBER', '--starting-sequence-number', put.SequenceNumber]
    const { ShardIterator } = await kinesis('get-shard-iterator', ...s, '--shard-id', put.ShardId, ...from)
    const { Records } = await kinesis('get-records', '--shard-iterator', ShardIterator)
    expect(Records.map(({ Data }: { Data: string }) => Data)).toEqual(['hello wörld', 'one', 'two'].map(base64))

    await kinesis('increase-stream-retention-period', ...s, '--retention-period-hours', '48')
    const { StreamDescriptionSummary: summary } = await kinesis('describe-stream-summary', ...s)
    expect(summary).toMatchObject({ StreamStatus: 'ACTIVE', RetentionPeriodHours: 48, OpenShardCount: 1 })
    await expect(kinesis('put-record', '--stream-name', 'none', '--partition-key', 'k', '--data', 'x')).rejects.toThrow(
      'ResourceNotFoundException',
    )
    await kinesis('delete-stream', ...s)
    await advance(500)
    expect(await gate.engines.clients.stream.listStreams({})).toEqual([])
  }, 300_000)

  it.runIf(allCommands)(
    'reshards, tags and encrypts a data stream, and lists its consumers',
    async () => {
      const kinesis = json('kinesis')
      const s = ['--stream-name', 'changed']
      await kinesis('create-stream', ...s, '--shard-count', '1')
      await advance(500)
      expect((await kinesis('list-streams')).StreamNames).toEqual(['changed'])
      const first = 'shardId-000000000000'
      const half = String(2n ** 127n)
      await kinesis('split-shard', ...s, '--shard-to-split', first, '--new-starting-hash-key', half)
      await advance(500)
      const open = ['--shard-filter', 'Type=AT_LATEST']
      const { Shards } = await kinesis('list-shards', ...s, ...open)
      expect(Shards.map(({ ParentShardId }: { ParentShardId: string }) => ParentShardId)).toEqual([first, first])
      const [low, high] = Shards.map(({ ShardId }: { ShardId: string }) => ShardId)
      await kinesis('merge-shards', ...s, '--shard-to-merge', low, '--adjacent-shard-to-merge', high)
      await advance(500)
      await kinesis('update-shard-count', ...s, '--target-shard-count', '2', '--scaling-type', 'UNIFORM_SCALING')
      await advance(500)
      expect((await kinesis('list-shards', ...s, ...open)).Shards).toHaveLength(2)

      await kinesis('add-tags-to-stream', ...s, '--tags', 'team=data')
      expect((await kinesis('list-tags-for-stream', ...s)).Tags).toEqual([{ Key: 'team', Value: 'data' }])
      await kinesis('start-stream-encryption', ...s, '--encryption-type', 'KMS', '--key-id', 'alias/aws/kinesis')
      await advance(500)
      const { StreamDescriptionSummary: summary } = await kinesis('describe-stream-summary', ...s)
      expect(summary).toMatchObject({ StreamStatus: 'ACTIVE', OpenShardCount: 2, EncryptionType: 'KMS' })
      const arn = ['--stream-arn', summary.StreamARN]
      await kinesis('register-stream-consumer', ...arn, '--consumer-name', 'c')
      await advance(500)
      expect((await kinesis('list-stream-consumers', ...arn)).Consumers).toMatchObject([{ ConsumerStatus: 'ACTIVE' }])
      await kinesis('delete-stream', ...s, '--enforce-consumer-deletion')
      await advance(500)
      expect((await kinesis('list-streams')).StreamNames).toEqual([])
    },
    300_000,
  )

  it('makes a delivery stream, puts to it and deletes it', async () => {
    await gate.engines.clients.lake.createBucket({ bucket: 'landed' })
    const delivery = json('firehose')
    const d = ['--delivery-stream-name', 'cli']
    const to = { RoleARN: 'arn:aws:iam::000000000000:role/firehose', BucketARN: 'arn:aws:s3:::landed' }
    const made = JSON.stringify({ ...to, Prefix: 'in/', BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 } })
    const { DeliveryStreamARN } = await delivery(
      'create-delivery-stream',
      ...d,
      '--extended-s3-destination-configuration',
      made,
    )
    expect(DeliveryStreamARN).toBe('arn:aws:firehose:us-east-1:000000000000:deliverystream/cli')
    const { DeliveryStreamDescription: description } = await delivery('describe-delivery-stream', ...d)
    expect(description.DeliveryStreamStatus).toBe('ACTIVE')

    const file = join(folder, 'batch.json')
    writeFileSync(file, JSON.stringify([{ Data: 'two\n' }, { Data: 'three\n' }]))
    await delivery('put-record', ...d, '--record', JSON.stringify({ Data: 'one\n' }))
    expect((await delivery('put-record-batch', ...d, '--records', `file://${file}`)).FailedPutCount).toBe(0)
    await advance(61_000)
    const { objects } = await gate.engines.clients.lake.listObjects({ bucket: 'landed', prefix: 'in/' })
    expect(objects).toHaveLength(1)
    expect(readFileSync(join(folder, 'lake/landed', objects[0].key), 'utf8')).toBe('one\ntwo\nthree\n')

    if (allCommands) {
      expect((await delivery('list-delivery-streams')).DeliveryStreamNames).toEqual(['cli'])
      const [{ DestinationId }] = description.Destinations
      const at = ['--current-delivery-stream-version-id', description.VersionId, '--destination-id', DestinationId]
      await delivery(
        'update-destination',
        ...d,
        ...at,
        '--extended-s3-destination-update',
        JSON.stringify({ Prefix: 'out/' }),
      )
      await delivery('tag-delivery-stream', ...d, '--tags', 'Key=team,Value=data')
      expect((await delivery('list-tags-for-delivery-stream', ...d)).Tags).toEqual([{ Key: 'team', Value: 'data' }])
      const [changed] = (await delivery('describe-delivery-stream', ...d)).DeliveryStreamDescription.Destinations
      expect(changed.ExtendedS3DestinationDescription.Prefix).toBe('out/')
    }
    await delivery('delete-delivery-stream', ...d)
    await advance(1000)
    expect(await gate.engines.clients.firehose.listDeliveryStreams({})).toEqual([])
  }, 300_000)
})
