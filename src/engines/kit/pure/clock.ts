import { z } from 'zod'

/** How the workspace's one clock runs. `speed` counts engine milliseconds per real millisecond; null is as fast as the work allows. */
export const ClockSettings = z.object({
  mode: z.enum(['real', 'virtual']),
  speed: z.number().positive().nullable(),
  paused: z.boolean(),
})
export type ClockSettings = z.infer<typeof ClockSettings>

export interface Timer {
  cancel(): void
}

/**
 * The engines' only source of time. In virtual mode time advances to the next due timer once nobody holds it, never past
 * work that is due and never backwards. Real time (timeouts of processes, HTTP, clients' iterators) is `realNow`.
 */
export interface Clock {
  /** Engine time, epoch milliseconds. */
  now(): number
  /** Wall time, epoch milliseconds, for what stays real in every mode. */
  realNow(): number
  /** Runs `due` at engine time `timeMs`; until it (or the promise it returns) is done, virtual time stands still. */
  at(timeMs: number, due: () => void | Promise<void>): Timer
  /** Work has come that is due now: virtual time stands still until the returned function is called (once). */
  hold(): () => void
  /** A loop of work: holds time while it works, lets it go while it sleeps or waits. */
  task<T>(work: (task: ClockTask) => Promise<T>): Promise<T>
}

export interface ClockTask {
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void>
  /** Waits for something outside (new records, a user) without holding time. */
  idle<T>(wait: Promise<T>): Promise<T>
}

/** The parts of a clock that follow from `now`, `at` and `hold`, for every implementation alike. */
export function clockTask<T>(
  clock: Pick<Clock, 'now' | 'at' | 'hold'>,
  work: (task: ClockTask) => Promise<T>,
): Promise<T> {
  let release = clock.hold()
  const sleepUntil = (timeMs: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        timer.cancel()
        release = clock.hold()
        reject(signal?.reason)
      }
      const timer = clock.at(timeMs, () => {
        signal?.removeEventListener('abort', abort)
        release = clock.hold()
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
      release()
    })
  const task: ClockTask = {
    sleepUntil,
    sleep: (ms, signal) => sleepUntil(clock.now() + ms, signal),
    idle: async (wait) => {
      release()
      try {
        return await wait
      } finally {
        release = clock.hold()
      }
    },
  }
  return work(task).finally(() => release())
}

/** A clock that a test moves by hand. `advance` runs every timer on the way, in order, and waits for its work. */
export class ManualClock implements Clock {
  private timers: { timeMs: number; order: number; due: () => void | Promise<void> }[] = []
  private order = 0
  private holds = 0
  private timeMs: number

  constructor(startMs = Date.UTC(2001, 0, 1)) {
    this.timeMs = startMs
  }

  now = () => this.timeMs
  realNow = () => this.timeMs

  at(timeMs: number, due: () => void | Promise<void>): Timer {
    const timer = { timeMs: Math.max(timeMs, this.timeMs), order: this.order++, due }
    this.timers.push(timer)
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer)
      },
    }
  }

  hold(): () => void {
    this.holds++
    let held = true
    return () => {
      if (held) this.holds--
      held = false
    }
  }

  task<T>(work: (task: ClockTask) => Promise<T>): Promise<T> {
    return clockTask(this, work)
  }

  async advance(ms: number): Promise<void> {
    const target = this.timeMs + ms
    for (;;) {
      await this.settle()
      const next = this.timers
        .filter((t) => t.timeMs <= target)
        .sort((a, b) => a.timeMs - b.timeMs || a.order - b.order)[0]
      if (!next) break
      this.timers = this.timers.filter((t) => t !== next)
      this.timeMs = Math.max(this.timeMs, next.timeMs)
      await next.due()
    }
    this.timeMs = target
  }

  /** Lets work that holds the time finish (it may need real I/O). */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3 || this.holds > 0; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

declare function setImmediate(callback: () => void): unknown
