import { describe, expect, it } from 'vitest'
import type { Cluster, Instance } from '../../src/engines/emr/contract.ts'
import { costOf } from '../../src/engines/emr/model/cost.ts'
import type { PriceTable } from '../../src/engines/kit/pure/prices.ts'

const HOUR_MS = 3600_000
const PRICES: PriceTable = {
  asOf: '2026-11',
  region: 'us-east-1',
  items: {
    'ec2.m5.vcpuHour': { usd: 0.05, per: 1, what: '' },
    'emr.m5.vcpuHour': { usd: 0.01, per: 1, what: '' },
  },
  reserved: [{ type: 'm5.xlarge', count: 2, hourUsd: 0.1 }],
}
/** EC2 and EMR of an m5.xlarge by these prices. */
const [ON_DEMAND, EMR, RESERVED] = [0.2, 0.04, 0.1]

const node = (id: string, fromH: number, toH?: number, more: Partial<Instance> = {}) =>
  ({
    id,
    type: 'm5.xlarge',
    market: 'ON_DEMAND',
    launchedMs: fromH * HOUR_MS,
    ...(toH !== undefined && { endedMs: toH * HOUR_MS }),
    ...more,
  }) as Instance
const cluster = (...instances: Instance[]) => ({ zone: 'us-east-1a', instances }) as Cluster

describe('reserved instances', () => {
  it('are taken by what was launched first, among all clusters', () => {
    const [older, newer] = [cluster(node('a', 0), node('b', 1)), cluster(node('c', 2))]
    const all = [newer, older]
    expect(costOf(older, all, 4 * HOUR_MS, PRICES)).toMatchObject({
      hourUsd: 2 * (RESERVED + EMR),
      reserved: { a: RESERVED, b: RESERVED },
    })
    const cost = costOf(newer, all, 4 * HOUR_MS, PRICES)
    expect(cost.reserved).toEqual({})
    expect(cost.hourUsd).toBeCloseTo(ON_DEMAND + EMR, 9)
    expect(cost.totalUsd).toBeCloseTo(2 * (ON_DEMAND + EMR), 9)
  })

  it('go to the next one when the one that had the place has ended', () => {
    const one = cluster(node('a', 0, 3), node('b', 0), node('c', 1))
    const cost = costOf(one, [one], 5 * HOUR_MS, PRICES)
    expect(Object.keys(cost.reserved).sort()).toEqual(['b', 'c'])
    // c: two hours by itself, then two in the place of a.
    expect(cost.totalUsd).toBeCloseTo((3 + 5 + 2) * RESERVED + 2 * ON_DEMAND + (3 + 5 + 4) * EMR, 9)
  })

  it('are nothing to Spot, to other types and to what never ran', () => {
    const waiting = { ...node('w', 0), launchedMs: undefined } as unknown as Instance
    const one = cluster(node('s', 0, undefined, { market: 'SPOT' }), waiting, node('a', 1))
    expect(Object.keys(costOf(one, [one], 2 * HOUR_MS, PRICES).reserved)).toEqual(['a'])
    const { reserved: _, ...without } = PRICES
    expect(costOf(one, [one], 2 * HOUR_MS, without).reserved).toEqual({})
  })
})
