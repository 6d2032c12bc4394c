import { useState } from 'react'
import { openView, useAction } from '../../lib/index.ts'
import { Field, FormDialog, Input, NumberInput, Select } from '../../ui/index.ts'
import { createDialog } from './createDialog.ts'
import { HANDLER, TEMPLATES } from './templates.ts'

const RUNTIMES = TEMPLATES.map(({ runtime, label, detail }) => ({ value: runtime, label, detail }))
const START = { name: '', runtime: TEMPLATES[0].runtime, timeoutS: 3, memoryMiB: 128 }

export function CreateFunction() {
  const open = createDialog.useAsked() !== null
  const [form, setForm] = useState(START)
  const { close } = createDialog
  const change = (changes: Partial<typeof START>) => setForm((before) => ({ ...before, ...changes }))
  const { files } = TEMPLATES.find(({ runtime }) => runtime === form.runtime)!
  const create = useAction(
    (clients, signal) => clients.functions.createFunction({ ...form, handler: HANDLER, code: { files } }, { signal }),
    {
      onDone: ({ name }) => {
        close()
        setForm(START)
        openView('functions.function', { name })
      },
    },
  )
  return (
    <FormDialog
      open={open}
      title="Create function"
      action="Create"
      disabled={form.name === ''}
      pending={create.pending}
      error={create.error}
      failure="The function was not created"
      onClose={close}
      onConfirm={() => void create.run()}
    >
      <Field label="Name" help="Letters, digits, hyphens and underscores">
        {({ invalid: _, ...ids }) => (
          <Input {...ids} value={form.name} onChange={(name) => change({ name })} autoFocus />
        )}
      </Field>
      <Field label="Runtime">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.runtime} options={RUNTIMES} onChange={(runtime) => change({ runtime })} />
        )}
      </Field>
      <Field label="Timeout" help="Seconds, 1 to 900">
        {({ invalid: _, ...ids }) => (
          <NumberInput
            {...ids}
            value={form.timeoutS}
            min={1}
            max={900}
            onChange={(value) => change({ timeoutS: value ?? 3 })}
          />
        )}
      </Field>
      <Field label="Memory" help="MiB, from 128. A function that takes more is stopped.">
        {({ invalid: _, ...ids }) => (
          <NumberInput
            {...ids}
            value={form.memoryMiB}
            min={128}
            max={10_240}
            onChange={(value) => change({ memoryMiB: value ?? 128 })}
          />
        )}
      </Field>
    </FormDialog>
  )
}
