import { EngineError } from '../kit/pure/errors.ts'

export interface ObjectChange {
  bucket: string
  key: string
  change: 'created' | 'deleted'
  size: number
}

/** Changes that a watcher may be behind before it is told to list anew. */
const BACKLOG_MAX = 200_000

interface Watcher {
  wants(change: ObjectChange): boolean
  backlog: ObjectChange[]
  overrun: boolean
  wake: (() => void) | undefined
}

/** Hands every change to every watcher whose bucket and prefix it has, in order. */
export class Changes {
  private readonly watchers = new Set<Watcher>()

  get watched(): boolean {
    return this.watchers.size > 0
  }

  announce(change: ObjectChange): void {
    for (const watcher of this.watchers) {
      if (!watcher.wants(change)) continue
      if (watcher.backlog.length < BACKLOG_MAX) watcher.backlog.push(change)
      else watcher.overrun = true
      watcher.wake?.()
    }
  }

  async *watch(bucket: string | undefined, prefix: string, signal: AbortSignal): AsyncGenerator<ObjectChange> {
    const watcher: Watcher = {
      wants: (change) => (bucket === undefined || change.bucket === bucket) && change.key.startsWith(prefix),
      backlog: [],
      overrun: false,
      wake: undefined,
    }
    const wake = () => watcher.wake?.()
    signal.addEventListener('abort', wake)
    this.watchers.add(watcher)
    try {
      while (!signal.aborted) {
        const items = watcher.backlog
        watcher.backlog = []
        yield* items
        if (watcher.overrun)
          throw new EngineError('SlowConsumer', 'Too many objects changed meanwhile: list the prefix anew.', {
            retry: true,
          })
        if (watcher.backlog.length === 0 && !signal.aborted)
          await new Promise<void>((resolve) => {
            watcher.wake = resolve
          })
      }
    } finally {
      this.watchers.delete(watcher)
      signal.removeEventListener('abort', wake)
    }
  }
}
