import { uuid } from '../../kit/pure/ids.ts'
import { ruleHolds, timestampOf } from '../asl/choice.ts'
import { type Catcher, type Json, type JsonObject, type State, StateError } from '../asl/types.ts'
import type { ExecutionStatus } from '../contract.ts'
import { HISTORY_EVENTS_MAX } from '../errors.ts'
import { resourceOf } from '../integrations/resource.ts'
import { asked, emit, inputOf, outputOf, scheduled, taskEvent } from './history.ts'
import { catches, delayAfter } from './retry.ts'
import { Scope } from './scope.ts'
import { type Effect, machineAt, type Run, type TaskPhase, type Thread, type Tools } from './types.ts'

/** "Inline mode … supports up to 40 concurrent iterations." */
const ITERATIONS_AT_ONCE = 40

const END_EVENTS = { FAILED: 'ExecutionFailed', TIMED_OUT: 'ExecutionTimedOut', ABORTED: 'ExecutionAborted' } as const

type Outcome = { output: Json; assigned?: JsonObject }

/** The moves of one transition: states that are entered and left, threads that begin and end, errors on their way to who handles them. */
export class Turn {
  readonly effects: Effect[] = []
  private readonly run: Run
  private readonly tools: Tools
  private readonly ready: Thread[] = []

  constructor(run: Run, tools: Tools) {
    this.run = run
    this.tools = tools
  }

  /** Goes on until every thread waits for something. */
  async settle(): Promise<void> {
    while (this.ready.length > 0 && this.run.execution.status === 'RUNNING') {
      const thread = this.ready.shift()!
      if (this.run.threads.has(thread.id)) await this.enter(thread)
    }
  }

  startThread(begin: Pick<Thread, 'place' | 'state' | 'input' | 'last'> & Partial<Thread>): void {
    const thread: Thread = {
      variables: {},
      phase: { kind: 'ready' },
      entered: { id: 0, timeMs: 0 },
      retries: [],
      ...begin,
      id: this.run.nextThread++,
    }
    this.run.threads.set(thread.id, thread)
    this.run.changed.add(thread.id)
    this.ready.push(thread)
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
        thread.phase = { kind: 'wait', untilMs: await this.waitUntil(state, scope) }
        return
      case 'Succeed':
        return this.exit(thread, await scope.pass())
      case 'Fail':
        return this.fail(thread, await this.failure(state, scope))
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

  private async waitUntil(state: State, scope: Scope): Promise<number> {
    const { nowMs } = this.tools
    const field = (['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'] as const).find(
      (name) => state[name] !== undefined,
    )!
    const value = field.endsWith('Path')
      ? scope.path(state[field] as string, field)
      : scope.language === 'JSONata'
        ? await scope.expression(state[field] as Json, field)
        : (state[field] as Json)
    if (
      field.startsWith('Seconds') &&
      Number.isInteger(value) &&
      (value as number) >= 0 &&
      (value as number) <= 99_999_999
    )
      return nowMs + (value as number) * 1000
    const timeMs = field.startsWith('Timestamp') ? timestampOf(value) : undefined
    if (timeMs === undefined)
      throw new StateError('States.Runtime', `The value ${JSON.stringify(value)} of the field '${field}' is not valid.`)
    return timeMs
  }

  private async failure(state: State, scope: Scope): Promise<StateError> {
    const read = async (plain: 'Error' | 'Cause', path: 'ErrorPath' | 'CausePath') => {
      const value =
        state[path] !== undefined
          ? scope.path(state[path], path)
          : scope.language === 'JSONata'
            ? await scope.expression(state[plain] ?? '', plain)
            : (state[plain] ?? '')
      if (typeof value !== 'string') throw new StateError('States.Runtime', `The ${plain} of a Fail state is a string.`)
      return value
    }
    return new StateError(await read('Error', 'ErrorPath'), await read('Cause', 'CausePath'))
  }

  private async schedule(thread: Thread, state: State): Promise<void> {
    const { nowMs, random } = this.tools
    const token = uuid(random)
    const scope = this.scope(thread, token)
    const parameters = scope.bounded(await scope.arguments())
    const timeoutS = await this.seconds('TimeoutSeconds', 'TimeoutSecondsPath', state, scope)
    const heartbeatS = await this.seconds('HeartbeatSeconds', 'HeartbeatSecondsPath', state, scope)
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

  private async seconds(
    plain: 'TimeoutSeconds' | 'HeartbeatSeconds',
    path: 'TimeoutSecondsPath' | 'HeartbeatSecondsPath',
    state: State,
    scope: Scope,
  ): Promise<number | undefined> {
    const value =
      state[path] !== undefined
        ? scope.path(state[path], path)
        : scope.language === 'JSONata' && state[plain] !== undefined
          ? await scope.expression(state[plain], plain)
          : state[plain]
    if (value === undefined || (Number.isInteger(value) && (value as number) > 0)) return value as number | undefined
    throw new StateError('States.Runtime', `The value ${JSON.stringify(value)} of the field '${plain}' is not valid.`)
  }

  private async iterate(thread: Thread, state: State, scope: Scope): Promise<void> {
    const path = state.ItemsPath === undefined ? scope.input() : scope.path(state.ItemsPath, 'ItemsPath')
    const values =
      scope.language === 'JSONata' && state.Items !== undefined ? await scope.expression(state.Items, 'Items') : path
    if (!Array.isArray(values))
      throw new StateError('States.Runtime', `A Map iterates over an array, and was given ${JSON.stringify(values)}`)
    const limit =
      state.MaxConcurrencyPath !== undefined
        ? scope.path(state.MaxConcurrencyPath, 'MaxConcurrencyPath')
        : await scope.value(state.MaxConcurrency ?? 0, 'MaxConcurrency')
    if (!Number.isInteger(limit) || (limit as number) < 0)
      throw new StateError(
        'States.Runtime',
        `The value ${JSON.stringify(limit)} of the field 'MaxConcurrency' is not valid.`,
      )
    const selector = state.ItemSelector ?? (scope.language === 'JSONPath' ? state.Parameters : undefined)
    const items: { input: Json; value: Json }[] = []
    for (const [index, value] of values.entries()) {
      const input = selector === undefined ? value : await scope.withItem(index, value).value(selector, 'ItemSelector')
      items.push({ input, value })
    }
    this.emit(thread, 'MapStateStarted', { length: items.length })
    const atOnce = Math.min((limit as number) || ITERATIONS_AT_ONCE, ITERATIONS_AT_ONCE)
    return this.startChildren(thread, items.length, atOnce, undefined, items)
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
    thread.phase = { kind: 'stopped' }
    this.end('FAILED', { ...(error !== '' && { error }), ...(cause !== '' && { cause }) })
  }

  /** The events of an error that leaves its branches. What runs beside it ends, unless all of it does. */
  private rise(threads: readonly Thread[], { error, why: cause }: StateError, whole = false): void {
    for (const [index, thread] of threads.entries()) {
      if (index === 0) continue
      const child = threads[index - 1]
      const { Type } = this.stateOf(thread)
      if (Type === 'Map') this.emit(child, 'MapIterationFailed', { name: thread.state, index: child.index })
      thread.last = child.last
      if (!whole) this.abort(thread, child)
      this.emit(thread, `${Type}StateFailed`, { error, cause })
    }
  }

  /** Ends all that runs below a thread; `failed` is the child by which it ends. */
  private abort(above: Thread, failed: Thread): void {
    for (const thread of [...this.run.threads.values()]) {
      if (thread.parent !== above.id) continue
      if (thread !== failed) {
        this.abort(thread, failed)
        const { Type } = this.stateOf(thread)
        if (Type === 'Task' || Type === 'Wait' || Type === 'Parallel' || Type === 'Map')
          this.emit(thread, `${Type}StateAborted`, {})
        if (this.stateOf(above).Type === 'Map')
          this.emit(thread, 'MapIterationAborted', { name: above.state, index: thread.index })
        if (thread.phase.kind === 'task') this.effects.push({ kind: 'cancel', task: thread.phase })
      }
      this.remove(thread)
    }
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

  /** Ends the execution other than by success; what has stopped stays, for a redrive. */
  end(status: Exclude<ExecutionStatus, 'RUNNING' | 'SUCCEEDED'>, why: { error?: string; cause?: string }): void {
    const { execution, threads } = this.run
    const { nowMs } = this.tools
    emit(this.run, undefined, END_EVENTS[status], why, nowMs)
    this.run.execution = { ...execution, events: this.run.execution.events, status, stoppedMs: nowMs, ...why }
    for (const thread of threads.values()) {
      const { phase } = thread
      if (phase.kind === 'task') this.effects.push({ kind: 'cancel', task: phase })
      if (phase.kind === 'children' || phase.kind === 'stopped') continue
      thread.phase = { kind: 'stopped' }
      this.run.changed.add(thread.id)
    }
  }

  private remove(thread: Thread): void {
    this.run.threads.delete(thread.id)
    this.run.changed.add(thread.id)
  }

  private emit(thread: Thread, type: string, details: Record<string, unknown>): number {
    return emit(this.run, thread, type, details, this.tools.nowMs)
  }

  private stateOf(thread: Thread): State {
    return machineAt(this.run.definition, thread.place).States[thread.state]
  }

  private scope(thread: Thread, token?: string): Scope {
    return new Scope(this.run, thread, this.stateOf(thread), this.tools, token)
  }
}
