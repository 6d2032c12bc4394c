import type { Clients } from '../../contract.ts'
import type { Trust } from '../../kit/node/code-trust.ts'
import type { EngineContext } from '../../kit/node/engine.ts'
import type { ClockTask } from '../../kit/pure/clock.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { uuid } from '../../kit/pure/ids.ts'
import type { ShardInfo } from '../../stream/contract.ts'
import type { InvokeResult, MappingInfo } from '../contract.ts'
import type { Invocations } from '../invocations.ts'
import type { Library } from '../library.ts'
import type { FunctionStore, StoredMapping } from '../store.ts'
import { failureKey, type GivenUp, invocationRecord } from './failures.ts'
import { readFilters } from './filter.ts'
import { handle, type Surroundings } from './handle.ts'
import { kinesisEvent, type StreamRecord, streamArn } from './records.ts'
import { ShardReader } from './shard-reader.ts'
import { eventOf, ShardWindows, STATE_BYTES_MAX, type WindowEvent } from './window.ts'

/** Engine time between attempts: 1, 2, 4 … 60 s. */
const PAUSE_MS_MAX = 60_000
const WITHHELD_MS = 5000

export type MappingContext = EngineContext<Pick<Clients, 'stream' | 'lake' | 'workspace'>>

export interface MappingParts {
  readonly context: MappingContext
  readonly store: FunctionStore
  readonly library: Library
  readonly invocations: Invocations
  readonly trust: Trust
  readonly onChange: (uuid: string) => void
}

export const consumerName = (mappingId: string): string => `lambda:${mappingId}`

const pauseMs = (attempts: number) => Math.min(1000 * 2 ** Math.min(attempts - 1, 10), PAUSE_MS_MAX)

/** An event source mapping at work: every shard of its stream is read, parents to their end before their children begin. */
export class Mapping {
  readonly stored: StoredMapping
  private readonly parts: MappingParts
  private readonly ending = new AbortController()
  private readonly readers = new Map<string, ShardReader>()
  private readonly shards = new Map<string, ShardInfo>()
  private readonly running: Promise<void>
  /** As it was when the shards were last looked up. */
  private retentionHours = 24
  private readonly progress = {
    lastResult: 'No records processed',
    iteratorAgeMs: 0,
    doneRecords: 0,
    discardedRecords: 0,
    filteredRecords: 0,
  }

  constructor(stored: StoredMapping, parts: MappingParts) {
    this.stored = stored
    this.parts = parts
    this.running = stored.enabled ? this.run() : Promise.resolve()
  }

  get info(): MappingInfo {
    const { doneRecords, ...progress } = this.progress
    return {
      ...this.stored,
      state: this.stored.enabled ? 'Enabled' : 'Disabled',
      ...progress,
      pendingRecords: [...this.readers.values()].reduce((sum, reader) => sum + reader.pendingRecords, 0),
      handledRecords: doneRecords - progress.discardedRecords,
    }
  }

  /** Batches under way come to the end of their attempt. */
  async stop(): Promise<void> {
    this.ending.abort(new EngineError('Cancelled', 'The event source mapping stops.', { retry: true }))
    await this.running
  }

  private say(result: string): void {
    this.progress.lastResult = result
    this.parts.onChange(this.stored.uuid)
  }

  private async run(): Promise<void> {
    const { clock } = this.parts.context
    const { signal } = this.ending
    for (let failures = 1; !signal.aborted; failures++) {
      const attempt = new AbortController()
      try {
        await this.read(AbortSignal.any([signal, attempt.signal]), () => {
          failures = 1
        })
      } catch (thrown) {
        if (!signal.aborted) this.say(`PROBLEM: ${EngineError.from(thrown).message}`)
      }
      attempt.abort(new EngineError('Cancelled', 'The event source mapping begins anew.', { retry: true }))
      await Promise.allSettled([...this.readers.values()].map((reader) => reader.ended))
      this.readers.clear()
      if (!signal.aborted) await clock.task((task) => task.sleep(pauseMs(failures), signal)).catch(() => {})
    }
  }

  /** Follows the stream; the readers take from it what they can. Rejects when one of them, or the stream, fails. */
  private async read(signal: AbortSignal, onItem: () => void): Promise<void> {
    const { stream } = this.parts.context.clients
    const consumer = consumerName(this.stored.uuid)
    const checkpoints = await stream.checkpoints({ stream: this.stored.stream, consumer })
    await this.learnShards()
    const failing = new AbortController()
    let failure: unknown
    const follow = async (shardId: string): Promise<ShardReader> => {
      const reader = await this.open(shardId, checkpoints[shardId] ?? 0, signal)
      reader.ended.catch((thrown) => {
        failure ??= thrown
        failing.abort(thrown)
      })
      this.readers.set(shardId, reader)
      return reader
    }
    // A window that was left open is closed in its time, whether more records come or not.
    for (const shardId of this.parts.store.windows(this.stored.uuid).keys())
      if (this.shards.has(shardId)) await follow(shardId)
    const input = { stream: this.stored.stream, consumer, from: 'CHECKPOINT' as const }
    for await (const item of stream.consume(input, { signal: AbortSignal.any([signal, failing.signal]) })) {
      onItem()
      const reader = this.readers.get(item.shardId) ?? (await follow(item.shardId))
      reader.announce(item.nextOffset, item.ended)
    }
    if (failure) throw failure
  }

  private async learnShards(): Promise<void> {
    const { stream } = this.parts.context.clients
    const { shards, retentionHours } = await stream.describeStream({ stream: this.stored.stream })
    this.retentionHours = retentionHours
    for (const shard of shards) this.shards.set(shard.shardId, shard)
  }

  private async open(shardId: string, offset: number, signal: AbortSignal): Promise<ShardReader> {
    if (!this.shards.has(shardId)) await this.learnShards()
    const { index, createdMs, parentShardId, adjacentParentShardId } = this.shards.get(shardId)!
    const { context, store } = this.parts
    const { stream, uuid: id, filters, tumblingS } = this.stored
    const consumer = consumerName(id)
    const open = store.windows(id).get(shardId)
    const place = { stream, shardId, index, createdS: Math.floor(createdMs / 1000) }
    const parents = [parentShardId, adjacentParentShardId].flatMap((id) => (id && this.readers.get(id)) || [])
    return new ShardReader(
      {
        place,
        consumer,
        settings: this.stored,
        clients: context.clients,
        clock: context.clock,
        signal,
        filter: readFilters(filters),
        onFiltered: (records) => {
          this.progress.filteredRecords += records
          this.parts.onChange(id)
        },
        windows:
          tumblingS > 0
            ? new ShardWindows(tumblingS * 1000, open, (now) => store.saveWindow(id, shardId, now))
            : undefined,
        onWindowOver: (shard, task) => this.closeWindow(shard, task, false),
        handle: (shard, batch, task) => this.handle(shard, batch, task),
        parentsDone: async () => {
          for (const parent of parents) while (!parent.drained && !signal.aborted) await parent.progress()
        },
        onCheckpoint: async (low) => {
          await context.clients.stream.checkpoint({ stream, consumer, shardId, offset: low })
        },
      },
      offset,
    )
  }

  /** Records that failed together before a restart are tried together again, and what came after them behind them. */
  private async handle(shard: ShardReader, batch: readonly StreamRecord[], task: ClockTask): Promise<void> {
    const { store } = this.parts
    const { uuid: id } = this.stored
    const { shardId } = shard.place
    if (shard.windows?.isOverFor(batch[0])) await this.closeWindow(shard, task, false)
    const tried = store.triedBatch(id, shardId, batch[0].offset)
    const first = tried ? batch.filter(({ offset }) => offset < tried.next) : batch
    await handle(first, this.surroundings(shard, task), { made: tried?.made ?? 0, last: undefined })
    if (first.length < batch.length) await this.handle(shard, batch.slice(first.length), task)
  }

  private surroundings(shard: ShardReader, task: ClockTask): Surroundings {
    const { store, context, onChange } = this.parts
    const { uuid: id } = this.stored
    const { windows } = shard
    const { shardId } = shard.place
    /** What the function made of a window with its last answer. */
    let answered: { readonly state: unknown } | undefined
    return {
      settings: this.stored,
      invoke: async (records) => {
        const result = await this.invoke(shard, records, windows?.eventOf(records), task)
        answered = windows && stateOf(result)
        return windows && !answered ? this.withoutState(result) : result
      },
      tooOld: (records) => this.tooOld(records),
      giveUp: (given) => {
        answered = undefined
        return this.giveUp({ ...given, shard: shard.place }, task)
      },
      failed: (records, made) =>
        store.saveTriedBatch(id, shardId, { first: records[0].offset, next: records.at(-1)!.offset + 1, made }),
      pause: (attempts) => task.sleep(pauseMs(attempts), this.ending.signal),
      done: async (records) => {
        const last = records[records.length - 1]
        this.progress.iteratorAgeMs = Math.max(0, context.clock.now() - last.arrivalMs)
        windows?.advance(last, answered)
        store.forgetTriedBatches(id, shardId, records[0].offset, last.offset)
        await shard.done(records)
        this.progress.doneRecords += records.length
        onChange(id)
        if (answered && JSON.stringify(answered.state).length > STATE_BYTES_MAX)
          await this.closeWindow(shard, task, true)
      },
    }
  }

  /** The last invocation of a window has its state and no records. It is tried as often as a batch, and then the state is gone. */
  private async closeWindow(shard: ShardReader, task: ClockTask, early: boolean): Promise<void> {
    const open = shard.windows?.current
    if (!open) return
    const { retryAttempts } = this.stored
    for (let made = 1; ; made++) {
      const result = await this.invoke(shard, [], eventOf(open, true, early), task)
      if (stateOf(result)) break
      this.withoutState(result)
      if (retryAttempts >= 0 && made > retryAttempts) break
      await task.sleep(pauseMs(made), this.ending.signal)
    }
    shard.windows!.close()
  }

  /** With tumbling windows an answer without a state is a failed one. */
  private withoutState(result: InvokeResult): InvokeResult {
    if (!result.failed) this.say('PROBLEM: The function must answer a state, as the mapping has tumbling windows.')
    return { ...result, failed: true }
  }

  /** What keeps the function from being run at all is waited out, and counts as no attempt. */
  private async invoke(
    shard: ShardReader,
    records: readonly StreamRecord[],
    window: WindowEvent | undefined,
    task: ClockTask,
  ): Promise<InvokeResult> {
    const { library, invocations, trust } = this.parts
    const { signal } = this.ending
    for (;;) {
      signal.throwIfAborted()
      await trust.wait(task, signal, (message) => this.say(`PROBLEM: ${message}`))
      try {
        const { roleArn } = library.deployed(this.stored.function).settings
        const event = JSON.stringify({
          ...kinesisEvent(shard.place, records, roleArn),
          ...(window && { ...window, shardId: shard.place.shardId, eventSourceARN: streamArn(shard.place.stream) }),
        })
        const result = await invocations.invoke(this.stored.function, event)
        this.say(result.failed ? 'PROBLEM: Function call failed' : 'OK')
        return result
      } catch (thrown) {
        signal.throwIfAborted()
        this.say(`PROBLEM: ${EngineError.from(thrown).message}`)
        await task.sleep(WITHHELD_MS, signal)
      }
    }
  }

  /** By the mapping's limit, or by the stream's own: a record that fails for ever is given up when the stream forgets it. */
  private tooOld(records: readonly StreamRecord[]): number {
    const { recordAgeS } = this.stored
    const limitS = Math.min(recordAgeS < 0 ? Number.POSITIVE_INFINITY : recordAgeS, this.retentionHours * 3600)
    const sinceMs = this.parts.context.clock.now() - limitS * 1000
    const first = records.findIndex(({ arrivalMs }) => arrivalMs >= sinceMs)
    return first < 0 ? records.length : first
  }

  /** Nothing is thrown away before its destination has it. */
  private async giveUp(given: GivenUp, task: ClockTask): Promise<void> {
    const { context, library } = this.parts
    const { failureBucket: bucket, uuid: mapping } = this.stored
    this.progress.discardedRecords += given.records.length
    if (bucket === null) return
    const { roleArn } = library.deployed(this.stored.function).settings
    const nowMs = context.clock.now()
    const body = JSON.stringify(invocationRecord(given, { function: this.stored.function, roleArn }, nowMs))
    const key = failureKey(mapping, given.shard.shardId, nowMs, uuid(context.random))
    for (let attempts = 1; ; attempts++) {
      try {
        await context.clients.lake.putObject({ bucket, key, body: Buffer.from(body), contentType: 'application/json' })
        return
      } catch (thrown) {
        this.say(`PROBLEM: The on-failure destination ${bucket}: ${EngineError.from(thrown).message}`)
        await task.sleep(pauseMs(attempts), this.ending.signal)
      }
    }
  }
}

function stateOf({ failed, payload }: InvokeResult): { readonly state: unknown } | undefined {
  const answer: unknown = failed ? null : JSON.parse(Buffer.from(payload).toString('utf8'))
  return typeof answer === 'object' && answer !== null && 'state' in answer ? { state: answer.state } : undefined
}
