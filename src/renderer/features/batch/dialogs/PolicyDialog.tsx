import type { SchedulingPolicy } from '../../../../engines/batch/contract.ts'
import { LinesField, NumberField, pairsOf, pairsText, useAction, useForm } from '../../../lib/index.ts'
import { closeDialog } from './asking.ts'
import { nameProblem } from './names.ts'
import { ResourceDialog } from './ResourceDialog.tsx'

export function PolicyDialog({ of }: { of: SchedulingPolicy | undefined }) {
  const weights = Object.fromEntries(of?.shares.map(({ share, weight }) => [share, String(weight)]) ?? [])
  const start = {
    name: of?.name ?? '',
    shares: pairsText(weights),
    decayS: (of?.decayS ?? 0) as number | null,
    computeReservation: (of?.computeReservation ?? 0) as number | null,
  }
  const fields = useForm(start, (each) => ({
    name: nameProblem(each.name),
    shares: Object.values(pairsOf(each.shares)).every((weight) => Number(weight) >= 0.0001 && Number(weight) < 1000)
      ? undefined
      : 'One a line: share=weight, from 0.0001 to 999.9999',
    decayS: each.decayS === null || each.decayS < 0 || each.decayS > 604_800 ? '0 to 604,800' : undefined,
    computeReservation:
      each.computeReservation === null || each.computeReservation < 0 || each.computeReservation > 99
        ? '0 to 99'
        : undefined,
  }))
  const { form, bind } = fields
  const save = useAction(
    ({ batch }, signal) => {
      const setting = {
        name: form.name,
        decayS: form.decayS!,
        computeReservation: form.computeReservation!,
        shares: Object.entries(pairsOf(form.shares)).map(([share, weight]) => ({ share, weight: Number(weight) })),
      }
      return of ? batch.updatePolicy(setting, { signal }) : batch.createPolicy(setting, { signal })
    },
    { onDone: closeDialog },
  )
  return (
    <ResourceDialog noun="scheduling policy" of={of} form={fields} save={save}>
      <LinesField
        label="Weights"
        help="A share of lower weight gets more: 0.5 twice as much as 1, which all have that are not named"
        placeholder={'research=0.5\nnightly*=2'}
        {...bind('shares')}
      />
      <NumberField label="What was used counts for" unit="s" help="0: ten minutes" {...bind('decayS')} />
      <NumberField
        label="Kept for new shares"
        unit="%"
        help="With each active share it is this part of itself again"
        {...bind('computeReservation')}
      />
    </ResourceDialog>
  )
}
