import * as model from '@aws-sdk/client-firehose'
import { FirehoseClient } from '@aws-sdk/client-firehose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { service } from '../../src/engines/firehose/aws.ts'
import { engine as firehoseEngine } from '../../src/engines/firehose/engine.ts'
import { operationsOfModel } from '../../src/engines/kit/node/aws/service.ts'
import { operationShape, type Shape } from '../../src/engines/kit/node/aws/shapes.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as streamEngine } from '../../src/engines/stream/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { FakeCatalog, FakeLake } from './firehose-fakes.ts'
import { CREATES, UPDATES } from './firehose-full-requests.ts'

type Json = Record<string, unknown>

let gate: TestGate
let firehose: FirehoseClient
const catalog = new FakeCatalog({ a: 'int' }, ['day'])
catalog.getTable = async () => catalog.table

beforeAll(async () => {
  const warehouse = { check: async () => ({}) }
  gate = await startGate([streamEngine, firehoseEngine], { fakes: { lake: new FakeLake(), catalog, warehouse } })
  firehose = new FirehoseClient(gate.config)
  await gate.engines.clients.stream.createStream({ stream: 's', shardCount: 1 })
  await (gate.engines.clock as ManualClock).advance(1000)
})
afterAll(async () => {
  firehose.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

const operations = operationsOfModel(model)
const inputOf = (name: string): Shape => operationShape(operations.find((each) => each[2] === name)!).input

/** Paths of the members that a value has: `Tags[].Key`. */
function pathsOf(shape: Shape, value: unknown, path: string, into: Set<string>): Set<string> {
  for (const member of shape.members) {
    const given = (value as Json)[member.name]
    if (given === undefined) continue
    const place = path ? `${path}.${member.name}` : member.name
    into.add(place)
    inside(member.shape(), given, place, (inner, item, at) => pathsOf(inner, item, at, into))
  }
  return into
}

function inside(
  shape: Shape,
  value: unknown,
  path: string,
  visit: (shape: Shape, value: unknown, path: string) => void,
): void {
  if (shape.kind === 'structure') visit(shape, value, path)
  else if (shape.kind === 'list' && shape.element)
    for (const item of value as unknown[]) inside(shape.element.shape(), item, `${path}[]`, visit)
}

/** Members of the model that none of the covered paths has; not those inside of one that is missing itself. */
function missing(shape: Shape, path: string, covered: ReadonlySet<string>): string[] {
  return shape.members.flatMap((member) => {
    const place = path ? `${path}.${member.name}` : member.name
    if (!covered.has(place)) return [place]
    let [inner, at] = [member.shape(), place]
    while (inner.kind === 'list' && inner.element) [inner, at] = [inner.element.shape(), `${at}[]`]
    return inner.kind === 'structure' ? missing(inner, at, covered) : []
  })
}

/** Some value of a shape, with what it must have. */
function sample(shape: Shape): unknown {
  switch (shape.kind) {
    case 'structure':
      return Object.fromEntries(
        shape.members.filter(({ required }) => required).map((m) => [m.name, sample(m.shape())]),
      )
    case 'list':
      return [sample(shape.element!.shape())]
    case 'map':
      return { key: 'value' }
    case 'number':
      return 1
    case 'boolean':
      return true
    case 'timestamp':
      return new Date(0)
    default:
      return 'arn:aws:x:us-east-1:000000000000:y'
  }
}

/** The input with one more member. */
function withMember(shape: Shape, input: object, path: string): object {
  const copy = structuredClone(input) as Json
  let [at, inner] = [copy, shape]
  const steps = path.split('.')
  steps.forEach((step, i) => {
    const list = step.endsWith('[]')
    const name = list ? step.slice(0, -2) : step
    const member = inner.members.find((each) => each.name === name)!
    if (i === steps.length - 1) {
      at[name] = sample(member.shape())
      return
    }
    at = (list ? (at[name] as Json[])[0] : at[name]) as Json
    inner = list ? member.shape().element!.shape() : member.shape()
  })
  return copy
}

/** Taken, and not told again: secrets, and what is the same for every delivery stream here. */
const NOT_SHOWN = new Set([
  'AccessKey',
  'HECToken',
  'Password',
  'CatalogId',
  'Region',
  'SecretsManagerConfiguration',
  'InputFormatConfiguration',
])

/** What a description must show of a configuration. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== 'object' || value === null) return value
  const names: Json = {
    S3Configuration: 'S3DestinationDescription',
    S3Update: 'S3DestinationDescription',
    S3BackupConfiguration: 'S3BackupDescription',
    S3BackupUpdate: 'S3BackupDescription',
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => inner !== undefined && !NOT_SHOWN.has(name))
      .map(([name, inner]) => [names[name] ?? name, shown(inner)]),
  )
}

/** The destination that a request has, by its name in descriptions. */
function destinationOf(request: object): [string, object] {
  const [name, form] = Object.entries(request).find(([each]) => /Destination(Configuration|Update)$/.test(each))!
  return [name.replace(/(Configuration|Update)$/, 'Description'), form]
}

let count = 0
const create = async (input: object): Promise<string> => {
  const DeliveryStreamName = `d${++count}`
  await firehose.send(new model.CreateDeliveryStreamCommand({ DeliveryStreamName, ...input }))
  return DeliveryStreamName
}
const described = async (DeliveryStreamName: string) =>
  (await firehose.send(new model.DescribeDeliveryStreamCommand({ DeliveryStreamName }))).DeliveryStreamDescription!
const remove = (DeliveryStreamName: string) =>
  firehose.send(new model.DeleteDeliveryStreamCommand({ DeliveryStreamName, AllowForceDelete: true }))
const update = (DeliveryStreamName: string, input: object) =>
  firehose.send(
    new model.UpdateDestinationCommand({
      DeliveryStreamName,
      CurrentDeliveryStreamVersionId: '1',
      DestinationId: 'destinationId-000000000001',
      ...input,
    }),
  )

const name = 'DeliveryStreamName'
/** Every member of the operations that are plain. */
const PLAIN: Readonly<Record<string, object>> = {
  DeleteDeliveryStream: { [name]: 'd', AllowForceDelete: true },
  DescribeDeliveryStream: { [name]: 'd', Limit: 1, ExclusiveStartDestinationId: 'x' },
  ListDeliveryStreams: { Limit: 1, DeliveryStreamType: 'DirectPut', ExclusiveStartDeliveryStreamName: 'd' },
  ListTagsForDeliveryStream: { [name]: 'd', ExclusiveStartTagKey: 'k', Limit: 1 },
  PutRecord: { [name]: 'd', Record: { Data: new Uint8Array() } },
  PutRecordBatch: { [name]: 'd', Records: [{ Data: new Uint8Array() }] },
  StartDeliveryStreamEncryption: {
    [name]: 'd',
    DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
  },
  StopDeliveryStreamEncryption: { [name]: 'd' },
  TagDeliveryStream: { [name]: 'd', Tags: [{ Key: 'k', Value: 'v' }] },
  UntagDeliveryStream: { [name]: 'd', TagKeys: ['k'] },
}

const covered = (operation: string, inputs: readonly object[]): Set<string> => {
  const paths = new Set<string>()
  for (const input of inputs) pathsOf(inputOf(operation), input, '', paths)
  return paths
}

const creates = CREATES.map((input) => ({ DeliveryStreamName: 'd', ...input }))
const updates = UPDATES.map(({ update: input }) => ({
  DeliveryStreamName: 'd',
  CurrentDeliveryStreamVersionId: '1',
  DestinationId: 'x',
  ...input,
}))
const refusedAt = (operation: string, inputs: readonly object[]) =>
  missing(inputOf(operation), '', covered(operation, inputs)).map((path) => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')))
    const at = inputs.find(
      (input) => !parent || pathsOf(inputOf(operation), input, '', new Set()).has(parent.replace(/\[\]$/, '')),
    )!
    return [path, at] as const
  })

describe('every member of the model', () => {
  it('has an operation that is answered', () => {
    expect(operations.map((each) => each[2]).sort()).toEqual(Object.keys(service.operations).sort())
    expect(operations).toHaveLength(12)
  })

  it.each(
    Object.keys(PLAIN),
  )('is honoured in %s, or refused by the encryption that has no key service', async (operation) => {
    const left = missing(inputOf(operation), '', covered(operation, [PLAIN[operation]]))
    expect(left).toEqual(
      operation === 'StartDeliveryStreamEncryption' ? ['DeliveryStreamEncryptionConfigurationInput.KeyARN'] : [],
    )
  })

  it.each(
    CREATES.map((input) => [destinationOf(input)[0], input] as const),
  )('of %s that a creation may have is told again', async (_, input) => {
    const stream = await create(input)
    const description = await described(stream)
    const [destination, form] = destinationOf(input)
    expect(description.Destinations?.[0]).toMatchObject({ [destination]: shown(form) })
    expect(description.DeliveryStreamType).toBe(input.DeliveryStreamType ?? 'DirectPut')
    if (input.DeliveryStreamEncryptionConfigurationInput)
      expect(description.DeliveryStreamEncryptionConfiguration).toEqual({ Status: 'ENABLED', KeyType: 'AWS_OWNED_CMK' })
    const tags = new model.ListTagsForDeliveryStreamCommand({ DeliveryStreamName: stream })
    expect((await firehose.send(tags)).Tags).toEqual(input.Tags ?? [])
    await remove(stream)
  })

  it.each(
    UPDATES.map(({ from, update: input }) => [destinationOf(input)[0], from, input] as const),
  )('of %s that an update may have is told again, and nothing else changes', async (_, from, input) => {
    const stream = await create(from)
    await update(stream, input)
    const [destination, form] = destinationOf(input)
    const description = await described(stream)
    expect(description.VersionId).toBe('2')
    expect(description.Destinations?.[0]).toMatchObject({ [destination]: shown(form) })
    await remove(stream)
  })

  it.each(
    UPDATES.map(({ from, update: input }) => [destinationOf(input)[0], from] as const),
  )('of %s stays where an update leaves it out', async (destination, from) => {
    const stream = await create(from)
    const before = (await described(stream)).Destinations
    await update(stream, { [destination.replace('Description', 'Update')]: {} })
    expect((await described(stream)).Destinations).toEqual(before)
    await remove(stream)
  })

  it.each(
    refusedAt('CreateDeliveryStream', creates),
  )('that is not honoured is refused by name at creation: %s', async (path, at) => {
    const input = withMember(inputOf('CreateDeliveryStream'), at, path)
    await expect(create(input)).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining(`${path.split('.').at(-1)} `),
    })
  })

  it.each(
    refusedAt('UpdateDestination', updates),
  )('that is not honoured is refused by name in an update: %s', async (path, at) => {
    const stream = await create(CREATES[2])
    const { DestinationId, CurrentDeliveryStreamVersionId, DeliveryStreamName, ...input } = withMember(
      inputOf('UpdateDestination'),
      at,
      path,
    ) as Json
    await expect(update(stream, input)).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining(`${path.split('.').at(-1)} `),
    })
    await remove(stream)
  })

  const ORC = {
    DataFormatConversionConfiguration: { Enabled: true, OutputFormatConfiguration: { Serializer: { OrcSerDe: {} } } },
  }
  const processor = (Type: string, ...parameters: [string, string][]) => ({
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        { Type, Parameters: parameters.map(([ParameterName, ParameterValue]) => ({ ParameterName, ParameterValue })) },
      ],
    },
  })
  it.each([
    ['OrcSerDe', ORC],
    ['CloudWatchLoggingOptions.Enabled', { CloudWatchLoggingOptions: { Enabled: true } }],
    [
      'KMSEncryptionConfig',
      { EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: 'arn:aws:kms:us-east-1:0:key/1' } } },
    ],
    ['Lambda.LambdaArn', processor('Lambda', ['LambdaArn', 'arn:aws:lambda:us-east-1:0:function:f'])],
    [
      'Lambda.NumberOfRetries',
      processor(
        'Lambda',
        ['LambdaArn', 'arn:aws:lambda:us-east-1:000000000000:function:f'],
        ['NumberOfRetries', '301'],
      ),
    ],
    [
      'Lambda.BufferSizeInMBs',
      processor('Lambda', ['LambdaArn', 'arn:aws:lambda:us-east-1:000000000000:function:f'], ['BufferSizeInMBs', '4']),
    ],
    ['processor CloudWatchLogProcessing', processor('CloudWatchLogProcessing', ['DataMessageExtraction', 'true'])],
    ['AppendDelimiterToRecord.BufferSizeInMBs', processor('AppendDelimiterToRecord', ['BufferSizeInMBs', '1'])],
    ['Decompression.CompressionFormat', processor('Decompression', ['CompressionFormat', 'ZIP'])],
    ['RecordDeAggregation.SubRecordType', processor('RecordDeAggregation', ['SubRecordType', 'XML'])],
    [
      'RecordDeAggregation.Delimiter',
      processor('RecordDeAggregation', ['SubRecordType', 'DELIMITED'], ['Delimiter', '####']),
    ],
    [
      'S3BackupConfiguration.ErrorOutputPrefix',
      { S3BackupMode: 'Enabled', S3BackupConfiguration: CREATES[2].S3DestinationConfiguration },
    ],
    ['S3BackupConfiguration', { S3BackupMode: 'Enabled' }],
  ])('whose value is not honoured is refused by name: %s', async (message, changes) => {
    const ExtendedS3DestinationConfiguration = { ...CREATES[2].S3DestinationConfiguration, ...changes }
    await expect(create({ ExtendedS3DestinationConfiguration })).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining(message),
    })
  })

  it('has buffering hints within the bounds of its destination', async () => {
    const { HttpEndpointDestinationConfiguration, SplunkDestinationConfiguration } = Object.assign(
      {},
      ...CREATES,
    ) as Json & {
      HttpEndpointDestinationConfiguration: object
      SplunkDestinationConfiguration: object
    }
    const http = (SizeInMBs: number) => ({
      HttpEndpointDestinationConfiguration: {
        ...HttpEndpointDestinationConfiguration,
        BufferingHints: { SizeInMBs, IntervalInSeconds: 60 },
      },
    })
    const splunk = (IntervalInSeconds: number) => ({
      SplunkDestinationConfiguration: {
        ...SplunkDestinationConfiguration,
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds },
      },
    })
    await expect(create(http(65))).rejects.toThrow(/BufferingHints.SizeInMBs must be from 1 to 64/)
    await expect(create(splunk(61))).rejects.toThrow(/BufferingHints.IntervalInSeconds must be from 0 to 60/)
  })

  it('of another kind of destination is taken whole in an update, except to and from OpenSearch', async () => {
    const stream = await create(CREATES[2])
    const http = UPDATES[3].update
    await update(stream, http)
    const [changed] = (await described(stream)).Destinations ?? []
    expect(changed.ExtendedS3DestinationDescription).toBeUndefined()
    expect(changed.HttpEndpointDestinationDescription?.EndpointConfiguration?.Url).toBe('https://in.example.com/x')
    const search = { ...UPDATES[5].update, CurrentDeliveryStreamVersionId: '2' }
    await expect(update(stream, search)).rejects.toThrow(/to or from OpenSearch/)
    await remove(stream)
  })
})
