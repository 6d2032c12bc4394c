import { request } from 'node:http'
import { connect } from 'node:http2'
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListStreamConsumersCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  type StartingPosition,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis'
import { encode } from 'cbor-x'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeToken } from '../../src/engines/stream/aws/token.ts'
import type { StreamMetrics } from '../../src/engines/stream/contract.ts'
import { bytes, startKinesis, streamArn, type TestKinesis, text } from '../support/kinesis.ts'

let server: TestKinesis
let kinesis: KinesisClient
const HALF = '170141183460469231731687303715884105728'
const HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'Kinesis_20131202.SubscribeToShard',
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
}

beforeAll(async () => {
  server = await startKinesis()
  kinesis = server.kinesis
})

afterAll(() => server[Symbol.asyncDispose]())

async function active(StreamName: string, ShardCount = 1): Promise<void> {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }))
  await server.clock.advance(1000)
}

async function registered(stream: string, ConsumerName: string): Promise<string> {
  const { Consumer } = await kinesis.send(
    new RegisterStreamConsumerCommand({ StreamARN: streamArn(stream), ConsumerName }),
  )
  await server.clock.advance(1000)
  return Consumer!.ConsumerARN!
}

async function put(StreamName: string, ...words: string[]): Promise<string[]> {
  const { Records } = await kinesis.send(
    new PutRecordsCommand({ StreamName, Records: words.map((each) => ({ PartitionKey: each, Data: bytes(each) })) }),
  )
  return Records!.map((record) => record.SequenceNumber!)
}

type Events = AsyncIterator<{ SubscribeToShardEvent?: SubscribeToShardEvent }>

async function subscribe(
  ConsumerARN: string,
  StartingPosition: StartingPosition = { Type: 'TRIM_HORIZON' },
  ShardId = 'shardId-000000000000',
  client = kinesis,
): Promise<Events> {
  const { EventStream } = await client.send(new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition }))
  return EventStream![Symbol.asyncIterator]() as Events
}

async function next(events: Events): Promise<SubscribeToShardEvent> {
  const { value } = await events.next()
  return value.SubscribeToShardEvent
}

/** Events until they hold so many records. */
async function records(events: Events, count: number): Promise<SubscribeToShardEvent[]> {
  const taken: SubscribeToShardEvent[] = []
  while (taken.reduce((sum, event) => sum + event.Records!.length, 0) < count) taken.push(await next(events))
  return taken
}

const texts = (events: readonly SubscribeToShardEvent[]) =>
  events.flatMap((event) => event.Records!.map((record) => text(record.Data)))

describe('registered consumers', () => {
  it('go from CREATING to ACTIVE to DELETING to gone, and keep the stream from being deleted', async () => {
    await active('lives')
    const StreamARN = streamArn('lives')
    const { Consumer } = await kinesis.send(
      new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader', Tags: { team: 'a' } }),
    )
    const createdS = Math.floor(server.clock.now() / 1000)
    expect(Consumer).toEqual({
      ConsumerName: 'reader',
      ConsumerARN: `${StreamARN}/consumer/reader:${createdS}`,
      ConsumerStatus: 'CREATING',
      ConsumerCreationTimestamp: new Date(createdS * 1000),
    })
    await expect(subscribe(Consumer!.ConsumerARN!)).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: `Consumer reader with creation timestamp ${createdS} under stream lives and account 000000000000 is not in ACTIVE status.`,
    })
    await server.clock.advance(1000)
    const described = async (input: object) =>
      (await kinesis.send(new DescribeStreamConsumerCommand(input))).ConsumerDescription
    const byArn = await described({ ConsumerARN: Consumer!.ConsumerARN })
    expect(byArn).toEqual({ ...Consumer, ConsumerStatus: 'ACTIVE', StreamARN })
    expect(await described({ StreamARN, ConsumerName: 'reader' })).toEqual(byArn)
    const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN }))
    expect(summary.StreamDescriptionSummary?.ConsumerCount).toBe(1)
    await expect(
      kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' })),
    ).rejects.toMatchObject({ name: 'ResourceInUseException' })
    await expect(kinesis.send(new DeleteStreamCommand({ StreamARN }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    })
    await kinesis.send(new DeregisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' }))
    expect((await described({ ConsumerARN: Consumer!.ConsumerARN }))?.ConsumerStatus).toBe('DELETING')
    await server.clock.advance(1000)
    await expect(described({ ConsumerARN: Consumer!.ConsumerARN })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    // Registered again it is another one.
    const again = await registered('lives', 'reader')
    expect(again).not.toBe(Consumer!.ConsumerARN)
    await kinesis.send(new DeleteStreamCommand({ StreamARN, EnforceConsumerDeletion: true }))
    await server.clock.advance(1000)
    await expect(described({ ConsumerARN: again })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('are named by ARN, by name, or by both where they agree', async () => {
    await active('named')
    const ConsumerARN = await registered('named', 'one')
    const describeIt = (input: object) => kinesis.send(new DescribeStreamConsumerCommand(input))
    await describeIt({ ConsumerARN, StreamARN: streamArn('named'), ConsumerName: 'one' })
    for (const wrong of [{}, { StreamARN: streamArn('named') }, { ConsumerARN, ConsumerName: 'two' }])
      await expect(describeIt(wrong)).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    await expect(describeIt({ StreamARN: streamArn('nowhere'), ConsumerName: 'one' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Consumer one under account 000000000000 not found.',
    })
    await expect(describeIt({ ConsumerARN: 'arn:aws:s3:::bucket' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("at 'consumerARN' failed to satisfy constraint: Member must satisfy regular"),
    })
  })

  it('are at most 20 of a stream, and 5 being created; they are listed by pages whose tokens expire', async () => {
    await active('many')
    const StreamARN = streamArn('many')
    const names = Array.from({ length: 20 }, (_, i) => `c${String(i).padStart(2, '0')}`)
    const register = (ConsumerName: string) =>
      kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }))
    for (const [i, name] of names.entries()) {
      await register(name)
      if (i % 5 !== 4) continue
      if (i === 4)
        await expect(register('sixth')).rejects.toMatchObject({
          name: 'LimitExceededException',
          message: expect.stringContaining('in status CREATING'),
        })
      await server.clock.advance(1000)
    }
    await expect(register('one more')).rejects.toMatchObject({ name: 'ValidationException' })
    await expect(register('more')).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: expect.stringContaining('it cannot have more than 20'),
    })
    const seen: string[] = []
    let NextToken: string | undefined
    let pages = 0
    do {
      const page: { Consumers?: { ConsumerName?: string }[]; NextToken?: string } = await kinesis.send(
        new ListStreamConsumersCommand({ StreamARN, NextToken, MaxResults: 8 }),
      )
      seen.push(...page.Consumers!.map((consumer) => consumer.ConsumerName!))
      NextToken = page.NextToken
      pages++
    } while (NextToken)
    expect([pages, seen]).toEqual([3, names])
    const list = (token: string) =>
      kinesis.send(new ListStreamConsumersCommand({ StreamARN, NextToken: token, MaxResults: 8 }))
    const issued = JSON.parse(Buffer.from(writeToken('ListStreamConsumers', {}), 'base64').toString())
    const old = Buffer.from(JSON.stringify({ ...issued, issuedMs: issued.issuedMs - 301_000 })).toString('base64')
    await expect(list(old)).rejects.toMatchObject({ name: 'ExpiredNextTokenException' })
    await expect(list(writeToken('ListShards', {}))).rejects.toMatchObject({ name: 'InvalidArgumentException' })
  })
})

describe('SubscribeToShard', () => {
  it('pushes what is there and what comes, and goes on from its continuation number either way', async () => {
    await active('pushed')
    const arn = await registered('pushed', 'reader')
    const [first, second] = await put('pushed', 'a', 'b')
    const events = await subscribe(arn)
    const [event] = await records(events, 2)
    expect(event.Records!.map((record) => [record.PartitionKey, text(record.Data), record.SequenceNumber])).toEqual([
      ['a', 'a', first],
      ['b', 'b', second],
    ])
    expect(event.MillisBehindLatest).toBe(0)
    expect(event.ChildShards).toBeUndefined()
    const third = put('pushed', 'c')
    const [pushed] = await records(events, 1)
    expect(texts([pushed])).toEqual(['c'])
    await events.return?.()
    const [last] = await third
    expect(BigInt(event.ContinuationSequenceNumber!)).toBeGreaterThan(BigInt(second))
    expect(BigInt(event.ContinuationSequenceNumber!)).toBeLessThan(BigInt(last))
    for (const Type of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const) {
      await server.clock.advance(6000)
      const again = await subscribe(arn, { Type, SequenceNumber: event.ContinuationSequenceNumber })
      expect(texts(await records(again, 1))).toEqual(['c'])
      await again.return?.()
    }
  })

  it('begins at every kind of position', async () => {
    await active('positions')
    const [first] = await put('positions', 'a')
    const firstMs = server.clock.now()
    await server.clock.advance(5000)
    await put('positions', 'b')
    await server.clock.advance(1000)
    const start = async (StartingPosition: StartingPosition) => {
      const arn = await registered('positions', `c${server.clock.now()}`)
      const events = await subscribe(arn, StartingPosition)
      // An event comes at once, also where there is nothing to read.
      const event = await next(events)
      await events.return?.()
      return texts([event])
    }
    expect(await start({ Type: 'TRIM_HORIZON' })).toEqual(['a', 'b'])
    expect(await start({ Type: 'LATEST' })).toEqual([])
    expect(await start({ Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: first })).toEqual(['a', 'b'])
    expect(await start({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: first })).toEqual(['b'])
    expect(await start({ Type: 'AT_TIMESTAMP', Timestamp: new Date(firstMs + 1000) })).toEqual(['b'])
    await expect(start({ Type: 'AT_TIMESTAMP' })).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    await expect(start({ Type: 'AT_SEQUENCE_NUMBER' })).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    await expect(start({ Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: '1' })).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining('used in SubscribeToShard on shard shardId-000000000000'),
    })
    const arn = await registered('positions', 'lost')
    await expect(subscribe(arn, { Type: 'LATEST' }, 'shardId-000000000007')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(subscribe(arn.replace('lost', 'other'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('ends a closed shard with its children and no continuation', async () => {
    await active('closing')
    const arn = await registered('closing', 'reader')
    const events = await subscribe(arn)
    await put('closing', 'before')
    await kinesis.send(
      new SplitShardCommand({ StreamName: 'closing', ShardToSplit: 'shard-0', NewStartingHashKey: HALF }),
    )
    await server.clock.advance(1000)
    const all: SubscribeToShardEvent[] = []
    for (let event = await events.next(); !event.done; event = await events.next())
      all.push(event.value.SubscribeToShardEvent!)
    expect(texts(all)).toEqual(['before'])
    const last = all[all.length - 1]
    expect(last.ContinuationSequenceNumber).toBeUndefined()
    expect(last.ChildShards?.map((child) => [child.ShardId, child.ParentShards])).toEqual([
      ['shardId-000000000001', ['shardId-000000000000']],
      ['shardId-000000000002', ['shardId-000000000000']],
    ])
    await kinesis.send(
      new MergeShardsCommand({ StreamName: 'closing', ShardToMerge: 'shard-1', AdjacentShardToMerge: 'shard-2' }),
    )
    await server.clock.advance(1000)
    const child = await next(await subscribe(arn, { Type: 'TRIM_HORIZON' }, 'shardId-000000000002'))
    expect(child.ChildShards).toEqual([
      expect.objectContaining({
        ShardId: 'shardId-000000000003',
        ParentShards: ['shardId-000000000001', 'shardId-000000000002'],
      }),
    ])
  })

  it('is refused within five seconds of another, and takes over later', async () => {
    await active('twice', 2)
    const arn = await registered('twice', 'reader')
    const older = await subscribe(arn)
    await next(older)
    const other = server.client()
    await expect(subscribe(arn, { Type: 'LATEST' }, 'shardId-000000000000', other)).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Another active subscription exists for this consumer: 000000000000:twice:shardId-000000000000:reader',
    })
    // Another shard is another subscription.
    await (await subscribe(arn, { Type: 'LATEST' }, 'shardId-000000000001', other)).return?.()
    await server.clock.advance(5000)
    const newer = await subscribe(arn, { Type: 'LATEST' }, 'shardId-000000000000', other)
    await expect(older.next()).rejects.toMatchObject({ name: 'ResourceInUseException' })
    await next(newer)
    await newer.return?.()
  })

  it('ends when the consumer or its stream goes', async () => {
    await active('going')
    const arn = await registered('going', 'reader')
    const events = await subscribe(arn)
    await next(events)
    await kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: arn }))
    await expect(events.next()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const other = await registered('going', 'other')
    const more = await subscribe(other)
    await next(more)
    await kinesis.send(new DeleteStreamCommand({ StreamName: 'going', EnforceConsumerDeletion: true }))
    await server.clock.advance(1000)
    await expect(more.next()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  /** A shard of so many records of a megabyte, and a consumer of it. */
  async function large(StreamName: string, count: number): Promise<string> {
    await active(StreamName)
    await server.engines.clients.stream.updateStream({ stream: StreamName, quotas: false })
    for (let i = 0; i < count; i++)
      await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: `${i}`, Data: Buffer.alloc(1_000_000) }))
    return registered(StreamName, 'reader')
  }

  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  it('paces itself at 2 MiB a second of engine time', async () => {
    const arn = await large('paced', 12)
    await server.engines.clients.stream.updateStream({ stream: 'paced', quotas: true })
    const events = await subscribe(arn)
    const beganMs = server.clock.now()
    let taken = 0
    const drain = (async () => {
      while (taken < 12) {
        const event = await next(events)
        taken += event.Records!.length
      }
    })()
    // What the first second holds, and the record that overdraws it; the rest has to wait for the clock.
    while (taken < 3) await turns(1)
    await turns(300)
    expect(taken).toBe(3)
    while (taken < 12) {
      await server.clock.advance(50)
      await turns(5)
    }
    await drain
    await events.return?.()
    expect(server.clock.now() - beganMs).toBeGreaterThan((9_000_000 / 2 ** 21) * 900)
  })

  it('holds little for a reader who takes nothing', async () => {
    const arn = await large('slow', 30)
    const session = connect(server.endpoint)
    const stream = session.request({ ':method': 'POST', ':path': '/', ...HEADERS })
    const input = { ConsumerARN: arn, ShardId: 'shard-0', StartingPosition: { Type: 'TRIM_HORIZON' } }
    stream.end(JSON.stringify(input))
    await new Promise((resolve) => stream.once('response', resolve))
    stream.pause()
    await turns(2000)
    const seconds = server.engines.clients.stream.watchMetrics({ stream: 'slow' })[Symbol.asyncIterator]()
    await server.clock.advance(2000)
    const { value } = await seconds.next()
    await seconds.return?.()
    session.destroy()
    // One shard: the fourth of a second's counters is what it gave out.
    const sent = (value as StreamMetrics).seconds.map(({ counters }) => counters[3] ?? 0)
    const bytesSent = sent.reduce((sum, each) => sum + each, 0)
    expect(bytesSent).toBeGreaterThan(0)
    expect(bytesSent).toBeLessThan(8_000_000)
  })

  it.each(['json', 'cbor'] as const)('answers over HTTP/1.1 too, in %s', async (encoding) => {
    const stream = `older-${encoding}`
    await active(stream)
    const arn = await registered(stream, 'reader')
    await put(stream, 'plain')
    const input = { ConsumerARN: arn, ShardId: 'shard-0', StartingPosition: { Type: 'TRIM_HORIZON' } }
    const headers = { ...HEADERS, 'content-type': `application/x-amz-${encoding}-1.1` }
    const received = await new Promise<Buffer>((resolve, reject) => {
      const sent = request(server.endpoint, { method: 'POST', headers, agent: false }, (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => {
          pieces.push(piece)
          const all = Buffer.concat(pieces)
          if (all.includes('ContinuationSequenceNumber')) {
            response.destroy()
            resolve(all)
          }
        })
      })
      sent.on('error', reject)
      sent.end(encoding === 'json' ? JSON.stringify(input) : encode(input))
    })
    expect(received.includes('initial-response')).toBe(true)
    expect(received.includes(`application/${encoding}`)).toBe(true)
    expect(received.includes(encoding === 'json' ? bytes('plain').toString('base64') : 'plain')).toBe(true)
  })
})

describe('subscriptions in time', () => {
  it('beat while a shard is silent, and end after their life', async () => {
    await using short = await startKinesis({ settings: { subscriptions: { lifeMs: 300, heartbeatMs: 30 } } })
    await short.kinesis.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }))
    await short.clock.advance(1000)
    const { Consumer } = await short.kinesis.send(
      new RegisterStreamConsumerCommand({ StreamARN: streamArn('s'), ConsumerName: 'c' }),
    )
    await short.clock.advance(1000)
    const events = await subscribe(Consumer!.ConsumerARN!, undefined, undefined, short.kinesis)
    const all: SubscribeToShardEvent[] = []
    for (let event = await events.next(); !event.done; event = await events.next())
      all.push(event.value.SubscribeToShardEvent!)
    expect(all.length).toBeGreaterThan(1)
    expect(all.every((event) => event.Records!.length === 0 && event.ContinuationSequenceNumber)).toBe(true)
  })

  // Five real minutes: a subscription's life is the client's, not the engine's clock.
  it.runIf(process.env.MILLRACE_NIGHTLY)(
    'stay open for five minutes, silent stretches and all, and go on where they ended',
    async () => {
      await active('five-minutes')
      const arn = await registered('five-minutes', 'c')
      const events = await subscribe(arn)
      const startedMs = performance.now()
      const passed = (seconds: number) =>
        new Promise((done) => setTimeout(done, startedMs + seconds * 1000 - performance.now()))
      const putting = (async () => {
        // Silences longer than what connections are usually given to be idle.
        for (const [seconds, word] of [
          [1, 'first'],
          [100, 'second'],
          [290, 'last'],
        ] as const) {
          await passed(seconds)
          await put('five-minutes', word)
        }
      })()
      const seen: SubscribeToShardEvent[] = []
      for (let event = await events.next(); !event.done; event = await events.next())
        seen.push(event.value.SubscribeToShardEvent!)
      await putting
      expect(texts(seen)).toEqual(['first', 'second', 'last'])
      // A beat every five seconds.
      expect(seen.length).toBeGreaterThan(50)
      await put('five-minutes', 'after')
      // The clock of the tests has stood still: to it the subscription is young.
      await server.clock.advance(5000)
      const again = await subscribe(arn, {
        Type: 'AFTER_SEQUENCE_NUMBER',
        SequenceNumber: seen.at(-1)!.ContinuationSequenceNumber,
      })
      expect(texts(await records(again, 1))).toEqual(['after'])
    },
    400_000,
  )
})
