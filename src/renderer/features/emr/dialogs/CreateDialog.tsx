import { NumberField, openView, TextField, useAction, useForm } from '../../../lib/index.ts'
import { Checkbox, Combobox, Field, FieldRow, FormDialog, Select } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import {
  FleetFields,
  type FleetForm,
  fleetOf,
  fleetProblem,
  TimeoutFields,
  type TimeoutForm,
  timeoutProblem,
} from './FleetFields.tsx'
import { countProblem, GroupFields, type GroupForm, groupOf } from './GroupFields.tsx'
import { ScalingFields, scalingForm, scalingOf, scalingProblems } from './ScalingFields.tsx'
import { StepFields } from './StepFields.tsx'
import { EMPTY_STEP, stepOf, stepProblems } from './steps.ts'

const RELEASES = ['emr-7.10.0', 'emr-7.5.0', 'emr-7.0.0', 'emr-6.15.0'].map((value) => ({ value, label: value }))
const APPLICATIONS = ['Hadoop', 'Hive', 'Spark']
const PRIMARIES = [1, 3]
const MINUTE_S = 60
const COLLECTIONS = [
  { value: 'INSTANCE_GROUP', label: 'Instance groups', detail: 'one type and one market for a role' },
  { value: 'INSTANCE_FLEET', label: 'Instance fleets', detail: 'of several types and both markets' },
] as const
type Collection = (typeof COLLECTIONS)[number]['value']
const ROLES = { primary: 'MASTER', core: 'CORE', task: 'TASK' } as const
const NAMES = ['primary', 'core', 'task'] as const
const NODE: GroupForm = { count: 1, type: 'm5.xlarge', market: 'ON_DEMAND' }

const START = {
  name: '',
  release: RELEASES[0].value,
  collection: 'INSTANCE_GROUP' as Collection,
  fleets: {
    primary: { onDemand: 1, spot: 0, types: 'm5.xlarge' },
    core: { onDemand: 2, spot: 0, types: 'm5.xlarge, m5.2xlarge:2' },
    task: { onDemand: 0, spot: 2, types: 'm5.xlarge, c5.xlarge, r5.xlarge' },
  } as Record<(typeof NAMES)[number], FleetForm>,
  timeout: { minutes: 10, action: 'SWITCH_TO_ON_DEMAND' } as TimeoutForm,
  primary: NODE,
  core: { ...NODE, count: 2 } as GroupForm,
  task: { ...NODE, count: 0, market: 'SPOT' as const } as GroupForm,
  keepAlive: true,
  minutes: null as number | null,
  scaling: scalingForm(undefined),
  logUri: '',
  hasStep: false,
  step: EMPTY_STEP,
}

const takesTimeout = ({ collection, fleets: { primary, core } }: typeof START): boolean =>
  collection === 'INSTANCE_FLEET' && Boolean(primary.spot || core.spot)

const checks = (form: typeof START) => ({
  name: form.name.trim() === '' ? 'A name is needed' : undefined,
  ...(form.collection === 'INSTANCE_FLEET'
    ? {
        ...Object.fromEntries(NAMES.map((name) => [name, fleetProblem(ROLES[name], form.fleets[name])])),
        timeout: takesTimeout(form) ? timeoutProblem(form.timeout) : undefined,
      }
    : {
        core:
          form.primary.count === 3 && form.core.count === 0
            ? 'Three primary nodes need core nodes'
            : countProblem(form.core.count),
        task: countProblem(form.task.count),
      }),
  ...scalingProblems(form.scaling),
  minutes: form.minutes !== null && form.minutes < 1 ? 'A minute at least, or empty for never' : undefined,
  logUri: form.logUri !== '' && !/^s3:\/\/[^/]+/.test(form.logUri) ? 'Begins with s3:// and a bucket' : undefined,
  ...(form.hasStep && stepProblems(form.step)),
})

function groupsOf({ collection, fleets, timeout, ...form }: typeof START) {
  const groups =
    collection === 'INSTANCE_FLEET'
      ? NAMES.map((name) => fleetOf(ROLES[name], fleets[name], name === 'task' ? undefined : timeout))
      : NAMES.map((name) => groupOf(ROLES[name], form[name]))
  return groups.filter(({ onDemand, spot }) => onDemand + spot > 0)
}

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { form, bind, change, problems, submit } = useForm(START, checks)
  const create = useAction(
    ({ emr }, signal) =>
      emr.run(
        {
          name: form.name.trim(),
          releaseLabel: form.release,
          applications: APPLICATIONS,
          collection: form.collection,
          groups: groupsOf(form),
          scaling: scalingOf(form.scaling, form.collection) ?? undefined,
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
      <FieldRow>
        <TextField label="Name" required autoFocus {...bind('name')} />
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
      </FieldRow>
      <Field label="Nodes by">
        {({ invalid: _, ...ids }) => (
          <Select
            {...ids}
            value={form.collection}
            options={COLLECTIONS}
            onChange={(collection) => change({ collection })}
          />
        )}
      </Field>
      {NAMES.map((name) =>
        form.collection === 'INSTANCE_FLEET' ? (
          <FleetFields
            key={name}
            of={ROLES[name]}
            form={form.fleets[name]}
            error={problems[name]}
            onChange={(fleet) => change({ fleets: { ...form.fleets, [name]: fleet } })}
          />
        ) : (
          <GroupFields
            key={name}
            of={ROLES[name]}
            form={form[name]}
            {...(name === 'primary' && { counts: PRIMARIES })}
            error={problems[name]}
            onChange={(group) => change({ [name]: group })}
          />
        ),
      )}
      {takesTimeout(form) && (
        <TimeoutFields form={form.timeout} problems={problems} onChange={(timeout) => change({ timeout })} />
      )}
      <p className={styles.quiet}>
        Core nodes hold the cluster’s HDFS and run containers, task nodes only run containers.{' '}
        {form.collection === 'INSTANCE_FLEET'
          ? 'A type is one unit, or as many as the number after its colon; the cheapest for a unit is taken.'
          : 'With three primary nodes the loss of one is survived.'}
      </p>
      <ScalingFields
        form={form.scaling}
        collection={form.collection}
        problems={problems}
        onChange={(changes) => change({ scaling: { ...form.scaling, ...changes } })}
      />
      <Checkbox checked={form.keepAlive} onChange={(keepAlive) => change({ keepAlive })}>
        Waits for more steps; otherwise it terminates after the last one
      </Checkbox>
      <FieldRow>
        <NumberField label="Terminate when idle for" unit="min" min={1} help="Empty: never" {...bind('minutes')} />
        <TextField label="Logs to" mono placeholder="s3://bucket/logs/" {...bind('logUri')} />
      </FieldRow>
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
