/** Wakes whoever waits for something to happen. Nothing is missed: a waiter says which version it has seen. */
export class Signal {
  private waiters = new Set<() => void>()
  private count = 0

  get version(): number {
    return this.count
  }

  notify(): void {
    this.count++
    const waiters = this.waiters
    this.waiters = new Set()
    for (const wake of waiters) wake()
  }

  /** Resolves once the version is another than `seen`, or the signal aborts. `onWake` runs at that moment, before anything else can. */
  wait(seen: number, abort: AbortSignal, onWake?: () => void): Promise<void> {
    if (this.count !== seen || abort.aborted) {
      onWake?.()
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const wake = () => {
        abort.removeEventListener('abort', wake)
        this.waiters.delete(wake)
        onWake?.()
        resolve()
      }
      this.waiters.add(wake)
      abort.addEventListener('abort', wake, { once: true })
    })
  }
}
