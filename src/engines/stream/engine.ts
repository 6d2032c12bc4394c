import { defineEngine } from '../define.ts'
import { connectionLost } from '../kit/pure/rpc.ts'
import { consume } from './consumer.ts'
import type { DataStream } from './data-stream.ts'
import { fanOutHandlers } from './fan-out/handlers.ts'
import { beginMerge, beginResize, beginSplit, findShard, isExpired, streamNotFound } from './model.ts'
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
          const offsets = store.checkpointsOf(streams.get(name).state.id, consumer)
          return Object.fromEntries([...offsets].map(([shard, offset]) => [shardIdOf(shard), offset]))
        },
        async deleteConsumer({ stream: name, consumer }) {
          const stream = streams.get(name)
          await store.deleteConsumer(stream.state.id, consumer)
          stream.meter.forgetConsumer(consumer)
          return {}
        },

        async *watchMetrics({ stream: name, historySeconds }, { signal }) {
          const stream = streams.get(name)
          const abort = ending(signal, stream)
          let fromMs = clock.now() - historySeconds * 1000
          for (let first = true; !abort.aborted; first = false) {
            const seen = stream.meter.changed.version
            const items = stream.meter.since(fromMs)
            if (items.length > 0) fromMs = items[items.length - 1].timeMs + 1
            if (first || items.length > 0) yield items
            await stream.meter.changed.wait(seen, abort)
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
