import { afterEach, describe, expect, it } from 'vitest'
import { createClockMemory, SharedClock } from '../../src/engines/kit/node/shared-clock.ts'

const START = Date.UTC(2026, 0, 1)
const clocks: SharedClock[] = []

function threads(count: number, speed: number | null): SharedClock[] {
  const memory = createClockMemory(START)
  const made = Array.from({ length: count }, (_, slot) => new SharedClock(memory, slot))
  made[0].configure({ mode: 'virtual', speed, paused: false })
  clocks.push(...made)
  return made
}

afterEach(() => {
  for (const clock of clocks.splice(0)) clock.dispose()
})

describe('the shared clock', () => {
  it('jumps from due timer to due timer across threads, in order, when it runs as fast as possible', async () => {
    const [a, b] = threads(2, null)
    const seen: [string, number][] = []
    const release = a.hold()
    const finished = new Promise<void>((done) => {
      a.at(START + 60_000, () => void seen.push(['a', a.now() - START]))
      b.at(START + 30_000, () => void seen.push(['b', b.now() - START]))
      a.at(START + 90_000, () => void seen.push(['a', a.now() - START]))
      b.at(START + 3_600_000, () => {
        seen.push(['b', b.now() - START])
        done()
      })
    })
    release()
    await finished
    expect(seen).toEqual([
      ['b', 30_000],
      ['a', 60_000],
      ['a', 90_000],
      ['b', 3_600_000],
    ])
  })

  it('stands still while any thread has work in hand', async () => {
    const [a, b] = threads(2, null)
    const release = a.hold()
    let fired = false
    b.at(START + 1_000, () => {
      fired = true
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([fired, b.now()]).toEqual([false, START])
    release()
    await expect.poll(() => fired).toBe(true)
  })

  it('lets a task hold time while it works and go while it sleeps', async () => {
    const [a, b] = threads(2, null)
    const stamps: number[] = []
    const work = (clock: SharedClock, everyMs: number) =>
      clock.task(async (task) => {
        for (let i = 0; i < 5; i++) {
          await task.sleep(everyMs)
          const before = clock.now()
          await new Promise((resolve) => setTimeout(resolve, 2))
          expect(clock.now()).toBe(before)
          stamps.push(before - START)
        }
      })
    await Promise.all([work(a, 1000), work(b, 700)])
    expect(stamps).toEqual([...stamps].sort((x, y) => x - y))
    expect(stamps).toContain(5000)
  })

  it('pauses, steps to the next due work, and never runs backwards when it becomes real', async () => {
    const [a] = threads(1, null)
    a.configure({ paused: true })
    const seen: number[] = []
    a.at(START + 5_000, () => void seen.push(a.now()))
    a.at(START + 9_000, () => void seen.push(a.now()))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(seen).toEqual([])
    a.step()
    await expect.poll(() => seen).toEqual([START + 5_000])
    const before = a.now()
    a.configure({ mode: 'real' })
    expect(a.now()).toBeGreaterThanOrEqual(before)
  })

  it('does not pass the ceiling that is on disk', async () => {
    const [a] = threads(1, null)
    a.setCeiling(START + 2_000)
    let fired = false
    a.at(START + 3_000, () => {
      fired = true
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([fired, a.now()]).toEqual([false, START + 2_000])
    a.setCeiling(START + 10_000)
    await expect.poll(() => fired).toBe(true)
  })
})
