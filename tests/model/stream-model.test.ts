import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { BatchBuilder, dataText } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine } from '../../src/engines/stream/engine.ts'
import { HASH_KEYS, hashKeyOf } from '../../src/engines/stream/hash-key.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

const HOUR = 3600_000
const RUNS = process.env.MILLRACE_NIGHTLY ? 1000 : 60
const RETENTION = 24 * HOUR

/** What a stream must be, in the simplest words: shards with ranges and lists of records. */
interface ModelShard {
  readonly index: number
  readonly start: bigint
  readonly end: bigint
  readonly parents: readonly number[]
  closedMs?: number
  readonly records: { readonly data: string; readonly arrivalMs: number }[]
}

interface Model {
  shards: ModelShard[]
  sent: number
}

interface Real {
  engines: TestEngines
  readonly clock: ManualClock
}

const open = (model: Model) =>
  model.shards.filter((s) => s.closedMs === undefined).sort((a, b) => (a.start < b.start ? -1 : 1))
const id = (index: number) => `shardId-${String(index).padStart(12, '0')}`
const client = (real: Real): Clients['stream'] => real.engines.clients.stream

function shard(model: Model, start: bigint, end: bigint, parents: readonly number[]): void {
  model.shards.push({ index: model.shards.length, start, end, parents, records: [] })
}

type Command = fc.AsyncCommand<Model, Real>

/** Puts records with keys out of a few, and some with an explicit hash key. */
class Put implements Command {
  readonly keys: readonly (string | bigint)[]
  constructor(keys: readonly (string | bigint)[]) {
    this.keys = keys
  }
  check = () => true
  async run(model: Model, real: Real): Promise<void> {
    const builder = new BatchBuilder()
    const expected = this.keys.map((key) => {
      const hash = typeof key === 'bigint' ? key : hashKeyOf(Buffer.from(key))
      const to = open(model).find(({ start, end }) => start <= hash && hash <= end)!
      const data = `record ${model.sent++}`
      builder.add(typeof key === 'bigint' ? 'explicit' : key, data)
      to.records.push({ data, arrivalMs: real.clock.now() })
      return [to.index, to.records.length - 1]
    })
    const hashKeys = this.keys.map((key) => (typeof key === 'bigint' ? String(key) : null))
    const put = await client(real).put({ stream: 's', batch: { ...builder.finish(), hashKeys } })
    expect(this.keys.map((_, i) => [put.shards[i], put.offsets[i]])).toEqual(expected)
  }
  toString = () => `put(${this.keys.join(' ')})`
}

class Split implements Command {
  readonly pick: number
  readonly fraction: number
  constructor(pick: number, fraction: number) {
    this.pick = pick
    this.fraction = fraction
  }
  check = (model: Readonly<Model>) => open(model).length < 12
  async run(model: Model, real: Real): Promise<void> {
    const shards = open(model)
    const parent = shards[this.pick % shards.length]
    const at = parent.start + ((parent.end - parent.start) * BigInt(this.fraction)) / 1000n
    const input = { stream: 's', shardId: id(parent.index), newStartingHashKey: String(at) }
    if (at <= parent.start + 1n || at >= parent.end) {
      await expect(client(real).splitShard(input)).rejects.toMatchObject({ code: 'InvalidArgumentException' })
      return
    }
    await client(real).splitShard(input)
    await real.clock.advance(500)
    parent.closedMs = real.clock.now()
    shard(model, parent.start, at - 1n, [parent.index])
    shard(model, at, parent.end, [parent.index])
  }
  toString = () => `split(${this.pick}, ${this.fraction}‰)`
}

class Merge implements Command {
  readonly pick: number
  constructor(pick: number) {
    this.pick = pick
  }
  check = (model: Readonly<Model>) => open(model).length > 1
  async run(model: Model, real: Real): Promise<void> {
    const shards = open(model)
    const at = this.pick % (shards.length - 1)
    const [low, high] = [shards[at], shards[at + 1]]
    await client(real).mergeShards({ stream: 's', shardId: id(low.index), adjacentShardId: id(high.index) })
    await real.clock.advance(500)
    for (const parent of [low, high]) parent.closedMs = real.clock.now()
    shard(model, low.start, high.end, [low.index, high.index])
  }
  toString = () => `merge(${this.pick})`
}

/** UpdateShardCount: what the shards are called is the engine's business, that they are even and fed by the right parents is checked. */
class Resize implements Command {
  readonly target: number
  constructor(target: number) {
    this.target = target
  }
  check = (model: Readonly<Model>) => this.target <= open(model).length * 2 && this.target >= open(model).length / 2
  async run(model: Model, real: Real): Promise<void> {
    try {
      await client(real).updateShardCount({ stream: 's', targetShardCount: this.target })
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'LimitExceededException' })
      return
    }
    await real.clock.advance(500)
    const { shards } = await client(real).describeStream({ stream: 's' })
    for (const each of shards.filter(({ index }) => index >= model.shards.length)) {
      const parents = [each.parentShardId, each.adjacentParentShardId].flatMap((p) => (p ? Number(p.slice(8)) : []))
      const [start, end] = [BigInt(each.range.startingHashKey), BigInt(each.range.endingHashKey)]
      const from = parents.map((parent) => model.shards[parent])
      for (const parent of from) parent.closedMs ??= real.clock.now()
      if (from.length === 1) expect(from[0].start <= start && end <= from[0].end).toBe(true)
      else expect([from[0].start, from[0].end + 1n, from[1].end]).toEqual([start, from[1].start, end])
      shard(model, start, end, parents)
    }
    const step = HASH_KEYS / BigInt(this.target)
    expect(open(model).map(({ start }) => start)).toEqual(
      Array.from({ length: this.target }, (_, i) => step * BigInt(i)),
    )
  }
  toString = () => `resize(${this.target})`
}

class Pass implements Command {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  check = () => true
  run = (_: Model, real: Real) => real.clock.advance(this.ms)
  toString = () => `pass(${this.ms} ms)`
}

class Restart implements Command {
  check = () => true
  async run(_: Model, real: Real): Promise<void> {
    const directory = real.engines.workspaceDirectory
    await real.engines.stop()
    real.engines = await startEngines([engine], { clock: real.clock, directory, settings: SETTINGS })
  }
  toString = () => 'restart'
}

/** All shards that are not expired, with their ranges and parents. */
class Describe implements Command {
  check = () => true
  async run(model: Model, real: Real): Promise<void> {
    const nowMs = real.clock.now()
    const kept = model.shards.filter(({ closedMs }) => closedMs === undefined || closedMs + RETENTION > nowMs)
    const { shards, openShardCount } = await client(real).describeStream({ stream: 's' })
    expect(openShardCount).toBe(open(model).length)
    expect(
      shards.map(({ shardId, state, range, parentShardId, adjacentParentShardId, nextOffset }) => ({
        shardId,
        state,
        range,
        parents: [parentShardId, adjacentParentShardId].filter((parent) => parent !== undefined),
        nextOffset,
      })),
    ).toEqual(
      kept.map(({ index, start, end, parents, closedMs, records }) => ({
        shardId: id(index),
        state: closedMs === undefined ? 'OPEN' : 'CLOSED',
        range: { startingHashKey: String(start), endingHashKey: String(end) },
        parents: parents.map(id),
        nextOffset: records.length,
      })),
    )
  }
  toString = () => 'describe'
}

/** Reads one shard from its horizon, in small pages, to where it ends now. */
class Read implements Command {
  readonly pick: number
  readonly maxRecords: number
  constructor(pick: number, maxRecords: number) {
    this.pick = pick
    this.maxRecords = maxRecords
  }
  check = () => true
  async run(model: Model, real: Real): Promise<void> {
    const { index, records, closedMs } = model.shards[this.pick % model.shards.length]
    const nowMs = real.clock.now()
    if (closedMs !== undefined && closedMs + RETENTION <= nowMs) return
    const kept = records.filter(({ arrivalMs }) => arrivalMs >= nowMs - RETENTION)
    const first = records.length - kept.length
    const seen: string[] = []
    let position: Parameters<Clients['stream']['read']>[0]['position'] = { type: 'TRIM_HORIZON' }
    for (let offset = first; ; ) {
      const read = await client(real).read({ stream: 's', shardId: id(index), position, maxRecords: this.maxRecords })
      expect(read.startOffset).toBe(offset)
      expect(read.nextOffset).toBe(offset + read.batch.count)
      for (let i = 0; i < read.batch.count; i++) {
        seen.push(dataText(read.batch, i))
        expect(read.arrivals[i]).toBe(records[offset + i].arrivalMs)
      }
      offset = read.nextOffset
      position = { type: 'OFFSET', offset }
      expect(read.ended).toBe(closedMs !== undefined && offset === records.length)
      if (read.batch.count === 0 || read.ended) break
    }
    expect(seen).toEqual(kept.map(({ data }) => data))
    const middle = records[first + Math.floor(kept.length / 2)]
    if (!middle) return
    const at = { type: 'AT_TIMESTAMP', timestampMs: middle.arrivalMs } as const
    const { offset } = await client(real).locate({ stream: 's', shardId: id(index), position: at })
    expect(offset).toBe(records.findIndex(({ arrivalMs }) => arrivalMs >= middle.arrivalMs))
  }
  toString = () => `read(${this.pick}, ${this.maxRecords})`
}

// A cache of two kilobytes: most reads go to the disk, some to both.
const SETTINGS = { stream: { tailCacheBytes: 2000 } }
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abcdefghij') },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: HASH_KEYS - 1n }) },
)
const commands = [
  fc.array(key, { minLength: 1, maxLength: 40 }).map((keys) => new Put(keys)),
  fc.array(key, { minLength: 1, maxLength: 40 }).map((keys) => new Put(keys)),
  fc.tuple(fc.nat(20), fc.integer({ min: 0, max: 1000 })).map(([pick, fraction]) => new Split(pick, fraction)),
  fc.nat(20).map((pick) => new Merge(pick)),
  fc.integer({ min: 1, max: 10 }).map((target) => new Resize(target)),
  fc.constantFrom(1, 999, 1000, HOUR, 5 * HOUR, 23 * HOUR).map((ms) => new Pass(ms)),
  fc.constant(new Restart()),
  fc.constant(new Describe()),
  fc.tuple(fc.nat(30), fc.constantFrom(1, 3, 10_000)).map(([pick, max]) => new Read(pick, max)),
  fc.tuple(fc.nat(30), fc.constantFrom(1, 3, 10_000)).map(([pick, max]) => new Read(pick, max)),
]

describe('the stream engine against its model', () => {
  it('puts, reads, reshards, restarts and expires as the model does', { timeout: RUNS * 2000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (sequence) => {
        const clock = new ManualClock()
        const real: Real = { engines: await startEngines([engine], { clock, settings: SETTINGS }), clock }
        const model: Model = { shards: [], sent: 0 }
        try {
          await client(real).createStream({ stream: 's', shardCount: 2, quotas: false, durability: 'os' })
          await clock.advance(500)
          shard(model, 0n, HASH_KEYS / 2n - 1n, [])
          shard(model, HASH_KEYS / 2n, HASH_KEYS - 1n, [])
          await fc.asyncModelRun(() => ({ model, real }), sequence)
        } finally {
          await real.engines[Symbol.asyncDispose]()
        }
      }),
      { numRuns: RUNS },
    )
  })
})
