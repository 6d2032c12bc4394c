import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  CreateClassifierCommand,
  CreateCrawlerCommand,
  type CreateCrawlerRequest,
  DeleteCrawlerCommand,
  GetCrawlerCommand,
  GetCrawlerMetricsCommand,
  GetPartitionIndexesCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GetTablesCommand,
  GlueClient,
  ListCrawlsCommand,
  StartCrawlerCommand,
  StopCrawlerCommand,
  UpdateCrawlerCommand,
} from '@aws-sdk/client-glue'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { fakeLake } from '../support/lake.ts'

let gate: TestGate
let glue: GlueClient
const DatabaseName = 'crawled'

beforeEach(async () => {
  gate = await startGate([catalog], { fakes: { lake: fakeLake(() => gate.engines.workspaceDirectory) } })
  glue = new GlueClient(gate.config)
})
afterEach(async () => {
  glue.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

const pathOf = (key: string) => join(gate.engines.workspaceDirectory, 'lake', 'b', ...key.split('/'))

function put(key: string, content: string | Uint8Array): void {
  mkdirSync(dirname(pathOf(key)), { recursive: true })
  writeFileSync(pathOf(key), content)
}

function parquet(columns: Record<string, { type: 'INT32' | 'STRING' | 'DOUBLE'; data: unknown[] }>): Uint8Array {
  const columnData = Object.entries(columns).map(([name, { type, data }]) => ({ name, type, data }))
  return new Uint8Array(parquetWriteBuffer({ columnData: columnData as never }))
}

interface Summary {
  TABLE: Record<'ADD' | 'UPDATE' | 'DELETE', { Count: number; Details: { names: string[] } }>
  PARTITION: Record<'ADD' | 'UPDATE' | 'DELETE', { Count: number }>
  FILE: { READ: { Count: number }; FAILED: { Count: number; Details: { uri: string; message: string }[] } }
}

async function crawler(prefix: string, more: Partial<CreateCrawlerRequest> = {}): Promise<void> {
  const Targets = { S3Targets: [{ Path: `s3://b/${prefix}` }] }
  await glue.send(new CreateCrawlerCommand({ Name: 'c', Role: 'r', DatabaseName, Targets, ...more }))
}

async function run(Name = 'c'): Promise<Summary & { state: string }> {
  await glue.send(new StartCrawlerCommand({ Name }))
  await (gate.engines.clock as ManualClock).settle()
  const { Crawls } = await glue.send(new ListCrawlsCommand({ CrawlerName: Name }))
  return { ...(JSON.parse(Crawls![0].Summary!) as Summary), state: Crawls![0].State! }
}

async function table(Name: string) {
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName, Name }))
  const columns = Table!.StorageDescriptor!.Columns!.map((column) => `${column.Name} ${column.Type}`)
  return { ...Table!, columns, keys: Table!.PartitionKeys!.map((key) => key.Name) }
}

const names = async () => (await glue.send(new GetTablesCommand({ DatabaseName }))).TableList!.map(({ Name }) => Name)

const csv = 'id,name,price,day\n1,ada,2.5,2024-01-01\n2,bob,3,2024-01-02\n'

describe('a crawl', () => {
  it('tells formats and types, one table a folder', async () => {
    put('in/orders/a.csv', csv)
    put('in/events/a.json', '{"Id": 1, "tags": ["x"], "at": {"lat": 1.5}}\n{"Id": 3000000000, "ok": true}\n')
    put('in/people/a.parquet', parquet({ Age: { type: 'INT32', data: [1] }, name: { type: 'STRING', data: ['x'] } }))
    put('in/zipped/a.csv.gz', gzipSync('a|b\n1|x\n2|y\n'))
    put(
      'in/logs/access.log',
      '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326\n10.0.0.1 - - [10/Oct/2000:13:55:37 -0700] "GET / HTTP/1.1" 404 -\n',
    )
    put('in/orders/_SUCCESS', 'x')
    put('in/digits/a.csv', `id,mixed,text\n12345678901234567890,12345678901234567890,${'9'.repeat(40)}\n7,1.5,8\n`)
    put(
      'in/longs/a.json',
      '{"id": 12345678901234567890, "n": 9007199254740993, "f": 1e30}\n{"id": 7, "n": 1, "f": 2}\n',
    )
    put(
      'in/amounts/a.json',
      '{"whole": 10, "price": 10.0, "big": 1e20, "hundred": 1e2, "in": {"price": 10.0, "n": [1, 2.0]}, "edge": -2147483648, "over": 2147483648}\n',
    )
    await crawler('in/', { TablePrefix: 'raw_' })
    const { TABLE, FILE, state } = await run()
    expect(state).toBe('COMPLETED')
    expect(FILE).toMatchObject({ READ: { Count: 8 }, FAILED: { Count: 0 } })
    expect(TABLE.ADD.Details.names.toSorted()).toEqual([
      'raw_amounts',
      'raw_digits',
      'raw_events',
      'raw_logs',
      'raw_longs',
      'raw_orders',
      'raw_people',
      'raw_zipped',
    ])
    const orders = await table('raw_orders')
    expect(orders.columns).toEqual(['id bigint', 'name string', 'price double', 'day date'])
    expect(orders.Parameters).toMatchObject({ classification: 'csv', 'skip.header.line.count': '1', delimiter: ',' })
    expect(orders.StorageDescriptor).toMatchObject({ Location: 's3://b/in/orders/' })
    expect((await table('raw_digits')).columns).toEqual(['id decimal(38,0)', 'mixed string', 'text string'])
    expect((await table('raw_longs')).columns).toEqual(['id decimal(38,0)', 'n bigint', 'f double'])
    // A number is whole where it is written so.
    expect((await table('raw_amounts')).columns).toEqual([
      'whole int',
      'price double',
      'big double',
      'hundred double',
      'in struct<price:double,n:array<double>>',
      'edge int',
      'over bigint',
    ])
    const events = await table('raw_events')
    // Names in small letters; the keys as they are spelled, for whoever reads the files.
    expect(events.StorageDescriptor?.SerdeInfo?.Parameters).toEqual({ paths: 'Id,tags,at,ok' })
    expect(events.columns).toEqual(['id bigint', 'tags array<string>', 'at struct<lat:double>', 'ok boolean'])
    expect(await table('raw_people')).toMatchObject({
      columns: ['age int', 'name string'],
      Parameters: { recordCount: '1' },
    })
    expect((await table('raw_zipped')).Parameters).toMatchObject({ compressionType: 'gzip', delimiter: '|' })
    const logs = await table('raw_logs')
    expect(logs.columns).toContain('response int')
    expect(logs.StorageDescriptor!.SerdeInfo!.SerializationLibrary).toBe('com.amazonaws.glue.serde.GrokSerDe')
  })

  it('finds Hive partitions and folders of dates, and adds what comes later', async () => {
    for (const day of ['01', '02']) put(`hive/year=2024/day=${day}/a.csv`, csv)
    for (const day of ['01', '02', '03']) put(`dates/2024/01/${day}/a.json`, '{"a": 1}\n')
    const Targets = { S3Targets: [{ Path: 's3://b/hive/' }, { Path: 's3://b/dates' }] }
    await crawler('', { Targets, Configuration: '{"Version":1.0,"CreatePartitionIndex":true}' })
    expect((await run()).PARTITION.ADD.Count).toBe(5)
    // The files' own column of that name keeps its place under another.
    expect(await table('hive')).toMatchObject({
      keys: ['year', 'day'],
      columns: ['id bigint', 'name string', 'price double', 'day_1 date'],
    })
    expect((await table('dates')).keys).toEqual(['partition_0', 'partition_1', 'partition_2'])
    const found = new GetPartitionsCommand({ DatabaseName, TableName: 'hive', Expression: "day = '02'" })
    expect((await glue.send(found)).Partitions).toMatchObject([
      { Values: ['2024', '02'], StorageDescriptor: { Location: 's3://b/hive/year=2024/day=02/' } },
    ])
    const indexes = await glue.send(new GetPartitionIndexesCommand({ DatabaseName, TableName: 'hive' }))
    expect(indexes.PartitionIndexDescriptorList).toMatchObject([{ IndexName: 'crawler_partition_index' }])
    put('hive/year=2024/day=03/a.csv', csv)
    const again = await run()
    expect(again.PARTITION.ADD.Count).toBe(1)
    expect(again.TABLE.UPDATE.Count).toBe(0)
  })

  it('follows a schema that grows, as its policy says', async () => {
    put('t/a.csv', csv)
    await crawler('t/')
    await run()
    put('t/b.csv', csv.replace('id,name,price,day', 'id,name,price,day,more').replaceAll(/(-0[12])/g, '$1,x'))
    put('t/b.csv', 'id,name,price,day,more\n1,x,2,2024-01-01,9\n')
    expect((await run()).TABLE.UPDATE.Details.names).toEqual(['t'])
    expect((await table('t')).columns).toContain('more bigint')
    put('t/a.csv', csv.replaceAll(',', ';'))
    rmSync(pathOf('t/b.csv'))
    await glue.send(
      new UpdateCrawlerCommand({
        Name: 'c',
        SchemaChangePolicy: { UpdateBehavior: 'LOG', DeleteBehavior: 'DELETE_FROM_DATABASE' },
      }),
    )
    const logged = await run()
    expect(logged.TABLE.UPDATE.Count).toBe(0)
    expect(logged.FILE.FAILED.Details[0].message).toMatch(/UpdateBehavior is LOG/)
    expect((await table('t')).VersionId).toBe('1')
  })

  it('leaves a table of CSV as it is where its policy would have columns read in the places of others', async () => {
    put('t/y=1/a.csv', 'id,name,price\n1,ada,2.5\n')
    const Output = (merge: boolean) =>
      JSON.stringify({
        Version: 1,
        ...(merge && { CrawlerOutput: { Tables: { AddOrUpdateBehavior: 'MergeNewColumns' } } }),
      })
    await crawler('t/', { Configuration: Output(true) })
    await run()
    rmSync(pathOf('t/y=1'), { recursive: true })
    put('t/y=2/a.csv', 'name,id,price\nada,1,2.5\n')
    const merging = await run()
    expect(merging.FILE.FAILED.Details[0].message).toMatch(
      /table t has the columns id, name, price and the files name, id, price, .* MergeNewColumns/,
    )
    const LOG = { UpdateBehavior: 'LOG', DeleteBehavior: 'LOG' } as const
    await glue.send(new UpdateCrawlerCommand({ Name: 'c', SchemaChangePolicy: LOG, Configuration: Output(false) }))
    const logging = await run()
    expect(logging.FILE.FAILED.Details[0].message).toMatch(/got no partitions, since UpdateBehavior is LOG/)
    expect(logging.PARTITION.ADD.Count + merging.PARTITION.ADD.Count).toBe(0)
    expect((await table('t')).columns).toEqual(['id bigint', 'name string', 'price double'])
  })

  it('keeps columns that a table has where new ones are merged', async () => {
    put('t/a.json', '{"a": 1, "b": 2, "c": 3}\n')
    await crawler('t/', {
      Configuration: '{"Version":1.0,"CrawlerOutput":{"Tables":{"AddOrUpdateBehavior":"MergeNewColumns"}}}',
    })
    await run()
    put('t/a.json', '{"b": "x", "c": 3, "d": 4}\n')
    await run()
    expect((await table('t')).columns).toEqual(['a int', 'b int', 'c int', 'd int'])
  })

  it('deprecates or deletes what has no files any more', async () => {
    for (const name of ['one', 'two']) put(`in/${name}/a.csv`, name === 'one' ? csv : 'x;y\n1;2\n3;4\n')
    await crawler('in/')
    await run()
    rmSync(pathOf('in/two'), { recursive: true })
    expect((await run()).TABLE.UPDATE.Details.names).toEqual(['two'])
    expect((await table('two')).Parameters).toHaveProperty('DEPRECATED_BY_CRAWLER')
    rmSync(pathOf('in/one/a.csv'))
    put('in/three/a.csv', csv)
    await glue.send(
      new UpdateCrawlerCommand({ Name: 'c', SchemaChangePolicy: { DeleteBehavior: 'DELETE_FROM_DATABASE' } }),
    )
    expect((await run()).TABLE.DELETE.Details.names).toEqual(['one'])
  })

  it('groups by the level and the policy that are configured', async () => {
    put('in/a/x/1.json', '{"a": 1, "b": 1}\n')
    put('in/a/y/1.json', '{"c": 1, "d": 1}\n')
    await crawler('in/', { Configuration: '{"Version":1.0,"Grouping":{"TableLevelConfiguration":4}}' })
    await run()
    expect(await names()).toEqual(['x', 'y'])
    await glue.send(new DeleteCrawlerCommand({ Name: 'c' }))
    const combine = '{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}'
    await crawler('in/', { Configuration: combine, TablePrefix: 'all_' })
    await run()
    const all = await table('all_in')
    expect(all.columns).toEqual(['a int', 'b int', 'c int', 'd int'])
    expect(all.keys).toEqual(['partition_0', 'partition_1'])
  })

  it('leaves out what is excluded, and reads new folders only where told', async () => {
    put('in/d=1/a.csv', csv)
    put('in/d=1/deep/er/a.tmp', 'x')
    const LOG = { UpdateBehavior: 'LOG', DeleteBehavior: 'LOG' } as const
    const S3Targets = [{ Path: 's3://b/in/', Exclusions: ['**.tmp', '*/{x,y}*'] }]
    await expect(crawler('in/', { RecrawlPolicy: { RecrawlBehavior: 'CRAWL_NEW_FOLDERS_ONLY' } })).rejects.toThrow(
      /can have only LOG/,
    )
    await crawler('in/', {
      Targets: { S3Targets },
      SchemaChangePolicy: LOG,
      RecrawlPolicy: { RecrawlBehavior: 'CRAWL_NEW_FOLDERS_ONLY' },
    })
    expect((await run()).FILE).toEqual({ READ: { Count: 1 }, FAILED: { Count: 0, Details: [] } })
    put('in/d=2/a.csv', csv)
    const second = await run()
    expect(second.FILE.READ.Count).toBe(1)
    expect(second.PARTITION.ADD.Count).toBe(1)
    expect(await names()).toEqual(['in'])
  })

  it('asks custom classifiers first', async () => {
    const grok = {
      Name: 'app',
      Classification: 'app',
      GrokPattern: '%{TIMESTAMP_ISO8601:at} %{LEVEL:level} %{INT:ms:int}',
      CustomPatterns: 'LEVEL (?:LOW|HIGH)',
    }
    await glue.send(new CreateClassifierCommand({ GrokClassifier: grok }))
    await glue.send(new CreateClassifierCommand({ JsonClassifier: { Name: 'items', JsonPath: '$.items[*]' } }))
    await glue.send(
      new CreateClassifierCommand({
        CsvClassifier: { Name: 'plain', Delimiter: '#', ContainsHeader: 'ABSENT', Header: ['first', 'second'] },
      }),
    )
    put('in/app/a.log', '2024-01-01T10:00:00Z HIGH 12\n2024-01-01T10:00:01Z LOW 7\n')
    put('in/items/a.json', '{"items": [{"n": 1}, {"n": 2}]}')
    put('in/plain/a.txt', 'a#1\nb#2\n')
    await crawler('in/', { Classifiers: ['app', 'items', 'plain'] })
    await run()
    expect((await table('app')).columns).toEqual(['at string', 'level string', 'ms int'])
    expect((await table('items')).columns).toEqual(['n int'])
    expect((await table('plain')).columns).toEqual(['first string', 'second bigint'])
    const unknown = { ...grok, Name: 'x', GrokPattern: '%{NEVER:a}' }
    await expect(glue.send(new CreateClassifierCommand({ GrokClassifier: unknown }))).rejects.toThrow(
      /NEVER is not known/,
    )
  })
})

describe('what a crawl meets', () => {
  it('says a clear word of damaged and mixed files, and of a line without end', async () => {
    const whole = parquet({ a: { type: 'INT32', data: [1, 2, 3] } })
    put('in/p/good.parquet', whole)
    put('in/p/cut.parquet', whole.subarray(0, whole.length - 9))
    const footer = Buffer.from(whole).readUInt32LE(whole.length - 8)
    put('in/p/noise.parquet', Buffer.from(whole).fill(0xff, whole.length - 8 - footer, whole.length - 8))
    put('in/mixed/a.csv', csv)
    put('in/mixed/b.json', '{"x": 1}\n')
    put('in/mixed/c.csv', csv)
    put('in/even/a.csv', csv)
    put('in/even/b.json', '{"x": 1}\n')
    put('in/even/c.csv', 'q|r\n1|2\n3|4\n')
    put('in/zip/a.gz', gzipSync(csv).subarray(0, 30))
    put(
      'in/binary/a.bin',
      Uint8Array.from({ length: 100 }, (_, i) => i),
    )
    put('in/latin/a.csv', Buffer.from('größe,n\n1,2\n3,4\n', 'latin1'))
    put('in/wide/a.csv', Buffer.from('größe,n\n1,2\n3,4\n', 'utf16le'))
    // A hole in the file: two GiB that take no room.
    put('in/long/a.csv', '')
    const long = openSync(pathOf('in/long/a.csv'), 'r+')
    writeSync(long, Buffer.alloc(2 * 1024 ** 2, 'x'))
    closeSync(long)
    truncateSync(pathOf('in/long/a.csv'), 2 * 1024 ** 3)
    await crawler('in/')
    const { FILE, TABLE, state } = await run()
    expect(state).toBe('COMPLETED')
    expect(TABLE.ADD.Details.names.toSorted()).toEqual(['mixed', 'p'])
    const told = Object.fromEntries(
      FILE.FAILED.Details.map(({ uri, message }) => [uri.slice('s3://b/in/'.length), message]),
    )
    expect(told).toMatchObject({
      'p/cut.parquet': expect.stringMatching(/does not end so/),
      'p/noise.parquet': expect.stringMatching(/footer is damaged/),
      'mixed/b.json': expect.stringMatching(/unlike that of most files/),
      'even/': expect.stringMatching(/3 schemas that are not alike/),
      'zip/a.gz': expect.stringMatching(/gzip data is damaged/),
      'binary/a.bin': expect.stringMatching(/is binary/),
      'latin/a.csv': expect.stringMatching(/it is latin-1, .* read as UTF-8/),
      'wide/a.csv': expect.stringMatching(/it is utf-16le, .* read as UTF-8/),
      'long/a.csv': expect.stringMatching(/first line is longer than/),
    })
  })

  it('is not held up by patterns that try every way there is', async () => {
    const GrokPattern = '%{EVIL:a}'
    const grok = { Name: 'evil', Classification: 'app', GrokPattern, CustomPatterns: 'EVIL (?:(?:\\w+\\s?)+)+' }
    await glue.send(new CreateClassifierCommand({ GrokClassifier: grok }))
    put('in/a/a.log', `${'word '.repeat(20)}!\n`)
    for (let file = 0; file < 20; file++) put(`in/b/${file}.log`, `${'word '.repeat(20)}!\n`)
    await crawler('in/', { Classifiers: ['evil'] })
    await glue.send(new StartCrawlerCommand({ Name: 'c' }))
    await (gate.engines.clock as ManualClock).settle()
    const { LastCrawl } = (await glue.send(new GetCrawlerCommand({ Name: 'c' }))).Crawler!
    expect(LastCrawl).toMatchObject({
      Status: 'FAILED',
      ErrorMessage: expect.stringMatching(/s3:\/\/b\/in.*classifier evil tries too many ways/),
    })

    put(`in/${'a'.repeat(200)}.csv`, csv)
    const Exclusions = [`${'{a,*}'.repeat(30)}b`]
    const Targets = { S3Targets: [{ Path: 's3://b/in/', Exclusions }] }
    await glue.send(new UpdateCrawlerCommand({ Name: 'c', Classifiers: [], Targets }))
    await glue.send(new StartCrawlerCommand({ Name: 'c' }))
    await (gate.engines.clock as ManualClock).settle()
    const second = (await glue.send(new GetCrawlerCommand({ Name: 'c' }))).Crawler!.LastCrawl
    expect(second?.ErrorMessage).toMatch(/exclude patterns .* too many ways/)

    await gate.engines.clients.catalog.createDatabase({ database: 'd' })
    await gate.engines.clients.catalog.createTable({
      database: 'd',
      name: 'a'.repeat(60),
      columns: [],
      partitionKeys: [],
      format: 'csv',
      location: 's3://b/x/',
    })
    await expect(glue.send(new GetTablesCommand({ DatabaseName: 'd', Expression: '(?:a+)+b' }))).rejects.toMatchObject({
      name: 'OperationTimeoutException',
    })
  })

  it('takes 10,000 tiny files', { timeout: 60_000 }, async () => {
    for (let i = 0; i < 10_000; i++) put(`in/k=${i % 100}/${i}.json`, `{"a": ${i}}\n`)
    await crawler('in/')
    const { FILE, PARTITION } = await run()
    expect(FILE.READ.Count).toBe(10_000)
    expect(PARTITION.ADD.Count).toBe(100)
  })

  it('stops when told, and then has changed nothing', async () => {
    for (let i = 0; i < 2000; i++) put(`in/${i}.csv`, csv)
    await crawler('in/')
    await glue.send(new StartCrawlerCommand({ Name: 'c' }))
    await expect(glue.send(new StartCrawlerCommand({ Name: 'c' }))).rejects.toMatchObject({
      name: 'CrawlerRunningException',
    })
    await glue.send(new StopCrawlerCommand({ Name: 'c' }))
    await (gate.engines.clock as ManualClock).settle()
    const { Crawler } = await glue.send(new GetCrawlerCommand({ Name: 'c' }))
    expect(Crawler).toMatchObject({ State: 'READY', LastCrawl: { Status: 'CANCELLED' } })
    await expect(names()).rejects.toMatchObject({ name: 'EntityNotFoundException' })
    await expect(glue.send(new StopCrawlerCommand({ Name: 'c' }))).rejects.toMatchObject({
      name: 'CrawlerNotRunningException',
    })
  })

  it('runs by its schedule on the engine clock', async () => {
    put('in/a.csv', csv)
    await crawler('in/', { Schedule: 'cron(30 2 ? * MON *)' })
    const clock = gate.engines.clock as ManualClock
    // The clock starts on Monday, 2001-01-01.
    await clock.advance(3 * 3_600_000)
    await clock.advance(7 * 86_400_000)
    const { Crawls } = await glue.send(new ListCrawlsCommand({ CrawlerName: 'c' }))
    expect(Crawls!.map(({ StartTime }) => StartTime!.toISOString())).toEqual([
      '2001-01-08T02:30:00.000Z',
      '2001-01-01T02:30:00.000Z',
    ])
    const { CrawlerMetricsList } = await glue.send(new GetCrawlerMetricsCommand({ CrawlerNameList: ['c'] }))
    expect(CrawlerMetricsList).toMatchObject([{ CrawlerName: 'c', StillEstimating: false, TablesCreated: 0 }])
    const wrong = crawler('in/', { Name: 'd', Schedule: 'every day' })
    await expect(wrong).rejects.toMatchObject({ name: 'InvalidInputException' })
  })
})
