import { realTime } from '../kit/node/real-time.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { AwsRequest } from './contract.ts'

/** Ids of requests: a random beginning of this run, and a count. They are asked for with every request, so they must cost nothing. */
export function requestIds(random: Random): () => string {
  const beginning = uuid(random).slice(0, 24)
  let count = 0
  return () => beginning + (++count).toString(16).padStart(12, '0')
}

const GROUP_MS = 250
/** Requests shown of one group at most: the newest. */
const GROUP_MAX = 2000

/** Requests answered, handed to watchers in groups. Costs nothing while nobody watches. */
export class RequestLog {
  private readonly watchers = new Set<{ group: AwsRequest[]; wake: (() => void) | undefined }>()

  get watched(): boolean {
    return this.watchers.size > 0
  }

  add(request: AwsRequest): void {
    for (const watcher of this.watchers) {
      watcher.group.push(request)
      if (watcher.group.length > 2 * GROUP_MAX) watcher.group.splice(0, watcher.group.length - GROUP_MAX)
      watcher.wake?.()
    }
  }

  async *watch(signal: AbortSignal): AsyncGenerator<AwsRequest[]> {
    const watcher: { group: AwsRequest[]; wake: (() => void) | undefined } = { group: [], wake: undefined }
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
        yield watcher.group.splice(0).slice(-GROUP_MAX)
        await realTime.sleep(GROUP_MS)
      }
    } finally {
      this.watchers.delete(watcher)
      signal.removeEventListener('abort', wake)
    }
  }
}
