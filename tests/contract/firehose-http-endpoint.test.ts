import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engine as firehoseEngine } from '../../src/engines/firehose/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as streamEngine } from '../../src/engines/stream/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { type EndpointBed, endpointBed } from './firehose-endpoint-bed.ts'
import { FakeLake, rawBatch } from './firehose-fakes.ts'
import { HttpReceiver, type Reply } from './firehose-servers.ts'

const RUNS = process.env.MILLRACE_NIGHTLY ? 60 : 6

let server: HttpReceiver
let url: string

beforeEach(async () => {
  server = new HttpReceiver()
  url = await server.listen()
})
afterEach(() => server[Symbol.asyncDispose]())

const open = (config: object = {}, more: object = {}, settings: object = {}): Promise<EndpointBed> =>
  endpointBed({ kind: 'http-endpoint', config: { url: `${url}/in?x=1`, ...config } }, more, settings)

const failed = (t: EndpointBed) => t.lake.lines('bad/http-endpoint-failed/').map((line) => JSON.parse(line))

describe('an HTTP endpoint', () => {
  it('gets requests of the documented form, and each record once', async () => {
    server.accessKey = 'a key'
    await using t = await open({ accessKey: 'a key', commonAttributes: { env: 'test', who: 'Zoë 🛩' } })
    await t.put('{"a":1}', 'b')
    await t.put('c')
    await t.clock.advance(60_000)
    expect(server.problems).toEqual([])
    expect(server.records).toEqual(['{"a":1}', 'b', 'c'])
    const [{ path, query, headers, body }] = server.asked
    expect(`${path}?${query}`).toBe('/in?x=1')
    expect(JSON.parse(String(headers['x-amz-firehose-common-attributes']))).toEqual({
      commonAttributes: { env: 'test', who: 'Zoë 🛩' },
    })
    expect(headers['x-amz-firehose-source-arn']).toBe('arn:aws:firehose:us-east-1:000000000000:deliverystream/d')
    expect(headers['content-encoding']).toBeUndefined()
    expect(JSON.parse(body.toString()).timestamp).toBe(Date.UTC(2001, 0, 1, 0, 1))
    expect(await t.stats()).toMatchObject({ inRecords: 3, deliveredRecords: 3, bufferedRecords: 0 })
    expect(t.lake.keys()).toEqual([])
  })

  it('gets gzip where it is asked for', async () => {
    await using t = await open({ contentEncoding: 'GZIP' })
    await t.put('x')
    await t.flush()
    expect(server.asked[0].headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(server.asked[0].body).toString()).records).toHaveLength(1)
    expect(server.records).toEqual(['x'])
  })

  const answers: [string, Reply, string, RegExp][] = [
    [
      'a status',
      { status: 500, body: { errorMessage: 'no room' } },
      'HttpEndpoint.DestinationException',
      /500: no room/,
    ],
    ['no JSON', { body: 'fine' }, 'HttpEndpoint.InvalidResponseFromDestination', /no JSON object/],
    [
      'no JSON type',
      { body: '{}', headers: { 'content-type': 'text/html' } },
      'HttpEndpoint.InvalidResponseFromDestination',
      /application\/json/,
    ],
    ['another id', { body: { requestId: 'x', timestamp: 1 } }, 'HttpEndpoint.InvalidResponseFromDestination', /"x"/],
    ['too much', { body: 'x'.repeat(2_000_000) }, 'HttpEndpoint.ResponseTooLarge', /longer/],
    ['a cut connection', 'cut', 'HttpEndpoint.ConnectionFailed', /could not be reached/],
    ['nothing', 'hang', 'HttpEndpoint.RequestTimeout', /did not answer/],
    [
      'a redirect, which is not followed',
      { status: 302, body: {}, headers: { location: 'http://127.0.0.1:1/' } },
      'HttpEndpoint.DestinationException',
      /302/,
    ],
  ]
  it.each(
    answers,
  )('is tried again after %s for the retry duration, under one id; then S3 has the records', async (_, reply, code, message) => {
    server.before = () => reply
    await using t = await open({ retrySeconds: 10 }, {}, { endpointTimeoutMs: 150 })
    await t.put('a', 'b')
    await t.clock.advance(60_000)
    // Attempts after 0, 1, 3 and 7 s; the next would be after the ten seconds.
    await t.clock.advance(9_000)
    expect(server.asked).toHaveLength(4)
    expect(new Set(server.asked.map(({ headers }) => headers['x-amz-firehose-request-id'])).size).toBe(1)
    await t.clock.advance(60_000)
    expect(server.asked).toHaveLength(4)
    expect(failed(t)).toHaveLength(2)
    expect(failed(t)[0]).toMatchObject({
      attemptsMade: 4,
      arrivalTimestamp: Date.UTC(2001, 0, 1),
      errorCode: code,
      errorMessage: expect.stringMatching(message),
      rawData: Buffer.from('a').toString('base64'),
    })
    expect(await t.stats()).toMatchObject({ deliveredRecords: 0, failedRecords: 2, bufferedRecords: 0 })
  })

  it('has an answer without timestamp refused', async () => {
    server.after = ({ headers }) => ({ body: { requestId: headers['x-amz-firehose-request-id'] } })
    await using t = await open({ retrySeconds: 0 })
    await t.put('a')
    await t.flush()
    expect(failed(t)[0].errorMessage).toMatch(/no timestamp/)
  })

  it('has copies of all records in S3 where they are asked for, compressed', async () => {
    await using t = await open({}, { prefix: 'all/', backupPrefix: 'all/', compression: 'GZIP' })
    await t.put('a', 'b')
    await t.flush()
    expect(server.records).toEqual(['a', 'b'])
    const [key] = t.lake.keys('all/')
    expect(gunzipSync(t.lake.objects.get(key)!).toString()).toBe('ab')
  })

  it('has each record once, or under the error prefix, whatever fails and stops when', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 3, arbitrary: fc.constantFrom('minute' as const, 'restart' as const) },
      { weight: 3, arbitrary: fc.constantFrom('refuse' as const, 'lose' as const, 'mend' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        server.taken.clear()
        await using t = await open({ retrySeconds: 100 })
        let next = 0
        for (const action of [...steps, 'mend' as const]) {
          if (action === 'minute') await t.clock.advance(61_000)
          else if (action === 'restart') await t.restart()
          else if (action === 'refuse') server.before = () => ({ status: 503, body: {} })
          // The endpoint has the records, and Firehose does not know it.
          else if (action === 'lose') server.after = () => 'cut'
          else if (action === 'mend') server.before = server.after = () => undefined
          else await t.put(...Array.from({ length: action.put }, () => String(next++)))
          const { inRecords, deliveredRecords, failedRecords, bufferedRecords } = await t.stats()
          expect(inRecords).toBe(next)
          expect(deliveredRecords + failedRecords + bufferedRecords).toBe(next)
        }
        await t.restart()
        await t.clock.advance(500_000)
        expect(server.problems).toEqual([])
        expect(await t.stats()).toMatchObject({ inRecords: next, bufferedRecords: 0, bufferedBytes: 0 })
        const taken = server.records.map(Number)
        const kept = failed(t).map(({ rawData }) => Number(Buffer.from(rawData, 'base64').toString()))
        // What the endpoint took without ever saying so stands in both places, as it must: it is missing nowhere.
        expect(new Set(taken).size).toBe(taken.length)
        expect(new Set(kept).size).toBe(kept.length)
        expect([...new Set([...taken, ...kept])].sort((a, b) => a - b)).toEqual(
          Array.from({ length: next }, (_, i) => i),
        )
      }),
      {
        numRuns: RUNS,
        endOnFailure: true,
        verbose: 1,
        examples: [
          [['lose', { put: 3 }, 'minute', 'restart', { put: 2 }, 'mend', 'minute']],
          [['refuse', { put: 3 }, 'minute', 'restart', { put: 2 }, 'minute', 'minute', 'minute']],
          [['lose', { put: 2 }, { put: 2 }, 'minute', 'restart', 'restart', { put: 1 }, 'minute', 'mend', 'minute']],
        ],
      },
    )
  })

  it('has each piece of a record once where a request ends in the middle of it, and its answer is lost', async () => {
    await using t = await open({ retrySeconds: 7200 }, { deaggregation: { type: 'JSON' } })
    const piece = (n: number) => JSON.stringify({ n, x: 'x'.repeat(300_000) })
    server.after = () => 'cut'
    // Buffers count a MiB of pieces, so the second record's are in two requests.
    await t.put(piece(1) + piece(2) + piece(3), piece(4) + piece(5) + piece(6))
    await t.clock.advance(61_000)
    expect([...server.taken.values()].map((records) => records.length).sort()).toEqual([2, 4])
    expect(await t.stats()).toMatchObject({ inRecords: 2, deliveredRecords: 0, bufferedRecords: 2 })
    await t.restart()
    expect(await t.stats()).toMatchObject({ inRecords: 2, bufferedRecords: 2 })
    server.after = () => undefined
    await t.clock.advance(400_000)
    expect(server.problems).toEqual([])
    expect(server.records.map((text) => JSON.parse(text).n as number).sort()).toEqual([1, 2, 3, 4, 5, 6])
    expect(await t.stats()).toMatchObject({ inRecords: 2, deliveredRecords: 2, bufferedRecords: 0, bufferedBytes: 0 })
  })

  it('gets the records of a data stream once, over failures and starts', async () => {
    const clock = new ManualClock()
    const both = [streamEngine, firehoseEngine]
    const lake = new FakeLake()
    const first = await startEngines(both, { clock, fakes: { lake } })
    const directory = first.workspaceDirectory
    await first.clients.stream.createStream({ stream: 's', shardCount: 2 })
    await clock.advance(1000)
    const endpoint = { kind: 'http-endpoint', config: { url, retrySeconds: 7200 } }
    const buffering = { sizeInMBs: 1, intervalInSeconds: 60 }
    const destination = { bucket: 'lake', buffering, endpoint }
    await first.clients.firehose.createDeliveryStream({ name: 'd', sourceStream: 's', destination })
    const put = async (engines: TestEngines, ...records: string[]) => {
      const keys = new TextEncoder().encode(records.join(''))
      const batch = { ...rawBatch(records), keys, keyEnds: Uint32Array.from(records, (_, i) => i + 1) }
      await engines.clients.stream.put({ stream: 's', batch })
    }
    const stats = (engines: TestEngines) => engines.clients.firehose.stats({ name: 'd' })
    server.after = () => 'cut'
    await put(first, 'a', 'b', 'c', 'd')
    // A data stream is read beside the clock, which is not to run ahead of it.
    while ((await stats(first)).inRecords < 4) await clock.advance(100)
    await clock.advance(70_000)
    expect(await stats(first)).toMatchObject({ inRecords: 4, bufferedRecords: 4 })
    await first.stop()
    server.after = () => undefined
    await using second = await startEngines(both, { clock, fakes: { lake }, directory })
    await put(second, 'e')
    const flushing = second.clients.firehose.flush({ name: 'd' })
    await clock.advance(1000)
    await flushing
    expect(server.problems).toEqual([])
    expect(server.records.sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await stats(second)).toMatchObject({
      inRecords: 5,
      deliveredRecords: 5,
      bufferedRecords: 0,
      bufferedBytes: 0,
    })
  })

  it('is not asked again for a request that a change of destination left behind', async () => {
    server.before = () => ({ status: 503, body: {} })
    await using t = await open({ retrySeconds: 7200 })
    await t.put('a')
    await t.clock.advance(61_000)
    await t.restart()
    await t.update({ bucket: 'lake', prefix: 'plain/', appendDelimiter: true })
    await t.restart()
    await t.clock.advance(400_000)
    expect(t.lake.lines('plain/')).toEqual(['a'])
    expect(await t.stats()).toMatchObject({ inRecords: 1, deliveredRecords: 1, bufferedRecords: 0 })
  })

  it.each([
    [{ url: 'http://example.com/' }, /EndpointConfiguration\.Url: it must begin with https/],
    [{ url: 'https://me:secret@example.com/' }, /EndpointConfiguration\.Url: it cannot contain/],
    [{ url: 'nowhere' }, /EndpointConfiguration\.Url: it is not an address/],
    [{ retrySeconds: 7201 }, /RetryOptions\.DurationInSeconds/],
    [{ color: 'red' }, /color/],
    [{ accessKey: 'schlüssel' }, /EndpointConfiguration\.AccessKey: .*ASCII/],
    [{ commonAttributes: { ' ': 'x' } }, /RequestConfiguration\.CommonAttributes/],
  ])('refuses %o by name', async (config, message) => {
    await expect(open(config)).rejects.toMatchObject({
      code: 'InvalidArgumentException',
      message: expect.stringMatching(message),
    })
  })
})
