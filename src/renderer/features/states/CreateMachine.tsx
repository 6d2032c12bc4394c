import { useState } from 'react'
import { openView, useAction } from '../../lib/index.ts'
import { Field, FormDialog, Input, Select } from '../../ui/index.ts'
import { createDialog } from './dialogs.ts'
import { TEMPLATES } from './templates.ts'

const TYPES = [
  { value: 'STANDARD', label: 'Standard', detail: 'Durable, with a history, up to a year' },
  { value: 'EXPRESS', label: 'Express', detail: 'Up to five minutes, may be called and waited for' },
] as const
const START: { name: string; type: 'STANDARD' | 'EXPRESS'; template: (typeof TEMPLATES)[number]['value'] } = {
  name: '',
  type: 'STANDARD',
  template: 'choose',
}

export function CreateMachine() {
  const open = createDialog.useAsked() !== null
  const [form, setForm] = useState(START)
  const { close } = createDialog
  const change = (changes: Partial<typeof START>) => setForm((before) => ({ ...before, ...changes }))
  const create = useAction(
    (clients, signal) => {
      const { text } = TEMPLATES.find(({ value }) => value === form.template)!
      return clients.states.createMachine({ name: form.name, type: form.type, definition: text }, { signal })
    },
    {
      onDone: ({ name }) => {
        close()
        setForm(START)
        openView('states.machine', { name })
      },
    },
  )
  return (
    <FormDialog
      open={open}
      title="Create state machine"
      action="Create"
      disabled={form.name === ''}
      pending={create.pending}
      error={create.error}
      failure="The state machine was not created"
      onClose={close}
      onConfirm={() => void create.run()}
    >
      <Field label="Name" help="Up to 80 characters, without spaces">
        {({ invalid: _, ...ids }) => (
          <Input {...ids} value={form.name} onChange={(name) => change({ name })} autoFocus />
        )}
      </Field>
      <Field label="Type">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.type} options={TYPES} onChange={(type) => change({ type })} />
        )}
      </Field>
      <Field label="Begin with">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.template} options={TEMPLATES} onChange={(template) => change({ template })} />
        )}
      </Field>
    </FormDialog>
  )
}
