import type { ConsumerPosition, HotKey, ShardInfo, StreamMetrics } from '../../../../engines/stream/contract.ts'
import { parseShardId } from '../../../../engines/stream/sequence.ts'
import { History } from './history.ts'

/** What is known of a stream from its feed of changes. A new one for each change; what is in it is shared. */
export interface Live {
  readonly history: History
  readonly hotKeys: readonly HotKey[]
  /** By consumer and shard. */
  readonly consumers: ReadonlyMap<string, ConsumerPosition>
  /** By index of the shard. */
  readonly tips: ReadonlyMap<number, { readonly nextOffset: number; readonly bytes: number }>
}

export const NOTHING_YET: Live = { history: new History(), hotKeys: [], consumers: new Map(), tips: new Map() }

/** Takes a change in. A feed that begins anew begins with null, since it tells everything again. */
export function withChange(before: Live | null, change: StreamMetrics): Live {
  const history = before?.history ?? new History()
  history.add(change.seconds)
  const consumers = new Map(change.allConsumers ? [] : before?.consumers)
  for (const position of change.consumers) consumers.set(`${position.consumer}\n${position.shardId}`, position)
  const tips = new Map(before?.tips)
  const { shards, nextOffsets, bytes } = change.tips
  shards.forEach((shard, i) => {
    tips.set(shard, { nextOffset: nextOffsets[i], bytes: bytes[i] })
  })
  return { history, hotKeys: change.hotKeys, consumers, tips }
}

/** The shards with their tips as last told: they move without the list of shards being read again. */
export function withTips(shards: readonly ShardInfo[], tips: Live['tips']): ShardInfo[] {
  return shards.map((shard) => {
    const tip = tips.get(shard.index)
    return tip && tip.nextOffset > shard.nextOffset ? { ...shard, ...tip } : shard
  })
}

export const indexOf = (shardId: string): number => parseShardId(shardId) ?? -1

/** At the beginning of a sentence or a title. */
export function shardTitle(shardId: string): string {
  return `Shard ${indexOf(shardId)}`
}

export function shortShard(shardId: string): string {
  return `shard ${indexOf(shardId)}`
}
