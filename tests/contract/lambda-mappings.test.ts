import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingRequest,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { createFunction, startLambda, type TestLambda } from '../support/lambda.ts'

const TIMEOUT = { timeout: 60_000 }
const STREAM = 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks'

/** Says what it got, one line a record, and fails where a record says so. */
const ECHO = `export const handler = async ({ Records }) => {
  const got = Records.map(({ kinesis }) => ({ key: kinesis.partitionKey, text: Buffer.from(kinesis.data, 'base64').toString(), id: kinesis.sequenceNumber }))
  console.log('BATCH ' + JSON.stringify(got.map(({ key, text }) => key + ':' + text)))
  const bad = got.find(({ text }) => text.startsWith('bad'))
  if (!bad) return { batchItemFailures: [] }
  if (process.env.REPORTS) return { batchItemFailures: [{ itemIdentifier: bad.id }] }
  throw new Error('a bad record')
}`

/** Adds up what it got, and says what it knew before; `large` makes its state too large, and `none` makes it answer none. */
const TALLY = `export const handler = async ({ Records, state, window, isFinalInvokeForWindow: final, isWindowTerminatedEarly: early }) => {
  const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString())
  console.log('WINDOW ' + JSON.stringify({ records: texts.length, sum: typeof state.sum === 'string' ? null : state.sum ?? 0, final, early, window }))
  if (texts.includes('none')) return
  if (texts.includes('large')) return { state: { sum: 'x'.repeat(1100000) } }
  return { state: { sum: texts.reduce((sum, text) => sum + Number(text), state.sum ?? 0) } }
}`

interface Tally {
  readonly records: number
  readonly sum: number | null
  readonly final: boolean
  readonly early: boolean
  readonly window: { readonly start: string; readonly end: string }
}

class Bed implements AsyncDisposable {
  readonly lambda: TestLambda
  readonly clock: ManualClock

  private constructor(lambda: TestLambda) {
    this.lambda = lambda
    this.clock = lambda.gate.engines.clock as ManualClock
  }

  static async start(shardCount = 1, code = ECHO, environment: Record<string, string> = {}): Promise<Bed> {
    const bed = new Bed(await startLambda())
    await bed.clients.stream.createStream({ stream: 'clicks', shardCount })
    await bed.clock.advance(1000)
    await createFunction(bed.lambda.lambda, 'echo', code, { Timeout: 20, Environment: { Variables: environment } })
    return bed
  }

  get clients() {
    return this.lambda.gate.engines.clients
  }

  map(more: Partial<CreateEventSourceMappingRequest> = {}) {
    return this.lambda.lambda.send(
      new CreateEventSourceMappingCommand({
        EventSourceArn: STREAM,
        FunctionName: 'echo',
        StartingPosition: 'TRIM_HORIZON',
        ...more,
      }),
    )
  }

  async put(...records: string[]): Promise<void> {
    const batch = new BatchBuilder()
    for (const record of records) {
      const [key, text] = record.includes(':') ? record.split(':') : ['k', record]
      batch.add(key, text)
    }
    await this.clients.stream.put({ stream: 'clicks', batch: batch.finish() })
  }

  /** One record, whatever is in it. */
  async putText(text: string): Promise<void> {
    const batch = new BatchBuilder()
    batch.add('k', text)
    await this.clients.stream.put({ stream: 'clicks', batch: batch.finish() })
  }

  async windows(): Promise<Tally[]> {
    const log = await this.clients.functions.readLog({ name: 'echo', lines: 5000 })
    return log.flatMap((line) =>
      line.includes('WINDOW ') ? [JSON.parse(line.slice(line.indexOf('WINDOW ') + 7))] : [],
    )
  }

  /** Batches that the function got, in the order of its log. */
  async batches(): Promise<string[][]> {
    const log = await this.clients.functions.readLog({ name: 'echo', lines: 5000 })
    return log.flatMap((line) => (line.includes('BATCH ') ? [JSON.parse(line.slice(line.indexOf('BATCH ') + 6))] : []))
  }

  async records(): Promise<string[]> {
    return (await this.batches()).flat().sort()
  }

  async mapping() {
    return (await this.clients.functions.listMappings({}))[0]
  }

  async failures(): Promise<{ key: string; record: Record<string, never> & { payload: string } }[]> {
    const { objects } = await this.clients.lake.listObjects({ bucket: 'failures' })
    return Promise.all(
      objects.map(async ({ key }) => {
        const { body } = await this.clients.lake.getObject({ bucket: 'failures', key })
        return { key, record: JSON.parse(Buffer.from(body).toString()) }
      }),
    )
  }

  async [Symbol.asyncDispose]() {
    await this.lambda[Symbol.asyncDispose]()
  }
}

describe('a mapping of a data stream', TIMEOUT, () => {
  it('gives the function Kinesis events as Lambda does', async () => {
    await using bed = await Bed.start(
      1,
      `export const handler = async (event) => { console.log('EVENT ' + JSON.stringify(event)) }`,
    )
    await bed.put('user:hello')
    await bed.map()
    const event = async () =>
      (await bed.clients.functions.readLog({ name: 'echo' })).find((line) => line.includes('EVENT '))
    await expect.poll(event, { timeout: 10_000 }).toBeDefined()
    const { Records } = JSON.parse((await event())!.split('EVENT ')[1])
    const { shards } = await bed.clients.stream.describeStream({ stream: 'clicks' })
    const arrivalMs = (
      await bed.clients.stream.read({
        stream: 'clicks',
        shardId: shards[0].shardId,
        position: { type: 'TRIM_HORIZON' },
      })
    ).arrivals[0]
    const { sequenceNumber } = Records[0].kinesis
    expect(sequenceNumber).toMatch(/^\d{56}$/)
    expect(Records).toEqual([
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: 'user',
          sequenceNumber,
          data: Buffer.from('hello').toString('base64'),
          approximateArrivalTimestamp: arrivalMs / 1000,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `shardId-000000000000:${sequenceNumber}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: 'arn:aws:iam::000000000000:role/lambda',
        awsRegion: 'us-east-1',
        eventSourceARN: STREAM,
      },
    ])
  })

  it('makes batches by size, or by its window on the engine’s clock', async () => {
    await using bed = await Bed.start()
    await bed.map({ BatchSize: 3, MaximumBatchingWindowInSeconds: 60 })
    await bed.put('1', '2', '3', '4')
    await expect.poll(() => bed.batches(), { timeout: 10_000 }).toEqual([['k:1', 'k:2', 'k:3']])
    await bed.clock.advance(30_000)
    expect(await bed.batches()).toHaveLength(1)
    await bed.clock.advance(31_000)
    await expect.poll(() => bed.batches(), { timeout: 10_000 }).toEqual([['k:1', 'k:2', 'k:3'], ['k:4']])
  })

  it('begins at LATEST, and goes on where it was after a pause and a restart of the mapping', async () => {
    await using bed = await Bed.start()
    await bed.put('before')
    const { UUID } = await bed.map({ StartingPosition: 'LATEST' })
    await bed.put('1')
    await expect.poll(() => bed.records(), { timeout: 10_000 }).toEqual(['k:1'])
    await bed.lambda.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }))
    await bed.put('2')
    expect((await bed.lambda.lambda.send(new GetEventSourceMappingCommand({ UUID }))).State).toBe('Disabled')
    await bed.lambda.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }))
    await expect.poll(() => bed.records(), { timeout: 10_000 }).toEqual(['k:1', 'k:2'])
  })

  it('keeps the order of each key in several lanes and over a reshard', async () => {
    await using bed = await Bed.start(2)
    await bed.map({ BatchSize: 4, ParallelizationFactor: 3 })
    const keys = ['a', 'b', 'c', 'd', 'e', 'f']
    let n = 0
    const more = (count: number) =>
      bed.put(...Array.from({ length: count }, () => `${keys[n % 6]}:${String(n++).padStart(3, '0')}`))
    await more(60)
    await bed.clients.stream.updateShardCount({ stream: 'clicks', targetShardCount: 3 })
    await more(30)
    await bed.clock.advance(60_000)
    await more(60)
    await expect.poll(async () => (await bed.records()).length, { timeout: 20_000 }).toBe(150)
    const order = (await bed.batches()).flat()
    // Batches of one key never overlap, so the log has them in their order.
    for (const key of keys) {
      const own = order.filter((record) => record.startsWith(`${key}:`))
      expect(own).toEqual([...own].sort())
    }
  })

  it('isolates a bad record by halves, and sends it to its bucket', async () => {
    await using bed = await Bed.start()
    await bed.clients.lake.createBucket({ bucket: 'failures' })
    await bed.put('1', '2', 'bad', '3', '4')
    const { UUID } = await bed.map({
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } },
    })
    for (let i = 0; i < 50 && (await bed.mapping()).discardedRecords === 0; i++) await bed.clock.advance(1000)
    await expect.poll(async () => (await bed.mapping()).handledRecords, { timeout: 10_000 }).toBe(4)
    const [{ key, record }, ...others] = await bed.failures()
    expect(others).toEqual([])
    expect(key).toMatch(
      new RegExp(`^aws/lambda/${UUID}/shardId-000000000000/2001/01/01/2001-01-01T[\\d.]{8}-[0-9a-f-]{36}$`),
    )
    expect(record).toMatchObject({
      version: '1.0',
      requestContext: {
        condition: 'RetryAttemptsExhausted',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: 1, streamArn: STREAM },
    })
    expect(Buffer.from(JSON.parse(record.payload).Records[0].kinesis.data, 'base64').toString()).toBe('bad')
  })

  it('takes a function’s word for which records failed', async () => {
    await using bed = await Bed.start(1, ECHO, { REPORTS: '1' })
    await bed.put('1', '2', 'bad', '3')
    await bed.map({ FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 1 })
    for (let i = 0; i < 50 && (await bed.mapping()).pendingRecords > 0; i++) await bed.clock.advance(1000)
    expect(await bed.batches()).toEqual([
      ['k:1', 'k:2', 'k:bad', 'k:3'],
      ['k:bad', 'k:3'],
    ])
    expect(await bed.mapping()).toMatchObject({ handledRecords: 2, discardedRecords: 2 })
  })

  it('passes over what matches none of its filters, JSON or not', async () => {
    await using bed = await Bed.start()
    const Pattern = JSON.stringify({ data: { speed: [{ numeric: ['>', 100] }], kind: [{ 'anything-but': 'test' }] } })
    const created = await bed.map({ FilterCriteria: { Filters: [{ Pattern }] }, BatchSize: 2 })
    expect(created.FilterCriteria).toEqual({ Filters: [{ Pattern }] })
    const texts = [
      '{"speed": 120, "kind": "a"}',
      '{"speed": 90, "kind": "a"}',
      'no JSON',
      '{"speed": 130, "kind": "test"}',
    ]
    for (const text of texts) await bed.putText(text)
    await expect.poll(async () => (await bed.mapping()).filteredRecords, { timeout: 10_000 }).toBe(3)
    await expect.poll(async () => (await bed.mapping()).pendingRecords, { timeout: 10_000 }).toBe(0)
    expect(await bed.batches()).toEqual([[`k:${texts[0]}`]])
    await bed.lambda.lambda.send(new UpdateEventSourceMappingCommand({ UUID: created.UUID, FilterCriteria: {} }))
    await bed.putText('after')
    await expect.poll(() => bed.records(), { timeout: 10_000 }).toContain('k:after')
  })

  it('carries a state through tumbling windows, over a restart of the mapping too, and ends each of them once', async () => {
    await using bed = await Bed.start(1, TALLY)
    const { UUID } = await bed.map({ TumblingWindowInSeconds: 60, BatchSize: 2 })
    // Windows begin with whole minutes.
    await bed.clock.advance(60_000 - (bed.clock.now() % 60_000))
    await bed.put('1', '2', '3')
    await expect.poll(async () => (await bed.mapping()).handledRecords, { timeout: 10_000 }).toBe(3)
    for (const Enabled of [false, true])
      await bed.lambda.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }))
    await bed.put('4')
    await expect.poll(async () => (await bed.mapping()).handledRecords, { timeout: 10_000 }).toBe(1)
    await bed.clock.advance(60_000)
    await bed.put('5')
    await expect.poll(async () => (await bed.windows()).length, { timeout: 10_000 }).toBe(5)
    // Nothing more comes: two minutes after its end the window is over too.
    await bed.clock.advance(185_000)
    await expect.poll(async () => (await bed.windows()).length, { timeout: 10_000 }).toBe(6)
    const [first, , , last] = await bed.windows()
    expect(await bed.windows()).toEqual([
      { records: 2, sum: 0, final: false, early: false, window: first.window },
      { records: 1, sum: 3, final: false, early: false, window: first.window },
      { records: 1, sum: 6, final: false, early: false, window: first.window },
      { records: 0, sum: 10, final: true, early: false, window: first.window },
      { records: 1, sum: 0, final: false, early: false, window: expect.objectContaining({ start: last.window.end }) },
      { records: 0, sum: 5, final: true, early: false, window: expect.objectContaining({ start: last.window.end }) },
    ])
    expect(first.window).toEqual({ start: expect.stringMatching(/:00Z$/), end: expect.stringMatching(/:00Z$/) })
  })

  it('ends a window early whose state is too large, and tries a function again that answers none', async () => {
    await using bed = await Bed.start(1, TALLY)
    await bed.map({ TumblingWindowInSeconds: 60, BatchSize: 1, MaximumRetryAttempts: 1 })
    await bed.put('large', '7')
    await expect.poll(async () => (await bed.mapping()).handledRecords, { timeout: 10_000 }).toBe(2)
    expect((await bed.windows()).map(({ records, sum, final, early }) => [records, sum, final, early])).toEqual([
      [1, 0, false, false],
      [0, null, true, true],
      [1, 0, false, false],
    ])
    await bed.put('none')
    for (let i = 0; i < 50 && (await bed.mapping()).discardedRecords === 0; i++) await bed.clock.advance(1000)
    expect(await bed.mapping()).toMatchObject({ handledRecords: 2, discardedRecords: 1 })
    expect(await bed.windows()).toHaveLength(5)
  })

  it('counts attempts on over a restart of the mapping', async () => {
    await using bed = await Bed.start()
    await bed.clients.lake.createBucket({ bucket: 'failures' })
    await bed.put('bad')
    const { UUID } = await bed.map({
      MaximumRetryAttempts: 3,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } },
    })
    await expect.poll(async () => (await bed.batches()).length, { timeout: 10_000 }).toBe(1)
    await bed.clock.advance(1000)
    await expect.poll(async () => (await bed.batches()).length, { timeout: 10_000 }).toBe(2)
    for (const Enabled of [false, true])
      await bed.lambda.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }))
    // What came meanwhile does not share the fate of a batch that has failed so often.
    await bed.put('good')
    for (let i = 0; i < 50 && (await bed.failures()).length === 0; i++) await bed.clock.advance(1000)
    const [{ record }] = await bed.failures()
    expect(record).toMatchObject({ requestContext: { approximateInvokeCount: 4 }, KinesisBatchInfo: { batchSize: 1 } })
    await expect.poll(async () => (await bed.mapping()).handledRecords, { timeout: 10_000 }).toBe(1)
    expect((await bed.batches()).filter((batch) => batch.includes('k:bad'))).toHaveLength(4)
  })

  it('refuses by name what it does not honour', async () => {
    await using bed = await Bed.start()
    const refused = (more: object, message: string) =>
      expect(bed.map(more)).rejects.toMatchObject({ message: expect.stringContaining(message) })
    await refused({ TumblingWindowInSeconds: 901 }, 'tumblingWindowInSeconds')
    await refused({ TumblingWindowInSeconds: 60, ParallelizationFactor: 2 }, 'one state for each shard')
    await refused({ FilterCriteria: { Filters: [{ Pattern: '{"data":["x"]}' }] } }, 'Invalid filter pattern definition')
    await refused({ FilterCriteria: { Filters: Array(6).fill({ Pattern: '{}' }) } }, 'less than or equal to 5')
    await refused({ MetricsConfig: { Metrics: ['EventCount'] } }, 'MetricsConfig')
    await refused(
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } } },
      'arn:aws:sqs',
    )
    await refused({ DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::absent' } } }, 'absent does not exist')
    await refused({ EventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s' }, 'Kinesis')
    await refused({ EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/absent' }, 'absent')
    await refused({ FunctionName: 'absent' }, 'Function not found')
    await refused({ StartingPosition: undefined }, 'startingPosition')
    await refused({ BatchSize: 1001 }, 'batch window')
    await refused({ ParallelizationFactor: 11 }, 'parallelizationFactor')
    expect((await bed.lambda.lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings).toEqual([])
  })

  it('is deleted with its checkpoints', async () => {
    await using bed = await Bed.start()
    const { UUID } = await bed.map()
    await expect(bed.map()).rejects.toMatchObject({ name: 'ResourceConflictException' })
    await bed.put('1')
    await expect.poll(() => bed.records(), { timeout: 10_000 }).toEqual(['k:1'])
    await bed.lambda.lambda.send(new DeleteEventSourceMappingCommand({ UUID }))
    await expect(bed.lambda.lambda.send(new GetEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await bed.map()
    await expect.poll(() => bed.records(), { timeout: 10_000 }).toEqual(['k:1', 'k:1'])
  })
})
