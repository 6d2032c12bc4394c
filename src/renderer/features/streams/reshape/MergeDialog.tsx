import { useState } from 'react'
import type { ShardInfo } from '../../../../engines/stream/contract.ts'
import { formatPercent, useAction } from '../../../lib/index.ts'
import { Banner, Field, FormDialog, Select } from '../../../ui/index.ts'
import type { Live } from '../metrics/live.ts'
import { shortShard } from '../metrics/live.ts'
import { shareOf } from '../metrics/load.ts'
import { Effects, type ReshapeProps } from './Effects.tsx'
import { adjacentPair, neighboursOf } from './plan.ts'

/** From this share of a shard's limit on, two shards together leave too little room. */
const TIGHT = 0.8

/** Asks which shard to merge another with, and says what comes of it. */
export function MergeDialog({
  stream,
  shard,
  other,
  live,
  nowMs,
  onClose,
  onDone,
}: ReshapeProps & { shard: ShardInfo; other: ShardInfo | null; live: Live; nowMs: number }) {
  const neighbours = neighboursOf(stream.shards, shard)
  const [chosen, setChosen] = useState(
    neighbours.find(({ shardId }) => shardId === other?.shardId)?.shardId ?? neighbours.at(-1)?.shardId ?? null,
  )
  const mate = neighbours.find(({ shardId }) => shardId === chosen)
  const pair = mate ? adjacentPair(shard, mate) : null
  const load = [shard, mate].reduce(
    (sum, each) => sum + (each ? shareOf(live.history.rates(each.index, nowMs, 10)) : 0),
    0,
  )
  const merge = useAction(
    (clients, signal, lower: string, upper: string) =>
      clients.stream.mergeShards({ stream: stream.name, shardId: lower, adjacentShardId: upper }, { signal }),
    { onDone: () => onDone('The shards are merged') },
  )
  return (
    <FormDialog
      width={560}
      failure="The shards stay as they are"
      title={`Merge ${shortShard(shard.shardId)}`}
      action="Merge"
      error={merge.error}
      pending={merge.pending}
      disabled={!pair}
      onClose={onClose}
      onConfirm={() => pair && void merge.run(pair[0].shardId, pair[1].shardId)}
    >
      <Field label="With" help="Only shards side by side in hash order merge">
        {({ invalid: _, ...ids }) => (
          <Select
            {...ids}
            value={chosen}
            options={neighbours.map(({ shardId }) => ({ value: shardId, label: shortShard(shardId) }))}
            onChange={setChosen}
          />
        )}
      </Field>
      {load > TIGHT && (
        <Banner tone="warn">
          Together they use {formatPercent(load, 0)} of what one shard takes: records will be refused.
        </Banner>
      )}
      <Effects
        shards={-1}
        items={[
          `Both close: they take no more records, and what they hold stays readable for ${stream.retentionHours} h.`,
          `One shard opens with both hash ranges. At the load of the last ten seconds it is ${formatPercent(load, 0)} busy.`,
          'Consumers read both old shards to their ends before they begin the new one.',
        ]}
      />
    </FormDialog>
  )
}
