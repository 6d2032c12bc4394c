import { EngineError } from '../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../kit/pure/ids.ts'
import type { WrappedKey } from './encryption.ts'
import {
  begin,
  DAY_MS,
  invalid,
  limitExceeded,
  mustBeActive,
  ON_DEMAND_SHARDS,
  openShards,
  type StreamState,
  under,
} from './model.ts'
import { shardsFor } from './on-demand.ts'

/** Transitions of a stream's settings. Pure, as those of its shards in `model.ts`. */

const MODES_PER_DAY = 2
const ENCRYPTIONS_PER_DAY = 25
const RECORD_KIB = [1024, 10_240] as const
/** 10 GiB a second, of which one shard takes a MiB. */
const WARM_MIBPS_MAX = 10_240

export const SHARD_METRICS = [
  'IncomingBytes',
  'IncomingRecords',
  'OutgoingBytes',
  'OutgoingRecords',
  'WriteProvisionedThroughputExceeded',
  'ReadProvisionedThroughputExceeded',
  'IteratorAgeMilliseconds',
] as const

/** UpdateStreamMode: twice in a rolling day. The shards stay as they are; the stream is UPDATING for a while. */
export function changeMode(
  state: StreamState,
  mode: StreamState['mode'],
  nowMs: number,
  warm?: { readonly warmMiBps: number; readonly committed: boolean },
): StreamState {
  if (warm) checkWarmThroughput(mode, warm.warmMiBps, warm.committed)
  if (mode === state.mode) return state
  mustBeActive(state)
  const modesMs = lastDay(state.modesMs, nowMs)
  if (modesMs.length >= MODES_PER_DAY)
    throw limitExceeded(
      `The capacity mode of ${under(state)} can be changed ${MODES_PER_DAY} times in a rolling 24-hour period.`,
    )
  const { warmMiBps: _, distribution: __, peaks: ___, ...rest } = state
  const next = { ...rest, mode, modesMs: [...modesMs, nowMs] }
  return warm ? setWarmThroughput(next, warm.warmMiBps, warm.committed, nowMs) : { ...next, status: 'UPDATING' }
}

/** Encryption begins when the stream is ACTIVE again; another key takes the place of an earlier one. */
export function beginEncryption(state: StreamState, key: WrappedKey, nowMs: number): StreamState {
  mustBeActive(state)
  const encryptionsMs = lastDay(state.encryptionsMs, nowMs)
  if (encryptionsMs.length >= ENCRYPTIONS_PER_DAY)
    throw limitExceeded(
      `A key can be applied to ${under(state)} ${ENCRYPTIONS_PER_DAY} times in a rolling 24-hour period.`,
    )
  const next = { ...state, encryptionsMs: [...encryptionsMs, nowMs], dataKeys: [...(state.dataKeys ?? []), key] }
  return begin(next, { kind: 'encrypt', key: key.number })
}

export function endEncryption(state: StreamState, keyId: string, nowMs: number): StreamState {
  mustBeActive(state)
  const present = encryptionKeyId(state)
  if (present === undefined) throw invalid(`S${under(state).slice(1)} is not encrypted.`)
  if (present !== keyId)
    throw invalid(`KeyId ${keyId} is not the key that ${under(state)} is encrypted with, which is ${present}.`)
  const decryptionsMs = lastDay(state.decryptionsMs, nowMs)
  if (decryptionsMs.length >= ENCRYPTIONS_PER_DAY)
    throw limitExceeded(
      `Encryption of ${under(state)} can be disabled ${ENCRYPTIONS_PER_DAY} times in a rolling 24-hour period.`,
    )
  return begin({ ...state, decryptionsMs: [...decryptionsMs, nowMs] }, { kind: 'decrypt' })
}

export function encryptionKeyId(state: StreamState): string | undefined {
  return state.dataKeys?.find(({ number }) => number === state.encryptedWith)?.keyId
}

export function setShardMetrics(state: StreamState, shardMetrics: readonly string[]): StreamState {
  mustBeActive(state)
  return { ...state, shardMetrics: SHARD_METRICS.filter((name) => shardMetrics.includes(name)), status: 'UPDATING' }
}

export function setMaxRecordSize(state: StreamState, maxRecordKiB: number): StreamState {
  const [least, most] = RECORD_KIB
  if (!(maxRecordKiB >= least && maxRecordKiB <= most))
    throw new EngineError(
      'ValidationException',
      `MaxRecordSizeInKiB of ${under(state)} must be between ${least} and ${most}; ${maxRecordKiB} was given.`,
    )
  mustBeActive(state)
  return { ...state, maxRecordKiB, status: 'UPDATING' }
}

export function setDistribution(state: StreamState, distribution: 'AUTO' | 'USER_PARTITION_KEY'): StreamState {
  if (state.mode !== 'ON_DEMAND' && distribution === 'AUTO')
    throw invalid(
      `RecordDistributionStrategy AUTO is only supported for streams with StreamMode ON_DEMAND; ${under(state)} has ${state.mode}.`,
    )
  mustBeActive(state)
  return { ...state, distribution }
}

/** UpdateStreamWarmThroughput: the stream gets the shards for it at once, or gives back what nothing asks for any more. */
export function setWarmThroughput(
  state: StreamState,
  warmMiBps: number,
  committed: boolean,
  nowMs: number,
): StreamState {
  checkWarmThroughput(state.mode, warmMiBps, committed)
  mustBeActive(state)
  const next = { ...state, warmMiBps }
  const target = shardsFor(next, nowMs)
  return target === openShards(state.shards).length
    ? { ...next, status: 'UPDATING' }
    : begin(next, { kind: 'resize', target })
}

export function checkWarmThroughput(mode: StreamState['mode'], warmMiBps: number, committed: boolean): void {
  if (mode !== 'ON_DEMAND')
    throw invalid('WarmThroughputMiBps is only supported for streams with StreamMode ON_DEMAND.')
  if (!committed)
    throw invalid(
      `WarmThroughputMiBps needs MinimumThroughputBillingCommitment, which is not enabled for account ${ACCOUNT_ID}.`,
    )
  if (warmMiBps > WARM_MIBPS_MAX)
    throw limitExceeded(`WarmThroughputMiBps cannot be more than ${WARM_MIBPS_MAX}; ${warmMiBps} was given.`)
}

/** How many shards a new stream begins with. */
export function firstShardCount(mode: StreamState['mode'], shardCount: number | undefined, warmMiBps = 0): number {
  return mode === 'ON_DEMAND' ? Math.max(shardCount ?? ON_DEMAND_SHARDS, warmMiBps) : (shardCount ?? 1)
}

function lastDay(times: readonly number[] | undefined, nowMs: number): readonly number[] {
  return (times ?? []).filter((time) => time > nowMs - DAY_MS)
}
