import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as dynamodb } from '../../src/engines/dynamodb/engine.ts'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

/** The lease table of a Kinesis consumer as KCL 3 keeps it: what it creates, and the conditional writes by which workers agree. */
const clock = new ManualClock(Date.UTC(2026, 0, 1))
const TableName = 'consumer'
const INDEX = 'LeaseOwnerToLeaseKeyIndex'
let engines: TestEngines
let endpoint: string
let client: DynamoDBClient

beforeAll(async () => {
  engines = await startEngines([dynamodb, gate], { clock, settings: { gate: { port: 0 } } })
  endpoint = (await engines.clients.gate.status({})).url
  client = connect()
})

afterAll(async () => {
  client.destroy()
  await engines[Symbol.asyncDispose]()
})

const connect = () =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })

interface Lease {
  readonly leaseKey: string
  readonly leaseOwner?: string
  readonly leaseCounter: number
  readonly checkpoint: string
}

const leaseOf = (item: Record<string, { S?: string; N?: string }>): Lease => ({
  leaseKey: item.leaseKey.S!,
  ...(item.leaseOwner && { leaseOwner: item.leaseOwner.S! }),
  leaseCounter: Number(item.leaseCounter.N),
  checkpoint: item.checkpoint.S!,
})

/** One worker: what it knows of leases is what it last read, and it takes none whose counter has moved since. */
class Worker {
  readonly name: string
  private readonly dynamo = connect()

  constructor(name: string) {
    this.name = name
  }

  close(): void {
    this.dynamo.destroy()
  }

  async leases(): Promise<Lease[]> {
    const all = await Promise.all(
      [0, 1, 2, 3].map((Segment) => this.dynamo.send(new ScanCommand({ TableName, Segment, TotalSegments: 4 }))),
    )
    return all.flatMap(({ Items }) => Items!.map((item) => leaseOf(item as never)))
  }

  async createIfAbsent(leaseKey: string, parents: string[] = []): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new PutItemCommand({
          TableName,
          Item: {
            leaseKey: { S: leaseKey },
            leaseCounter: { N: '0' },
            checkpoint: { S: 'TRIM_HORIZON' },
            checkpointSubSequenceNumber: { N: '0' },
            ownerSwitchesSinceCheckpoint: { N: '0' },
            startingHashKey: { S: '0' },
            endingHashKey: { S: '340282366920938463463374607431768211455' },
            ...(parents.length > 0 && { parentShardId: { SS: parents } }),
          },
          Expected: { leaseKey: { Exists: false } },
        }),
      ),
    )
  }

  /** Takes a lease as it was seen: the owner must still be who it was, and must not have renewed since. */
  async take({ leaseKey, leaseOwner, leaseCounter }: Lease): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: { leaseKey: { S: leaseKey } },
          UpdateExpression: 'SET leaseOwner = :me, leaseCounter = :next ADD ownerSwitchesSinceCheckpoint :one',
          ConditionExpression:
            leaseOwner === undefined
              ? 'leaseCounter = :seen AND attribute_not_exists(leaseOwner)'
              : 'leaseCounter = :seen AND leaseOwner = :owner',
          ExpressionAttributeValues: {
            ':me': { S: this.name },
            ':next': { N: String(leaseCounter + 1) },
            ':seen': { N: String(leaseCounter) },
            ':one': { N: '1' },
            ...(leaseOwner !== undefined && { ':owner': { S: leaseOwner } }),
          },
        }),
      ),
    )
  }

  async renew({ leaseKey, leaseCounter }: Lease): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: { leaseKey: { S: leaseKey } },
          Expected: { leaseOwner: { Value: { S: this.name } }, leaseCounter: { Value: { N: String(leaseCounter) } } },
          AttributeUpdates: { leaseCounter: { Action: 'PUT', Value: { N: String(leaseCounter + 1) } } },
        }),
      ),
    )
  }

  async checkpoint({ leaseKey, leaseCounter }: Lease, sequenceNumber: string): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: { leaseKey: { S: leaseKey } },
          UpdateExpression:
            'SET #c = :c, checkpointSubSequenceNumber = :zero, ownerSwitchesSinceCheckpoint = :zero, leaseCounter = leaseCounter + :one REMOVE pendingCheckpoint',
          ConditionExpression: 'leaseOwner = :me AND leaseCounter = :seen',
          ExpressionAttributeNames: { '#c': 'checkpoint' },
          ExpressionAttributeValues: {
            ':c': { S: sequenceNumber },
            ':zero': { N: '0' },
            ':one': { N: '1' },
            ':me': { S: this.name },
            ':seen': { N: String(leaseCounter) },
          },
        }),
      ),
    )
  }

  /** A shard that has ended: its lease goes and those of its children come, all at once. */
  async endShard({ leaseKey, leaseCounter }: Lease, children: string[]): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Update: {
                TableName,
                Key: { leaseKey: { S: leaseKey } },
                UpdateExpression: 'SET checkpoint = :end, childShardIds = :children',
                ConditionExpression: 'leaseOwner = :me AND leaseCounter = :seen',
                ExpressionAttributeValues: {
                  ':end': { S: 'SHARD_END' },
                  ':children': { SS: children },
                  ':me': { S: this.name },
                  ':seen': { N: String(leaseCounter) },
                },
              },
            },
            ...children.map((child) => ({
              Put: {
                TableName,
                Item: {
                  leaseKey: { S: child },
                  leaseCounter: { N: '0' },
                  checkpoint: { S: 'TRIM_HORIZON' },
                  parentShardId: { SS: [leaseKey] },
                },
                ConditionExpression: 'attribute_not_exists(leaseKey)',
              },
            })),
          ],
        }),
      ),
    )
  }

  async owned(): Promise<string[]> {
    const { Items } = await this.dynamo.send(
      new QueryCommand({
        TableName,
        IndexName: INDEX,
        KeyConditionExpression: 'leaseOwner = :me',
        ExpressionAttributeValues: { ':me': { S: this.name } },
      }),
    )
    return Items!.map((item) => item.leaseKey.S!)
  }

  private won(write: Promise<unknown>): Promise<boolean> {
    return write.then(
      () => true,
      (thrown: Error) => {
        if (['ConditionalCheckFailedException', 'TransactionCanceledException'].includes(thrown.name)) return false
        throw thrown
      },
    )
  }
}

describe('leases of a Kinesis consumer', () => {
  const ann = () => new Worker('ann')

  it('live in a table that is created on demand, with an index over their owners', async () => {
    const AttributeDefinitions = [{ AttributeName: 'leaseKey', AttributeType: 'S' as const }]
    const KeySchema = [{ AttributeName: 'leaseKey', KeyType: 'HASH' as const }]
    await client.send(
      new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' }),
    )
    await clock.advance(1000)
    expect((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus).toBe('ACTIVE')
    const Create = {
      IndexName: INDEX,
      KeySchema: [
        { AttributeName: 'leaseOwner', KeyType: 'HASH' as const },
        { AttributeName: 'leaseKey', KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    }
    await client.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: [...AttributeDefinitions, { AttributeName: 'leaseOwner', AttributeType: 'S' }],
        GlobalSecondaryIndexUpdates: [{ Create }],
      }),
    )
    await clock.advance(1000)
    const { Table } = await client.send(new DescribeTableCommand({ TableName }))
    expect(Table?.GlobalSecondaryIndexes?.[0].IndexStatus).toBe('ACTIVE')
  })

  it('are created once, taken, renewed, checkpointed and stolen', async () => {
    const [one, two] = [ann(), new Worker('bob')]
    expect(await one.createIfAbsent('shard-0')).toBe(true)
    expect(await two.createIfAbsent('shard-0')).toBe(false)
    const [seen] = await one.leases()
    expect(await one.take(seen)).toBe(true)
    // Bob saw the lease before Ann took it.
    expect(await two.take(seen)).toBe(false)
    expect([await one.owned(), await two.owned()]).toEqual([['shard-0'], []])

    const [taken] = await one.leases()
    expect(await one.renew(taken)).toBe(true)
    expect(await one.renew(taken)).toBe(false)
    const [renewed] = await two.leases()
    expect(await one.checkpoint(renewed, '49600000000000000000000000000000000000000000000000000001')).toBe(true)

    // Ann stops renewing: the counter stands still, so Bob may take over, and what Ann still believes is refused.
    const [expired] = await two.leases()
    expect(await two.take(expired)).toBe(true)
    expect(await one.renew(expired)).toBe(false)
    expect(await one.checkpoint(expired, 'late')).toBe(false)
    const [stolen] = await two.leases()
    expect(stolen).toMatchObject({ leaseOwner: 'bob', checkpoint: expect.stringMatching(/^496/) })
    expect([await one.owned(), await two.owned()]).toEqual([[], ['shard-0']])
    one.close()
    two.close()
  })

  it('pass to the children of a shard that ends, all of them or none', async () => {
    const bob = new Worker('bob')
    const [held] = await bob.leases()
    expect(await bob.createIfAbsent('shard-2')).toBe(true)
    // One child is there already: nothing happens.
    expect(await bob.endShard(held, ['shard-1', 'shard-2'])).toBe(false)
    expect((await bob.leases()).map(({ leaseKey }) => leaseKey).sort()).toEqual(['shard-0', 'shard-2'])
    expect(await bob.endShard(held, ['shard-3', 'shard-4'])).toBe(true)
    const leases = await bob.leases()
    expect(leases.map(({ leaseKey }) => leaseKey).sort()).toEqual(['shard-0', 'shard-2', 'shard-3', 'shard-4'])
    expect(leases.find(({ leaseKey }) => leaseKey === 'shard-0')?.checkpoint).toBe('SHARD_END')
    bob.close()
  })

  it('are never won by two of many workers that race for them', async () => {
    const workers = Array.from({ length: 6 }, (_, i) => new Worker(`worker ${i}`))
    const keys = Array.from({ length: 5 }, (_, i) => `race-${i}`)
    const created = await Promise.all(keys.flatMap((key) => workers.map((worker) => worker.createIfAbsent(key))))
    expect(created.filter(Boolean)).toHaveLength(keys.length)
    for (let round = 0; round < 8; round++) {
      const seen = (await workers[0].leases()).filter(({ leaseKey }) => leaseKey.startsWith('race-'))
      for (const lease of seen) {
        const wins = await Promise.all(workers.map((worker) => worker.take(lease)))
        expect(wins.filter(Boolean)).toHaveLength(1)
      }
      const owned = await Promise.all(workers.map((worker) => worker.owned()))
      expect(owned.flat().sort()).toEqual(keys)
    }
    const final = (await workers[0].leases()).filter(({ leaseKey }) => leaseKey.startsWith('race-'))
    expect(final.map(({ leaseCounter }) => leaseCounter)).toEqual(keys.map(() => 8))
    for (const worker of workers) worker.close()
  })
})
