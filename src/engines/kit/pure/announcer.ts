interface Watcher<T> {
  readonly pending: Map<string, T>
  wake: (() => void) | undefined
}

/**
 * Tells watchers of changes. A watcher that is slow gets, for each key, the latest item only, so that its backlog never grows beyond
 * the number of keys.
 */
export class Announcer<T> {
  private readonly watchers = new Set<Watcher<T>>()
  private readonly keyOf: (item: T) => string
  private closed = false

  constructor(keyOf: (item: T) => string) {
    this.keyOf = keyOf
  }

  announce(item: T): void {
    const key = this.keyOf(item)
    for (const watcher of this.watchers) {
      watcher.pending.delete(key)
      watcher.pending.set(key, item)
      watcher.wake?.()
    }
  }

  /** Items from now on, until the signal or `close`. It listens as soon as it is called, before the first item is asked for. */
  watch(signal: AbortSignal, key?: string): AsyncGenerator<T> {
    const watcher: Watcher<T> = { pending: new Map(), wake: undefined }
    this.watchers.add(watcher)
    return this.items(watcher, signal, key)
  }

  private async *items(watcher: Watcher<T>, signal: AbortSignal, key: string | undefined): AsyncGenerator<T> {
    const wake = () => watcher.wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const items = [...watcher.pending]
        watcher.pending.clear()
        for (const [of, item] of items) if (key === undefined || of === key) yield item
        if (watcher.pending.size > 0 || signal.aborted) continue
        if (this.closed) return
        await new Promise<void>((resolve) => {
          watcher.wake = resolve
        })
      }
    } finally {
      this.watchers.delete(watcher)
      signal.removeEventListener('abort', wake)
    }
  }

  /** Ends all watchers once they have what is pending. */
  close(): void {
    this.closed = true
    for (const watcher of this.watchers) watcher.wake?.()
  }
}
