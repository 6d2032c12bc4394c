import type { Cluster } from '../../../../engines/emr/contract.ts'
import { NumberField, useAction, useForm } from '../../../lib/index.ts'
import { Checkbox, FormDialog } from '../../../ui/index.ts'
import styles from '../emr.module.css'

const MINUTE_S = 60
type Bound = number | null

const whole = (value: Bound, least: number) =>
  value !== null && (!Number.isInteger(value) || value < least) ? `A whole number from ${least} on` : undefined

/** Between which limits a cluster scales by itself, how many steps run at once, and when idleness ends it. */
export function LimitsDialog({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const limits = cluster.scaling?.limits
  const start = {
    scales: limits !== undefined,
    min: (limits?.min ?? 1) as Bound,
    max: (limits?.max ?? 10) as Bound,
    maxOnDemand: (limits?.maxOnDemand ?? null) as Bound,
    maxCore: (limits?.maxCore ?? null) as Bound,
    steps: cluster.stepConcurrency as Bound,
    minutes: (cluster.autoTerminationS === undefined ? null : cluster.autoTerminationS / MINUTE_S) as Bound,
  }
  const { form, change, problems, submit } = useForm(start, (each) => ({
    ...(each.scales && {
      min: each.min === null ? 'A number' : whole(each.min, 1),
      max:
        each.max === null || (each.min !== null && each.max < each.min) ? 'No less than the least' : whole(each.max, 1),
      maxOnDemand: whole(each.maxOnDemand, 0),
      maxCore: whole(each.maxCore, 1),
    }),
    steps: each.steps === null || each.steps > 256 ? 'From 1 to 256' : whole(each.steps, 1),
    minutes: each.minutes !== null && each.minutes < 1 ? 'A minute at least, or empty for never' : undefined,
  }))
  const unit = limits?.unit ?? (cluster.collection === 'INSTANCE_FLEET' ? 'InstanceFleetUnits' : 'Instances')
  const save = useAction(
    ({ emr }, signal) =>
      emr.modify(
        {
          cluster: cluster.id,
          stepConcurrency: form.steps!,
          autoTerminationS: form.minutes === null ? null : Math.round(form.minutes * MINUTE_S),
          scaling: form.scales
            ? {
                limits: {
                  unit,
                  min: form.min!,
                  max: form.max!,
                  ...(form.maxOnDemand !== null && { maxOnDemand: form.maxOnDemand }),
                  ...(form.maxCore !== null && { maxCore: form.maxCore }),
                },
              }
            : null,
        },
        { signal },
      ),
    { onDone: onClose },
  )
  const words = { Instances: 'nodes', InstanceFleetUnits: 'units', VCPU: 'vCPUs' }[unit]
  const bound = (name: 'min' | 'max' | 'maxOnDemand' | 'maxCore', label: string) => (
    <NumberField
      label={label}
      unit={words}
      min={0}
      {...(name.length > 3 && { help: 'Empty: as many' })}
      value={form[name]}
      error={problems[name]}
      onChange={(value) => change({ [name]: value })}
    />
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
      <Checkbox checked={form.scales} onChange={(scales) => change({ scales })}>
        Managed scaling: core and task nodes come and go by the containers that wait
      </Checkbox>
      {form.scales && (
        <>
          <div className={styles.pair}>
            {bound('min', 'At least')}
            {bound('max', 'At most')}
          </div>
          <div className={styles.pair}>
            {bound('maxOnDemand', 'On demand at most')}
            {bound('maxCore', 'Core at most')}
          </div>
        </>
      )}
      <div className={styles.pair}>
        <NumberField
          label="Steps at once"
          min={1}
          max={256}
          value={form.steps}
          error={problems.steps}
          onChange={(steps) => change({ steps })}
        />
        <NumberField
          label="Terminate when idle for"
          unit="min"
          min={1}
          help="Empty: never"
          value={form.minutes}
          error={problems.minutes}
          onChange={(minutes) => change({ minutes })}
        />
      </div>
    </FormDialog>
  )
}
