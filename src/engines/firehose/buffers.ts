import type { Clock, Timer } from '../kit/pure/clock.ts'
import { Account } from './account.ts'
import type { Unit } from './arrivals.ts'
import { compress } from './compression.ts'
import type { Compression } from './contract.ts'
import type { Intent, Outcome } from './ledger.ts'
import { GrowingBytes } from './parquet/bytes.ts'
import type { ParquetBuilder } from './parquet/convert.ts'
import type { ErrorOutputType } from './prefix.ts'

/** What a buffer becomes when it is full. */
export interface Sink {
  /** Names the buffer among those of its delivery stream. */
  readonly id: string
  readonly track: 'main' | 'backup'
  readonly outcome: Outcome
  readonly errorType?: ErrorOutputType
  readonly partition?: ReadonlyMap<string, string>
  /** Records go to the destination's endpoint, one by one; `again` is a request that was announced before the last stop. */
  readonly endpoint?: { readonly again?: Intent }
}

/** A record on its way to an endpoint. */
export interface Entry extends Unit {
  readonly content: Uint8Array
  /** As it came, for the error prefix. */
  readonly original: Uint8Array
}

/** Records that will become one object: as text end to end, as rows of a Parquet file; or one request; or (dropped ones) nothing. */
export class OutputBuffer {
  readonly sink: Sink
  readonly parquet: ParquetBuilder | undefined
  /** Of an endpoint's buffer. */
  readonly entries: Entry[] = []
  count = 0
  /** Bytes of the records as they came, which is what size hints count. */
  sizeBytes = 0
  oldestArrivalMs = Number.POSITIVE_INFINITY
  dueMs = Number.POSITIVE_INFINITY
  timer: Timer | undefined
  private readonly account = new Account()
  private readonly text: GrowingBytes | undefined
  private keptBytes = 0

  constructor(sink: Sink, parquet: ParquetBuilder | undefined) {
    this.sink = sink
    this.parquet = parquet
    this.text = parquet || sink.outcome === 'dropped' || sink.endpoint ? undefined : new GrowingBytes()
  }

  /** Bytes of memory held. */
  get memoryBytes(): number {
    return this.parquet?.bytes ?? this.text?.length ?? this.keptBytes
  }

  append(content: Uint8Array, delimiter: Uint8Array | undefined): void {
    this.text?.append(content)
    if (delimiter) this.text?.append(delimiter)
  }

  keep(entry: Entry): void {
    this.entries.push(entry)
    this.keptBytes += entry.content.length
  }

  add(unit: Unit, bytes: number): void {
    this.account.add(unit)
    this.count++
    this.sizeBytes += bytes
    if (unit.arrivalMs < this.oldestArrivalMs) this.oldestArrivalMs = unit.arrivalMs
  }

  /** Which records it takes, for the ledger. */
  get taken(): ReturnType<Account['result']> {
    return this.account.result()
  }

  /** The object's bytes. */
  body(compression: Compression, name: string): Uint8Array<ArrayBuffer> {
    if (this.parquet) return this.parquet.finish()
    const bytes = this.text?.bytes ?? new Uint8Array(0)
    return new Uint8Array(compress(bytes, compression, { name, timeMs: this.oldestArrivalMs }))
  }
}

export interface BufferingLimits {
  readonly sizeBytes: number
  readonly intervalMs: number
}

/** The open buffers of a delivery stream. One that reaches its size or its time is handed to `onFull`, whichever comes first. */
export class Buffers {
  private readonly open = new Map<string, OutputBuffer>()
  private readonly clock: Clock
  private readonly limitsOf: (sink: Sink) => BufferingLimits
  private readonly onFull: (buffer: OutputBuffer) => void
  private zero = false

  constructor(clock: Clock, limitsOf: (sink: Sink) => BufferingLimits, onFull: (buffer: OutputBuffer) => void) {
    this.clock = clock
    this.limitsOf = limitsOf
    this.onFull = onFull
  }

  get(id: string): OutputBuffer | undefined {
    return this.open.get(id)
  }

  /** How many partitions hold records now. */
  get partitions(): number {
    let count = 0
    for (const buffer of this.open.values()) if (buffer.sink.partition) count++
    return count
  }

  get memoryBytes(): number {
    let sum = 0
    for (const buffer of this.open.values()) sum += buffer.memoryBytes
    return sum
  }

  get nextDueMs(): number | null {
    let due = Number.POSITIVE_INFINITY
    for (const buffer of this.open.values()) if (buffer.dueMs < due) due = buffer.dueMs
    return due === Number.POSITIVE_INFINITY ? null : due
  }

  /** Opens a buffer; its time starts to run now. */
  add(buffer: OutputBuffer): OutputBuffer {
    const { intervalMs } = this.limitsOf(buffer.sink)
    this.open.set(buffer.sink.id, buffer)
    buffer.dueMs = this.clock.now() + intervalMs
    if (intervalMs === 0) this.zero = true
    else if (intervalMs < Number.POSITIVE_INFINITY) buffer.timer = this.clock.at(buffer.dueMs, () => this.cut(buffer))
    return buffer
  }

  /** To be called after records were added. */
  check(buffer: OutputBuffer): void {
    if (buffer.sizeBytes >= this.limitsOf(buffer.sink).sizeBytes) this.cut(buffer)
  }

  /** With an interval of 0 nothing waits longer than the batch it came with. */
  endOfBatch(): void {
    if (!this.zero) return
    this.zero = false
    for (const buffer of [...this.open.values()]) if (this.limitsOf(buffer.sink).intervalMs === 0) this.cut(buffer)
  }

  cut(buffer: OutputBuffer): void {
    if (this.open.get(buffer.sink.id) !== buffer) return
    this.open.delete(buffer.sink.id)
    buffer.timer?.cancel()
    if (buffer.count > 0) this.onFull(buffer)
  }

  cutAll(): void {
    for (const buffer of [...this.open.values()]) this.cut(buffer)
  }

  /** Delivers the largest buffers early until memory is below a bound. */
  cutLargest(memoryBytesMax: number): void {
    let memory = this.memoryBytes
    const bySize = [...this.open.values()].sort((a, b) => b.memoryBytes - a.memoryBytes)
    for (const buffer of bySize) {
      if (memory <= memoryBytesMax) return
      memory -= buffer.memoryBytes
      this.cut(buffer)
    }
  }

  /** Forgets what is buffered: it is delivered after the next start. */
  discard(): void {
    for (const buffer of this.open.values()) buffer.timer?.cancel()
    this.open.clear()
  }
}
