import { useState } from 'react'
import type { JobStatus, PartitionSkew } from '../../../engines/mapreduce/contract.ts'
import { formatBytes, formatNumber, formatPercent, useCall } from '../../lib/index.ts'
import { Badge, type DataColumn, DataTable, EmptyState, ErrorView, Loading, Pane, SplitPane } from '../../ui/index.ts'
import styles from './mapreduce.module.css'

type Key = PartitionSkew['keys'][number] & { partition: number; share: number }

const COLUMNS: readonly DataColumn<Key>[] = [
  { id: 'key', title: 'Key', mono: true, width: 150, value: ({ key }) => key },
  { id: 'records', title: 'Records', kind: 'number', width: 90, value: ({ records }) => records },
  {
    id: 'share',
    title: 'Of its partition',
    kind: 'number',
    width: 110,
    value: ({ share }) => share,
    render: (value) => formatPercent(Number(value)),
  },
  { id: 'partition', title: 'Partition', kind: 'number', width: 80, value: ({ partition }) => partition },
]

/** From here on the heaviest reducer is what everyone waits for. */
const SKEWED = 2

/** How evenly the keys fall on the reducers, and which keys are to blame. */
export function SkewPane({ job }: { job: JobStatus }) {
  const skew = useCall((clients, signal) => clients.mapreduce.skew({ id: job.id }, { signal }), [job])
  const [width, setWidth] = useState(420)
  const [chosen, setChosen] = useState<number | null>(null)
  if (skew.error && !skew.data) return <ErrorView compact title="The partitions cannot be read" error={skew.error} />
  if (!skew.data) return <Loading />
  const { partitions, maxOverMedian } = skew.data
  if (partitions.length === 0)
    return (
      <EmptyState title="No partitions yet">
        What the maps give is parted by key, one part for each reducer. Parts of very different sizes make all wait for
        one.
      </EmptyState>
    )
  const most = Math.max(1, ...partitions.map(({ bytes }) => bytes))
  const heaviest = partitions.reduce((a, b) => (b.bytes > a.bytes ? b : a))
  const [key] = heaviest.keys
  const keys = partitions
    .filter(({ partition }) => chosen === null || partition === chosen)
    .flatMap(({ partition, records, keys: own }) =>
      own.map((each) => ({ ...each, partition, share: records === 0 ? 0 : each.records / records })),
    )
    .sort((a, b) => b.records - a.records)
  return (
    <Pane>
      <div className={styles.verdict}>
        <Badge tone={maxOverMedian >= SKEWED ? 'warn' : 'good'}>
          largest over median {formatNumber(maxOverMedian, 2)} ×
        </Badge>
        {maxOverMedian >= SKEWED && key !== undefined && (
          <span>
            Partition {heaviest.partition} is heavy with <code>{key.key}</code>: {formatNumber(key.records)} of its{' '}
            {formatNumber(heaviest.records)} records.
          </span>
        )}
      </div>
      <SplitPane
        direction="row"
        label="Partitions and keys"
        size={width}
        onSize={setWidth}
        first={
          <div className={styles.bars}>
            {partitions.map(({ partition, bytes, records }) => (
              <button
                key={partition}
                type="button"
                className={styles.part}
                aria-pressed={partition === chosen}
                title={`Partition ${partition}: ${formatNumber(records)} records, ${formatBytes(bytes)}`}
                onClick={() => setChosen(partition === chosen ? null : partition)}
              >
                <span>{partition}</span>
                <span className={styles.partTrack}>
                  <i
                    style={{ width: `${(100 * bytes) / most}%` }}
                    data-heavy={bytes === most && maxOverMedian >= SKEWED}
                  />
                </span>
                <span>{formatBytes(bytes)}</span>
              </button>
            ))}
          </div>
        }
        second={
          <DataTable
            label={chosen === null ? 'Heaviest keys' : `Heaviest keys of partition ${chosen}`}
            rows={keys}
            rowKey={(each) => `${each.partition} ${each.key}`}
            columns={COLUMNS}
            empty="No key was counted."
          />
        }
      />
    </Pane>
  )
}
