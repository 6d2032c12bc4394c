import type { Cluster } from '../../../../engines/emr/contract.ts'
import { useAction, useForm } from '../../../lib/index.ts'
import { FormDialog } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { countProblem, GroupFields, type GroupForm, groupOf } from './GroupFields.tsx'

const START: GroupForm = { count: 2, type: 'm5.xlarge', market: 'SPOT' }

export function TaskGroupDialog({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const { form, change, problems, submit } = useForm(START, ({ count }) => ({ count: countProblem(count) }))
  const add = useAction(
    ({ emr }, signal) => emr.addGroups({ cluster: cluster.id, groups: [groupOf('TASK', form)] }, { signal }),
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
      <GroupFields of="TASK" form={form} error={problems.count} onChange={change} />
      <p className={styles.quiet}>
        A task node only runs containers: no block is lost with it, so it may well be Spot.
      </p>
    </FormDialog>
  )
}
