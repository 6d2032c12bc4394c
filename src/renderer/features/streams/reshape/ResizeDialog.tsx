import { useState } from 'react'
import { formatPercent, plural, useAction } from '../../../lib/index.ts'
import { Field, FormDialog, NumberInput } from '../../../ui/index.ts'
import type { Live } from '../metrics/live.ts'
import { shareOf } from '../metrics/load.ts'
import { Effects, type ReshapeProps } from './Effects.tsx'

/** Asks for a number of even shards, and says what comes of it. */
export function ResizeDialog({ stream, live, nowMs, onClose, onDone }: ReshapeProps & { live: Live; nowMs: number }) {
  const open = stream.shards.filter(({ state }) => state === 'OPEN')
  const [target, setTarget] = useState<number | null>(open.length * 2)
  const [least, most] = [Math.ceil(open.length / 2), open.length * 2]
  const valid = target !== null && target >= least && target <= most && target !== open.length
  const load = open.reduce((sum, { index }) => sum + shareOf(live.history.rates(index, nowMs, 10)), 0)
  const resize = useAction(
    (clients, signal, targetShardCount: number) =>
      clients.stream.updateShardCount({ stream: stream.name, targetShardCount }, { signal }),
    { onDone: () => onDone(`${stream.name} gets ${plural(target ?? 0, 'shard')}`) },
  )
  return (
    <FormDialog
      width={560}
      failure="The shards stay as they are"
      title={`Reshard ${stream.name}`}
      action="Reshard"
      error={resize.error}
      pending={resize.pending}
      disabled={!valid}
      onClose={onClose}
      onConfirm={() => target !== null && void resize.run(target)}
    >
      <Field
        label="Shards of equal size"
        help={`${open.length} now; half to double at a time, ten times a day, as at AWS`}
        error={target !== null && (target < least || target > most) ? `Between ${least} and ${most}` : undefined}
      >
        {({ invalid: _, ...ids }) => (
          <NumberInput {...ids} value={target} min={least} max={most} onChange={setTarget} />
        )}
      </Field>
      {valid && (
        <Effects
          shards={target - open.length}
          items={[
            `Shards whose bounds change close and stay readable for ${stream.retentionHours} h; ${plural(target, 'shard')} of equal hash ranges ${target === 1 ? 'is' : 'are'} open then.`,
            `If the keys were even, each would be ${formatPercent(load / target, 0)} busy at the load of the last ten seconds.`,
            'Consumers read old shards to their ends before they begin the new ones.',
          ]}
        />
      )}
    </FormDialog>
  )
}
