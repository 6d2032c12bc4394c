import { useState } from 'react'
import type { CatalogTable, Partition } from '../../../../engines/catalog/contract.ts'
import { useAction } from '../../../lib/index.ts'
import { FormDialog } from '../../../ui/index.ts'
import { TextField } from '../TextField.tsx'

/** Adds a partition, or gives one that is there other values or another place. */
export function PartitionDialog({
  table,
  partition,
  onClose,
}: {
  table: CatalogTable
  partition: Partition | 'new'
  onClose: () => void
}) {
  const { database, name, partitionKeys } = table
  const old = partition === 'new' ? undefined : partition
  const [values, setValues] = useState(() => partitionKeys.map((_, index) => old?.values[index] ?? ''))
  const [location, setLocation] = useState(old?.location ?? '')
  const folder = partitionKeys.map((key, index) => `${key.name}=${encodeURIComponent(values[index])}/`).join('')
  const save = useAction(
    async (clients, signal) => {
      const wanted = {
        values,
        location: location || `${table.location}${folder}`,
        ...(old?.glue !== undefined && { glue: old.glue }),
      }
      const place = { database, table: name }
      if (old) await clients.catalog.updatePartition({ ...place, values: old.values, partition: wanted }, { signal })
      else await clients.catalog.addPartitions({ ...place, partitions: [wanted] }, { signal })
    },
    { onDone: onClose },
  )
  return (
    <FormDialog
      title={old ? `Edit a partition of ${name}` : `Add a partition to ${name}`}
      action={old ? 'Save' : 'Add'}
      disabled={values.some((value) => value === '')}
      pending={save.pending}
      error={save.error}
      failure={`The partition was not ${old ? 'changed' : 'added'}`}
      onClose={onClose}
      onConfirm={() => void save.run()}
    >
      {partitionKeys.map((key, index) => (
        <TextField
          key={key.name}
          label={key.name}
          help={key.type}
          mono
          value={values[index]}
          onChange={(value) => setValues((all) => all.with(index, value))}
        />
      ))}
      <TextField
        label="Location"
        mono
        value={location}
        placeholder={`${table.location}${folder}`}
        onChange={setLocation}
      />
    </FormDialog>
  )
}
