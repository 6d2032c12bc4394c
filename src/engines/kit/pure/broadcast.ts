/** Hands events to feeds. A watcher that is behind gets what it missed merged by `key`: only the newest of each, in order of first change. */
export class Broadcast<T> {
  private readonly watchers = new Set<{ pending: Map<unknown, T>; wake: (() => void) | undefined }>()
  private readonly key: (event: T) => unknown

  constructor(key: (event: T) => unknown) {
    this.key = key
  }

  announce(event: T): void {
    for (const watcher of this.watchers) {
      watcher.pending.set(this.key(event), event)
      watcher.wake?.()
    }
  }

  /** Events from now on, until the signal is aborted. `first` are given before them. */
  async *watch(signal: AbortSignal, first: Iterable<T> = []): AsyncGenerator<T> {
    const watcher = { pending: new Map<unknown, T>(), wake: undefined as (() => void) | undefined }
    for (const event of first) watcher.pending.set(this.key(event), event)
    this.watchers.add(watcher)
    const wake = () => watcher.wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const events = [...watcher.pending.values()]
        watcher.pending.clear()
        yield* events
        if (watcher.pending.size > 0 || signal.aborted) continue
        await new Promise<void>((resolve) => {
          watcher.wake = resolve
        })
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.watchers.delete(watcher)
    }
  }
}
