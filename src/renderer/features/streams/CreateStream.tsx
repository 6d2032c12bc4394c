import { useState } from 'react'
import { openView, useAction } from '../../lib/index.ts'
import { Checkbox, Field, FormDialog, Input, NumberInput, Select } from '../../ui/index.ts'
import { createDialog } from './createDialog.ts'

const MODES = [
  { value: 'PROVISIONED', label: 'Provisioned', detail: 'a fixed number of shards' },
  { value: 'ON_DEMAND', label: 'On-demand', detail: 'shards follow the traffic' },
] as const

const DURABILITIES = [
  { value: 'fsync', label: 'On disk', detail: 'acknowledged after fsync' },
  { value: 'os', label: 'With the system', detail: 'survives a crash of Millrace, not of the machine' },
  { value: 'memory', label: 'In memory', detail: 'acknowledged before it is written' },
] as const

const START = {
  stream: '',
  shardCount: 4,
  mode: 'PROVISIONED' as 'PROVISIONED' | 'ON_DEMAND',
  quotas: true,
  durability: 'fsync' as 'fsync' | 'os' | 'memory',
  retentionHours: 24,
}

function nameProblem(name: string): string | undefined {
  if (name === '' || /^[\w.-]{1,128}$/.test(name)) return undefined
  return name.length > 128 ? 'At most 128 characters' : 'Only letters, digits, dots, hyphens and underscores'
}

export function CreateStream() {
  const open = createDialog.useAsked() !== null
  const [form, setForm] = useState(START)
  const { close } = createDialog
  const create = useAction(
    (clients, signal) =>
      clients.stream.createStream(
        { ...form, shardCount: form.mode === 'PROVISIONED' ? form.shardCount : undefined },
        { signal },
      ),
    {
      onDone: ({ name }) => {
        close()
        setForm(START)
        openView('streams.monitor', { stream: name })
      },
    },
  )
  const problem = nameProblem(form.stream)
  const change = <K extends keyof typeof START>(key: K, value: (typeof START)[K]) =>
    setForm((before) => ({ ...before, [key]: value }))
  return (
    <FormDialog
      open={open}
      title="Create data stream"
      action="Create"
      disabled={form.stream === '' || problem !== undefined}
      pending={create.pending}
      error={create.error}
      failure="The stream was not created"
      onClose={close}
      onConfirm={() => void create.run()}
    >
      <Field
        label="Name"
        help={problem === undefined ? 'Letters, digits, dots, hyphens and underscores' : undefined}
        error={problem}
      >
        {(ids) => <Input {...ids} value={form.stream} onChange={(value) => change('stream', value)} autoFocus />}
      </Field>
      <Field label="Capacity">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.mode} options={MODES} onChange={(value) => change('mode', value)} />
        )}
      </Field>
      {form.mode === 'PROVISIONED' && (
        <Field label="Shards" help="Each takes 1 MiB or 1,000 records a second">
          {({ invalid: _, ...ids }) => (
            <NumberInput
              {...ids}
              value={form.shardCount}
              min={1}
              max={1000}
              onChange={(value) => change('shardCount', value ?? 1)}
            />
          )}
        </Field>
      )}
      <Field label="Retention" help="Hours, 24 to 8,760">
        {({ invalid: _, ...ids }) => (
          <NumberInput
            {...ids}
            value={form.retentionHours}
            min={24}
            max={8760}
            onChange={(value) => change('retentionHours', value ?? 24)}
          />
        )}
      </Field>
      <Field label="A put is acknowledged">
        {({ invalid: _, ...ids }) => (
          <Select
            {...ids}
            value={form.durability}
            options={DURABILITIES}
            onChange={(value) => change('durability', value)}
          />
        )}
      </Field>
      <Checkbox checked={form.quotas} onChange={(value) => change('quotas', value)}>
        Enforce AWS's limits for each shard
      </Checkbox>
    </FormDialog>
  )
}
