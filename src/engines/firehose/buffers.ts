import { gzipSync } from 'node:zlib'
import type { Clock, Timer } from '../kit/pure/clock.ts'
import type { Outcome } from './ledger.ts'
import { GrowingBytes } from './parquet/bytes.ts'
import type { ParquetBuilder } from './parquet/convert.ts'
import { RangeCollector } from './positions.ts'
import type { ErrorOutputType } from './prefix.ts'

/** What a buffer becomes when it is full. */
export interface Sink {
  /** Names the buffer among those of its delivery stream. */
  readonly id: string
  readonly track: 'main' | 'backup'
  readonly outcome: Outcome
  readonly errorType?: ErrorOutputType
  readonly partition?: ReadonlyMap<string, string>
}

const NEW_LINE = new Uint8Array([10])

/** Records that will become one object: as text end to end, as rows of a Parquet file, or (dropped ones) as nothing. */
export class OutputBuffer {
  readonly sink: Sink
  readonly parquet: ParquetBuilder | undefined
  readonly positions = new RangeCollector()
  records = 0
  /** Bytes of the records as they came, which is what size hints count. */
  rawBytes = 0
  oldestArrivalMs = Number.POSITIVE_INFINITY
  dueMs = Number.POSITIVE_INFINITY
  timer: Timer | undefined
  private readonly text: GrowingBytes | undefined

  constructor(sink: Sink, parquet: ParquetBuilder | undefined) {
    this.sink = sink
    this.parquet = parquet
    this.text = parquet || sink.outcome === 'dropped' ? undefined : new GrowingBytes()
  }

  /** Bytes of memory held. */
  get memoryBytes(): number {
    return this.parquet?.bytes ?? this.text?.length ?? 0
  }

  append(content: Uint8Array, delimiter: boolean): void {
    this.text?.append(content)
    if (delimiter) this.text?.append(NEW_LINE)
  }

  count(origin: string, position: number, rawBytes: number, arrivalMs: number): void {
    this.positions.add(origin, position)
    this.records++
    this.rawBytes += rawBytes
    if (arrivalMs < this.oldestArrivalMs) this.oldestArrivalMs = arrivalMs
  }

  /** The object's bytes. */
  body(compression: 'GZIP' | 'UNCOMPRESSED'): Uint8Array<ArrayBuffer> {
    if (this.parquet) return this.parquet.finish()
    const bytes = this.text?.bytes ?? new Uint8Array(0)
    return new Uint8Array(compression === 'GZIP' ? gzipSync(bytes) : bytes)
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
  private readonly limits: BufferingLimits
  private readonly onFull: (buffer: OutputBuffer) => void

  constructor(clock: Clock, limits: BufferingLimits, onFull: (buffer: OutputBuffer) => void) {
    this.clock = clock
    this.limits = limits
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
    this.open.set(buffer.sink.id, buffer)
    buffer.dueMs = this.clock.now() + this.limits.intervalMs
    if (this.limits.intervalMs > 0) buffer.timer = this.clock.at(buffer.dueMs, () => this.cut(buffer))
    return buffer
  }

  /** To be called after records were added. */
  check(buffer: OutputBuffer): void {
    if (buffer.rawBytes >= this.limits.sizeBytes) this.cut(buffer)
  }

  /** With an interval of 0 nothing waits longer than the batch it came with. */
  endOfBatch(): void {
    if (this.limits.intervalMs === 0) this.cutAll()
  }

  cut(buffer: OutputBuffer): void {
    if (this.open.get(buffer.sink.id) !== buffer) return
    this.open.delete(buffer.sink.id)
    buffer.timer?.cancel()
    if (buffer.records > 0) this.onFull(buffer)
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
