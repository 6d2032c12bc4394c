/** Real timers, for what stays real in every clock mode: timeouts of sockets and processes, pacing of feeds to a screen. */
export const realTime = {
  now: (): number => Date.now(),
  /** Milliseconds of a monotonic, process-wide clock. */
  monotonicMs: (): number => Number(process.hrtime.bigint() / 1000n) / 1000,
  after: (ms: number, due: () => void): { cancel(): void } => {
    const timer = setTimeout(due, ms)
    return { cancel: () => clearTimeout(timer) }
  },
  every: (ms: number, due: () => void): { cancel(): void } => {
    const timer = setInterval(due, ms)
    return { cancel: () => clearInterval(timer) }
  },
  sleep: (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms)),
}
