import { deaggregateBatch } from '../../../kit/pure/kpl.ts'
import { abortion, Outlasting } from '../../../kit/pure/outlasting.ts'
import { batchBytes } from '../kit/rows.ts'
import type { StreamContext } from './config.ts'
import type { Ledger } from './ledger.ts'
import { note } from './note.ts'

const MARK_BATCHES = 64

/**
 * Reads every shard from where the run starts, and marks as done with what the sinks behind have acknowledged. What KPL aggregated goes on
 * as the records that its producers put; accounts and checkpoints are of the records that the stream holds.
 */
export async function consume(context: StreamContext, ledger: Ledger): Promise<void> {
  const { clients, config } = context
  const out = context.out('out')!
  const ends = new AbortController()
  const end = () => ends.abort(context.signal.reason)
  context.signal.addEventListener('abort', end, { once: true })
  const reading = clients.stream.consume(
    { stream: config.stream, consumer: ledger.consumer, from: 'CHECKPOINT' },
    { signal: ends.signal },
  )
  const iterator = reading[Symbol.asyncIterator]()
  const alone = context.neighbours('in').length === 0
  const settled = new Outlasting(
    alone
      ? abortion(context.stopping).catch(() => 'settled' as const)
      : ledger.when(() => ledger.settled).then(() => 'settled' as const),
  )
  const positions = new Map<string, number>()
  const checkpoints = new Checkpoints(context, ledger.consumer)
  try {
    for (;;) {
      const next = await context.idle(settled.race(iterator.next()))
      if (next === 'settled' || next.done) break
      const { batch, shardId, startOffset, nextOffset } = next.value
      const shard = Number(shardId.slice(shardId.lastIndexOf('-') + 1))
      ledger.took(batch, shardId, startOffset)
      ledger.cost.read(batchBytes(batch))
      positions.set(shardId, nextOffset)
      ledger.blocked = true
      ledger.look()
      if (batch.count > 0) await out.push(deaggregateBatch(batch))
      ledger.blocked = false
      ledger.consumed(shard, nextOffset)
      note(context, ledger)
      await checkpoints.maybe(out, positions)
    }
    await checkpoints.last(out, positions)
  } finally {
    context.signal.removeEventListener('abort', end)
    ends.abort()
    void iterator.return?.().catch(() => {})
  }
}

/** Moves the consumer's checkpoints to what the sinks have dealt with, one mark on its way at a time. */
class Checkpoints {
  private readonly context: StreamContext
  private readonly consumer: string
  private onItsWay = false
  private batches = 0

  constructor(context: StreamContext, consumer: string) {
    this.context = context
    this.consumer = consumer
  }

  async maybe(
    out: NonNullable<ReturnType<StreamContext['out']>>,
    positions: ReadonlyMap<string, number>,
  ): Promise<void> {
    if (this.onItsWay || ++this.batches < MARK_BATCHES) return
    this.batches = 0
    this.onItsWay = true
    const at = new Map(positions)
    const { settled } = await out.mark()
    void settled
      .then(() => this.write(at))
      .catch(() => {})
      .finally(() => {
        this.onItsWay = false
      })
  }

  async last(
    out: NonNullable<ReturnType<StreamContext['out']>>,
    positions: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { settled } = await out.mark()
    await this.context.idle(Promise.race([settled, abortion(this.context.signal)]))
    await this.write(positions)
  }

  private async write(positions: ReadonlyMap<string, number>): Promise<void> {
    const { clients, config } = this.context
    for (const [shardId, offset] of positions)
      await clients.stream.checkpoint({ stream: config.stream, consumer: this.consumer, shardId, offset })
  }
}
