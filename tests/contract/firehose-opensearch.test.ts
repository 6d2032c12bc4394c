import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EndpointBed, endpointBed } from './firehose-endpoint-bed.ts'
import { OpenSearchReceiver } from './firehose-servers.ts'

const RUNS = process.env.MILLRACE_NIGHTLY ? 60 : 6

let server: OpenSearchReceiver
let url: string

beforeEach(async () => {
  server = new OpenSearchReceiver()
  url = await server.listen()
})
afterEach(() => server[Symbol.asyncDispose]())

const open = (config: object = {}, more: object = {}): Promise<EndpointBed> =>
  endpointBed({ kind: 'opensearch', config: { clusterEndpoint: url, indexName: 'flights', ...config } }, more)

const failed = (t: EndpointBed) => t.lake.lines('bad/AmazonOpenSearchService-failed/').map((line) => JSON.parse(line))

describe('OpenSearch', () => {
  it.each([
    ['NoRotation', 'flights'],
    ['OneHour', 'flights-2001-01-01-05'],
    ['OneDay', 'flights-2001-01-01'],
    ['OneWeek', 'flights-2001-w01'],
    ['OneMonth', 'flights-2001-01'],
  ])('gets documents into the index of their arrival, by %s', async (rotation, index) => {
    await using t = await open({ rotation })
    await t.clock.advance(5 * 3_600_000)
    await t.put('{"a":1}', '{\n  "a": 2\r\n}')
    await t.clock.advance(60_000)
    expect(server.documents(index)).toEqual(['{"a":1}', '{   "a": 2 }'])
    expect(await t.stats()).toMatchObject({ deliveredRecords: 2, bufferedRecords: 0 })
  })

  it('gives documents an id of their own, a type, or no id, as it is told', async () => {
    await using t = await open({ typeName: 'flight', rotation: 'NoRotation' })
    await t.put('{"a":1}', '{"a":1}')
    await t.flush()
    expect(server.actions.map(({ _type }) => _type)).toEqual(['flight', 'flight'])
    expect(new Set(server.actions.map(({ _id }) => _id)).size).toBe(2)
    await using without = await open({ documentIds: 'NO_DOCUMENT_ID' })
    await without.put('{"a":1}')
    await without.flush()
    expect(server.actions[2]).toEqual({ _index: 'flights-2001-01-01' })
  })

  it('tells documents that will never be indexed from those that may be', async () => {
    server.reject = (document) => {
      const { a } = JSON.parse(document) as { a: number }
      return a === 2 ? 400 : a === 3 ? 429 : undefined
    }
    await using t = await open({ retrySeconds: 5 })
    await t.put('{"a":1}', '{"a":2}', '{"a":3}', 'no json', '[1]')
    await t.clock.advance(60_000)
    await t.clock.advance(120_000)
    expect(server.documents('flights-2001-01-01')).toEqual(['{"a":1}'])
    expect(
      failed(t)
        .map(({ errorCode, attemptsMade }) => [errorCode, attemptsMade])
        .sort(),
    ).toEqual([
      ['400', 3],
      ['400', 3],
      ['400', 3],
      ['429', 3],
    ])
    const full = failed(t).find(({ errorCode }) => errorCode === '429')
    expect(full).toMatchObject({
      errorMessage: 'some_exception: refused with 429',
      esIndexName: 'flights-2001-01-01',
      esTypeName: '',
      rawData: Buffer.from('{"a":3}').toString('base64'),
    })
    expect(full.esDocumentId).toBe(server.actions.find(({ _id }) => _id === full.esDocumentId)?._id)
    expect(await t.stats()).toMatchObject({ inRecords: 5, deliveredRecords: 1, failedRecords: 4 })
    // The one that may be indexed was sent alone after the first attempt.
    expect(server.asked.map(({ body }) => body.toString().split('\n').length)).toEqual([7, 3, 3])
  })

  it('is asked again when it does not account for every document', async () => {
    server.after = () => ({ body: { errors: false, items: [] } })
    await using t = await open({ retrySeconds: 0 })
    await t.put('{"a":1}')
    await t.flush()
    expect(failed(t)[0]).toMatchObject({ errorCode: 'OS.InvalidResponse' })
  })

  it('has each document once, or it is under the error prefix, whatever fails and stops when', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 5 }) }) },
      { weight: 3, arbitrary: fc.constantFrom('minute' as const, 'restart' as const) },
      { weight: 4, arbitrary: fc.constantFrom('refuse' as const, 'lose' as const, 'some' as const, 'mend' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, aggregated) => {
        server.indexes.clear()
        const mend = () => {
          server.before = server.after = () => undefined
          server.reject = () => undefined
        }
        mend()
        const more = aggregated ? { deaggregation: { type: 'JSON' as const } } : {}
        await using t = await open({ retrySeconds: 100, rotation: 'NoRotation' }, more)
        let [next, records] = [0, 0]
        for (const action of [...steps, 'mend' as const]) {
          if (action === 'minute') await t.clock.advance(61_000)
          else if (action === 'restart') await t.restart()
          else if (action === 'refuse') server.before = () => 'cut'
          else if (action === 'lose') server.after = () => 'cut'
          else if (action === 'some') server.reject = (document) => (JSON.parse(document).n % 3 === 0 ? 429 : undefined)
          else if (action === 'mend') mend()
          else {
            const documents = Array.from({ length: action.put }, () => `{"n":${next++}}`)
            const put = aggregated ? [documents.join('')] : documents
            records += put.length
            await t.put(...put)
          }
          const { inRecords, deliveredRecords, failedRecords, bufferedRecords } = await t.stats()
          expect(inRecords).toBe(records)
          expect(deliveredRecords + failedRecords + bufferedRecords).toBe(records)
        }
        await t.restart()
        await t.clock.advance(500_000)
        const taken = server.documents('flights').map((document) => JSON.parse(document).n as number)
        const kept = failed(t).map(({ rawData }) => JSON.parse(Buffer.from(rawData, 'base64').toString()).n as number)
        expect(new Set(taken).size).toBe(taken.length)
        expect(new Set(kept).size).toBe(kept.length)
        expect([...new Set([...taken, ...kept])].sort((a, b) => a - b)).toEqual(
          Array.from({ length: next }, (_, i) => i),
        )
        expect(await t.stats()).toMatchObject({ bufferedRecords: 0, bufferedBytes: 0 })
      }),
      {
        numRuns: RUNS,
        endOnFailure: true,
        verbose: 1,
        examples: [
          [['lose', { put: 4 }, 'minute', 'restart', { put: 2 }, 'minute', 'mend'], true],
          [['some', { put: 4 }, 'minute', 'restart', { put: 3 }, 'minute', 'mend', 'minute'], true],
        ],
      },
    )
  })

  it.each([
    [{ indexName: 'Flights' }, /IndexName/],
    [{ indexName: 'a,b' }, /IndexName/],
    [{ rotation: 'OneYear' }, /IndexRotationPeriod/],
    [{ clusterEndpoint: 'ftp://x' }, /ClusterEndpoint/],
  ])('refuses %o by name', async (config, message) => {
    await expect(open(config)).rejects.toThrow(message)
  })
})
