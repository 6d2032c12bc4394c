import { useMemo } from 'react'
import type { ShardInfo, StreamMetrics } from '../../../engines/stream/contract.ts'
import { formatByteRate, formatBytes, formatNumber, formatPercent, formatRate } from '../../lib/index.ts'
import { type DataColumn, DataTable, StateDot, shapeOf } from '../../ui/index.ts'
import { ratesOf, type ShardRates } from './lanes/model.ts'

type Row = ShardInfo & ShardRates

const COLUMNS: readonly DataColumn<Row>[] = [
  { id: 'shard', title: 'Shard', value: (row) => row.shardId, mono: true, width: 162 },
  {
    id: 'state',
    title: 'State',
    value: (row) => row.state,
    width: 76,
    render: (_, row) => (
      <StateDot state={row.state === 'OPEN' ? 'good' : shapeOf('stopped')} text={row.state.toLowerCase()} />
    ),
  },
  {
    id: 'load',
    title: 'Of quota',
    kind: 'number',
    width: 76,
    value: (row) => row.load,
    format: (value) => formatPercent(Number(value), 0),
  },
  {
    id: 'in',
    title: 'Records in',
    kind: 'number',
    width: 98,
    value: (row) => row.inRecords,
    format: (value) => formatRate(Number(value)),
  },
  {
    id: 'inBytes',
    title: 'Bytes in',
    kind: 'number',
    width: 98,
    value: (row) => row.inBytes,
    format: (value) => formatByteRate(Number(value)),
  },
  {
    id: 'out',
    title: 'Records out',
    kind: 'number',
    width: 98,
    value: (row) => row.outRecords,
    format: (value) => formatRate(Number(value)),
  },
  {
    id: 'throttled',
    title: 'Throttled',
    kind: 'number',
    width: 92,
    value: (row) => row.throttled,
    format: (value) => (Number(value) > 0 ? formatRate(Number(value)) : '–'),
  },
  {
    id: 'kept',
    title: 'Records kept',
    kind: 'number',
    width: 98,
    value: (row) => row.nextOffset - row.firstOffset,
    format: (value) => formatNumber(Number(value)),
  },
  {
    id: 'bytes',
    title: 'Size',
    kind: 'number',
    width: 90,
    value: (row) => row.bytes,
    format: (value) => formatBytes(Number(value)),
  },
  { id: 'parent', title: 'Parent', value: (row) => row.parentShardId ?? '', mono: true, width: 170 },
  {
    id: 'from',
    title: 'Hash keys from',
    value: (row) => row.range.startingHashKey,
    mono: true,
    width: 300,
    hidden: true,
  },
  { id: 'to', title: 'Hash keys to', value: (row) => row.range.endingHashKey, mono: true, width: 300, hidden: true },
]

export function ShardTable({
  shards,
  metrics,
  nowMs,
  selected,
  onSelect,
}: {
  shards: readonly ShardInfo[]
  metrics: readonly StreamMetrics[]
  nowMs: number
  selected: string | null
  onSelect: (shardId: string) => void
}) {
  const rows = useMemo(
    () => shards.map((shard): Row => ({ ...shard, ...ratesOf(metrics, shard.shardId, nowMs) })),
    [shards, metrics, nowMs],
  )
  return (
    <DataTable
      label="Shards"
      rows={rows}
      rowKey={(row) => row.shardId}
      columns={COLUMNS}
      selected={selected}
      onSelect={(row) => onSelect(row.shardId)}
    />
  )
}
