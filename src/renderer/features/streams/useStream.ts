import { useMemo, useRef } from 'react'
import { useCall, useFeed } from '../../lib/index.ts'
import { kclGroups, knownGroups, type Lease, leasesOf } from './consumers/leases.ts'
import { HISTORY_SECONDS } from './metrics/history.ts'
import { type Live, NOTHING_YET, withChange, withTips } from './metrics/live.ts'
import { useAgain } from './useAgain.ts'

/** Retention moves the oldest record of a shard without an event; what comes in is told by the feed. */
const SHARDS_EVERY_MS = 10_000
const GROUPS_EVERY_MS = 2000
const TABLES_EVERY_MS = 5000

/** A stream with its shards, what they do, and who reads them. */
export function useStream(stream: string, nowMs: number) {
  const turn = useRef(0)
  const changes = useFeed((clients, signal) => clients.stream.watchStreams({}, { signal }), [stream], {
    initial: 0,
    fold: () => ++turn.current,
  })
  const info = useCall(
    (clients, signal) => clients.stream.describeStream({ stream }, { signal }),
    [stream, changes.data],
  )
  useAgain(info, SHARDS_EVERY_MS)
  const metrics = useFeed(
    (clients, signal) => clients.stream.watchMetrics({ stream, historySeconds: HISTORY_SECONDS }, { signal }),
    [stream],
    { initial: null as Live | null, fold: withChange, maxPerSecond: 2 },
  )
  const live = metrics.data ?? NOTHING_YET
  const shards = useMemo(() => withTips(info.data?.shards ?? [], live.tips), [info.data, live])
  const groups = useCall((clients, signal) => knownGroups(clients, stream, signal), [stream, changes.data])
  useAgain(groups, GROUPS_EVERY_MS)
  const kcl = useCall(
    (clients, signal) => (info.data ? kclGroups(clients, info.data.shards, signal) : null),
    [stream, info.data],
  )
  useAgain(kcl, TABLES_EVERY_MS)
  const known = useMemo(() => [...(groups.data ?? []), ...(kcl.data ?? [])], [groups.data, kcl.data])
  const leases: readonly Lease[] = useMemo(
    () => leasesOf(known, live.consumers.values(), shards, nowMs),
    [known, live, shards, nowMs],
  )
  // Of a stream that was deleted nothing is shown as if it were still there.
  const gone = info.error?.code === 'ResourceNotFoundException'
  return { info: gone ? { ...info, data: undefined } : info, metrics, live, shards, groups: known, leases }
}
