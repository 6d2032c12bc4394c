import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  FirehoseClient,
  PutRecordBatchCommand,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as firehoseEngine } from '../../src/engines/firehose/engine.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { FakeLake } from './firehose-fakes.ts'
import { HttpReceiver, OpenSearchReceiver, SplunkReceiver } from './firehose-servers.ts'

let gate: TestGate
let firehose: FirehoseClient
const lake = new FakeLake()
const http = new HttpReceiver()
const splunk = new SplunkReceiver()
const search = new OpenSearchReceiver()
let urls: { http: string; splunk: string; search: string }

beforeAll(async () => {
  gate = await startGate([firehoseEngine], { fakes: { lake } })
  firehose = new FirehoseClient(gate.config)
  urls = { http: await http.listen(), splunk: await splunk.listen(), search: await search.listen() }
})
afterAll(async () => {
  firehose.destroy()
  await gate.engines[Symbol.asyncDispose]()
  for (const server of [http, splunk, search]) await server[Symbol.asyncDispose]()
})

const RoleARN = 'arn:aws:iam::000000000000:role/firehose'
const S3Configuration = {
  RoleARN,
  BucketARN: 'arn:aws:s3:::lake',
  Prefix: 'copies/',
  ErrorOutputPrefix: 'bad/!{firehose:error-output-type}/',
}
const BufferingHints = { SizeInMBs: 1, IntervalInSeconds: 60 }
const RetryOptions = { DurationInSeconds: 0 }
const advance = (ms: number) => (gate.engines.clock as ManualClock).advance(ms)
const put = (DeliveryStreamName: string, ...records: string[]) =>
  firehose.send(
    new PutRecordBatchCommand({
      DeliveryStreamName,
      Records: records.map((record) => ({ Data: new TextEncoder().encode(record) })),
    }),
  )
const remove = (DeliveryStreamName: string) => firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }))

describe('endpoints through the stock client', () => {
  it('an HTTP endpoint gets what is put, and its update keeps what it leaves out', async () => {
    http.accessKey = 'first'
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: 'h',
        HttpEndpointDestinationConfiguration: {
          EndpointConfiguration: { Url: urls.http, AccessKey: 'first' },
          RequestConfiguration: { ContentEncoding: 'GZIP' },
          BufferingHints,
          S3BackupMode: 'AllData',
          S3Configuration,
        },
      }),
    )
    await put('h', 'a', 'b')
    await advance(60_000)
    expect(http.records).toEqual(['a', 'b'])
    await firehose.send(
      new UpdateDestinationCommand({
        DeliveryStreamName: 'h',
        CurrentDeliveryStreamVersionId: '1',
        DestinationId: 'destinationId-000000000001',
        HttpEndpointDestinationUpdate: { RetryOptions, S3BackupMode: 'FailedDataOnly' },
      }),
    )
    await put('h', 'c')
    await advance(60_000)
    expect(http.records).toEqual(['a', 'b', 'c'])
    expect(http.problems).toEqual([])
    http.accessKey = 'another'
    await put('h', 'd')
    await advance(300_000)
    const [failed] = lake.lines('bad/http-endpoint-failed/').map((line) => JSON.parse(line))
    expect(failed).toMatchObject({ errorMessage: expect.stringContaining('wrong access key') })
    await advance(300_000)
    expect(lake.lines('copies/').join('')).toBe('ab')
    await remove('h')
  })

  it('Splunk gets what is put', async () => {
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: 's',
        SplunkDestinationConfiguration: {
          HECEndpoint: urls.splunk,
          HECEndpointType: 'Event',
          HECToken: 'a-token',
          BufferingHints,
          S3Configuration,
        },
      }),
    )
    await put('s', '{"event":1}', '{"event":2}')
    await advance(120_000)
    expect(splunk.taken).toEqual(['{"event":1}{"event":2}'])
    await remove('s')
  })

  it.each([
    'AmazonopensearchserviceDestinationConfiguration',
    'ElasticsearchDestinationConfiguration',
  ])('%s gets what is put', async (member) => {
    search.indexes.clear()
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: 'o',
        [member]: {
          RoleARN,
          ClusterEndpoint: urls.search,
          IndexName: 'flights',
          IndexRotationPeriod: 'NoRotation',
          BufferingHints,
          RetryOptions,
          S3Configuration,
        },
      }),
    )
    await put('o', '{"n":1}', 'no document')
    await advance(120_000)
    await advance(300_000)
    expect(search.documents('flights')).toEqual(['{"n":1}'])
    expect(lake.lines('bad/AmazonOpenSearchService-failed/').length).toBeGreaterThan(0)
    await remove('o')
  })
})
