import type { Clients } from '../contract.ts'
import type { Log } from '../kit/node/engine.ts'
import { realTime } from '../kit/node/real-time.ts'
import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { OutputBuffer } from './buffers.ts'
import { EXTENSIONS } from './compression.ts'
import type { Compression } from './contract.ts'
import type { EndpointFailure, Loader } from './destinations/define.ts'
import type { Intent, Ledger } from './ledger.ts'
import { type Destination, partitionValues } from './model.ts'
import { type ErrorOutputType, objectName, type Prefix, randomString } from './prefix.ts'

const ATTEMPTS_BEFORE_ERROR_PREFIX = 5
const BACK_OFF_MS_MAX = 300_000
export const backOffMs = (attempt: number) => Math.min(1000 * 2 ** (attempt - 1), BACK_OFF_MS_MAX)

/** The table whose partitions are registered as objects land in them. */
export interface PartitionedTable {
  readonly database: string
  readonly name: string
  readonly location: string
  readonly partitionKeys: readonly string[]
}

export interface DelivererParts {
  readonly name: string
  readonly versionId: () => string
  readonly destination: Destination
  readonly ledger: Ledger
  readonly clock: Clock
  readonly random: Random
  readonly clients: Pick<Clients, 'lake' | 'catalog'>
  readonly log: Log
  readonly table: () => PartitionedTable | undefined
  /** What goes wrong, by what it is about; undefined once that has gone well. */
  readonly onError: (message: string | undefined, about: string) => void
  readonly signal: AbortSignal
  /** Loads objects once they are there. */
  readonly loader?: Loader
}

/**
 * Lands buffers as objects, each exactly once: it is announced in the ledger, written under a name that nothing else has, its
 * partition registered, and then confirmed. A failed write is tried again with growing pauses of engine time. What can pass (a full disk, a
 * lake that starts again) is tried for as long as it takes; what cannot (no such bucket, a key that is too long) goes under the error
 * prefix after five attempts, and both places are tried on until one takes it.
 */
export class Deliverer {
  /** Bytes of objects that are being written. */
  inFlightBytes = 0
  private readonly parts: DelivererParts

  constructor(parts: DelivererParts) {
    this.parts = parts
  }

  /** Resolves once the records of a buffer are done with. Rejects only when the engine stops first. */
  deliver(buffer: OutputBuffer): Promise<void> {
    return this.parts.clock.task((task) => this.land(buffer, task))
  }

  private async land(buffer: OutputBuffer, task: ClockTask): Promise<void> {
    const { ledger, clock } = this.parts
    const { sink } = buffer
    if (sink.outcome === 'dropped') {
      await this.persist(task, () => ledger.drop(this.intent(buffer, '', 0), clock.now()))
      return
    }
    const key = this.key(buffer)
    const body = buffer.body(this.compression(buffer), key.slice(key.lastIndexOf('/') + 1).replace(/\.zip$/, ''))
    this.inFlightBytes += body.length
    try {
      const intent = this.intent(buffer, key, body.length)
      await this.persist(task, () => ledger.announce(intent, clock.now()))
      await this.write(intent, body, buffer, task)
    } finally {
      this.inFlightBytes -= body.length
    }
  }

  private intent(buffer: OutputBuffer, key: string, objectBytes: number): Intent {
    const { random, destination, loader } = this.parts
    const { track, outcome } = buffer.sink
    const { bucket, backupBucket } = destination.config
    return {
      id: uuid(random),
      track,
      outcome,
      bucket: track === 'backup' ? (backupBucket ?? bucket) : bucket,
      key,
      objectBytes,
      ...buffer.taken,
      ...(loader && track === 'main' && outcome === 'delivered' && { manifest: this.key(buffer, 'redshift-failed') }),
    }
  }

  private compression({ sink }: OutputBuffer): Compression {
    const { compression, backupCompression } = this.parts.destination.config
    if (sink.outcome === 'failed') return 'UNCOMPRESSED'
    return sink.track === 'backup' ? (backupCompression ?? compression) : compression
  }

  /** `errorType` where it goes under the error prefix although it was meant for elsewhere. */
  private key(buffer: OutputBuffer, errorType: ErrorOutputType | undefined = buffer.sink.errorType): string {
    const { destination, random } = this.parts
    const { sink, oldestArrivalMs: timeMs } = buffer
    const prefix = (
      errorType ? destination.errorPrefix : sink.track === 'backup' ? destination.backupPrefix : destination.prefix
    ) as Prefix
    const values = { timeMs, random: () => randomString(random.int), errorType, partition: sink.partition }
    const extension = sink.errorType || errorType === 'redshift-failed' ? '' : this.extension(buffer)
    return (
      prefix.evaluate(values) + objectName(this.parts.name, this.parts.versionId(), timeMs, uuid(random), extension)
    )
  }

  private extension(buffer: OutputBuffer): string {
    const { conversion, fileExtension } = this.parts.destination.config
    if (buffer.sink.track === 'backup') return EXTENSIONS[this.compression(buffer)]
    return fileExtension ?? (conversion ? '.parquet' : EXTENSIONS[this.compression(buffer)])
  }

  private async write(
    intent: Intent,
    body: Uint8Array<ArrayBuffer>,
    buffer: OutputBuffer,
    task: ClockTask,
  ): Promise<void> {
    const { ledger, clock } = this.parts
    for (let attempt = 1; ; attempt++) {
      const failure = await this.put(intent, body)
      if (!failure) return this.confirm(intent, task)
      this.parts.onError(`${intent.key}: ${failure.message}`, intent.key)
      if (!failure.retry && attempt >= ATTEMPTS_BEFORE_ERROR_PREFIX && !buffer.sink.errorType) {
        const instead = {
          ...this.intent(buffer, this.key(buffer, 'delivery-failed'), intent.objectBytes),
          outcome: 'failed' as const,
        }
        await this.persist(task, () => ledger.announce(instead, clock.now()))
        if (!(await this.put(instead, body))) {
          await this.persist(task, () => ledger.abort(intent.id, clock.now()))
          await this.persist(task, () => ledger.confirm(instead.id, clock.now()))
          return this.giveUp(failure, intent)
        }
        await this.persist(task, () => ledger.abort(instead.id, clock.now()))
      }
      await this.pause(failure, attempt, task)
    }
  }

  /** One attempt. The lake takes the buffer that it is given, so each attempt gets a copy. */
  private async put(
    { bucket, key }: Pick<Intent, 'bucket' | 'key'>,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<EngineError | undefined> {
    try {
      await this.parts.clients.lake.putObject({ bucket, key, body: body.slice(), contentType: contentType(key) })
      return undefined
    } catch (thrown) {
      return EngineError.from(thrown)
    }
  }

  private async confirm(intent: Intent, task: ClockTask): Promise<void> {
    const { ledger, clock } = this.parts
    if (intent.outcome === 'delivered' && intent.track === 'main') await this.register(intent, task)
    const failure = intent.manifest === undefined ? undefined : await this.load(intent, task)
    const failed = failure && { ...intent, outcome: 'failed' as const }
    await this.persist(task, () => ledger.confirm(intent.id, clock.now(), failed))
    if (failure) return this.giveUp(failure, intent)
    for (const about of [intent.key, GIVEN_UP]) this.parts.onError(undefined, about)
  }

  /** Told until something is delivered again. */
  private giveUp({ message }: { readonly message: string }, { key }: Intent): void {
    this.parts.onError(`${key}: ${message}`, GIVEN_UP)
    this.parts.onError(undefined, key)
  }

  /** Loads an object for as long as the destination tries; then a manifest under the error prefix names it, and it is left where it is. */
  private async load(intent: Intent, task: ClockTask): Promise<EndpointFailure | undefined> {
    const { loader, clock, destination, signal, onError } = this.parts
    if (!loader || intent.manifest === undefined) return undefined
    const retryMs = (destination.endpoint?.config.retrySeconds ?? 0) * 1000
    const endMs = clock.now() + retryMs
    for (let attempt = 1; ; attempt++) {
      const failure = await loader.load(intent, signal)
      if (!failure) return undefined
      onError(`${intent.key}: ${failure.message}`, intent.key)
      if (clock.now() + backOffMs(attempt) > endMs) {
        await this.writeManifest(intent, intent.manifest, task)
        return failure
      }
      await task.sleep(backOffMs(attempt), signal)
    }
  }

  private async writeManifest({ bucket, key }: Intent, manifest: string, task: ClockTask): Promise<void> {
    const text = JSON.stringify({ entries: [{ url: `s3://${bucket}/${key}`, mandatory: true }] })
    for (let attempt = 1; ; attempt++) {
      const failure = await this.put({ bucket, key: manifest }, new TextEncoder().encode(text))
      this.parts.onError(failure && `${manifest}: ${failure.message}`, manifest)
      if (!failure) return
      await this.pause(failure, attempt, task)
    }
  }

  /**
   * Registers the partition that an object lies in, for every object: somebody may have deleted it since the last one, and the catalog leaves
   * one that exists as it is. A catalog that refuses it does not undo the delivery: the error is shown.
   */
  private async register(intent: Intent, task: ClockTask): Promise<void> {
    const table = this.parts.table()
    if (!table) return
    const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(table.location) ?? []
    const folder = prefix === '' || prefix?.endsWith('/') ? prefix : `${prefix}/`
    const found = bucket === intent.bucket ? partitionValues(intent.key, folder, table.partitionKeys) : undefined
    if (!found) return
    const location = `s3://${bucket}/${found.directory}`
    for (let attempt = 1; ; attempt++) {
      try {
        const partitions = [{ values: found.values, location }]
        await this.parts.clients.catalog.addPartitions({ database: table.database, table: table.name, partitions })
        this.parts.onError(undefined, location)
        return
      } catch (thrown) {
        const failure = EngineError.from(thrown)
        this.parts.onError(`Partition ${location} could not be registered: ${failure.message}`, location)
        if (!failure.retry) return
        await this.pause(failure, attempt, task)
      }
    }
  }

  /** The ledger is on the same disk as everything: when it is full, this waits too. */
  async persist(task: ClockTask, write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await write()
        return this.parts.onError(undefined, LEDGER)
      } catch (thrown) {
        if (!(thrown instanceof EngineError)) throw thrown
        this.parts.onError(thrown.message, LEDGER)
        await this.pause(thrown, attempt, task)
      }
    }
  }

  private async pause(failure: EngineError, attempt: number, task: ClockTask): Promise<void> {
    // An engine that is starting again needs real time, of which virtual time may have any amount.
    if (failure.code === 'ConnectionLost') await realTime.sleep(100)
    await task.sleep(backOffMs(attempt), this.parts.signal)
  }

  /**
   * After a start: an announced object is in the lake, and then its records are done, or it is not, and they are to be delivered anew.
   * Answers what is to be delivered anew.
   */
  async settleOpen(): Promise<Intent[]> {
    const again: Intent[] = []
    await this.parts.clock.task(async (task) => {
      const { ledger } = this.parts
      const open = [...ledger.open.values()]
      for (const intent of open) if (!intent.endpoint && !(await this.settle(intent, task))) again.push(intent)
      for (const intent of open) if (intent.endpoint) again.push(intent)
    })
    return again
  }

  private async settle(intent: Intent, task: ClockTask): Promise<boolean> {
    const { ledger, clock, log } = this.parts
    if (intent.manifest !== undefined && (await this.isThere({ ...intent, key: intent.manifest }, task))) {
      await this.persist(task, () => ledger.confirm(intent.id, clock.now(), { ...intent, outcome: 'failed' }))
      return true
    }
    const landed = await this.isThere(intent, task)
    if (!landed) await this.persist(task, () => ledger.abort(intent.id, clock.now()))
    else {
      log.info(`${intent.key} was written before the last stop: its ${intent.records} records are done.`)
      await this.confirm(intent, task)
    }
    return landed
  }

  private async isThere({ bucket, key }: Intent, task: ClockTask): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.parts.clients.lake.headObject({ bucket, key })
        this.parts.onError(undefined, key)
        return true
      } catch (thrown) {
        const failure = EngineError.from(thrown)
        if (MISSING.has(failure.code)) {
          this.parts.onError(undefined, key)
          return false
        }
        this.parts.onError(`${key}: ${failure.message}`, key)
        await this.pause(failure, attempt, task)
      }
    }
  }
}

/** What an error is about that no object can put right, and every one that is delivered does. */
const GIVEN_UP = 'given up'
const LEDGER = 'ledger'

const MISSING = new Set(['NoSuchKey', 'NotFound', 'NoSuchBucket', '404'])

function contentType(key: string): string {
  return key.endsWith('.parquet') ? 'application/vnd.apache.parquet' : 'application/octet-stream'
}
