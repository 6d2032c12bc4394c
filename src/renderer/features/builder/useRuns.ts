import { useCallback, useEffect, useState } from 'react'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import type { RunSummary } from '../../../engines/pipeline/contract.ts'
import { useCall, useClients, useFeed } from '../../lib/index.ts'
import type { Builder } from './context.ts'
import { isActive } from './model/run-view.ts'

export interface RunControl {
  readonly runId: string | null
  /** The latest run of this pipeline, shown or not. */
  readonly last: RunSummary | null
  readonly hideRun: () => void
  readonly showRun: (runId: string) => void
  readonly start: (options: { fromNode?: string; scale: number; until: 'stopped' | 'drained' }) => Promise<void>
  readonly starting: boolean
  readonly startError: EngineError | null
  readonly dismiss: () => void
}

/** The run that this builder shows: one it started, one it found going, one picked from the history, or else the latest one. */
export function useRuns({ session, runs }: Builder): RunControl {
  const clients = useClients()
  const [runId, setRunId] = useState<string | null>(null)
  const [hidden, setHidden] = useState(false)
  const [starting, setStarting] = useState(false)
  const [startError, setStartError] = useState<EngineError | null>(null)
  const { path } = session
  // Runs start and end, and the timeline is recorded, while another tab is in front.
  const all = useFeed((c, signal) => c.pipeline.watchRuns({}, { signal }), [], { hiddenPerSecond: 4 })
  const state = useFeed((c, signal) => (runId === null ? null : c.pipeline.watch({ runId }, { signal })), [runId], {
    hiddenPerSecond: 1,
  })

  useEffect(() => {
    if (!state.data || state.data.runId !== runId) return
    runs.setDocument(session.document)
    runs.take(state.data, performance.now(), Date.now())
  }, [state.data, runId, runs, session])
  const stamp = all.data?.find((run) => run.pipeline === path)
  const latest = useCall(
    (c, signal) => c.pipeline.listRuns({ pipeline: path, limit: 1 }, { signal }),
    [path, stamp && `${stamp.runId} ${stamp.state}`],
  )
  const last = latest.data?.[0] ?? null
  useEffect(() => {
    if (last && !hidden) setRunId((shown) => shown ?? last.runId)
  }, [last, hidden])
  // A run that was started elsewhere (another window, the command line) is shown as soon as nothing else is going here.
  useEffect(() => {
    const going = all.data?.find((run) => run.pipeline === path && isActive(run))
    if (going && !isActive(runs.store.getState().run)) setRunId(going.runId)
  }, [all.data, path, runs])

  // The feed of a run may be lost with its engine: what the list of runs says about its end is true all the same.
  const summary = all.data?.find((run) => run.runId === runId)
  const over = summary !== undefined && !isActive(summary)
  useEffect(() => {
    const shown = runs.store.getState().run
    if (!over || runId === null || (shown?.runId === runId && !isActive(shown))) return
    const stop = new AbortController()
    clients.pipeline
      .describe({ runId }, { signal: stop.signal })
      .then((run) => !stop.signal.aborted && runs.take(run, performance.now(), Date.now()))
      .catch(() => {})
    return () => stop.abort()
  }, [over, runId, clients, runs])

  const start = useCallback<RunControl['start']>(
    async ({ fromNode, scale, until }) => {
      const { document, dirty } = session
      if (!document) return
      setStarting(true)
      setStartError(null)
      try {
        const run = await clients.pipeline.start({
          path,
          scale,
          until,
          ...(dirty && { document }),
          ...(fromNode !== undefined && { fromNode }),
        })
        runs.clear()
        setHidden(false)
        setRunId(run.runId)
      } catch (thrown) {
        setStartError(EngineError.from(thrown))
      } finally {
        setStarting(false)
      }
    },
    [clients, session, runs, path],
  )
  const showRun = useCallback(
    (id: string) => {
      runs.clear()
      setHidden(false)
      setRunId(id)
    },
    [runs],
  )
  const hideRun = useCallback(() => {
    runs.clear()
    setHidden(true)
    setRunId(null)
  }, [runs])
  const dismiss = useCallback(() => setStartError(null), [])
  return { runId, last, showRun, hideRun, start, starting, startError, dismiss }
}
