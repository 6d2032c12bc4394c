import type { ComputeEnvironment, EnvironmentInput } from '../../../../engines/batch/contract.ts'
import { NumberField, TextField, useAction, useForm } from '../../../lib/index.ts'
import { Checkbox, Field, Select } from '../../../ui/index.ts'
import { closeDialog } from './asking.ts'
import { nameProblem } from './names.ts'
import { ResourceDialog } from './ResourceDialog.tsx'

const KINDS = [
  { value: 'EC2', label: 'EC2', detail: 'instances on demand' },
  { value: 'SPOT', label: 'EC2 Spot', detail: 'cheaper, and taken away at times' },
  { value: 'FARGATE', label: 'Fargate', detail: 'no instances to choose' },
  { value: 'FARGATE_SPOT', label: 'Fargate Spot', detail: 'the same, taken away at times' },
  { value: 'UNMANAGED', label: 'Unmanaged', detail: 'as large as this machine' },
] as const
const MINUTE_S = 60

export function EnvironmentDialog({ of }: { of: ComputeEnvironment | undefined }) {
  const start = {
    name: of?.name ?? '',
    kind: of?.kind ?? ('EC2' as EnvironmentInput['kind']),
    maxVcpus: (of?.maxVcpus ?? 4) as number | null,
    instanceTypes: of?.instanceTypes.join(', ') ?? '',
    minutes: of?.interruptionMeanS === undefined ? null : of.interruptionMeanS / MINUTE_S,
    enabled: of?.enabled ?? true,
  }
  const fields = useForm(start, (each) => ({
    name: nameProblem(each.name),
    maxVcpus:
      each.maxVcpus === null || each.maxVcpus < 0 || !Number.isInteger(each.maxVcpus) ? 'A whole number' : undefined,
    minutes: each.minutes !== null && each.minutes <= 0 ? 'More than none, or empty for never' : undefined,
  }))
  const { form, bind, change } = fields
  const isSpot = form.kind === 'SPOT' || form.kind === 'FARGATE_SPOT'
  const save = useAction(
    ({ batch }, signal) => {
      const common = {
        name: form.name,
        enabled: form.enabled,
        maxVcpus: form.maxVcpus!,
        ...(isSpot && form.minutes !== null && { interruptionMeanS: form.minutes * MINUTE_S }),
      }
      if (of) return batch.updateEnvironment(common, { signal })
      const instanceTypes = form.instanceTypes.split(/[\s,]+/).filter((type) => type !== '')
      return batch.createEnvironment({ ...common, kind: form.kind, instanceTypes }, { signal })
    },
    { onDone: closeDialog },
  )
  return (
    <ResourceDialog noun="compute environment" of={of} form={fields} save={save}>
      <Field label="Capacity of">
        {({ invalid: _, ...ids }) => (
          <Select
            {...ids}
            disabled={of !== undefined}
            value={form.kind}
            options={KINDS}
            onChange={(kind) => change({ kind })}
          />
        )}
      </Field>
      <NumberField
        label="vCPUs"
        required
        help={
          form.kind === 'UNMANAGED'
            ? 'As many as jobs may take together; 0: those of this machine'
            : 'As many as jobs may take together. It may be more than this machine has.'
        }
        {...bind('maxVcpus')}
      />
      {!of && (form.kind === 'EC2' || form.kind === 'SPOT') && (
        <TextField
          label="Instance types"
          help="Families such as m5, types such as m5.large; empty: optimal. They decide the memory."
          {...bind('instanceTypes')}
        />
      )}
      {isSpot && (
        <NumberField
          label="A host is lost after"
          unit="min"
          help="In the mean, for each attempt; empty: only when you take one away"
          {...bind('minutes')}
        />
      )}
      <Checkbox checked={form.enabled} onChange={(enabled) => change({ enabled })}>
        Takes jobs
      </Checkbox>
    </ResourceDialog>
  )
}
