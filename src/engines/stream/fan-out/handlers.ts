import type { Contracts } from '../../contract.ts'
import type { EngineContext } from '../../kit/node/engine.ts'
import { realTime } from '../../kit/node/real-time.ts'
import type { ContractHandlers } from '../../kit/pure/contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { DataStream } from '../data-stream.ts'
import { findShard } from '../model.ts'
import type { Streams } from '../streams.ts'
import { subscriptionPrefix } from './consumers.ts'
import { mustBeActiveConsumer } from './model.ts'
import { subscribe } from './subscribe.ts'

type Handlers = ContractHandlers<Contracts['stream']>
type FanOut = Pick<
  Handlers,
  'registerConsumer' | 'deregisterConsumer' | 'registeredConsumers' | 'updateRegisteredConsumer' | 'subscribe'
>

const LIFE_MS = 300_000
const HEARTBEAT_MS = 5000

/** What the engine offers of enhanced fan-out. `ending` and `sayWhy` end a feed as the engine's others end. */
export function fanOutHandlers(
  streams: Streams,
  { clock, settings }: EngineContext<object>,
  ending: (signal: AbortSignal, stream: DataStream) => AbortSignal,
  sayWhy: (stream: DataStream) => void,
): FanOut {
  const { consumers } = streams
  const { lifeMs = LIFE_MS, heartbeatMs = HEARTBEAT_MS } =
    (settings.subscriptions as { lifeMs?: number; heartbeatMs?: number } | undefined) ?? {}
  return {
    registerConsumer: ({ stream, consumer, tags }) =>
      consumers.register(streams.get(stream).state, consumer, tags, streams.isCommitted()),
    deregisterConsumer({ stream, consumer }) {
      consumers.deregister(streams.get(stream).state, consumer)
      return {}
    },
    registeredConsumers: ({ stream }) => consumers.all(streams.find(stream).state),
    updateRegisteredConsumer: ({ stream, consumer, ...change }) =>
      consumers.update(streams.get(stream).state, consumer, change),

    async *subscribe({ stream: name, consumer: consumerName, shardId, position }, { signal }) {
      const stream = streams.get(name)
      const consumer = consumers.find(stream.state, consumerName)
      mustBeActiveConsumer(consumer, name)
      const { index: shard } = findShard(stream.state, shardId)
      const offset = await stream.locate(shardId, position)
      const key = `${subscriptionPrefix(consumer)}${shard}`
      const held = consumers.subscriptions.take(key, `${ACCOUNT_ID}:${name}:${shardId}:${consumerName}`)
      const life = new AbortController()
      const timer = realTime.after(lifeMs, () => life.abort())
      const abort = AbortSignal.any([ending(signal, stream), held.ended.signal, life.signal])
      try {
        yield* subscribe(stream, { consumer: consumerName, shard, offset, heartbeatMs }, abort, clock)
      } finally {
        timer.cancel()
        consumers.subscriptions.release(held)
      }
      if (held.ended.signal.reason instanceof EngineError) throw held.ended.signal.reason
      sayWhy(stream)
    },
  }
}
