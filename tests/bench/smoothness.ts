import type { Page } from '@playwright/test'
import type { Row } from './harness.ts'

const LONG_MS = 100

interface Task {
  readonly ms: number
  /** Of its milliseconds, those that it had a core: the rest it waited for one. */
  readonly cpuMs: number
}

export interface Smoothness {
  /** Tasks of more than 100 ms, that kept the page from drawing. */
  readonly longTasks: readonly Task[]
  readonly longestMs: number
  readonly framesPerSecond: number
  /** Share of the time that the page's main thread was on a core. */
  readonly busy: number
}

/** An event of Chromium's tracing; times in µs. */
interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** All tasks of the page's main thread, from a trace. */
function tasksOf(trace: Buffer): Task[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const thread = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`
  const main = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(thread),
  )
  return traceEvents
    .filter((event) => event.name === 'RunTask' && main.has(thread(event)))
    .map(({ dur = 0, tdur = 0 }) => ({ ms: dur / 1000, cpuMs: tdur / 1000 }))
}

/** Frames drawn from now on, and the tasks of the main thread, while `open` shows a screen and then it stays for `seconds`. */
export async function measure(page: Page, open: () => Promise<void>, seconds: number): Promise<Smoothness> {
  await page.evaluate(() => {
    const seen = { frames: 0, began: performance.now() }
    Object.assign(window, { seen })
    const frame = () => {
      seen.frames++
      if ((window as unknown as { seen: unknown }).seen === seen) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
  const browser = page.context().browser()!
  const startedMs = performance.now()
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
  await open()
  await page.waitForTimeout(seconds * 1000)
  const passedMs = performance.now() - startedMs
  const tasks = tasksOf(await browser.stopTracing())
  const framesPerSecond = await page.evaluate(() => {
    const { seen } = window as unknown as { seen?: { frames: number; began: number } }
    if (!seen) throw new Error('the page was loaded anew while it was measured')
    Object.assign(window, { seen: undefined })
    return (seen.frames * 1000) / (performance.now() - seen.began)
  })
  return {
    longTasks: tasks.filter(({ ms }) => ms > LONG_MS),
    longestMs: Math.max(0, ...tasks.map(({ ms }) => ms)),
    framesPerSecond,
    busy: tasks.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / passedMs,
  }
}

export function smoothnessRows(name: string, { longTasks, longestMs, framesPerSecond, busy }: Smoothness): Row[] {
  return [
    { name: `${name}: frames/s`, value: framesPerSecond.toFixed(0) },
    { name: `${name}: main thread on a core`, value: `${(busy * 100).toFixed(0)} %` },
    { name: `${name}: longest task, ms`, value: longestMs.toFixed(0) },
    {
      name: `${name}: tasks over ${LONG_MS} ms (ms on a core)`,
      value: longTasks.map(({ ms, cpuMs }) => `${ms.toFixed(0)} (${cpuMs.toFixed(0)})`).join(' ') || '0',
      target: 'none',
      kept: longTasks.length === 0,
    },
  ]
}
