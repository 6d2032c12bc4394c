import type { Clock, ClockTask } from '../kit/pure/clock.ts'

/** Real time, given by the engine so that a run itself has no timers. */
export interface RealTime {
  monotonicMs(): number
  after(ms: number, due: () => void): { cancel(): void }
}

/** How long an engine's answer may hold the clock: beyond that the answer itself may be waiting for time. */
const PATIENCE_MS = 3000

/** A task that never holds the clock: for what takes real time only, before the records flow and after. */
export function freeTask(clock: Clock): ClockTask {
  const sleepUntil = (timeMs: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = clock.at(timeMs, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      const abort = () => {
        timer.cancel()
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  return { sleepUntil, sleep: (ms, signal) => sleepUntil(clock.now() + ms, signal), idle: (wait) => wait }
}

/** Awaits an answer with the clock held, and lets go of it when the answer takes long. */
export async function patient<T>(answer: Promise<T>, task: ClockTask, real: RealTime): Promise<T> {
  let timer: { cancel(): void } | undefined
  const impatient = new Promise<'impatient'>((resolve) => {
    timer = real.after(PATIENCE_MS, () => resolve('impatient'))
  })
  try {
    const first = await Promise.race([answer.then(() => 'answered' as const), impatient])
    return first === 'answered' ? await answer : await task.idle(answer)
  } finally {
    timer?.cancel()
  }
}

/** Holds the clock until `caughtUp`, or for as long as an answer may. */
export function sleepHeld(caughtUp: Promise<unknown>, signal: AbortSignal, real: RealTime): Promise<void> {
  return sleepReal(PATIENCE_MS, caughtUp, signal, real)
}

/** Real time; ends early when `wake` settles, and with the signal's reason when that is aborted. */
export function sleepReal(
  ms: number,
  wake: Promise<unknown> | undefined,
  signal: AbortSignal,
  real: RealTime,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const end = () => {
      timer.cancel()
      signal.removeEventListener('abort', abort)
      resolve()
    }
    const abort = () => {
      timer.cancel()
      reject(signal.reason)
    }
    const timer = real.after(ms, end)
    signal.addEventListener('abort', abort, { once: true })
    wake?.then(end, end)
  })
}
