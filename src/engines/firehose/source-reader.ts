import { EngineError } from '../kit/pure/errors.ts'
import { Wake } from '../kit/pure/wake.ts'
import type { Arrivals } from './arrivals.ts'
import type { FirehoseContext } from './stage.ts'

const RETRY_MS = 1_000

export interface SourceHooks {
  /** All records of a shard below it are done with. */
  low(shardId: string): number
  raise(shardId: string, offset: number): void
  /** Records that retention deleted before they could be read. */
  lost(shardId: string, from: number, to: number): void
  accept(arrivals: Arrivals): Promise<void>
  onError(message: string | undefined): void
}

/**
 * Reads a data stream for a delivery stream. The checkpoint moves only when the records before it are done with, so a stop at any time
 * loses none; those above it that are done already are known to the ledger, so none is delivered twice.
 */
export class SourceReader {
  private readonly consumer: string
  private readonly stream: string
  private readonly context: FirehoseContext
  private readonly hooks: SourceHooks
  /** By shard, one after the last record taken since the start: a feed that begins again sends the rest again. */
  private readonly taken = new Map<string, number>()
  private readonly progress = new Wake()
  private readonly ending = new AbortController()
  private running: Promise<void> = Promise.resolve()
  /** Resolves once the checkpoints have been put right after the start, or could not be. */
  private readonly aligned: Promise<void>
  private setAligned: () => void = () => {}

  constructor(deliveryStream: string, stream: string, context: FirehoseContext, hooks: SourceHooks) {
    this.consumer = consumerName(deliveryStream)
    this.stream = stream
    this.context = context
    this.hooks = hooks
    this.aligned = new Promise((resolve) => {
      this.setAligned = resolve
    })
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.ending.abort(signal.reason), { once: true })
    this.running = this.run()
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      try {
        await this.align().finally(this.setAligned)
        await this.consume()
      } catch (thrown) {
        if (this.ending.signal.aborted) return
        this.hooks.onError(`Reading the data stream ${this.stream}: ${EngineError.from(thrown).message}`)
      }
      await this.pause()
    }
  }

  private pause(): Promise<void> {
    const { clock } = this.context
    if (this.ending.signal.aborted) return Promise.resolve()
    const { signal } = this.ending
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = clock.at(clock.now() + RETRY_MS, end)
      signal.addEventListener('abort', end, { once: true })
    })
  }

  /** The later of the stream's checkpoint and our own ledger counts: a crash may lie between the two. */
  private async align(): Promise<void> {
    const { stream } = this.context.clients
    const checkpoints = await stream.checkpoints({ stream: this.stream, consumer: this.consumer })
    for (const [shardId, offset] of Object.entries(checkpoints)) {
      this.hooks.raise(shardId, offset)
      const low = this.hooks.low(shardId)
      if (low > offset) await stream.checkpoint({ stream: this.stream, consumer: this.consumer, shardId, offset: low })
    }
  }

  private async consume(): Promise<void> {
    const { clients } = this.context
    const input = { stream: this.stream, consumer: this.consumer, from: 'CHECKPOINT' as const }
    const feed = clients.stream.consume(input, { signal: this.ending.signal })
    for await (const { batch, shardId, startOffset, nextOffset, arrivals } of feed) {
      const known = Math.max(this.taken.get(shardId) ?? 0, this.hooks.low(shardId))
      // Retention took what lies between: nobody can deliver it any more.
      if (startOffset > known) this.hooks.lost(shardId, known, startOffset)
      if (batch.count > 0 && nextOffset > known) {
        const { count, data, dataEnds: ends } = batch
        const all = { origin: shardId, first: startOffset, count, data, ends, arrivalMs: arrivals }
        await this.hooks.accept(without(all, Math.max(0, known - startOffset)))
      }
      this.taken.set(shardId, Math.max(known, nextOffset))
      this.hooks.onError(undefined)
      this.progress.wake()
    }
  }

  /** By shard, one after the last record taken. */
  get positions(): ReadonlyMap<string, number> {
    return this.taken
  }

  async checkpoint(shardId: string, offset: number): Promise<void> {
    try {
      await this.context.clients.stream.checkpoint({ stream: this.stream, consumer: this.consumer, shardId, offset })
    } catch (thrown) {
      // The ledger knows better; the checkpoint is put right at the next start or the next delivery.
      this.context.log.debug(`checkpoint of ${this.consumer} on ${shardId}: ${EngineError.from(thrown).message}`)
    }
  }

  /** Waits until everything that the stream holds now has been taken. */
  async catchUp(signal: AbortSignal): Promise<void> {
    await this.aligned
    let shards: { shardId: string; nextOffset: number; firstOffset: number; state: string }[]
    try {
      shards = (await this.context.clients.stream.describeStream({ stream: this.stream })).shards
    } catch {
      return
    }
    const behind = () =>
      shards.some(({ shardId, nextOffset, firstOffset, state }) => {
        if (state === 'EXPIRED' || nextOffset <= firstOffset) return false
        return Math.max(this.taken.get(shardId) ?? 0, this.hooks.low(shardId)) < nextOffset
      })
    while (behind() && !signal.aborted && !this.ending.signal.aborted) await this.progress.wait(signal)
  }

  async stop(): Promise<void> {
    this.ending.abort(new EngineError('Cancelled', 'The delivery stream stops.', { retry: true }))
    this.progress.wake()
    await this.running
  }

  async forget(): Promise<void> {
    await this.context.clients.stream.deleteConsumer({ stream: this.stream, consumer: this.consumer }).catch(() => {})
  }
}

/** As at AWS, a new delivery stream reads from LATEST: the positions of that moment are its first checkpoints. */
export async function startAtLatest(context: FirehoseContext, deliveryStream: string, stream: string): Promise<void> {
  const { shards } = await context.clients.stream.describeStream({ stream })
  const consumer = consumerName(deliveryStream)
  for (const { shardId, nextOffset, state } of shards) {
    if (state !== 'EXPIRED') await context.clients.stream.checkpoint({ stream, consumer, shardId, offset: nextOffset })
  }
}

const consumerName = (deliveryStream: string) => `firehose:${deliveryStream}`

function without(arrivals: Arrivals, skipped: number): Arrivals {
  if (skipped === 0) return arrivals
  const start = arrivals.ends[skipped - 1]
  return {
    origin: arrivals.origin,
    first: arrivals.first + skipped,
    count: arrivals.count - skipped,
    data: arrivals.data.subarray(start),
    ends: arrivals.ends.subarray(skipped).map((end) => end - start),
    arrivalMs: typeof arrivals.arrivalMs === 'number' ? arrivals.arrivalMs : arrivals.arrivalMs.subarray(skipped),
  }
}
