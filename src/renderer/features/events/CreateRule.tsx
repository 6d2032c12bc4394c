import { useState } from 'react'
import { openView, useAction } from '../../lib/index.ts'
import { Field, FormDialog, Input, Select, TextArea } from '../../ui/index.ts'
import { createDialog } from './createDialog.ts'
import { PATTERNS } from './samples.ts'
import { isQueue, NO_TARGET, TargetFields } from './TargetFields.tsx'

const KINDS = [
  { value: 'pattern', label: 'Events that match a pattern' },
  { value: 'schedule', label: 'A rate or a cron expression' },
] as const

const START = { name: '', kind: 'pattern' as 'pattern' | 'schedule', schedule: 'rate(1 hour)', target: NO_TARGET }

export function CreateRule() {
  const asked = createDialog.useAsked()
  const [form, setForm] = useState(START)
  const [typed, setTyped] = useState<string | null>(null)
  const pattern = typed ?? asked?.pattern ?? PATTERNS[0].text
  const change = (changes: Partial<typeof START>) => setForm((before) => ({ ...before, ...changes }))
  const close = () => {
    createDialog.close()
    setTyped(null)
  }
  const create = useAction(
    async (clients, signal) => {
      const { name, kind, schedule, target } = form
      await clients.events.putRule({ name, ...(kind === 'pattern' ? { pattern } : { schedule }) }, { signal })
      if (target.arn === '') return name
      const batch = isQueue(target.arn) && { batch: { definition: target.definition, name } }
      await clients.events.putTargets(
        { rule: name, targets: [{ id: 'target', arn: target.arn, ...batch }] },
        { signal },
      )
      return name
    },
    {
      onDone: (name) => {
        close()
        setForm(START)
        openView('events.bus', { tab: 'rules', name })
      },
    },
  )
  return (
    <FormDialog
      open={asked?.what === 'rule'}
      title="Create rule"
      width={560}
      action="Create"
      disabled={form.name === ''}
      pending={create.pending}
      error={create.error}
      failure="The rule was not created"
      onClose={close}
      onConfirm={() => void create.run()}
    >
      <Field label="Name" help="Letters, digits, dots, hyphens and underscores">
        {({ invalid: _, ...ids }) => (
          <Input {...ids} value={form.name} onChange={(name) => change({ name })} autoFocus />
        )}
      </Field>
      <Field label="Starts by">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.kind} options={KINDS} onChange={(kind) => change({ kind })} />
        )}
      </Field>
      {form.kind === 'pattern' ? (
        <>
          <Field label="Begin with">
            {({ invalid: _, ...ids }) => (
              <Select
                {...ids}
                value={PATTERNS.find(({ text }) => text === pattern)?.value ?? null}
                placeholder="Own pattern"
                options={PATTERNS}
                onChange={(value) => setTyped(PATTERNS.find((each) => each.value === value)!.text)}
              />
            )}
          </Field>
          <Field label="Event pattern" help="JSON; every field must match">
            {({ invalid: _, ...ids }) => <TextArea {...ids} mono rows={7} value={pattern} onChange={setTyped} />}
          </Field>
        </>
      ) : (
        <Field label="Schedule expression" help="rate(5 minutes), or cron(0 8 ? * MON-FRI *), in UTC">
          {({ invalid: _, ...ids }) => (
            <Input {...ids} mono value={form.schedule} onChange={(schedule) => change({ schedule })} />
          )}
        </Field>
      )}
      <TargetFields queues target={form.target} onChange={(target) => change({ target })} />
    </FormDialog>
  )
}
