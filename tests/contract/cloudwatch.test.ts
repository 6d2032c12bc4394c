import { gzipSync } from 'node:zlib'
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
  type MetricDatum,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as cloudwatch } from '../../src/engines/cloudwatch/engine.ts'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

const START_MS = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const DAY = 86_400_000
const clock = new ManualClock(START_MS)
let engines: TestEngines
let client: CloudWatchClient
let endpoint: string

beforeAll(async () => {
  engines = await startEngines([cloudwatch, gate], { clock, settings: { gate: { port: 0 } } })
  endpoint = (await engines.clients.gate.status({})).url
  client = new CloudWatchClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
})

afterAll(async () => {
  client.destroy()
  await engines[Symbol.asyncDispose]()
})

const put = (Namespace: string, ...MetricData: MetricDatum[]) =>
  client.send(new PutMetricDataCommand({ Namespace, MetricData }))
const at = (minute: number) => new Date(START_MS + minute * MINUTE)

const statistics = async (
  Namespace: string,
  MetricName: string,
  more: Partial<GetMetricStatisticsCommandInput> = {},
) => {
  const { Datapoints } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      StartTime: at(0),
      EndTime: at(60),
      Period: 60,
      ...(more.ExtendedStatistics ? {} : { Statistics: ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] }),
      ...more,
    }),
  )
  return Datapoints!
}

const series = async (
  queries: GetMetricDataCommandInput['MetricDataQueries'],
  more: Partial<GetMetricDataCommandInput> = {},
) =>
  client.send(
    new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: at(0),
      EndTime: at(10),
      ScanBy: 'TimestampAscending',
      ...more,
    }),
  )
const stat = (Namespace: string, MetricName: string, Stat: string, Period = 60) => ({
  MetricStat: { Metric: { Namespace, MetricName }, Period, Stat },
})

describe('metrics that are put', () => {
  it('are summed up by period, from values, counts and summaries', async () => {
    await put(
      'sum',
      { MetricName: 'm', Timestamp: at(0), Value: 4 },
      { MetricName: 'm', Timestamp: new Date(START_MS + 59_999), Values: [1, 7], Counts: [3, 1] },
      { MetricName: 'm', Timestamp: at(1), StatisticValues: { SampleCount: 2, Sum: 30, Minimum: 10, Maximum: 20 } },
      { MetricName: 'm', Timestamp: at(1), Value: 60 },
    )
    const points = [
      { Timestamp: at(0), Unit: 'None', SampleCount: 5, Sum: 14, Average: 2.8, Minimum: 1, Maximum: 7 },
      { Timestamp: at(1), Unit: 'None', SampleCount: 3, Sum: 90, Average: 30, Minimum: 10, Maximum: 60 },
    ]
    expect(await statistics('sum', 'm')).toEqual(points)
    expect(await statistics('sum', 'm', { Period: 300 })).toEqual([
      { Timestamp: at(0), Unit: 'None', SampleCount: 8, Sum: 104, Average: 13, Minimum: 1, Maximum: 60 },
    ])
    expect(await statistics('sum', 'm', { EndTime: at(1) })).toEqual(points.slice(0, 1))
    expect(await statistics('sum', 'absent')).toEqual([])
  })

  it('have percentiles where their values are known', async () => {
    const Values = Array.from({ length: 101 }, (_, i) => i)
    await put('share', { MetricName: 'm', Timestamp: at(0), Values })
    await put('share', {
      MetricName: 'only-summary',
      Timestamp: at(0),
      StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 },
    })
    const [point] = await statistics('share', 'm', { ExtendedStatistics: ['p50', 'p99', 'p99.5'] })
    expect(point.ExtendedStatistics).toEqual({ p50: 50, p99: 99, 'p99.5': 99.5 })
    const [summary] = await statistics('share', 'only-summary', { ExtendedStatistics: ['p50'] })
    expect(summary.ExtendedStatistics).toBeUndefined()
    for (let i = 0; i < 10; i++)
      await put('share', {
        MetricName: 'many',
        Timestamp: at(0),
        Values: Array.from({ length: 100 }, (_, j) => i * 100 + j + 1),
      })
    const [many] = await statistics('share', 'many', { ExtendedStatistics: ['p90'] })
    expect(Math.abs(many.ExtendedStatistics!.p90 - 900)).toBeLessThan(900 * 0.01)
  })

  it('stand apart by unit and by dimensions, in whatever order those are named', async () => {
    const one = { Name: 'a', Value: '1' }
    const two = { Name: 'b', Value: '2' }
    await put(
      'apart',
      { MetricName: 'm', Timestamp: at(0), Value: 1, Dimensions: [one, two], Unit: 'Count' },
      { MetricName: 'm', Timestamp: at(0), Value: 2, Dimensions: [two, one], Unit: 'Seconds' },
      { MetricName: 'm', Timestamp: at(0), Value: 4, Dimensions: [one] },
    )
    const both = await statistics('apart', 'm', { Dimensions: [two, one] })
    expect(both.map(({ Unit, Sum }) => [Unit, Sum]).sort()).toEqual([
      ['Count', 1],
      ['Seconds', 2],
    ])
    expect(await statistics('apart', 'm', { Dimensions: [one, two], Unit: 'Seconds' })).toHaveLength(1)
    expect(await statistics('apart', 'm')).toEqual([])
    const listed = await client.send(new ListMetricsCommand({ Namespace: 'apart', Dimensions: [{ Name: 'b' }] }))
    expect(listed.Metrics).toEqual([{ Namespace: 'apart', MetricName: 'm', Dimensions: [one, two] }])
    expect((await client.send(new ListMetricsCommand({ Namespace: 'apart' }))).Metrics).toHaveLength(2)
  })

  it('may be of seconds', async () => {
    await put(
      'seconds',
      { MetricName: 'm', Timestamp: new Date(START_MS + 1200), Value: 1, StorageResolution: 1 },
      { MetricName: 'm', Timestamp: new Date(START_MS + 6000), Value: 2, StorageResolution: 1 },
    )
    const fine = await statistics('seconds', 'm', { Period: 1, EndTime: at(1) })
    expect(fine.map(({ Timestamp, Sum }) => [Timestamp!.getTime() - START_MS, Sum])).toEqual([
      [1000, 1],
      [6000, 2],
    ])
    expect((await statistics('seconds', 'm')).map(({ Sum }) => Sum)).toEqual([3])
  })

  it('may come compressed', async () => {
    const MetricData = Array.from({ length: 400 }, (_, i) => ({
      MetricName: `compressed-${i}`,
      Timestamp: at(0),
      Value: i,
    }))
    let encoding: string | undefined
    client.middlewareStack.add(
      (next) => (args) => {
        encoding = (args.request as { headers: Record<string, string> }).headers['content-encoding']
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low', name: 'seen' },
    )
    await put('gzip', ...MetricData)
    client.middlewareStack.remove('seen')
    expect(encoding).toBe('gzip')
    expect((await client.send(new ListMetricsCommand({ Namespace: 'gzip' }))).Metrics).toHaveLength(400)
    const headers = {
      'content-encoding': 'gzip',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
    }
    const broken = await fetch(endpoint, { method: 'POST', headers, body: 'no gzip' })
    expect([broken.status, await broken.json()]).toMatchObject([400, { __type: 'SerializationException' }])
    const bomb = await fetch(endpoint, { method: 'POST', headers, body: gzipSync(Buffer.alloc(40 * 1024 * 1024)) })
    expect(bomb.status).toBe(413)
  })

  it.each<[string, MetricDatum, string, string]>([
    ['nothing measured', { MetricName: 'm' }, 'MissingRequiredParameterException', 'At least one of the parameters'],
    [
      'NaN',
      { MetricName: 'm', Value: Number.NaN },
      'InvalidParameterValueException',
      'The value NaN for parameter MetricData.member.1.Value is invalid.',
    ],
    [
      'two ways at once',
      { MetricName: 'm', Value: 1, Values: [1] },
      'InvalidParameterCombinationException',
      'mutually exclusive',
    ],
    [
      'counts of nothing',
      { MetricName: 'm', Values: [1, 2], Counts: [1] },
      'InvalidParameterValueException',
      'must be of the same size',
    ],
    [
      'the far past',
      { MetricName: 'm', Value: 1, Timestamp: new Date(START_MS - 15 * DAY) },
      'InvalidParameterValueException',
      'no more than two weeks in the past',
    ],
    [
      'the future',
      { MetricName: 'm', Value: 1, Timestamp: new Date(START_MS + 3 * 60 * MINUTE) },
      'InvalidParameterValueException',
      'no more than two hours in the future',
    ],
  ])('refuse %s', async (_, datum, name, message) => {
    await expect(put('refused', datum)).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
  })

  it('are nobody’s but the account’s', async () => {
    await expect(put('AWS/EC2', { MetricName: 'm', Value: 1 })).rejects.toMatchObject({
      message: 'The value AWS/ for parameter Namespace is invalid.',
    })
  })
})

describe('GetMetricData', () => {
  beforeAll(async () => {
    for (let i = 0; i < 5; i++) await put('data', { MetricName: 'a', Timestamp: at(i), Value: i + 1 })
    await put('data', { MetricName: 'b', Timestamp: at(1), Value: 10 }, { MetricName: 'b', Timestamp: at(3), Value: 0 })
  })

  it('gives series, and what is worked out from them', async () => {
    const { MetricDataResults } = await series([
      { Id: 'a', ...stat('data', 'a', 'Sum') },
      { Id: 'b', ...stat('data', 'b', 'Average'), ReturnData: false },
      { Id: 'ratio', Expression: '(a + 1) / b' },
      { Id: 'share', Expression: '100 * a / SUM(a)', Label: 'Share' },
      { Id: 'filled', Expression: 'FILL(b, 0) - -1 ^ 2' },
    ])
    const told = MetricDataResults!.map(({ Id, Label, Values, StatusCode }) => [Id, Label, Values, StatusCode])
    expect(told).toEqual([
      ['a', 'a', [1, 2, 3, 4, 5], 'Complete'],
      ['ratio', 'ratio', [0.3], 'Complete'],
      ['share', 'Share', [1, 2, 3, 4, 5].map((n) => (100 * n) / 15), 'Complete'],
      ['filled', 'filled', [-1, 9, -1, -1, -1, -1, -1, -1, -1, -1], 'Complete'],
    ])
    const down = await series([{ Id: 'a', ...stat('data', 'a', 'Sum', 120) }], { ScanBy: undefined })
    expect(down.MetricDataResults![0].Values).toEqual([5, 7, 3])
    expect(down.MetricDataResults![0].Timestamps).toEqual([at(4), at(2), at(0)])
  })

  it('pages by datapoints', async () => {
    const queries = [
      { Id: 'a', ...stat('data', 'a', 'Sum') },
      { Id: 'b', ...stat('data', 'b', 'Sum') },
    ]
    const seen: Record<string, number[]> = { a: [], b: [] }
    let NextToken: string | undefined
    do {
      const page = await series(queries, { MaxDatapoints: 3, NextToken })
      for (const { Id, Values } of page.MetricDataResults!) seen[Id!].push(...Values!)
      NextToken = page.NextToken
    } while (NextToken)
    expect(seen).toEqual({ a: [1, 2, 3, 4, 5], b: [10, 0] })
  })

  it.each<[string, object, string]>([
    ['an unknown function', { Expression: 'ANOMALY_DETECTION_BAND(a)' }, 'does not support ANOMALY_DETECTION_BAND'],
    ['an unknown id', { Expression: 'a + nope' }, 'no query has the id nope'],
    ['itself', { Expression: 'x + a' }, 'depends on itself'],
    ['half an expression', { Expression: 'a +' }, 'unexpected end'],
    ['an insights query', { Expression: 'SELECT AVG(a) FROM b' }, 'Metrics Insights'],
    ['an unknown statistic', stat('data', 'a', 'tm99'), 'does not support the statistic tm99'],
  ])('refuses %s', async (_, query, message) => {
    const queries = [
      { Id: 'a', ...stat('data', 'a', 'Sum') },
      { Id: 'x', ...query },
    ]
    await expect(series(queries)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining(message),
    })
  })
})

describe('older clients', () => {
  const query = async (parameters: Record<string, string>) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: new URLSearchParams({ Version: '2010-08-01', ...parameters }),
    })
    return { status: answer.status, text: await answer.text() }
  }

  it('put and read through Query', async () => {
    const done = await query({
      Action: 'PutMetricData',
      Namespace: 'query',
      'MetricData.member.1.MetricName': 'm',
      'MetricData.member.1.Timestamp': at(0).toISOString(),
      'MetricData.member.1.Value': '2.5',
      'MetricData.member.1.Dimensions.member.1.Name': 'd',
      'MetricData.member.1.Dimensions.member.1.Value': 'x & y',
    })
    expect(done.status).toBe(200)
    expect(done.text).toContain('<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">')
    const read = await query({
      Action: 'GetMetricStatistics',
      Namespace: 'query',
      MetricName: 'm',
      StartTime: at(0).toISOString(),
      EndTime: at(1).toISOString(),
      Period: '60',
      'Statistics.member.1': 'Sum',
      'Dimensions.member.1.Name': 'd',
      'Dimensions.member.1.Value': 'x & y',
    })
    expect(read.text).toContain('<member><Timestamp>2026-01-01T00:00:00.000Z</Timestamp>')
    expect(read.text).toContain('<Sum>2.5</Sum>')
  })

  it('are told errors by their older codes', async () => {
    const refused = await query({ Action: 'PutMetricData', Namespace: 'AWS/x', 'MetricData.member.1.MetricName': 'm' })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('<Code>InvalidParameterValue</Code>')
    const unknown = await query({ Action: 'PutDashboard' })
    expect(unknown.text).toContain('<Code>InvalidAction</Code>')
  })
})

describe('age', () => {
  it('makes points coarser and takes them in the end, and metrics with them', async () => {
    const begin = clock.now()
    await put('aging', { MetricName: 'm', Timestamp: new Date(begin), Value: 1, StorageResolution: 1 })
    await put('aging', { MetricName: 'm', Timestamp: new Date(begin + 61_000), Value: 2, StorageResolution: 1 })
    const periods = async (Period: number) => {
      const points = await statistics('aging', 'm', {
        StartTime: new Date(begin),
        EndTime: new Date(begin + Math.min(1440 * Period * 1000, DAY)),
        Period,
      })
      return points.map(({ Sum }) => Sum)
    }
    expect(await periods(1)).toEqual([1, 2])
    await clock.advance(4 * 3600_000)
    expect([await periods(1), await periods(60)]).toEqual([[], [1, 2]])
    await clock.advance(16 * DAY)
    expect([await periods(60), await periods(300)]).toEqual([[], [3]])
    expect((await client.send(new ListMetricsCommand({ Namespace: 'aging' }))).Metrics).toEqual([])
    await clock.advance(48 * DAY)
    expect([await periods(300), await periods(3600)]).toEqual([[], [3]])
    await clock.advance(400 * DAY)
    expect(await periods(3600)).toEqual([])
  })
})

describe('a restart', () => {
  it('finds what was acknowledged', async () => {
    await Promise.all(
      Array.from({ length: 50 }, () => put('lasting', { MetricName: 'm', Timestamp: new Date(clock.now()), Value: 1 })),
    )
    const directory = engines.workspaceDirectory
    await engines.stop()
    engines = await startEngines([cloudwatch], { clock, directory })
    const metric = { namespace: 'lasting', name: 'm', dimensions: [] }
    const span = { startMs: clock.now() - MINUTE, endMs: clock.now() + MINUTE, periodS: 120 }
    const points = await engines.clients.cloudwatch.readMetric({ metric, ...span })
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(50)
  })
})
