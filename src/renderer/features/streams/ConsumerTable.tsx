import { useMemo } from 'react'
import type { ShardInfo, StreamMetrics } from '../../../engines/stream/contract.ts'
import { formatAgo, formatDuration, formatNumber } from '../../lib/index.ts'
import { type DataColumn, DataTable } from '../../ui/index.ts'
import { type ConsumerPosition, consumersOf } from './lanes/consumers.ts'

type Row = ConsumerPosition & { distance: number; nowMs: number }

const COLUMNS: readonly DataColumn<Row>[] = [
  { id: 'consumer', title: 'Consumer', value: (row) => row.consumer, width: 240 },
  { id: 'shard', title: 'Shard', value: (row) => row.shardId, mono: true, width: 170 },
  {
    id: 'distance',
    title: 'Records to the tip',
    kind: 'number',
    width: 130,
    value: (row) => row.distance,
    format: (value) => formatNumber(Number(value)),
  },
  {
    id: 'age',
    title: 'Iterator age',
    kind: 'number',
    width: 110,
    value: (row) => row.iteratorAgeMs,
    format: (value) => formatDuration(Number(value)),
  },
  {
    id: 'offset',
    title: 'Next offset',
    kind: 'number',
    width: 110,
    value: (row) => row.offset,
    format: (value) => formatNumber(Number(value)),
  },
  {
    id: 'read',
    title: 'Last read',
    width: 120,
    value: (row) => row.lastReadMs,
    render: (value, row) => formatAgo(Number(value), row.nowMs),
  },
]

export function ConsumerTable({
  shards,
  metrics,
  nowMs,
}: {
  shards: readonly ShardInfo[]
  metrics: readonly StreamMetrics[]
  nowMs: number
}) {
  const rows = useMemo(
    () =>
      consumersOf(metrics).map((position): Row => {
        const next = shards.find(({ shardId }) => shardId === position.shardId)?.nextOffset ?? position.offset
        return { ...position, distance: Math.max(0, next - position.offset), nowMs }
      }),
    [shards, metrics, nowMs],
  )
  return (
    <DataTable
      label="Consumers"
      rows={rows}
      rowKey={(row) => `${row.consumer} ${row.shardId}`}
      columns={COLUMNS}
      empty="Nobody has read this stream in the time shown. A delivery stream, a pipeline or an AWS client that reads it appears here."
    />
  )
}
