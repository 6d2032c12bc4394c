import { type DependencyList, useCallback, useEffect, useRef, useState } from 'react'
import type { Clients } from '../../engines/contract.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { ErrorView, Loading, Verbatim } from '../ui/index.ts'
import { useClients, useConnectionGeneration } from './clients.tsx'

const AGAIN_MS = 500
const CHARS_MAX = 200_000
const NOTHING = { log: null, cut: false, error: undefined }

/** A part of a log, and from where on the next one is asked for: bytes from the first that was written. */
interface LogPart {
  readonly text: string
  readonly next: number
}

export interface LogTail<P extends LogPart> {
  /** The last part, with all that is shown as its text. */
  readonly log: P | null
  /** Its beginning was too long to be kept here. */
  readonly cut: boolean
  readonly error: EngineError | undefined
  /** Tells whether its reader is at the end of what is shown. */
  readonly onFollows: (follows: boolean) => void
}

/**
 * A log from `from` on (less than 0: bytes before its end), and what comes to it while it `isLive`; of more than
 * `charsMax` the end is kept. Nothing is taken from under a reader who has scrolled up: what would push it out is not read until they are back
 * at the end. `deps` say which log: what is shown stays when its writer ends.
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
  const [tail, setTail] = useState<Omit<LogTail<P>, 'onFollows'>>(NOTHING)
  const follows = useRef(true)
  const latest = useRef({ read, isLive })
  latest.current = { read, isLive }
  useEffect(() => {
    const stop = new AbortController()
    const follow = async () => {
      let [text, next, cut] = ['', from, false]
      for (let first = true; !stop.signal.aborted; first = false) {
        if (!follows.current && text.length >= charsMax) {
          await pause()
          continue
        }
        // Asked before the part is: what an end was written before is read to its end.
        const { isLive } = latest.current
        const part = await latest.current.read(clients, next, stop.signal)
        next = part.next
        if (part.text !== '' || first) {
          text += part.text
          if (follows.current && text.length > charsMax) {
            text = endOf(text, charsMax)
            cut = true
          }
          setTail({ log: { ...part, text }, cut, error: undefined })
          if (once) return
        } else if (!isLive) return
        else await pause()
      }
    }
    follows.current = true
    setTail(NOTHING)
    follow().catch((thrown) => {
      if (!stop.signal.aborted) setTail((before) => ({ ...before, error: EngineError.from(thrown) }))
    })
    return () => stop.abort()
  }, [clients, generation, from, once, charsMax, ...deps])
  return { ...tail, onFollows: useCallback((now) => (follows.current = now), []) }
}

/** The end of a text, from the beginning of a line where there is one. */
function endOf(text: string, charsMax: number): string {
  const at = text.length - charsMax
  const line = text.indexOf('\n', at)
  return text.slice(line < 0 || line === text.length - 1 ? at : line + 1)
}

const pause = () => new Promise((resolve) => setTimeout(resolve, AGAIN_MS))

/** A log as it is written: followed, until its reader scrolls up. */
export function LogView({
  tail: { log, cut, error, onFollows: tellTail },
  name,
  empty = 'Nothing has been written to it.',
  onFollows,
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
    <Verbatim
      {...verbatim}
      log={name}
      onFollows={(follows) => {
        tellTail(follows)
        onFollows?.(follows)
      }}
    >
      {cut && '… what came before is not shown\n'}
      {log.text === '' ? empty : log.text}
    </Verbatim>
  )
}
