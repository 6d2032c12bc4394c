import { useEffect, useState } from 'react'
import { useClients } from '../../../lib/index.ts'

const TAIL_BYTES = 256 * 1024
const SHOWN_CHARS_MAX = 1_000_000
const AGAIN_MS = 500

export interface ShownLog {
  readonly text: string
  /** Where the text begins, and where the log ends: bytes from the first that was written. */
  readonly from: number
  readonly next: number
  readonly end: number
}

/** The end of an attempt's log, and what comes to it while `isLive`; or a part in the middle, from `at` on. */
export function useLog(
  jobId: string,
  { attempt, isLive, at }: { attempt: number; isLive: boolean; at: number | null },
): { log: ShownLog | null; error: unknown } {
  const clients = useClients()
  const [log, setLog] = useState<ShownLog | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const stop = new AbortController()
    const ask = (from: number) => clients.batch.readLog({ jobId, attempt, from }, { signal: stop.signal })
    const follow = async () => {
      let shown = await ask(at ?? -TAIL_BYTES)
      setLog(shown)
      while (!stop.signal.aborted && at === null) {
        const part = await ask(shown.next)
        if (part.text !== '') {
          const text = (shown.text + part.text).slice(-SHOWN_CHARS_MAX)
          shown = { text, from: text.length < SHOWN_CHARS_MAX ? shown.from : part.from, next: part.next, end: part.end }
          setLog(shown)
        } else if (!isLive) return
        else await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
    follow().catch((thrown) => {
      if (!stop.signal.aborted) setError(thrown)
    })
    return () => stop.abort()
  }, [clients, jobId, attempt, isLive, at])
  return { log, error }
}
