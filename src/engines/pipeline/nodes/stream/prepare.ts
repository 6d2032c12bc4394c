import { EngineError } from '../../../kit/pure/errors.ts'
import type { StreamContext } from './config.ts'
import { StreamCost } from './cost.ts'
import { Ledger } from './ledger.ts'

/** Makes the stream as the node wants it, and notes where its consumer starts. */
export async function prepareStream(context: StreamContext): Promise<Ledger> {
  const { clients, config } = context
  const { stream, mode, quotas, durability, retentionHours } = config
  const known = (await clients.stream.listStreams({})).find((other) => other.name === stream)
  if (!known)
    await clients.stream.createStream({
      stream,
      mode,
      quotas,
      durability,
      retentionHours,
      ...(mode === 'PROVISIONED' && { shardCount: config.shards }),
    })
  else if (
    known.mode !== mode ||
    known.quotas !== quotas ||
    known.durability !== durability ||
    known.retentionHours !== retentionHours
  )
    await clients.stream.updateStream({ stream, mode, quotas, durability, retentionHours })
  let info = await clients.stream.describeStream({ stream })
  while (info.status !== 'ACTIVE') {
    if (info.status === 'DELETING')
      throw new EngineError('ResourceInUseException', `The stream ${stream} is being deleted.`)
    await context.sleepReal(20)
    info = await clients.stream.describeStream({ stream })
  }
  const consumer = config.consumer || `${context.pipeline}-${context.id}`.replace(/[^a-zA-Z0-9_.-]/g, '-').slice(0, 128)
  const tips = new Map(info.shards.map((shard) => [shard.shardId, shard.nextOffset]))
  const kept = config.start === 'checkpoint' ? await clients.stream.checkpoints({ stream, consumer }) : {}
  const starts = new Map(
    info.shards.map((shard) => [
      shard.shardId,
      config.start === 'tip' ? shard.nextOffset : (kept[shard.shardId] ?? shard.firstOffset),
    ]),
  )
  if (context.neighbours('out').length > 0)
    for (const [shardId, offset] of starts) await clients.stream.checkpoint({ stream, consumer, shardId, offset })
  const shards = info.shards.filter(({ closedMs }) => closedMs === undefined).length
  const charge = (item: string, quantity: number) => context.meter.charge(item, quantity)
  const cost = new StreamCost({ mode, shards, retentionHours }, charge, context.clock.now())
  return new Ledger(consumer, cost, starts, tips)
}
