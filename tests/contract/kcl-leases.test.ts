import { DescribeTableCommand, type DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as dynamodb } from '../../src/engines/dynamodb/engine.ts'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { connectDynamo, LEASE_TABLE, LeaseWorker, leaseTable, OWNER_INDEX } from '../support/leases.ts'

const clock = new ManualClock(Date.UTC(2026, 0, 1))
const TableName = LEASE_TABLE
let engines: TestEngines
let endpoint: string
let client: DynamoDBClient

beforeAll(async () => {
  engines = await startEngines([dynamodb, gate], { clock, settings: { gate: { port: 0 } } })
  endpoint = (await engines.clients.gate.status({})).url
  client = connectDynamo(endpoint)
})

afterAll(async () => {
  client.destroy()
  await engines[Symbol.asyncDispose]()
})

describe('leases of a Kinesis consumer', () => {
  const worker = (name: string) => new LeaseWorker(name, endpoint)

  it('live in a table that is created on demand, with an index over their owners', async () => {
    await client.send(leaseTable())
    await clock.advance(1000)
    expect((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus).toBe('ACTIVE')
    const Create = {
      IndexName: OWNER_INDEX,
      KeySchema: [
        { AttributeName: 'leaseOwner', KeyType: 'HASH' as const },
        { AttributeName: 'leaseKey', KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    }
    await client.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: ['leaseKey', 'leaseOwner'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        GlobalSecondaryIndexUpdates: [{ Create }],
      }),
    )
    await clock.advance(1000)
    const { Table } = await client.send(new DescribeTableCommand({ TableName }))
    expect(Table?.GlobalSecondaryIndexes?.[0].IndexStatus).toBe('ACTIVE')
  })

  it('are created once, taken, renewed, checkpointed and stolen', async () => {
    const [one, two] = [worker('ann'), worker('bob')]
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
    const bob = worker('bob')
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
    const workers = Array.from({ length: 6 }, (_, i) => worker(`worker ${i}`))
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
