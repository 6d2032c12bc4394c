import type { Contracts } from '../contract.ts'
import type { Clock } from '../kit/pure/clock.ts'
import type { ContractHandlers } from '../kit/pure/contract.ts'
import { commit, describeAccount } from './account.ts'
import type { StreamSummary } from './contract.ts'
import type { DataStream } from './data-stream.ts'
import { mustBeActive, type StreamState } from './model.ts'
import {
  beginEncryption,
  changeMode,
  endEncryption,
  setDistribution,
  setMaxRecordSize,
  setShardMetrics,
  setWarmThroughput,
} from './settings.ts'
import type { Streams } from './streams.ts'

type Settings = Pick<
  ContractHandlers<Contracts['stream']>,
  | 'updateStream'
  | 'startEncryption'
  | 'stopEncryption'
  | 'setShardMetrics'
  | 'updateMaxRecordSize'
  | 'updateDistribution'
  | 'updateWarmThroughput'
  | 'accountSettings'
  | 'updateAccountSettings'
>

/** What the engine offers of a stream's settings, and of the account's. */
export function settingsHandlers(
  streams: Streams,
  clock: Clock,
  summary: (stream: DataStream) => StreamSummary,
): Settings {
  const { store } = streams
  const change = (name: string, next: (state: StreamState) => StreamState): StreamSummary => {
    const stream = streams.get(name)
    const state = next(stream.state)
    if (state !== stream.state) streams.become(stream, state)
    return summary(stream)
  }
  return {
    updateStream: ({ stream, mode, warmMiBps, policy, ...rest }) =>
      change(stream, (state) => {
        const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
        const warm = warmMiBps === undefined ? undefined : { warmMiBps, committed: streams.isCommitted() }
        const { policy: present, ...changed } = changeMode(state, mode ?? state.mode, clock.now(), warm)
        const kept = policy === undefined ? present : (policy ?? undefined)
        return { ...changed, ...given, ...(kept !== undefined && { policy: kept }) }
      }),
    startEncryption({ stream, keyId }) {
      change(stream, (state) => {
        // No key for a stream that would not take it.
        mustBeActive(state)
        return beginEncryption(state, streams.newDataKey(state, keyId), clock.now())
      })
      return {}
    },
    stopEncryption({ stream, keyId }) {
      change(stream, (state) => endEncryption(state, keyId, clock.now()))
      return {}
    },
    setShardMetrics: ({ stream, metrics }) => change(stream, (state) => setShardMetrics(state, metrics)),
    updateMaxRecordSize: ({ stream, maxRecordKiB }) => change(stream, (state) => setMaxRecordSize(state, maxRecordKiB)),
    updateDistribution: ({ stream, distribution }) => change(stream, (state) => setDistribution(state, distribution)),
    updateWarmThroughput: ({ stream, warmMiBps }) =>
      change(stream, (state) => setWarmThroughput(state, warmMiBps, streams.isCommitted(), clock.now())),

    accountSettings: () => describeAccount(store.commitment(), clock.now()),
    updateAccountSettings({ committed }) {
      const commitment = commit(store.commitment(), committed, clock.now())
      store.saveCommitment(commitment)
      return describeAccount(commitment, clock.now())
    },
  }
}
