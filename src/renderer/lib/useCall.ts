import { type DependencyList, startTransition, useCallback, useEffect, useReducer, useRef, useState } from 'react'
import type { Clients } from '../../engines/contract.ts'
import { EngineError, isAbort } from '../../engines/kit/pure/errors.ts'
import { useClients, useConnectionGeneration } from './clients.tsx'

export interface CallState<T> {
  /** The last answer; kept while a newer one is on its way. */
  readonly data: T | undefined
  readonly error: EngineError | undefined
  readonly loading: boolean
  readonly reload: () => void
}

/** Asks when `deps` change, and again after a lost connection; cancels what is no longer wanted. `null` from `ask` asks nothing. */
export function useCall<T>(
  ask: (clients: Clients, signal: AbortSignal) => Promise<T> | null,
  deps: DependencyList,
): CallState<T> {
  const clients = useClients()
  const [state, setState] = useState<{ data: T | undefined; error: EngineError | undefined; loading: boolean }>({
    data: undefined,
    error: undefined,
    loading: true,
  })
  const generation = useConnectionGeneration()
  const [turn, reload] = useReducer((n: number) => n + 1, 0)
  const latest = useRef(ask)
  latest.current = ask
  useEffect(() => {
    const stop = new AbortController()
    const answer = latest.current(clients, stop.signal)
    if (!answer) {
      setState({ data: undefined, error: undefined, loading: false })
      return
    }
    setState((before) => ({ ...before, loading: true }))
    answer.then(
      (data) => {
        if (stop.signal.aborted) return
        // In slices, as all that arrives by itself.
        startTransition(() => setState({ data, error: undefined, loading: false }))
      },
      (thrown: unknown) => {
        if (stop.signal.aborted) return
        setState((before) => ({ ...before, error: EngineError.from(thrown), loading: false }))
      },
    )
    return () => stop.abort()
  }, [clients, generation, turn, ...deps])
  return { ...state, reload }
}

export interface Action<A extends readonly unknown[], T> {
  /** Resolves to undefined when it failed: `error` says why. */
  readonly run: (...args: A) => Promise<T | undefined>
  readonly pending: boolean
  readonly error: EngineError | undefined
  readonly cancel: () => void
  readonly reset: () => void
}

/** A gesture's command to an engine. A second run cancels nothing: disable the gesture with `pending` where it must not repeat. */
export function useAction<A extends readonly unknown[], T>(
  work: (clients: Clients, signal: AbortSignal, ...args: A) => Promise<T>,
  options: { onError?: (error: EngineError) => void; onDone?: (result: T) => void } = {},
): Action<A, T> {
  const clients = useClients()
  const [state, setState] = useState<{ running: number; error: EngineError | undefined }>({
    running: 0,
    error: undefined,
  })
  const stop = useRef<AbortController>(null)
  const latest = useRef({ work, options })
  latest.current = { work, options }
  const run = useCallback(
    async (...args: A): Promise<T | undefined> => {
      const controller = new AbortController()
      stop.current = controller
      setState((before) => ({ running: before.running + 1, error: undefined }))
      try {
        const result = await latest.current.work(clients, controller.signal, ...args)
        setState((before) => ({ ...before, running: before.running - 1 }))
        latest.current.options.onDone?.(result)
        return result
      } catch (thrown) {
        const error = isAbort(thrown) ? undefined : EngineError.from(thrown)
        setState((before) => ({ running: before.running - 1, error }))
        if (error) latest.current.options.onError?.(error)
        return undefined
      }
    },
    [clients],
  )
  const cancel = useCallback(() => stop.current?.abort(), [])
  const reset = useCallback(() => setState((before) => ({ ...before, error: undefined })), [])
  return { run, pending: state.running > 0, error: state.error, cancel, reset }
}
