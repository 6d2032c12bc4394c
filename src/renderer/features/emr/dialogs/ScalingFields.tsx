import type { Cluster, ScalingPolicy } from '../../../../engines/emr/contract.ts'
import { NumberField, type Problems } from '../../../lib/index.ts'
import { Checkbox, Field, FieldRow, Select } from '../../../ui/index.ts'

type Bound = number | null
type Unit = ScalingPolicy['limits']['unit']
type Collection = Cluster['collection']

export interface ScalingForm {
  readonly scales: boolean
  /** Of instance groups; fleets are counted in their own units. */
  readonly unit: Exclude<Unit, 'InstanceFleetUnits'>
  readonly min: Bound
  readonly max: Bound
  readonly maxOnDemand: Bound
  readonly maxCore: Bound
}

const UNITS = [
  { value: 'Instances', label: 'nodes' },
  { value: 'VCPU', label: 'vCPUs' },
] as const

export const scalingForm = (policy: ScalingPolicy | undefined): ScalingForm => ({
  scales: policy !== undefined,
  unit: policy?.limits.unit === 'VCPU' ? 'VCPU' : 'Instances',
  min: policy?.limits.min ?? 1,
  max: policy?.limits.max ?? 10,
  maxOnDemand: policy?.limits.maxOnDemand ?? null,
  maxCore: policy?.limits.maxCore ?? null,
})

const problemOf = (value: Bound, least: number, most: Bound): string | undefined => {
  if (value === null) return undefined
  if (!Number.isInteger(value) || value < least) return `A whole number from ${least} on`
  return most !== null && value > most ? `No more than ${most}` : undefined
}

export const scalingProblems = ({ scales, min, max, maxOnDemand, maxCore }: ScalingForm): Problems =>
  scales
    ? {
        min: min === null ? 'A number' : problemOf(min, 1, max),
        max: max === null ? 'A number' : problemOf(max, 1, null),
        maxOnDemand: problemOf(maxOnDemand, 0, max),
        maxCore: problemOf(maxCore, 1, max),
      }
    : {}

export const scalingOf = (form: ScalingForm, collection: Collection): ScalingPolicy | null =>
  form.scales
    ? {
        limits: {
          unit: collection === 'INSTANCE_FLEET' ? 'InstanceFleetUnits' : form.unit,
          min: form.min!,
          max: form.max!,
          ...(form.maxOnDemand !== null && { maxOnDemand: form.maxOnDemand }),
          ...(form.maxCore !== null && { maxCore: form.maxCore }),
        },
      }
    : null

/** Whether a cluster scales by itself, and between which limits. */
export function ScalingFields({
  form,
  collection,
  problems,
  onChange,
}: {
  form: ScalingForm
  collection: Collection
  problems: Problems
  onChange: (changes: Partial<ScalingForm>) => void
}) {
  const isFleet = collection === 'INSTANCE_FLEET'
  const words = isFleet ? 'units' : UNITS.find(({ value }) => value === form.unit)!.label
  const bound = (name: 'min' | 'max' | 'maxOnDemand' | 'maxCore', label: string) => (
    <NumberField
      label={label}
      unit={words}
      min={0}
      {...(name.length > 3 && { help: 'Empty: as many' })}
      value={form[name]}
      error={problems[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  )
  return (
    <>
      <Checkbox checked={form.scales} onChange={(scales) => onChange({ scales })}>
        Managed scaling: core and task nodes come and go by the containers that wait
      </Checkbox>
      {form.scales && (
        <>
          <FieldRow>
            {bound('min', 'At least')}
            {bound('max', 'At most')}
            {!isFleet && (
              <Field label="Counted in">
                {({ invalid: _, ...ids }) => (
                  <Select {...ids} value={form.unit} options={UNITS} onChange={(unit) => onChange({ unit })} />
                )}
              </Field>
            )}
          </FieldRow>
          <FieldRow>
            {bound('maxOnDemand', 'On demand at most')}
            {bound('maxCore', 'Core at most')}
          </FieldRow>
        </>
      )}
    </>
  )
}
