import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { Builder } from './context.ts'
import { staleness } from './model/stale.ts'

/** Keeps `ui.stale`: which results on the canvas are of an earlier version of the document. */
export function useStaleness({ session, runs, ui }: Builder): void {
  const document = useStore(session.store, (state) => state.history?.present ?? null)
  const runId = useStore(runs.store, (state) => state.run?.runId ?? null)
  useEffect(() => {
    // What a run's results depend on stands fast from its start.
    const { run } = runs.store.getState()
    ui.setState({ stale: staleness(run?.runId === runId ? run : null, document) })
  }, [document, runId, runs, ui])
}
