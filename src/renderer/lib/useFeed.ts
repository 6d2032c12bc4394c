import { type DependencyList, useEffect, useRef, useState } from 'react'
import type { Clients } from '../../engines/contract.ts'
import type { EngineError } from '../../engines/kit/pure/errors.ts'
import { useClients } from './clients.tsx'
import { follow } from './follow.ts'

export interface FeedState<S> {
  readonly data: S
  readonly error: EngineError | undefined
  /** Items are arriving or may arrive; false once the feed ended or failed for good. */
  readonly live: boolean
}

interface FoldOptions<T, S> {
  initial: S
  fold: (state: S, item: T) => S
  /** Renders at most so often; 0 is each animation frame. */
  maxPerSecond?: number
}

type Subscribe<T> = (clients: Clients, signal: AbortSignal) => AsyncIterable<T> | null

/** The items of a feed folded into one state, which starts anew with `deps` and with each subscription. */
export function useFeed<T, S>(subscribe: Subscribe<T>, deps: DependencyList, options: FoldOptions<T, S>): FeedState<S>
/** The latest item of a feed. It subscribes again by itself when the connection or an engine comes back. */
export function useFeed<T>(
  subscribe: Subscribe<T>,
  deps: DependencyList,
  options?: { maxPerSecond?: number },
): FeedState<T | undefined>
export function useFeed<T>(
  subscribe: Subscribe<T>,
  deps: DependencyList,
  options: Partial<FoldOptions<T, unknown>> = {},
): FeedState<unknown> {
  const clients = useClients()
  const latest = useRef({ subscribe, options })
  latest.current = { subscribe, options }
  const [state, setState] = useState<FeedState<unknown>>({ data: options.initial, error: undefined, live: true })
  useEffect(() => {
    const stop = new AbortController()
    const { initial, fold, maxPerSecond = 4 } = latest.current.options
    setState({ data: initial, error: undefined, live: true })
    const painter = new Painter(maxPerSecond)
    // What arrived last is painted with whatever comes after it: an end right behind an item must not hide the item.
    let data = initial
    void follow(() => latest.current.subscribe(clients, stop.signal), {
      signal: stop.signal,
      begin: () => {
        let folded = initial
        return (item) => {
          folded = fold ? (latest.current.options.fold ?? fold)(folded, item) : item
          data = folded
          painter.paint(() => setState({ data, error: undefined, live: true }))
        }
      },
      lost: (error, final) => painter.paint(() => setState({ data, error, live: !final })),
      ended: () => painter.paint(() => setState((before) => ({ data, error: before.error, live: false }))),
    })
    return () => {
      stop.abort()
      painter.stop()
    }
  }, [clients, ...deps])
  return state
}

/** Paints the newest state at most so often a second; what is older is never shown. */
class Painter {
  private readonly interval: number
  private next: (() => void) | null = null
  private timer: ReturnType<typeof setTimeout> | 0 = 0
  private lastMs = 0

  constructor(maxPerSecond: number) {
    this.interval = maxPerSecond > 0 ? 1000 / maxPerSecond : 0
  }

  paint(show: () => void): void {
    this.next = show
    if (this.timer !== 0) return
    const wait = this.lastMs + this.interval - performance.now()
    this.timer = setTimeout(() => this.flush(), Math.max(0, this.interval === 0 ? 16 : wait))
  }

  private flush(): void {
    this.timer = 0
    this.lastMs = performance.now()
    this.next?.()
    this.next = null
  }

  stop(): void {
    clearTimeout(this.timer)
    // A later item must not paint either.
    this.paint = () => {}
  }
}
