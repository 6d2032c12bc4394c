import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EndpointBed, endpointBed } from './firehose-endpoint-bed.ts'
import { type Reply, SplunkReceiver } from './firehose-servers.ts'

let server: SplunkReceiver
let url: string

beforeEach(async () => {
  server = new SplunkReceiver()
  url = await server.listen()
})
afterEach(() => server[Symbol.asyncDispose]())

const open = (config: object = {}, more: object = {}): Promise<EndpointBed> =>
  endpointBed(
    { kind: 'splunk', config: { hecEndpoint: url, hecEndpointType: 'Raw', hecToken: 'a-token', ...config } },
    more,
  )

const failed = (t: EndpointBed) => t.lake.lines('bad/splunk-failed/').map((line) => JSON.parse(line))

describe('Splunk', () => {
  it('gets raw events, and is asked until it acknowledges them', async () => {
    server.askedBefore = 3
    await using t = await open({}, { appendDelimiter: true })
    await t.put('one', 'two')
    await t.clock.advance(60_000)
    expect(server.asked.map(({ path }) => path)).toEqual(['/services/collector/raw', '/services/collector/ack'])
    expect(await t.stats()).toMatchObject({ deliveredRecords: 0, bufferedRecords: 2 })
    await t.clock.advance(15_000)
    expect(server.taken).toEqual(['one\ntwo\n'])
    expect(server.problems).toEqual([])
    expect(await t.stats()).toMatchObject({ deliveredRecords: 2, bufferedRecords: 0 })
  })

  it('gets events as they were made, on the event endpoint of any path', async () => {
    await using t = await open({ hecEndpointType: 'Event', hecEndpoint: `${url}/` })
    await t.put('{"event":"a"}', '{"event":"b"}')
    await t.clock.advance(66_000)
    expect(server.asked[0].path).toBe('/services/collector/event')
    expect(server.taken).toEqual(['{"event":"a"}{"event":"b"}'])
  })

  it('is given up on when no acknowledgement comes in time, and tried again on the same channel', async () => {
    server.askedBefore = Number.POSITIVE_INFINITY
    await using t = await open({ acknowledgmentSeconds: 180, retrySeconds: 0 })
    await t.put('a')
    await t.clock.advance(60_000 + 179_000)
    expect(failed(t)).toEqual([])
    await t.clock.advance(1_000)
    await t.clock.advance(60_000)
    expect(failed(t)[0]).toMatchObject({
      errorCode: 'Splunk.AckTimeout',
      attemptsMade: 1,
      EventId: 'journal.0.0',
      rawData: Buffer.from('a').toString('base64'),
    })
    expect(new Set(server.asked.map(({ query }) => query.get('channel'))).size).toBe(1)
  })

  const refusals: [string, Reply, number][] = [
    ['Splunk.InvalidToken', { status: 403, body: { text: 'Invalid token', code: 4 } }, 3],
    ['Splunk.IndexerBusy', { status: 503, body: { text: 'Server is busy', code: 9 } }, 3],
    ['Splunk.URLNotFound', { status: 404, body: 'not here' }, 3],
    ['Splunk.DisabledAck', { status: 400, body: { text: 'ACK is disabled', code: 14 } }, 3],
    ['Splunk.DisabledAck', { body: { text: 'Success', code: 0 } }, 3],
    ['Splunk.ConnectionClosed', 'cut', 3],
    // What another attempt cannot mend is not tried again.
    ['Splunk.InvalidDataFormat', { status: 400, body: { text: 'Invalid data format', code: 6 } }, 1],
    ['Splunk.ServerError.ContentTooLarge', { status: 413, body: 'too large' }, 1],
  ]
  it.each(refusals)('%s ends under the error prefix', async (errorCode, reply, attemptsMade) => {
    server.before = () => reply
    await using t = await open({ retrySeconds: 5 })
    await t.put('a', 'b')
    await t.clock.advance(180_000)
    expect(failed(t)).toMatchObject([
      { errorCode, attemptsMade },
      { errorCode, attemptsMade },
    ])
    expect(await t.stats()).toMatchObject({ failedRecords: 2, bufferedRecords: 0 })
  })

  it('has each record once after failures and starts', async () => {
    await using t = await open({ retrySeconds: 7200 }, { appendDelimiter: true })
    server.before = () => ({ status: 503, body: {} })
    await t.put('a', 'b')
    await t.clock.advance(90_000)
    await t.restart()
    await t.put('c')
    server.before = () => undefined
    await t.clock.advance(200_000)
    // An acknowledgement that has not come yet when the engine stops is asked for anew, with the events.
    server.askedBefore = 4
    await t.put('d')
    await t.clock.advance(62_000)
    await t.restart()
    await t.clock.advance(200_000)
    expect(server.taken.flatMap((body) => body.split('\n').filter(Boolean)).sort()).toEqual(['a', 'b', 'c', 'd'])
    expect(await t.stats()).toMatchObject({ inRecords: 4, deliveredRecords: 4, bufferedRecords: 0 })
  })

  it('keeps copies of all events in S3 where they are asked for', async () => {
    await using t = await open({}, { prefix: 'all/', backupPrefix: 'all/', appendDelimiter: true })
    await t.put('a')
    await t.clock.advance(120_000)
    expect(t.lake.lines('all/')).toEqual(['a'])
    expect(server.taken).toEqual(['a\n'])
  })

  it.each([
    [{ hecEndpointType: 'Other' }, /HECEndpointType/],
    [{ acknowledgmentSeconds: 100 }, /HECAcknowledgmentTimeoutInSeconds/],
    [{ hecToken: '' }, /HECToken/],
  ])('refuses %o by name', async (config, message) => {
    await expect(open(config)).rejects.toThrow(message)
  })
})
