import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { CatalogTable, Partition } from '../../../../engines/catalog/contract.ts'
import { formatTime, notifyError, useAction, useCall } from '../../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  type DataColumn,
  DataTable,
  Dialog,
  ErrorView,
  Field,
  Input,
} from '../../../ui/index.ts'
import styles from '../catalog.module.css'

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

/** A table's partitions, which may be added and dropped. */
export function Partitions({ table, partitions }: { table: CatalogTable; partitions: readonly Partition[] }) {
  const { database, name } = table
  const [adding, setAdding] = useState(false)
  const [dropping, setDropping] = useState<Partition | null>(null)
  const indexes = useCall(
    (clients, signal) => clients.catalog.listPartitionIndexes({ database, table: name }, { signal }),
    [database, name, partitions],
  )
  const drop = useAction(
    (clients, signal, values: string[]) =>
      clients.catalog.deletePartitions({ database, table: name, values: [values] }, { signal }),
    { onError: (error) => notifyError('The partition was not dropped', error) },
  )
  const indexed = indexes.data?.map(({ name: index, keys }) => `${index} (${keys.join(', ')})`).join(' · ')
  return (
    <>
      <DataTable
        label={`Partitions of ${name}`}
        rows={partitions}
        rowKey={(row) => row.values.join('\u0000')}
        columns={PARTITIONS}
        tools={
          <>
            {table.partitionKeys.length > 0 && (
              <Button size="s" variant="ghost" icon={<Plus size={13} />} onClick={() => setAdding(true)}>
                Add partition…
              </Button>
            )}
            {indexed && <span className={styles.quiet}>Indexes: {indexed}</span>}
          </>
        }
        rowMenu={(row) => [
          { title: 'Copy location', onSelect: () => void navigator.clipboard.writeText(row.location) },
          'separator',
          { title: 'Drop partition…', danger: true, onSelect: () => setDropping(row) },
        ]}
        empty="This table has no partitions."
      />
      <AddPartition table={table} open={adding} onClose={() => setAdding(false)} />
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
    </>
  )
}

function AddPartition({ table, open, onClose }: { table: CatalogTable; open: boolean; onClose: () => void }) {
  const { database, name, partitionKeys } = table
  const [values, setValues] = useState<Record<string, string>>({})
  const [location, setLocation] = useState('')
  const folder = partitionKeys.map((key) => `${key.name}=${encodeURIComponent(values[key.name] ?? '')}/`).join('')
  const add = useAction(
    async (clients, signal) => {
      const partition = {
        values: partitionKeys.map((key) => values[key.name]),
        location: location || `${table.location}${folder}`,
      }
      const { added } = await clients.catalog.addPartitions(
        { database, table: name, partitions: [partition] },
        { signal },
      )
      return added
    },
    {
      onDone: (added) => {
        if (added === 0) return
        close()
        setValues({})
        setLocation('')
      },
    },
  )
  const close = () => {
    add.reset()
    onClose()
  }
  const ready = partitionKeys.every((key) => values[key.name])
  return (
    <Dialog
      open={open}
      onClose={close}
      title={`Add a partition to ${name}`}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" pending={add.pending} disabled={!ready} onClick={() => void add.run()}>
            Add
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) void add.run()
        }}
      >
        {add.error && <ErrorView compact title="The partition was not added" error={add.error} />}
        {partitionKeys.map((key, index) => (
          <Field key={key.name} label={key.name} help={key.type}>
            {({ invalid: _, ...ids }) => (
              <Input
                {...ids}
                mono
                autoFocus={index === 0}
                value={values[key.name] ?? ''}
                onChange={(value) => setValues((all) => ({ ...all, [key.name]: value }))}
              />
            )}
          </Field>
        ))}
        <Field label="Location">
          {({ invalid: _, ...ids }) => (
            <Input {...ids} mono value={location} placeholder={`${table.location}${folder}`} onChange={setLocation} />
          )}
        </Field>
      </form>
    </Dialog>
  )
}
