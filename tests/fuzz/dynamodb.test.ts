import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { service as metrics } from '../../src/engines/cloudwatch/aws.ts'
import { engine as cloudwatch } from '../../src/engines/cloudwatch/engine.ts'
import { service as tables } from '../../src/engines/dynamodb/aws.ts'
import { engine as dynamodb } from '../../src/engines/dynamodb/engine.ts'
import type { AwsService } from '../../src/engines/kit/node/aws/service.ts'
import { type Member, operationShape, type Shape } from '../../src/engines/kit/node/aws/shapes.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let bugs: unknown[]
const consoleError = console.error

beforeAll(async () => {
  console.error = (...said) => bugs.push(said)
  gate = await startGate([dynamodb, cloudwatch])
  const keys = { hash: { name: 'id', kind: 'S' as const }, range: { name: 'n', kind: 'N' as const } }
  const index = {
    name: 'index',
    keys: { hash: { name: 'a', kind: 'S' as const } },
    projection: { type: 'ALL' as const },
  }
  // Protected, so that the requests that come after DeleteTable still find it.
  await gate.engines.clients.dynamodb.createTable({
    deletionProtection: true,
    table: 'table',
    keys,
    billing: 'PAY_PER_REQUEST',
    indexes: [index],
  })
  await (gate.engines.clock as ManualClock).advance(1000)
})

beforeEach(() => {
  bugs = []
})

afterAll(async () => {
  console.error = consoleError
  await gate?.engines[Symbol.asyncDispose]()
})

/** Words that lead deep into an operation, and some that lead nowhere. */
const words = fc.constantFrom(
  'table',
  'index',
  'id',
  'n',
  'a',
  '__proto__',
  'constructor',
  '#a',
  ':v',
  'a = :v',
  'SET a = a + :v, b.c[0] = :v REMOVE c',
  'id = :v AND n > :v',
  'attribute_not_exists(id) OR NOT size(a) < :v',
  'a[99999999999]',
  '(((',
  '',
  '1',
  '-1e125',
  '9'.repeat(39),
  'HASH',
  'RANGE',
  'S',
  'PUT',
  'ADD',
  'EQ',
  'BETWEEN',
  'ALL_OLD',
  'ALL',
  'Sum',
  'p99',
  'a / 0 ^ -1',
  'FILL(a, REPEAT)',
  '\ud800',
)
const numbers = fc.constantFrom(0, 1, -1, 60, 2 ** 53, 1e308, -0.5)

/** What leads on, by the member's name: without it hardly any request would come past the first check. */
const HINTS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  TableName: fc.constant('table'),
  IndexName: fc.constant('index'),
  Key: fc.constant({ id: { S: 'x' }, n: { N: '1' } }),
  Keys: fc.constant([{ id: { S: 'x' }, n: { N: '1' } }]),
  ExclusiveStartKey: fc.constant({ id: { S: 'x' }, n: { N: '1' } }),
  Item: fc.constantFrom<unknown>(
    { id: { S: 'x' }, n: { N: '1' }, a: { S: 'i' } },
    { id: { S: 'y' }, n: { N: '2' }, b: { L: [] } },
  ),
  ConditionExpression: fc.constantFrom(
    'a = :v',
    '#a = :v',
    'attribute_not_exists(id) OR NOT size(a) < :v',
    'begins_with(a, :v)',
  ),
  FilterExpression: fc.constantFrom('b = :v', '#a <> :v', 'contains(b, :v)'),
  KeyConditionExpression: fc.constantFrom('id = :v', 'id = :v AND n > :v', ':v = id AND begins_with(n, :v)'),
  UpdateExpression: fc.constantFrom(
    'SET a = :v',
    'SET #a = if_not_exists(a, :v), c = list_append(b, :v)',
    'ADD a :v',
    'DELETE a :v',
    'REMOVE b[0]',
  ),
  ProjectionExpression: fc.constantFrom('id, #a', 'b[0], a.b'),
  ExpressionAttributeNames: fc.constant({ '#a': 'a' }),
  ExpressionAttributeValues: fc.constantFrom<unknown>(
    { ':v': { S: 'x' } },
    { ':v': { N: '1' } },
    { ':v': { L: [{ NULL: true }] } },
    { ':v': { SS: ['a'] } },
  ),
  AttributeDefinitions: fc.constant([{ AttributeName: 'id', AttributeType: 'S' }]),
  KeySchema: fc.constant([{ AttributeName: 'id', KeyType: 'HASH' }]),
  BillingMode: fc.constant('PAY_PER_REQUEST'),
  MetricData: fc.constant([{ MetricName: 'metric', Value: 1 }]),
  ReturnValues: fc.constantFrom('ALL_OLD', 'UPDATED_NEW'),
  Namespace: fc.constant('space'),
  MetricName: fc.constant('metric'),
  Id: fc.constantFrom('a', 'b'),
  Stat: fc.constantFrom('Sum', 'p99'),
  Statistics: fc.constant(['Sum']),
  Expression: fc.constantFrom('a / 0 ^ -1', 'FILL(a, REPEAT)', '-(a)', 'SUM(a) + a'),
  Period: fc.constant(60),
  StartTime: fc.constant(0),
  EndTime: fc.constant(3600),
  Timestamp: fc.constant(10),
}

/** Parameters of the older language stand in each other's way with those of the newer. */
const RARE = new Set([
  'Expected',
  'AttributeUpdates',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
  'AttributesToGet',
  'ConditionalOperator',
])

/** Mostly what the member's shape asks for, now and then something else; `depth` keeps recursive shapes finite. */
function anyOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  const odd = fc.oneof(fc.constant(null), words, numbers, fc.constant([]), fc.constant({}))
  if (depth > 7) return odd
  return fc.oneof({ weight: 60, arbitrary: fitting(shape, depth) }, { weight: 1, arbitrary: odd })
}

function fitting(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'union':
      return fc
        .constantFrom(...shape.members)
        .chain((member) => entry(member, depth).map((one) => Object.fromEntries([one])))
    case 'structure':
      return fc
        .tuple(...shape.members.map((member) => maybe(member, depth)))
        .map((entries) => Object.fromEntries(entries.filter((one) => one !== null)))
    case 'list':
      return fc.array(anyOf(shape.element!.shape(), depth + 1), { minLength: 1, maxLength: 2 })
    case 'map':
      return fc
        .array(fc.tuple(fc.oneof(words, fc.constant('table')), anyOf(shape.element!.shape(), depth + 1)), {
          maxLength: 3,
        })
        .map((entries) => Object.fromEntries(entries))
    case 'number':
      return numbers
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return fc.constantFrom(0, 1_767_225_600, 1e12, -1e15)
    case 'blob':
      return fc.constantFrom('', 'AAEC')
    default:
      return words
  }
}

function maybe(member: Member, depth: number): fc.Arbitrary<[string, unknown] | null> {
  const hint = HINTS[member.name]
  const present = member.required ? 60 : RARE.has(member.name) ? 1 : hint ? 12 : 1
  const value = entry(member, depth)
  return fc.oneof(
    { weight: member.required ? 1 : 10, arbitrary: fc.constant(null) },
    { weight: present, arbitrary: value },
    ...(hint ? [{ weight: present * 6, arbitrary: hint.map((one): [string, unknown] => [member.jsonName, one]) }] : []),
  )
}

const entry = (member: Member, depth: number): fc.Arbitrary<[string, unknown]> =>
  fc.tuple(fc.constant(member.jsonName), anyOf(member.shape(), depth + 1))

async function ask(target: string, operation: string, input: unknown): Promise<void> {
  const answer = await fetch(gate.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': `${target}.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(input),
  })
  const text = await answer.text()
  expect([200, 400, 404]).toContain(answer.status)
  if (answer.status >= 400)
    expect(JSON.parse(text)).toMatchObject({ __type: expect.any(String), message: expect.any(String) })
  expect(bugs).toEqual([])
}

const cases = (service: AwsService, target: string) =>
  Object.entries(service.operations).map(([name, { schema }]) => ({
    name,
    target,
    input: operationShape(schema).input,
  }))

describe('requests of any shape', () => {
  it.each([
    ...cases(tables, 'DynamoDB_20120810'),
    ...cases(metrics, 'GraniteServiceVersion20100801'),
  ])('to $name get an answer or a service’s error', async ({ name, target, input }) => {
    await fc.assert(
      fc.asyncProperty(anyOf(input, 0), (value) => ask(target, name, value)),
      { numRuns: process.env.MILLRACE_NIGHTLY ? 2000 : 100 },
    )
  })
})
