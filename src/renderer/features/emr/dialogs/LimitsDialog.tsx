import type { Cluster } from '../../../../engines/emr/contract.ts'
import { NumberField, useAction, useForm } from '../../../lib/index.ts'
import { FieldRow, FormDialog } from '../../../ui/index.ts'
import { ScalingFields, scalingForm, scalingOf, scalingProblems } from './ScalingFields.tsx'

const MINUTE_S = 60

/** Between which limits a cluster scales by itself, how many steps run at once, and when idleness ends it. */
export function LimitsDialog({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const { scaling, stepConcurrency, autoTerminationS, collection } = cluster
  const start = {
    ...scalingForm(scaling),
    steps: stepConcurrency as number | null,
    minutes: autoTerminationS === undefined ? null : autoTerminationS / MINUTE_S,
  }
  const { form, bind, change, problems, submit } = useForm(start, ({ steps, minutes, ...limits }) => ({
    ...scalingProblems(limits),
    steps: steps === null || !Number.isInteger(steps) || steps < 1 || steps > 256 ? 'From 1 to 256' : undefined,
    minutes: minutes !== null && minutes < 1 ? 'A minute at least, or empty for never' : undefined,
  }))
  const save = useAction(
    ({ emr }, signal) =>
      emr.modify(
        {
          cluster: cluster.id,
          stepConcurrency: form.steps!,
          autoTerminationS: form.minutes === null ? null : Math.round(form.minutes * MINUTE_S),
          scaling: scalingOf(form, collection),
        },
        { signal },
      ),
    { onDone: onClose },
  )
  return (
    <FormDialog
      title={`Limits of ${cluster.name}`}
      action="Save"
      pending={save.pending}
      error={save.error}
      failure="The limits were not changed"
      onClose={onClose}
      onConfirm={() => submit(() => void save.run())}
    >
      <ScalingFields form={form} collection={collection} problems={problems} onChange={change} />
      <FieldRow>
        <NumberField label="Steps at once" min={1} max={256} {...bind('steps')} />
        <NumberField label="Terminate when idle for" unit="min" min={1} help="Empty: never" {...bind('minutes')} />
      </FieldRow>
    </FormDialog>
  )
}
