import { uuid } from '../../kit/pure/ids.ts'
import { ruleHolds } from '../asl/choice.ts'
import { type Catcher, type Json, type JsonObject, type State, StateError } from '../asl/types.ts'
import { HISTORY_EVENTS_MAX, mapRunArn } from '../errors.ts'
import { resourceOf } from '../integrations/resource.ts'
import { failureOf, itemInput, itemsOf, percentage, secondsOf, waitUntil, wholeNumber } from './fields.ts'
import { asked, inputOf, outputOf, scheduled, taskEvent } from './history.ts'
import { catches, delayAfter } from './retry.ts'
import type { Scope } from './scope.ts'
import { stoppedPhase, Threads } from './threads.ts'
import { itemProcessorOf, type MapPhase, machineAt, type TaskPhase, type Thread } from './types.ts'

/** "Inline mode … supports up to 40 concurrent iterations." */
const ITERATIONS_AT_ONCE = 40

/** "Label … must not exceed 40 characters"; a map run without one has its state's name. */
const LABEL_MAX = 40

type Outcome = { output: Json; assigned?: JsonObject }

/** The moves of one transition: states that are entered and left, and errors on their way to who handles them. */
export class Turn extends Threads {
  /** Goes on until every thread waits for something. */
  async settle(): Promise<void> {
    while (this.ready.length > 0 && this.run.execution.status === 'RUNNING') {
      const thread = this.ready.shift()!
      if (this.run.threads.has(thread.id)) await this.enter(thread)
    }
  }

  async waited(thread: Thread): Promise<void> {
    await this.guarded(thread, async () => this.exit(thread, await this.scope(thread).pass()))
  }

  /** The state once more, without entering it again: a retry, or a redrive. */
  async again(thread: Thread): Promise<void> {
    this.run.changed.add(thread.id)
    await this.guarded(thread, () => this.begin(thread))
  }

  async succeed(thread: Thread, result: Json): Promise<void> {
    await this.guarded(thread, async () => {
      const scope = this.scope(thread)
      this.exit(thread, await scope.result(scope.bounded(result)))
    })
  }

  private async enter(thread: Thread): Promise<void> {
    if (this.run.execution.events >= HISTORY_EVENTS_MAX - 1) {
      const cause = `The execution reached the maximum number of history events (${HISTORY_EVENTS_MAX}).`
      return this.end('FAILED', { error: 'States.Runtime', cause })
    }
    const { Type } = this.stateOf(thread)
    const id = this.emit(thread, `${Type}StateEntered`, { name: thread.state, ...inputOf(thread.input) })
    thread.entered = { id, timeMs: this.tools.nowMs }
    thread.retries = []
    await this.guarded(thread, () => this.begin(thread))
  }

  private async begin(thread: Thread): Promise<void> {
    const state = this.stateOf(thread)
    const scope = this.scope(thread)
    switch (state.Type) {
      case 'Pass': {
        if (scope.language === 'JSONata') return this.exit(thread, await scope.pass())
        const given = await scope.arguments()
        return this.exit(thread, await scope.result(state.Result ?? given))
      }
      case 'Choice':
        return this.choose(thread, state, scope)
      case 'Wait':
        thread.phase = { kind: 'wait', untilMs: await waitUntil(state, scope, this.tools.nowMs) }
        return
      case 'Succeed':
        return this.exit(thread, await scope.pass())
      case 'Fail':
        return this.fail(thread, await failureOf(state, scope))
      case 'Task':
        return this.schedule(thread, state)
      case 'Parallel': {
        const input = await scope.arguments()
        this.emit(thread, 'ParallelStateStarted', {})
        return this.startChildren(thread, state.Branches!.length, state.Branches!.length, () => ({ input }))
      }
      case 'Map':
        return this.iterate(thread, state, scope)
    }
  }

  private async choose(thread: Thread, state: State, scope: Scope): Promise<void> {
    for (const rule of state.Choices!) {
      const holds =
        scope.language === 'JSONata'
          ? await scope.expression(rule.Condition!, 'Condition')
          : ruleHolds(rule, scope.sources(scope.input()))
      if (typeof holds !== 'boolean')
        throw new StateError(
          'States.QueryEvaluationError',
          `The Condition of a rule gave ${JSON.stringify(holds)}, no boolean.`,
        )
      if (holds) return this.exit(thread, await scope.pass(rule), rule.Next)
    }
    if (state.Default === undefined)
      throw new StateError('States.NoChoiceMatched', 'No choice rule matched, and the state has no Default.')
    return this.exit(thread, await scope.pass(), state.Default)
  }

  private async schedule(thread: Thread, state: State): Promise<void> {
    const { nowMs, random } = this.tools
    const token = uuid(random)
    const scope = this.scope(thread, token)
    const parameters = scope.bounded(await scope.arguments())
    const timeoutS = await secondsOf('TimeoutSeconds', 'TimeoutSecondsPath', state, scope)
    const heartbeatS = await secondsOf('HeartbeatSeconds', 'HeartbeatSecondsPath', state, scope)
    const task: TaskPhase = {
      kind: 'task',
      token,
      resource: resourceOf(state.Resource!)!,
      parameters,
      stage: 'waiting',
      ...(timeoutS !== undefined && { timeoutAtMs: nowMs + timeoutS * 1000 }),
      ...(heartbeatS !== undefined && { heartbeatMs: heartbeatS * 1000, heartbeatAtMs: nowMs + heartbeatS * 1000 }),
    }
    const { resource } = task
    this.emit(thread, taskEvent(resource, 'Scheduled'), scheduled(task, timeoutS, heartbeatS))
    if (resource.kind !== 'activity')
      this.emit(thread, taskEvent(resource, 'Started'), asked(resource) as Record<string, unknown>)
    thread.phase = task
    this.effects.push({ kind: 'request', task })
  }

  private async iterate(thread: Thread, state: State, scope: Scope): Promise<void> {
    const limit = (await wholeNumber('MaxConcurrency', 'MaxConcurrencyPath', state, scope)) ?? 0
    if (itemProcessorOf(state).ProcessorConfig?.Mode === 'DISTRIBUTED')
      return this.startMapRun(thread, state, scope, limit)
    const values = await itemsOf(state, scope)
    const items: { input: Json; value: Json }[] = []
    for (const [index, value] of values.entries()) items.push({ input: await itemInput(scope, index, value), value })
    this.emit(thread, 'MapStateStarted', { length: items.length })
    const atOnce = Math.min(limit || ITERATIONS_AT_ONCE, ITERATIONS_AT_ONCE)
    return this.startChildren(thread, items.length, atOnce, undefined, items)
  }

  /** A distributed Map: its iterations are executions of their own, which the map run starts (`map/map-runs.ts`). */
  private async startMapRun(thread: Thread, state: State, scope: Scope, limit: number): Promise<void> {
    const label = state.Label ?? thread.state.slice(0, LABEL_MAX)
    const share = await percentage(state, scope)
    const count = await wholeNumber('ToleratedFailureCount', 'ToleratedFailureCountPath', state, scope)
    const phase: MapPhase = {
      kind: 'map',
      arn: mapRunArn(this.run.execution.machine, label, uuid(this.tools.random)),
      label,
      maxConcurrency: limit,
      ...(share !== undefined && { toleratedFailurePercentage: share }),
      ...(count !== undefined && { toleratedFailureCount: count }),
      redriveCount: 0,
    }
    if (!state.ItemReader) await itemsOf(state, scope)
    this.emit(thread, 'MapStateStarted', {})
    this.emit(thread, 'MapRunStarted', { mapRunArn: phase.arn })
    thread.phase = phase
    this.effects.push({ kind: 'map', thread })
  }

  async mapped(thread: Thread, output: Json): Promise<void> {
    this.emit(thread, 'MapRunSucceeded', {})
    this.emit(thread, 'MapStateSucceeded', {})
    await this.succeed(thread, output)
  }

  async mapFailed(thread: Thread, failure: StateError): Promise<void> {
    const { error, why: cause } = failure
    this.emit(thread, 'MapRunFailed', { error, cause })
    this.emit(thread, 'MapStateFailed', { error, cause })
    await this.fail(thread, failure)
  }

  /** Goes on with a map run that had failed: what had succeeded stays. */
  redriveMap(thread: Thread, map: MapPhase): void {
    const redriveCount = map.redriveCount + 1
    thread.phase = { ...map, redriveCount }
    this.emit(thread, 'MapRunRedriven', { mapRunArn: map.arn, redriveCount })
    this.effects.push({ kind: 'map', thread })
  }

  private async startChildren(
    thread: Thread,
    total: number,
    atOnce: number,
    branch?: () => { input: Json },
    items?: readonly { input: Json; value: Json }[],
  ): Promise<void> {
    thread.phase = {
      kind: 'children',
      total,
      started: 0,
      done: 0,
      atOnce,
      outputs: Array(total).fill(null),
      ...(items && { items }),
    }
    if (total === 0) return this.joined(thread, [])
    for (let index = 0; index < Math.min(total, atOnce); index++) this.startChild(thread, branch?.().input)
  }

  private startChild(parent: Thread, input: Json = null): void {
    const phase = parent.phase as Extract<Thread['phase'], { kind: 'children' }>
    const index = phase.started
    const item = phase.items?.[index]
    const place = [...parent.place, { state: parent.state, ...(!phase.items && { branch: index }) }]
    if (item) {
      this.emit(parent, 'MapIterationStarted', { name: parent.state, index })
    }
    parent.phase = { ...phase, started: index + 1 }
    this.run.changed.add(parent.id)
    this.startThread({
      parent: parent.id,
      index,
      place,
      state: machineAt(this.run.definition, place).StartAt,
      input: item ? item.input : input,
      variables: parent.variables,
      last: parent.last,
      ...(item && { item: item.value }),
      ...(!item && parent.item !== undefined && { item: parent.item }),
    })
  }

  private exit(thread: Thread, { output, assigned }: Outcome, next = this.stateOf(thread).Next): void {
    const texts =
      assigned && Object.fromEntries(Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]))
    this.emit(thread, `${this.stateOf(thread).Type}StateExited`, {
      name: thread.state,
      ...outputOf(output),
      ...(texts && { assignedVariables: texts, assignedVariablesDetails: { truncated: false } }),
    })
    if (assigned) thread.variables = { ...thread.variables, ...assigned }
    thread.phase = { kind: 'ready' }
    thread.input = output
    if (next === undefined) {
      thread.phase = { kind: 'done' }
      this.ended.push({ thread, output })
      return
    }
    thread.state = next
    this.ready.push(thread)
  }

  /** Threads that have come to their end in this move; what follows is done after it, for it may fail on its own. */
  private readonly ended: { thread: Thread; output: Json }[] = []

  private async finish(): Promise<void> {
    for (let end = this.ended.shift(); end; end = this.ended.shift()) {
      const { thread, output } = end
      const parent = thread.parent === undefined ? undefined : this.run.threads.get(thread.parent)
      if (!parent) {
        this.emit(thread, 'ExecutionSucceeded', outputOf(output))
        const { nowMs: stoppedMs } = this.tools
        this.run.execution = { ...this.run.execution, status: 'SUCCEEDED', stoppedMs, output: JSON.stringify(output) }
        continue
      }
      const phase = parent.phase as Extract<Thread['phase'], { kind: 'children' }>
      if (phase.items) this.emit(thread, 'MapIterationSucceeded', { name: parent.state, index: thread.index })
      const outputs = phase.outputs.with(thread.index!, output)
      parent.phase = { ...phase, done: phase.done + 1, outputs }
      parent.last = thread.last
      this.run.changed.add(parent.id)
      this.remove(thread)
      if (phase.done + 1 === phase.total) await this.joined(parent, outputs)
      else if (phase.started < phase.total) this.startChild(parent)
    }
  }

  private async joined(thread: Thread, outputs: readonly Json[]): Promise<void> {
    this.emit(thread, `${this.stateOf(thread).Type}StateSucceeded`, {})
    await this.guarded(thread, async () => this.exit(thread, await this.scope(thread).result([...outputs])))
  }

  /** Errors of states go to who handles them. */
  private async guarded(thread: Thread, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      if (!(thrown instanceof StateError)) throw thrown
      await this.fail(thread, this.told(thread, thrown))
    }
    await this.finish()
  }

  private told(thread: Thread, { error, why: cause }: StateError): StateError {
    if (error === 'States.QueryEvaluationError')
      this.emit(thread, 'EvaluationFailed', { error, cause, state: thread.state })
    if (
      !/^States\.(Runtime|ParameterPathFailure|ResultPathMatchFailure|IntrinsicFailure|QueryEvaluationError|NoChoiceMatched)$/.test(
        error,
      )
    )
      return new StateError(error, cause)
    const where = `An error occurred while executing the state '${thread.state}' (entered at the event id #${thread.entered.id}).`
    return new StateError(error, `${where} ${cause}`)
  }

  /** Up from a thread to the first state that retries or catches; where there is none the execution has failed. */
  async fail(thread: Thread, failure: StateError, skip = false): Promise<void> {
    const { error, why: cause } = failure
    const above: Thread[] = []
    let at: Thread | undefined = thread
    for (; at; at = at.parent === undefined ? undefined : this.run.threads.get(at.parent)) {
      above.push(at)
      if (skip && at === thread) continue
      const state = this.stateOf(at)
      const place = state.Retry?.findIndex((retrier) => catches(retrier, error)) ?? -1
      const tries = at.retries[place] ?? 0
      const delayMs = place < 0 ? undefined : delayAfter(state.Retry![place], tries, this.tools.random)
      const catcher = state.Catch?.find((each) => catches(each, error))
      if (delayMs === undefined && !catcher) continue
      this.rise(above, failure)
      if (delayMs === undefined) return this.catch(at, catcher!, failure)
      at.retries = Array.from({ length: state.Retry!.length }, (_, i) => (at!.retries[i] ?? 0) + (i === place ? 1 : 0))
      at.phase = { kind: 'retry', untilMs: this.tools.nowMs + delayMs }
      this.run.changed.add(at.id)
      return
    }
    this.rise(above, failure, true)
    thread.phase = stoppedPhase(thread)
    this.end('FAILED', { ...(error !== '' && { error }), ...(cause !== '' && { cause }) })
  }

  private async catch(thread: Thread, catcher: Catcher, { error, why: cause }: StateError): Promise<void> {
    try {
      const outcome = await this.scope(thread).caught(catcher, { Error: error, Cause: cause })
      this.exit(thread, outcome, catcher.Next)
    } catch (thrown) {
      if (!(thrown instanceof StateError)) throw thrown
      await this.fail(thread, this.told(thread, thrown), true)
    }
  }
}
