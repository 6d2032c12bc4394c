import type { GroupInput, Market, Role } from '../../../../engines/emr/contract.ts'
import { NumberField, useCall } from '../../../lib/index.ts'
import { Combobox, Field, Select } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { ROLE_TITLES } from '../states.ts'

export interface GroupForm {
  readonly count: number | null
  readonly type: string
  readonly market: Market
}

export const MARKETS = [
  { value: 'ON_DEMAND', label: 'On demand' },
  { value: 'SPOT', label: 'Spot', detail: 'cheaper, and taken away at times' },
] as const
/** Sizes that every family has. */
const SIZES = ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge']

export const groupOf = (role: Role, { count, type, market }: GroupForm): GroupInput => ({
  role,
  choices: [{ type: type.trim(), weight: 1, ...(market === 'SPOT' && { bidPercent: 100 }) }],
  allocation: {},
  onDemand: market === 'ON_DEMAND' ? (count ?? 0) : 0,
  spot: market === 'SPOT' ? (count ?? 0) : 0,
})

export const countProblem = (count: number | null, most = 100): string | undefined =>
  count === null || !Number.isInteger(count) || count < 0 || count > most ? `From 0 to ${most}` : undefined

/** Instance types of the families in the price table. */
function useTypes() {
  const prices = useCall((clients, signal) => clients.workspace.readPrices({}, { signal }), [])
  return Object.keys(prices.data?.items ?? {}).flatMap((item) => {
    const family = /^ec2\.(\w+)\.vcpuHour$/.exec(item)?.[1]
    return family ? SIZES.map((size) => ({ value: `${family}.${size}`, label: `${family}.${size}` })) : []
  })
}

/** How many nodes of a role, of which type, and how they are paid. */
export function GroupFields({
  of: role,
  form,
  counts,
  error,
  onChange,
}: {
  of: Role
  form: GroupForm
  /** Where not any number will do. */
  counts?: readonly number[]
  error: string | undefined
  onChange: (form: GroupForm) => void
}) {
  const types = useTypes()
  const title = ROLE_TITLES[role]
  return (
    <fieldset className={styles.group}>
      <legend className="mr-hidden">{title} nodes</legend>
      {counts ? (
        <Field label={`${title} nodes`}>
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={String(form.count)}
              options={counts.map((count) => ({ value: String(count), label: String(count) }))}
              onChange={(count) => onChange({ ...form, count: Number(count) })}
            />
          )}
        </Field>
      ) : (
        <NumberField
          label={`${title} nodes`}
          min={0}
          max={100}
          value={form.count}
          {...(error !== undefined && { error })}
          onChange={(count) => onChange({ ...form, count })}
        />
      )}
      <Field label={`${title} type`}>
        {({ invalid: _, ...ids }) => (
          <Combobox
            {...ids}
            free
            mono
            value={form.type}
            options={types}
            onChange={(type) => onChange({ ...form, type })}
          />
        )}
      </Field>
      <Field label={`${title} market`}>
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.market} options={MARKETS} onChange={(market) => onChange({ ...form, market })} />
        )}
      </Field>
    </fieldset>
  )
}
