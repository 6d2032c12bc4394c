import { useState } from 'react'
import { useAction, useCall } from '../../lib/index.ts'
import { Checkbox, Field, FormDialog, NumberInput, Select, TextArea } from '../../ui/index.ts'

const POSITIONS = [
  { value: 'TRIM_HORIZON', label: 'Oldest kept', detail: 'everything that the stream holds' },
  { value: 'LATEST', label: 'From now on', detail: 'what comes after this moment' },
] as const

const START = {
  stream: '',
  position: 'TRIM_HORIZON' as 'TRIM_HORIZON' | 'LATEST',
  batchSize: 100,
  windowS: 0,
  tumblingS: 0,
  filter: '',
  parallelization: 1,
  retryAttempts: 2,
  bisect: true,
}

/** Makes an event source mapping. What is not asked here can be set through the API. */
export function ConnectStream({ name, open, onClose }: { name: string; open: boolean; onClose: () => void }) {
  const [form, setForm] = useState(START)
  const change = (changes: Partial<typeof START>) => setForm((before) => ({ ...before, ...changes }))
  const streams = useCall((clients, signal) => (open ? clients.stream.listStreams({}, { signal }) : null), [open])
  const create = useAction(
    (clients, signal) => {
      const { position, filter, ...settings } = form
      const filters = filter.trim() === '' ? [] : [filter]
      return clients.functions.createMapping(
        { ...settings, filters, function: name, position: { type: position } },
        { signal },
      )
    },
    {
      onDone: () => {
        onClose()
        setForm(START)
      },
    },
  )
  const number = (
    key: 'batchSize' | 'windowS' | 'tumblingS' | 'parallelization' | 'retryAttempts',
    min: number,
    max: number,
  ) =>
    function NumberField({ invalid: _, ...ids }: { id: string; invalid: boolean }) {
      return (
        <NumberInput
          {...ids}
          value={form[key]}
          min={min}
          max={max}
          onChange={(value) => change({ [key]: value ?? min })}
        />
      )
    }
  return (
    <FormDialog
      open={open}
      title={`Connect a stream to ${name}`}
      action="Connect"
      disabled={form.stream === ''}
      pending={create.pending}
      error={create.error}
      failure="The stream was not connected"
      onClose={onClose}
      onConfirm={() => void create.run()}
    >
      <Field label="Data stream">
        {({ invalid: _, ...ids }) => (
          <Select
            {...ids}
            value={form.stream}
            placeholder="Choose a stream"
            options={(streams.data ?? []).map((stream) => ({ value: stream.name, label: stream.name }))}
            onChange={(stream) => change({ stream })}
          />
        )}
      </Field>
      <Field label="Begin with">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.position} options={POSITIONS} onChange={(position) => change({ position })} />
        )}
      </Field>
      <Field label="Only records like" help="A filter pattern of data. Empty: all records.">
        {({ invalid, ...ids }) => (
          <TextArea
            {...ids}
            mono
            rows={2}
            invalid={invalid}
            placeholder={'{ "data": { "speed": [{ "numeric": [">", 100] }] } }'}
            value={form.filter}
            onChange={(filter) => change({ filter })}
          />
        )}
      </Field>
      <Field label="Batch size" help="Records, 1 to 10,000">
        {number('batchSize', 1, 10_000)}
      </Field>
      <Field label="Batch window" help="Seconds that a batch may take to fill, 0 to 300">
        {number('windowS', 0, 300)}
      </Field>
      <Field label="Tumbling window" help="Seconds of each shard that share a state, 0 to 900. 0: no state.">
        {number('tumblingS', 0, 900)}
      </Field>
      <Field label="Batches at once" help="For each shard, 1 to 10. Records of one key stay in order.">
        {number('parallelization', 1, 10)}
      </Field>
      <Field label="Retries" help="-1: until the stream forgets the record">
        {number('retryAttempts', -1, 10_000)}
      </Field>
      <Checkbox checked={form.bisect} onChange={(bisect) => change({ bisect })}>
        Split a batch that fails, to find the bad record
      </Checkbox>
    </FormDialog>
  )
}
