import {
  CreateDeliveryStreamCommand,
  PutRecordCommand as DeliverCommand,
  FirehoseClient,
} from '@aws-sdk/client-firehose'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import type { Fault } from '../../src/engines/kit/pure/faults.ts'
import { Millrace } from '../support/millrace.ts'

let millrace: Millrace
let clients: Clients
const using: { destroy(): void }[] = []

const account = () => ({
  endpoint: millrace.ready.aws,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

function kinesis(maxAttempts: number): KinesisClient {
  const client = new KinesisClient({ ...account(), maxAttempts })
  using.push(client)
  return client
}

async function active(): Promise<Fault[]> {
  for await (const faults of clients.system.watchFaults({})) return faults
  return []
}

const put = (text: string, attempts = 1) =>
  kinesis(attempts).send(
    new PutRecordCommand({ StreamName: 'faulty', PartitionKey: 'k', Data: new TextEncoder().encode(text) }),
  )

async function texts(): Promise<string[]> {
  const client = kinesis(3)
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: 'faulty',
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  )
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }))
  return Records.map(({ Data }) => new TextDecoder().decode(Data))
}

beforeAll(async () => {
  millrace = await Millrace.start()
  clients = await millrace.clients()
  const client = kinesis(3)
  await client.send(new CreateStreamCommand({ StreamName: 'faulty', ShardCount: 1 }))
  await waitUntilStreamExists({ client, maxWaitTime: 20, minDelay: 1 }, { StreamName: 'faulty' })
})
afterEach(async () => {
  for (const { id } of await active()) await clients.system.removeFault({ id })
})
afterAll(async () => {
  for (const client of using) client.destroy()
  await millrace[Symbol.asyncDispose]()
})

describe('faults that were asked for', () => {
  it('throttle in the service’s own words, and a client that tries again gets through', async () => {
    await clients.system.injectFault({ engine: 'stream', verb: 'put', effect: { kind: 'throttle' }, times: 2 })
    await expect(put('refused')).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
    expect(await active()).toMatchObject([{ hits: 1, times: 2 }])
    await expect(put('second try', 3)).resolves.toHaveProperty('SequenceNumber')
    expect(await active()).toEqual([])
    expect(await texts()).toEqual(['second try'])
  })

  it('throttle a delivery stream as Firehose does, and keep nothing of what was refused', async () => {
    await clients.lake.createBucket({ bucket: 'delivered' })
    const firehose = new FirehoseClient({ ...account(), maxAttempts: 1 })
    using.push(firehose)
    const DeliveryStreamName = 'faulty'
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName,
        ExtendedS3DestinationConfiguration: {
          BucketARN: 'arn:aws:s3:::delivered',
          RoleARN: 'arn:aws:iam::000000000000:role/r',
        },
      }),
    )
    const deliver = (words: string) =>
      firehose.send(new DeliverCommand({ DeliveryStreamName, Record: { Data: new TextEncoder().encode(words) } }))
    await clients.system.injectFault({ engine: 'firehose', verb: 'put', effect: { kind: 'throttle' }, times: 1 })
    await expect(deliver('refused')).rejects.toMatchObject({ name: 'ServiceUnavailableException' })
    await deliver('taken')
    await clients.system.injectFault({ engine: 'lake', effect: { kind: 'disk-full' } })
    const flushed = clients.firehose.flush({ name: DeliveryStreamName })
    await expect
      .poll(async () => (await clients.firehose.stats({ name: DeliveryStreamName })).lastError)
      .toMatch(/full/)
    for (const { id } of await active()) await clients.system.removeFault({ id })
    await flushed.catch(() => {})
    await expect
      .poll(() => clients.firehose.stats({ name: DeliveryStreamName }), { timeout: 20_000 })
      .toMatchObject({ inRecords: 1, deliveredRecords: 1, failedRecords: 0 })
  })

  it('fail once as S3 fails, and nothing is kept of it', async () => {
    await clients.lake.createBucket({ bucket: 'faulty' })
    const s3 = new S3Client({ ...account(), forcePathStyle: true, maxAttempts: 1 })
    using.push(s3)
    const body = { Bucket: 'faulty', Key: 'a.txt', Body: 'text' }
    await clients.system.injectFault({ engine: 'lake', effect: { kind: 'disk-full' } })
    await expect(s3.send(new PutObjectCommand(body))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 503 },
      message: expect.stringMatching(/full/),
    })
    for (const { id } of await active()) await clients.system.removeFault({ id })
    await clients.system.injectFault({ engine: 'lake', verb: 'getObject', effect: { kind: 'fail' }, times: 1 })
    await s3.send(new PutObjectCommand(body))
    const answer = await s3.send(new GetObjectCommand(body)).catch(() => s3.send(new GetObjectCommand(body)))
    expect(await answer.Body!.transformToString()).toBe('text')
  })

  it('fill the disk: puts are refused, and what was acknowledged stays', async () => {
    const before = await texts()
    await clients.system.injectFault({ engine: 'stream', effect: { kind: 'disk-full' } })
    await expect(put('no room')).rejects.toMatchObject({ message: expect.stringMatching(/disk is full/) })
    for (const { id } of await active()) await clients.system.removeFault({ id })
    await put('room again')
    expect(await texts()).toEqual([...before, 'room again'])
  })

  it('slow a call down in engine time', async () => {
    await clients.system.setClock({ mode: 'virtual', paused: true })
    await clients.system.injectFault({
      engine: 'stream',
      verb: 'listStreams',
      effect: { kind: 'slow', ms: 600_000 },
      times: 1,
    })
    let answered = false
    const listing = clients.stream.listStreams({}).then(() => {
      answered = true
    })
    while ((await active()).length > 0);
    expect(answered).toBe(false)
    await clients.system.setClock({ paused: false, speed: null })
    await listing
    await clients.system.setClock({ mode: 'real' })
  })

  it('kill a host: it comes back by itself with all that was acknowledged', async () => {
    await put('before the kill')
    const kept = await texts()
    await clients.system.killHost({ host: 'stream' })
    await expect.poll(() => texts().catch(() => []), { timeout: 20_000 }).toEqual(kept)
    const { hosts } = await clients.system.status({})
    expect(hosts.find(({ host }) => host === 'stream')).toMatchObject({
      state: 'ready',
      restarts: 1,
      lastError: expect.stringContaining('a fault that was asked for'),
    })
  })

  it('kill the query engine under a query without taking the process along', async () => {
    const { queryId } = await clients.athena.startQuery({ sql: 'SELECT 1', database: 'default' })
    for await (const query of clients.athena.watchQuery({ queryId })) if (query.state === 'SUCCEEDED') break
    const slow = 'SELECT count(*) FROM UNNEST(sequence(1, 100000)) a(x) CROSS JOIN UNNEST(sequence(1, 1000000)) b(y)'
    await clients.athena.startQuery({ sql: slow, database: 'default' })
    await clients.system.killHost({ host: 'olap' })
    await expect
      .poll(() => clients.athena.listQueries({}).catch(() => []), { timeout: 20_000 })
      .toEqual([expect.objectContaining({ state: 'FAILED' }), expect.objectContaining({ state: 'SUCCEEDED' })])
  })

  it('are refused where they make no sense, with the field', async () => {
    const fail = { kind: 'fail' } as const
    await expect(clients.system.injectFault({ engine: 'nobody', effect: fail })).rejects.toMatchObject({
      at: { field: 'engine' },
    })
    await expect(clients.system.injectFault({ engine: 'lake', verb: 'fly', effect: fail })).rejects.toMatchObject({
      at: { field: 'verb' },
    })
    await expect(
      clients.system.injectFault({ engine: 'lake', verb: 'putObject', effect: { kind: 'disk-full' } }),
    ).rejects.toMatchObject({ at: { field: 'effect' } })
  })
})
