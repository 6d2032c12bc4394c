import {
  CreateDeliveryStreamCommand,
  type CreateDeliveryStreamCommandInput,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehoseEngine } from '../../src/engines/firehose/engine.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let firehose: FirehoseClient

beforeAll(async () => {
  gate = await startGate([lake, catalog, firehoseEngine])
  firehose = new FirehoseClient(gate.config)
  const { clients } = gate.engines
  await clients.lake.createBucket({ bucket: 'lake' })
  await clients.catalog.createDatabase({ database: 'db' })
  await clients.catalog.createTable({
    database: 'db',
    name: 'flights',
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'date', type: 'string' },
    ],
    partitionKeys: [
      { name: 'day', type: 'string' },
      { name: 'carrier', type: 'string' },
    ],
    location: 's3://lake/flights/',
    format: 'parquet',
    parameters: {},
  })
})
afterAll(async () => {
  firehose.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

const advance = (ms: number) => (gate.engines.clock as ManualClock).advance(ms)
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const query = '{day:.date[0:10], carrier:.by.carrier|ascii_downcase}'

const destination = {
  RoleARN: 'arn:aws:iam::000000000000:role/firehose',
  BucketARN: 'arn:aws:s3:::lake',
  Prefix: 'flights/day=!{partitionKeyFromQuery:day}/carrier=!{partitionKeyFromQuery:carrier}/',
  ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
  BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
  DynamicPartitioningConfiguration: { Enabled: true },
  ProcessingConfiguration: {
    Enabled: true,
    Processors: [
      {
        Type: 'MetadataExtraction',
        Parameters: [
          { ParameterName: 'MetadataExtractionQuery', ParameterValue: query },
          { ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' },
        ],
      },
    ],
  },
  DataFormatConversionConfiguration: {
    Enabled: true,
    SchemaConfiguration: {
      DatabaseName: 'db',
      TableName: 'flights',
      RoleARN: 'arn:aws:iam::000000000000:role/firehose',
    },
    InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
  },
} satisfies CreateDeliveryStreamCommandInput['ExtendedS3DestinationConfiguration']

const create = (name: string, changes: object = {}) =>
  firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      DeliveryStreamType: 'DirectPut',
      ExtendedS3DestinationConfiguration: { ...destination, ...changes },
    }),
  )

async function objects(prefix: string): Promise<string[]> {
  const { objects } = await gate.engines.clients.lake.listObjects({ bucket: 'lake', prefix })
  return objects.map(({ key }) => key)
}

describe('Firehose through the stock client', () => {
  it('lands records as Parquet in registered partitions, by the clock', async () => {
    const { DeliveryStreamARN } = await create('life')
    expect(DeliveryStreamARN).toBe('arn:aws:firehose:us-east-1:000000000000:deliverystream/life')

    const described = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'life' }))
    const { DeliveryStreamDescription: description } = described
    expect(description).toMatchObject({
      DeliveryStreamStatus: 'ACTIVE',
      DeliveryStreamType: 'DirectPut',
      VersionId: '1',
    })
    const { Prefix, ErrorOutputPrefix, BufferingHints, DynamicPartitioningConfiguration, ProcessingConfiguration } =
      destination
    expect(description?.Destinations?.[0].ExtendedS3DestinationDescription).toMatchObject({
      BucketARN: 'arn:aws:s3:::lake',
      Prefix,
      ErrorOutputPrefix,
      BufferingHints,
      DynamicPartitioningConfiguration,
      ProcessingConfiguration: {
        ...ProcessingConfiguration,
        Processors: [
          {
            Type: 'MetadataExtraction',
            Parameters: [
              { ParameterName: 'MetadataExtractionQuery', ParameterValue: query.replace(' ', '') },
              { ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' },
            ],
          },
        ],
      },
      DataFormatConversionConfiguration: {
        Enabled: true,
        SchemaConfiguration: { DatabaseName: 'db', TableName: 'flights', VersionId: 'LATEST' },
      },
    })

    const flights = [
      { id: 1, date: '2026-01-31T10:00', by: { carrier: 'AA' } },
      { id: 2, date: '2026-02-01T11:00', by: { carrier: 'UA' } },
      { id: 3, date: '2026-01-31T12:00', by: { carrier: 'AA' } },
      { id: 4, date: '2026-01-31T12:00' },
    ]
    const put = await firehose.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: 'life',
        Records: flights.map((flight) => ({ Data: bytes(flight) })),
      }),
    )
    expect(put).toMatchObject({ FailedPutCount: 0, Encrypted: false })
    expect(new Set(put.RequestResponses?.map(({ RecordId }) => RecordId)).size).toBe(4)
    await firehose.send(
      new PutRecordCommand({
        DeliveryStreamName: 'life',
        Record: { Data: bytes({ id: 5, date: '2026-02-01T23:00', by: { carrier: 'ua' } }) },
      }),
    )
    await advance(59_000)
    expect(await objects('flights/')).toEqual([])
    await advance(1_000)
    const keys = await objects('flights/')
    expect(keys.map((key) => key.slice(0, key.lastIndexOf('/')))).toEqual([
      'flights/day=2026-01-31/carrier=aa',
      'flights/day=2026-02-01/carrier=ua',
    ])
    expect(await objects('errors/processing-failed/')).toHaveLength(1)
    const { body } = await gate.engines.clients.lake.getObject({ bucket: 'lake', key: keys[1] })
    expect(await parquetReadObjects({ file: new Uint8Array(body).buffer })).toEqual([
      { id: 2n, date: '2026-02-01T11:00' },
      { id: 5n, date: '2026-02-01T23:00' },
    ])
    const partitions = await gate.engines.clients.catalog.listPartitions({ database: 'db', table: 'flights' })
    expect(partitions.map(({ values, location }) => ({ values, location }))).toEqual([
      { values: ['2026-01-31', 'aa'], location: 's3://lake/flights/day=2026-01-31/carrier=aa/' },
      { values: ['2026-02-01', 'ua'], location: 's3://lake/flights/day=2026-02-01/carrier=ua/' },
    ])

    // What an update leaves out stays.
    await firehose.send(
      new UpdateDestinationCommand({
        DeliveryStreamName: 'life',
        CurrentDeliveryStreamVersionId: '1',
        DestinationId: description?.Destinations?.[0].DestinationId,
        ExtendedS3DestinationUpdate: { BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 900 } },
      }),
    )
    const after = await gate.engines.clients.firehose.describeDeliveryStream({ name: 'life' })
    expect(after).toMatchObject({
      versionId: '2',
      destination: {
        buffering: { sizeInMBs: 128, intervalInSeconds: 900 },
        prefix: Prefix,
        conversion: { table: 'flights' },
      },
    })
    expect(Object.keys(after.destination.dynamicPartitioning!.fields)).toEqual(['day', 'carrier'])

    await firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: 'life' }))
    await expect(
      firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'life' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    expect((await firehose.send(new ListDeliveryStreamsCommand({}))).DeliveryStreamNames).toEqual([])
  })

  it.each([
    ['BufferingHints.SizeInMBs', { BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 } }],
    ['ErrorOutputPrefix', { ErrorOutputPrefix: undefined }],
    ['ProcessingConfiguration', { ProcessingConfiguration: undefined }],
    ['Prefix', { Prefix: 'flights/day=!{partitionKeyFromQuery:day}/' }],
    ['BucketARN', { BucketARN: 'arn:aws:s3:::lake/flights' }],
    ['CompressionFormat', { CompressionFormat: 'GZIP' }],
    ['CustomTimeZone', { CustomTimeZone: 'Europe/Nowhere' }],
    ['FileExtension', { FileExtension: 'parq' }],
    ['CloudWatchLoggingOptions', { CloudWatchLoggingOptions: { Enabled: true } }],
    ['SchemaConfiguration', { DataFormatConversionConfiguration: { Enabled: true } }],
  ])('refuses %s by name', async (field, changes) => {
    await expect(create('refused', changes)).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining(field),
    })
    expect((await firehose.send(new ListDeliveryStreamsCommand({}))).DeliveryStreamNames).toEqual([])
  })

  it('refuses a destination that is not here, and puts that are too large or to nobody', async () => {
    const snowflake = new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'r',
      SnowflakeDestinationConfiguration: {
        AccountUrl: 'https://x',
        Database: 'd',
        Schema: 's',
        Table: 't',
        RoleARN: destination.RoleARN,
        S3Configuration: destination,
      },
    })
    await expect(firehose.send(snowflake)).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining('SnowflakeDestinationConfiguration'),
    })
    await create('puts')
    const put = (DeliveryStreamName: string, ...sizes: number[]) =>
      firehose.send(
        new PutRecordBatchCommand({
          DeliveryStreamName,
          Records: sizes.map((size) => ({ Data: new Uint8Array(size) })),
        }),
      )
    await expect(put('nobody', 1)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(put('puts', 1_024_001)).rejects.toMatchObject({ message: expect.stringContaining('data') })
    await expect(put('puts', ...Array.from({ length: 5 }, () => 1_000_000))).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining('Records'),
    })
    await firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: 'puts' }))
  })
})
