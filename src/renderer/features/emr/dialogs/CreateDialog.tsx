import { NumberField, openView, TextField, useAction, useForm } from '../../../lib/index.ts'
import { Checkbox, Combobox, Field, FormDialog } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { countProblem, GroupFields, type GroupForm, groupOf } from './GroupFields.tsx'
import { StepFields } from './StepFields.tsx'
import { EMPTY_STEP, stepOf, stepProblems } from './steps.ts'

const RELEASES = ['emr-7.10.0', 'emr-7.5.0', 'emr-7.0.0', 'emr-6.15.0'].map((value) => ({ value, label: value }))
const APPLICATIONS = ['Hadoop', 'Hive', 'Spark']
const PRIMARIES = [1, 3]
const MINUTE_S = 60
const NODE: GroupForm = { count: 1, type: 'm5.xlarge', market: 'ON_DEMAND' }

const START = {
  name: '',
  release: RELEASES[0].value,
  primary: NODE,
  core: { ...NODE, count: 2 } as GroupForm,
  task: { ...NODE, count: 0, market: 'SPOT' as const } as GroupForm,
  keepAlive: true,
  minutes: null as number | null,
  logUri: '',
  hasStep: false,
  step: EMPTY_STEP,
}

const checks = (form: typeof START) => ({
  name: form.name.trim() === '' ? 'A name is needed' : undefined,
  core:
    form.primary.count === 3 && form.core.count === 0
      ? 'Three primary nodes need core nodes'
      : countProblem(form.core.count),
  task: countProblem(form.task.count),
  minutes: form.minutes !== null && form.minutes < 1 ? 'A minute at least, or empty for never' : undefined,
  logUri: form.logUri !== '' && !/^s3:\/\/[^/]+/.test(form.logUri) ? 'Begins with s3:// and a bucket' : undefined,
  ...(form.hasStep && stepProblems(form.step)),
})

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { form, change, problems, submit } = useForm(START, checks)
  const create = useAction(
    ({ emr }, signal) =>
      emr.run(
        {
          name: form.name.trim(),
          releaseLabel: form.release,
          applications: APPLICATIONS,
          collection: 'INSTANCE_GROUP',
          groups: [
            groupOf('MASTER', form.primary),
            ...(form.core.count ? [groupOf('CORE', form.core)] : []),
            ...(form.task.count ? [groupOf('TASK', form.task)] : []),
          ],
          keepAlive: form.keepAlive,
          ...(form.minutes !== null && { autoTerminationS: form.minutes * MINUTE_S }),
          ...(form.logUri !== '' && { logUri: form.logUri }),
          steps: form.hasStep ? [stepOf(form.step)] : [],
        },
        { signal },
      ),
    {
      onDone: ({ id, name }) => {
        onClose()
        openView('emr.cluster', { id, name })
      },
    },
  )
  return (
    <FormDialog
      title="Create cluster"
      width={600}
      action="Create"
      pending={create.pending}
      error={create.error}
      failure="The cluster was not created"
      onClose={onClose}
      onConfirm={() => submit(() => void create.run())}
    >
      <div className={styles.pair}>
        <TextField
          label="Name"
          required
          autoFocus
          value={form.name}
          error={problems.name}
          onChange={(name) => change({ name })}
        />
        <Field label="Release">
          {({ invalid: _, ...ids }) => (
            <Combobox
              {...ids}
              free
              value={form.release}
              options={RELEASES}
              onChange={(release) => change({ release })}
            />
          )}
        </Field>
      </div>
      <GroupFields
        of="MASTER"
        form={form.primary}
        counts={PRIMARIES}
        error={undefined}
        onChange={(primary) => change({ primary })}
      />
      <GroupFields of="CORE" form={form.core} error={problems.core} onChange={(core) => change({ core })} />
      <GroupFields of="TASK" form={form.task} error={problems.task} onChange={(task) => change({ task })} />
      <p className={styles.quiet}>
        Core nodes hold the cluster’s HDFS and run containers, task nodes only run containers. With three primary nodes
        the loss of one is survived.
      </p>
      <Checkbox checked={form.keepAlive} onChange={(keepAlive) => change({ keepAlive })}>
        Waits for more steps; otherwise it terminates after the last one
      </Checkbox>
      <div className={styles.pair}>
        <NumberField
          label="Terminate when idle for"
          unit="min"
          min={1}
          help="Empty: never"
          value={form.minutes}
          error={problems.minutes}
          onChange={(minutes) => change({ minutes })}
        />
        <TextField
          label="Logs to"
          mono
          placeholder="s3://bucket/logs/"
          value={form.logUri}
          error={problems.logUri}
          onChange={(logUri) => change({ logUri })}
        />
      </div>
      <Checkbox checked={form.hasStep} onChange={(hasStep) => change({ hasStep })}>
        Begin with a step
      </Checkbox>
      {form.hasStep && (
        <StepFields
          form={form.step}
          problems={problems}
          onChange={(changes) => change({ step: { ...form.step, ...changes } })}
        />
      )}
    </FormDialog>
  )
}
