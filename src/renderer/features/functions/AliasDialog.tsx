import { useState } from 'react'
import type { Alias } from '../../../engines/functions/contract.ts'
import { useAction } from '../../lib/index.ts'
import { Field, FormDialog, Input, NumberInput, Select } from '../../ui/index.ts'

const NONE = ''

/** Makes an alias, or points one elsewhere; it may share invocations between two versions. */
export function AliasDialog({
  name,
  alias,
  versions,
  onClose,
}: {
  name: string
  alias: Alias | undefined
  versions: readonly string[]
  onClose: () => void
}) {
  const [form, setForm] = useState({
    name: alias?.name ?? '',
    version: alias?.version ?? versions.at(-1)!,
    other: alias?.additional?.version ?? NONE,
    percent: (alias?.additional?.weight ?? 0.1) * 100,
  })
  const change = (changes: Partial<typeof form>) => setForm((before) => ({ ...before, ...changes }))
  const apply = useAction(
    (clients, signal) => {
      const additional = form.other === NONE ? null : { version: form.other, weight: form.percent / 100 }
      const settings = { version: form.version, additional }
      return alias
        ? clients.functions.updateAlias({ name, alias: alias.name, settings }, { signal })
        : clients.functions.createAlias({ name, alias: { ...settings, name: form.name, description: '' } }, { signal })
    },
    { onDone: onClose },
  )
  const others = versions.filter((version) => version !== '$LATEST' && version !== form.version)
  return (
    <FormDialog
      title={alias ? `Change the alias ${alias.name}` : `New alias of ${name}`}
      action={alias ? 'Change' : 'Create'}
      disabled={form.name === ''}
      pending={apply.pending}
      error={apply.error}
      failure={alias ? 'The alias was not changed' : 'The alias was not created'}
      onClose={onClose}
      onConfirm={() => void apply.run()}
    >
      {!alias && (
        <Field label="Name" help="Letters, digits, hyphens and underscores; not a number">
          {({ invalid: _, ...ids }) => (
            <Input {...ids} value={form.name} onChange={(value) => change({ name: value })} autoFocus />
          )}
        </Field>
      )}
      <Field label="Version">
        {({ invalid: _, ...ids }) => (
          <Select
            {...ids}
            value={form.version}
            options={versions.map((version) => ({ value: version, label: version }))}
            onChange={(version) => change({ version, ...(form.other === version && { other: NONE }) })}
          />
        )}
      </Field>
      {form.version !== '$LATEST' && others.length > 0 && (
        <Field label="Shared with">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={form.other}
              options={[
                { value: NONE, label: 'No other version' },
                ...others.map((version) => ({ value: version, label: version })),
              ]}
              onChange={(other) => change({ other })}
            />
          )}
        </Field>
      )}
      {form.version !== '$LATEST' && form.other !== NONE && (
        <Field label="Its share" help="Per cent of the invocations, by chance">
          {({ invalid: _, ...ids }) => (
            <NumberInput
              {...ids}
              value={form.percent}
              min={0}
              max={100}
              onChange={(value) => change({ percent: value ?? 0 })}
            />
          )}
        </Field>
      )}
    </FormDialog>
  )
}
