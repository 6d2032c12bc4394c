import { useState } from 'react'
import type { Compatibility, RegisteredSchema } from '../../../../engines/catalog/contract.ts'
import { openView, useAction } from '../../../lib/index.ts'
import { Field, FieldRow, FormDialog, Select } from '../../../ui/index.ts'
import { TextField } from '../TextField.tsx'
import { COMPATIBILITIES } from './compatibilities.ts'

const START = {
  schema: '',
  format: 'AVRO' as RegisteredSchema['format'],
  compatibility: 'BACKWARD' as Compatibility,
  definition: '',
}

const FORMATS = [
  { value: 'AVRO', label: 'Avro' },
  { value: 'JSON', label: 'JSON Schema' },
  { value: 'PROTOBUF', label: 'Protobuf' },
] as const

/** Makes a schema with its first version; open while there is a registry for it. */
export function SchemaDialog({ registry, onClose }: { registry: string | null; onClose: () => void }) {
  const [form, setForm] = useState(START)
  const change = (changes: Partial<typeof START>) => setForm((before) => ({ ...before, ...changes }))
  const create = useAction(
    (clients, signal) => clients.catalog.createSchema({ ...form, registry: registry! }, { signal }),
    {
      onDone: ({ registry: made, name }) => {
        close()
        setForm(START)
        openView('catalog.schema', { registry: made, schema: name })
      },
    },
  )
  const close = () => {
    create.reset()
    onClose()
  }
  return (
    <FormDialog
      open={registry !== null}
      width={560}
      title={`Create schema in ${registry}`}
      action="Create"
      disabled={form.schema === '' || form.definition.trim() === ''}
      pending={create.pending}
      error={create.error}
      failure="The schema was not created"
      onClose={close}
      onConfirm={() => void create.run()}
    >
      <TextField label="Name" value={form.schema} onChange={(schema) => change({ schema })} autoFocus />
      <FieldRow>
        <Field label="Format">
          {({ invalid: _, ...ids }) => (
            <Select {...ids} value={form.format} options={FORMATS} onChange={(format) => change({ format })} />
          )}
        </Field>
        <Field label="Compatibility">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={form.compatibility}
              options={COMPATIBILITIES}
              onChange={(compatibility) => change({ compatibility })}
            />
          )}
        </Field>
      </FieldRow>
      <TextField
        label="Definition"
        mono
        rows={12}
        value={form.definition}
        onChange={(definition) => change({ definition })}
      />
    </FormDialog>
  )
}
