import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationShape, type Shape } from '../../src/engines/kit/node/aws/shapes.ts'
import { writeIterator } from '../../src/engines/stream/aws/iterator.ts'
import { service } from '../../src/engines/stream/aws.ts'
import { sequenceNumber } from '../../src/engines/stream/sequence.ts'
import { startKinesis, streamArn, type TestKinesis } from '../support/kinesis.ts'

type Json = Record<string, unknown>
type Run = (input: unknown, context: object) => Promise<unknown>

let server: TestKinesis
let consumerArn = ''
beforeAll(async () => {
  server = await startKinesis()
})
afterAll(() => server[Symbol.asyncDispose]())

/** There is nothing to them but a refusal, whatever is asked. */
const REFUSED = new Set(['CreateChannel', 'DeleteChannel', 'DescribeChannel', 'ListChannels', 'UpdateChannel'])

/** Values that lead to what an operation does; a member that is not here has some value of its type. */
const values = (): Json => ({
  StreamName: 's',
  StreamARN: streamArn('s'),
  ResourceARN: streamArn('s'),
  ConsumerARN: consumerArn,
  ConsumerName: 'c',
  ShardId: 'shardId-000000000000',
  ShardToSplit: 'shardId-000000000000',
  ShardToMerge: 'shardId-000000000000',
  AdjacentShardToMerge: 'shardId-000000000001',
  NewStartingHashKey: '1',
  ShardIteratorType: 'LATEST',
  ShardIterator: writeIterator(
    { stream: 's', shardId: 'shardId-000000000000', sequenceNumber: sequenceNumber(0, 0, 0, 0) },
    Date.now(),
  ),
  ShardFilter: { Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000000' },
  ScalingType: 'UNIFORM_SCALING',
  EncryptionType: 'KMS',
  KeyId: 'alias/aws/kinesis',
  StreamMode: 'ON_DEMAND',
  Policy: '{}',
  PartitionKey: 'k',
  RetentionPeriodHours: 48,
  TargetShardCount: 4,
  MaxRecordSizeInKiB: 2048,
  ShardLevelMetrics: ['ALL'],
  RecordDistributionStrategy: 'AUTO',
  Status: 'ENABLED',
})

function sample(name: string, shape: Shape, whole: boolean): unknown {
  const known = values()[name]
  if (known !== undefined) return known
  switch (shape.kind) {
    case 'structure':
      return Object.fromEntries(
        shape.members
          .filter(({ required }) => whole || required)
          .map((member) => [member.name, sample(member.name, member.shape(), whole)]),
      )
    case 'list':
      return [sample('', shape.element!.shape(), whole)]
    case 'map':
      return { key: 'value' }
    case 'blob':
      return new Uint8Array([1])
    case 'number':
      return 1
    case 'boolean':
      return true
    case 'timestamp':
      return new Date(1000)
    default:
      return 'text'
  }
}

/** The same input, which notes each member that is asked for. */
function watched(shape: Shape, value: unknown, path: string, read: Set<string>): unknown {
  if (shape.kind === 'list' && shape.element)
    return (value as unknown[]).map((item) => watched(shape.element!.shape(), item, `${path}[]`, read))
  if (shape.kind !== 'structure') return value
  const inside = Object.fromEntries(
    shape.members.flatMap((member) => {
      const given = (value as Json)[member.name]
      const place = path ? `${path}.${member.name}` : member.name
      return given === undefined ? [] : [[member.name, watched(member.shape(), given, place, read)]]
    }),
  )
  return new Proxy(inside, {
    get(target, name) {
      if (typeof name === 'string') read.add(path ? `${path}.${name}` : name)
      return Reflect.get(target, name)
    },
  })
}

function pathsOf(shape: Shape, path = ''): string[] {
  return shape.members.flatMap((member) => {
    let [inner, place] = [member.shape(), path ? `${path}.${member.name}` : member.name]
    const own = place
    while (inner.kind === 'list' && inner.element) [inner, place] = [inner.element.shape(), `${place}[]`]
    return [own, ...(inner.kind === 'structure' ? pathsOf(inner, place) : [])]
  })
}

/** A stream with two shards and a registered consumer, whatever the operation before did to them. */
async function prepare(): Promise<void> {
  const { stream } = server.engines.clients
  await stream.deleteStream({ stream: 's' }).catch(() => {})
  await server.clock.advance(60_000)
  await stream.createStream({ stream: 's', shardCount: 2, durability: 'memory', tags: { tag: 'value' } })
  await server.clock.advance(1000)
  consumerArn = (await stream.registerConsumer({ stream: 's', consumer: 'c' })).arn
  await server.clock.advance(1000)
}

async function attempt(run: Run, input: unknown): Promise<void> {
  const ending = new AbortController()
  const { clients } = server.engines
  const context = { clients, nowMs: server.clock.now(), signal: ending.signal, headers: {}, answer: { headers: {} } }
  const answer = await Promise.resolve(run(input, context)).catch(() => ({}))
  ending.abort()
  for (const part of Object.values((answer ?? {}) as Json))
    if (typeof part === 'object' && part !== null && Symbol.asyncIterator in part)
      await (part as AsyncIterable<unknown>)[Symbol.asyncIterator]().return?.()
}

test.each(
  Object.entries(service.operations).filter(([name]) => !REFUSED.has(name)),
)('%s asks for every member of its input, to honour it or to refuse it', async (_, {
  schema,
  run,
  constraints = {},
}) => {
  const { input } = operationShape(schema)
  // Where one value alone is allowed, the check of constraints has asked.
  const read = new Set(Object.keys(constraints).filter((path) => constraints[path].values?.length === 1))
  const least = sample('', input, false) as Json
  const named = input.members.some(({ name }) => name === 'StreamName') ? { StreamName: 's' } : {}
  for (const member of [undefined, ...input.members]) {
    await prepare()
    const given = { ...named, ...least, ...(member && { [member.name]: sample(member.name, member.shape(), true) }) }
    await attempt(run as unknown as Run, watched(input, given, '', read))
  }
  expect(pathsOf(input).filter((path) => !read.has(path))).toEqual([])
})
