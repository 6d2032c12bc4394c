import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TagResourceCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as dynamodb } from '../../src/engines/dynamodb/engine.ts'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

const START_MS = Date.UTC(2026, 0, 1)
const clock = new ManualClock(START_MS)
let engines: TestEngines
let client: DynamoDBClient
let endpoint: string

beforeAll(async () => {
  engines = await startEngines([dynamodb, gate], { clock, settings: { gate: { port: 0 } } })
  endpoint = (await engines.clients.gate.status({})).url
  client = connect()
})

const connect = () =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })

afterAll(async () => {
  client.destroy()
  await engines[Symbol.asyncDispose]()
})

const HASH: Partial<CreateTableCommandInput> = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
}
const RANGE: Partial<CreateTableCommandInput> = {
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'id', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
}

async function table(TableName: string, shape: Partial<CreateTableCommandInput> = HASH): Promise<void> {
  await client.send(new CreateTableCommand({ TableName, ...shape }))
  await clock.advance(1000)
}

const put = (TableName: string, Item: object, more: object = {}) =>
  client.send(new PutItemCommand({ TableName, Item: Item as never, ...more }))
const get = async (TableName: string, Key: object) =>
  (await client.send(new GetItemCommand({ TableName, Key: Key as never, ConsistentRead: true }))).Item

describe('tables', () => {
  it('go from CREATING to ACTIVE to gone', async () => {
    const { TableDescription } = await client.send(
      new CreateTableCommand({ TableName: 'life', ...RANGE, Tags: [{ Key: 'team', Value: 'a' }] }),
    )
    expect(TableDescription).toMatchObject({
      TableName: 'life',
      TableStatus: 'CREATING',
      TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/life',
      ItemCount: 0,
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: RANGE.KeySchema,
      AttributeDefinitions: RANGE.AttributeDefinitions,
    })
    await expect(get('life', { id: { S: 'a' }, at: { N: '1' } })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    })
    await expect(client.send(new CreateTableCommand({ TableName: 'life', ...HASH }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Table already exists: life',
    })
    await expect(client.send(new DeleteTableCommand({ TableName: 'life' }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Attempt to change a resource which is still in use: Table is being created: life',
    })
    await clock.advance(1000)
    const byArn = await client.send(new DescribeTableCommand({ TableName: TableDescription!.TableArn }))
    expect(byArn.Table?.TableStatus).toBe('ACTIVE')
    expect((await client.send(new ListTablesCommand({}))).TableNames).toContain('life')
    const deleted = await client.send(new DeleteTableCommand({ TableName: 'life' }))
    expect(deleted.TableDescription?.TableStatus).toBe('DELETING')
    await clock.advance(1000)
    await expect(client.send(new DescribeTableCommand({ TableName: 'life' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: life not found',
    })
  })

  it('list by pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await table(name)
    const first = await client.send(new ListTablesCommand({ ExclusiveStartTableName: 'page', Limit: 2 }))
    expect(first.TableNames).toEqual(['page-a', 'page-b'])
    expect(first.LastEvaluatedTableName).toBe('page-b')
    const rest = await client.send(
      new ListTablesCommand({ ExclusiveStartTableName: first.LastEvaluatedTableName, Limit: 1 }),
    )
    expect(rest.TableNames).toEqual(['page-c'])
  })

  it.each<[string, object, string]>([
    [
      'no throughput',
      { BillingMode: undefined },
      'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    ],
    [
      'an unused attribute',
      { AttributeDefinitions: RANGE.AttributeDefinitions },
      'One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [id, at], keys used: [id]',
    ],
    [
      'an undefined key',
      { KeySchema: [{ AttributeName: 'x', KeyType: 'HASH' }] },
      'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [id]',
    ],
    [
      'a sort key first',
      { KeySchema: [{ AttributeName: 'id', KeyType: 'RANGE' }] },
      'One or more parameter values were invalid: Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
    ],
    [
      'a short name',
      { TableName: 'ab' },
      'TableName must be at least 3 characters long and at most 255 characters long',
    ],
    [
      'streams',
      { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } },
      'Millrace does not support StreamSpecification.',
    ],
    [
      'local indexes',
      {
        LocalSecondaryIndexes: [
          { IndexName: 'local', KeySchema: RANGE.KeySchema, Projection: { ProjectionType: 'ALL' } },
        ],
      },
      'Millrace does not support LocalSecondaryIndexes.',
    ],
  ])('refuse %s', async (_, change, message) => {
    const input = { TableName: 'refused', ...HASH, ...change } as CreateTableCommandInput
    await expect(client.send(new CreateTableCommand(input))).rejects.toMatchObject({
      name: 'ValidationException',
      message,
    })
  })

  it('are protected, tagged and say their limits', async () => {
    await table('kept', { ...HASH, DeletionProtectionEnabled: true })
    await expect(client.send(new DeleteTableCommand({ TableName: 'kept' }))).rejects.toMatchObject({
      message:
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    })
    const { TableDescription } = await client.send(
      new UpdateTableCommand({ TableName: 'kept', DeletionProtectionEnabled: false }),
    )
    expect(TableDescription).toMatchObject({ TableStatus: 'ACTIVE', DeletionProtectionEnabled: false })
    const ResourceArn = TableDescription!.TableArn
    await client.send(
      new TagResourceCommand({
        ResourceArn,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    )
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }))
    expect((await client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([{ Key: 'b', Value: '2' }])
    expect((await client.send(new DescribeLimitsCommand({}))).TableMaxReadCapacityUnits).toBe(40_000)
    await expect(client.send(new ListTagsOfResourceCommand({ ResourceArn: `${ResourceArn}x` }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  it('say whether they could be gone back to', async () => {
    await table('pitr')
    const off = await client.send(new DescribeContinuousBackupsCommand({ TableName: 'pitr' }))
    expect(off.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('DISABLED')
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true }
    const on = await client.send(
      new UpdateContinuousBackupsCommand({ TableName: 'pitr', PointInTimeRecoverySpecification }),
    )
    expect(on.ContinuousBackupsDescription?.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
      RecoveryPeriodInDays: 35,
      EarliestRestorableDateTime: new Date(clock.now()),
    })
    await expect(
      client.send(new UpdateContinuousBackupsCommand({ TableName: 'absent', PointInTimeRecoverySpecification })),
    ).rejects.toMatchObject({ name: 'TableNotFoundException' })
  })
})

describe('items', () => {
  beforeAll(() => table('items'))

  it('come back with every kind of attribute', async () => {
    const Item = {
      id: { S: 'kinds' },
      n: { N: '12345678901234567890.123456789012345678' },
      b: { B: new Uint8Array([0, 1, 255]) },
      yes: { BOOL: true },
      nothing: { NULL: true },
      ss: { SS: ['b', 'a'] },
      ns: { NS: ['1.0', '2e2'] },
      bs: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
      l: { L: [{ S: '' }, { M: { deep: { N: '-0' } } }] },
      __proto: { M: { constructor: { S: 'x' } } },
    }
    await put('items', Item)
    expect(await get('items', { id: { S: 'kinds' } })).toEqual({
      ...Item,
      ns: { NS: ['1', '200'] },
      l: { L: [{ S: '' }, { M: { deep: { N: '0' } } }] },
    })
    const { Item: part } = await client.send(
      new GetItemCommand({
        TableName: 'items',
        Key: { id: { S: 'kinds' } },
        ProjectionExpression: 'l[1].deep, #y',
        ExpressionAttributeNames: { '#y': 'yes' },
      }),
    )
    expect(part).toEqual({ l: { L: [{ M: { deep: { N: '0' } } }] }, yes: { BOOL: true } })
    expect(await get('items', { id: { S: 'absent' } })).toBeUndefined()
  })

  it.each<[string, object, string]>([
    ['no key', { a: { S: 'x' } }, 'One or more parameter values were invalid: Missing the key id in the item'],
    [
      'a key of another kind',
      { id: { N: '1' } },
      'One or more parameter values were invalid: Type mismatch for key id expected: S actual: N',
    ],
    [
      'an empty key',
      { id: { S: '' } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
    ],
    ['no number', { id: { S: 'a' }, n: { N: 'x' } }, 'The parameter cannot be converted to a numeric value: x'],
    [
      'too many digits',
      { id: { S: 'a' }, n: { N: '1'.repeat(39) } },
      'Attempting to store more than 38 significant digits in a Number',
    ],
    [
      'an empty set',
      { id: { S: 'a' }, s: { SS: [] } },
      'One or more parameter values were invalid: An string set  may not be empty',
    ],
    [
      'twice the same',
      { id: { S: 'a' }, s: { NS: ['1', '1.0'] } },
      'One or more parameter values were invalid: Input collection [1, 1] contains duplicates.',
    ],
    [
      'too large an item',
      { id: { S: 'a' }, s: { S: 'x'.repeat(400 * 1024) } },
      'Item size has exceeded the maximum allowed size',
    ],
  ])('refuse %s', async (_, Item, message) => {
    await expect(put('items', Item)).rejects.toMatchObject({ name: 'ValidationException', message })
  })

  it('are written under conditions, and say what they were', async () => {
    const Key = { id: { S: 'cond' } }
    await put('items', { ...Key, v: { N: '1' } }, { ConditionExpression: 'attribute_not_exists(id)' })
    const second = put('items', Key, {
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    })
    await expect(second).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: { ...Key, v: { N: '1' } },
    })
    const updated = await client.send(
      new UpdateItemCommand({
        TableName: 'items',
        Key,
        UpdateExpression: 'SET v = v + :one, m = :m REMOVE gone',
        ConditionExpression: 'v = :one',
        ExpressionAttributeValues: { ':one': { N: '1' }, ':m': { M: { x: { N: '1' } } } },
        ReturnValues: 'UPDATED_NEW',
      }),
    )
    expect(updated.Attributes).toEqual({ v: { N: '2' }, m: { M: { x: { N: '1' } } } })
    const old = await client.send(
      new UpdateItemCommand({
        TableName: 'items',
        Key,
        UpdateExpression: 'SET m.x = :two',
        ExpressionAttributeValues: { ':two': { N: '2' } },
        ReturnValues: 'UPDATED_OLD',
      }),
    )
    expect(old.Attributes).toEqual({ m: { M: { x: { N: '1' } } } })
    const gone = await client.send(new DeleteItemCommand({ TableName: 'items', Key, ReturnValues: 'ALL_OLD' }))
    expect(gone.Attributes).toEqual({ ...Key, v: { N: '2' }, m: { M: { x: { N: '2' } } } })
    await client.send(new DeleteItemCommand({ TableName: 'items', Key }))
    const made = await client.send(new UpdateItemCommand({ TableName: 'items', Key, ReturnValues: 'ALL_NEW' }))
    expect(made.Attributes).toEqual(Key)
  })

  it('cannot lose their key to an update', async () => {
    const input = {
      TableName: 'items',
      Key: { id: { S: 'key' } },
      UpdateExpression: 'SET id = :v',
      ExpressionAttributeValues: { ':v': { S: 'other' } },
    }
    await expect(client.send(new UpdateItemCommand(input))).rejects.toMatchObject({
      message:
        'One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key',
    })
    await expect(get('items', { id: { S: 'a' }, more: { S: 'b' } })).rejects.toMatchObject({
      message: 'The provided key element does not match the schema',
    })
  })

  it('speak the older parameters too', async () => {
    const Key = { id: { S: 'old' } }
    await put('items', { ...Key, leaseCounter: { N: '1' } }, { Expected: { id: { Exists: false } } })
    await client.send(
      new UpdateItemCommand({
        TableName: 'items',
        Key,
        Expected: { leaseCounter: { Value: { N: '1' } } },
        AttributeUpdates: { leaseCounter: { Action: 'ADD', Value: { N: '1' } }, leaseOwner: { Value: { S: 'w' } } },
      }),
    )
    await expect(
      client.send(
        new DeleteItemCommand({ TableName: 'items', Key, Expected: { leaseCounter: { Value: { N: '1' } } } }),
      ),
    ).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' })
    expect(await get('items', Key)).toEqual({ ...Key, leaseCounter: { N: '2' }, leaseOwner: { S: 'w' } })
  })

  it('cost what they weigh', async () => {
    const { ConsumedCapacity } = await put(
      'items',
      { id: { S: 'heavy' }, s: { S: 'x'.repeat(5000) } },
      { ReturnConsumedCapacity: 'TOTAL' },
    )
    expect(ConsumedCapacity).toEqual({ TableName: 'items', CapacityUnits: 5 })
    const read = await client.send(
      new GetItemCommand({ TableName: 'items', Key: { id: { S: 'heavy' } }, ReturnConsumedCapacity: 'INDEXES' }),
    )
    expect(read.ConsumedCapacity).toEqual({ TableName: 'items', CapacityUnits: 1, Table: { CapacityUnits: 1 } })
  })
})

describe('queries and scans', () => {
  const numbers = ['-10', '-9.5', '0', '0.25', '2', '10', '100']

  beforeAll(async () => {
    await table('ordered', RANGE)
    for (const n of [...numbers].reverse())
      await put('ordered', { id: { S: 'a' }, at: { N: n }, even: { BOOL: numbers.indexOf(n) % 2 === 0 } })
    for (let i = 0; i < 40; i++) await put('ordered', { id: { S: `other ${i}` }, at: { N: '1' } })
  })

  const query = (more: Partial<QueryCommandInput>) =>
    client.send(
      new QueryCommand({
        TableName: 'ordered',
        KeyConditionExpression: 'id = :id',
        ...more,
        ExpressionAttributeValues: { ':id': { S: 'a' }, ...more.ExpressionAttributeValues },
      }),
    )
  const at = (items: Record<string, { N?: string }>[] | undefined) => items?.map((item) => item.at.N)

  it('give items in the order of their sort key', async () => {
    expect(at((await query({})).Items as never)).toEqual(numbers)
    expect(at((await query({ ScanIndexForward: false })).Items as never)).toEqual([...numbers].reverse())
  })

  it.each<[string, Record<string, string>, string[]]>([
    ['#at > :x', { ':x': '0' }, ['0.25', '2', '10', '100']],
    ['#at <= :x', { ':x': '0' }, ['-10', '-9.5', '0']],
    ['#at BETWEEN :x AND :y', { ':x': '-9.5', ':y': '2' }, ['-9.5', '0', '0.25', '2']],
    ['#at = :x', { ':x': '2.0' }, ['2']],
    [':x < #at', { ':x': '10' }, ['100']],
  ])('narrow by %s', async (range, values, expected) => {
    const ExpressionAttributeValues = Object.fromEntries(Object.entries(values).map(([k, N]) => [k, { N }]))
    const found = await query({
      KeyConditionExpression: `(id = :id) AND (${range})`,
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues,
    })
    expect(at(found.Items as never)).toEqual(expected)
  })

  it('page by limits and go on where they stood', async () => {
    const seen: (string | undefined)[] = []
    let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey']
    let pages = 0
    do {
      const page = await query({ Limit: 3, ExclusiveStartKey, ScanIndexForward: false })
      seen.push(...(at(page.Items as never) ?? []))
      ExclusiveStartKey = page.LastEvaluatedKey
      pages++
    } while (ExclusiveStartKey)
    expect(seen).toEqual([...numbers].reverse())
    expect(pages).toBe(3)
  })

  it('filter after they have counted', async () => {
    const found = await query({
      FilterExpression: 'even = :yes',
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
      Limit: 4,
    })
    expect([found.Count, found.ScannedCount]).toEqual([2, 4])
    expect(found.LastEvaluatedKey).toEqual({ id: { S: 'a' }, at: { N: '0.25' } })
    const counted = await query({ Select: 'COUNT' })
    expect(counted.Items).toBeUndefined()
    expect(counted.Count).toBe(numbers.length)
  })

  it.each<[string, Partial<QueryCommandInput>, string]>([
    [
      'no partition',
      { KeyConditionExpression: '#at = :id', ExpressionAttributeNames: { '#at': 'at' } },
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [
      'another attribute',
      { KeyConditionExpression: 'id = :id AND foo = :id' },
      'Query condition missed key schema element: at',
    ],
    ['OR', { KeyConditionExpression: 'id = :id OR id = :id' }, 'Invalid operator used in KeyConditionExpression: OR'],
    ['an open partition', { KeyConditionExpression: 'id > :id' }, 'Query key condition not supported'],
    [
      'a filter on the key',
      { FilterExpression: 'id = :id' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: id',
    ],
    ['an unknown index', { IndexName: 'nope' }, 'The table does not have the specified index: nope'],
    [
      'a start elsewhere',
      { ExclusiveStartKey: { id: { S: 'b' }, at: { N: '1' } } },
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    ['half a start', { ExclusiveStartKey: { id: { S: 'a' } } }, 'The provided starting key is invalid'],
  ])('refuse %s', async (_, more, message) => {
    await expect(query(more)).rejects.toMatchObject({ name: 'ValidationException', message })
  })

  it('scan each item once over all segments and pages', async () => {
    const seen: string[] = []
    for (let Segment = 0; Segment < 4; Segment++) {
      let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey']
      do {
        const input = { TableName: 'ordered', Segment, TotalSegments: 4, Limit: 5, ExclusiveStartKey }
        const page = await client.send(new ScanCommand(input))
        seen.push(...page.Items!.map((item) => `${item.id.S}/${item.at.N}`))
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey)
    }
    expect(seen).toHaveLength(47)
    expect(new Set(seen).size).toBe(47)
    await expect(
      client.send(new ScanCommand({ TableName: 'ordered', Segment: 4, TotalSegments: 4 })),
    ).rejects.toMatchObject({
      message:
        'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 4 is not less than TotalSegments: 4',
    })
  })

  it('end a page before it passes a megabyte', async () => {
    await table('large', RANGE)
    for (let i = 0; i < 4; i++)
      await put('large', { id: { S: 'a' }, at: { N: String(i) }, s: { S: 'x'.repeat(300 * 1024) } })
    const first = await client.send(new ScanCommand({ TableName: 'large' }))
    expect([first.Count, first.LastEvaluatedKey?.at.N]).toEqual([3, '2'])
    const rest = await client.send(new ScanCommand({ TableName: 'large', ExclusiveStartKey: first.LastEvaluatedKey }))
    expect([rest.Count, rest.LastEvaluatedKey]).toEqual([1, undefined])
  })
})

describe('global indexes', () => {
  const INDEX = {
    IndexName: 'by-owner',
    KeySchema: [
      { AttributeName: 'owner', KeyType: 'HASH' as const },
      { AttributeName: 'rank', KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['note'] },
  }
  const AttributeDefinitions = [
    { AttributeName: 'id', AttributeType: 'S' as const },
    { AttributeName: 'owner', AttributeType: 'S' as const },
    { AttributeName: 'rank', AttributeType: 'N' as const },
  ]
  const owned = async (owner: string, more: Partial<QueryCommandInput> = {}) =>
    client.send(
      new QueryCommand({
        TableName: 'indexed',
        IndexName: 'by-owner',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: owner } },
        ...more,
      }),
    )
  const ids = async (owner: string) => (await owned(owner)).Items!.map((item) => item.id.S)

  it('are built over what is there, follow every write, and go', async () => {
    await table('indexed')
    for (const [id, owner, rank] of [
      ['1', 'ann', '2'],
      ['2', 'ann', '1'],
      ['3', 'bob', '1'],
    ])
      await put('indexed', {
        id: { S: id },
        owner: { S: owner },
        rank: { N: rank },
        note: { S: 'n' },
        hidden: { S: 'h' },
      })
    await put('indexed', { id: { S: 'loose' }, owner: { S: 'ann' } })
    const { TableDescription } = await client.send(
      new UpdateTableCommand({
        TableName: 'indexed',
        AttributeDefinitions,
        GlobalSecondaryIndexUpdates: [{ Create: INDEX }],
      }),
    )
    expect(TableDescription).toMatchObject({
      TableStatus: 'UPDATING',
      GlobalSecondaryIndexes: [{ IndexStatus: 'CREATING', Backfilling: true }],
    })
    await expect(owned('ann')).rejects.toMatchObject({
      message: 'Cannot read from backfilling global secondary index: by-owner',
    })
    await put('indexed', { id: { S: '4' }, owner: { S: 'ann' }, rank: { N: '0' } })
    await clock.advance(1000)
    expect(await ids('ann')).toEqual(['4', '2', '1'])
    expect((await owned('bob')).Items).toEqual([
      { id: { S: '3' }, owner: { S: 'bob' }, rank: { N: '1' }, note: { S: 'n' } },
    ])
    await client.send(
      new UpdateItemCommand({
        TableName: 'indexed',
        Key: { id: { S: '1' } },
        UpdateExpression: 'SET #o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: 'bob' } },
      }),
    )
    await client.send(new DeleteItemCommand({ TableName: 'indexed', Key: { id: { S: '2' } } }))
    await put('indexed', { id: { S: '3' } })
    expect([await ids('ann'), await ids('bob')]).toEqual([['4'], ['1']])
    const paged = await owned('bob', { Limit: 1 })
    expect(paged.LastEvaluatedKey).toEqual({ id: { S: '1' }, owner: { S: 'bob' }, rank: { N: '2' } })
    expect((await owned('bob', { Limit: 1, ExclusiveStartKey: paged.LastEvaluatedKey })).Items).toEqual([])
    await expect(put('indexed', { id: { S: '5' }, rank: { S: 'x' } })).rejects.toMatchObject({
      message:
        'One or more parameter values were invalid: Type mismatch for Index Key rank Expected: N Actual: S IndexName: by-owner',
    })
    await expect(owned('bob', { ConsistentRead: true })).rejects.toMatchObject({
      message: 'Consistent reads are not supported on global secondary indexes',
    })
    await client.send(
      new UpdateTableCommand({
        TableName: 'indexed',
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-owner' } }],
      }),
    )
    await clock.advance(1000)
    await expect(owned('bob')).rejects.toMatchObject({
      message: 'The table does not have the specified index: by-owner',
    })
  })

  it('are made with the table and scanned', async () => {
    await table('indexed-first', {
      ...HASH,
      AttributeDefinitions,
      GlobalSecondaryIndexes: [{ ...INDEX, Projection: { ProjectionType: 'KEYS_ONLY' } }],
    })
    await put('indexed-first', { id: { S: '1' }, owner: { S: 'a' }, rank: { N: '1' }, x: { S: 'x' } })
    await put('indexed-first', { id: { S: '2' }, owner: { S: 'a' } })
    const found = await client.send(
      new ScanCommand({ TableName: 'indexed-first', IndexName: 'by-owner', ReturnConsumedCapacity: 'INDEXES' }),
    )
    expect(found.Items).toEqual([{ id: { S: '1' }, owner: { S: 'a' }, rank: { N: '1' } }])
    expect(found.ConsumedCapacity).toMatchObject({
      CapacityUnits: 0.5,
      GlobalSecondaryIndexes: { 'by-owner': { CapacityUnits: 0.5 } },
    })
  })
})

describe('batches', () => {
  it('write and read many items of many tables', async () => {
    await table('batch-a')
    await table('batch-b', RANGE)
    const puts = Array.from({ length: 10 }, (_, i) => ({ PutRequest: { Item: { id: { S: `${i}` } } } }))
    const { UnprocessedItems, ConsumedCapacity } = await client.send(
      new BatchWriteItemCommand({
        RequestItems: { 'batch-a': puts, 'batch-b': [{ PutRequest: { Item: { id: { S: 'x' }, at: { N: '1' } } } }] },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    )
    expect(UnprocessedItems).toEqual({})
    expect(ConsumedCapacity?.map((one) => [one.TableName, one.CapacityUnits])).toEqual([
      ['batch-a', 10],
      ['batch-b', 1],
    ])
    await client.send(
      new BatchWriteItemCommand({ RequestItems: { 'batch-a': [{ DeleteRequest: { Key: { id: { S: '0' } } } }] } }),
    )
    const { Responses } = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          'batch-a': { Keys: ['0', '1', '2'].map((S) => ({ id: { S } })), ConsistentRead: true },
          'batch-b': { Keys: [{ id: { S: 'x' }, at: { N: '1.0' } }], ProjectionExpression: 'id' },
        },
      }),
    )
    expect(Responses).toEqual({ 'batch-a': [{ id: { S: '1' } }, { id: { S: '2' } }], 'batch-b': [{ id: { S: 'x' } }] })
    const twice = [{ DeleteRequest: { Key: { id: { S: '1' } } } }, { PutRequest: { Item: { id: { S: '1' } } } }]
    await expect(client.send(new BatchWriteItemCommand({ RequestItems: { 'batch-a': twice } }))).rejects.toMatchObject({
      message: 'Provided list of item keys contains duplicates',
    })
    await expect(
      client.send(new BatchWriteItemCommand({ RequestItems: { 'batch-a': [...puts, ...puts, ...puts] } })),
    ).rejects.toMatchObject({ name: 'ValidationException' })
  })
})

describe('transactions', () => {
  beforeAll(() => table('transact'))
  const Put = (id: string, more: object = {}) => ({ Put: { TableName: 'transact', Item: { id: { S: id } }, ...more } })

  it('make all writes or none, and say why', async () => {
    await client.send(new TransactWriteItemsCommand({ TransactItems: [Put('a'), Put('b')] }))
    const failing = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          Put('c'),
          Put('a', { ConditionExpression: 'attribute_not_exists(id)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
          {
            Update: {
              TableName: 'transact',
              Key: { id: { S: 'b' } },
              UpdateExpression: 'SET n = n + :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
        ],
      }),
    )
    await expect(failing).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError]',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: { id: { S: 'a' } } },
        { Code: 'ValidationError' },
      ],
    })
    const { Responses } = await client.send(
      new TransactGetItemsCommand({
        TransactItems: ['a', 'b', 'c'].map((S) => ({ Get: { TableName: 'transact', Key: { id: { S } } } })),
      }),
    )
    expect(Responses).toEqual([{ Item: { id: { S: 'a' } } }, { Item: { id: { S: 'b' } } }, {}])
  })

  it('check, delete and refuse two writes to one item', async () => {
    const Key = { id: { S: 'a' } }
    const ConditionCheck = { TableName: 'transact', Key, ConditionExpression: 'attribute_exists(id)' }
    const done = await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ ConditionCheck }, { Delete: { TableName: 'transact', Key: { id: { S: 'b' } } } }],
        ReturnConsumedCapacity: 'TOTAL',
      }),
    )
    expect(done.ConsumedCapacity).toEqual([{ TableName: 'transact', CapacityUnits: 4, WriteCapacityUnits: 4 }])
    await expect(
      client.send(new TransactWriteItemsCommand({ TransactItems: [Put('a'), { ConditionCheck }] })),
    ).rejects.toMatchObject({ message: 'Transaction request cannot include multiple operations on one item' })
  })

  it('are made once by their token', async () => {
    const counting = (by: string) =>
      client.send(
        new TransactWriteItemsCommand({
          ClientRequestToken: 'token',
          TransactItems: [
            {
              Update: {
                TableName: 'transact',
                Key: { id: { S: 'counted' } },
                UpdateExpression: 'ADD n :by',
                ExpressionAttributeValues: { ':by': { N: by } },
              },
            },
          ],
        }),
      )
    await counting('1')
    await counting('1')
    expect(await get('transact', { id: { S: 'counted' } })).toMatchObject({ n: { N: '1' } })
    await expect(counting('2')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' })
    await clock.advance(11 * 60_000)
    await counting('2')
    expect(await get('transact', { id: { S: 'counted' } })).toMatchObject({ n: { N: '3' } })
  })
})

describe('time', () => {
  it('takes items that have expired, on the engine’s clock', async () => {
    await table('expiring')
    const inSeconds = (s: number) => ({ N: String(Math.floor(clock.now() / 1000) + s) })
    await put('expiring', { id: { S: 'before' }, until: inSeconds(60) })
    const TimeToLiveSpecification = { AttributeName: 'until', Enabled: true }
    await client.send(new UpdateTimeToLiveCommand({ TableName: 'expiring', TimeToLiveSpecification }))
    const status = async () =>
      (await client.send(new DescribeTimeToLiveCommand({ TableName: 'expiring' }))).TimeToLiveDescription
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLING', AttributeName: 'until' })
    await expect(
      client.send(new UpdateTimeToLiveCommand({ TableName: 'expiring', TimeToLiveSpecification })),
    ).rejects.toMatchObject({ message: 'Time to live has been modified multiple times within a fixed interval' })
    await clock.advance(1000)
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'until' })
    await put('expiring', { id: { S: 'later' }, until: inSeconds(120) })
    await put('expiring', { id: { S: 'text' }, until: { S: '1' } })
    await put('expiring', { id: { S: 'ancient' }, until: { N: '1000' } })
    const left = async () => {
      const { Items } = await client.send(new ScanCommand({ TableName: 'expiring' }))
      return Items!.map((item) => item.id.S).sort()
    }
    await clock.advance(61_000)
    expect(await left()).toEqual(['ancient', 'later', 'text'])
    await clock.advance(60_000)
    expect(await left()).toEqual(['ancient', 'text'])
  })

  it('holds a provisioned table to its capacity', async () => {
    const { BillingMode: _, ...shape } = HASH
    await table('slow', { ...shape, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } })
    const big = (id: string) => put('slow', { id: { S: id }, s: { S: 'x'.repeat(300 * 1024) } })
    await big('spends the burst')
    await expect(big('too much')).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
    await clock.advance(3000)
    await put('slow', { id: { S: 'again' } })
    await client.send(new UpdateTableCommand({ TableName: 'slow', BillingMode: 'PAY_PER_REQUEST' }))
    await clock.advance(1000)
    await big('on demand')
  })
})

describe('what Millrace does not offer', () => {
  it('is refused by name', async () => {
    const target = (name: string) =>
      fetch(endpoint, {
        method: 'POST',
        headers: { 'x-amz-target': `DynamoDB_20120810.${name}`, 'content-type': 'application/x-amz-json-1.0' },
        body: '{}',
      })
    for (const name of ['ExecuteStatement', 'CreateGlobalTable', 'RestoreTableToPointInTime']) {
      const answer = await target(name)
      expect([answer.status, ((await answer.json()) as { __type: string }).__type]).toEqual([
        400,
        'UnknownOperationException',
      ])
    }
  })
})

describe('a restart', () => {
  it('finds tables, items, indexes and tokens as they were acknowledged', async () => {
    await table('lasting', RANGE)
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => put('lasting', { id: { S: `p${i % 7}` }, at: { N: String(i) } })),
    )
    await client.send(new CreateTableCommand({ TableName: 'half-made', ...HASH }))
    const directory = engines.workspaceDirectory
    client.destroy()
    await engines.stop()
    engines = await startEngines([dynamodb, gate], { clock, directory, settings: { gate: { port: 0 } } })
    endpoint = (await engines.clients.gate.status({})).url
    client = connect()
    const found = await client.send(new ScanCommand({ TableName: 'lasting' }))
    expect(new Set(found.Items!.map((item) => item.at.N)).size).toBe(200)
    expect((await client.send(new DescribeTableCommand({ TableName: 'half-made' }))).Table?.TableStatus).toBe(
      'CREATING',
    )
    await clock.advance(1000)
    expect((await client.send(new DescribeTableCommand({ TableName: 'half-made' }))).Table?.TableStatus).toBe('ACTIVE')
  })
})
