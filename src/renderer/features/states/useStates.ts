import { useRef } from 'react'
import type { Execution } from '../../../engines/states/contract.ts'
import { useCall, useFeed } from '../../lib/index.ts'
import type { StateShape } from '../../ui/index.ts'

/** Rises with every change of a machine. */
export function useMachineChanges(): number {
  const turn = useRef(0)
  return useFeed((clients, signal) => clients.states.watchMachines({}, { signal }), [], {
    initial: 0,
    fold: () => ++turn.current,
    maxPerSecond: 2,
  }).data
}

export function useMachines() {
  const turn = useMachineChanges()
  return useCall((clients, signal) => clients.states.listMachines({}, { signal }), [turn])
}

/** Rises whenever an execution begins or ends. */
export function useExecutionChanges(): number {
  const turn = useRef(0)
  return useFeed((clients, signal) => clients.states.watchExecutions({}, { signal }), [], {
    initial: 0,
    fold: () => ++turn.current,
    maxPerSecond: 2,
  }).data
}

export const SHAPES: Record<Execution['status'], StateShape> = {
  RUNNING: 'running',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  TIMED_OUT: 'bad',
  ABORTED: 'stopped',
}

/** `TIMED_OUT` as people read it. */
export const wordOf = (status: string): string => status[0] + status.slice(1).toLowerCase().replaceAll('_', ' ')
