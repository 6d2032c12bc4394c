import type { Clients } from '../contract.ts'
import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { PriceTable } from '../kit/pure/prices.ts'
import type { Random } from '../kit/pure/random.ts'
import { accountsError, accountsOf, costOf } from './accounts.ts'
import { type Assembly, assemble } from './assemble.ts'
import { titleOf } from './check.ts'
import type { ClockLease } from './clock-lease.ts'
import { contextOf, type Part, pushAll, type RunScope } from './context.ts'
import type { Account, RunState } from './contract.ts'
import type { PipelineDocument } from './document.ts'
import { fingerprintOf, fingerprints } from './fingerprint.ts'
import { downstreamOf, order, wiresInto, wiresOutOf } from './graph.ts'
import { Monitor } from './meters.ts'
import type { Reference } from './nodes/define.ts'
import { batchBytes, batchOf } from './nodes/kit/rows.ts'
import { hasDrained, standing, waitsFor } from './progress.ts'
import { freeTask, type RealTime } from './waits.ts'
import { runWarnings } from './warnings.ts'
import { abandoned, Gate, RecordsWire, versionsOutput } from './wires.ts'

export interface RunOptions {
  readonly runId: string
  readonly path: string
  readonly document: PipelineDocument
  readonly scale: number
  readonly speed: number | null
  readonly clockLease: ClockLease
  readonly until: 'stopped' | 'drained'
  readonly fromNode?: string
  /** Pinned rows by node, as JSON records. */
  readonly pins: ReadonlyMap<string, readonly string[]>
  readonly breakpoints: ReadonlyMap<string, string>
  readonly clients: Clients
  readonly clock: Clock
  readonly random: Random
  readonly real: RealTime
  readonly prices: PriceTable
}

type Settled = Pick<RunState, 'state' | 'error'>

/** One run of a pipeline: the nodes at work, and the wires between them. */
export class Run {
  readonly id: string
  readonly path: string
  readonly document: PipelineDocument
  readonly startedMs: number
  readonly done: Promise<void>
  private readonly options: RunOptions
  private readonly scope: RunScope
  private readonly parts: Assembly['parts']
  private readonly wires: Assembly['wires']
  private readonly monitor: Monitor
  private readonly gate = new Gate()
  private readonly stopping = new AbortController()
  private readonly abandon = new AbortController()
  private settled: Settled = { state: 'starting' }
  private endedMs: number | undefined
  private endedClockMs: number | undefined
  private accounts: Account[] = []
  private readonly fingerprint: string
  /** What the run itself is doing once its nodes have ended. */
  private work: string | undefined
  private pauseHold: (() => void) | undefined
  private failure: EngineError | undefined
  private stopAsked: (() => void) | undefined

  constructor(options: RunOptions) {
    this.options = options
    this.id = options.runId
    this.path = options.path
    this.document = options.document
    this.startedMs = options.clock.realNow()
    const { fromNode, document } = options
    const active = fromNode ? downstreamOf(document, fromNode).add(fromNode) : undefined
    const { parts, wires } = assemble(document, options.clock, (id) => active !== undefined && !active.has(id), {
      gate: this.gate,
      monotonicMs: () => options.real.monotonicMs(),
      onHalt: () => this.pause(),
    })
    this.parts = parts
    this.wires = wires
    this.scope = { ...options, parts, abandon: this.abandon.signal, stopping: this.stopping.signal }
    const marks = fingerprints(document)
    for (const part of this.parts.values()) part.meter.fingerprint = marks.get(part.node.id)
    this.fingerprint = fingerprintOf(marks)
    for (const [wire, condition] of options.breakpoints) this.setBreakpoint(wire, condition)
    this.monitor = new Monitor(
      [...this.parts.values()].map((part) => part.meter),
      [...this.wires.values()],
      options.real.monotonicMs(),
    )
    this.done = this.whole()
  }

  get isOver(): boolean {
    return this.endedMs !== undefined
  }

  state(): RunState {
    const parts = [...this.parts.values()]
    const meters = parts.map((part) => part.meter)
    const read = this.monitor.read(this.isOver)
    const clockMs = this.endedClockMs ?? this.options.clock.now()
    const state = this.settled.state === 'running' && hasDrained(parts) ? 'draining' : this.settled.state
    const waits = state === 'draining' ? (this.work ?? waitsFor(this.inOrder(), this.monitor, clockMs)) : undefined
    return {
      runId: this.id,
      pipeline: this.path,
      ...this.settled,
      state,
      startedMs: this.startedMs,
      ...(this.endedMs !== undefined && { endedMs: this.endedMs }),
      clockMs,
      ...standing(parts, read.nodes, state === 'draining'),
      ...(waits !== undefined && { waitsFor: waits }),
      ...(this.options.fromNode !== undefined && { fromNode: this.options.fromNode }),
      fingerprint: this.fingerprint,
      ...read,
      warnings: runWarnings({ ...read, accounts: this.accounts }, (id) => titleOf(this.parts.get(id)!.node)),
      accounts: this.accounts,
      athenaBytesScanned: meters.reduce((sum, meter) => sum + meter.athenaBytesScanned, 0),
      costUsd: costOf(meters, this.options.prices),
    }
  }

  /** Called four times a second of real time while the run is watched or not: rates need regular looks. */
  sample(): void {
    const { clock, real } = this.options
    this.monitor.sample(real.monotonicMs(), this.gate.isClosed ? null : clock.now())
  }

  pause(): void {
    if (this.isOver || this.gate.isClosed) return
    this.gate.close()
    this.pauseHold ??= this.options.clock.hold()
    if (this.settled.state === 'running') this.settled = { state: 'paused' }
  }

  resume(): void {
    this.gate.open()
    this.pauseHold?.()
    this.pauseHold = undefined
    for (const wire of this.recordsWires()) wire.release('resume')
    if (this.settled.state === 'paused') this.settled = { state: this.stopping.signal.aborted ? 'draining' : 'running' }
  }

  step(wireId: string): void {
    const wire = this.wires.get(wireId)
    if (!(wire instanceof RecordsWire) || !wire.release('step'))
      throw new EngineError('NotHalted', `No row is held on the wire ${wireId}: set a breakpoint on it first.`)
  }

  setBreakpoint(wireId: string, condition: string | null): void {
    const wire = this.wires.get(wireId)
    if (wire instanceof RecordsWire) wire.setBreakpoint(condition)
  }

  /** Ends the sources; what is under way still arrives, unless the run is given up, now or by asking again. */
  stop(mode: 'drain' | 'abandon'): void {
    if (this.isOver) return
    const again = this.stopping.signal.aborted
    this.stopping.abort(abandoned())
    this.stopAsked?.()
    if (this.settled.state === 'running' || this.settled.state === 'paused') this.settled = { state: 'draining' }
    if (mode === 'abandon' || again) this.abandonAll(abandoned())
    this.resume()
  }

  samplesAt(
    at: { node: string } | { wire: string },
  ): { texts: (limit: number) => string[]; version: number } | Reference | null {
    if ('wire' in at) {
      const wire = this.wires.get(at.wire)
      if (!wire) throw new EngineError('NoSuchWire', `The run has no wire ${at.wire}.`)
      if (wire instanceof RecordsWire) return { texts: (n) => wire.samples.texts(n), version: wire.samples.version }
      return wire.current?.reference ?? null
    }
    const part = this.parts.get(at.node)
    if (!part) throw new EngineError('NoSuchNode', `The run has no node ${at.node}.`)
    const out = wiresOutOf(this.document, at.node)[0] ?? wiresInto(this.document, at.node)[0]
    return out ? this.samplesAt({ wire: out.id }) : null
  }

  private inOrder(): Part[] {
    return order(this.document).sorted.map((id) => this.parts.get(id)!)
  }

  private recordsWires(): RecordsWire[] {
    return [...this.wires.values()].filter((wire) => wire instanceof RecordsWire)
  }

  // Running ----------------------------------------------------------------------------------------------------------------

  private async whole(): Promise<void> {
    // The caller shall have the run in its hands before anything happens.
    await Promise.resolve()
    const { clockLease, speed } = this.options
    let leased = false
    const release = async () => {
      if (leased) await clockLease.release()
      leased = false
    }
    try {
      await clockLease.take({ mode: this.document.run.clock, speed })
      leased = true
      await this.prepareAll()
      this.settled = { state: this.stopping.signal.aborted ? 'draining' : this.gate.isClosed ? 'paused' : 'running' }
      await this.runAll()
      if (this.options.until === 'stopped' && !this.stopping.signal.aborted) {
        this.work = 'Everything has arrived; it goes on until it is stopped'
        await new Promise<void>((resolve) => {
          this.stopAsked = resolve
        })
      }
      this.settled = { state: 'draining' }
      // Reading back takes real time only: the clock need not run ahead meanwhile.
      await release()
      this.accounts = await accountsOf(this.scope, (work) => {
        this.work = work
      })
      this.finish(accountsError(this.accounts))
    } catch (thrown) {
      this.finish(this.failure ?? EngineError.from(thrown))
    } finally {
      this.pauseHold?.()
      this.pauseHold = undefined
      await release()
    }
  }

  private finish(error: EngineError | undefined): void {
    this.abandon.abort(abandoned())
    this.endedMs = this.options.clock.realNow()
    this.endedClockMs = this.options.clock.now()
    const cancelled = error?.code === 'Cancelled' && this.stopping.signal.aborted
    for (const { meter } of this.parts.values())
      if (meter.state === 'waiting' || meter.state === 'running' || meter.state === 'paused') meter.state = 'stopped'
    if (error && !cancelled) this.settled = { state: 'failed', error: error.toWire() }
    else this.settled = { state: this.stopping.signal.aborted ? 'stopped' : 'succeeded' }
  }

  private abandonAll(reason: EngineError): void {
    this.stopping.abort(reason)
    this.abandon.abort(reason)
    for (const part of this.parts.values()) {
      for (const inbox of part.inboxes.values()) inbox.fail(reason)
      for (const join of part.joins.values()) join.fail(reason)
    }
    for (const wire of this.recordsWires()) wire.abandon()
  }

  /** What receives exists before what sends. */
  private async prepareAll(): Promise<void> {
    for (const id of order(this.document).sorted.reverse()) {
      const part = this.parts.get(id)!
      if (part.skipped) continue
      try {
        part.state = await part.kind.behaviour.prepare(contextOf(this.scope, part, freeTask(this.options.clock)))
      } catch (thrown) {
        throw this.failAt(part, thrown)
      }
      if (this.abandon.signal.aborted) throw this.abandon.signal.reason
    }
  }

  private async runAll(): Promise<void> {
    await Promise.all([...this.parts.values()].map((part) => this.runPart(part)))
    if (this.failure) throw this.failure
    if (this.abandon.signal.aborted) throw this.abandon.signal.reason
  }

  private async runPart(part: Part): Promise<void> {
    part.meter.state = 'running'
    try {
      await this.options.clock.task(async (task) => {
        if (part.skipped) await this.replayPinned(part, task)
        else await part.kind.behaviour.run(contextOf(this.scope, part, task), part.state)
      })
      part.meter.state = this.stopping.signal.aborted && part.kind.inputs.length === 0 ? 'stopped' : 'done'
    } catch (thrown) {
      if (!this.abandon.signal.aborted) {
        this.failure ??= this.failAt(part, thrown)
        this.abandonAll(this.failure)
      } else if (part.meter.state === 'running') part.meter.state = 'stopped'
    } finally {
      for (const wires of part.records.values()) for (const wire of wires) wire.close()
      for (const wires of part.relations.values()) for (const wire of wires) wire.end()
    }
  }

  private failAt(part: Part, thrown: unknown): EngineError {
    const error = EngineError.from(thrown)
    part.meter.state = 'failed'
    part.meter.error = error.toWire()
    return new EngineError(error.code, `${titleOf(part.node)}: ${error.message}`, {
      domain: error.domain,
      retry: error.retry,
      at: { ...error.at, node: part.node.id },
      cause: thrown,
    })
  }

  /** A node before the one the run starts from gives its pinned rows, or the table that it left behind. */
  private async replayPinned(part: Part, task: ClockTask): Promise<void> {
    const feeds = (port: string) =>
      wiresOutOf(this.document, part.node.id, port).filter((w) => !this.parts.get(w.to.node)!.skipped)
    const pinned = this.options.pins.get(part.node.id)
    for (const [port, wires] of part.records) {
      if (feeds(port).length === 0) continue
      if (!pinned)
        throw new EngineError(
          'NothingPinned',
          `No rows of "${titleOf(part.node)}" are pinned. Pin some at its output, or run from the start.`,
        )
      const batch = batchOf(
        pinned.map((_, i) => String(i)),
        pinned,
      )
      part.meter.out(batch.count, batchBytes(batch))
      await pushAll(wires, task, batch)
    }
    for (const [port, wires] of part.relations) {
      const reference = part.kind.behaviour.reference?.(part.config)
      if (feeds(port).length > 0 && reference) versionsOutput(wires).publish({ reference, rows: null, bytes: null })
    }
    part.meter.note('taken as it is')
  }
}
