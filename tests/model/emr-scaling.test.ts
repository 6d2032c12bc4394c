import { describe, expect, it } from 'vitest'
import { COOL_DOWN_MS, type Load, type Scaled, scaleTo } from '../../src/engines/emr/model/scaling.ts'
import { isPeak, nextPriceMs, PRICE_STEP_MS, spotUsd } from '../../src/engines/emr/model/spot.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'

const SEED = process.env.MILLRACE_SEED ?? `${Date.now()}`
const calm: Load = { pending: 0, running: 0, containersPerUnit: 4, calmMs: COOL_DOWN_MS, coreMin: 1 }
const core = (capacity: number): Scaled => ({ id: 'core', role: 'CORE', market: 'ON_DEMAND', capacity })
const task = (capacity: number, market: Scaled['market'] = 'ON_DEMAND', id = 'task'): Scaled => ({
  id,
  role: 'TASK',
  market,
  capacity,
})
const policy = (limits: { min: number; max: number; maxCore?: number; maxOnDemand?: number }) => ({
  limits: { unit: 'Instances' as const, ...limits },
})

describe('managed scaling', () => {
  it('grows task nodes by the containers that wait, and keeps what it has in a lull', () => {
    const limits = policy({ min: 2, max: 10 })
    const busy = scaleTo([core(2), task(0)], limits, { ...calm, pending: 20, running: 8 })
    expect(Object.fromEntries(busy)).toEqual({ core: 2, task: 5 })
    const lull = scaleTo([core(2), task(5)], limits, { ...calm, running: 3, calmMs: 60_000 })
    expect(Object.fromEntries(lull)).toEqual({ core: 2, task: 5 })
    const idle = scaleTo([core(2), task(5)], limits, calm)
    expect(Object.fromEntries(idle)).toEqual({ core: 2, task: 0 })
  })

  it('takes Spot once the on-demand limit is reached', () => {
    const groups = [core(1), task(0), task(0, 'SPOT', 'spot')]
    const wanted = scaleTo(groups, policy({ min: 1, max: 8, maxOnDemand: 3 }), { ...calm, pending: 100 })
    expect(Object.fromEntries(wanted)).toEqual({ core: 1, task: 2, spot: 5 })
  })

  it(`stays within every limit, whatever the load (seed ${SEED})`, () => {
    const random = seededRandom(SEED)
    for (let round = 0; round < 2000; round++) {
      const max = 1 + random.int(40)
      const limits = { min: 1 + random.int(max), max, maxCore: 1 + random.int(max), maxOnDemand: 1 + random.int(max) }
      const groups = [core(1 + random.int(20)), task(random.int(20)), task(random.int(20), 'SPOT', 'spot')]
      const wanted = scaleTo(groups, policy(limits), {
        pending: random.int(200),
        running: random.int(200),
        containersPerUnit: 1 + random.int(16),
        calmMs: random.int(2 * COOL_DOWN_MS),
        coreMin: 1,
      })
      const [a = 0, b = 0, c = 0] = ['core', 'task', 'spot'].map((id) => wanted.get(id))
      expect(a + b + c).toBeLessThanOrEqual(limits.max)
      expect(a + b + c).toBeGreaterThanOrEqual(limits.min)
      expect(a).toBeLessThanOrEqual(limits.maxCore)
      expect(a).toBeGreaterThanOrEqual(1)
      expect(a + b).toBeLessThanOrEqual(limits.maxOnDemand)
    }
  })
})

describe('Spot prices', () => {
  it('are the same whenever they are asked for, hold for five minutes, and are above on-demand only in a peak', () => {
    const start = Date.UTC(2026, 0, 1)
    let peaks = 0
    for (let at = start; at < start + 14 * 24 * 3600_000; at = nextPriceMs(at)) {
      const usd = spotUsd('m5.xlarge', 'us-east-1a', at, 0.2)
      expect(spotUsd('m5.xlarge', 'us-east-1a', at + PRICE_STEP_MS - 1, 0.2)).toBe(usd)
      expect(usd).toBeGreaterThan(0.04)
      expect(usd > 0.2).toBe(isPeak('m5.xlarge', 'us-east-1a', at))
      if (usd > 0.2) peaks++
    }
    expect(peaks).toBeGreaterThan(0)
    expect(spotUsd('m5.xlarge', 'us-east-1a', start, 0.2)).not.toBe(spotUsd('m5.xlarge', 'us-east-1b', start, 0.2))
  })
})
