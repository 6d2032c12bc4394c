import { useEffect, useState } from 'react'
import { useClients } from '../../lib/index.ts'

const SHOWN_CHARS_MAX = 200_000
const AGAIN_MS = 500

export type LogFile = 'controller' | 'stdout' | 'stderr'

/** The end of a step's log, and what comes to it while `isLive`; null until it has been read. */
export function useLog(
  { cluster, step, file }: { cluster: string; step: string; file: LogFile },
  isLive: boolean,
): { text: string | null; error: unknown } {
  const clients = useClients()
  const [text, setText] = useState<string | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const stop = new AbortController()
    const follow = async () => {
      let [from, shown] = [0, '']
      while (!stop.signal.aborted) {
        const part = await clients.emr.readLog({ cluster, step, file, from }, { signal: stop.signal })
        shown = (shown + part.text).slice(-SHOWN_CHARS_MAX)
        setText(shown)
        from = part.next
        if (part.text !== '') continue
        if (!isLive) return
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
    setText(null)
    setError(null)
    follow().catch((thrown) => {
      if (!stop.signal.aborted) setError(thrown)
    })
    return () => stop.abort()
  }, [clients, cluster, step, file, isLive])
  return { text, error }
}
