import { useEffect, useMemo, useState } from 'react'
import type { RunState, RunSummary } from '../../engines/pipeline/contract.ts'
import { useClients } from '../lib/clients.tsx'
import { follow } from '../lib/follow.ts'
import { type ProblemEntry, usePublishProblems } from '../lib/problems.ts'
import { openRun, runName } from '../lib/runs.ts'
import { useFeed } from '../lib/useFeed.ts'

const GOING = new Set<RunState['state']>(['starting', 'running', 'paused', 'draining'])

export function isGoing(state: RunState['state']): boolean {
  return GOING.has(state)
}

/** Runs of all pipelines, newest first. */
export function useRuns() {
  return useFeed((clients, signal) => clients.pipeline.watchRuns({}, { signal }), [])
}

/** Runs under way, and the rows a second that enter them at their sources. */
export function useRunRate(runs: readonly RunSummary[]): { running: number; rate: number } {
  const clients = useClients()
  const going = runs.filter((run) => isGoing(run.state)).map((run) => run.runId)
  const key = going.slice(0, 8).join(' ')
  const [rates, setRates] = useState<Readonly<Record<string, number>>>({})
  useEffect(() => {
    setRates({})
    if (key === '') return
    const stop = new AbortController()
    for (const runId of key.split(' '))
      void follow(() => clients.pipeline.watch({ runId }, { signal: stop.signal }), {
        signal: stop.signal,
        begin: () => (state) => setRates((before) => ({ ...before, [runId]: sourceRate(state) })),
        lost: () => {},
        ended: () => setRates((before) => ({ ...before, [runId]: 0 })),
      })
    return () => stop.abort()
  }, [key, clients])
  return { running: going.length, rate: Object.values(rates).reduce((sum, rate) => sum + rate, 0) }
}

/** What is amiss with the latest run of each pipeline, in the Problems panel whichever tab is open. */
export function useRunProblems(runs: readonly RunSummary[]): readonly ProblemEntry[] {
  const problems = useMemo(() => {
    const latest = new Map([...runs].reverse().map((run) => [run.pipeline, run]))
    return [...latest.values()].flatMap(({ pipeline: path, warnings }) =>
      warnings.map(({ node, message }) => ({
        severity: 'warning' as const,
        message,
        place: `${runName(path)} · the run`,
        open: () => openRun({ pipeline: path, node }),
      })),
    )
  }, [runs])
  usePublishProblems('runs', problems)
  return problems
}

/** What flows out of nodes that take nothing in. */
export function sourceRate(state: RunState): number {
  return state.nodes.reduce((sum, node) => (node.rowsIn === 0 ? sum + node.rateOut : sum), 0)
}
