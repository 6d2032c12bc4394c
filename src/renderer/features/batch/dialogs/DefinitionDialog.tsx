import type { JobDefinition } from '../../../../engines/batch/contract.ts'
import {
  LinesField,
  NumberField,
  notify,
  pairsOf,
  pairsText,
  TextField,
  useAction,
  useForm,
  wordsOf,
  wordsText,
} from '../../../lib/index.ts'
import { Checkbox, Field, FieldRow, FormDialog, Select } from '../../../ui/index.ts'
import { closeDialog } from './asking.ts'
import { nameProblem } from './names.ts'

const PLATFORMS = [
  { value: 'EC2', label: 'EC2', detail: 'vCPUs are its share when others want them too' },
  { value: 'FARGATE', label: 'Fargate', detail: 'its vCPUs and no more' },
] as const
const ROLE = 'arn:aws:iam::000000000000:role/batch-job'

/** Registers a definition, or the next revision of one. */
export function DefinitionDialog({ of }: { of: JobDefinition | undefined }) {
  const start = {
    name: of?.name ?? '',
    platform: of?.platform ?? ('EC2' as 'EC2' | 'FARGATE'),
    image: of?.container.image ?? 'public.ecr.aws/docker/library/busybox',
    command: of ? wordsText(of.container.command) : 'sh -c "echo hello"',
    vcpus: (of?.container.vcpus ?? 1) as number | null,
    memoryMiB: (of?.container.memoryMiB ?? 512) as number | null,
    parameters: pairsText(of?.parameters ?? {}),
    environment: pairsText(of?.container.environment ?? {}),
    attempts: (of?.retry.attempts ?? 1) as number | null,
    timeoutS: (of?.timeoutS ?? null) as number | null,
    hasRole: of?.container.jobRoleArn !== undefined,
  }
  const { form, bind, change, submit } = useForm(start, (each) => ({
    name: nameProblem(each.name),
    image: each.image.trim() === '' ? 'An image is needed, also where the command runs on this machine' : undefined,
    vcpus: each.vcpus === null || each.vcpus <= 0 ? 'More than none' : undefined,
    memoryMiB: each.memoryMiB === null || each.memoryMiB < 4 ? 'At least 4 MiB' : undefined,
    attempts: each.attempts === null || each.attempts < 1 || each.attempts > 10 ? '1 to 10' : undefined,
    timeoutS: each.timeoutS !== null && each.timeoutS < 60 ? 'At least 60 seconds' : undefined,
  }))
  const register = useAction(
    (clients, signal) =>
      clients.batch.registerDefinition(
        {
          name: form.name,
          platform: form.platform,
          parameters: pairsOf(form.parameters),
          container: {
            image: form.image.trim(),
            command: wordsOf(form.command),
            vcpus: form.vcpus!,
            memoryMiB: form.memoryMiB!,
            environment: pairsOf(form.environment),
            ...(form.hasRole && { jobRoleArn: of?.container.jobRoleArn ?? ROLE }),
          },
          retry: { attempts: form.attempts!, evaluateOnExit: of?.retry.evaluateOnExit ?? [] },
          ...(form.timeoutS !== null && { timeoutS: form.timeoutS }),
          ...(of && { schedulingPriority: of.schedulingPriority, propagateTags: of.propagateTags, tags: of.tags }),
        },
        { signal },
      ),
    {
      onDone: ({ name, revision }) => {
        closeDialog()
        notify({ title: `${name} has revision ${revision}`, tone: 'good' })
      },
    },
  )
  return (
    <FormDialog
      title={of ? `New revision of ${of.name}` : 'Register job definition'}
      action="Register"
      width={560}
      pending={register.pending}
      error={register.error}
      failure="The definition was not registered"
      onClose={closeDialog}
      onConfirm={() => submit(() => void register.run())}
    >
      <TextField label="Name" required autoFocus disabled={of !== undefined} {...bind('name')} />
      <Field label="Platform">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.platform} options={PLATFORMS} onChange={(platform) => change({ platform })} />
        )}
      </Field>
      <TextField
        label="Image"
        required
        mono
        help="Used where Docker or Podman answers; elsewhere the command runs on this machine"
        {...bind('image')}
      />
      <TextField label="Command" mono help="Ref::name is replaced by a parameter" {...bind('command')} />
      <FieldRow>
        <LinesField label="Parameters" rows={2} placeholder="name=value" {...bind('parameters')} />
        <LinesField label="Environment" rows={2} placeholder="NAME=value" {...bind('environment')} />
      </FieldRow>
      <FieldRow>
        <NumberField label="vCPUs" required {...bind('vcpus')} />
        <NumberField label="Memory" required unit="MiB" help="A job that takes more is killed" {...bind('memoryMiB')} />
      </FieldRow>
      <FieldRow>
        <NumberField label="Attempts" help="1 to 10: a job that fails is tried again" {...bind('attempts')} />
        <NumberField label="Timeout" unit="s" help="Of each attempt; empty: none" {...bind('timeoutS')} />
      </FieldRow>
      <Checkbox checked={form.hasRole} onChange={(hasRole) => change({ hasRole })}>
        A job role: the job gets keys and the address of this workspace's AWS port
      </Checkbox>
    </FormDialog>
  )
}
