import type { Cluster } from '../../../../engines/emr/contract.ts'
import { useAction, useForm } from '../../../lib/index.ts'
import { FormDialog } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { FleetFields, type FleetForm, fleetOf, fleetProblem } from './FleetFields.tsx'
import { countProblem, GroupFields, type GroupForm, groupOf } from './GroupFields.tsx'

const START = {
  group: { count: 2, type: 'm5.xlarge', market: 'SPOT' } as GroupForm,
  fleet: { onDemand: 0, spot: 2, types: 'm5.xlarge, c5.xlarge, r5.xlarge' } as FleetForm,
}

export function TaskGroupDialog({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const isFleet = cluster.collection === 'INSTANCE_FLEET'
  const { form, change, problems, submit } = useForm(START, ({ group, fleet }) => ({
    task: isFleet ? fleetProblem('TASK', fleet) : countProblem(group.count),
  }))
  const add = useAction(
    ({ emr }, signal) =>
      emr.addGroups(
        { cluster: cluster.id, groups: [isFleet ? fleetOf('TASK', form.fleet) : groupOf('TASK', form.group)] },
        { signal },
      ),
    { onDone: onClose },
  )
  return (
    <FormDialog
      title={`Add task nodes to ${cluster.name}`}
      width={560}
      action="Add"
      pending={add.pending}
      error={add.error}
      failure="The nodes were not added"
      onClose={onClose}
      onConfirm={() => submit(() => void add.run())}
    >
      {isFleet ? (
        <FleetFields of="TASK" form={form.fleet} error={problems.task} onChange={(fleet) => change({ fleet })} />
      ) : (
        <GroupFields of="TASK" form={form.group} error={problems.task} onChange={(group) => change({ group })} />
      )}
      <p className={styles.quiet}>
        A task node only runs containers: no block is lost with it, so it may well be Spot.
      </p>
    </FormDialog>
  )
}
