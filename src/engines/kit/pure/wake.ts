/** Something changed: whoever waits looks again. */
export class Wake {
  private waiting: (() => void)[] = []

  /** Resolves at the next `wake`, or when the signal aborts. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.waiting.push(done)
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  wake(): void {
    const waiting = this.waiting
    this.waiting = []
    for (const resolve of waiting) resolve()
  }
}
