import { useState } from 'react'
import type { ShardInfo } from '../../../../engines/stream/contract.ts'
import { formatPercent, useAction, useCall } from '../../../lib/index.ts'
import { Banner, Combobox, Field, FormDialog, Select } from '../../../ui/index.ts'
import { shardTitle, shortShard } from '../metrics/live.ts'
import styles from '../streams.module.css'
import { Effects, type ReshapeProps } from './Effects.tsx'
import { cutBounds, dominantKey, halvingCut, isCut, type Load, middleOf, shareBelow } from './plan.ts'
import { SplitBar } from './SplitBar.tsx'

const PLACES = [
  { value: 'load', label: 'So that the load halves', detail: 'by the keys seen lately' },
  { value: 'middle', label: 'In the middle of its range', detail: 'for many even keys' },
  { value: 'key', label: 'At a hash key', detail: 'of your choice' },
] as const

const NO_LOAD: Load = { records: 0, keys: [] }

/** Asks where to split a shard, and says what comes of it. */
export function SplitDialog({ stream, shard, onClose, onDone }: ReshapeProps & { shard: ShardInfo }) {
  const [place, setPlace] = useState<(typeof PLACES)[number]['value']>('load')
  const [typed, setTyped] = useState('')
  const seen = useCall(
    (clients, signal) => clients.stream.shardKeys({ stream: stream.name, shardId: shard.shardId }, { signal }),
    [stream.name, shard.shardId],
  )
  const load = seen.data ?? NO_LOAD
  const wanted = /^\d{1,39}$/.test(typed) ? BigInt(typed) : null
  const at = place === 'middle' ? middleOf(shard) : place === 'load' ? halvingCut(shard, load).at : wanted
  const valid = at !== null && isCut(shard, at)
  const heavy = dominantKey(load)
  const split = useAction(
    (clients, signal, newStartingHashKey: string) =>
      clients.stream.splitShard({ stream: stream.name, shardId: shard.shardId, newStartingHashKey }, { signal }),
    { onDone: () => onDone(`${shardTitle(shard.shardId)} is split`) },
  )
  const share = valid ? shareBelow(shard, load, at) : 0
  return (
    <FormDialog
      width={560}
      failure="The shards stay as they are"
      title={`Split ${shortShard(shard.shardId)}`}
      action="Split"
      error={split.error}
      pending={split.pending}
      disabled={!valid}
      onClose={onClose}
      onConfirm={() => at !== null && void split.run(String(at))}
    >
      <Field label="Where">
        {({ invalid: _, ...ids }) => <Select {...ids} value={place} options={PLACES} onChange={setPlace} />}
      </Field>
      {place === 'key' && (
        <Field
          label="Second shard begins at"
          help="A decimal hash key, or one of a hot key: that key and all after it go to the second shard"
          error={typed !== '' && !valid ? `Between ${cutBounds(shard).join(' and ')}` : undefined}
        >
          {({ invalid, ...ids }) => (
            <Combobox
              {...ids}
              invalid={invalid}
              free
              mono
              value={typed}
              onChange={(value) => setTyped(value.trim())}
              options={load.keys
                .filter(({ hashKey }) => isCut(shard, BigInt(hashKey)))
                .map(({ key, hashKey, share: of }) => ({
                  value: hashKey,
                  label: hashKey,
                  detail: `${key}, ${formatPercent(of, 0)}`,
                }))}
            />
          )}
        </Field>
      )}
      <SplitBar shard={shard} load={load} at={valid ? at : null} />
      {valid && (
        <p className={styles.shares}>
          <span>
            First: <b>{formatPercent(share, 0)}</b> of the load
          </span>
          <span>
            Second: <b>{formatPercent(1 - share, 0)}</b>
          </span>
        </p>
      )}
      {load.records === 0 && seen.data && (
        <Banner tone="neutral">No records came lately: the load is taken to be even over the range.</Banner>
      )}
      {heavy && (
        <Banner tone="warn">
          The key “{heavy.key}” alone has {formatPercent(heavy.share, 0)} of the load. A key goes to one shard, so no
          split halves it: spread it over several keys.
        </Banner>
      )}
      <Effects
        shards={1}
        items={[
          `${shardTitle(shard.shardId)} closes: it takes no more records, and what it holds stays readable for ${stream.retentionHours} h.`,
          'Two shards open, each with its own limits of 1 MiB/s and 1,000 rec/s in, 2 MiB/s out.',
          'Consumers read the old shard to its end before they begin the new ones, so the order of each key stays.',
        ]}
      />
    </FormDialog>
  )
}
