import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import type { S3Destination } from '../../src/engines/firehose/contract.ts'
import { engine } from '../../src/engines/firehose/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { batchOf, FakeCatalog, FakeLake } from './firehose-fakes.ts'

type Partial1 = Partial<S3Destination>

interface Bed {
  engines: TestEngines
  clock: ManualClock
  lake: FakeLake
  catalog: FakeCatalog
  put(...records: string[]): Promise<void>
  stats(): ReturnType<TestEngines['clients']['firehose']['stats']>
  /** Stops the engine as it stands and starts it again in the same folder. */
  restart(damage?: (journal: string) => void): Promise<void>
}

async function bed(
  destination: Partial1,
  options: { columns?: Record<string, string>; partitionKeys?: string[] } = {},
) {
  const lake = new FakeLake()
  const catalog = new FakeCatalog(options.columns ?? { a: 'int', b: 'string' }, options.partitionKeys)
  const clock = new ManualClock()
  const fakes = { lake, catalog }
  const first = await startEngines([engine], { clock, fakes })
  await first.clients.firehose.createDeliveryStream({ name: 'd', destination: { bucket: 'lake', ...destination } })
  const it: Bed = {
    engines: first,
    clock,
    lake,
    catalog,
    async put(...records) {
      await it.engines.clients.firehose.put({ name: 'd', batch: batchOf(records) })
      await clock.settle()
    },
    stats: () => it.engines.clients.firehose.stats({ name: 'd' }),
    async restart(damage) {
      await it.engines.stop()
      const folder = join(first.workspaceDirectory, '.millrace/firehose/streams')
      damage?.(join(folder, readdirSync(folder)[0], 'journal'))
      it.engines = await startEngines([engine], { clock, fakes, directory: first.workspaceDirectory })
      await clock.settle()
    },
  }
  return it
}

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('it did not fail')
    },
    (thrown: EngineError) => thrown,
  )

async function rows(body: Uint8Array): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: new Uint8Array(body).buffer })
}

describe('buffering', () => {
  it('delivers at the interval, named by the oldest arrival, and not before', async () => {
    const t = await bed({ buffering: { sizeInMBs: 1, intervalInSeconds: 60 } })
    await t.clock.advance(3_600_000)
    await t.put('{"n":1}')
    await t.clock.advance(30_000)
    await t.put('{"n":2}')
    expect((await t.stats()).nextFlushMs).toBe(Date.UTC(2001, 0, 1, 1, 1))
    await t.clock.advance(29_999)
    expect(t.lake.keys()).toEqual([])
    await t.clock.advance(1)
    expect(t.lake.keys()).toHaveLength(1)
    expect(t.lake.keys()[0]).toMatch(/^2001\/01\/01\/01\/d-1-2001-01-01-01-00-00-[0-9a-f-]{36}$/)
    expect(t.lake.lines()).toEqual(['{"n":1}{"n":2}'])
    expect(await t.stats()).toMatchObject({
      inRecords: 2,
      deliveredRecords: 2,
      deliveredObjects: 1,
      bufferedRecords: 0,
      nextFlushMs: null,
    })
    await t.engines[Symbol.asyncDispose]()
  })

  it('delivers as soon as the size is reached', async () => {
    const t = await bed({
      buffering: { sizeInMBs: 1, intervalInSeconds: 900 },
      appendDelimiter: true,
      compression: 'GZIP',
    })
    const record = 'x'.repeat(100_000)
    for (let i = 0; i < 11; i++) await t.put(record)
    expect(t.lake.keys()).toHaveLength(1)
    expect(t.lake.keys()[0]).toMatch(/\.gz$/)
    expect(gunzipSync(t.lake.objects.get(t.lake.keys()[0])!).toString()).toBe(`${record}\n`.repeat(11))
    expect(await t.stats()).toMatchObject({ deliveredRecords: 11, bufferedRecords: 0 })
    await t.engines[Symbol.asyncDispose]()
  })

  it('delivers at once with an interval of zero, and everything at a flush', async () => {
    const zero = await bed({ buffering: { sizeInMBs: 1, intervalInSeconds: 0 } })
    await zero.put('a', 'b')
    expect(zero.lake.lines()).toEqual(['ab'])
    await zero.engines[Symbol.asyncDispose]()
    const t = await bed({})
    await t.put('a')
    expect(await t.engines.clients.firehose.flush({ name: 'd' })).toMatchObject({
      deliveredRecords: 1,
      bufferedRecords: 0,
    })
    expect(t.lake.lines()).toEqual(['a'])
    await t.engines[Symbol.asyncDispose]()
  })

  it('makes its sixth version of the objects after five changes, each buffer going where it was meant to', async () => {
    const t = await bed({ prefix: 'one/' })
    await t.put('a')
    const { firehose } = t.engines.clients
    const stale = await failure(
      firehose.updateDestination({ name: 'd', versionId: '7', destination: { bucket: 'lake' } }),
    )
    expect(stale.code).toBe('ConcurrentModificationException')
    await firehose.updateDestination({ name: 'd', versionId: '1', destination: { bucket: 'lake', prefix: 'two/' } })
    await t.put('b')
    await firehose.flush({ name: 'd' })
    expect(t.lake.lines('one/')).toEqual(['a'])
    expect(t.lake.lines('two/')).toEqual(['b'])
    expect(t.lake.keys('two/')[0]).toContain('/d-2-')
    await t.engines[Symbol.asyncDispose]()
  })
})

describe('transform', () => {
  const code = `
    exports.handler = async (event) => ({
      records: event.records.map(({ recordId, data }) => {
        const record = JSON.parse(Buffer.from(data, 'base64').toString('utf8'))
        if (record.a < 0) return { recordId, result: 'Dropped' }
        if (record.a === 13) return { recordId, result: 'ProcessingFailed', data }
        return { recordId, result: 'Ok', data: Buffer.from(JSON.stringify({ a: record.a * 2 })).toString('base64') }
      }),
    })`

  it('delivers what is Ok, counts what is dropped, and explains what failed', async () => {
    const t = await bed({
      transform: { language: 'javascript', code, timeoutMs: 5000 },
      backupPrefix: 'source/',
      appendDelimiter: true,
    })
    await t.put('{"a":1}', '{"a":-1}', '{"a":13}')
    await t.clock.advance(300_000)
    expect(t.lake.lines('2001/')).toEqual(['{"a":2}'])
    expect(t.lake.lines('source/')).toEqual(['{"a":1}', '{"a":-1}', '{"a":13}'])
    const [line] = t.lake.lines('processing-failed/2001/01/01/00/')
    expect(JSON.parse(line)).toMatchObject({
      attemptsMade: 1,
      arrivalTimestamp: Date.UTC(2001, 0, 1),
      errorCode: 'Lambda.ProcessingFailedStatus',
      rawData: Buffer.from('{"a":13}').toString('base64'),
    })
    expect(await t.stats()).toMatchObject({
      inRecords: 3,
      deliveredRecords: 1,
      droppedRecords: 1,
      failedRecords: 1,
      bufferedRecords: 0,
    })
    await t.engines[Symbol.asyncDispose]()
  })

  it('fails all records of an invocation that throws, after three retries', async () => {
    const t = await bed({ transform: { language: 'javascript', code, timeoutMs: 5000 } })
    await t.put('{"a":1}', 'not json')
    await t.engines.clients.firehose.flush({ name: 'd' })
    const lines = t.lake.lines('processing-failed/').map((line) => JSON.parse(line))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ attemptsMade: 4, errorCode: 'Lambda.FunctionError' })
    expect(lines[0].errorMessage).toContain('SyntaxError')
    await t.engines[Symbol.asyncDispose]()
  })

  it('holds up neither other delivery streams nor puts while a transform does not end, and stops with it', async () => {
    const t = await bed({ prefix: 'other/', appendDelimiter: true })
    const { firehose } = t.engines.clients
    const transform = { language: 'javascript' as const, code: 'const handler = () => { for (;;) {} }' }
    await firehose.createDeliveryStream({ name: 'endless', destination: { bucket: 'lake', transform } })
    await firehose.put({ name: 'endless', batch: batchOf(['x']) })
    await firehose.put({ name: 'endless', batch: batchOf(['y']) })
    await firehose.put({ name: 'd', batch: batchOf(['z']) })
    expect(await firehose.flush({ name: 'd' })).toMatchObject({ deliveredRecords: 1 })
    expect(t.lake.lines()).toEqual(['z'])
    await t.engines.stop()
    t.engines = await startEngines([engine], {
      clock: t.clock,
      fakes: { lake: t.lake, catalog: t.catalog },
      directory: t.engines.workspaceDirectory,
    })
    expect(await t.engines.clients.firehose.stats({ name: 'endless' })).toMatchObject({
      inRecords: 2,
      bufferedRecords: 2,
      failedRecords: 0,
    })
    await t.engines[Symbol.asyncDispose]()
  })

  it('ends a transform that does not end', async () => {
    const clock = new ManualClock()
    const lake = new FakeLake()
    await using engines = await startEngines([engine], { clock, fakes: { lake } })
    const transform = { language: 'javascript' as const, code: 'const handler = () => { for (;;) {} }', timeoutMs: 50 }
    await engines.clients.firehose.createDeliveryStream({ name: 'd', destination: { bucket: 'lake', transform } })
    await engines.clients.firehose.put({ name: 'd', batch: batchOf(['x']) })
    await engines.clients.firehose.flush({ name: 'd' })
    expect(JSON.parse(lake.lines('processing-failed/')[0]).errorCode).toBe('Lambda.FunctionTimedOut')
  })
})

describe('conversion to Parquet', () => {
  const columns = { a: 'int', B: 'string', t: 'timestamp', d: 'decimal(10,2)' }
  const conversion = { database: 'db', table: 't', parquetCompression: 'SNAPPY' as const }

  it('matches keys without case, drops unknown ones, and keeps what does not convert under the error prefix', async () => {
    const t = await bed({ conversion, errorOutputPrefix: 'bad/' }, { columns })
    const bad = ['{"a":1.5}', '{"a":3000000000}', 'nonsense', '[1]', '{"t":"yesterday"}', '{"d":1.234}']
    await t.put('{"A":1,"b":"x","T":"2001-01-31 10:00:00.5","d":"12.30","extra":true}', '{"a":"2"}{"a":3}', ...bad)
    const stats = await t.engines.clients.firehose.flush({ name: 'd' })
    expect(stats).toMatchObject({ inRecords: 8, deliveredRecords: 2, failedRecords: 6, bufferedRecords: 0 })
    const [key] = t.lake.keys('2001/')
    expect(key).toMatch(/\.parquet$/)
    expect(await rows(t.lake.objects.get(key)!)).toEqual([
      { a: 1, B: 'x', t: new Date('2001-01-31T10:00:00.5Z'), d: 12.3 },
      { a: 2, B: null, t: null, d: null },
      { a: 3, B: null, t: null, d: null },
    ])
    const lines = t.lake.lines('bad/format-conversion-failed/').map((line) => JSON.parse(line))
    expect(lines.map((line) => Buffer.from(line.rawData, 'base64').toString())).toEqual(bad)
    expect(lines[0]).toMatchObject({
      lastErrorCode: 'DataFormatConversion.MalformedData',
      lastErrorMessage: '1.5 is not a int32 for column a.',
      dataCatalogTable: { databaseName: 'db', tableName: 't' },
    })
    expect(lines[2].lastErrorCode).toBe('DataFormatConversion.ParseError')
    await t.engines[Symbol.asyncDispose]()
  })

  it('gives every partition its own buffer and registers it', async () => {
    const fields = { year: "format_datetime(t, 'yyyy')", month: "format_datetime(t, 'MM')" }
    const prefix = 't/year=!{partitionKeyFromQuery:year}/month=!{partitionKeyFromQuery:month}/'
    const errorOutputPrefix = 'bad/!{firehose:error-output-type}/'
    const t = await bed(
      { conversion, prefix, errorOutputPrefix, dynamicPartitioning: { fields } },
      { columns, partitionKeys: ['year', 'month'] },
    )
    await t.put(
      '{"a":1,"t":"2001-01-31T10:00:00"}',
      '{"a":2,"t":"2001-02-01T10:00:00"}',
      '{"a":3,"t":"2001-01-01"}',
      '{"a":4}',
    )
    await t.clock.advance(300_000)
    expect(t.lake.keys().map((key) => key.replace(/d-1-.*/, ''))).toEqual([
      'bad/processing-failed/',
      't/year=2001/month=01/',
      't/year=2001/month=02/',
    ])
    expect((await rows(t.lake.objects.get(t.lake.keys('t/year=2001/month=01/')[0])!)).map((row) => row.a)).toEqual([
      1, 3,
    ])
    expect(t.catalog.partitions).toEqual([
      { values: ['2001', '01'], location: 's3://lake/t/year=2001/month=01/' },
      { values: ['2001', '02'], location: 's3://lake/t/year=2001/month=02/' },
    ])
    expect(JSON.parse(t.lake.lines('bad/')[0]).errorMessage).toBe('Partition field year is null for this record.')
    await t.engines[Symbol.asyncDispose]()
  })

  it('registers a partition again that somebody deleted from the catalog', async () => {
    const prefix = 't/day=!{partitionKeyFromQuery:day}/'
    const dynamicPartitioning = { fields: { day: 'b' } }
    const t = await bed(
      { conversion, prefix, errorOutputPrefix: 'bad/', dynamicPartitioning },
      { partitionKeys: ['day'] },
    )
    const known = [{ values: ['monday'], location: 's3://lake/t/day=monday/' }]
    await t.put('{"a":1,"b":"monday"}')
    await t.engines.clients.firehose.flush({ name: 'd' })
    expect(t.catalog.partitions).toEqual(known)
    t.catalog.partitions.length = 0
    await t.put('{"a":2,"b":"monday"}')
    await t.engines.clients.firehose.flush({ name: 'd' })
    expect(t.catalog.partitions).toEqual(known)
    await t.engines[Symbol.asyncDispose]()
  })

  it('keeps the 501st active partition out, and takes it once others are delivered', async () => {
    const dynamicPartitioning = { fields: { k: 'a' } }
    const t = await bed({ prefix: 'p/!{partitionKeyFromQuery:k}/', errorOutputPrefix: 'bad/', dynamicPartitioning })
    const records = Array.from({ length: 502 }, (_, a) => JSON.stringify({ a }))
    await t.put(...records)
    expect(await t.engines.clients.firehose.flush({ name: 'd' })).toMatchObject({
      deliveredRecords: 500,
      failedRecords: 2,
    })
    expect(t.lake.lines('bad/activePartitionExceeded/')).toHaveLength(2)
    await t.put(records[501])
    expect(await t.engines.clients.firehose.flush({ name: 'd' })).toMatchObject({
      deliveredRecords: 501,
      failedRecords: 2,
    })
    expect(t.lake.lines('p/501/')).toEqual(['{"a":501}'])
    await t.engines[Symbol.asyncDispose]()
  })
})

describe('failures', () => {
  const full = () => new EngineError('ServiceUnavailable', 'The disk is full.', { domain: 'external', retry: true })
  const denied = () => new EngineError('AccessDenied', 'Access Denied')

  it('waits for a full lake as long as it takes, loses nothing and repeats nothing', async () => {
    const t = await bed({ buffering: { sizeInMBs: 1, intervalInSeconds: 60 } })
    t.lake.fail = full
    await t.put('a')
    await t.clock.advance(3_600_000)
    await t.put('b')
    await t.clock.advance(3_600_000)
    expect(await t.stats()).toMatchObject({
      inRecords: 2,
      deliveredRecords: 0,
      failedRecords: 0,
      bufferedRecords: 2,
      lastError: expect.stringContaining('full'),
    })
    t.lake.fail = () => undefined
    await t.clock.advance(300_000)
    expect(t.lake.lines().sort()).toEqual(['a', 'b'])
    const stats = await t.stats()
    expect(stats).toMatchObject({ deliveredRecords: 2, bufferedRecords: 0 })
    expect(stats.lastError).toBeUndefined()
    await t.engines[Symbol.asyncDispose]()
  })

  it('tells one of several deliveries that fail, and stays with it until that has passed', async () => {
    const t = await bed({
      prefix: 'p/!{partitionKeyFromQuery:a}/',
      errorOutputPrefix: 'bad/!{firehose:error-output-type}/',
      dynamicPartitioning: { fields: { a: 'a' } },
    })
    t.lake.fail = (key) => (key.startsWith('p/4/') ? undefined : full())
    await t.put(...Array.from({ length: 5 }, (_, a) => JSON.stringify({ a })))
    const told = new Set<string | undefined>()
    await t.clock.advance(301_000)
    for (let step = 0; step < 12; step++) {
      await t.clock.advance(10_000)
      told.add((await t.stats()).lastError)
      if (step === 6) await t.put('{"a":4}')
    }
    expect([...told]).toEqual([expect.stringMatching(/^p\/\d\/.*: The disk is full\.$/)])
    t.lake.fail = () => undefined
    await t.clock.advance(300_000)
    expect((await t.stats()).lastError).toBeUndefined()
    await t.engines[Symbol.asyncDispose]()
  })

  it('puts what the lake will never take under the error prefix', async () => {
    const t = await bed({ prefix: 'good/', errorOutputPrefix: 'bad/' })
    t.lake.fail = (key) => (key.startsWith('good/') ? denied() : undefined)
    await t.put('a')
    await t.clock.advance(300_000)
    expect(t.lake.keys()).toEqual([])
    await t.clock.advance(60_000)
    expect(t.lake.lines('bad/delivery-failed/')).toEqual(['a'])
    expect(await t.stats()).toMatchObject({ deliveredRecords: 0, failedRecords: 1, bufferedRecords: 0 })
    await t.engines[Symbol.asyncDispose]()
  })

  it('writes the same object again when an answer was lost', async () => {
    const t = await bed({})
    let answers = 0
    t.lake.lose = () => (answers++ === 0 ? full() : undefined)
    await t.put('a')
    await t.clock.advance(310_000)
    expect(t.lake.puts).toHaveLength(2)
    expect(t.lake.keys()).toHaveLength(1)
    expect(await t.stats()).toMatchObject({ deliveredRecords: 1, deliveredObjects: 1 })
    await t.engines[Symbol.asyncDispose]()
  })

  it('takes no more than it can hold while nothing can be delivered', async () => {
    const clock = new ManualClock()
    const lake = new FakeLake()
    const settings = { firehose: { waitingBytesMax: 4_000_000 } }
    await using engines = await startEngines([engine], { clock, fakes: { lake }, settings })
    const { firehose } = engines.clients
    const buffering = { sizeInMBs: 1, intervalInSeconds: 60 }
    await firehose.createDeliveryStream({ name: 'd', destination: { bucket: 'lake', buffering } })
    lake.fail = full
    let accepted = 0
    const pushing = (async () => {
      for (; accepted < 20; accepted++) await firehose.put({ name: 'd', batch: batchOf(['x'.repeat(600_000)]) })
    })()
    await clock.settle()
    await new Promise((resolve) => setTimeout(resolve, 300))
    await clock.settle()
    expect(accepted).toBeLessThan(12)
    lake.fail = () => undefined
    while (accepted < 20) await clock.advance(60_000)
    await pushing
    expect(await firehose.flush({ name: 'd' })).toMatchObject({ inRecords: 20, deliveredRecords: 20 })
  })
})

describe('restart', () => {
  it('delivers acknowledged records after a stop, once', async () => {
    const t = await bed({ appendDelimiter: true })
    await t.put('a', 'b')
    await t.engines.clients.firehose.flush({ name: 'd' })
    await t.put('c')
    await t.restart()
    expect(await t.stats()).toMatchObject({ inRecords: 3, deliveredRecords: 2, bufferedRecords: 1 })
    await t.put('e')
    await t.clock.advance(300_000)
    expect(t.lake.lines().sort()).toEqual(['a', 'b', 'c', 'e'])
    await t.restart()
    await t.clock.advance(300_000)
    expect(t.lake.lines().sort()).toEqual(['a', 'b', 'c', 'e'])
    expect(await t.stats()).toMatchObject({ inRecords: 4, deliveredRecords: 4, bufferedRecords: 0 })
    await t.engines[Symbol.asyncDispose]()
  })

  it('names objects anew after a start, though time stands still and chance repeats', async () => {
    const t = await bed({ appendDelimiter: true })
    for (const record of ['a', 'b', 'c']) {
      await t.put(record)
      await t.engines.clients.firehose.flush({ name: 'd' })
      await t.restart()
    }
    expect(t.lake.lines().sort()).toEqual(['a', 'b', 'c'])
    const { firehose } = t.engines.clients
    await firehose.createDeliveryStream({ name: 'e', destination: { bucket: 'lake', appendDelimiter: true } })
    await firehose.put({ name: 'e', batch: batchOf(['e']) })
    await firehose.deleteDeliveryStream({ name: 'd' })
    await t.restart()
    await t.engines.clients.firehose.createDeliveryStream({
      name: 'd',
      destination: { bucket: 'lake', appendDelimiter: true },
    })
    await t.put('d')
    await t.engines.clients.firehose.flush({ name: 'd' })
    await t.engines.clients.firehose.flush({ name: 'e' })
    expect(t.lake.lines().sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    await t.engines[Symbol.asyncDispose]()
  })

  it('reads past a torn tail', async () => {
    const t = await bed({ appendDelimiter: true })
    await t.put('a')
    await t.put('b')
    await t.restart((journal) => {
      const log = join(
        journal,
        readdirSync(journal)
          .filter((name) => name.endsWith('.log'))
          .at(-1)!,
      )
      truncateSync(log, 60)
    })
    await t.put('c')
    await t.clock.advance(300_000)
    expect(t.lake.lines()).toEqual(['a', 'c'])
    await t.engines[Symbol.asyncDispose]()
  })

  it('adopts an object that was written just before the end, and writes one that was only announced', async () => {
    const t = await bed({ buffering: { sizeInMBs: 1, intervalInSeconds: 60 } })
    const gone = new EngineError('ConnectionLost', 'The engine stopped before it answered.', { retry: true })
    t.lake.lose = () => gone
    await t.put('a')
    await t.clock.advance(60_000)
    t.lake.fail = () => gone
    await t.put('b')
    await t.clock.advance(60_000)
    expect(await t.stats()).toMatchObject({ deliveredRecords: 0, bufferedRecords: 2 })
    t.lake.fail = () => undefined
    t.lake.lose = () => undefined
    await t.restart()
    expect(await t.stats()).toMatchObject({ deliveredRecords: 1, bufferedRecords: 1 })
    await t.clock.advance(60_000)
    expect(t.lake.lines().sort()).toEqual(['a', 'b'])
    await t.engines[Symbol.asyncDispose]()
  })
})

describe('accounting', () => {
  it('accounts for every record at every moment, through failures and restarts', async () => {
    const code = `const handler = (event) => ({ records: event.records.map(({ recordId, data }) => {
      const a = JSON.parse(atob(data)).a
      return { recordId, result: a % 7 === 0 ? 'Dropped' : a % 11 === 0 ? 'ProcessingFailed' : 'Ok', data }
    }) })`
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 3, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 90_000 }) }) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
      { weight: 1, arbitrary: fc.constant('break' as const) },
      { weight: 1, arbitrary: fc.constant('mend' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.boolean(), async (steps, transformed) => {
        const t = await bed({
          prefix: 'p/!{partitionKeyFromQuery:k}/',
          errorOutputPrefix: 'bad/',
          dynamicPartitioning: { fields: { k: 'a % 3' } },
          buffering: { sizeInMBs: 1, intervalInSeconds: 60 },
          appendDelimiter: true,
          ...(transformed && { transform: { language: 'javascript', code, timeoutMs: 5000 } }),
        })
        let next = 0
        try {
          for (const action of steps) {
            if (action === 'restart') await t.restart()
            else if (action === 'break')
              t.lake.fail = () => new EngineError('ServiceUnavailable', 'full', { retry: true })
            else if (action === 'mend') t.lake.fail = () => undefined
            else if ('put' in action)
              await t.put(...Array.from({ length: action.put }, () => JSON.stringify({ a: next++ })))
            else await t.clock.advance(action.advance)
            const { inRecords, deliveredRecords, droppedRecords, failedRecords, bufferedRecords } = await t.stats()
            expect(inRecords).toBe(next)
            expect(deliveredRecords + droppedRecords + failedRecords + bufferedRecords).toBe(next)
            expect(t.lake.lines('p/').length).toBeGreaterThanOrEqual(deliveredRecords)
          }
          t.lake.fail = () => undefined
          await t.clock.advance(400_000)
          const seen = t.lake.lines('p/').map((line) => JSON.parse(line).a as number)
          const dropped = (a: number) => transformed && a % 7 === 0
          const failed = (a: number) => transformed && a % 7 !== 0 && a % 11 === 0
          const all = Array.from({ length: next }, (_, a) => a)
          expect(seen.sort((a, b) => a - b)).toEqual(all.filter((a) => !dropped(a) && !failed(a)))
          expect(await t.stats()).toMatchObject({
            deliveredRecords: seen.length,
            droppedRecords: all.filter(dropped).length,
            failedRecords: all.filter(failed).length,
            bufferedRecords: 0,
          })
          expect(t.lake.lines('bad/processing-failed/')).toHaveLength(all.filter(failed).length)
        } finally {
          await t.engines[Symbol.asyncDispose]()
        }
      }),
      { numRuns: 8, endOnFailure: true, verbose: 1 },
    )
  })
})

describe('what is refused', () => {
  const cases: [string, Partial1, string, RegExp][] = [
    ['unknown expression', { prefix: '!{lambda:x}/', errorOutputPrefix: 'e/' }, 'Prefix', /not an expression/],
    [
      'error type in prefix',
      { prefix: '!{firehose:error-output-type}/', errorOutputPrefix: 'e/' },
      'Prefix',
      /cannot contain/,
    ],
    ['no error prefix', { prefix: 'y=!{timestamp:yyyy}/' }, 'ErrorOutputPrefix', /cannot be empty/],
    ['error prefix without type', { errorOutputPrefix: '!{timestamp:yyyy}/' }, 'ErrorOutputPrefix', /must contain/],
    ['bad pattern', { prefix: '!{timestamp:bbb}/', errorOutputPrefix: 'e/' }, 'Prefix', /"b" is not honoured/],
    [
      'partition key without field',
      { prefix: '!{partitionKeyFromQuery:x}/', errorOutputPrefix: 'e/' },
      'Prefix',
      /dynamic partitioning/,
    ],
    [
      'unused field',
      { prefix: 'x/', errorOutputPrefix: 'e/', dynamicPartitioning: { fields: { day: 'a' } } },
      'Prefix',
      /must use the partition field day/,
    ],
    [
      'bad partition expression',
      {
        prefix: '!{partitionKeyFromQuery:x}/',
        errorOutputPrefix: 'e/',
        dynamicPartitioning: { fields: { x: 'lowr(a)' } },
      },
      'dynamicPartitioning.fields.x',
      /mean lower/,
    ],
    [
      'GZIP with conversion',
      { compression: 'GZIP', conversion: { database: 'db', table: 't', parquetCompression: 'GZIP' } },
      'CompressionFormat',
      /UNCOMPRESSED/,
    ],
    [
      'unknown table',
      { conversion: { database: 'db', table: 'missing', parquetCompression: 'GZIP' } },
      'conversion.table',
      /Entity Not Found/,
    ],
    [
      'code',
      { transform: { language: 'javascript', code: 'let x =', timeoutMs: 100 } },
      'transform.code',
      /SyntaxError/,
    ],
  ]
  it.each(cases)('%s', async (_, destination, field, message) => {
    const fakes = { lake: new FakeLake(), catalog: new FakeCatalog({ a: 'int' }) }
    await using engines = await startEngines([engine], { fakes })
    const error = await failure(
      engines.clients.firehose.createDeliveryStream({ name: 'd', destination: { bucket: 'lake', ...destination } }),
    )
    expect(error.code).toBe('InvalidArgumentException')
    expect(error.message).toMatch(message)
    expect(error.at?.field).toBe(field)
    expect(await engines.clients.firehose.listDeliveryStreams({})).toEqual([])
  })

  it.each([
    [{ partitioning: { keys: ['day'] } }, 'partitioning'],
    [{ conversion: { database: 'db', table: 't', orc: true } }, 'orc'],
    [{ buffering: { sizeInMBs: 5, seconds: 60 } }, 'seconds'],
  ])('a setting that it does not know: %o', async (unknown, name) => {
    await using engines = await startEngines([engine], { fakes: { lake: new FakeLake() } })
    const destination = { bucket: 'lake', ...unknown } as Parameters<
      typeof engines.clients.firehose.createDeliveryStream
    >[0]['destination']
    const error = await failure(engines.clients.firehose.createDeliveryStream({ name: 'd', destination }))
    expect(error.code).toBe('ValidationException')
    expect(error.message).toContain(`"${name}"`)
  })

  it('refuses a table whose columns cannot be written, by name', async () => {
    const fakes = { lake: new FakeLake(), catalog: new FakeCatalog({ a: 'int', place: 'struct<x:int>' }) }
    await using engines = await startEngines([engine], { fakes })
    const destination = { bucket: 'lake', conversion: { database: 'db', table: 't' } }
    const error = await failure(engines.clients.firehose.createDeliveryStream({ name: 'd', destination }))
    expect(error.message).toMatch(/Column place: columns of type struct<x:int>/)
  })

  it('refuses names in use, unknown names and records that are too large', async () => {
    const t = await bed({})
    const { firehose } = t.engines.clients
    expect((await failure(firehose.createDeliveryStream({ name: 'd', destination: { bucket: 'lake' } }))).code).toBe(
      'ResourceInUseException',
    )
    expect(
      (await failure(firehose.createDeliveryStream({ name: 'a b', destination: { bucket: 'lake' } }))).at?.field,
    ).toBe('DeliveryStreamName')
    expect((await failure(firehose.stats({ name: 'x' }))).code).toBe('ResourceNotFoundException')
    expect((await failure(t.put('x'.repeat(1_024_001)))).code).toBe('InvalidArgumentException')
    await firehose.deleteDeliveryStream({ name: 'd' })
    expect(await firehose.listDeliveryStreams({})).toEqual([])
    await t.engines[Symbol.asyncDispose]()
  })
})
