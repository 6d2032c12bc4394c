import type { GroupInput, InstanceChoice, Role } from '../../../../engines/emr/contract.ts'
import { NumberField, type Problems, TextField } from '../../../lib/index.ts'
import { Field, FieldRow, Select } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { ROLE_TITLES } from '../states.ts'
import { countProblem } from './GroupFields.tsx'

type TimeoutAction = NonNullable<GroupInput['spotTimeout']>['action']

export interface FleetForm {
  /** Units. */
  readonly onDemand: number | null
  readonly spot: number | null
  /** `m5.xlarge, m5.2xlarge:2` */
  readonly types: string
}

/** What is done where the Spot capacity of a fleet does not come. */
export interface TimeoutForm {
  readonly minutes: number | null
  readonly action: TimeoutAction
}

const ACTIONS = [
  { value: 'SWITCH_TO_ON_DEMAND', label: 'take on-demand instead' },
  { value: 'TERMINATE_CLUSTER', label: 'terminate the cluster' },
] as const
const UNITS_MAX = 1000

const sizeOf = ({ onDemand, spot }: FleetForm): number => (onDemand ?? 0) + (spot ?? 0)

/** Types and their units; undefined where the text is none. */
function choicesOf(types: string): InstanceChoice[] | undefined {
  const choices = types.split(/[\s,]+/).flatMap((word) => {
    if (word === '') return []
    const [, type, units = '1'] = /^(\w+\.\w+)(?::(\d{1,3}))?$/.exec(word) ?? []
    return [{ type: type ?? '', weight: Number(units) }]
  })
  return choices.length > 0 && choices.every(({ type, weight }) => type !== '' && weight > 0) ? choices : undefined
}

export function fleetProblem(role: Role, fleet: FleetForm): string | undefined {
  if (role === 'MASTER' && sizeOf(fleet) !== 1) return 'The primary fleet has one unit'
  if (!choicesOf(fleet.types)) return 'Such as m5.xlarge, m5.2xlarge:2'
  return countProblem(fleet.onDemand, UNITS_MAX) ?? countProblem(fleet.spot, UNITS_MAX)
}

/** `timeout` where it may be waited for: what comes later than the cluster may come at any time. */
export function fleetOf(role: Role, { onDemand, spot, types }: FleetForm, timeout?: TimeoutForm): GroupInput {
  return {
    role,
    choices: choicesOf(types)!,
    onDemand: onDemand ?? 0,
    spot: spot ?? 0,
    allocation: {},
    ...(spot && timeout && { spotTimeout: { minutes: timeout.minutes!, action: timeout.action } }),
  }
}

/** Units of a fleet, and the types that they may be of. */
export function FleetFields({
  of: role,
  form,
  error,
  onChange,
}: {
  of: Role
  form: FleetForm
  error: string | undefined
  onChange: (form: FleetForm) => void
}) {
  const title = ROLE_TITLES[role]
  return (
    <fieldset className={styles.fleet}>
      <legend className="mr-hidden">{title} fleet</legend>
      <NumberField
        label={`${title} on demand`}
        unit="units"
        min={0}
        value={form.onDemand}
        onChange={(onDemand) => onChange({ ...form, onDemand })}
      />
      <NumberField
        label={`${title} Spot`}
        unit="units"
        min={0}
        value={form.spot}
        onChange={(spot) => onChange({ ...form, spot })}
      />
      <TextField
        label={`${title} types`}
        mono
        value={form.types}
        error={error}
        onChange={(types) => onChange({ ...form, types })}
      />
    </fieldset>
  )
}

export const timeoutProblem = ({ minutes }: TimeoutForm): string | undefined =>
  minutes === null || !Number.isInteger(minutes) || minutes < 5 || minutes > 1440 ? 'From 5 to 1440' : undefined

export function TimeoutFields({
  form,
  problems,
  onChange,
}: {
  form: TimeoutForm
  problems: Problems
  onChange: (form: TimeoutForm) => void
}) {
  return (
    <FieldRow>
      <NumberField
        label="If Spot does not come in"
        unit="min"
        min={5}
        value={form.minutes}
        error={problems.timeout}
        onChange={(minutes) => onChange({ ...form, minutes })}
      />
      <Field label="Then">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.action} options={ACTIONS} onChange={(action) => onChange({ ...form, action })} />
        )}
      </Field>
    </FieldRow>
  )
}
