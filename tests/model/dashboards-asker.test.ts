import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Asker, REFRESH_MS } from '../../src/renderer/features/dashboards/visual/asker.ts'

describe('asking for the data of a visual', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const setup = () => {
    const pending: { key: string; signal: AbortSignal; answer: (value: string) => void }[] = []
    const taken: string[] = []
    const asker = new Asker<string>(
      () => {},
      () => performance.now(),
    )
    const job = (key: string) => ({
      key,
      ask: (signal: AbortSignal) =>
        new Promise<string>((resolve) => {
          pending.push({ key, signal, answer: resolve })
        }),
      take: (answer: string) => void taken.push(answer),
      fail: () => {},
    })
    return { pending, taken, asker, job }
  }

  it('gives up the old question for a new one and never shows its answer', async () => {
    const { pending, taken, asker, job } = setup()
    asker.change(job('a'))
    asker.change(job('b'))
    expect(pending[0].signal.aborted).toBe(true)
    pending[0].answer('old')
    pending[1].answer('new')
    await vi.runAllTimersAsync()
    expect(taken).toEqual(['new'])
  })

  it('asks again at most once a second however often the data change', async () => {
    const { pending, asker, job } = setup()
    asker.change(job('a'))
    pending[0].answer('first')
    await vi.advanceTimersByTimeAsync(0)
    for (let i = 0; i < 50; i++) {
      asker.refresh()
      await vi.advanceTimersByTimeAsync(REFRESH_MS / 25)
      pending.at(-1)?.answer('again')
    }
    expect(pending.length).toBeLessThanOrEqual(3)
    expect(pending.length).toBeGreaterThanOrEqual(2)
  })

  it('lets a slow answer arrive and then asks for the newer data', async () => {
    const { pending, taken, asker, job } = setup()
    asker.change(job('a'))
    asker.refresh()
    asker.refresh()
    await vi.advanceTimersByTimeAsync(5 * REFRESH_MS)
    expect(pending).toHaveLength(1)
    expect(pending[0].signal.aborted).toBe(false)
    pending[0].answer('slow')
    await vi.advanceTimersByTimeAsync(REFRESH_MS)
    expect(taken).toEqual(['slow'])
    expect(pending).toHaveLength(2)
  })
})
