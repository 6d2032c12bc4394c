import { realTime } from './real-time.ts'

interface Watcher<T> {
  group: T[]
  wake: (() => void) | undefined
}

export interface GroupedFeedOptions {
  /** Real time between two groups. */
  readonly everyMs: number
  /** Items of one group at most: the newest. */
  readonly most: number
}

/** What happens often, handed to watchers in groups. Costs nothing while nobody watches. */
export class GroupedFeed<T> {
  private readonly options: GroupedFeedOptions
  private readonly watchers = new Set<Watcher<T>>()

  constructor(options: GroupedFeedOptions) {
    this.options = options
  }

  get watched(): boolean {
    return this.watchers.size > 0
  }

  add(item: T): void {
    const { most } = this.options
    for (const watcher of this.watchers) {
      watcher.group.push(item)
      if (watcher.group.length > 2 * most) watcher.group.splice(0, watcher.group.length - most)
      watcher.wake?.()
    }
  }

  async *watch(signal: AbortSignal): AsyncGenerator<T[]> {
    const watcher: Watcher<T> = { group: [], wake: undefined }
    const wake = () => watcher.wake?.()
    signal.addEventListener('abort', wake)
    this.watchers.add(watcher)
    try {
      while (!signal.aborted) {
        if (watcher.group.length === 0)
          await new Promise<void>((resolve) => {
            watcher.wake = resolve
          })
        watcher.wake = undefined
        if (watcher.group.length === 0) continue
        yield watcher.group.splice(0).slice(-this.options.most)
        await realTime.sleep(this.options.everyMs)
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.watchers.delete(watcher)
    }
  }
}
