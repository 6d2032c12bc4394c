import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineContext } from '../kit/node/engine.ts'
import { makeFolder } from '../kit/node/files.ts'
import type { Damage, JournalFiles } from '../kit/node/journal.ts'
import type { Timer } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { ACCOUNT_ID, uuid } from '../kit/pure/ids.ts'
import { isCommitted } from './account.ts'
import { DataStream } from './data-stream.ts'
import { KeyVault, type WrappedKey } from './encryption.ts'
import { RegisteredConsumers } from './fan-out/consumers.ts'
import { type ShardSecond, StreamMeter } from './metrics.ts'
import {
  completeChange,
  initialShards,
  OPEN_SHARDS_MAX,
  openShards,
  type StreamState,
  streamNotFound,
  TRANSITION_MS,
} from './model.ts'
import { scale } from './on-demand.ts'
import { checkWarmThroughput, firstShardCount } from './settings.ts'
import { Signal } from './signal.ts'
import { StreamStore } from './store.ts'
import { TailCache } from './tail-cache.ts'

const SWEEP_MS = 3600_000
const RETRY_MS = 1000

export interface NewStream {
  readonly stream: string
  readonly shardCount?: number
  readonly mode: StreamState['mode']
  readonly quotas: boolean
  readonly durability: StreamState['durability']
  readonly retentionHours: number
  readonly tags: Record<string, string>
  readonly maxRecordKiB?: number
  readonly warmMiBps?: number
  readonly distribution?: StreamState['distribution']
}

/** All streams: their lives from CREATING to DELETING, the second's tick while there is traffic, and retention. */
export class Streams {
  readonly store: StreamStore
  /** Told when a stream is created, changed or deleted. */
  readonly listChanged = new Signal()
  readonly consumers: RegisteredConsumers
  private readonly context: EngineContext<object>
  private readonly cache: TailCache
  private readonly files: JournalFiles | undefined
  private readonly vault: KeyVault
  private readonly byName = new Map<string, DataStream>()
  private readonly timers = new Set<Timer>()
  private tick: Timer | undefined
  private sweptMs = Number.NEGATIVE_INFINITY
  private sweeping: Promise<void> | undefined
  private stopped = false

  static async open(context: EngineContext<object>): Promise<Streams> {
    return new Streams(context, await StreamStore.open(context.directory))
  }

  private constructor(context: EngineContext<object>, store: StreamStore) {
    this.context = context
    this.store = store
    const settings = context.settings as { tailCacheBytes?: number; files?: JournalFiles }
    this.cache = new TailCache(settings.tailCacheBytes ?? 32 * 1024 * 1024)
    this.files = settings.files
    this.vault = new KeyVault(context.directory)
    this.consumers = new RegisteredConsumers({
      clock: context.clock,
      log: context.log,
      store,
      onChange: () => this.listChanged.notify(),
    })
    for (const state of store.streams()) this.resume(this.run(state))
    this.deleteOrphans()
  }

  all(): DataStream[] {
    return [...this.byName.values()]
  }

  /** A stream that can be worked with; one that is being deleted is gone already. */
  get(name: string): DataStream {
    const stream = this.byName.get(name)
    if (!stream || stream.state.status === 'DELETING') throw streamNotFound(name)
    return stream
  }

  /** Also one that is being deleted, for describing it. */
  find(name: string): DataStream {
    const stream = this.byName.get(name)
    if (!stream) throw streamNotFound(name)
    return stream
  }

  create(input: NewStream): DataStream {
    const { stream: name, mode, quotas, durability, retentionHours, tags } = input
    if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name)) {
      throw new EngineError(
        'ValidationException',
        `1 validation error detected: Value '${name}' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
      )
    }
    if (this.byName.has(name))
      throw new EngineError('ResourceInUseException', `Stream ${name} under account ${ACCOUNT_ID} already exists.`)
    const { maxRecordKiB, warmMiBps, distribution } = input
    if (warmMiBps !== undefined) checkWarmThroughput(mode, warmMiBps, this.isCommitted())
    const shardCount = firstShardCount(mode, input.shardCount, warmMiBps)
    const open = this.all().reduce((sum, { state }) => sum + openShards(state.shards).length, 0)
    if (open + shardCount > OPEN_SHARDS_MAX)
      throw new EngineError(
        'LimitExceededException',
        `This request would exceed the limit of ${OPEN_SHARDS_MAX} open shards. Open now: ${open}.`,
      )
    const createdMs = this.context.clock.now()
    const state: StreamState = {
      id: `${name}-${uuid(this.context.random).slice(0, 8)}`,
      name,
      mode,
      status: 'CREATING',
      createdMs,
      retentionHours,
      quotas,
      durability,
      tags,
      shards: initialShards(shardCount, createdMs),
      resizedMs: [],
      ...(maxRecordKiB !== undefined && { maxRecordKiB }),
      ...(warmMiBps !== undefined && { warmMiBps }),
      ...(distribution !== undefined && { distribution }),
    }
    this.store.saveStream(state)
    const stream = this.run(state)
    this.resume(stream)
    this.listChanged.notify()
    return stream
  }

  /** Whether the account has committed itself to a minimum of throughput. */
  isCommitted(): boolean {
    return isCommitted(this.store.commitment(), this.context.clock.now())
  }

  /** A data key for a stream. The first of a workspace brings its master key into being. */
  newDataKey({ id, dataKeys = [] }: StreamState, keyId: string): WrappedKey {
    const none = this.all().every(({ state }) => state.dataKeys === undefined)
    return this.vault.create(id, dataKeys.length + 1, keyId, none)
  }

  /** Saves the next state of a stream, then lets the stream be it. */
  become(stream: DataStream, state: StreamState): void {
    this.store.saveStream(state)
    const begins = state.status !== stream.state.status && state.status !== 'ACTIVE'
    stream.become(state)
    if (begins) this.resume(stream)
    this.listChanged.notify()
  }

  delete(name: string, enforceConsumerDeletion: boolean): void {
    const stream = this.get(name)
    if (!enforceConsumerDeletion && this.consumers.count(stream.state.id) > 0)
      throw new EngineError(
        'ResourceInUseException',
        `Stream ${name} under account ${ACCOUNT_ID} has registered consumers. Deregister them, or set EnforceConsumerDeletion.`,
        { retry: true },
      )
    this.become(stream, { ...stream.state, status: 'DELETING' })
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.tick?.cancel()
    for (const timer of this.timers) timer.cancel()
    this.consumers.stop()
    await this.sweeping
    for (const stream of this.byName.values()) await stream.close()
    await this.store.close()
  }

  private run(state: StreamState): DataStream {
    const { clock, random, directory, log } = this.context
    const stream = new DataStream(state, {
      clock,
      directory: join(directory, 'logs'),
      cache: this.cache,
      vault: this.vault,
      files: this.files,
      meter: new StreamMeter(random.fork(`sample/${state.id}`), () => this.armTick()),
      onDamage: (id, shard, damage: Damage) => {
        log.warn(`stream ${state.name}, shard ${shard}: ${damage.what}, ${damage.bytes} bytes, see ${damage.file}`)
        try {
          this.store.addDamage(id, shard, damage.file, damage.what, damage.bytes)
        } catch (thrown) {
          // Reading round the damage matters more than the note of it: the next start finds it again.
          log.error(`stream ${state.name}: the damage could not be noted`, thrown)
        }
      },
    })
    this.byName.set(state.name, stream)
    return stream
  }

  /** What a state is on the way to happens after a while of engine time, also when the program was stopped in between. */
  private resume(stream: DataStream, delayMs = TRANSITION_MS): void {
    const { status } = stream.state
    if (status === 'ACTIVE') return
    const { clock, log } = this.context
    const timer = clock.at(clock.now() + delayMs, async () => {
      this.timers.delete(timer)
      try {
        await (status === 'DELETING' ? this.finishDelete(stream) : this.finishChange(stream))
      } catch (thrown) {
        if (this.stopped) return
        log.error(`stream ${stream.state.name} could not leave ${status}`, thrown)
        this.resume(stream, RETRY_MS)
      }
    })
    this.timers.add(timer)
  }

  private async finishChange(stream: DataStream): Promise<void> {
    await stream.prepare(completeChange(stream.state, this.context.clock.now()))
    // Settings may have changed while logs were opened: the change is made to what the stream is now.
    if (stream.state.status !== 'DELETING') this.become(stream, completeChange(stream.state, this.context.clock.now()))
  }

  private async finishDelete(stream: DataStream): Promise<void> {
    await stream.destroy()
    this.store.deleteStream(stream.state.id)
    this.consumers.forget(stream.state.id)
    this.byName.delete(stream.state.name)
    this.listChanged.notify()
  }

  /** One tick for all streams, at the end of a second that had traffic; none while there is silence. */
  private armTick(): void {
    if (this.tick || this.stopped) return
    const { clock } = this.context
    const startMs = Math.floor(clock.now() / 1000) * 1000
    this.tick = clock.at(startMs + 1000, async () => {
      this.tick = undefined
      for (const stream of this.byName.values()) {
        const second = stream.meter.close(startMs)
        if (second) this.scaleOnDemand(stream, second)
      }
      if (clock.now() - this.sweptMs < SWEEP_MS || this.sweeping) return
      this.sweptMs = clock.now()
      this.sweeping = this.sweep().finally(() => {
        this.sweeping = undefined
      })
      await this.sweeping
    })
  }

  private scaleOnDemand(stream: DataStream, second: readonly ShardSecond[]): void {
    const { state } = stream
    if (state.mode !== 'ON_DEMAND' || state.status === 'DELETING') return
    const next = scale(state, second, this.context.clock.now())
    if (next) this.become(stream, next)
  }

  private async sweep(): Promise<void> {
    for (const stream of [...this.byName.values()]) {
      try {
        const expired = await stream.sweep()
        if (expired.length === 0 || stream.state.status === 'DELETING') continue
        const shards = stream.state.shards.filter((shard) => !expired.some(({ index }) => index === shard.index))
        this.become(stream, { ...stream.state, shards })
        for (const { index } of expired) await stream.forgetShard(index)
      } catch (thrown) {
        this.context.log.error(`retention of stream ${stream.state.name}`, thrown)
      }
    }
  }

  /** Folders of streams that are no more: a deletion was cut short. */
  private deleteOrphans(): void {
    const folder = join(this.context.directory, 'logs')
    makeFolder(folder)
    const known = new Set(this.all().map((stream) => stream.state.id))
    for (const name of readdirSync(folder)) if (!known.has(name)) rmSync(join(folder, name), { recursive: true })
  }
}
