import { useMemo } from 'react'
import type { StreamMetrics } from '../../../engines/stream/contract.ts'
import { formatNumber, formatPercent } from '../../lib/index.ts'
import { type DataColumn, DataTable } from '../../ui/index.ts'

type Row = StreamMetrics['hotKeys'][number]

const COLUMNS: readonly DataColumn<Row>[] = [
  { id: 'key', title: 'Partition key', value: (row) => row.key, mono: true, width: 260 },
  { id: 'shard', title: 'Shard', value: (row) => row.shardId, mono: true, width: 170 },
  {
    id: 'records',
    title: 'Records',
    kind: 'number',
    width: 110,
    value: (row) => row.records,
    format: (value) => formatNumber(Number(value)),
  },
  {
    id: 'share',
    title: 'Of its shard',
    kind: 'number',
    width: 110,
    value: (row) => row.share,
    format: (value) => formatPercent(Number(value)),
  },
]

/** The keys that take most records, by a sketch of bounded size: counts may be a little high, never low. */
export function HotKeys({ metrics }: { metrics: readonly StreamMetrics[] }) {
  const rows = useMemo(
    () =>
      [...(metrics.findLast(({ hotKeys }) => hotKeys.length > 0)?.hotKeys ?? [])].sort((a, b) => b.records - a.records),
    [metrics],
  )
  return (
    <DataTable
      label="Hot keys"
      rows={rows}
      rowKey={(row) => `${row.shardId} ${row.key}`}
      columns={COLUMNS}
      empty="No records have come in the time shown."
    />
  )
}
