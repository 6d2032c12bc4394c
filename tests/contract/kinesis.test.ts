import { request } from 'node:http'
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RemoveTagsFromStreamCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis'
import { decode, encode } from 'cbor-x'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { keyText } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { aggregate, deaggregateBatch } from '../../src/engines/kit/pure/kpl.ts'
import { writeIterator } from '../../src/engines/stream/aws/iterator.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { parseSequenceNumber, startingSequenceNumber } from '../../src/engines/stream/sequence.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

let engines: TestEngines
let kinesis: KinesisClient
let endpoint: string
const clock = new ManualClock(Date.UTC(2026, 0, 1))
const HALF = '170141183460469231731687303715884105728'

beforeAll(async () => {
  engines = await startEngines([stream, gate], { clock, settings: { gate: { port: 0 } } })
  endpoint = (await engines.clients.gate.status({})).url
  kinesis = new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
})

afterAll(async () => {
  kinesis.destroy()
  await engines[Symbol.asyncDispose]()
})

async function active(name: string, ShardCount = 1): Promise<void> {
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount }))
  await clock.advance(1000)
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()
const bytes = (words: string) => Buffer.from(words)

async function iterator(name: string, ShardId: string, more: object = {}): Promise<string> {
  const input = { StreamName: name, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const, ...more }
  return (await kinesis.send(new GetShardIteratorCommand(input))).ShardIterator!
}

describe('Kinesis through the stock client', () => {
  it('goes from CREATING to ACTIVE to gone', async () => {
    await kinesis.send(new CreateStreamCommand({ StreamName: 'life', ShardCount: 2, Tags: { team: 'a' } }))
    const creating = await kinesis.send(new DescribeStreamCommand({ StreamName: 'life' }))
    expect(creating.StreamDescription?.StreamStatus).toBe('CREATING')
    await clock.advance(1000)
    const summary = await kinesis.send(
      new DescribeStreamSummaryCommand({ StreamARN: creating.StreamDescription?.StreamARN }),
    )
    expect(summary.StreamDescriptionSummary).toMatchObject({
      StreamName: 'life',
      StreamStatus: 'ACTIVE',
      OpenShardCount: 2,
      RetentionPeriodHours: 24,
      EncryptionType: 'NONE',
    })
    await expect(kinesis.send(new CreateStreamCommand({ StreamName: 'life', ShardCount: 1 }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Stream life under account 000000000000 already exists.',
    })
    await kinesis.send(new DeleteStreamCommand({ StreamName: 'life' }))
    const deleting = await kinesis.send(new DescribeStreamCommand({ StreamName: 'life' }))
    expect(deleting.StreamDescription?.StreamStatus).toBe('DELETING')
    await clock.advance(1000)
    await expect(kinesis.send(new DescribeStreamCommand({ StreamName: 'life' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Stream life under account 000000000000 not found.',
    })
  })

  it('puts and gets records, by every kind of iterator', async () => {
    await active('records', 2)
    const one = await kinesis.send(
      new PutRecordCommand({ StreamName: 'records', PartitionKey: 'a', Data: bytes('first') }),
    )
    expect(one.ShardId).toBe('shardId-000000000000')
    const firstMs = clock.now()
    await clock.advance(5000)
    const many = await kinesis.send(
      new PutRecordsCommand({
        StreamName: 'records',
        Records: [
          { PartitionKey: 'a', Data: bytes('second') },
          { PartitionKey: 'ключ "1"', Data: bytes(''), ExplicitHashKey: HALF },
          { PartitionKey: 'a', Data: new Uint8Array([0, 255, 128]) },
        ],
      }),
    )
    expect(many.FailedRecordCount).toBe(0)
    expect(many.Records?.map((r) => r.ShardId)).toEqual([one.ShardId, 'shardId-000000000001', one.ShardId])
    expect(BigInt(many.Records![0].SequenceNumber!)).toBeGreaterThan(BigInt(one.SequenceNumber!))

    const all = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator('records', one.ShardId!) }))
    expect(all.Records?.map((r) => text(r.Data))).toEqual(['first', 'second', text(new Uint8Array([0, 255, 128]))])
    expect(all.Records?.map((r) => r.SequenceNumber)).toEqual([
      one.SequenceNumber,
      many.Records![0].SequenceNumber,
      many.Records![2].SequenceNumber,
    ])
    expect(all.Records![0].ApproximateArrivalTimestamp?.getTime()).toBe(firstMs)
    expect(all.MillisBehindLatest).toBe(0)
    const other = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator('records', 'shard-1') }))
    const named = { ShardIterator: await iterator('records', 'shard-1') }
    expect(
      (
        await kinesis.send(
          new GetRecordsCommand({ ...named, StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/records' }),
        )
      ).Records,
    ).toEqual(other.Records)
    await expect(
      kinesis.send(
        new GetRecordsCommand({ ...named, StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/another' }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidArgumentException', message: expect.stringContaining('different streams') })
    expect(other.Records?.map((r) => [r.PartitionKey, text(r.Data)])).toEqual([['ключ "1"', '']])

    const from = async (more: object) => {
      const ShardIterator = await iterator('records', one.ShardId!, more)
      return (await kinesis.send(new GetRecordsCommand({ ShardIterator }))).Records!.map((r) =>
        text(r.Data).slice(0, 6),
      )
    }
    await clock.advance(1000)
    const StartingSequenceNumber = one.SequenceNumber
    expect((await from({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber }))[0]).toBe('first')
    expect((await from({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber }))[0]).toBe('second')
    expect((await from({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(firstMs + 1000) }))[0]).toBe('second')
    expect(await from({ ShardIteratorType: 'LATEST' })).toEqual([])
  })

  it('pages with Limit and goes on where it stood', async () => {
    await active('pages')
    const Records = Array.from({ length: 25 }, (_, i) => ({ PartitionKey: `k${i}`, Data: bytes(`r${i}`) }))
    await kinesis.send(new PutRecordsCommand({ StreamName: 'pages', Records }))
    let ShardIterator: string | undefined = await iterator('pages', 'shardId-000000000000')
    const seen: string[] = []
    for (let page = 0; page < 3; page++) {
      await clock.advance(1000)
      const answer: { Records?: { Data?: Uint8Array }[]; NextShardIterator?: string } = await kinesis.send(
        new GetRecordsCommand({ ShardIterator, Limit: 10 }),
      )
      seen.push(...answer.Records!.map((r) => text(r.Data)))
      ShardIterator = answer.NextShardIterator
    }
    expect(seen).toEqual(Records.map((r) => text(r.Data)))
  })

  it('splits and merges; a closed shard ends with its children', async () => {
    await active('family')
    await kinesis.send(new PutRecordCommand({ StreamName: 'family', PartitionKey: 'a', Data: bytes('before') }))
    await kinesis.send(
      new SplitShardCommand({ StreamName: 'family', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: HALF }),
    )
    await expect(
      kinesis.send(
        new UpdateShardCountCommand({ StreamName: 'family', TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }),
      ),
    ).rejects.toMatchObject({ name: 'ResourceInUseException' })
    await clock.advance(1000)
    const last = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator('family', 'shard-0') }))
    expect(last.Records?.map((r) => text(r.Data))).toEqual(['before'])
    expect(last.NextShardIterator).toBeUndefined()
    expect(last.ChildShards).toEqual([
      {
        ShardId: 'shardId-000000000001',
        ParentShards: ['shardId-000000000000'],
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(BigInt(HALF) - 1n) },
      },
      {
        ShardId: 'shardId-000000000002',
        ParentShards: ['shardId-000000000000'],
        HashKeyRange: { StartingHashKey: HALF, EndingHashKey: String(2n ** 128n - 1n) },
      },
    ])
    await expect(
      kinesis.send(
        new MergeShardsCommand({ StreamName: 'family', ShardToMerge: 'shard-2', AdjacentShardToMerge: 'shard-1' }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message:
        'Shards shardId-000000000002 and shardId-000000000001 in stream family under account 000000000000 are not an adjacent pair of shards eligible for merging',
    })
    await kinesis.send(
      new MergeShardsCommand({ StreamName: 'family', ShardToMerge: 'shard-1', AdjacentShardToMerge: 'shard-2' }),
    )
    await clock.advance(1000)
    const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName: 'family' }))
    expect(Shards?.map((s) => [s.ShardId, s.ParentShardId, s.AdjacentParentShardId])).toEqual([
      ['shardId-000000000000', undefined, undefined],
      ['shardId-000000000001', 'shardId-000000000000', undefined],
      ['shardId-000000000002', 'shardId-000000000000', undefined],
      ['shardId-000000000003', 'shardId-000000000001', 'shardId-000000000002'],
    ])
    const latest = await kinesis.send(
      new ListShardsCommand({ StreamName: 'family', ShardFilter: { Type: 'AT_LATEST' } }),
    )
    expect(latest.Shards?.map((s) => s.ShardId)).toEqual(['shardId-000000000003'])
    const page = await kinesis.send(new ListShardsCommand({ StreamName: 'family', MaxResults: 3 }))
    const rest = await kinesis.send(new ListShardsCommand({ NextToken: page.NextToken }))
    expect(rest.Shards?.map((s) => s.ShardId)).toEqual(['shardId-000000000003'])
  })

  it('answers part of a put when a shard is over its quota', async () => {
    await active('quota')
    const put = () =>
      kinesis.send(
        new PutRecordsCommand({
          StreamName: 'quota',
          Records: Array.from({ length: 400 }, (_, i) => ({ PartitionKey: `k${i}`, Data: bytes('x') })),
        }),
      )
    await put()
    await put()
    const third = await put()
    expect(third.FailedRecordCount).toBe(200)
    expect(third.Records![399]).toEqual({
      ErrorCode: 'ProvisionedThroughputExceededException',
      ErrorMessage: 'Rate exceeded for shard shardId-000000000000 in stream quota under account 000000000000.',
    })
    await expect(
      kinesis.send(new PutRecordCommand({ StreamName: 'quota', PartitionKey: 'a', Data: bytes('x') })),
    ).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
    const ShardIterator = await iterator('quota', 'shard-0')
    for (let read = 0; read < 5; read++) await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    await expect(kinesis.send(new GetRecordsCommand({ ShardIterator }))).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    })
  })

  it('says what is wrong in the words of the service', async () => {
    await active('wrong')
    const StreamName = 'wrong'
    const rejects = async (sent: Promise<unknown>, name: string, message: string) =>
      expect(sent).rejects.toMatchObject({ name, message })
    await rejects(
      kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: '', Data: bytes('x') })),
      'ValidationException',
      "1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
    )
    await rejects(
      kinesis.send(
        new PutRecordsCommand({ StreamName, Records: [{ PartitionKey: 'a', Data: new Uint8Array(1048577) }] }),
      ),
      'ValidationException',
      "1 validation error detected: Value java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577] at 'records.1.member.data' failed to satisfy constraint: Member must have length less than or equal to 1048576",
    )
    await rejects(
      kinesis.send(
        new PutRecordCommand({ StreamName, PartitionKey: 'a', Data: bytes('x'), ExplicitHashKey: String(2n ** 128n) }),
      ),
      'InvalidArgumentException',
      'Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456',
    )
    await rejects(
      kinesis.send(new PutRecordCommand({ StreamName: 'nowhere', PartitionKey: 'a', Data: bytes('x') })),
      'ResourceNotFoundException',
      'Stream nowhere under account 000000000000 not found.',
    )
    await rejects(
      kinesis.send(new GetRecordsCommand({ ShardIterator: 'AAAA' })),
      'InvalidArgumentException',
      'Invalid ShardIterator.',
    )
    await rejects(
      kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId: 'shard-7', ShardIteratorType: 'LATEST' })),
      'ResourceNotFoundException',
      'Shard shardId-000000000007 in stream wrong under account 000000000000 does not exist',
    )
    await rejects(
      kinesis.send(
        new GetShardIteratorCommand({ StreamName, ShardId: 'shard-0', ShardIteratorType: 'AT_SEQUENCE_NUMBER' }),
      ),
      'InvalidArgumentException',
      'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.',
    )
    await rejects(
      kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: 'shard-0', NewStartingHashKey: '1' })),
      'InvalidArgumentException',
      `NewStartingHashKey 1 used in SplitShard() on shard shardId-000000000000 in stream wrong under account 000000000000 is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey ${2n ** 128n - 1n}.`,
    )
    await rejects(
      kinesis.send(
        new PutRecordsCommand({ StreamName, Records: [{ PartitionKey: 'a', Data: bytes('x') }], DryRun: true }),
      ),
      'DryRunOperationException',
      'The request was rejected because the DryRun parameter was specified.',
    )
  })

  it('lets an iterator live five minutes of real time', async () => {
    await active('mortal')
    const { createdMs } = await engines.clients.stream.describeStream({ stream: 'mortal' })
    const at = { stream: 'mortal', shardId: 'shardId-000000000000' }
    const sequenceNumber = startingSequenceNumber(0, Math.floor(createdMs / 1000))
    const old = writeIterator({ ...at, sequenceNumber }, Date.now() - 301_000)
    await expect(kinesis.send(new GetRecordsCommand({ ShardIterator: old }))).rejects.toMatchObject({
      name: 'ExpiredIteratorException',
      message: expect.stringMatching(
        /^Iterator expired\. The iterator was created at time \w{3} \w{3} \d\d .* UTC \d{4} while/,
      ),
    })
    await clock.advance(600_000)
    const young = await iterator('mortal', 'shard-0')
    expect(Buffer.from(young, 'base64').subarray(0, 8).toString('hex')).toBe('0000000000000001')
    expect(Buffer.from(young, 'base64').length).toBe(152)
    expect((await kinesis.send(new GetRecordsCommand({ ShardIterator: young }))).Records).toEqual([])
  })

  it('keeps tags, retention, mode and limits', async () => {
    await active('settings')
    const StreamName = 'settings'
    await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags: { a: '1', b: '2' } }))
    await kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ['a'] }))
    const { Tags, HasMoreTags } = await kinesis.send(new ListTagsForStreamCommand({ StreamName }))
    expect([Tags, HasMoreTags]).toEqual([[{ Key: 'b', Value: '2' }], false])
    await kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    await expect(
      kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 })),
    ).rejects.toMatchObject({
      message:
        'Requested retention period (24 hours) for stream settings can not be shorter than existing retention period (48 hours). Use DecreaseRetentionPeriod API.',
    })
    await kinesis.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 }))
    await kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }))
    await clock.advance(1000)
    const StreamARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/settings'
    await kinesis.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }))
    const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }))
    expect(StreamDescription).toMatchObject({
      RetentionPeriodHours: 24,
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    })
    expect(StreamDescription?.Shards).toHaveLength(3)
    const limits = await kinesis.send(new DescribeLimitsCommand({}))
    expect(limits).toMatchObject({ OnDemandStreamCount: 1, OnDemandStreamCountLimit: 50 })
    const page = await kinesis.send(new ListStreamsCommand({ Limit: 2 }))
    expect(page.HasMoreStreams).toBe(true)
    const next = await kinesis.send(new ListStreamsCommand({ NextToken: page.NextToken }))
    expect(page.StreamNames!.concat(next.StreamNames!)).toEqual([...page.StreamNames!, ...next.StreamNames!].sort())
    const issued = JSON.parse(Buffer.from(page.NextToken!, 'base64').toString())
    const old = Buffer.from(JSON.stringify({ ...issued, issuedMs: issued.issuedMs - 301_000 })).toString('base64')
    await expect(kinesis.send(new ListStreamsCommand({ NextToken: old }))).rejects.toMatchObject({
      name: 'ExpiredNextTokenException',
    })
  })

  it('gives sequence numbers of the service’s shape', async () => {
    await active('numbers')
    const { SequenceNumber } = await kinesis.send(
      new PutRecordCommand({ StreamName: 'numbers', PartitionKey: 'a', Data: bytes('x') }),
    )
    expect(BigInt(SequenceNumber!).toString(16)).toMatch(/^20[0-9a-f]{8}0[0-9a-f]{16}000[0-9a-f]{8}000000002$/)
    expect(parseSequenceNumber(SequenceNumber!)).toMatchObject({ shard: 0, offset: 0 })
  })

  it('refuses data that is no base64', async () => {
    await active('base64')
    const put = (Data: string) =>
      fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'Kinesis_20131202.PutRecords',
          authorization:
            'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify({
          StreamName: 'base64',
          Records: [
            { PartitionKey: 'a', Data: 'eHh4' },
            { PartitionKey: 'b', Data },
          ],
        }),
      })
    for (const bad of ['eHh', 'e*h4', '=HH4']) {
      const answer = await put(bad)
      expect([answer.status, ((await answer.json()) as { __type: string }).__type]).toEqual([
        400,
        'SerializationException',
      ])
    }
    expect(await (await put('eHg=')).json()).toMatchObject({ FailedRecordCount: 0 })
    expect((await engines.clients.stream.describeStream({ stream: 'base64' })).shards[0].nextOffset).toBe(2)
  })

  it('hands what KPL aggregated to clients as it came, and apart to engines inside', async () => {
    await active('kpl')
    const Data = aggregate([
      { key: 'a', data: 'one' },
      { key: 'b', data: 'two' },
    ])
    await kinesis.send(new PutRecordCommand({ StreamName: 'kpl', PartitionKey: 'a', Data }))
    const { Records } = await kinesis.send(
      new GetRecordsCommand({ ShardIterator: await iterator('kpl', 'shardId-000000000000') }),
    )
    expect(Records).toHaveLength(1)
    expect(Buffer.from(Records![0].Data!).equals(Data)).toBe(true)
    const read = await engines.clients.stream.read({
      stream: 'kpl',
      shardId: 'shardId-000000000000',
      position: { type: 'TRIM_HORIZON' },
    })
    const apart = deaggregateBatch(read.batch)
    expect([apart.count, keyText(apart, 0), keyText(apart, 1), text(apart.data)]).toEqual([2, 'a', 'b', 'onetwo'])
  })

  it('answers CBOR in CBOR', async () => {
    await active('cbor')
    const headers = {
      'content-type': 'application/x-amz-cbor-1.1',
      'x-amz-target': 'Kinesis_20131202.PutRecords',
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
    }
    const put = encode({ StreamName: 'cbor', Records: [{ PartitionKey: 'a', Data: bytes('x') }] })
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const sent = request(endpoint, { method: 'POST', headers }, async (response) =>
        resolve(Buffer.concat(await response.toArray())),
      )
      sent.on('error', reject).end(put)
    })
    const body = decode(answer)
    expect(body).toMatchObject({ FailedRecordCount: 0, Records: [{ ShardId: 'shardId-000000000000' }] })
  })
})
