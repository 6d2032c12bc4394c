import { join } from 'node:path'
import type { Trust } from '../kit/node/code-trust.ts'
import type { RecordBatch } from '../kit/pure/batch.ts'
import type { ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { abortion } from '../kit/pure/outlasting.ts'
import type { Random } from '../kit/pure/random.ts'
import { Wake } from '../kit/pure/wake.ts'
import { type Arrivals, JOURNAL, undone } from './arrivals.ts'
import type { DeliveryStats, DeliveryStreamInfo } from './contract.ts'
import { DirectPuts } from './direct-puts.ts'
import type { Vault } from './encryption.ts'
import { Intake } from './intake.ts'
import { type Intent, Ledger } from './ledger.ts'
import { checkSizes } from './model.ts'
import { type OpenRecords, Requests, recordsOf } from './requests.ts'
import { SourceReader } from './source-reader.ts'
import { deliveryTrust, type FirehoseContext, Stage } from './stage.ts'

const MIB = 1024 * 1024
/** Memory of open buffers; beyond it the largest are delivered early. */
const BUFFER_BYTES_MAX = 96 * MIB
/** Memory of records that wait to be buffered and of objects under way; beyond it puts wait. The setting `waitingBytesMax` overrides it. */
const WAITING_BYTES_MAX = 32 * MIB

/**
 * One delivery stream at work. Records come from direct puts (durable in a journal before they are acknowledged) or from a data stream
 * (whose checkpoint follows what has been delivered); both are only forgotten once the ledger says what became of them.
 */
export class DeliveryStream {
  info: DeliveryStreamInfo
  readonly changed = new Wake()
  private readonly context: FirehoseContext
  /** What goes wrong now, by what it is about. */
  private readonly troubles = new Map<string, string>()
  private readonly trust: Trust
  private readonly ledger: Ledger
  private readonly puts: DirectPuts | undefined
  private readonly vault: Vault
  private readonly requests = new Requests()
  /** Names of objects. By the ledger's entries, as the same start over and over would give names that the lake has already. */
  private readonly random: Random
  private stage: Stage
  private readonly source: SourceReader | undefined
  private readonly intake: Intake
  private readonly inFlight = new Set<Promise<void>>()
  private readonly ending = new AbortController()
  private bufferedRecords = 0
  private bufferedBytes = 0
  private starting: Promise<void> = Promise.resolve()
  private advancing: Promise<void> | undefined
  private readonly advanced = new Map<string, number>()

  static async open(
    info: DeliveryStreamInfo,
    directory: string,
    vault: Vault,
    context: FirehoseContext,
  ): Promise<DeliveryStream> {
    const onDamage = (what: string) => context.log.warn(`firehose ${info.name}: ${what}`)
    const ledger = await Ledger.open(directory, onDamage)
    const puts = info.sourceStream ? undefined : await DirectPuts.open(join(directory, 'journal'), vault, onDamage)
    return new DeliveryStream(info, context, ledger, puts, vault)
  }

  private constructor(
    info: DeliveryStreamInfo,
    context: FirehoseContext,
    ledger: Ledger,
    puts: DirectPuts | undefined,
    vault: Vault,
  ) {
    this.info = info
    this.context = context
    this.trust = deliveryTrust(context.clients)
    this.ledger = ledger
    this.puts = puts
    this.vault = vault
    if (puts && info.encryption?.status === 'ENABLED') puts.encrypts = true
    this.random = context.random.fork(String(ledger.next))
    this.stage = this.makeStage()
    const { waitingBytesMax } = context.settings
    this.intake = new Intake({
      clock: context.clock,
      bytesMax: typeof waitingBytesMax === 'number' ? waitingBytesMax : WAITING_BYTES_MAX,
      inFlightBytes: () => this.stage.inFlightBytes,
      gathering: () => this.stage.gathering,
      work: (arrivals, task) => this.work(arrivals, task),
      onFailure: (thrown) => this.failed(thrown),
      signal: this.ending.signal,
    })
    ledger.onSettled = ({ track, records, rawBytes }) => {
      if (track !== 'main') return
      this.bufferedRecords -= records
      this.bufferedBytes -= rawBytes
      this.changed.wake()
    }
    this.source = info.sourceStream
      ? new SourceReader(info.name, info.sourceStream, context, {
          low: (shardId) => this.low(shardId),
          raise: (shardId, offset) => this.raise(shardId, offset),
          lost: (shardId, from, to) => this.lost(shardId, from, to),
          accept: (arrivals) => this.accept(arrivals),
          onError: (message) => this.setError(message, 'source'),
        })
      : undefined
  }

  /** Finishes what the last stop left open and begins to work. Puts are taken at once. */
  start(): void {
    const { puts, ledger } = this
    const end = puts?.next ?? 0
    // What was on its way out counts as buffered until it is known what became of it.
    const open = recordsOf(ledger.open.values())
    for (const { records, bytes } of open) this.count(records, bytes)
    if (puts) {
      // A journal that was taken away starts again at 0: its new records are not the ones that are done.
      if (ledger.main.low(JOURNAL) > puts.next) {
        ledger.main.forget(JOURNAL)
        ledger.backup.forget(JOURNAL)
        this.raise(JOURNAL, puts.first)
      }
      this.bufferedRecords = ledger.main.missing(JOURNAL, end)
    }
    this.starting = this.resume(open, end).catch((thrown) => this.failed(thrown))
  }

  private async resume(open: readonly OpenRecords[], end: number): Promise<void> {
    const { puts, ledger } = this
    const again = await this.stage.deliverer.settleOpen()
    // These come again, and are counted then; the journal's number of records has them already.
    for (const { intent, records, bytes, isDone } of open)
      if (intent ? again.includes(intent) : !isDone(ledger)) this.count(-records, -bytes)
    const requests = again.filter((intent) => intent.endpoint !== undefined)
    if (requests.length > 0) await this.context.clock.task(() => this.takeUp(requests))
    if (puts) await this.context.clock.task((task) => this.replay(puts, end, task))
    else await this.source?.start(this.ending.signal)
  }

  private count(records: number, bytes: number): void {
    if (!this.puts) this.bufferedRecords += records
    this.bufferedBytes += bytes
  }

  /** Requests to the endpoint that were under way are made again, unless their records are done or the destination is another now. */
  private async takeUp(requests: readonly Intent[]): Promise<void> {
    const { ledger, context } = this
    const { endpoint } = this.stage.destination
    for (const intent of requests) {
      if (intent.endpoint === endpoint?.kind.kind && !ledger.isDone(intent)) this.requests.add(intent, ledger)
      else await ledger.abort(intent.id, context.clock.now())
    }
  }

  /** Brings what the journal holds and nobody delivered back into the buffers. */
  private async replay(puts: DirectPuts, end: number, task: ClockTask): Promise<void> {
    for await (const arrivals of puts.read(this.low(JOURNAL), end)) {
      if (this.ending.signal.aborted) return
      if (!this.intake.hasRoom) await task.idle(this.intake.waitForRoom(this.ending.signal))
      this.intake.add(arrivals)
    }
  }

  private makeStage(): Stage {
    const { info, context, ledger, random, requests } = this
    return new Stage({
      info,
      context,
      ledger,
      random,
      requests,
      onError: (message, about) => this.setError(message, about),
      onLanding: (landing) => this.follow(landing),
      signal: this.ending.signal,
    })
  }

  /** Takes records of a direct put: acknowledged once they are in the journal. Waits while too much is under way. */
  async put(batch: RecordBatch, signal: AbortSignal): Promise<number> {
    if (!this.puts) {
      const message = `This operation is not permitted on KinesisStreamAsSource delivery stream type.`
      throw new EngineError('InvalidArgumentException', message)
    }
    checkSizes(batch)
    if (batch.count === 0) return 0
    await this.intake.waitForRoom(signal)
    const release = this.context.clock.hold()
    try {
      const nowMs = this.context.clock.now()
      const arrivals = await this.puts.append(batch, nowMs)
      this.enqueue(arrivals)
      return arrivals.count
    } finally {
      release()
    }
  }

  /** Takes records that are durable elsewhere. */
  private async accept(arrivals: Arrivals): Promise<void> {
    await this.intake.waitForRoom(this.ending.signal)
    this.enqueue(arrivals)
  }

  private enqueue(arrivals: Arrivals): void {
    this.bufferedRecords += this.undone(arrivals).records
    this.intake.add(arrivals)
  }

  private undone(arrivals: Arrivals): { records: number; bytes: number } {
    return undone(arrivals, (position) => this.ledger.main.has(arrivals.origin, position))
  }

  private async work(arrivals: Arrivals, task: ClockTask): Promise<boolean> {
    const { signal } = this.ending
    await this.stage.refreshTable(task)
    const onRefused = (message: string) => this.setError(message, 'trust')
    if (this.stage.needsTrust && !(await this.trust.wait(task, signal, onRefused))) return false
    this.setError(undefined, 'trust')
    this.bufferedBytes += this.undone(arrivals).bytes
    const { buffers } = this.stage
    await this.stage.process(arrivals)
    buffers.endOfBatch()
    buffers.cutLargest(BUFFER_BYTES_MAX)
    this.changed.wake()
    return true
  }

  /** Holds the work of landing a buffer until it is done. */
  private follow(delivery: Promise<void>): void {
    const landing = delivery
      .then(() => this.advance())
      .catch((thrown) => this.failed(thrown))
      .finally(() => {
        this.inFlight.delete(landing)
        this.intake.room.wake()
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
    this.stage.passed(origin, to)
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
      if (this.puts) {
        if (!(await this.puts.dropBefore(low))) continue
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
    this.setError(EngineError.from(thrown).message, 'work')
  }

  /** The oldest of what goes wrong now: while several things fail, what is told stands still. */
  get lastError(): string | undefined {
    return this.troubles.values().next().value
  }

  private setError(message: string | undefined, about: string): void {
    const { lastError: before } = this
    if (message === undefined) this.troubles.delete(about)
    else this.troubles.set(about, message)
    const { lastError } = this
    if (lastError === before) return
    if (lastError !== undefined) this.context.log.warn(`firehose ${this.info.name}: ${lastError}`)
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
    await this.intake.idle()
    this.stage.buffers.cutAll()
    while (this.inFlight.size > 0) await Promise.all(this.inFlight)
  }

  /** Changes the destination. What is buffered is still delivered to the old one. */
  async update(info: DeliveryStreamInfo): Promise<void> {
    await this.intake.idle()
    const old = this.stage
    old.buffers.cutAll()
    this.requests.clear()
    this.info = info
    const hadBackup = old.destination.backupPrefix !== undefined
    this.stage = this.makeStage()
    if (this.stage.destination.backupPrefix && !hadBackup) {
      // Copies are kept of what comes from now on.
      if (this.puts) this.ledger.backup.raise(JOURNAL, this.puts.nextToAppend)
      for (const [shardId, taken] of this.source?.positions ?? []) this.ledger.backup.raise(shardId, taken)
    }
    await old.transform?.stop()
  }

  /** Encrypts records that come from now on, or no more. Only the first time makes a key. */
  encrypt(on: boolean): void {
    if (!this.puts) return
    if (on && this.info.encryption?.everStarted) this.vault.open()
    else if (on) this.vault.create()
    this.puts.encrypts = on
  }

  get encrypts(): boolean {
    return this.puts?.encrypts ?? false
  }

  /** Ends work without delivering what is buffered: it is durable, and delivered after the next start. */
  async stop(): Promise<void> {
    this.ending.abort(new EngineError('Cancelled', 'The delivery stream stops.', { retry: true }))
    this.stage.buffers.discard()
    this.intake.room.wake()
    // What the transform is at stays undone: it is durable, and transformed anew after the next start.
    const transformStops = this.stage.transform?.stop()
    await this.source?.stop()
    await this.starting
    await this.intake.idle()
    this.stage.buffers.discard()
    while (this.inFlight.size > 0) await Promise.all(this.inFlight)
    await this.advancing
    await transformStops
    this.changed.wake()
    await this.puts?.close()
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
    await this.puts?.destroy()
    await this.ledger.destroy()
  }
}
