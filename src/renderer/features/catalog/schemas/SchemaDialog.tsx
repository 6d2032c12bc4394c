import { useState } from 'react'
import type { Compatibility, RegisteredSchema } from '../../../../engines/catalog/contract.ts'
import { openView, useAction } from '../../../lib/index.ts'
import { Button, Dialog, ErrorView, Field, Input, Select, TextArea } from '../../../ui/index.ts'
import styles from '../catalog.module.css'
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
  const ready = form.schema !== '' && form.definition.trim() !== ''
  return (
    <Dialog
      open={registry !== null}
      onClose={close}
      width={560}
      title={`Create schema in ${registry}`}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" pending={create.pending} disabled={!ready} onClick={() => void create.run()}>
            Create
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={(event) => event.preventDefault()}>
        {create.error && <ErrorView compact title="The schema was not created" error={create.error} />}
        <Field label="Name">
          {({ invalid: _, ...ids }) => (
            <Input {...ids} value={form.schema} onChange={(schema) => change({ schema })} autoFocus />
          )}
        </Field>
        <div className={styles.pair}>
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
        </div>
        <Field label="Definition">
          {({ invalid: _, ...ids }) => (
            <TextArea
              {...ids}
              mono
              rows={12}
              value={form.definition}
              onChange={(definition) => change({ definition })}
            />
          )}
        </Field>
      </form>
    </Dialog>
  )
}
