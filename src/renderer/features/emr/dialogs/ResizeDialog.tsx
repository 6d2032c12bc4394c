import type { Cluster, Group } from '../../../../engines/emr/contract.ts'
import { NumberField, useAction, useForm } from '../../../lib/index.ts'
import { FieldRow, FormDialog } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { groupTitle } from '../states.ts'
import { countProblem } from './GroupFields.tsx'

const UNITS_MAX = 1000

/** How many nodes a group is to have. */
export function ResizeDialog({ cluster, group, onClose }: { cluster: Cluster; group: Group; onClose: () => void }) {
  const unit = cluster.collection === 'INSTANCE_FLEET' ? 'units' : 'nodes'
  const start = { onDemand: group.onDemand as number | null, spot: group.spot as number | null }
  const { form, bind, submit } = useForm(start, ({ onDemand, spot }) => ({
    onDemand: countProblem(onDemand, UNITS_MAX),
    spot: countProblem(spot, UNITS_MAX),
  }))
  const resize = useAction(
    ({ emr }, signal) =>
      emr.resize({ cluster: cluster.id, group: group.id, onDemand: form.onDemand!, spot: form.spot! }, { signal }),
    { onDone: onClose },
  )
  const isLess = (form.onDemand ?? 0) + (form.spot ?? 0) < group.onDemand + group.spot
  return (
    <FormDialog
      title={`Resize ${groupTitle(group)}`}
      action="Resize"
      pending={resize.pending}
      error={resize.error}
      failure="The group was not resized"
      onClose={onClose}
      onConfirm={() => submit(() => void resize.run())}
    >
      <FieldRow>
        <NumberField label="On demand" unit={unit} min={0} {...bind('onDemand')} />
        <NumberField label="Spot" unit={unit} min={0} {...bind('spot')} />
      </FieldRow>
      {isLess && (
        <p className={styles.quiet}>
          {group.role === 'CORE'
            ? 'Blocks of the nodes that go are moved to others first.'
            : 'Nodes that go are waited for until their containers are done.'}
        </p>
      )}
    </FormDialog>
  )
}
