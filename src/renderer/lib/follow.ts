import { EngineError } from '../../engines/kit/pure/errors.ts'

/** Runs a feed to its end, again after failures that may pass, with growing pauses. */
export async function follow<T>(
  subscribe: () => AsyncIterable<T> | null,
  on: {
    signal: AbortSignal
    begin: () => (item: T) => void
    lost: (error: EngineError, final: boolean) => void
    ended: () => void
  },
): Promise<void> {
  for (let failures = 0; !on.signal.aborted; ) {
    try {
      const items = subscribe()
      if (!items) return on.ended()
      const take = on.begin()
      for await (const item of items) {
        failures = 0
        if (on.signal.aborted) return
        take(item)
      }
      return on.ended()
    } catch (thrown) {
      if (on.signal.aborted) return
      const error = EngineError.from(thrown)
      on.lost(error, !error.retry)
      if (!error.retry) return
      await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 250 * 2 ** failures++)))
    }
  }
}
