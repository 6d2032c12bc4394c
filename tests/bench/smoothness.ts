import type { Page } from '@playwright/test'
import type { Row } from './harness.ts'

export interface Smoothness {
  /** Milliseconds of each task that took longer than 100 ms. */
  readonly longTasks: readonly number[]
  readonly framesPerSecond: number
  /** Share of the time that the page's main thread was at work. */
  readonly busy: number
}

/** Frames drawn from now on, and tasks over 100 ms that kept the page from drawing, while `open` shows a screen and then it stays. */
export async function measure(page: Page, open: () => Promise<void>, seconds: number): Promise<Smoothness> {
  const tools = await page.context().newCDPSession(page)
  await tools.send('Performance.enable', { timeDomain: 'timeTicks' })
  const spent = async () => {
    const { metrics } = await tools.send('Performance.getMetrics')
    const of = (wanted: string) => metrics.find(({ name }) => name === wanted)!.value
    return { atS: of('Timestamp'), taskS: of('TaskDuration') }
  }
  await page.evaluate(() => {
    const seen = { longTasks: [] as number[], frames: 0, began: performance.now() }
    Object.assign(window, { seen })
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) if (duration > 100) seen.longTasks.push(duration)
    })
    observer.observe({ entryTypes: ['longtask'] })
    const frame = () => {
      seen.frames++
      if ((window as unknown as { seen: unknown }).seen === seen) requestAnimationFrame(frame)
      else observer.disconnect()
    }
    requestAnimationFrame(frame)
  })
  const before = await spent()
  await open()
  await page.waitForTimeout(seconds * 1000)
  const after = await spent()
  await tools.detach()
  const drawn = await page.evaluate(() => {
    const { seen } = window as unknown as { seen?: { longTasks: number[]; frames: number; began: number } }
    if (!seen) throw new Error('the page was loaded anew while it was measured')
    Object.assign(window, { seen: undefined })
    return { longTasks: seen.longTasks, framesPerSecond: (seen.frames * 1000) / (performance.now() - seen.began) }
  })
  return { ...drawn, busy: (after.taskS - before.taskS) / (after.atS - before.atS) }
}

export function smoothnessRows(name: string, { longTasks, framesPerSecond, busy }: Smoothness): Row[] {
  return [
    { name: `${name}: frames/s`, value: framesPerSecond.toFixed(0) },
    { name: `${name}: main thread at work`, value: `${(busy * 100).toFixed(0)} %` },
    {
      name: `${name}: tasks over 100 ms`,
      value: longTasks.length === 0 ? '0' : longTasks.map((ms) => `${ms.toFixed(0)} ms`).join(' '),
      target: 'none',
      kept: longTasks.length === 0,
    },
  ]
}
