import type { HotKey } from '../../../engines/stream/contract.ts'
import { formatNumber, formatPercent, useCall } from '../../lib/index.ts'
import { Badge, type DataColumn, DataTable } from '../../ui/index.ts'
import { shortShard } from './metrics/live.ts'
import { useAgain } from './useAgain.ts'

const EVERY_MS = 1000

const COLUMNS: readonly DataColumn<HotKey>[] = [
  { id: 'key', title: 'Partition key', value: (row) => row.key, mono: true, width: 240 },
  { id: 'shard', title: 'Shard', value: (row) => row.shardId, mono: true, width: 162 },
  {
    id: 'records',
    title: 'Records',
    kind: 'number',
    width: 90,
    value: (row) => row.records,
    format: (value) => formatNumber(Number(value)),
  },
  {
    id: 'error',
    title: 'Too high by',
    detail: 'at most: the sketch counts a little high, never low',
    kind: 'number',
    width: 92,
    value: (row) => row.error,
    format: (value) => (value === 0 ? '–' : formatNumber(Number(value))),
  },
  {
    id: 'share',
    title: 'Of its shard',
    kind: 'number',
    width: 96,
    value: (row) => row.share,
    format: (value) => formatPercent(Number(value)),
  },
  { id: 'hash', title: 'Hash key', value: (row) => row.hashKey, mono: true, width: 320 },
]

/** The keys that take most records of the stream lately, or all that is known of the chosen shard's, by a sketch of bounded size. */
export function HotKeys({
  stream,
  shard,
  hottest,
}: {
  stream: string
  shard: string | null
  hottest: readonly HotKey[]
}) {
  const ofShard = useCall(
    (clients, signal) => (shard === null ? null : clients.stream.shardKeys({ stream, shardId: shard }, { signal })),
    [stream, shard],
  )
  useAgain(ofShard, EVERY_MS)
  const rows = (shard === null ? hottest : ofShard.data?.keys) ?? []
  return (
    <DataTable
      label="Hot keys"
      rows={rows}
      rowKey={(row) => `${row.shardId} ${row.key}`}
      columns={COLUMNS}
      tools={<Badge>{shard === null ? 'all shards' : shortShard(shard)}</Badge>}
      empty="No records have come in the last seconds."
    />
  )
}
