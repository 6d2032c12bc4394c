import type { Cluster } from '../../../../engines/emr/contract.ts'
import { useAction, useForm } from '../../../lib/index.ts'
import { FormDialog } from '../../../ui/index.ts'
import { StepFields } from './StepFields.tsx'
import { EMPTY_STEP, stepOf, stepProblems } from './steps.ts'

export function StepDialog({
  cluster,
  onClose,
  onDone,
}: {
  cluster: Cluster
  onClose: () => void
  onDone: (step: string) => void
}) {
  const { form, change, problems, submit } = useForm(EMPTY_STEP, stepProblems)
  const add = useAction(({ emr }, signal) => emr.addSteps({ cluster: cluster.id, steps: [stepOf(form)] }, { signal }), {
    onDone: ({ ids }) => {
      onClose()
      onDone(ids[0])
    },
  })
  return (
    <FormDialog
      title={`Add step to ${cluster.name}`}
      width={560}
      action="Add step"
      pending={add.pending}
      error={add.error}
      failure="The step was not added"
      onClose={onClose}
      onConfirm={() => submit(() => void add.run())}
    >
      <StepFields form={form} problems={problems} onChange={change} />
    </FormDialog>
  )
}
