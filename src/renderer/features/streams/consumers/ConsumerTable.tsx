import { useMemo } from 'react'
import { formatAgo, formatDuration, formatNumber, useRemembered } from '../../../lib/index.ts'
import { type CellValue, type DataColumn, DataTable, SplitPane } from '../../../ui/index.ts'
import type { ConsumerKind, KnownGroup, Lease } from './leases.ts'

interface Group {
  readonly consumer: string
  readonly kind: ConsumerKind
  readonly shards: number
  readonly distance: number | null
  readonly ageMs: number | null
  readonly owners: string
  readonly lastReadMs: number | null
  readonly nowMs: number
}

const KINDS: Record<ConsumerKind, string> = {
  group: 'Group with checkpoints',
  'fan-out': 'Enhanced fan-out',
  KCL: 'KCL lease table',
  reader: 'Reader',
}

const age = (value: CellValue) => (value === null ? '–' : formatDuration(Number(value)))
const count = (value: CellValue) => (value === null ? '–' : formatNumber(Number(value)))

const GROUPS: readonly DataColumn<Group>[] = [
  { id: 'consumer', title: 'Consumer', value: (row) => row.consumer, width: 150 },
  {
    id: 'distance',
    title: 'Records to the tip',
    kind: 'number',
    width: 128,
    value: (row) => row.distance,
    render: count,
  },
  { id: 'age', title: 'Iterator age', kind: 'number', width: 100, value: (row) => row.ageMs, render: age },
  { id: 'kind', title: 'Kind', value: (row) => KINDS[row.kind], width: 160 },
  {
    id: 'shards',
    title: 'Shards',
    kind: 'number',
    width: 66,
    value: (row) => row.shards,
    render: count,
  },
  {
    id: 'read',
    title: 'Last read',
    width: 100,
    value: (row) => row.lastReadMs,
    render: (value, row) => (value === null ? '–' : formatAgo(Number(value), row.nowMs)),
  },
  { id: 'owners', title: 'Workers', value: (row) => row.owners, width: 140 },
]

const LEASES: readonly DataColumn<Lease>[] = [
  { id: 'shard', title: 'Shard', value: (row) => row.shardId, mono: true, width: 162 },
  {
    id: 'distance',
    title: 'To the tip',
    kind: 'number',
    width: 92,
    value: (row) => row.distance,
    render: count,
  },
  { id: 'age', title: 'Iterator age', kind: 'number', width: 100, value: (row) => row.ageMs, render: age },
  {
    id: 'checkpoint',
    title: 'Checkpoint',
    kind: 'number',
    width: 100,
    value: (row) => row.checkpoint,
    render: count,
  },
  {
    id: 'offset',
    title: 'Reads next',
    kind: 'number',
    width: 100,
    value: (row) => row.offset,
    render: count,
  },
  { id: 'owner', title: 'Leased to', value: (row) => row.owner ?? '–', width: 160 },
]

/** Consumers by name, and of the chosen one its lease and checkpoint in each shard. */
export function ConsumerTable({
  groups: known,
  leases,
  nowMs,
  shard,
  onShard,
}: {
  groups: readonly KnownGroup[]
  leases: readonly Lease[]
  nowMs: number
  shard: string | null
  onShard: (shardId: string) => void
}) {
  const [chosen, setChosen] = useRemembered<string>('streams.consumer', '')
  const [size, setSize] = useRemembered('streams.leases', 420)
  const groups = useMemo(() => groupsOf(known, leases, nowMs), [known, leases, nowMs])
  const consumer = groups.some((group) => group.consumer === chosen) ? chosen : (groups[0]?.consumer ?? null)
  const ofChosen = useMemo(() => leases.filter((lease) => lease.consumer === consumer), [leases, consumer])
  return (
    <SplitPane
      sized="second"
      label="Consumers and leases"
      size={consumer === null ? 0 : size}
      onSize={setSize}
      first={
        <DataTable
          label="Consumers"
          rows={groups}
          rowKey={(row) => row.consumer}
          columns={GROUPS}
          selected={consumer}
          onSelect={(row) => setChosen(row.consumer)}
          empty="Nobody reads this stream. A delivery stream, a pipeline, or an AWS client that reads it appears here."
        />
      }
      second={
        consumer === null ? null : (
          <DataTable
            label={`Leases of ${consumer}`}
            rows={ofChosen}
            rowKey={(row) => row.shardId}
            columns={LEASES}
            selected={shard}
            onSelect={(row) => onShard(row.shardId)}
          />
        )
      }
    />
  )
}

/** Those that are on record come first to be told, also where they have read nothing yet. */
function groupsOf(known: readonly KnownGroup[], leases: readonly Lease[], nowMs: number): Group[] {
  const byName = new Map<string, { kind: ConsumerKind; own: Lease[] }>()
  for (const { consumer, kind } of known) byName.set(consumer, { kind, own: [] })
  for (const lease of leases) {
    const group = byName.get(lease.consumer) ?? { kind: lease.kind, own: [] }
    byName.set(lease.consumer, group)
    group.own.push(lease)
  }
  return [...byName].map(([consumer, { kind, own }]) => {
    const most = (pick: (lease: Lease) => number | null) =>
      own.reduce<number | null>((max, lease) => {
        const value = pick(lease)
        return value === null ? max : Math.max(max ?? 0, value)
      }, null)
    return {
      consumer,
      kind,
      shards: own.length,
      distance: own.length === 0 ? null : own.reduce((sum, { distance }) => sum + distance, 0),
      ageMs: most(({ ageMs }) => ageMs),
      owners: [...new Set(own.flatMap(({ owner }) => owner ?? []))].join(', '),
      lastReadMs: most(({ lastReadMs }) => lastReadMs),
      nowMs,
    }
  })
}
