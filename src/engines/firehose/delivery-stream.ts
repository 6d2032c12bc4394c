import { join } from 'node:path'
import type { Clients } from '../contract.ts'
import type { EngineContext } from '../kit/node/engine.ts'
import { Journal, newFrame } from '../kit/node/journal.ts'
import type { RecordBatch } from '../kit/pure/batch.ts'
import type { ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'
import { abortion } from '../kit/pure/outlasting.ts'
import type { Random } from '../kit/pure/random.ts'
import {
  type Arrivals,
  arrivalAt,
  framePayloadBytes,
  JOURNAL,
  readFramePayload,
  recordAt,
  undoneBytes,
  writeFramePayload,
} from './arrivals.ts'
import { Buffers, type OutputBuffer } from './buffers.ts'
import type { DeliveryStats, DeliveryStreamInfo } from './contract.ts'
import { Deliverer } from './deliverer.ts'
import { type Intent, Ledger } from './ledger.ts'
import { checkSizes, type Destination, readDestination } from './model.ts'
import { Router } from './router.ts'
import { SourceReader } from './source-reader.ts'
import { ConversionTable } from './table.ts'
import { Transform, type TransformRecord } from './transform.ts'
import { Trust } from './trust.ts'
import { Wake } from './wake.ts'

export type FirehoseContext = EngineContext<Pick<Clients, 'lake' | 'catalog' | 'stream' | 'workspace'>>

const MIB = 1024 * 1024
/** Memory of open buffers; beyond it the largest are delivered early. */
const BUFFER_BYTES_MAX = 96 * MIB
/** Memory of records that wait to be buffered and of objects under way; beyond it puts wait. The setting `waitingBytesMax` overrides it. */
const WAITING_BYTES_MAX = 32 * MIB
const JOURNAL_BYTES_KEPT = 16 * MIB
/** Records given to a transform at once. */
const TRANSFORM_RECORDS = 500
const TRANSFORM_BYTES = MIB

/** A destination in use, with all that is made from it. A change of destination makes a new one. */
interface Stage {
  readonly destination: Destination
  readonly buffers: Buffers
  readonly router: Router
  readonly deliverer: Deliverer
  readonly table: ConversionTable | undefined
  readonly transform: Transform | undefined
}

/**
 * One delivery stream at work. Records come from direct puts (durable in a journal before they are acknowledged) or from a data stream
 * (whose checkpoint follows what has been delivered); both are only forgotten once the ledger says what became of them.
 */
export class DeliveryStream {
  info: DeliveryStreamInfo
  lastError: string | undefined
  readonly changed = new Wake()
  private readonly context: FirehoseContext
  private readonly trust: Trust
  private readonly ledger: Ledger
  private readonly journal: Journal | undefined
  /** Names of objects. By the ledger's entries, as the same start over and over would give names that the lake has already. */
  private readonly random: Random
  private stage: Stage
  private readonly source: SourceReader | undefined
  private readonly queue: Arrivals[] = []
  private working: Promise<void> | undefined
  private readonly inFlight = new Set<Promise<void>>()
  private readonly ending = new AbortController()
  private readonly room = new Wake()
  private readonly waitingBytesMax: number
  private queuedBytes = 0
  private bufferedRecords = 0
  private bufferedBytes = 0
  private starting: Promise<void> = Promise.resolve()
  private advancing: Promise<void> | undefined
  private readonly advanced = new Map<string, number>()

  static async open(info: DeliveryStreamInfo, directory: string, context: FirehoseContext): Promise<DeliveryStream> {
    const onDamage = (what: string) => context.log.warn(`firehose ${info.name}: ${what}`)
    const ledger = await Ledger.open(directory, onDamage)
    const journal = info.sourceStream
      ? undefined
      : await Journal.open({
          directory: join(directory, 'journal'),
          onDamage: ({ file, what }) => onDamage(`${file}: ${what}`),
        })
    return new DeliveryStream(info, context, ledger, journal)
  }

  private constructor(
    info: DeliveryStreamInfo,
    context: FirehoseContext,
    ledger: Ledger,
    journal: Journal | undefined,
  ) {
    this.info = info
    this.context = context
    this.trust = new Trust(context.clients)
    const { waitingBytesMax } = context.settings
    this.waitingBytesMax = typeof waitingBytesMax === 'number' ? waitingBytesMax : WAITING_BYTES_MAX
    this.ledger = ledger
    this.journal = journal
    this.random = context.random.fork(String(ledger.next))
    this.stage = this.makeStage()
    ledger.onSettled = (intent) => {
      if (intent.track !== 'main') return
      this.bufferedRecords -= intent.records
      this.bufferedBytes -= intent.rawBytes
      this.changed.wake()
    }
    this.source = info.sourceStream
      ? new SourceReader(info.name, info.sourceStream, context, {
          low: (shardId) => this.low(shardId),
          raise: (shardId, offset) => this.raise(shardId, offset),
          lost: (shardId, from, to) => this.lost(shardId, from, to),
          accept: (arrivals) => this.accept(arrivals),
          onError: (message) => this.setError(message),
        })
      : undefined
  }

  /** Finishes what the last stop left open and begins to work. Puts are taken at once. */
  start(): void {
    const end = this.journal?.next ?? 0
    // What was on its way into the lake counts as buffered until it is known what became of it.
    for (const intent of this.ledger.open.values()) this.count(intent, 1)
    if (this.journal) {
      // A journal that was taken away starts again at 0: its new records are not the ones that are done.
      if (this.ledger.main.low(JOURNAL) > this.journal.next) {
        this.ledger.main.forget(JOURNAL)
        this.ledger.backup.forget(JOURNAL)
        this.raise(JOURNAL, this.journal.first)
      }
      this.bufferedRecords = this.ledger.main.missing(JOURNAL, end)
    }
    this.starting = this.resume(end).catch((thrown) => this.failed(thrown))
  }

  private async resume(end: number): Promise<void> {
    const { journal } = this
    // These come again, and are counted then; the journal's number of records has them already.
    for (const intent of await this.stage.deliverer.settleOpen()) this.count(intent, -1)
    if (journal) await this.context.clock.task((task) => this.replay(journal, end, task))
    else await this.source?.start(this.ending.signal)
  }

  private count({ track, records, rawBytes }: Intent, sign: 1 | -1): void {
    if (track !== 'main') return
    if (!this.journal) this.bufferedRecords += sign * records
    this.bufferedBytes += sign * rawBytes
  }

  /** Brings what the journal holds and nobody delivered back into the buffers. */
  private async replay(journal: Journal, end: number, task: ClockTask): Promise<void> {
    for (let number = Math.max(this.low(JOURNAL), journal.first); number < end && !this.ending.signal.aborted; ) {
      const frames = await journal.read(number, 4 * MIB)
      if (frames.length === 0) break
      for (const { payload, first, count, timeMs } of frames) {
        if (first >= end) break
        if (!this.hasRoom) await task.idle(this.waitForRoom(this.ending.signal))
        this.enqueue(readFramePayload(payload, first, count, timeMs), true)
      }
      const last = frames[frames.length - 1]
      number = last.first + last.count
    }
  }

  private makeStage(): Stage {
    const { context, info, ledger } = this
    const destination = readDestination(info.destination)
    const { conversion, transform, buffering } = info.destination
    const table = conversion && new ConversionTable(conversion, context.clients, () => context.clock.realNow())
    const limits = { sizeBytes: buffering.sizeInMBs * MIB, intervalMs: buffering.intervalInSeconds * 1000 }
    const { versionId } = info
    const deliverer = new Deliverer({
      name: info.name,
      versionId: () => versionId,
      destination,
      ledger,
      clock: context.clock,
      random: this.random,
      clients: context.clients,
      log: context.log,
      table: () => table?.table,
      onError: (message) => this.setError(message),
      signal: this.ending.signal,
    })
    const buffers = new Buffers(context.clock, limits, (buffer) => this.send(deliverer, buffer))
    const router = new Router({
      destination,
      buffers,
      deliveryStream: info.name,
      schema: () => table?.state,
      now: () => context.clock.now(),
    })
    const runner =
      transform &&
      new Transform({
        code: transform.code,
        timeoutMs: transform.timeoutMs,
        deliveryStreamArn: info.arn,
        ...(info.sourceStream && { sourceStreamArn: arn('kinesis', `stream/${info.sourceStream}`) }),
        onLog: (line) => context.log.info(`firehose ${info.name}: ${line}`),
      })
    return { destination, buffers, router, deliverer, table, transform: runner }
  }

  /** Takes records of a direct put: acknowledged once they are in the journal. Waits while too much is under way. */
  async put(batch: RecordBatch, signal: AbortSignal): Promise<number> {
    if (!this.journal) {
      const message = `This operation is not permitted on KinesisStreamAsSource delivery stream type.`
      throw new EngineError('InvalidArgumentException', message)
    }
    checkSizes(batch)
    if (batch.count === 0) return 0
    await this.waitForRoom(signal)
    const release = this.context.clock.hold()
    try {
      const nowMs = this.context.clock.now()
      const frame = newFrame(framePayloadBytes(batch.count, batch.data.length))
      writeFramePayload(frame.payload, batch.dataEnds, batch.data)
      const { first, done } = this.journal.append(frame, batch.count, nowMs)
      await done
      const { count, data, dataEnds } = batch
      this.enqueue({ origin: JOURNAL, first, count, data, ends: dataEnds, arrivalMs: nowMs })
      return count
    } finally {
      release()
    }
  }

  /** Takes records that are durable elsewhere. */
  private async accept(arrivals: Arrivals): Promise<void> {
    await this.waitForRoom(this.ending.signal)
    this.enqueue(arrivals)
  }

  private get hasRoom(): boolean {
    return this.queuedBytes + this.stage.deliverer.inFlightBytes <= this.waitingBytesMax
  }

  private async waitForRoom(signal: AbortSignal): Promise<void> {
    while (!this.hasRoom && !this.ending.signal.aborted) {
      await this.room.wait(signal)
      if (signal.aborted) throw signal.reason
    }
    if (this.ending.signal.aborted)
      throw new EngineError('ServiceUnavailableException', 'The delivery stream is stopping.', { retry: true })
  }

  private enqueue(arrivals: Arrivals, counted = false): void {
    if (!counted) this.bufferedRecords += this.undone(arrivals)
    this.queue.push(arrivals)
    this.queuedBytes += arrivals.data.length
    this.working ??= this.context.clock
      .task((task) => this.work(task))
      .catch((thrown) => this.failed(thrown))
      .finally(() => {
        this.working = undefined
      })
  }

  private undone({ origin, first, count }: Arrivals): number {
    let undone = 0
    for (let i = 0; i < count; i++) if (!this.ledger.main.has(origin, first + i)) undone++
    return undone
  }

  /** Works the queue off, batch by batch, in order. Time stands still meanwhile, except while nothing can go on. */
  private async work(task: ClockTask): Promise<void> {
    while (this.queue.length > 0 && !this.ending.signal.aborted) {
      const arrivals = this.queue[0]
      await this.refreshTable(task)
      if (this.stage.transform && !(await this.trust.wait(task, this.ending.signal, (m) => this.setError(m)))) return
      await this.process(arrivals)
      this.queue.shift()
      this.queuedBytes -= arrivals.data.length
      this.stage.buffers.endOfBatch()
      this.stage.buffers.cutLargest(BUFFER_BYTES_MAX)
      this.room.wake()
      this.changed.wake()
      while (this.stage.deliverer.inFlightBytes > this.waitingBytesMax && !this.ending.signal.aborted) {
        await task.idle(this.room.wait(this.ending.signal))
      }
    }
  }

  private async refreshTable(task: ClockTask): Promise<void> {
    const { table, buffers } = this.stage
    if (!table?.stale) return
    for (let attempt = 1; ; attempt++) {
      try {
        // Rows of the old columns go into objects of their own.
        if (await table.refresh()) buffers.cutAll()
        return
      } catch (thrown) {
        this.setError(EngineError.from(thrown).message)
        await task.sleep(Math.min(1000 * 2 ** attempt, 60_000), this.ending.signal)
      }
    }
  }

  private async process(arrivals: Arrivals): Promise<void> {
    const { router, transform, destination } = this.stage
    const done = (position: number) => this.ledger.main.has(arrivals.origin, position)
    this.bufferedBytes += undoneBytes(arrivals, done)
    if (destination.backupPrefix)
      router.backup(arrivals, (position) => this.ledger.backup.has(arrivals.origin, position))
    if (!transform) return router.routeBatch(arrivals, done)
    for (let i = 0; i < arrivals.count; ) {
      const indexes: number[] = []
      const records: TransformRecord[] = []
      for (let bytes = 0; i < arrivals.count && records.length < TRANSFORM_RECORDS && bytes < TRANSFORM_BYTES; i++) {
        if (done(arrivals.first + i)) continue
        const data = recordAt(arrivals, i)
        indexes.push(i)
        records.push({ data, arrivalMs: arrivalAt(arrivals, i) })
        bytes += data.length
      }
      if (records.length === 0) continue
      const results = await transform.run(records)
      results.forEach((result, k) => {
        if (result.result === 'Ok') router.routeTransformed(arrivals, indexes[k], result.data)
        else if (result.result === 'Dropped') router.drop(arrivals, indexes[k])
        else router.fail(arrivals, indexes[k], 'processing-failed', { ...result, form: 'processing' })
      })
    }
  }

  private send(deliverer: Deliverer, buffer: OutputBuffer): void {
    const landing = deliverer
      .deliver(buffer)
      .then(() => this.advance())
      .catch((thrown) => this.failed(thrown))
      .finally(() => {
        this.inFlight.delete(landing)
        this.room.wake()
        this.changed.wake()
      })
    this.inFlight.add(landing)
  }

  private low(origin: string): number {
    const main = this.ledger.main.low(origin)
    return this.stage.destination.backupPrefix ? Math.min(main, this.ledger.backup.low(origin)) : main
  }

  private raise(origin: string, low: number): void {
    this.ledger.main.raise(origin, low)
    this.ledger.backup.raise(origin, low)
  }

  private lost(origin: string, from: number, to: number): void {
    this.context.log.warn(`firehose ${this.info.name}: ${to - from} records of ${origin} expired before they were read`)
    this.ledger.main.add({ [origin]: [from, to] })
    this.ledger.backup.add({ [origin]: [from, to] })
  }

  /** Lets go of what is done: journal segments, or the data stream's records by way of the checkpoint. One at a time. */
  private async advance(): Promise<void> {
    while (this.advancing) await this.advancing
    this.advancing = this.letGo().finally(() => {
      this.advancing = undefined
    })
    await this.advancing
  }

  private async letGo(): Promise<void> {
    for (const origin of this.ledger.main.names) {
      const low = this.low(origin)
      if (this.advanced.get(origin) === low) continue
      if (this.journal) {
        // Small files are not worth the syncs that deleting them takes.
        if (this.journal.bytes < JOURNAL_BYTES_KEPT) continue
        await this.journal.dropBefore(Math.min(low, this.journal.next))
      } else await this.source?.checkpoint(origin, low)
      this.advanced.set(origin, low)
    }
  }

  /** What is expected has been retried below; anything else is a bug, and a start from what is durable is the way out. */
  private failed(thrown: unknown): void {
    if (this.ending.signal.aborted) return
    if (!(thrown instanceof EngineError))
      queueMicrotask(() => {
        throw thrown
      })
    this.setError(EngineError.from(thrown).message)
  }

  private setError(message: string | undefined): void {
    if (this.lastError === message) return
    this.lastError = message
    if (message !== undefined) this.context.log.warn(`firehose ${this.info.name}: ${message}`)
    this.changed.wake()
  }

  stats(): DeliveryStats {
    const { counters } = this.ledger
    const done = counters.deliveredRecords + counters.droppedRecords + counters.failedRecords
    return {
      timeMs: this.context.clock.now(),
      inRecords: done + this.bufferedRecords,
      inBytes: counters.doneBytes + this.bufferedBytes,
      deliveredRecords: counters.deliveredRecords,
      deliveredBytes: counters.deliveredBytes,
      deliveredObjects: counters.deliveredObjects,
      droppedRecords: counters.droppedRecords,
      failedRecords: counters.failedRecords,
      bufferedRecords: this.bufferedRecords,
      bufferedBytes: this.bufferedBytes,
      nextFlushMs: this.stage.buffers.nextDueMs,
      ...(this.lastError !== undefined && { lastError: this.lastError }),
    }
  }

  /** Delivers everything that was there when it was called: buffered records, and what the data stream held. */
  async flush(signal: AbortSignal): Promise<DeliveryStats> {
    await Promise.race([this.drain(signal), abortion(signal)])
    return this.stats()
  }

  private async drain(signal: AbortSignal): Promise<void> {
    await this.starting
    await this.source?.catchUp(signal)
    while (this.working) await this.working
    this.stage.buffers.cutAll()
    while (this.inFlight.size > 0) await Promise.all(this.inFlight)
  }

  /** Changes the destination. What is buffered is still delivered to the old one. */
  async update(info: DeliveryStreamInfo): Promise<void> {
    while (this.working) await this.working
    const old = this.stage
    old.buffers.cutAll()
    this.info = info
    const hadBackup = old.destination.backupPrefix !== undefined
    this.stage = this.makeStage()
    if (this.stage.destination.backupPrefix && !hadBackup) {
      // Copies are kept of what comes from now on.
      if (this.journal) this.ledger.backup.raise(JOURNAL, this.journal.nextToAppend)
      for (const [shardId, taken] of this.source?.positions ?? []) this.ledger.backup.raise(shardId, taken)
    }
    await old.transform?.stop()
  }

  /** Ends work without delivering what is buffered: it is durable, and delivered after the next start. */
  async stop(): Promise<void> {
    this.ending.abort(new EngineError('Cancelled', 'The delivery stream stops.', { retry: true }))
    this.stage.buffers.discard()
    this.room.wake()
    // What the transform is at stays undone: it is durable, and transformed anew after the next start.
    const transformStops = this.stage.transform?.stop()
    await this.source?.stop()
    await this.starting
    while (this.working) await this.working
    this.stage.buffers.discard()
    while (this.inFlight.size > 0) await Promise.all(this.inFlight)
    await this.advancing
    await transformStops
    this.changed.wake()
    await this.journal?.close()
    await this.ledger.close()
  }

  /** Delivers what can be delivered at once, then deletes everything that was kept. */
  async destroy(): Promise<void> {
    const failed = new AbortController()
    const watch = async () => {
      while (!this.lastError && !failed.signal.aborted) await this.changed.wait(failed.signal)
    }
    await Promise.race([this.drain(failed.signal), watch()]).catch(() => {})
    failed.abort(new EngineError('Cancelled', 'The delivery stream was deleted.', { retry: true }))
    await this.stop()
    await this.source?.forget()
    await this.journal?.destroy()
    await this.ledger.destroy()
  }
}
