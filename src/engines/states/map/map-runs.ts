import type { EngineContext } from '../../kit/node/engine.ts'
import { realTime } from '../../kit/node/real-time.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { Wake } from '../../kit/pure/wake.ts'
import type { Jsonata } from '../asl/jsonata.ts'
import { type Json, type State, StateError } from '../asl/types.ts'
import type { Execution, Machine, MapRun } from '../contract.ts'
import { fail, machineArn } from '../errors.ts'
import type { Integrations } from '../integrations/integrations.ts'
import { itemInput, itemsOf } from '../run/fields.ts'
import { Scope } from '../run/scope.ts'
import {
  itemProcessorOf,
  languageOf,
  type MapPhase,
  machineAt,
  type Run,
  type Signal,
  type Thread,
} from '../run/types.ts'
import type { StatesStore } from '../store.ts'
import { sharesOf } from './batches.ts'
import { readItems } from './items.ts'
import { resultsOf } from './results.ts'

/** "Step Functions … runs 10,000 parallel child workflow executions"; one machine runs fewer. */
const CHILDREN_AT_ONCE = 1000
/** So many begin together, in one transaction. */
const BEGUN_TOGETHER = 100
const FULL_DISK_MS = 1000

export interface MapRunsParts {
  readonly context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'log'>
  readonly store: StatesStore
  readonly integrations: Integrations
  readonly jsonata: Jsonata
  readonly tell: (executionArn: string, signal: Signal) => Promise<void>
  readonly startChild: (machine: Machine, map: MapRun, share: number, input: string) => Promise<Execution>
  readonly stopChild: (executionArn: string) => Promise<void>
  readonly redriveChild: (executionArn: string) => Promise<void>
}

interface Going {
  map: MapRun
  readonly state: State
  readonly scope: Scope
  /** What a child runs. */
  readonly machine: Machine
  /** Children under way, and how many items each has. */
  readonly running: Map<string, number>
  next: number
  failedItems: number
  readonly ending: AbortController
  readonly changed: Wake
  done: Promise<void>
}

/**
 * Distributed Maps: reads the items, starts a child execution for each or for each batch, and tells the parent how it came out. Everything that it knows is
 * on disk or follows from the children's executions, so that `take` begins a map run and takes one up alike.
 */
export class MapRuns {
  private readonly parts: MapRunsParts
  private readonly going = new Map<string, Going>()
  private stopped = false

  constructor(parts: MapRunsParts) {
    this.parts = parts
  }

  take(run: Run, thread: Thread): void {
    const phase = thread.phase as MapPhase
    const going = this.goingOf(run, thread, phase)
    this.going.set(phase.arn, going)
    going.done = this.parts.context.clock
      .task((clock) => this.drive(going, phase, (wait) => clock.idle(wait)))
      .catch((thrown) => this.parts.context.log.error(`The map run ${phase.arn} could not go on`, thrown))
      .finally(() => this.going.delete(phase.arn))
  }

  cancel(arn: string): void {
    const { maps } = this.parts.store
    this.going.get(arn)?.ending.abort()
    maps.save({ ...this.find(arn), status: 'ABORTED', stoppedMs: this.parts.context.clock.now() })
    for (const { arn: child, status } of maps.children(arn)) if (status === 'RUNNING') void this.parts.stopChild(child)
  }

  childEnded({ arn, mapRun, status }: Execution): void {
    const going = this.going.get(mapRun!)
    const items = going?.running.get(arn)
    if (!going || items === undefined) return
    going.running.delete(arn)
    if (status !== 'SUCCEEDED') going.failedItems += items
    going.changed.wake()
  }

  find(arn: string): MapRun {
    const map = this.going.get(arn)?.map ?? this.parts.store.maps.find(arn)
    if (!map) throw fail('ResourceNotFound', `Resource not found: '${arn}'`, 'mapRunArn')
    return map
  }

  update(arn: string, change: Partial<MapRun>): void {
    const going = this.going.get(arn)
    if (!going) {
      this.find(arn)
      throw fail('ValidationException', 'The map run has ended and cannot be changed.', 'mapRunArn')
    }
    this.keep(going, change)
    going.changed.wake()
  }

  /** Map runs stay as they are on disk. */
  async end(): Promise<void> {
    this.stopped = true
    const all = [...this.going.values()]
    for (const { ending } of all) ending.abort()
    await Promise.all(all.map(({ done }) => done))
  }

  private goingOf(run: Run, thread: Thread, phase: MapPhase): Going {
    const { clock, random } = this.parts.context
    const { store, jsonata } = this.parts
    const { execution, definition } = run
    const state = machineAt(definition, thread.place).States[thread.state]
    const inner = itemProcessorOf(state)
    const place = [...thread.place, { state: thread.state }]
    const name = `${execution.machine}/${phase.label}`
    const child = { ...inner, QueryLanguage: languageOf(definition, place, { Type: 'Map' }) }
    return {
      state,
      scope: new Scope(run, { ...thread }, state, { nowMs: clock.now(), random, jsonata }),
      machine: {
        ...store.machineOf(execution.arn)!,
        name,
        arn: machineArn(name),
        type: inner.ProcessorConfig!.ExecutionType!,
        definition: JSON.stringify(child),
      },
      map: store.maps.find(phase.arn) ?? {
        arn: phase.arn,
        executionArn: execution.arn,
        machineArn: machineArn(name),
        status: 'RUNNING',
        startedMs: clock.now(),
        maxConcurrency: phase.maxConcurrency,
        ...(phase.toleratedFailurePercentage !== undefined && {
          toleratedFailurePercentage: phase.toleratedFailurePercentage,
        }),
        ...(phase.toleratedFailureCount !== undefined && { toleratedFailureCount: phase.toleratedFailureCount }),
        redriveCount: 0,
        written: false,
      },
      running: new Map(),
      next: 0,
      failedItems: 0,
      ending: new AbortController(),
      changed: new Wake(),
      done: Promise.resolve(),
    }
  }

  private keep(going: Going, change: Partial<MapRun>): void {
    going.map = { ...going.map, ...change }
    this.parts.store.maps.save(going.map)
  }

  private async drive(going: Going, phase: MapPhase, idle: (wait: Promise<void>) => Promise<void>): Promise<void> {
    const { signal } = going.ending
    const { executionArn, arn } = going.map
    let told: Signal
    try {
      await this.read(going)
      await this.takeUp(going, phase)
      while (!signal.aborted && !this.isOver(going)) {
        const waited = going.changed.wait(signal)
        if (!(await this.begin(going))) await idle(waited)
      }
      if (signal.aborted) return
      told = { kind: 'mapped', arn, output: await this.finish(going) }
    } catch (thrown) {
      if (signal.aborted) return
      if (!(thrown instanceof StateError)) this.parts.context.log.error(`The map run ${arn} failed by a fault`, thrown)
      const { error, why: cause } =
        thrown instanceof StateError ? thrown : new StateError('States.Runtime', String(thrown))
      told = { kind: 'mapFailed', arn, error, cause }
    }
    const stoppedMs = this.parts.context.clock.now()
    this.keep(going, { status: told.kind === 'mapped' ? 'SUCCEEDED' : 'FAILED', stoppedMs })
    await this.parts.tell(executionArn, told)
  }

  private async read(going: Going): Promise<void> {
    const { state, scope, map, ending } = going
    if (map.shares !== undefined) return
    const { store, integrations } = this.parts
    store.maps.save(map)
    const values = state.ItemReader
      ? await readItems(state.ItemReader, scope, integrations, ending.signal)
      : await itemsOf(state, scope)
    const inputs: Json[] = []
    for (const [index, value] of values.entries()) inputs.push(await itemInput(scope, index, value))
    const shares = await sharesOf(inputs, state.ItemBatcher, scope)
    going.map = { ...map, shares: shares.length, items: inputs.length }
    store.maps.begin(going.map, shares)
  }

  /** Children of before: those that run are waited for; at a redrive, what had not succeeded runs again. */
  private async takeUp(going: Going, phase: MapPhase): Promise<void> {
    const { store, context } = this.parts
    const { arn, redriveCount } = going.map
    going.next = store.maps.begun(arn)
    const again = phase.redriveCount > redriveCount
    if (again) {
      const { stoppedMs: _, ...map } = going.map
      going.map = { ...map, status: 'RUNNING', redriveCount: phase.redriveCount, redrivenMs: context.clock.now() }
      store.maps.save(going.map)
    }
    const shares = store.maps.shares(arn, 0, going.next)
    for (const [share, { arn: child, status }] of store.maps.children(arn).entries()) {
      if (status === 'SUCCEEDED') continue
      const { items } = shares[share]
      if (status !== 'RUNNING' && !again) {
        going.failedItems += items
        continue
      }
      going.running.set(child, items)
      if (status !== 'RUNNING') await this.parts.redriveChild(child)
    }
  }

  private isOver(going: Going): boolean {
    return exceeds(going) || (going.running.size === 0 && going.next >= going.map.shares!)
  }

  /** Starts as many children as may run; whether there were any. */
  private async begin(going: Going): Promise<boolean> {
    const { map, running } = going
    const limit = Math.min(map.maxConcurrency || CHILDREN_AT_ONCE, CHILDREN_AT_ONCE)
    const room = Math.min(limit - running.size, map.shares! - going.next, BEGUN_TOGETHER)
    if (room <= 0) return false
    const shares = this.parts.store.maps.shares(map.arn, going.next, room)
    await Promise.all(shares.map((share, i) => this.startChild(going, going.next + i, share)))
    going.next += shares.length
    return true
  }

  /** A full disk holds a map run up, and loses nothing of it. */
  private async startChild(going: Going, share: number, { input, items }: { input: string; items: number }) {
    while (!this.stopped) {
      try {
        const { arn, status } = await this.parts.startChild(going.machine, going.map, share, input)
        if (status === 'RUNNING') going.running.set(arn, items)
        else if (status !== 'SUCCEEDED') going.failedItems += items
        return
      } catch (thrown) {
        if (!EngineError.from(thrown).retry) throw thrown
        await realTime.sleep(FULL_DISK_MS)
      }
    }
  }

  private async finish(going: Going): Promise<Json> {
    const { map, state, scope, running, ending } = going
    const { store, integrations, stopChild } = this.parts
    const exceeded = exceeds(going)
    await Promise.all([...running.keys()].map(stopChild))
    const pending = store.maps.shares(map.arn, going.next, map.shares! - going.next).map(({ input }) => input)
    const children = store.maps.children(map.arn)
    const output = await resultsOf(
      { map, children, pending, writer: state.ResultWriter },
      scope,
      integrations,
      ending.signal,
    )
    if (state.ResultWriter?.Resource !== undefined) this.keep(going, { written: true })
    if (exceeded)
      throw new StateError(
        'States.ExceedToleratedFailureThreshold',
        'The specified tolerated failure threshold was exceeded',
      )
    return output
  }
}

/** One failure is too many, unless some are tolerated; each of two thresholds that are given counts. */
function exceeds({ failedItems, map }: Going): boolean {
  const { toleratedFailureCount: count, toleratedFailurePercentage: share, items } = map
  if (count === undefined && share === undefined) return failedItems > 0
  return failedItems > (count ?? Infinity) || (failedItems / items!) * 100 > (share ?? Infinity)
}
