import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engine as dynamodb } from '../../src/engines/dynamodb/engine.ts'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { KEYS } from '../support/gate.ts'
import { connectDynamo, type Lease, LeaseWorker, leaseTable } from '../support/leases.ts'

const StreamName = 's'
const SHARD_END = 'SHARD_END'
const KEYS_SENT = 20
/** A lease that nobody has renewed while its holder should have so often is free. */
const ROUNDS_UNTIL_EXPIRED = 4

const clock = new ManualClock(Date.UTC(2026, 0, 1))
let engines: TestEngines
let endpoint: string
let kinesis: KinesisClient

const connectKinesis = () => new KinesisClient({ endpoint, region: 'us-east-1', credentials: KEYS, maxAttempts: 1 })

beforeAll(async () => {
  engines = await startEngines([dynamodb, stream, gate], { clock, settings: { gate: { port: 0 } } })
  endpoint = (await engines.clients.gate.status({})).url
  kinesis = connectKinesis()
  const dynamo = connectDynamo(endpoint)
  await dynamo.send(leaseTable())
  dynamo.destroy()
  await engines.clients.stream.createStream({ stream: StreamName, shardCount: 2, quotas: false })
  await clock.advance(1000)
})

afterAll(async () => {
  kinesis.destroy()
  await engines[Symbol.asyncDispose]()
})

/**
 * A consumer as KCL is one: it shares the shards with others by leases in a table, reads a shard's parents to their end before it begins
 * with the shard, and notes how far it has come after what it has read is done.
 */
class Consumer {
  private readonly leases: LeaseWorker
  private readonly kinesis = connectKinesis()
  /** How often a lease of somebody else was seen with the same counter. */
  private readonly stale = new Map<string, { counter: number; rounds: number }>()
  private readonly take: (key: string, data: string) => void
  private running = true
  private readonly ended: Promise<void>

  constructor(name: string, take: (key: string, data: string) => void) {
    this.leases = new LeaseWorker(name, endpoint)
    this.take = take
    this.ended = this.run()
  }

  /** It lets its leases lie, as a process that was killed does. */
  async kill(): Promise<void> {
    this.running = false
    await this.ended
    this.leases.close()
    this.kinesis.destroy()
  }

  private async run(): Promise<void> {
    const { Shards } = await this.kinesis.send(
      new ListShardsCommand({ StreamName, ShardFilter: { Type: 'AT_TRIM_HORIZON' } }),
    )
    for (const { ShardId } of Shards!) await this.leases.createIfAbsent(ShardId!)
    while (this.running) {
      const all = await this.leases.leases()
      const live = all.filter(({ checkpoint }) => checkpoint !== SHARD_END)
      for (const lease of live) if (this.running) await this.work(lease, all)
    }
  }

  private async work(lease: Lease, all: readonly Lease[]): Promise<void> {
    const mine = lease.leaseOwner === this.leases.name
    if (!mine && !this.isFree(lease)) return
    if (!mine) {
      // What is taken here is worked on in the next round, as it is then.
      await this.leases.take(lease)
      return
    }
    const begun = lease.parents.every((parent) => {
      const of = all.find(({ leaseKey }) => leaseKey === parent)
      return of === undefined || of.checkpoint === SHARD_END
    })
    if (begun) await this.read(lease)
    else await this.leases.renew(lease)
  }

  private isFree({ leaseKey, leaseOwner, leaseCounter }: Lease): boolean {
    if (leaseOwner === undefined) return true
    const seen = this.stale.get(leaseKey)
    const rounds = seen?.counter === leaseCounter ? seen.rounds + 1 : 0
    this.stale.set(leaseKey, { counter: leaseCounter, rounds })
    return rounds >= ROUNDS_UNTIL_EXPIRED
  }

  private async read(lease: Lease): Promise<void> {
    const { leaseKey: ShardId, checkpoint } = lease
    const { ShardIterator } = await this.kinesis.send(
      new GetShardIteratorCommand(
        checkpoint === 'TRIM_HORIZON'
          ? { StreamName, ShardId, ShardIteratorType: checkpoint }
          : { StreamName, ShardId, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: checkpoint },
      ),
    )
    const read = await this.kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 7 }))
    const { Records = [], NextShardIterator, ChildShards = [] } = read
    // Killed here, before anything is noted: another one reads the same records again.
    if (!this.running) return
    for (const { PartitionKey, Data } of Records) this.take(PartitionKey!, Buffer.from(Data!).toString())
    if (NextShardIterator === undefined) {
      for (const child of ChildShards) await this.leases.createIfAbsent(child.ShardId!, child.ParentShards)
      await this.leases.checkpoint(lease, SHARD_END)
    } else if (Records.length > 0) await this.leases.checkpoint(lease, Records.at(-1)!.SequenceNumber!)
    else await this.leases.renew(lease)
  }
}

async function openShards(): Promise<{ ShardId: string; start: bigint; end: bigint }[]> {
  const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName, ShardFilter: { Type: 'AT_LATEST' } }))
  return Shards!
    .map(({ ShardId, HashKeyRange }) => ({
      ShardId: ShardId!,
      start: BigInt(HashKeyRange!.StartingHashKey!),
      end: BigInt(HashKeyRange!.EndingHashKey!),
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1))
}

it('consumers that share leases miss no record of a resharded stream, and see those of a key in order', async () => {
  const taken = new Map<string, number[]>()
  const take = (key: string, data: string) => {
    const of = taken.get(key) ?? []
    taken.set(key, of)
    // Once is enough: what was read again after a takeover was there before.
    if (!of.includes(Number(data))) of.push(Number(data))
  }
  let sent = 0
  /** One record of every key, in each of some puts one after the other. */
  const put = async (puts: number) => {
    for (let i = 0; i < puts; i++, sent++) {
      const Data = Buffer.from(String(sent))
      const Records = Array.from({ length: KEYS_SENT }, (_, key) => ({ PartitionKey: `key-${key}`, Data }))
      const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName, Records }))
      expect(FailedRecordCount).toBe(0)
    }
  }
  const reshapes = [
    async () => {
      const [{ ShardId, start, end }] = await openShards()
      const NewStartingHashKey = String((start + end) / 2n)
      await kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: ShardId, NewStartingHashKey }))
    },
    async () => {
      const [, low, high] = await openShards()
      await kinesis.send(
        new MergeShardsCommand({ StreamName, ShardToMerge: low.ShardId, AdjacentShardToMerge: high.ShardId }),
      )
    },
    async () => {
      await kinesis.send(
        new UpdateShardCountCommand({ StreamName, TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' }),
      )
    },
  ]
  const consumers = ['ann', 'bob', 'cid'].map((name) => new Consumer(name, take))
  await put(10)
  for (const reshape of reshapes) {
    await reshape()
    await put(5)
    await clock.advance(500)
    await put(10)
    if (consumers.length > 1) await consumers.pop()!.kill()
  }
  await expect.poll(() => Math.min(...[...taken.values()].map(({ length }) => length)), { timeout: 30_000 }).toBe(sent)
  await Promise.all(consumers.map((consumer) => consumer.kill()))
  const inOrder = Array.from({ length: sent }, (_, i) => i)
  expect(Object.fromEntries(taken)).toEqual(
    Object.fromEntries(Array.from({ length: KEYS_SENT }, (_, key) => [`key-${key}`, inOrder])),
  )
}, 60_000)
