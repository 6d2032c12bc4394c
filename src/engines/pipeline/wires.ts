import { dataBytes, type RecordBatch } from '../kit/pure/batch.ts'
import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { compileMatcher, parse } from '../kit/pure/expr/index.ts'
import type { Barrier, Inbox } from './inbox.ts'
import type { Version, VersionsInput, VersionsOutput } from './nodes/define.ts'
import { batchBytes, parseRow, sliceBatch } from './nodes/kit/rows.ts'
import { Samples } from './samples.ts'

const decoder = new TextDecoder()

/** Where a whole run can be halted: sources and breakpoints wait here until it goes on. Time stands still meanwhile. */
export class Gate {
  private closed = false
  private waiting: (() => void)[] = []

  get isClosed(): boolean {
    return this.closed
  }

  close(): void {
    this.closed = true
  }

  open(): void {
    this.closed = false
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  async pass(): Promise<void> {
    while (this.closed) await new Promise<void>((resolve) => this.waiting.push(resolve))
  }
}

/** The rows, bytes and pressure of a wire, whatever it carries. */
export interface WireOptions {
  readonly gate: Gate
  /** Whether a closed gate stops it: what comes from a source or a stream. */
  readonly gated: boolean
  readonly monotonicMs: () => number
  readonly onHalt: (wire: RecordsWire) => void
}

export interface WireCounts {
  rows: number
  bytes: number
  /** Real milliseconds in which a sender stood before a full wire. */
  blockedMs: number
}

type Matcher = (row: Record<string, unknown>) => boolean

/** A wire of records: counts, samples and halts what passes, and hands it to the inbox of the node behind it. */
export class RecordsWire {
  readonly id: string
  readonly counts: WireCounts = { rows: 0, bytes: 0, blockedMs: 0 }
  readonly samples = new Samples()
  private readonly inbox: Inbox
  private readonly gate: Gate
  private readonly gated: boolean
  private readonly monotonicMs: () => number
  private readonly onHalt: (wire: RecordsWire) => void
  private matcher: Matcher | undefined
  private halted: ((way: 'resume' | 'step') => void) | undefined
  private blockedSince: number | undefined
  private stepping = false
  private abandoned = false

  constructor(id: string, inbox: Inbox, options: WireOptions) {
    this.id = id
    this.inbox = inbox
    this.gate = options.gate
    this.gated = options.gated
    this.monotonicMs = options.monotonicMs
    this.onHalt = options.onHalt
  }

  get isHalted(): boolean {
    return this.halted !== undefined
  }

  /** Blocked time including the block that is going on. */
  blockedMs(): number {
    return this.counts.blockedMs + (this.blockedSince === undefined ? 0 : this.monotonicMs() - this.blockedSince)
  }

  setBreakpoint(condition: string | null): void {
    this.matcher =
      condition === null ? undefined : condition.trim() === '' ? () => true : compileMatcher(parse(condition))
    if (condition === null) this.release('resume')
  }

  /** Lets the row at the breakpoint go, alone or with all up to the next that meets the condition. */
  release(way: 'resume' | 'step'): boolean {
    const halted = this.halted
    this.halted = undefined
    halted?.(way)
    return halted !== undefined
  }

  abandon(): void {
    this.abandoned = true
    this.release('resume')
  }

  async push(task: ClockTask, batch: RecordBatch): Promise<void> {
    if (this.gated) await this.gate.pass()
    if (!this.matcher) return this.send(task, batch)
    let from = 0
    for (let i = 0; i < batch.count && !this.abandoned; i++) {
      if (!this.stepping && !this.meets(batch, i)) continue
      if (i > from) await this.send(task, sliceBatch(batch, from, i))
      from = i
      this.samples.keep(dataBytes(batch, i).slice())
      this.stepping = (await this.halt()) === 'step'
    }
    if (from < batch.count) await this.send(task, sliceBatch(batch, from, batch.count))
  }

  /** Sends a barrier after all that went before it. */
  follow(task: ClockTask, barrier: Barrier): Promise<void> {
    return this.inbox.push(task, barrier)
  }

  close(): void {
    this.inbox.close()
  }

  private meets(batch: RecordBatch, index: number): boolean {
    if (!this.matcher) return false
    const row = parseRow(decoder.decode(dataBytes(batch, index)))
    return this.matcher(typeof row === 'string' ? {} : row)
  }

  private halt(): Promise<'resume' | 'step'> {
    return new Promise((resolve) => {
      this.halted = resolve
      this.onHalt(this)
    })
  }

  private async send(task: ClockTask, batch: RecordBatch): Promise<void> {
    this.samples.take(batch)
    const bytes = batchBytes(batch)
    const rows = batch.count
    if (this.inbox.full) this.blockedSince = this.monotonicMs()
    try {
      await this.inbox.push(task, batch)
    } finally {
      if (this.blockedSince !== undefined) this.counts.blockedMs += this.monotonicMs() - this.blockedSince
      this.blockedSince = undefined
    }
    this.counts.rows += rows
    this.counts.bytes += bytes
  }
}

/** A wire of tables: it carries the latest state only, so that a slow reader skips states rather than queueing them. */
export class VersionsWire {
  readonly id: string
  readonly counts: WireCounts = { rows: 0, bytes: 0, blockedMs: 0 }
  current: Version | null = null
  ended = false
  private readonly changed: () => void

  constructor(id: string, changed: () => void) {
    this.id = id
    this.changed = changed
  }

  publish(version: Version): void {
    this.current = version
    this.counts.rows = version.rows ?? this.counts.rows
    this.counts.bytes = version.bytes ?? this.counts.bytes
    this.changed()
  }

  end(): void {
    this.ended = true
    this.changed()
  }
}

/** All relation or data set wires into one port, as their reader sees them. */
export class VersionsJoin {
  readonly wires: VersionsWire[] = []
  private readonly clock: Clock
  private seen = -1
  private seenEnd = false
  private wake: ((release: () => void) => void) | undefined
  private failure: unknown
  private readonly ended: Promise<void>
  private end: () => void = () => {}

  constructor(clock: Clock) {
    this.clock = clock
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
  }

  add(id: string): VersionsWire {
    const wire = new VersionsWire(id, () => this.notify())
    this.wires.push(wire)
    return wire
  }

  fail(error: unknown): void {
    this.failure ??= error
    this.notify()
  }

  reader(task: ClockTask): VersionsInput {
    return {
      ended: this.ended,
      next: async () => {
        for (;;) {
          if (this.failure) throw this.failure
          const ended = this.wires.every((wire) => wire.ended)
          const ready = this.wires.every((wire) => wire.current || wire.ended)
          const versions = this.wires.flatMap((wire) => (wire.current ? [wire.current] : []))
          const stamp = versions.reduce((sum, version) => sum + version.number, 0)
          if (ready && ((stamp !== this.seen && versions.length > 0) || (ended && !this.seenEnd))) {
            this.seen = stamp
            this.seenEnd = ended
            return { versions, ended }
          }
          if (ended) return null
          const release = await task.idle(
            new Promise<() => void>((resolve) => {
              this.wake = resolve
            }),
          )
          release()
        }
      },
    }
  }

  private notify(): void {
    if (this.wires.every((wire) => wire.ended)) this.end()
    const wake = this.wake
    this.wake = undefined
    wake?.(this.clock.hold())
  }
}

/** The sending end of relation wires: numbers the states. */
export function versionsOutput(wires: readonly VersionsWire[]): VersionsOutput {
  let number = 0
  return {
    publish: (version) => {
      number++
      for (const wire of wires) wire.publish({ ...version, number })
    },
  }
}

export function abandoned(): EngineError {
  return new EngineError('Cancelled', 'The run was abandoned.', { retry: true })
}
