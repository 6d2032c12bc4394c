import { defineEngine } from '../define.ts'
import { connectionLost } from '../kit/pure/rpc.ts'
import { consume } from './consumer.ts'
import type { DataStream } from './data-stream.ts'
import { fanOutHandlers } from './fan-out/handlers.ts'
import { beginMerge, beginResize, beginSplit, findShard, isExpired, streamNotFound } from './model.ts'
import { resend } from './resend.ts'
import { shardIdOf } from './sequence.ts'
import { settingsHandlers } from './settings-handlers.ts'
import { Streams } from './streams.ts'

export const engine = defineEngine({
  name: 'stream',
  needs: [],
  async start(context) {
    const { clock } = context
    const streams = await Streams.open(context)
    const { store } = streams
    const stopping = new AbortController()
    const summary = (stream: DataStream) =>
      stream.summary(store.consumers(stream.state.id).length, streams.consumers.count(stream.state.id))

    /** Ends a feed when its reader goes, the stream is deleted or the engine stops; the latter two are errors to the reader. */
    const ending = (signal: AbortSignal, stream?: DataStream) =>
      AbortSignal.any([signal, stopping.signal, ...(stream ? [stream.gone.signal] : [])])
    const sayWhy = (stream?: DataStream) => {
      if (stopping.signal.aborted) throw connectionLost()
      if (stream?.gone.signal.aborted) throw streamNotFound(stream.state.name)
    }

    const checkpoints = (id: string, consumer: string) =>
      Object.fromEntries([...store.checkpointsOf(id, consumer)].map(([shard, offset]) => [shardIdOf(shard), offset]))

    return {
      handlers: {
        ...fanOutHandlers(streams, context, ending, sayWhy),
        ...settingsHandlers(streams, clock, summary),
        createStream: (input) => summary(streams.create(input)),
        deleteStream: ({ stream, enforceConsumerDeletion }) => {
          streams.delete(stream, enforceConsumerDeletion)
          return {}
        },
        listStreams: () => streams.all().map(summary),
        async describeStream({ stream: name }) {
          const stream = streams.find(name)
          const kept = stream.state.shards.filter((shard) => !isExpired(stream.state, shard, clock.now()))
          return { ...summary(stream), shards: await Promise.all(kept.map((shard) => stream.shardInfo(shard))) }
        },
        splitShard({ stream: name, shardId, newStartingHashKey }) {
          const stream = streams.get(name)
          streams.become(stream, beginSplit(stream.state, shardId, newStartingHashKey))
          return {}
        },
        mergeShards({ stream: name, shardId, adjacentShardId }) {
          const stream = streams.get(name)
          streams.become(stream, beginMerge(stream.state, shardId, adjacentShardId))
          return {}
        },
        updateShardCount({ stream: name, targetShardCount }) {
          const stream = streams.get(name)
          streams.become(stream, beginResize(stream.state, targetShardCount, clock.now()))
          return summary(stream)
        },

        put: ({ stream, batch }) => streams.get(stream).put(batch),
        read: ({ stream, shardId, position, ...options }) => streams.get(stream).read(shardId, position, options),
        locate: async ({ stream, shardId, position, quota }) => ({
          offset: await streams.get(stream).locate(shardId, position, quota),
        }),
        async *consume({ stream: name, consumer, from, maxRecords }, { signal }) {
          const stream = streams.get(name)
          const checkpoints = from === 'CHECKPOINT' ? store.checkpointsOf(stream.state.id, consumer) : new Map()
          yield* consume(stream, { consumer, from, maxRecords, checkpoints }, ending(signal, stream), clock)
          sayWhy(stream)
        },
        async checkpoint({ stream: name, consumer, shardId, offset }) {
          const { state } = streams.get(name)
          await store.checkpoint(state.id, consumer, findShard(state, shardId).index, offset)
          return {}
        },
        checkpoints({ stream: name, consumer }) {
          return checkpoints(streams.get(name).state.id, consumer)
        },
        async deleteConsumer({ stream: name, consumer }) {
          const stream = streams.get(name)
          await store.deleteConsumer(stream.state.id, consumer)
          stream.meter.forgetConsumer(consumer)
          return {}
        },

        consumerGroups({ stream: name }) {
          const { id } = streams.get(name).state
          return store.consumers(id).map((consumer) => ({ consumer, checkpoints: checkpoints(id, consumer) }))
        },

        shardKeys({ stream: name, shardId }) {
          const stream = streams.get(name)
          return stream.meter.keysOf(findShard(stream.state, shardId).index)
        },
        async *resend({ stream: name, target, ...what }, { signal }) {
          const stream = streams.get(name)
          yield* resend(stream, streams.get(target), what, ending(signal, stream), clock)
          sayWhy(stream)
        },
        async *watchMetrics({ stream: name, historySeconds }, { signal }) {
          const stream = streams.get(name)
          const abort = ending(signal, stream)
          const { meter } = stream
          let fromMs = clock.now() - historySeconds * 1000
          let version = -1
          for (let first = true; !abort.aborted; first = false) {
            const seen = meter.changed.version
            const seconds = meter.since(fromMs)
            const last = seconds.at(-1)
            if (last) fromMs = last.timeMs + 1
            if (first || last) {
              const { version: told, ...consumers } = meter.positionsSince(version)
              version = told
              const tips = stream.tips(last?.shards ?? new Uint16Array(0))
              const { durability } = stream.state
              yield { seconds, durability, tips, hotKeys: meter.hottest(), ...consumers }
            }
            await meter.changed.wait(seen, abort)
          }
          sayWhy(stream)
        },
        async *watchStreams(_, { signal }) {
          const abort = ending(signal)
          while (!abort.aborted) {
            const seen = streams.listChanged.version
            yield streams.all().map(summary)
            await streams.listChanged.wait(seen, abort)
          }
          sayWhy()
        },
        damage() {
          const names = new Map(streams.all().map(({ state }) => [state.id, state.name]))
          return store
            .damage()
            .map((row) => ({ ...row, stream: names.get(row.stream) ?? row.stream, shardId: shardIdOf(row.shard) }))
        },
      },
      async stop() {
        stopping.abort()
        await streams.stop()
      },
    }
  },
})
