import { EngineError } from '../kit/pure/errors.ts'
import { ACCOUNT_ID, DEFAULT_REGION } from '../kit/pure/ids.ts'
import type { WrappedKey } from './encryption.ts'
import { evenRanges, type HashRange, parseHashKey } from './hash-key.ts'
import type { Peak } from './on-demand.ts'
import { parseShardId, shardIdOf } from './sequence.ts'

/** What a stream is, apart from its records. Every function here is pure: it takes the state and gives the next one. */
export interface StreamState {
  /** Names its folder: a stream that is created again under an old name is another one. */
  readonly id: string
  readonly name: string
  readonly mode: 'PROVISIONED' | 'ON_DEMAND'
  readonly status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING'
  readonly createdMs: number
  readonly retentionHours: number
  readonly quotas: boolean
  readonly durability: 'fsync' | 'os' | 'memory'
  readonly tags: Readonly<Record<string, string>>
  readonly shards: readonly Shard[]
  /** What happens when UPDATING ends. */
  readonly change?: Change
  /** When UpdateShardCount was called in the last 24 hours. */
  readonly resizedMs: readonly number[]
  /** 1,024 KiB unless told. */
  readonly maxRecordKiB?: number
  /** Shard-level metrics that enhanced monitoring is on for. */
  readonly shardMetrics?: readonly string[]
  /** The data key that new frames are encrypted with; none while encryption is off. */
  readonly encryptedWith?: number
  /** All data keys that frames in the logs may be encrypted with, wrapped. */
  readonly dataKeys?: readonly WrappedKey[]
  /** When keys were applied, encryption was ended and the mode was changed in the last 24 hours. */
  readonly encryptionsMs?: readonly number[]
  readonly decryptionsMs?: readonly number[]
  readonly modesMs?: readonly number[]
  /** AUTO: records go to the shards in turn, whatever their keys. */
  readonly distribution?: 'AUTO' | 'USER_PARTITION_KEY'
  readonly warmMiBps?: number
  /** Of an on-demand stream: the busiest second of each of the last days. */
  readonly peaks?: readonly Peak[]
  /** A resource policy, as JSON text. */
  readonly policy?: string
}

export interface Shard extends HashRange {
  readonly index: number
  readonly parent?: number
  readonly adjacentParent?: number
  readonly createdMs: number
  readonly closedMs?: number
}

export type Change =
  | { readonly kind: 'split'; readonly shard: number; readonly at: bigint }
  | { readonly kind: 'merge'; readonly shard: number; readonly adjacent: number }
  | { readonly kind: 'resize'; readonly target: number }
  | { readonly kind: 'encrypt'; readonly key: number }
  | { readonly kind: 'decrypt' }

/** How long a stream stays CREATING, UPDATING or DELETING, engine ms. At AWS it is some seconds to minutes. */
export const TRANSITION_MS = 500
const SHARDS_MAX = 65_535
export const OPEN_SHARDS_MAX = 10_000
/** 4 MB/s of writes, what an on-demand stream begins with. */
export const ON_DEMAND_SHARDS = 4
const RESIZES_PER_DAY = 10
export const DAY_MS = 24 * 3600_000

export function initialShards(count: number, nowMs: number): Shard[] {
  return evenRanges(count).map((range, index) => ({ ...range, index, createdMs: nowMs }))
}

/** In order of their ranges. */
export function openShards(shards: readonly Shard[]): Shard[] {
  return shards.filter((shard) => shard.closedMs === undefined).sort((a, b) => (a.start < b.start ? -1 : 1))
}

export function childrenOf(shards: readonly Shard[], index: number): Shard[] {
  return shards.filter((shard) => shard.parent === index || shard.adjacentParent === index)
}

/** A closed shard all of whose records are past retention. */
export function isExpired(state: StreamState, shard: Shard, nowMs: number): boolean {
  return shard.closedMs !== undefined && shard.closedMs + state.retentionHours * 3600_000 <= nowMs
}

export function beginSplit(state: StreamState, shardId: string, newStartingHashKey: string): StreamState {
  const shard = shardToChange(state, shardId)
  const at = parseHashKey(newStartingHashKey)
  if (at === undefined || at <= shard.start + 1n || at >= shard.end) {
    throw invalid(
      `NewStartingHashKey ${newStartingHashKey} used in SplitShard() on shard ${shardId} in ${under(state)} is not both greater than one plus the shard's StartingHashKey ${shard.start} and less than the shard's EndingHashKey ${shard.end}.`,
    )
  }
  mustBeActive(state)
  return begin(state, { kind: 'split', shard: shard.index, at })
}

export function beginMerge(state: StreamState, shardId: string, adjacentShardId: string): StreamState {
  const shard = shardToChange(state, shardId)
  const adjacent = shardToChange(state, adjacentShardId)
  if (shard.end + 1n !== adjacent.start)
    throw invalid(
      `Shards ${shardId} and ${adjacentShardId} in ${under(state)} are not an adjacent pair of shards eligible for merging`,
    )
  mustBeActive(state)
  return begin(state, { kind: 'merge', shard: shard.index, adjacent: adjacent.index })
}

/** UpdateShardCount: at most double and at least half, ten times in a rolling day. */
export function beginResize(state: StreamState, target: number, nowMs: number): StreamState {
  mustBeActive(state)
  if (state.mode === 'ON_DEMAND')
    throw new EngineError(
      'ValidationException',
      `Request is invalid. Stream ${state.name} under account ${ACCOUNT_ID} is in On-Demand mode.`,
    )
  const count = openShards(state.shards).length
  const resizedMs = state.resizedMs.filter((time) => time > nowMs - DAY_MS)
  if (resizedMs.length >= RESIZES_PER_DAY)
    throw limitExceeded(
      `UpdateShardCount cannot be called more than ${RESIZES_PER_DAY} times in a rolling 24-hour period for stream ${state.name} under account ${ACCOUNT_ID}.`,
    )
  if (target > count * 2)
    throw limitExceeded(
      `UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: ${count}, Target shard count: ${target}`,
    )
  if (target < Math.ceil(count / 2))
    throw limitExceeded(
      `UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: ${count}, Target shard count: ${target}`,
    )
  return begin({ ...state, resizedMs: [...resizedMs, nowMs] }, { kind: 'resize', target })
}

/** UPDATING ends: parents close, children open. Idempotent only in that it happens once: the change is gone afterwards. */
export function completeChange(state: StreamState, nowMs: number): StreamState {
  const { change, ...rest } = state
  const shards = change ? applyChange(state.shards, change, nowMs) : state.shards
  const done = { ...rest, status: 'ACTIVE', shards } as const
  if (change?.kind === 'encrypt') return { ...done, encryptedWith: change.key }
  if (change?.kind !== 'decrypt') return done
  const { encryptedWith: _, ...open } = done
  return open
}

function applyChange(shards: readonly Shard[], change: Change, nowMs: number): readonly Shard[] {
  switch (change.kind) {
    case 'split':
      return split(shards, change.shard, change.at, nowMs)
    case 'merge':
      return merge(shards, change.shard, change.adjacent, nowMs)
    case 'resize':
      return resize(shards, change.target, nowMs)
    default:
      return shards
  }
}

function split(shards: readonly Shard[], index: number, at: bigint, nowMs: number): Shard[] {
  const parent = shards.find((shard) => shard.index === index)!
  const child = nextIndex(shards)
  return [
    ...close(shards, [index], nowMs),
    { index: child, start: parent.start, end: at - 1n, parent: index, createdMs: nowMs },
    { index: child + 1, start: at, end: parent.end, parent: index, createdMs: nowMs },
  ]
}

function merge(shards: readonly Shard[], index: number, adjacent: number, nowMs: number): Shard[] {
  const one = shards.find((shard) => shard.index === index)!
  const other = shards.find((shard) => shard.index === adjacent)!
  const [start, end] = one.start < other.start ? [one.start, other.end] : [other.start, one.end]
  const child = { index: nextIndex(shards), start, end, parent: index, adjacentParent: adjacent, createdMs: nowMs }
  return [...close(shards, [index, adjacent], nowMs), child]
}

/**
 * Uniform scaling as AWS does it, by splits and merges: first a split at every new bound that is none yet, then merges inside each new
 * range. The shards in between are real, closed at once and empty.
 */
function resize(shards: readonly Shard[], target: number, nowMs: number): readonly Shard[] {
  let next = shards
  const ranges = evenRanges(target)
  for (const { start } of ranges) {
    const holder = openShards(next).find((shard) => shard.start <= start && start <= shard.end)!
    if (holder.start !== start) next = split(next, holder.index, start, nowMs)
  }
  for (const range of ranges) {
    for (;;) {
      const inside = openShards(next).filter((shard) => shard.start >= range.start && shard.end <= range.end)
      if (inside.length === 1) break
      next = merge(next, inside[0].index, inside[1].index, nowMs)
    }
  }
  return next
}

function close(shards: readonly Shard[], indexes: readonly number[], nowMs: number): Shard[] {
  return shards.map((shard) => (indexes.includes(shard.index) ? { ...shard, closedMs: nowMs } : shard))
}

function nextIndex(shards: readonly Shard[]): number {
  return shards.reduce((most, shard) => Math.max(most, shard.index), -1) + 1
}

export function begin(state: StreamState, change: Change): StreamState {
  const shards = applyChange(state.shards, change, 0)
  if (nextIndex(shards) > SHARDS_MAX || openShards(shards).length > OPEN_SHARDS_MAX) {
    const open = openShards(state.shards).length
    throw limitExceeded(
      `A stream has at most ${OPEN_SHARDS_MAX} open shards, and ${SHARDS_MAX} in its life. Current open shard count: ${open}`,
    )
  }
  return { ...state, status: 'UPDATING', change }
}

function shardToChange(state: StreamState, shardId: string): Shard {
  const shard = findShard(state, shardId)
  if (shard.closedMs !== undefined)
    throw invalid(
      `Shard ${shardId} in ${under(state)} has already been merged or split, and thus is not eligible for merging or splitting.`,
    )
  return shard
}

export function findShard(state: StreamState, shardId: string): Shard {
  const index = parseShardId(shardId)
  const shard = state.shards.find((each) => each.index === index)
  if (!shard) throw new EngineError('ResourceNotFoundException', `Could not find shard ${shardId} in ${under(state)}.`)
  return shard
}

export function mustBeActive(state: StreamState): void {
  if (state.status !== 'ACTIVE') {
    const { name, status } = state
    throw new EngineError(
      'ResourceInUseException',
      `Stream ${name} under account ${ACCOUNT_ID} not ACTIVE, instead in state ${status}`,
      { retry: true },
    )
  }
}

export function streamArn(name: string): string {
  return `arn:aws:kinesis:${DEFAULT_REGION}:${ACCOUNT_ID}:stream/${name}`
}

export function streamNotFound(name: string): EngineError {
  return new EngineError('ResourceNotFoundException', `Stream ${name} under account ${ACCOUNT_ID} not found.`)
}

export function rateExceeded({ name }: StreamState, shard: number): EngineError {
  return new EngineError(
    'ProvisionedThroughputExceededException',
    `Rate exceeded for shard ${shardIdOf(shard)} in stream ${name} under account ${ACCOUNT_ID}.`,
    { retry: true },
  )
}

export function under(state: StreamState): string {
  return `stream ${state.name} under account ${ACCOUNT_ID}`
}

export function invalid(message: string): EngineError {
  return new EngineError('InvalidArgumentException', message)
}

export function limitExceeded(message: string): EngineError {
  return new EngineError('LimitExceededException', message)
}
