import { type DependencyList, startTransition, useEffect, useRef, useState } from 'react'
import type { Clients } from '../../engines/contract.ts'
import type { EngineError } from '../../engines/kit/pure/errors.ts'
import { useClients } from './clients.tsx'
import { follow } from './follow.ts'
import { useVisible } from './view.tsx'

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
  /** The same while its tab is out of sight: not at all, unless what passes meanwhile is kept. */
  hiddenPerSecond?: number
}

type Subscribe<T> = (clients: Clients, signal: AbortSignal) => AsyncIterable<T> | null

/** The items of a feed folded into one state, which starts anew with `deps` and with each subscription. */
export function useFeed<T, S>(subscribe: Subscribe<T>, deps: DependencyList, options: FoldOptions<T, S>): FeedState<S>
/** The latest item of a feed. It subscribes again by itself when the connection or an engine comes back. */
export function useFeed<T>(
  subscribe: Subscribe<T>,
  deps: DependencyList,
  options?: { maxPerSecond?: number; hiddenPerSecond?: number },
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
  const visible = useVisible()
  const inSight = useRef(visible)
  const current = useRef<Painter>(null)
  useEffect(() => {
    inSight.current = visible
    if (visible) current.current?.flush()
  }, [visible])
  useEffect(() => {
    const stop = new AbortController()
    const { initial, fold, maxPerSecond = 4, hiddenPerSecond = 0 } = latest.current.options
    setState({ data: initial, error: undefined, live: true })
    const painter = new Painter({ maxPerSecond, hiddenPerSecond, inSight })
    current.current = painter
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

interface PainterOptions {
  readonly maxPerSecond: number
  readonly hiddenPerSecond: number
  readonly inSight: { readonly current: boolean }
}

/** Paints the newest state at most so often a second; what is older is never shown. */
class Painter {
  private readonly options: PainterOptions
  private next: (() => void) | null = null
  private timer: ReturnType<typeof setTimeout> | 0 = 0
  private lastMs = 0

  constructor(options: PainterOptions) {
    this.options = options
  }

  paint(show: () => void): void {
    this.next = show
    const { maxPerSecond, hiddenPerSecond, inSight } = this.options
    const rate = inSight.current ? maxPerSecond : hiddenPerSecond
    if (this.timer !== 0 || (rate === 0 && !inSight.current)) return
    const wait = rate === 0 ? 16 : this.lastMs + 1000 / rate - performance.now()
    this.timer = setTimeout(() => this.flush(), Math.max(0, wait))
  }

  /** Paints what is held back, at once: the tab came to the front, or the time for it has come. */
  flush(): void {
    clearTimeout(this.timer)
    this.timer = 0
    if (!this.next) return
    this.lastMs = performance.now()
    const show = this.next
    this.next = null
    // In slices: what arrives by itself may be much to draw, and must not hold up what a hand does.
    startTransition(show)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.next = null
    // A later item must not paint either.
    this.paint = () => {}
  }
}
