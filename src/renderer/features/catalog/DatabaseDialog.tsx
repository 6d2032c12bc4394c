import { useState } from 'react'
import type { CatalogDatabase } from '../../../engines/catalog/contract.ts'
import { useAction } from '../../lib/index.ts'
import { FormDialog } from '../../ui/index.ts'
import { TextField } from './TextField.tsx'

/** Changes what a database says of itself. */
export function DatabaseDialog({ database, onClose }: { database: CatalogDatabase; onClose: () => void }) {
  const [description, setDescription] = useState(database.description ?? '')
  const [location, setLocation] = useState(database.location ?? '')
  const save = useAction(
    (clients, signal) =>
      clients.catalog.updateDatabase(
        {
          database: database.name,
          ...(description !== '' && { description }),
          ...(location !== '' && { location }),
          ...(database.glue !== undefined && { glue: database.glue }),
        },
        { signal },
      ),
    { onDone: onClose },
  )
  return (
    <FormDialog
      title={`Edit database ${database.name}`}
      action="Save"
      pending={save.pending}
      error={save.error}
      failure="The database was not changed"
      onClose={onClose}
      onConfirm={() => void save.run()}
    >
      <TextField label="Description" value={description} onChange={setDescription} />
      <TextField
        label="Location"
        help="Where tables lie that are made without a location of their own"
        mono
        placeholder="s3://bucket/folder/"
        value={location}
        onChange={setLocation}
      />
    </FormDialog>
  )
}
