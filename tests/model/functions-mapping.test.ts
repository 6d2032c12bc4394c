import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InvokeResult } from '../../src/engines/functions/contract.ts'
import { handle, type Surroundings } from '../../src/engines/functions/mapping/handle.ts'
import type { StreamRecord } from '../../src/engines/functions/mapping/records.ts'

const recordOf = (offset: number): StreamRecord => ({
  offset,
  key: 'k',
  sequenceNumber: String(1000 + offset),
  data: '',
  arrivalMs: offset,
})

const SETTINGS = { bisect: false, retryAttempts: 0, recordAgeS: -1, reportItemFailures: false }

/** A mapping's surroundings in memory: a function that fails on bad records, a destination, a checkpoint. */
class World {
  readonly handled: number[] = []
  readonly givenUp: number[] = []
  readonly done: number[] = []
  readonly conditions = new Set<string>()
  readonly batches: number[][] = []
  pauses = 0
  private readonly bad: ReadonlySet<number>
  private readonly reports: boolean
  /** Records before it are too old. */
  oldBefore = 0

  constructor(bad: Iterable<number>, reports = false) {
    this.bad = new Set(bad)
    this.reports = reports
  }

  around(settings: Partial<Surroundings['settings']>): Surroundings {
    return {
      settings: { ...SETTINGS, ...settings },
      invoke: async (records) => this.invoke(records),
      tooOld: (records) => records.filter(({ arrivalMs }) => arrivalMs < this.oldBefore).length,
      giveUp: async ({ records, condition }) => {
        this.givenUp.push(...records.map(({ offset }) => offset))
        this.conditions.add(condition)
      },
      failed: () => {},
      pause: async () => {
        this.pauses++
      },
      done: async (records) => {
        this.done.push(...records.map(({ offset }) => offset))
      },
    }
  }

  /** Handles the records up to the first bad one, as a loop over them would. */
  private invoke(records: readonly StreamRecord[]): InvokeResult {
    this.batches.push(records.map(({ offset }) => offset))
    const first = records.findIndex(({ offset }) => this.bad.has(offset))
    const good = first < 0 ? records : records.slice(0, first)
    this.handled.push(...good.map(({ offset }) => offset))
    const failures = first < 0 ? [] : [{ itemIdentifier: records[first].sequenceNumber }]
    return {
      requestId: 'r',
      version: '$LATEST',
      payload: Buffer.from(JSON.stringify({ batchItemFailures: failures })),
      failed: first >= 0 && !this.reports,
      log: '',
      durationMs: 0,
    }
  }
}

const scenario = fc.record({
  count: fc.integer({ min: 1, max: 40 }),
  bad: fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 8 }),
  retryAttempts: fc.integer({ min: 0, max: 3 }),
  reports: fc.boolean(),
})

describe('a batch with bad records', () => {
  it('split in halves: every good record is handled, every bad one and no other is given up', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ count, bad, retryAttempts, reports }) => {
        const world = new World(bad, reports)
        const records = Array.from({ length: count }, (_, offset) => recordOf(offset))
        await handle(records, world.around({ bisect: true, retryAttempts, reportItemFailures: reports }))
        const wrong = new Set(bad.filter((offset) => offset < count))
        expect(world.givenUp).toEqual([...wrong].sort((a, b) => a - b))
        const good = records.map(({ offset }) => offset).filter((offset) => !wrong.has(offset))
        expect([...new Set(world.handled)].sort((a, b) => a - b)).toEqual(good)
        // Everything is done with once, in order: a later record never goes before an earlier one of its lane.
        expect(world.done).toEqual(records.map(({ offset }) => offset))
        if (wrong.size > 0) expect([...world.conditions]).toEqual(['RetryAttemptsExhausted'])
        // A bad record alone is tried as often as retries allow, whatever the halving cost before.
        for (const offset of wrong)
          expect(world.batches.filter((batch) => batch.length === 1 && batch[0] === offset)).toHaveLength(
            retryAttempts + 1,
          )
      }),
    )
  })

  it('whole: it is tried again whole, and given up whole', async () => {
    const world = new World([1])
    await handle([0, 1, 2].map(recordOf), world.around({ retryAttempts: 2 }))
    expect(world.batches).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ])
    expect(world.pauses).toBe(2)
    expect(world.givenUp).toEqual([0, 1, 2])
  })

  it('with its failures named: what comes before them is not tried again', async () => {
    const world = new World([2], true)
    await handle([0, 1, 2, 3].map(recordOf), world.around({ retryAttempts: 1, reportItemFailures: true }))
    expect(world.batches).toEqual([
      [0, 1, 2, 3],
      [2, 3],
    ])
    expect(world.givenUp).toEqual([2, 3])
  })

  it('that grows too old while it is tried is given up without another attempt', async () => {
    const world = new World([0, 1, 2])
    const around = world.around({ retryAttempts: -1 })
    await handle([0, 1, 2].map(recordOf), {
      ...around,
      pause: async () => {
        world.oldBefore = world.batches.length
      },
    })
    expect([...world.conditions]).toEqual(['RecordAgeExceeded'])
    expect(world.batches).toEqual([[0, 1, 2], [1, 2], [2]])
    expect(world.givenUp).toEqual([0, 1, 2])
  })
})
