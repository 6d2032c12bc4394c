import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { S3Destination } from '../../src/engines/firehose/contract.ts'
import { engine } from '../../src/engines/firehose/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { FakeLake, rawBatch } from './firehose-fakes.ts'

const RUNS = process.env.MILLRACE_NIGHTLY ? 100 : 8

interface Bed extends AsyncDisposable {
  readonly clock: ManualClock
  readonly lake: FakeLake
  put(...records: (string | Uint8Array)[]): Promise<void>
  flush(): Promise<Awaited<ReturnType<TestEngines['clients']['firehose']['flush']>>>
  stats(): ReturnType<TestEngines['clients']['firehose']['stats']>
  restart(): Promise<void>
}

async function bed(destination: Partial<S3Destination>): Promise<Bed> {
  const lake = new FakeLake()
  const clock = new ManualClock()
  let engines = await startEngines([engine], { clock, fakes: { lake } })
  const directory = engines.workspaceDirectory
  await engines.clients.firehose.createDeliveryStream({ name: 'd', destination: { bucket: 'lake', ...destination } })
  return {
    clock,
    lake,
    async put(...records) {
      await engines.clients.firehose.put({ name: 'd', batch: rawBatch(records) })
      await clock.settle()
    },
    flush: () => engines.clients.firehose.flush({ name: 'd' }),
    stats: () => engines.clients.firehose.stats({ name: 'd' }),
    async restart() {
      await engines.stop()
      engines = await startEngines([engine], { clock, fakes: { lake }, directory })
      await clock.settle()
    },
    [Symbol.asyncDispose]: () => engines[Symbol.asyncDispose](),
  }
}

const partitioned = (fields: Record<string, string>, prefix: string) => ({
  prefix,
  errorOutputPrefix: 'bad/!{firehose:error-output-type}/',
  dynamicPartitioning: { fields },
  appendDelimiter: true,
})
const failures = (lake: FakeLake) => lake.lines('bad/processing-failed/').map((line) => JSON.parse(line))
const original = ({ rawData }: { rawData: string }) => Buffer.from(rawData, 'base64').toString()

describe('records of several records', () => {
  it('are taken apart by JSON objects, each going where it belongs', async () => {
    await using t = await bed({
      ...partitioned({ k: 'k' }, 'p/!{partitionKeyFromQuery:k}/'),
      deaggregation: { type: 'JSON' },
    })
    await t.put('{"k":"a","n":1}{"k":"b","s":"}{\\"","n":2}\n{"k":"a","n":[{"x":3}]}', '{"k":"a","n":4}')
    expect(await t.stats()).toMatchObject({ inRecords: 2, bufferedRecords: 2 })
    expect(await t.flush()).toMatchObject({ inRecords: 2, deliveredRecords: 2, bufferedRecords: 0, bufferedBytes: 0 })
    expect(t.lake.lines('p/a/')).toEqual(['{"k":"a","n":1}', '{"k":"a","n":[{"x":3}]}', '{"k":"a","n":4}'])
    expect(t.lake.lines('p/b/')).toEqual(['{"k":"b","s":"}{\\"","n":2}'])
  })

  it('are taken apart by a delimiter, and fail whole where they cannot be', async () => {
    await using t = await bed({
      errorOutputPrefix: 'bad/',
      prefix: 'p/',
      deaggregation: { type: 'DELIMITED', delimiter: '####' },
      appendDelimiter: true,
    })
    await t.put('a####b####', 'c', '####', Array.from({ length: 501 }, () => 'x').join('####'))
    expect(await t.flush()).toMatchObject({ inRecords: 4, deliveredRecords: 2, failedRecords: 2 })
    expect(t.lake.lines('p/')).toEqual(['a', 'b', 'c'])
    expect(failures(t.lake).map(({ errorMessage }) => errorMessage)).toEqual([
      'The record holds no record.',
      'The record holds 501 records; it may hold 500.',
    ])
  })

  it('refuses arrays and text between objects, by name', async () => {
    await using t = await bed({ errorOutputPrefix: 'bad/', prefix: 'p/', deaggregation: { type: 'JSON' } })
    const wrong = ['[{"a":1}]', '{"a":1},{"a":2}', '{"a":1', '']
    await t.put(...wrong, '{"a":1} {"a":2}')
    expect(await t.flush()).toMatchObject({ deliveredRecords: 1, failedRecords: 4 })
    expect(failures(t.lake).map(original)).toEqual(wrong)
    expect(failures(t.lake)[1].errorMessage).toBe('At byte 7 is no JSON object.')
  })

  it('go through a transform one by one', async () => {
    const code = `const handler = (event) => ({ records: event.records.map(({ recordId, data }) => {
      const { n } = JSON.parse(atob(data))
      return { recordId, result: n % 3 === 0 ? 'Dropped' : 'Ok', data: btoa('n' + n) }
    }) })`
    await using t = await bed({
      deaggregation: { type: 'JSON' },
      appendDelimiter: true,
      transform: { language: 'javascript', code, timeoutMs: 5000 },
    })
    await t.put('{"n":1}{"n":2}{"n":3}', '{"n":6}')
    expect(await t.flush()).toMatchObject({ inRecords: 2, bufferedRecords: 0 })
    expect(t.lake.lines()).toEqual(['n1', 'n2'])
  })

  it('have each piece once, whatever fails and stops when', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ put: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }) }),
      },
      { weight: 2, arbitrary: fc.constantFrom('minute' as const, 'restart' as const) },
      { weight: 2, arbitrary: fc.constantFrom('breakA' as const, 'loseB' as const, 'mend' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await using t = await bed({
          ...partitioned({ k: 'n % 2' }, 'p/!{partitionKeyFromQuery:k}/'),
          deaggregation: { type: 'JSON' },
          buffering: { sizeInMBs: 1, intervalInSeconds: 60 },
        })
        const gone = new EngineError('ConnectionLost', 'gone', { domain: 'internal', retry: true })
        let [next, records] = [0, 0]
        for (const action of [...steps, 'mend' as const]) {
          if (action === 'minute') await t.clock.advance(61_000)
          else if (action === 'restart') await t.restart()
          else if (action === 'breakA') t.lake.fail = (key) => (key.startsWith('p/0/') ? gone : undefined)
          else if (action === 'loseB') t.lake.lose = (key) => (key.startsWith('p/1/') ? gone : undefined)
          else if (action === 'mend') {
            t.lake.fail = () => undefined
            t.lake.lose = () => undefined
          } else {
            records += action.put.length
            await t.put(...action.put.map((count) => Array.from({ length: count }, () => `{"n":${next++}}`).join('')))
          }
          const stats = await t.stats()
          expect(stats.inRecords).toBe(records)
          expect(stats.deliveredRecords + stats.bufferedRecords).toBe(records)
        }
        await t.restart()
        await t.clock.advance(400_000)
        const seen = t.lake.lines('p/').map((line) => JSON.parse(line).n as number)
        expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, n) => n))
        expect(await t.stats()).toMatchObject({ deliveredRecords: records, bufferedRecords: 0, bufferedBytes: 0 })
      }),
      {
        numRuns: RUNS,
        endOnFailure: true,
        verbose: 1,
        examples: [
          // One half of each record lands, the other does not, and a start comes between.
          [['breakA', { put: [4, 4] }, 'minute', 'restart', { put: [2] }, 'minute']],
          [['loseB', { put: [3] }, 'minute', 'restart', 'minute']],
        ],
      },
    )
  })
})

describe('compressed records', () => {
  it('are unpacked before anything else; what is not GZIP fails as it came', async () => {
    await using t = await bed({
      errorOutputPrefix: 'bad/',
      prefix: 'p/',
      decompression: 'GZIP',
      appendDelimiter: true,
      backupPrefix: 'raw/',
    })
    await t.put(gzipSync('hello'), 'hello')
    expect(await t.flush()).toMatchObject({ deliveredRecords: 1, failedRecords: 1 })
    expect(t.lake.lines('p/')).toEqual(['hello'])
    expect(failures(t.lake)[0]).toMatchObject({ errorCode: 'Decompression.Failed' })
    expect(original(failures(t.lake)[0])).toBe('hello')
    const [copy] = t.lake.keys('raw/')
    expect(Buffer.from(t.lake.objects.get(copy)!).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
  })

  it('are bounded: one that unpacks to more than 16 MiB fails', async () => {
    await using t = await bed({ errorOutputPrefix: 'bad/', prefix: 'p/', decompression: 'GZIP' })
    await t.put(gzipSync(new Uint8Array(17 * 1024 * 1024)))
    expect(await t.flush()).toMatchObject({ deliveredRecords: 0, failedRecords: 1 })
  })

  it('may hold several records', async () => {
    await using t = await bed({ decompression: 'GZIP', deaggregation: { type: 'JSON' }, appendDelimiter: true })
    await t.put(gzipSync('{"a":1}{"a":2}'))
    await t.flush()
    expect(t.lake.lines()).toEqual(['{"a":1}', '{"a":2}'])
  })
})

describe('partitions', () => {
  const code = `const handler = (event) => ({ records: event.records.map(({ recordId, data }) => {
    const { who } = JSON.parse(atob(data))
    return { recordId, result: 'Ok', data, metadata: who === undefined ? {} : { partitionKeys: { who } } }
  }) })`
  const transform = { language: 'javascript' as const, code, timeoutMs: 5000 }

  it('come from the transform, beside those of a query', async () => {
    await using t = await bed({
      ...partitioned({ day: 'substr(day, 1, 7)' }, '!{partitionKeyFromLambda:who}/!{partitionKeyFromQuery:day}/'),
      transform,
    })
    await t.put(
      '{"who":"ann","day":"2001-01-31"}',
      '{"who":7,"day":"2001-02-01"}',
      '{"day":"2001-01-01"}',
      '{"who":["x"],"day":"2001-01-01"}',
    )
    expect(await t.flush()).toMatchObject({ deliveredRecords: 2, failedRecords: 2 })
    expect(t.lake.lines('ann/2001-01/')).toHaveLength(1)
    expect(t.lake.lines('7/2001-02/')).toHaveLength(1)
    expect(
      failures(t.lake)
        .map(({ errorMessage }) => errorMessage)
        .sort(),
    ).toEqual([
      'The transform gave no partition key who for this record.',
      'metadata.partitionKeys.who must be a text.',
    ])
  })

  it('need no JSON where the transform gives them all, and stop at 500', async () => {
    const text = `const handler = (event) => ({ records: event.records.map(({ recordId, data }) =>
      ({ recordId, result: 'Ok', data, metadata: { partitionKeys: { k: atob(data) } } })) })`
    await using t = await bed({
      ...partitioned({}, '!{partitionKeyFromLambda:k}/'),
      transform: { ...transform, code: text },
    })
    await t.put(...Array.from({ length: 501 }, (_, i) => `key ${i}`))
    expect(await t.flush()).toMatchObject({ deliveredRecords: 500, failedRecords: 1 })
    expect(t.lake.lines('key 7/')).toEqual(['key 7'])
    expect(t.lake.lines('bad/activePartitionExceeded/')).toHaveLength(1)
  })

  it('cannot come from a transform that is not there', async () => {
    await expect(bed(partitioned({}, '!{partitionKeyFromLambda:k}/'))).rejects.toThrow(/needs a transform/)
  })
})

describe('keys of objects', () => {
  it('have timestamps of a zone of one’s own, through its summer time', async () => {
    await using t = await bed({
      prefix: '!{timestamp:yyyy-MM-dd-HH-mm}/!{firehose:random-string}/',
      errorOutputPrefix: 'bad/!{firehose:error-output-type}/',
      timeZone: 'Europe/Berlin',
    })
    await t.put('winter')
    await t.flush()
    await t.clock.advance(Date.UTC(2001, 6, 1, 12) - t.clock.now())
    await t.put('summer')
    await t.flush()
    expect(t.lake.keys().map((key) => key.slice(0, -36).replace(/[A-Za-z0-9]{11}/, 'random'))).toEqual([
      '2001-01-01-01-00/random/d-1-2001-01-01-00-00-00-',
      '2001-07-01-14-00/random/d-1-2001-07-01-12-00-00-',
    ])
  })

  it('have the zone in the folders that are added, too', async () => {
    await using t = await bed({ prefix: 'x/', timeZone: 'Asia/Kathmandu' })
    await t.clock.advance(Date.UTC(2001, 0, 1, 18, 20) - t.clock.now())
    await t.put('a')
    await t.flush()
    expect(t.lake.keys('x/2001/01/02/00/')).toHaveLength(1)
  })

  it('refuses a zone that does not exist, and patterns that write a zone', async () => {
    await expect(bed({ timeZone: 'Mars/Base' })).rejects.toThrow(/CustomTimeZone: Mars\/Base/)
    const prefix = '!{timestamp:HHXXX}/'
    await expect(bed({ prefix, errorOutputPrefix: 'e/', timeZone: 'Europe/Berlin' })).rejects.toThrow(/writes the zone/)
  })

  it.each([
    ['GZIP', '.gz'],
    ['ZIP', '.zip'],
    ['Snappy', '.snappy'],
    ['HADOOP_SNAPPY', '.hsnappy'],
    ['UNCOMPRESSED', ''],
  ] as const)('end as their compression %s does, or as they are told to', async (compression, extension) => {
    await using t = await bed({ compression, backupPrefix: 'raw/', backupCompression: 'GZIP', prefix: 'p/' })
    await t.put('a')
    await t.flush()
    expect(t.lake.keys('p/')[0].slice(-36 - extension.length)).toMatch(
      new RegExp(`[0-9a-f-]{36}${extension.replace('.', '\\.')}$`),
    )
    expect(gunzipSync(t.lake.objects.get(t.lake.keys('raw/')[0])!).toString()).toBe('a')
    await using told = await bed({ compression, fileExtension: '.log' })
    await told.put('a')
    await told.flush()
    expect(told.lake.keys()[0]).toMatch(/\.log$/)
  })

  it('separates records by a delimiter of one’s own', async () => {
    await using t = await bed({ appendDelimiter: true, delimiter: '\t|' })
    await t.put('a', 'b')
    await t.flush()
    expect(t.lake.lines()).toEqual(['a\t|b\t|'])
  })
})
