import type { Clients } from '../../../engines/contract.ts'
import { useCall } from '../../lib/index.ts'
import { Combobox, Field, Input, type Option } from '../../ui/index.ts'

export interface TargetForm {
  arn: string
  /** Of a job queue. */
  definition: string
}

export const NO_TARGET: TargetForm = { arn: '', definition: '' }

export const isQueue = (arn: string): boolean => arn.includes(':job-queue/')

async function targets(clients: Clients, signal: AbortSignal): Promise<Option[]> {
  const [functions, streams, deliveries, queues, machines] = await Promise.all([
    clients.functions.listFunctions({}, { signal }),
    clients.stream.listStreams({}, { signal }),
    clients.firehose.listDeliveryStreams({}, { signal }),
    clients.batch.listQueues({}, { signal }),
    clients.states.listMachines({}, { signal }),
  ])
  const of = (detail: string, found: readonly { arn: string; name: string }[]) =>
    found.map(({ arn, name }) => ({ value: arn, label: name, detail }))
  return [
    ...of('function', functions),
    ...of('data stream', streams),
    ...of('delivery stream', deliveries),
    ...of('job queue', queues),
    ...of('state machine', machines),
  ]
}

/** Who gets what comes: one of what is there, or any ARN. */
export function TargetFields({
  target,
  queues = false,
  onChange,
}: {
  target: TargetForm
  /** A job queue may be one. */
  queues?: boolean
  onChange: (target: TargetForm) => void
}) {
  const found = useCall(targets, [])
  const options = (found.data ?? []).filter(({ value }) => queues || !isQueue(value))
  return (
    <>
      <Field label="Target" help="What gets it: choose one, or type an ARN">
        {({ invalid: _, ...ids }) => (
          <Combobox
            {...ids}
            free
            value={target.arn}
            options={options}
            placeholder="arn:aws:…"
            onChange={(arn) => onChange({ ...target, arn })}
          />
        )}
      </Field>
      {isQueue(target.arn) && (
        <Field label="Job definition" help="Its name, or name:revision">
          {({ invalid: _, ...ids }) => (
            <Input {...ids} value={target.definition} onChange={(definition) => onChange({ ...target, definition })} />
          )}
        </Field>
      )}
    </>
  )
}
