import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRetried } from '../../src/engines/batch/schedule/retry.ts'
import { type Candidate, Scheduler } from '../../src/engines/batch/schedule/scheduler.ts'
import { substitute } from '../../src/engines/batch/schedule/substitute.ts'

const GIB = 1024

function environment(name: string, maxVcpus: number) {
  const memoryMiB = maxVcpus * 4 * GIB
  return { name, enabled: true, maxVcpus, memoryMiB, largestJob: { vcpus: maxVcpus, memoryMiB } }
}

function candidate(order: number, more: Partial<Candidate> = {}): Candidate {
  return { id: `j${order}`, queue: 'q', share: '', priority: 0, order, vcpus: 1, memoryMiB: GIB, ...more }
}

const ids = (scheduler: Scheduler, nowMs = 0) => [...scheduler.place(nowMs)].map(({ id }) => id)

describe('the scheduler', () => {
  const jobs = fc.array(
    fc.record({
      queue: fc.constantFrom('high', 'low', 'fair'),
      share: fc.constantFrom('a', 'b', 'c'),
      priority: fc.integer({ min: 0, max: 3 }),
      vcpus: fc.constantFrom(0.25, 1, 2, 3, 5, 9),
      memoryMiB: fc.integer({ min: 1, max: 40 * GIB }),
      lasts: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 60 },
  )

  it('never gives more than there is, ends every job that fits somewhere, and none that does not', () => {
    fc.assert(
      fc.property(jobs, fc.integer({ min: 0, max: 50 }), (list, computeReservation) => {
        const scheduler = new Scheduler()
        const sizes = { one: 4, two: 8 }
        for (const [name, vcpus] of Object.entries(sizes)) scheduler.setEnvironment(environment(name, vcpus))
        const environments = ['one', 'two']
        scheduler.setQueue({ name: 'high', priority: 2, environments }, undefined)
        scheduler.setQueue({ name: 'low', priority: 1, environments: ['two'] }, undefined)
        const policy = { decayS: 60, computeReservation, shares: [{ share: 'a', weight: 0.5 }] }
        scheduler.setQueue({ name: 'fair', priority: 1, environments }, policy)
        const all = list.map((job, order) => ({ ...candidate(order), ...job }))
        for (const job of all) scheduler.add(job)
        const running = new Map<string, number>()
        const ended = new Set<string>()
        for (let now = 0; ended.size < all.length && now < 5000; now++) {
          for (const [id, end] of running) {
            if (end > now) continue
            scheduler.release(id, now * 1000)
            running.delete(id)
            ended.add(id)
          }
          for (const { id } of scheduler.place(now * 1000)) running.set(id, now + list[Number(id.slice(1))].lasts)
          for (const [name, vcpus] of Object.entries(sizes)) {
            expect(scheduler.used(name).vcpus).toBeLessThanOrEqual(vcpus)
            expect(scheduler.used(name).memoryMiB).toBeLessThanOrEqual(vcpus * 4 * GIB)
          }
          if (running.size === 0 && now > 0) break
        }
        for (const job of all) expect(ended.has(job.id), job.id).toBe(scheduler.misfit(job) === undefined)
        for (const name of environments) expect(scheduler.used(name)).toEqual({ vcpus: 0, memoryMiB: 0, jobs: 0 })
      }),
    )
  })

  it('lets nobody overtake the first job that finds no room', () => {
    const scheduler = new Scheduler()
    scheduler.setEnvironment(environment('e', 4))
    scheduler.setQueue({ name: 'q', priority: 1, environments: ['e'] }, undefined)
    scheduler.setQueue({ name: 'other', priority: 1, environments: ['e'] }, undefined)
    scheduler.add(candidate(0, { vcpus: 3 }))
    expect(ids(scheduler)).toEqual(['j0'])
    scheduler.add(candidate(1, { vcpus: 2 }))
    scheduler.add(candidate(2))
    scheduler.add(candidate(3, { queue: 'other' }))
    expect(ids(scheduler)).toEqual([])
    scheduler.release('j0', 0)
    expect(ids(scheduler)).toEqual(['j1', 'j2', 'j3'])
  })

  it('prefers queues of higher priority, whatever came first', () => {
    const scheduler = new Scheduler()
    scheduler.setEnvironment(environment('e', 1))
    scheduler.setQueue({ name: 'q', priority: 1, environments: ['e'] }, undefined)
    scheduler.setQueue({ name: 'urgent', priority: 9, environments: ['e'] }, undefined)
    scheduler.add(candidate(0))
    scheduler.add(candidate(1, { queue: 'urgent' }))
    expect(ids(scheduler)).toEqual(['j1'])
  })

  it('gives shares their part by weight, counting what they used in the window', () => {
    const scheduler = new Scheduler()
    scheduler.setEnvironment(environment('e', 1))
    const shares = [{ share: 'cheap*', weight: 0.5 }]
    scheduler.setQueue(
      { name: 'q', priority: 1, environments: ['e'] },
      { decayS: 100_000, computeReservation: 0, shares },
    )
    for (let i = 0; i < 60; i++) scheduler.add(candidate(i, { share: i % 2 === 0 ? 'cheap-one' : 'dear' }))
    const turns = { 'cheap-one': 0, dear: 0 }
    for (let now = 0; now < 30; now++) {
      const [id] = ids(scheduler, now * 1000)
      turns[Number(id.slice(1)) % 2 === 0 ? 'cheap-one' : 'dear']++
      scheduler.release(id, (now + 1) * 1000)
    }
    expect(turns).toEqual({ 'cheap-one': 20, dear: 10 })
  })

  it('keeps a part free for shares that are yet to come', () => {
    const scheduler = new Scheduler()
    scheduler.setEnvironment(environment('e', 10))
    scheduler.setQueue(
      { name: 'q', priority: 1, environments: ['e'] },
      { decayS: 0, computeReservation: 50, shares: [] },
    )
    for (let i = 0; i < 12; i++) scheduler.add(candidate(i, { share: 'first' }))
    expect(ids(scheduler)).toHaveLength(5)
    scheduler.add(candidate(20, { share: 'second' }))
    expect(ids(scheduler)).toContain('j20')
  })
})

describe('retries and parameters', () => {
  it('follow the first rule that matches all it says, and go on without one', () => {
    const attempt = {
      stoppedMs: 0,
      exitCode: 137,
      reason: 'OutOfMemoryError: x',
      statusReason: 'Essential container in task exited',
    }
    const retry = (evaluateOnExit: Parameters<typeof isRetried>[0]['evaluateOnExit']) =>
      isRetried({ attempts: 3, evaluateOnExit }, 1, attempt)
    expect(retry([])).toBe(true)
    expect(retry([{ onReason: 'outofmemory*', action: 'EXIT' }])).toBe(false)
    expect(retry([{ onExitCode: '1', onReason: '*', action: 'EXIT' }])).toBe(true)
    expect(
      retry([
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ]),
    ).toBe(false)
    expect(isRetried({ attempts: 3, evaluateOnExit: [] }, 3, attempt)).toBe(false)
  })

  it('stand in a command where they have a value', () => {
    expect(substitute(['cp', 'Ref::in', 's3://Ref::bucket/x', 'Ref::none'], { in: 'a b', bucket: 'c' })).toEqual([
      'cp',
      'a b',
      's3://c/x',
      'Ref::none',
    ])
  })
})
