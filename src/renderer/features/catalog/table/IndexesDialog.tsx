import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { CatalogTable, PartitionIndex } from '../../../../engines/catalog/contract.ts'
import { notifyError, useAction } from '../../../lib/index.ts'
import { Checkbox, Field, FormDialog, IconButton } from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { TextField } from '../TextField.tsx'

/** The indexes over a table's partition keys, three at most: they answer expressions without reading every partition. */
export function IndexesDialog({
  table: { database, name: table, partitionKeys },
  indexes,
  onClose,
}: {
  table: CatalogTable
  indexes: readonly PartitionIndex[]
  onClose: () => void
}) {
  const [name, setName] = useState('')
  const [keys, setKeys] = useState<string[]>([])
  const create = useAction(
    (clients, signal) => clients.catalog.createPartitionIndex({ database, table, index: { name, keys } }, { signal }),
    {
      onDone: () => {
        setName('')
        setKeys([])
      },
    },
  )
  const remove = useAction(
    (clients, signal, index: string) => clients.catalog.deletePartitionIndex({ database, table, index }, { signal }),
    { onError: (error) => notifyError('The index was not deleted', error) },
  )
  return (
    <FormDialog
      title={`Partition indexes of ${table}`}
      action="Create index"
      disabled={name === '' || keys.length === 0}
      pending={create.pending}
      error={create.error}
      failure="The index was not created"
      onClose={onClose}
      onConfirm={() => void create.run()}
    >
      {indexes.map((index) => (
        <div key={index.name} className={styles.index}>
          <span className={styles.mono}>
            {index.name} ({index.keys.join(', ')})
          </span>
          <IconButton
            icon={<Trash2 size={13} />}
            label={`Delete index ${index.name}`}
            onClick={() => void remove.run(index.name)}
          />
        </div>
      ))}
      <TextField label="Name" value={name} onChange={setName} />
      <Field label="Keys" help="In the order in which they are chosen">
        {() => (
          <div className={styles.choices}>
            {partitionKeys.map((key) => {
              const others = keys.filter((other) => other !== key.name)
              return (
                <Checkbox
                  key={key.name}
                  checked={keys.includes(key.name)}
                  onChange={(on) => setKeys(on ? [...others, key.name] : others)}
                >
                  {key.name}
                  {keys.includes(key.name) && <span className={styles.quiet}> {keys.indexOf(key.name) + 1}</span>}
                </Checkbox>
              )
            })}
          </div>
        )}
      </Field>
    </FormDialog>
  )
}
