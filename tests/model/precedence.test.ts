import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { giveWay, type Rank, takePrecedence } from '../../src/renderer/lib/precedence.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Whether what gives way has gone on by now. */
async function watched(rank: Rank): Promise<() => Promise<boolean>> {
  let over = false
  void giveWay(rank).then(() => {
    over = true
  })
  return async () => {
    await vi.advanceTimersByTimeAsync(0)
    return over
  }
}

it('lets go first what is of a higher rank, and all of it', async () => {
  const [one, other] = [takePrecedence('editor'), takePrecedence('editor')]
  const [features, figures] = [await watched('features'), await watched('figures')]
  one()
  // Twice is once: it is given up by its end and by the end of what it belongs to.
  one()
  expect(await features()).toBe(false)
  const loading = takePrecedence('features')
  other()
  expect([await features(), await figures()]).toEqual([true, false])
  loading()
  expect(await figures()).toBe(true)
})

it('waits for nothing of its own rank or a lower one', async () => {
  const [editor, features] = [takePrecedence('editor'), takePrecedence('features')]
  expect(await (await watched('editor'))()).toBe(true)
  editor()
  expect(await (await watched('features'))()).toBe(true)
  features()
})

it('goes on after a while where what goes first is held up', async () => {
  const held = takePrecedence('editor')
  const features = await watched('features')
  await vi.advanceTimersByTimeAsync(2000)
  expect(await features()).toBe(false)
  await vi.advanceTimersByTimeAsync(2000)
  expect(await features()).toBe(true)
  held()
})
