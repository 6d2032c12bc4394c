import { type DependencyList, useEffect, useRef, useState } from 'react'
import type { Clients } from '../../engines/contract.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { ErrorView, Loading, Verbatim } from '../ui/index.ts'
import { useClients, useConnectionGeneration } from './clients.tsx'

const AGAIN_MS = 500
const CHARS_MAX = 200_000

/** A part of a log, and from where on the next one is asked for: bytes from the first that was written. */
interface LogPart {
  readonly text: string
  readonly next: number
}

export interface LogTail<P extends LogPart> {
  /** The last part, with all that is shown as its text. */
  readonly log: P | null
  readonly error: EngineError | undefined
}

/**
 * A log from `from` on (less than 0: bytes before its end), and what comes to it while it `isLive`; of more than
 * `charsMax` the end is kept. `deps` say which log: what is shown stays when its writer ends.
 */
export function useLogTail<P extends LogPart>(
  read: (clients: Clients, from: number, signal: AbortSignal) => Promise<P>,
  deps: DependencyList,
  {
    isLive,
    from = 0,
    once = false,
    charsMax = CHARS_MAX,
  }: {
    isLive: boolean
    from?: number
    /** One part, to look at a place. */
    once?: boolean
    charsMax?: number
  },
): LogTail<P> {
  const clients = useClients()
  const generation = useConnectionGeneration()
  const [tail, setTail] = useState<LogTail<P>>({ log: null, error: undefined })
  const latest = useRef({ read, isLive })
  latest.current = { read, isLive }
  useEffect(() => {
    const stop = new AbortController()
    const follow = async () => {
      let [text, next] = ['', from]
      for (let first = true; !stop.signal.aborted; first = false) {
        // Asked before the part is: what an end was written before is read to its end.
        const { isLive } = latest.current
        const part = await latest.current.read(clients, next, stop.signal)
        next = part.next
        if (part.text !== '' || first) {
          text = (text + part.text).slice(-charsMax)
          setTail({ log: { ...part, text }, error: undefined })
          if (once) return
        } else if (!isLive) return
        else await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
    setTail({ log: null, error: undefined })
    follow().catch((thrown) => {
      if (!stop.signal.aborted) setTail(({ log }) => ({ log, error: EngineError.from(thrown) }))
    })
    return () => stop.abort()
  }, [clients, generation, from, once, charsMax, ...deps])
  return tail
}

/** A log as it is written: followed, until its reader scrolls up. */
export function LogView({
  tail: { log, error },
  name,
  empty = 'Nothing has been written to it.',
  ...verbatim
}: {
  tail: LogTail<LogPart>
  name: string
  empty?: string
  pane?: boolean
  follows?: boolean
  onFollows?: (follows: boolean) => void
}) {
  if (error && !log) return <ErrorView compact title="The log cannot be read" error={error} />
  if (!log) return <Loading />
  return (
    <Verbatim {...verbatim} log={name}>
      {log.text === '' ? empty : log.text}
    </Verbatim>
  )
}
