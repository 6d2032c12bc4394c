import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Damage, JournalFiles } from '../kit/node/journal.ts'
import type { RecordBatch } from '../kit/pure/batch.ts'
import type { Clock } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { PutResult, ReadResult, ShardInfo, ShardPosition, StreamMetrics, StreamSummary } from './contract.ts'
import { type KeyVault, StreamCipher } from './encryption.ts'
import { Router } from './hash-key.ts'
import type { StreamMeter } from './metrics.ts'
import {
  childrenOf,
  findShard,
  isExpired,
  openShards,
  rateExceeded,
  type Shard,
  type StreamState,
  streamArn,
  streamNotFound,
} from './model.ts'
import { offsetOf } from './position.ts'
import { type Append, appendRouted, checkBatch, RECORD_KIB_MAX, REFUSED, type Routed, route } from './put.ts'
import { ShardQuotas, type WriteQuota } from './quota.ts'
import { unpack } from './records.ts'
import { endingSequenceNumber, shardIdOf, startingSequenceNumber } from './sequence.ts'
import { encryptionKeyId as encryptionKeyIdOf } from './settings.ts'
import { ShardLog } from './shard-log.ts'
import { Signal } from './signal.ts'
import type { TailCache } from './tail-cache.ts'

type Put = z.input<typeof PutResult>
type Read = z.input<typeof ReadResult>

export interface ReadOptions {
  readonly maxRecords: number
  readonly maxBytes: number
  readonly consumer?: string
  readonly quota?: boolean
}

export interface StreamParts {
  readonly clock: Clock
  readonly directory: string
  readonly cache: TailCache
  readonly meter: StreamMeter
  readonly vault: KeyVault
  readonly files?: JournalFiles
  readonly onDamage: (stream: string, shard: number, damage: Damage) => void
}

/** Where the records of a stream go at this moment: rebuilt whenever a shard opens or closes. */
interface Front {
  readonly shards: readonly Shard[]
  readonly logs: readonly ShardLog[]
  readonly router: Router
  readonly quotas: readonly WriteQuota[]
  readonly createdS: Record<string, number>
}

/** One running stream: its state, its shards' logs, and what puts and reads do with them. */
export class DataStream {
  state: StreamState
  /** Told when records can be read, and when shards open or close. */
  readonly changed = new Signal()
  /** Aborted when the stream is deleted. */
  readonly gone = new AbortController()
  readonly meter: StreamMeter
  private readonly parts: StreamParts
  private readonly opening = new Map<number, Promise<ShardLog>>()
  private readonly logs = new Map<number, ShardLog>()
  private readonly cipher: StreamCipher
  /** Which shard takes the next record, where they take turns. */
  private readonly turn = { next: 0 }
  private readonly quotas = new ShardQuotas()
  private front: Front | undefined
  private lastArrivalMs = 0

  constructor(state: StreamState, parts: StreamParts) {
    this.state = state
    this.parts = parts
    this.meter = parts.meter
    this.cipher = new StreamCipher(parts.vault, state)
  }

  get directory(): string {
    return join(this.parts.directory, this.state.id)
  }

  summary(consumerCount: number, registeredConsumerCount: number): StreamSummary {
    const { name, status, mode, createdMs, retentionHours, quotas, durability, tags, shards } = this.state
    const { maxRecordKiB = RECORD_KIB_MAX, shardMetrics = [], distribution = 'USER_PARTITION_KEY' } = this.state
    const { warmMiBps, policy } = this.state
    const encryptionKeyId = encryptionKeyIdOf(this.state)
    return {
      name,
      arn: streamArn(name),
      status,
      mode,
      createdMs,
      retentionHours,
      openShardCount: openShards(shards).length,
      quotas,
      durability,
      consumerCount,
      registeredConsumerCount,
      tags: { ...tags },
      maxRecordKiB,
      shardMetrics: [...shardMetrics],
      distribution,
      ...(encryptionKeyId !== undefined && { encryptionKeyId }),
      ...(warmMiBps !== undefined && { warmMiBps }),
      ...(policy !== undefined && { policy }),
    }
  }

  async put(batch: RecordBatch): Promise<Put> {
    const { maxRecordKiB = RECORD_KIB_MAX, distribution } = this.state
    checkBatch(batch, maxRecordKiB * 1024, distribution === 'AUTO')
    this.cipher.mustHaveKey()
    const release = this.parts.clock.hold()
    try {
      const front = this.front ?? (await this.openFront())
      if (this.gone.signal.aborted) throw streamNotFound(this.state.name)
      const arrivalMs = Math.max(this.parts.clock.now(), this.lastArrivalMs)
      this.lastArrivalMs = arrivalMs
      const quotas = this.state.quotas ? front.quotas : undefined
      const turn = this.state.distribution === 'AUTO' ? this.turn : undefined
      const routed = route(batch, front.router, front.shards.length, quotas, arrivalMs, turn)
      const encrypted = this.cipher.isOn
      const appends = appendRouted(batch, routed, front.logs, arrivalMs)
      const firsts = new Float64Array(front.shards.length).fill(-1)
      const refusals: NonNullable<Put['refusals']> = {}
      let refusal: EngineError | undefined
      for (const { slot, first, done } of appends) {
        try {
          await done
          firsts[slot] = first
        } catch (thrown) {
          refusal = EngineError.from(thrown)
          refusals[front.shards[slot].index] = refusal.toWire()
        }
      }
      if (refusal && Object.keys(refusals).length === appends.length) throw refusal
      this.changed.notify()
      if (this.state.durability === 'memory') this.tellOnceWritten(appends)
      const result = this.answer(batch, front, routed, firsts, arrivalMs)
      if (encrypted) result.encrypted = true
      return refusal ? { ...result, refusals } : result
    } finally {
      release()
    }
  }

  /** What memory mode acknowledges can only be read a moment later: readers hear of it then, and time waits for them. */
  private tellOnceWritten(appends: readonly Append[]): void {
    const release = this.parts.clock.hold()
    void Promise.allSettled(appends.map(({ written }) => written)).then(() => {
      this.changed.notify()
      release()
    })
  }

  private answer(batch: RecordBatch, front: Front, routed: Routed, firsts: Float64Array, arrivalMs: number): Put {
    const { slots, wanted, parts } = routed
    const shards = new Uint16Array(batch.count)
    const offsets = new Float64Array(batch.count)
    const next = firsts.slice()
    let failed = 0
    for (let i = 0; i < batch.count; i++) {
      shards[i] = front.shards[wanted[i]].index
      if (slots[i] === REFUSED || firsts[slots[i]] < 0) {
        offsets[i] = -1
        failed++
      } else offsets[i] = next[slots[i]]++
    }
    parts.forEach((part, slot) => {
      if (!part) return
      const { index } = front.shards[slot]
      if (firsts[slot] >= 0) this.meter.wrote(index, part.count, part.keysBytes + part.dataBytes)
      if (part.throttled > 0) this.meter.throttled(index, 'writeThrottled', part.throttled)
    })
    this.meter.sample(batch, shards)
    return { failed, shards, offsets, arrivalMs, shardCreatedS: front.createdS }
  }

  async read(shardId: string, position: ShardPosition, options: ReadOptions): Promise<Read> {
    const shard = findShard(this.state, shardId)
    const log = await this.trimmedLog(shard.index)
    const nowMs = this.parts.clock.now()
    const quota = options.quota && this.state.quotas ? this.quotas.read(shard.index, nowMs) : undefined
    if (quota && !quota.begin(nowMs)) {
      this.meter.throttled(shard.index, 'readThrottled', 1)
      throw rateExceeded(this.state, shard.index)
    }
    const offset = await offsetOf(this.state.name, shard, log, position)
    const read = await this.readLog(shard, log, offset, options)
    quota?.spend(read.bytes)
    return read.result
  }

  /** `read` by shard index and offset, for consumers inside. */
  async readOn(index: number, offset: number, options: ReadOptions): Promise<Read> {
    const log = await this.trimmedLog(index)
    return (await this.readLog(this.shard(index), log, Math.max(offset, log.first), options)).result
  }

  /** The offset a position means now, never before the horizon. */
  async locate(shardId: string, position: ShardPosition, quota = false): Promise<number> {
    const shard = findShard(this.state, shardId)
    const nowMs = this.parts.clock.now()
    if (quota && this.state.quotas && !this.quotas.iterator(shard.index, nowMs).takeOne(nowMs))
      throw rateExceeded(this.state, shard.index)
    return offsetOf(this.state.name, shard, await this.trimmedLog(shard.index), position)
  }

  /** Offset of the next record to come. */
  async latest(index: number): Promise<number> {
    return (await this.trimmedLog(index)).next
  }

  /** Where shards end now, of those whose logs are open. */
  tips(shards: Uint16Array): z.input<typeof StreamMetrics>['tips'] {
    const open = shards.filter((index) => this.logs.has(index))
    const ofLogs = (pick: (log: ShardLog) => number) => Float64Array.from(open, (index) => pick(this.logs.get(index)!))
    return { shards: open, nextOffsets: ofLogs((log) => log.next), bytes: ofLogs((log) => log.bytes) }
  }

  /** Whether a reader at `offset` would get anything, its shard's end included. Answers at once; true while the log is not open yet. */
  hasMore(index: number, offset: number): boolean {
    const log = this.logs.get(index)
    if (!log) return true
    return log.next > offset || (this.shard(index).closedMs !== undefined && log.isSettled)
  }

  shard(index: number): Shard {
    return this.state.shards.find((shard) => shard.index === index)!
  }

  async shardInfo(shard: Shard): Promise<ShardInfo> {
    const log = await this.trimmedLog(shard.index)
    const createdS = Math.floor(shard.createdMs / 1000)
    return {
      shardId: shardIdOf(shard.index),
      index: shard.index,
      state:
        shard.closedMs === undefined
          ? 'OPEN'
          : isExpired(this.state, shard, this.parts.clock.now())
            ? 'EXPIRED'
            : 'CLOSED',
      range: { startingHashKey: String(shard.start), endingHashKey: String(shard.end) },
      ...(shard.parent !== undefined && { parentShardId: shardIdOf(shard.parent) }),
      ...(shard.adjacentParent !== undefined && { adjacentParentShardId: shardIdOf(shard.adjacentParent) }),
      firstOffset: log.first,
      nextOffset: log.next,
      startingSequenceNumber: startingSequenceNumber(shard.index, createdS),
      ...(shard.closedMs !== undefined && {
        endingSequenceNumber: endingSequenceNumber(shard.index, createdS, shard.closedMs),
        closedMs: shard.closedMs,
      }),
      createdMs: shard.createdMs,
      bytes: log.bytes,
    }
  }

  /** Takes a new state, which the caller has saved. Logs of new shards must be open (`prepare`), so that no put waits in between. */
  become(state: StreamState): void {
    const reshaped = state.shards !== this.state.shards
    if (state.durability !== this.state.durability) for (const log of this.logs.values()) log.setMode(state.durability)
    this.state = state
    this.cipher.become(state)
    if (!reshaped) return
    this.front = undefined
    this.changed.notify()
  }

  async prepare(state: StreamState): Promise<void> {
    await Promise.all(openShards(state.shards).map((shard) => this.log(shard.index)))
  }

  /** Deletes what is past retention. Answers the closed shards that have nothing left. */
  async sweep(): Promise<readonly Shard[]> {
    const nowMs = this.parts.clock.now()
    const expired = this.state.shards.filter((shard) => isExpired(this.state, shard, nowMs))
    for (const shard of this.state.shards)
      if (!expired.includes(shard)) await (await this.log(shard.index)).sweep(this.cutoffMs)
    return expired
  }

  async forgetShard(index: number): Promise<void> {
    const log = await this.log(index)
    this.logs.delete(index)
    this.opening.delete(index)
    this.meter.forgetShard(index)
    this.quotas.forget(index)
    await log.destroy()
  }

  async close(): Promise<void> {
    for (const log of await Promise.all(this.opening.values())) await log.close()
  }

  async destroy(): Promise<void> {
    this.gone.abort()
    for (const log of await Promise.all(this.opening.values())) await log.destroy()
    rmSync(this.directory, { recursive: true, force: true })
  }

  private get cutoffMs(): number {
    return this.parts.clock.now() - this.state.retentionHours * 3600_000
  }

  private async readLog(
    shard: Shard,
    log: ShardLog,
    offset: number,
    options: ReadOptions,
  ): Promise<{ result: Read; bytes: number }> {
    const { maxRecords, maxBytes } = options
    const end = log.next
    const frames = offset < end ? (log.recent(offset, maxBytes) ?? (await log.read(offset, maxBytes, maxRecords))) : []
    const { batch, first, arrivals, bytes, encrypted } = unpack(frames, offset, maxRecords, maxBytes)
    const nowMs = this.parts.clock.now()
    // Nothing readable before the end is a damaged stretch: it was reported, and reading goes on after it.
    const nextOffset = batch.count > 0 ? first + batch.count : Math.max(offset, end)
    const ended = shard.closedMs !== undefined && nextOffset >= log.next && log.isSettled
    const ageMs = batch.count > 0 && nextOffset < log.next ? Math.max(0, nowMs - arrivals[batch.count - 1]) : 0
    if (batch.count > 0) this.meter.read(shard.index, batch.count, bytes)
    if (options.consumer) this.meter.position(options.consumer, shard.index, nextOffset, ageMs, nowMs)
    const children = ended ? childrenOf(this.state.shards, shard.index) : []
    return {
      bytes,
      result: {
        batch,
        shardId: shardIdOf(shard.index),
        startOffset: first,
        nextOffset,
        arrivals,
        ...(encrypted && { encrypted }),
        millisBehindLatest: ageMs,
        ended,
        ...(ended && { childShards: await Promise.all(children.map((child) => this.shardInfo(child))) }),
      },
    }
  }

  private async trimmedLog(index: number): Promise<ShardLog> {
    const log = await this.log(index)
    if (this.state.durability === 'memory') await log.settled()
    await log.trim(this.cutoffMs)
    return log
  }

  /** Logs open at their first use: a start reads none. */
  private log(index: number): Promise<ShardLog> {
    const known = this.opening.get(index)
    if (known) return known
    const { cache, files, onDamage } = this.parts
    const opening = ShardLog.open({
      directory: join(this.directory, String(index).padStart(12, '0')),
      mode: this.state.durability,
      retentionMs: this.state.retentionHours * 3600_000,
      cache,
      index,
      cipher: this.cipher,
      files,
      onDamage: (damage) => onDamage(this.state.id, index, damage),
    }).then((log) => {
      this.logs.set(index, log)
      return log
    })
    this.opening.set(index, opening)
    opening.catch(() => this.opening.delete(index))
    return opening
  }

  private async openFront(): Promise<Front> {
    for (;;) {
      const { state } = this
      const shards = openShards(state.shards)
      const logs = await Promise.all(shards.map((shard) => this.log(shard.index)))
      // Shards may have changed while the logs were opened.
      if (this.state.shards !== state.shards) continue
      const nowMs = this.parts.clock.now()
      for (const log of logs) this.lastArrivalMs = Math.max(this.lastArrivalMs, log.lastTimeMs)
      this.front = {
        shards,
        logs,
        router: new Router(shards),
        quotas: shards.map((shard) => this.quotas.write(shard.index, nowMs)),
        createdS: Object.fromEntries(shards.map((shard) => [shard.index, Math.floor(shard.createdMs / 1000)])),
      }
      return this.front
    }
  }
}
