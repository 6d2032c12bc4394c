import { useEffect, useMemo } from 'react'
import type { DataSet } from '../../../engines/bi/contract.ts'
import { useCall, useFeed } from '../../lib/index.ts'
import type { Version } from './context.ts'

const NONE: Readonly<Record<string, Version>> = {}
const NO_SETS: readonly DataSet[] = []

/** All data sets, listed again when one of them changes, and a version of each that rises with its data. */
export function useDataSets() {
  const list = useCall((clients, signal) => clients.bi.listDataSets({}, { signal }), [])
  const changes = useFeed((clients, signal) => clients.bi.watch({}, { signal }), [], {
    initial: { turn: 0, versions: NONE },
    fold: ({ turn, versions }, { id, refreshedMs }) => ({
      turn: turn + 1,
      versions: { ...versions, [id]: { turn: turn + 1, refreshedMs } },
    }),
  })
  const { reload } = list
  const { turn, versions } = changes.data
  useEffect(() => {
    if (turn > 0) reload()
  }, [turn, reload])
  const sets = list.data ?? NO_SETS
  const byId = useMemo(() => new Map(sets.map((set) => [set.id, set])), [sets])
  return useMemo(
    () => ({ list: list.data, byId, versions, error: list.error, reload }),
    [list.data, list.error, byId, versions, reload],
  )
}
