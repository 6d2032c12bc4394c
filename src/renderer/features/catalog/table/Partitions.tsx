import { ListTree, Plus } from 'lucide-react'
import { useState } from 'react'
import type { CatalogTable, Partition } from '../../../../engines/catalog/contract.ts'
import { formatTime, notifyError, useAction, useCall } from '../../../lib/index.ts'
import {
  Banner,
  Button,
  ConfirmDialog,
  type DataColumn,
  DataTable,
  SearchInput,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { IndexesDialog } from './IndexesDialog.tsx'
import { PartitionDialog } from './PartitionDialog.tsx'

const PARTITIONS: readonly DataColumn<Partition>[] = [
  { id: 'values', title: 'Values', mono: true, width: 220, value: (row) => row.values.join(' / ') },
  { id: 'location', title: 'Location', mono: true, width: 480, value: (row) => row.location },
  {
    id: 'created',
    title: 'Added',
    width: 170,
    value: (row) => row.createdMs,
    render: (value) => formatTime(Number(value)),
  },
]
const FOUND_MAX = 10_000

/** A table's partitions, or those that fit an expression of Glue's; they may be added, changed and dropped, and indexed. */
export function Partitions({ table, partitions }: { table: CatalogTable; partitions: readonly Partition[] }) {
  const { database, name } = table
  const [asked, setAsked] = useState<Partition | 'new' | null>(null)
  const [indexing, setIndexing] = useState(false)
  const [dropping, setDropping] = useState<Partition | null>(null)
  const [expression, setExpression] = useState('')
  const found = useCall(
    (clients, signal) =>
      expression.trim() === ''
        ? null
        : clients.catalog.findPartitions({ database, table: name, expression, max: FOUND_MAX }, { signal }),
    [database, name, expression, partitions],
  )
  const indexes = useCall(
    (clients, signal) => clients.catalog.listPartitionIndexes({ database, table: name }, { signal }),
    [database, name, partitions],
  )
  const drop = useAction(
    (clients, signal, values: string[]) =>
      clients.catalog.deletePartitions({ database, table: name, values: [values] }, { signal }),
    { onError: (error) => notifyError('The partition was not dropped', error) },
  )
  if (table.partitionKeys.length === 0)
    return <p className={styles.note}>This table has no partition keys: all its files are read by every query.</p>
  const [key] = table.partitionKeys
  return (
    <div className={styles.column}>
      <Toolbar label="Partitions">
        <div className={styles.expression}>
          <SearchInput
            mono
            label="Expression"
            placeholder={`${key.name} > '2024'`}
            value={expression}
            onChange={setExpression}
          />
        </div>
        <ToolbarSpace />
        <Button size="s" icon={<Plus size={13} />} onClick={() => setAsked('new')}>
          Add partition…
        </Button>
        <Button size="s" icon={<ListTree size={13} />} onClick={() => setIndexing(true)}>
          Indexes ({indexes.data?.length ?? 0})…
        </Button>
      </Toolbar>
      {found.error && <Banner tone="bad">{found.error.message}</Banner>}
      <div className={styles.fill}>
        <DataTable
          label={`Partitions of ${name}`}
          rows={found.data?.partitions ?? partitions}
          rowKey={(row) => row.values.join('\u0000')}
          columns={PARTITIONS}
          rowMenu={(row) => [
            { title: 'Edit…', onSelect: () => setAsked(row) },
            { title: 'Copy location', onSelect: () => void navigator.clipboard.writeText(row.location) },
            'separator',
            { title: 'Drop partition…', danger: true, onSelect: () => setDropping(row) },
          ]}
          empty={expression === '' ? 'This table has no partitions.' : 'No partition fits the expression.'}
        />
      </div>
      {asked && <PartitionDialog table={table} partition={asked} onClose={() => setAsked(null)} />}
      {indexing && <IndexesDialog table={table} indexes={indexes.data ?? []} onClose={() => setIndexing(false)} />}
      <ConfirmDialog
        open={dropping !== null}
        onClose={() => setDropping(null)}
        onConfirm={() => {
          if (dropping) void drop.run(dropping.values)
          setDropping(null)
        }}
        title={`Drop the partition ${dropping?.values.join(' / ')}?`}
        message="Queries no longer see its rows; the files in the lake stay where they are."
        action="Drop partition"
      />
    </div>
  )
}
