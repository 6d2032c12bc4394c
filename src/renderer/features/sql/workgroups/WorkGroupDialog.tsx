import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { CUTOFF_BYTES_MIN, WORK_GROUP_NAME, type WorkGroup } from '../../../../engines/athena/contract.ts'
import { useAction } from '../../../lib/index.ts'
import { Checkbox, Field, FormDialog, Input, NumberInput } from '../../../ui/index.ts'
import type { Session } from '../session.ts'
import { refreshWorkGroups, useWorkGroups } from './work-groups.ts'

const MEBIBYTE = 1024 ** 2

type Form = Pick<WorkGroup, 'name' | 'enforced' | 'metrics'> & {
  description: string
  outputLocation: string
  cutoffMib: number | null
  enabled: boolean
}

const START: Form = {
  name: '',
  description: '',
  outputLocation: '',
  cutoffMib: null,
  enforced: true,
  metrics: false,
  enabled: true,
}

/** Makes a workgroup and turns the query to it, or changes one. What is not asked here can be set through the API. */
export function WorkGroupDialog({ session }: { session: Session }) {
  const name = useStore(session.store, (state) => state.workGroup)
  const before = useWorkGroups((state) => state.list.find((group) => group.name === name))
  const [form, setForm] = useState(START)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what others change meanwhile must not undo what is being written
  useEffect(() => {
    if (name !== null) setForm(before ? formOf(before) : START)
  }, [name])
  const change = (changes: Partial<Form>) => setForm((old) => ({ ...old, ...changes }))
  const close = () => session.store.setState({ workGroup: null })
  const save = useAction(
    async (clients, signal) => {
      const settings = {
        requesterPays: before?.requesterPays ?? false,
        engineVersion: before?.engineVersion ?? ('AUTO' as const),
        ...(before?.expectedBucketOwner !== undefined && { expectedBucketOwner: before.expectedBucketOwner }),
        ...(before?.acl !== undefined && { acl: before.acl }),
        ...(before?.encryption !== undefined && { encryption: before.encryption }),
        ...(form.description !== '' && { description: form.description }),
        ...(form.outputLocation !== '' && { outputLocation: form.outputLocation }),
        ...(form.cutoffMib !== null && { cutoffBytes: Math.round(form.cutoffMib * MEBIBYTE) }),
        enforced: form.enforced,
        metrics: form.metrics,
      }
      if (before) {
        const state = form.enabled ? 'ENABLED' : 'DISABLED'
        await clients.athena.updateWorkGroup({ workGroup: before.name, settings, state }, { signal })
      } else await clients.athena.createWorkGroup({ name: form.name, ...settings }, { signal })
      await refreshWorkGroups(clients)
    },
    {
      onDone: () => {
        if (!before) session.writeHeader({ workGroup: form.name })
        close()
      },
    },
  )
  const tooLittle = form.cutoffMib !== null && form.cutoffMib * MEBIBYTE < CUTOFF_BYTES_MIN
  const badName = !WORK_GROUP_NAME.test(form.name)
  const nowhere = form.outputLocation !== '' && !/^s3:\/\/[^/]+/.test(form.outputLocation)
  return (
    <FormDialog
      open={name !== null}
      title={before ? `Workgroup ${before.name}` : 'New workgroup'}
      width={460}
      action={before ? 'Save' : 'Create'}
      disabled={badName || tooLittle || nowhere}
      pending={save.pending}
      error={save.error}
      failure={before ? 'The workgroup was not changed' : 'The workgroup was not made'}
      onClose={close}
      onConfirm={() => void save.run()}
    >
      {!before && (
        <Field
          label="Name"
          help="Letters, digits, dots, dashes and underscores"
          {...(form.name !== '' && badName && { error: 'Only letters, digits, dots, dashes and underscores' })}
        >
          {(ids) => <Input {...ids} value={form.name} onChange={(value) => change({ name: value })} />}
        </Field>
      )}
      <Field label="Description">
        {(ids) => <Input {...ids} value={form.description} onChange={(description) => change({ description })} />}
      </Field>
      <Field
        label="Output location"
        help="Result files are written here. Empty: the query or the request says where."
        {...(nowhere && { error: 'A location is s3://bucket/prefix/' })}
      >
        {(ids) => (
          <Input
            {...ids}
            mono
            placeholder="s3://bucket/prefix/"
            value={form.outputLocation}
            onChange={(outputLocation) => change({ outputLocation })}
          />
        )}
      </Field>
      <Field
        label="Limit for each query"
        help="A query that would scan more is cancelled. Empty: no limit."
        {...(tooLittle && { error: 'At least 10 MB' })}
      >
        {(ids) => (
          <NumberInput
            {...ids}
            unit="MiB"
            min={0}
            value={form.cutoffMib}
            onChange={(cutoffMib) => change({ cutoffMib })}
          />
        )}
      </Field>
      <Checkbox checked={form.enforced} onChange={(enforced) => change({ enforced })}>
        These settings stand above those of a request
      </Checkbox>
      <Checkbox checked={form.metrics} onChange={(metrics) => change({ metrics })}>
        Put metrics to CloudWatch
      </Checkbox>
      {before && (
        <Checkbox checked={form.enabled} onChange={(enabled) => change({ enabled })}>
          Queries may run in it
        </Checkbox>
      )}
    </FormDialog>
  )
}

function formOf({
  name,
  description = '',
  outputLocation = '',
  cutoffBytes,
  enforced,
  metrics,
  state,
}: WorkGroup): Form {
  return {
    name,
    description,
    outputLocation,
    cutoffMib: cutoffBytes === undefined ? null : cutoffBytes / MEBIBYTE,
    enforced,
    metrics,
    enabled: state === 'ENABLED',
  }
}
