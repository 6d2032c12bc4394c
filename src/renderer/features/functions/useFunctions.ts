import { useRef } from 'react'
import { useCall, useFeed } from '../../lib/index.ts'

/** Rises with every change of a function or a mapping, so that what shows one asks again. */
export function useChanges(): number {
  const turn = useRef(0)
  const changes = useFeed((clients, signal) => clients.functions.watch({}, { signal }), [], {
    initial: 0,
    fold: () => ++turn.current,
    maxPerSecond: 2,
  })
  return changes.data
}

export function useFunctions() {
  const turn = useChanges()
  return useCall((clients, signal) => clients.functions.listFunctions({}, { signal }), [turn])
}
