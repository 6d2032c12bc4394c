import type { Job, SubmitInput } from '../../../../engines/batch/contract.ts'
import {
  LinesField,
  NumberField,
  notify,
  openView,
  pairsOf,
  pairsText,
  TextField,
  useAction,
  useForm,
  wordsOf,
  wordsText,
} from '../../../lib/index.ts'
import { Combobox, Field, FieldRow, FormDialog, Select } from '../../../ui/index.ts'
import type { Library } from '../useBatch.ts'
import { type Asking, closeDialog } from './asking.ts'
import { nameProblem } from './names.ts'

interface Form {
  name: string
  queue: string
  definition: string
  command: string
  vcpus: number | null
  memoryMiB: number | null
  environment: string
  parameters: string
  share: string
  priority: number | null
  arraySize: number | null
  sequential: boolean
  dependsOn: string
  attempts: number | null
  timeoutS: number | null
}

const EMPTY: Form = {
  name: '',
  queue: '',
  definition: '',
  command: '',
  vcpus: null,
  memoryMiB: null,
  environment: '',
  parameters: '',
  share: '',
  priority: null,
  arraySize: null,
  sequential: false,
  dependsOn: '',
  attempts: null,
  timeoutS: null,
}

/** Submits a job; what stands empty is as its definition says. */
export function SubmitDialog({ asking, library }: { asking: Asking & { kind: 'submit' }; library: Library }) {
  const { queues, definitions } = library
  const { form, bind, change, problems, submit } = useForm<Form>(startOf(asking, library), (each) => ({
    name: nameProblem(each.name),
    queue: each.queue === '' ? 'Choose a queue' : undefined,
    definition: each.definition === '' ? 'Choose a definition' : undefined,
    share: shareProblem(each, library),
    arraySize:
      each.arraySize !== null && !(each.arraySize >= 2 && each.arraySize <= 10_000) ? '2 to 10,000' : undefined,
    attempts: each.attempts !== null && !(each.attempts >= 1 && each.attempts <= 10) ? '1 to 10' : undefined,
    timeoutS: each.timeoutS !== null && each.timeoutS < 60 ? 'At least 60 seconds' : undefined,
  }))
  const send = useAction((clients, signal) => clients.batch.submit(inputOf(form), { signal }), {
    onDone: (job) => {
      closeDialog()
      notify({ title: `${job.name} was submitted`, tone: 'good' })
      openView('batch.job', { jobId: job.id, name: job.name })
    },
  })
  const chosen = definitions.find((each) => `${each.name}:${each.revision}` === form.definition)
  const isFair = queues.find((each) => each.name === form.queue)?.policy !== undefined
  return (
    <FormDialog
      title={asking.clone ? `Submit ${asking.clone.name} again` : 'Submit job'}
      action="Submit"
      width={560}
      pending={send.pending}
      error={send.error}
      failure="The job was not submitted"
      onClose={closeDialog}
      onConfirm={() => submit(() => void send.run())}
    >
      <TextField label="Name" required autoFocus {...bind('name')} />
      <Field label="Job queue" required error={problems.queue}>
        {(ids) => (
          <Select
            {...ids}
            value={form.queue || null}
            placeholder={queues.length === 0 ? 'There is no queue yet' : 'Choose a queue'}
            options={queues.map(({ name, priority }) => ({ value: name, label: name, detail: `priority ${priority}` }))}
            onChange={(queue) => change({ queue })}
          />
        )}
      </Field>
      <Field
        label="Job definition"
        required
        error={problems.definition}
        help={chosen && wordsText(chosen.container.command)}
      >
        {(ids) => (
          <Combobox
            {...ids}
            value={form.definition}
            placeholder={definitions.length === 0 ? 'There is no definition yet' : 'Choose a definition'}
            options={definitions
              .toReversed()
              .map(({ name, revision }) => ({ value: `${name}:${revision}`, label: `${name}:${revision}` }))}
            onChange={(definition) => change({ definition })}
          />
        )}
      </Field>
      {isFair && (
        <TextField label="Share" required help="Who it is for: shares have their turns by weight" {...bind('share')} />
      )}
      <TextField
        label="Command"
        mono
        help="Ref::name is replaced by a parameter"
        placeholder={chosen ? wordsText(chosen.container.command) : 'as the definition says'}
        {...bind('command')}
      />
      <FieldRow>
        <LinesField
          label="Parameters"
          rows={2}
          placeholder={chosen && pairsText(chosen.parameters) ? pairsText(chosen.parameters) : 'name=value'}
          {...bind('parameters')}
        />
        <LinesField label="Environment" rows={2} placeholder="NAME=value" {...bind('environment')} />
      </FieldRow>
      <FieldRow>
        <NumberField
          label="vCPUs"
          min={0.25}
          placeholder={chosen ? String(chosen.container.vcpus) : ''}
          {...bind('vcpus')}
        />
        <NumberField
          label="Memory"
          unit="MiB"
          min={1}
          placeholder={chosen ? String(chosen.container.memoryMiB) : ''}
          {...bind('memoryMiB')}
        />
        <NumberField label="Array of" help="2 to 10,000; empty: one job" unit="jobs" {...bind('arraySize')} />
      </FieldRow>
      <LinesField
        label="After"
        rows={2}
        help="IDs of jobs that must have succeeded, one a line. Arrays: N_TO_N:ID runs each child after its counterpart, SEQUENTIAL one after the other."
        {...bind('dependsOn')}
      />
      <FieldRow>
        <NumberField label="Attempts" help="1 to 10" {...bind('attempts')} />
        <NumberField label="Timeout" unit="s" help="Of each attempt, at least 60" {...bind('timeoutS')} />
      </FieldRow>
    </FormDialog>
  )
}

function startOf({ clone, queue, definition }: Asking & { kind: 'submit' }, library: Library): Form {
  const only = <T extends { name: string }>(all: readonly T[]) => (all.length === 1 ? all[0] : undefined)
  const of =
    library.definitions.find((each) => definition === `${each.name}:${each.revision}`) ?? only(library.definitions)
  const start = {
    ...EMPTY,
    queue: queue ?? only(library.queues)?.name ?? '',
    definition: definition ?? (of ? `${of.name}:${of.revision}` : ''),
  }
  return clone ? { ...start, ...formOf(clone) } : start
}

/** A job as the form that submits it again. */
function formOf(job: Job): Partial<Form> {
  return {
    name: job.name,
    queue: job.queue,
    definition: job.definition,
    command: wordsText(job.container.command),
    vcpus: job.container.vcpus,
    memoryMiB: job.container.memoryMiB,
    environment: pairsText(job.container.environment),
    parameters: pairsText(job.parameters),
    share: job.share ?? '',
    priority: job.schedulingPriority,
    arraySize: job.array?.size ?? null,
    attempts: job.retry.attempts,
    timeoutS: job.timeoutS ?? null,
  }
}

function inputOf(form: Form): SubmitInput & { dependsOn: SubmitInput['dependsOn'] } {
  const dependsOn = form.dependsOn.split(/\s+/).flatMap((word): SubmitInput['dependsOn'] => {
    if (word === '') return []
    if (word === 'SEQUENTIAL') return [{ type: 'SEQUENTIAL' }]
    return word.startsWith('N_TO_N:') ? [{ type: 'N_TO_N', jobId: word.slice(7) }] : [{ jobId: word }]
  })
  return {
    name: form.name,
    queue: form.queue,
    definition: form.definition,
    dependsOn,
    parameters: pairsOf(form.parameters),
    overrides: {
      ...(form.command.trim() !== '' && { command: wordsOf(form.command) }),
      ...(form.vcpus !== null && { vcpus: form.vcpus }),
      ...(form.memoryMiB !== null && { memoryMiB: form.memoryMiB }),
      ...(form.environment.trim() !== '' && { environment: pairsOf(form.environment) }),
    },
    ...(form.share !== '' && { share: form.share }),
    ...(form.priority !== null && form.share !== '' && { schedulingPriority: form.priority }),
    ...(form.arraySize !== null && { arraySize: form.arraySize }),
    ...(form.attempts !== null && { retry: { attempts: form.attempts, evaluateOnExit: [] } }),
    ...(form.timeoutS !== null && { timeoutS: form.timeoutS }),
    tags: {},
  }
}

function shareProblem({ queue, share }: Form, { queues }: Library): string | undefined {
  const isFair = queues.find(({ name }) => name === queue)?.policy !== undefined
  return isFair && !/^[A-Za-z0-9_-]{1,255}$/.test(share) ? 'This queue has a policy: it needs a share' : undefined
}
