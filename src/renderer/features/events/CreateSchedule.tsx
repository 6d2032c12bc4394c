import { useState } from 'react'
import { formatTime, openView, useAction, useCall } from '../../lib/index.ts'
import { Combobox, Field, FormDialog, Input, NumberInput, TextArea } from '../../ui/index.ts'
import { createDialog } from './createDialog.ts'
import styles from './events.module.css'
import { NO_TARGET, TargetFields } from './TargetFields.tsx'

const ZONES = Intl.supportedValuesOf('timeZone').map((zone) => ({ value: zone, label: zone }))
const START = {
  name: '',
  expression: 'cron(0 8 ? * MON-FRI *)',
  zone: 'UTC',
  window: 0,
  input: '{}',
  target: NO_TARGET,
}

export function CreateSchedule() {
  const open = createDialog.useAsked()?.what === 'schedule'
  const [form, setForm] = useState(START)
  const change = (changes: Partial<typeof START>) => setForm((before) => ({ ...before, ...changes }))
  const { expression, zone } = form
  const preview = useCall(
    async (clients, signal) =>
      open ? clients.events.previewSchedule({ expression, zone, count: 3 }, { signal }) : { timesMs: [] },
    [expression, zone, open],
  )
  const create = useAction(
    (clients, signal) => {
      const { name, window: windowMinutes, input, target } = form
      const { arn } = target
      return clients.events.createSchedule(
        { name, expression, zone, windowMinutes, target: { arn, input, partitionKey: name } },
        { signal },
      )
    },
    {
      onDone: ({ name }) => {
        createDialog.close()
        setForm(START)
        openView('events.bus', { tab: 'schedules', name })
      },
    },
  )
  const next = preview.data?.timesMs ?? []
  return (
    <FormDialog
      open={open}
      title="Create schedule"
      width={560}
      action="Create"
      disabled={form.name === '' || form.target.arn === ''}
      pending={create.pending}
      error={create.error}
      failure="The schedule was not created"
      onClose={createDialog.close}
      onConfirm={() => void create.run()}
    >
      <Field label="Name" help="Letters, digits, dots, hyphens and underscores">
        {({ invalid: _, ...ids }) => (
          <Input {...ids} value={form.name} onChange={(name) => change({ name })} autoFocus />
        )}
      </Field>
      <Field label="Expression" help="at(2030-01-31T08:00:00), rate(15 minutes), or cron(0 8 ? * MON-FRI *)">
        {({ invalid: _, ...ids }) => (
          <Input {...ids} mono value={expression} onChange={(text) => change({ expression: text })} />
        )}
      </Field>
      <Field label="Time zone">
        {({ invalid: _, ...ids }) => (
          <Combobox {...ids} value={zone} options={ZONES} onChange={(name) => change({ zone: name })} />
        )}
      </Field>
      <p className={styles.next} aria-live="polite">
        {preview.error
          ? preview.error.message
          : next.length === 0
            ? 'No time is left.'
            : `Next: ${next.map((ms) => formatTime(ms, { zone, date: true })).join(' · ')}`}
      </p>
      <Field label="Flexible window" help="Minutes after its time within which it may start; 0 is at its time">
        {({ invalid: _, ...ids }) => (
          <NumberInput
            {...ids}
            value={form.window}
            min={0}
            max={1440}
            onChange={(value) => change({ window: value ?? 0 })}
          />
        )}
      </Field>
      <TargetFields target={form.target} onChange={(target) => change({ target })} />
      <Field label="Input" help="JSON; may name <aws.scheduler.scheduled-time>">
        {({ invalid: _, ...ids }) => (
          <TextArea {...ids} mono rows={3} value={form.input} onChange={(input) => change({ input })} />
        )}
      </Field>
    </FormDialog>
  )
}
