import { useMemo } from 'react'
import type { ShardInfo } from '../../../engines/stream/contract.ts'
import {
  formatAgo,
  formatByteRate,
  formatBytes,
  formatNumber,
  formatPercent,
  formatRate,
  formatTime,
} from '../../lib/index.ts'
import { type DataColumn, DataTable, StateDot, shapeOf } from '../../ui/index.ts'
import type { Lease } from './consumers/leases.ts'
import type { Rates } from './metrics/history.ts'
import type { Live } from './metrics/live.ts'
import { shareOf } from './metrics/load.ts'

interface Row extends ShardInfo, Rates {
  readonly load: number
  /** Records of a closed shard that the slowest of its consumers has still to read; null where none is known. */
  readonly left: number | null
  readonly expiresMs: number | null
  readonly nowMs: number
}

function stateOf({ state, left }: Row): string {
  if (state !== 'CLOSED') return state.toLowerCase()
  return left === null ? 'closed' : left > 0 ? `draining, ${formatNumber(left)} left` : 'drained'
}

const COLUMNS: readonly DataColumn<Row>[] = [
  { id: 'shard', title: 'Shard', value: (row) => row.shardId, mono: true, width: 162 },
  {
    id: 'state',
    title: 'State',
    value: stateOf,
    width: 132,
    render: (_, row) => (
      <StateDot
        state={row.state === 'OPEN' ? 'good' : row.left ? shapeOf('draining') : shapeOf('stopped')}
        text={stateOf(row)}
      />
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
    id: 'refused',
    title: 'Refused in',
    kind: 'number',
    width: 92,
    value: (row) => row.writeThrottled,
    format: (value) => (Number(value) > 0 ? formatRate(Number(value)) : '–'),
  },
  {
    id: 'unread',
    title: 'Refused out',
    kind: 'number',
    width: 96,
    value: (row) => row.readThrottled,
    format: (value) => (Number(value) > 0 ? formatRate(Number(value), 'reads') : '–'),
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
  {
    id: 'expires',
    title: 'Expires',
    width: 92,
    value: (row) => row.expiresMs,
    render: (value, row) =>
      value === null ? '–' : <time title={formatTime(Number(value))}>{formatAgo(Number(value), row.nowMs)}</time>,
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
  live,
  leases,
  retentionHours,
  nowMs,
  selected,
  onSelect,
}: {
  shards: readonly ShardInfo[]
  live: Live
  leases: readonly Lease[]
  retentionHours: number
  nowMs: number
  selected: string | null
  onSelect: (shardId: string) => void
}) {
  const rows = useMemo(() => {
    const left = new Map<string, number>()
    for (const { shardId, distance } of leases) left.set(shardId, Math.max(left.get(shardId) ?? 0, distance))
    return shards.map((shard): Row => {
      const rates = live.history.rates(shard.index, nowMs)
      return {
        ...shard,
        ...rates,
        load: shareOf(rates),
        left: left.get(shard.shardId) ?? null,
        expiresMs: shard.closedMs === undefined ? null : shard.closedMs + retentionHours * 3600_000,
        nowMs,
      }
    })
  }, [shards, live, leases, retentionHours, nowMs])
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
