import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SHARD_COUNTERS, type ShardInfo } from '../../src/engines/stream/contract.ts'
import { sequenceNumber } from '../../src/engines/stream/sequence.ts'
import { groupOf, leasesOf } from '../../src/renderer/features/streams/consumers/leases.ts'
import { History } from '../../src/renderer/features/streams/metrics/history.ts'
import { withChange } from '../../src/renderer/features/streams/metrics/live.ts'
import { lanesOf } from '../../src/renderer/features/streams/picture/lanes.ts'
import {
  adjacentPair,
  dominantKey,
  halvingCut,
  isCut,
  middleOf,
  neighboursOf,
  shareBelow,
} from '../../src/renderer/features/streams/reshape/plan.ts'

const MAX = 2n ** 128n - 1n

function shard(
  index: number,
  [start, end]: readonly [bigint, bigint] = [0n, MAX],
  more: Partial<ShardInfo> = {},
): ShardInfo {
  return {
    shardId: `shardId-${String(index).padStart(12, '0')}`,
    index,
    state: 'OPEN',
    range: { startingHashKey: String(start), endingHashKey: String(end) },
    firstOffset: 0,
    nextOffset: 100,
    startingSequenceNumber: '',
    createdMs: 1_000_000,
    bytes: 0,
    ...more,
  }
}

const second = (timeMs: number, rows: Record<number, number[]>) => ({
  timeMs,
  shards: Uint16Array.from(Object.keys(rows), Number),
  counters: Float64Array.from(Object.values(rows).flat()),
})

describe('the history of a stream', () => {
  it('tells seconds and means by shard, and forgets what is fifteen minutes old', () => {
    const history = new History()
    history.add([
      second(1_000_000, { 1: [10, 100, 0, 0, 0, 0], 7: [20, 200, 5, 50, 3, 1] }),
      second(1_001_000, { 1: [30, 1, 0, 0, 0, 0] }),
    ])
    expect(history.second(7, 1_000_000)).toEqual({
      inRecords: 20,
      inBytes: 200,
      outRecords: 5,
      outBytes: 50,
      writeThrottled: 3,
      readThrottled: 1,
    })
    expect(history.at(7, 1_001_000, 'inRecords')).toBe(0)
    expect(history.rates(1, 1_002_500, 2).inRecords).toBe(20)
    const frozen = history.copy()
    history.add([second(1_900_000, { 1: [1, 1, 1, 1, 1, 1] })])
    expect(history.at(1, 1_000_000, 'inRecords')).toBe(0)
    expect(history.at(7, 1_000_000, 'inRecords')).toBe(0)
    expect(frozen.at(1, 1_000_000, 'inRecords')).toBe(10)
  })

  it('holds the same as a map of all seconds would', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 3 }), fc.nat(1000)))
    fc.assert(
      fc.property(steps, (all) => {
        const history = new History()
        const model = new Map<string, number>()
        let timeS = 5000
        for (const [step, index, records] of all) {
          timeS += step
          history.add([second(timeS * 1000, { [index]: [records, ...SHARD_COUNTERS.slice(1).map(() => 0)] })])
          model.set(`${index} ${timeS}`, records)
        }
        const parts = [{ counter: 'inRecords', limit: 1000 }] as const
        for (let index = 0; index <= 3; index++) {
          const columns = history.columns(index, (timeS - 899) * 1000, 300, 3, parts)
          for (let column = 0; column < 300; column++) {
            const seconds = [0, 1, 2].map((i) => model.get(`${index} ${timeS - 899 + column * 3 + i}`) ?? 0)
            expect(columns[column * 3]).toBeCloseTo(Math.max(...seconds) / 1000, 5)
          }
        }
        for (let time = timeS - 899; time <= timeS; time++)
          for (let index = 0; index <= 3; index++)
            expect(history.at(index, time * 1000, 'inRecords')).toBe(model.get(`${index} ${time}`) ?? 0)
      }),
    )
  })

  it('takes changes in: positions by consumer and shard, all anew where it is said so', () => {
    const position = (consumer: string, offset: number) => ({
      consumer,
      shardId: 's',
      offset,
      iteratorAgeMs: 0,
      lastReadMs: 0,
    })
    const tips = { shards: Uint16Array.of(1), nextOffsets: Float64Array.of(9), bytes: Float64Array.of(90) }
    const change = {
      seconds: [],
      durability: 'fsync' as const,
      tips,
      hotKeys: [],
      consumers: [position('a', 1), position('b', 2)],
      allConsumers: true,
    }
    const first = withChange(null, change)
    const next = withChange(first, { ...change, consumers: [position('a', 5)], allConsumers: false })
    expect([...next.consumers.values()].map(({ offset }) => offset)).toEqual([5, 2])
    expect(withChange(next, { ...change, consumers: [position('b', 7)] }).consumers.size).toBe(1)
  })
})

describe('the picture', () => {
  it('lies in rows of the same height that can be read, or where hash ranges are', () => {
    const shards = [shard(1, [MAX / 4n, MAX]), shard(0, [0n, MAX / 4n - 1n])]
    expect(
      lanesOf(shards, 'rows', 400, [0, 2e6]).map(({ shard: { index }, top, bottom }) => [index, top, bottom]),
    ).toEqual([
      [0, 0, 200],
      [1, 200, 400],
    ])
    const [low, high] = lanesOf(shards, 'ranges', 400, [0, 2e6])
    expect([low.bottom, high.top]).toEqual([expect.closeTo(100, 0), expect.closeTo(100, 0)])
    const many = Array.from({ length: 100 }, (_, i) => shard(i, [BigInt(i), BigInt(i)]))
    expect(lanesOf(many, 'rows', 400, [0, 2e6])[99].bottom).toBe(1600)
  })

  it('leaves out shards that closed before it begins, and those that a reshard only passed through', () => {
    const closed = { state: 'CLOSED' } as const
    const shards = [
      shard(0, undefined, { ...closed, closedMs: 1_500_000 }),
      shard(1, undefined, { ...closed, createdMs: 1_500_000, closedMs: 1_500_000 }),
      shard(2, undefined, { createdMs: 1_500_000 }),
    ]
    expect(lanesOf(shards, 'rows', 400, [1_400_000, 2e6]).map(({ shard: { index } }) => index)).toEqual([0, 2])
    expect(lanesOf(shards, 'rows', 400, [1_600_000, 2e6]).map(({ shard: { index } }) => index)).toEqual([2])
  })
})

describe('a split by load', () => {
  const key = (hashKey: bigint, records: number, error = 0) => ({
    shardId: '',
    key: `k${hashKey}`,
    hashKey: String(hashKey),
    records,
    error,
    share: 0,
  })

  it('lies in the middle where nothing is known, or the load is even', () => {
    expect(halvingCut(shard(0), { records: 0, keys: [] }).at - middleOf(shard(0))).toBeLessThan(2n ** 110n)
    expect(halvingCut(shard(0), { records: 1000, keys: [] }).share).toBeCloseTo(0.5, 3)
  })

  it('is beside a hot key, and says which key none can halve', () => {
    const load = { records: 1000, keys: [key(10_000n, 800)] }
    const { at, share } = halvingCut(shard(0), load)
    expect([10_000n, 10_001n]).toContain(at)
    expect([0, 0.8]).toContainEqual(expect.closeTo(share, 3) && Number(share.toFixed(3)))
    expect(dominantKey(load)?.key).toBe('k10000')
    expect(dominantKey({ records: 1000, keys: [key(1n, 800, 400)] })).toBeNull()
  })

  it('is one that the service takes, and no other is nearer to the half', () => {
    const spans = fc.tuple(fc.bigInt({ min: 0n, max: MAX - 10n }), fc.bigInt({ min: 5n, max: MAX }))
    const weights = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: MAX }), fc.integer({ min: 1, max: 1000 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(spans, weights, fc.nat(2000), ([start, length], keys, rest) => {
        const end = start + length > MAX ? MAX : start + length
        const holder = shard(0, [start, end])
        const inside = keys.map(([at, records]) => key(start + (at % (end - start + 1n)), records))
        const load = { records: rest + keys.reduce((sum, [, records]) => sum + records, 0), keys: inside }
        const cut = halvingCut(holder, load)
        expect(isCut(holder, cut.at)).toBe(true)
        const distance = Math.abs(cut.share - 0.5)
        for (const { hashKey } of inside)
          for (const at of [BigInt(hashKey), BigInt(hashKey) + 1n])
            if (isCut(holder, at))
              expect(distance).toBeLessThanOrEqual(Math.abs(shareBelow(holder, load, at) - 0.5) + 1e-5)
      }),
    )
  })

  it('knows who lies beside whom', () => {
    const shards = [shard(0, [0n, 9n]), shard(1, [10n, 19n]), shard(2, [20n, MAX])]
    expect(neighboursOf(shards, shards[1]).map(({ index }) => index)).toEqual([0, 2])
    expect(adjacentPair(shards[1], shards[0])?.map(({ index }) => index)).toEqual([0, 1])
    expect(adjacentPair(shards[0], shards[2])).toBeNull()
  })
})

describe('consumers', () => {
  const lease = (shardId: string, checkpoint: string, owner?: string) => ({
    leaseKey: { S: shardId },
    checkpoint: { S: checkpoint },
    leaseCounter: { N: '1' },
    ...(owner && { leaseOwner: { S: owner } }),
  })
  const shards = [shard(0), shard(1)]
  const at = sequenceNumber(0, 59, 1000, 1_090_000)

  it('of KCL are told by the sequence numbers in their lease tables', () => {
    const group = groupOf(
      'app',
      [lease(shards[0].shardId, at, 'worker-1'), lease(`111:s:5:${shards[1].shardId}`, 'TRIM_HORIZON')],
      shards,
    )
    expect(group).toMatchObject({
      kind: 'KCL',
      checkpoints: { [shards[0].shardId]: 60, [shards[1].shardId]: 0 },
      owners: { [shards[0].shardId]: 'worker-1' },
    })
    expect(groupOf('app', [lease(shards[0].shardId, 'TRIM_HORIZON')], shards)).toBeNull()
    // Of a stream of the same shard ids that was made at another time.
    expect(groupOf('app', [lease(shards[0].shardId, sequenceNumber(0, 59, 999, 0))], shards)).toBeNull()
  })

  it('have distances and ages, which grow while they do not read', () => {
    const kcl = groupOf('app', [lease(shards[0].shardId, at, 'worker-1')], shards)!
    const group = { consumer: 'group', kind: 'group', checkpoints: { [shards[0].shardId]: 10 } } as const
    const position = {
      consumer: 'group',
      shardId: shards[0].shardId,
      offset: 40,
      iteratorAgeMs: 2000,
      lastReadMs: 1_095_000,
    }
    const gone = { ...position, consumer: 'reader', offset: 100 }
    const leases = leasesOf([kcl, group], [position, gone], shards, 1_100_000)
    expect(leases).toMatchObject([
      { consumer: 'app', kind: 'KCL', owner: 'worker-1', checkpoint: 60, distance: 40, ageMs: 10_000 },
      { consumer: 'group', kind: 'group', checkpoint: 10, offset: 40, distance: 60, ageMs: 7000 },
      { consumer: 'reader', kind: 'reader', checkpoint: null, distance: 0, ageMs: 0 },
    ])
  })
})
