import { Plus, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { CatalogTable } from '../../../../engines/catalog/contract.ts'
import { useAction } from '../../../lib/index.ts'
import { FormDialog, IconButton, Input } from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import { pairsOf, pairsText } from '../lines.ts'
import { TextField } from '../TextField.tsx'

/** Changes a table's columns, place, description and properties: a new version of it. */
export function EditTable({ table, open, onClose }: { table: CatalogTable; open: boolean; onClose: () => void }) {
  const [columns, setColumns] = useState(() => numbered(table))
  const [location, setLocation] = useState(table.location)
  const [description, setDescription] = useState(table.description ?? '')
  const [properties, setProperties] = useState(pairsText(table.parameters))
  useEffect(() => {
    if (!open) return
    setColumns(numbered(table))
    setLocation(table.location)
    setDescription(table.description ?? '')
    setProperties(pairsText(table.parameters))
  }, [open, table])
  const save = useAction(
    (clients, signal) => {
      const { createdMs: _, updatedMs: __, versionId, description: ___, ...rest } = table
      return clients.catalog.updateTable(
        {
          ...rest,
          columns: columns.map(({ id: _id, ...column }) => column),
          location,
          parameters: pairsOf(properties),
          ...(description !== '' && { description }),
          // What somebody else changed meanwhile is not overwritten.
          ifVersion: String(versionId),
        },
        { signal },
      )
    },
    { onDone: onClose },
  )
  const close = () => {
    save.reset()
    onClose()
  }
  const change = (id: number, changes: Partial<CatalogTable['columns'][number]>) =>
    setColumns((all) => all.map((column) => (column.id === id ? { ...column, ...changes } : column)))
  const add = () =>
    setColumns((all) => [...all, { id: 1 + Math.max(-1, ...all.map(({ id }) => id)), name: '', type: 'string' }])
  return (
    <FormDialog
      open={open}
      width={760}
      title={`Edit ${table.name}`}
      action={`Save as version ${table.versionId + 1}`}
      disabled={columns.some(({ name, type }) => name.trim() === '' || type.trim() === '')}
      pending={save.pending}
      error={save.error}
      failure="The table was not changed"
      onClose={close}
      onConfirm={() => void save.run()}
    >
      <TextField label="Description" value={description} onChange={setDescription} />
      <div className={styles.columns}>
        <span className={styles.head}>Column</span>
        <span className={styles.head}>Type</span>
        <span className={styles.head}>Comment</span>
        <IconButton icon={<Plus size={14} />} label="Add column" onClick={add} />
        {columns.map((column) => (
          <ColumnFields
            key={column.id}
            column={column}
            onChange={(changes) => change(column.id, changes)}
            onRemove={() => setColumns((all) => all.filter(({ id }) => id !== column.id))}
          />
        ))}
      </div>
      {table.viewText === undefined && <TextField label="Location" mono value={location} onChange={setLocation} />}
      <TextField
        label="Properties"
        help="One a line: name=value"
        mono
        rows={5}
        value={properties}
        onChange={setProperties}
      />
    </FormDialog>
  )
}

/** Columns with a number that stays while their names are typed. */
const numbered = ({ columns }: CatalogTable) => columns.map((column, id) => ({ ...column, id }))

function ColumnFields({
  column,
  onChange,
  onRemove,
}: {
  column: CatalogTable['columns'][number]
  onChange: (changes: Partial<CatalogTable['columns'][number]>) => void
  onRemove: () => void
}) {
  const named = column.name || 'the new column'
  return (
    <>
      <Input mono aria-label={`Name of ${named}`} value={column.name} onChange={(name) => onChange({ name })} />
      <Input mono aria-label={`Type of ${named}`} value={column.type} onChange={(type) => onChange({ type })} />
      <Input
        aria-label={`Comment of ${named}`}
        value={column.comment ?? ''}
        onChange={(comment) => onChange({ comment })}
      />
      <IconButton icon={<X size={13} />} label={`Remove ${named}`} onClick={onRemove} />
    </>
  )
}
