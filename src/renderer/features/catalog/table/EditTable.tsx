import { useEffect, useState } from 'react'
import type { CatalogTable } from '../../../../engines/catalog/contract.ts'
import { useAction } from '../../../lib/index.ts'
import { Button, Dialog, ErrorView, Field, Input, TextArea } from '../../../ui/index.ts'
import styles from '../catalog.module.css'

const propertiesText = (table: CatalogTable) =>
  Object.entries(table.parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')

function parametersOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1)]
    }),
  )
}

/** Changes a table's types, comments, description and properties: a new version of it. */
export function EditTable({ table, open, onClose }: { table: CatalogTable; open: boolean; onClose: () => void }) {
  const [columns, setColumns] = useState(table.columns)
  const [description, setDescription] = useState(table.description ?? '')
  const [properties, setProperties] = useState(propertiesText(table))
  useEffect(() => {
    if (!open) return
    setColumns(table.columns)
    setDescription(table.description ?? '')
    setProperties(propertiesText(table))
  }, [open, table])
  const save = useAction(
    (clients, signal) => {
      const { createdMs: _, updatedMs: __, versionId, description: ___, ...rest } = table
      return clients.catalog.updateTable(
        {
          ...rest,
          columns,
          parameters: parametersOf(properties),
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
  const change = (index: number, changes: Partial<CatalogTable['columns'][number]>) =>
    setColumns((all) => all.map((column, i) => (i === index ? { ...column, ...changes } : column)))
  return (
    <Dialog
      open={open}
      onClose={close}
      width={720}
      title={`Edit ${table.name}`}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" pending={save.pending} onClick={() => void save.run()}>
            Save as version {table.versionId + 1}
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={(event) => event.preventDefault()}>
        {save.error && <ErrorView compact title="The table was not changed" error={save.error} />}
        <Field label="Description">
          {({ invalid: _, ...ids }) => <Input {...ids} value={description} onChange={setDescription} />}
        </Field>
        <div className={styles.columns}>
          <span className={styles.head}>Column</span>
          <span className={styles.head}>Type</span>
          <span className={styles.head}>Comment</span>
          {columns.map((column, index) => (
            <ColumnFields key={column.name} column={column} onChange={(changes) => change(index, changes)} />
          ))}
        </div>
        <Field label="Properties" help="One a line: name=value">
          {({ invalid: _, ...ids }) => <TextArea {...ids} mono rows={5} value={properties} onChange={setProperties} />}
        </Field>
      </form>
    </Dialog>
  )
}

function ColumnFields({
  column,
  onChange,
}: {
  column: CatalogTable['columns'][number]
  onChange: (changes: Partial<CatalogTable['columns'][number]>) => void
}) {
  return (
    <>
      <span className={styles.mono}>{column.name}</span>
      <Input mono aria-label={`Type of ${column.name}`} value={column.type} onChange={(type) => onChange({ type })} />
      <Input
        aria-label={`Comment of ${column.name}`}
        value={column.comment ?? ''}
        onChange={(comment) => onChange({ comment })}
      />
    </>
  )
}
