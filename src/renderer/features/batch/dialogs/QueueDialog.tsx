import type { JobQueue } from '../../../../engines/batch/contract.ts'
import { NumberField, openView, useAction, useForm } from '../../../lib/index.ts'
import { Checkbox, Field, Select } from '../../../ui/index.ts'
import type { Library } from '../useBatch.ts'
import { askFor, closeDialog } from './asking.ts'
import { nameProblem } from './names.ts'
import { ResourceDialog } from './ResourceDialog.tsx'

const PLACES = ['First', 'Then', 'At last'] as const
const NONE = ' none'

export function QueueDialog({ of, library }: { of: JobQueue | undefined; library: Library }) {
  const { environments, policies } = library
  const start = {
    name: of?.name ?? '',
    priority: (of?.priority ?? 1) as number | null,
    places: of?.environments ?? (environments.length === 1 ? [environments[0].name] : []),
    policy: of?.policy ?? NONE,
    enabled: of?.enabled ?? true,
  }
  const fields = useForm(start, (each) => ({
    name: nameProblem(each.name),
    priority: each.priority === null || each.priority < 0 ? 'A number from 0 on' : undefined,
    places: each.places.length === 0 ? 'Choose at least one' : undefined,
  }))
  const { form, bind, change, problems } = fields
  const save = useAction(
    ({ batch }, signal) => {
      const setting = {
        name: form.name,
        enabled: form.enabled,
        priority: form.priority!,
        environments: form.places,
        ...(form.policy !== NONE && { policy: form.policy }),
      }
      return of ? batch.updateQueue(setting, { signal }) : batch.createQueue(setting, { signal })
    },
    {
      onDone: ({ name }) => {
        closeDialog()
        openView('batch.queue', { queue: name })
      },
    },
  )
  const put = (at: number, name: string) => {
    const places = form.places.slice(0, at)
    change({ places: name === NONE ? places : [...places, name] })
  }
  return (
    <ResourceDialog
      noun="job queue"
      of={of}
      form={fields}
      save={save}
      // There is nothing yet to choose: that comes first.
      onConfirm={environments.length === 0 ? () => askFor({ kind: 'environment' }) : undefined}
    >
      <NumberField
        label="Priority"
        help="Queues that share an environment: the higher goes first"
        {...bind('priority')}
      />
      {PLACES.slice(0, Math.min(3, form.places.length + 1)).map((title, at) => (
        <Field
          key={title}
          label={at === 0 ? 'Compute environment' : title}
          required={at === 0}
          error={at === 0 ? problems.places : undefined}
        >
          {(ids) => (
            <Select
              {...ids}
              value={form.places[at] ?? null}
              placeholder={environments.length === 0 ? 'There is none yet: create one first' : 'Choose…'}
              options={[
                ...(at === 0 ? [] : [{ value: NONE, label: 'No other' }]),
                ...environments
                  .filter(({ name }) => !form.places.slice(0, at).includes(name))
                  .map(({ name, kind, maxVcpus }) => ({
                    value: name,
                    label: name,
                    detail: `${kind}, ${maxVcpus} vCPUs`,
                  })),
              ]}
              onChange={(name) => put(at, name)}
            />
          )}
        </Field>
      ))}
      {(!of || of.policy !== undefined) && (
        <Field label="Order" help="A policy gives shares their turns; it can be changed later, not removed">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={form.policy}
              options={[
                ...(of?.policy === undefined ? [{ value: NONE, label: 'First come, first served' }] : []),
                ...policies.map(({ name }) => ({ value: name, label: `Fair share: ${name}` })),
              ]}
              onChange={(policy) => change({ policy })}
            />
          )}
        </Field>
      )}
      <Checkbox checked={form.enabled} onChange={(enabled) => change({ enabled })}>
        Takes new jobs
      </Checkbox>
    </ResourceDialog>
  )
}
