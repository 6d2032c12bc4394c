import type { EngineContext } from '../kit/node/engine.ts'
import { realTime } from '../kit/node/real-time.ts'
import type { Timer } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import { Wake } from '../kit/pure/wake.ts'
import type { Jsonata } from './asl/jsonata.ts'
import { type Json, StateError } from './asl/types.ts'
import { parseDefinition } from './asl/validate.ts'
import type { Execution } from './contract.ts'
import { executionArn, fail, noExecution, PAYLOAD_BYTES_MAX } from './errors.ts'
import { type Integrations, isRepeatable } from './integrations/integrations.ts'
import type { Chosen } from './library.ts'
import { MapRuns } from './map/map-runs.ts'
import { advance, nextDueMs, threadOf } from './run/model.ts'
import type { Effect, Run, Signal, TaskPhase } from './run/types.ts'
import type { StatesStore } from './store.ts'

/** Between two looks at a job that a `.sync` waits for, engine time: short at first. */
const LOOK_MS = [50, 1000] as const
const FULL_DISK_MS = 1000
/** "You can redrive … up to 14 days" after the execution ended. */
const REDRIVE_MS = 14 * 24 * 3600 * 1000

export interface ExecutionsParts {
  readonly context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'log'>
  readonly store: StatesStore
  readonly integrations: Integrations
  readonly jsonata: Jsonata
  readonly onChange: (execution: Execution) => void
  /** A task waits for a worker of its activity. */
  readonly onActivity: (arn: string) => void
}

interface Live {
  run: Run
  last: Promise<unknown>
  timer: Timer | undefined
  /** Requests and looks under way, by the token of their task. */
  readonly inHand: Map<string, AbortController>
}

/** Moves executions: one transition after another for each, on disk before anything is done about it. */
export class Executions {
  readonly changed = new Wake()
  readonly maps: MapRuns
  private readonly parts: ExecutionsParts
  private readonly live = new Map<string, Live>()
  private stopped = false

  constructor(parts: ExecutionsParts) {
    this.parts = parts
    this.maps = new MapRuns({
      ...parts,
      tell: async (arn, signal) => {
        const live = this.live.get(arn)
        if (live) await this.tell(live, signal)
      },
      startChild: (machine, { arn }, share, input) =>
        this.begin({ machine }, `${arn.split(':').at(-1)}-${share}`, input, { mapRun: arn, share }),
      stopChild: (arn) => this.stopChild(arn),
      redriveChild: async (arn) => {
        await this.send(this.enliven(this.parts.store.load(arn)!), { kind: 'redrive' })
      },
    })
  }

  /** Takes up what ran when Millrace ended. A request whose answer nobody saw is made again where that comes to the same, else its task has failed. */
  resume(): void {
    for (const arn of this.parts.store.running()) {
      if (this.live.has(arn)) continue
      const live = this.enliven(this.parts.store.load(arn)!)
      this.arm(live)
      for (const thread of live.run.threads.values()) {
        if (thread.phase.kind === 'task') this.takeUp(live, thread.phase)
        if (thread.phase.kind === 'map') this.maps.take(live.run, thread)
      }
    }
  }

  private takeUp(live: Live, task: TaskPhase): void {
    if (task.resource.kind === 'activity') this.parts.onActivity(task.resource.arn)
    else if (task.stage === 'submitted') void this.follow(live, task)
    else if (isRepeatable(task.resource)) void this.request(live, task)
    else
      void this.tell(live, {
        kind: 'failed',
        token: task.token,
        error: 'States.TaskFailed',
        cause: 'Millrace ended while the request of this task was under way. Whether it was carried out is not known.',
      })
  }

  async start(chosen: Chosen, name: string | undefined, input: string): Promise<Execution> {
    requirePayload(input)
    const { machine } = chosen
    if (name !== undefined && machine.type === 'STANDARD') {
      const there = this.find(executionArn(machine.name, name, false))
      if (there?.status === 'RUNNING' && there.input === input) return there
      if (there) throw fail('ExecutionAlreadyExists', `Execution Already Exists: '${there.arn}'`, 'name')
    }
    return this.begin(chosen, name ?? uuid(this.parts.context.random), input)
  }

  /** As it is after its first transition. */
  private async begin(
    { machine, version, alias }: Chosen,
    called: string,
    input: string,
    child?: Pick<Execution, 'mapRun' | 'share'>,
  ): Promise<Execution> {
    const { clock, random } = this.parts.context
    const express = machine.type === 'EXPRESS'
    const arn = executionArn(machine.name, express ? `${called}:${child?.share ?? uuid(random)}` : called, express)
    const execution: Execution = {
      arn,
      name: called,
      machine: machine.name,
      machineArn: machine.arn,
      type: machine.type,
      ...(version !== undefined && { version }),
      ...(alias !== undefined && { alias }),
      status: 'RUNNING',
      startedMs: clock.now(),
      input,
      redriveCount: 0,
      events: 0,
      ...child,
    }
    const run: Run = {
      execution,
      definition: parseDefinition(machine.definition),
      roleArn: machine.roleArn,
      threads: new Map(),
      nextThread: 0,
      changed: new Set(),
      events: [],
    }
    const live = this.enliven(run)
    try {
      await this.send(live, { kind: 'start' }, machine)
    } catch (thrown) {
      this.live.delete(arn)
      throw thrown
    }
    return live.run.execution
  }

  find(arn: string): Execution | undefined {
    return this.parts.store.execution(arn)
  }

  async stop(arn: string, error?: string, cause?: string): Promise<Execution> {
    const execution = this.find(arn)
    if (!execution) throw noExecution(arn)
    if (execution.type === 'EXPRESS')
      throw fail('StateMachineTypeNotSupported', 'This operation is not supported by EXPRESS state machines')
    // In a workspace that is not trusted yet it was not taken up.
    const live = this.live.get(arn) ?? (execution.status === 'RUNNING' && this.enliven(this.parts.store.load(arn)!))
    if (live)
      await this.send(live, {
        kind: 'stop',
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      })
    return this.find(arn)!
  }

  private async stopChild(arn: string): Promise<void> {
    const live = this.live.get(arn) ?? this.enliven(this.parts.store.load(arn)!)
    await this.tell(live, { kind: 'stop' })
  }

  async redrive(arn: string): Promise<Execution> {
    const execution = this.find(arn)
    if (!execution) throw noExecution(arn)
    const why = notRedrivable(execution, this.parts.context.clock.now())
    if (why !== undefined) throw fail('ExecutionNotRedrivable', why)
    const live = this.enliven(this.parts.store.load(arn)!)
    await this.send(live, { kind: 'redrive' })
    return this.find(arn)!
  }

  /** The answer of a worker, or of whoever was given a task token. */
  async answer(signal: Extract<Signal, { token: string }>): Promise<void> {
    const live = [...this.live.values()].find(({ run }) => threadOf(run, signal.token))
    if (!live) throw fail('TaskTimedOut', 'Task Timed Out: The task is not there any more, or never was', 'taskToken')
    await this.send(live, signal)
  }

  /** The task of an activity that has waited longest, now given to this worker. */
  async take(arn: string, worker: string): Promise<{ taskToken: string; input: string } | undefined> {
    for (const live of this.live.values())
      for (const { phase } of live.run.threads.values()) {
        if (phase.kind !== 'task' || phase.stage !== 'waiting') continue
        if (phase.resource.kind !== 'activity' || phase.resource.arn !== arn) continue
        await this.send(live, { kind: 'taken', token: phase.token, worker })
        return { taskToken: phase.token, input: JSON.stringify(phase.parameters) }
      }
    return undefined
  }

  private enliven(run: Run): Live {
    const live: Live = { run, last: Promise.resolve(), timer: undefined, inHand: new Map() }
    this.live.set(run.execution.arn, live)
    return live
  }

  /** Rejects where the transition could not be kept; it then has not happened. */
  private send(live: Live, signal: Signal, machine?: Chosen['machine']): Promise<void> {
    const release = this.parts.context.clock.hold()
    const turn = live.last.then(() => this.step(live, signal, machine)).finally(release)
    live.last = turn.catch(() => {})
    return turn
  }

  private async step(live: Live, signal: Signal, machine?: Chosen['machine']): Promise<void> {
    if (this.stopped) throw new EngineError('ServiceUnavailable', 'Millrace is stopping.', { retry: true })
    const { clock, random } = this.parts.context
    const { arn } = live.run.execution
    let effects: readonly Effect[]
    try {
      effects = await advance(live.run, signal, { nowMs: clock.now(), random, jsonata: this.parts.jsonata })
      await this.parts.store.commit(live.run, machine)
    } catch (thrown) {
      // Half a transition is in memory: what is on disk counts.
      if (!machine) live.run = this.parts.store.load(arn)!
      throw thrown
    }
    const { execution } = live.run
    this.arm(live)
    if (execution.status !== 'RUNNING') this.live.delete(arn)
    for (const effect of effects) this.perform(live, effect)
    if (execution.mapRun !== undefined && execution.status !== 'RUNNING') this.maps.childEnded(execution)
    this.parts.onChange(execution)
    this.changed.wake()
  }

  /** What nobody waits for is told until it is kept: a full disk holds an execution up, and loses nothing of it. */
  private async tell(live: Live, signal: Signal): Promise<void> {
    while (!this.stopped) {
      try {
        return await this.send(live, signal)
      } catch (thrown) {
        if (this.stopped) return
        if (!EngineError.from(thrown).retry) {
          this.parts.context.log.error(`${live.run.execution.arn} could not go on`, thrown)
          return
        }
        await realTime.sleep(FULL_DISK_MS)
      }
    }
  }

  private arm(live: Live): void {
    live.timer?.cancel()
    live.timer = undefined
    if (live.run.execution.status !== 'RUNNING') return
    const dueMs = nextDueMs(live.run)
    if (dueMs < Infinity) live.timer = this.parts.context.clock.at(dueMs, () => this.tell(live, { kind: 'due' }))
  }

  private perform(live: Live, effect: Effect): void {
    switch (effect.kind) {
      case 'map':
        this.maps.take(live.run, effect.thread)
        break
      case 'cancelMap':
        this.maps.cancel(effect.arn)
        break
      case 'cancel':
        live.inHand.get(effect.task.token)?.abort()
        live.inHand.delete(effect.task.token)
        if (effect.task.job !== undefined) this.stopJob(effect.task)
        break
      case 'request':
        if (effect.task.resource.kind === 'activity') this.parts.onActivity(effect.task.resource.arn)
        else void this.request(live, effect.task)
    }
  }

  private stopJob(task: TaskPhase): void {
    this.parts.integrations
      .stop(task)
      .catch((thrown) => this.parts.context.log.warn(`A job could not be stopped: ${(thrown as Error).message}`))
  }

  private async request(live: Live, task: TaskPhase): Promise<void> {
    const release = this.parts.context.clock.hold()
    try {
      const { token, resource } = task
      const pattern = resource.kind === 'service' ? resource.pattern : 'request'
      const follow = pattern === 'sync' || pattern === 'sync:2'
      const output = await this.attempt(live, task, async (signal) => {
        // A job is submitted to its end and then stopped: a request that was cut off may have made one that nobody knows.
        const made = await this.parts.integrations.request(task, follow ? new AbortController().signal : signal)
        if (follow && signal.aborted && !this.stopped) this.stopJob({ ...task, job: made })
        return made
      })
      if (output === undefined) return
      if (pattern === 'request') return await this.tell(live, { kind: 'succeeded', token, output })
      await this.tell(live, { kind: 'submitted', token, output, follow })
      if (!follow) return
      const submitted = { ...task, job: output }
      // Stopped between the answer and its keeping: nobody else knows of the job.
      if (threadOf(live.run, token)) void this.follow(live, submitted)
      else this.stopJob(submitted)
    } finally {
      release()
    }
  }

  /** Looks at a job until it has ended. Its engine holds the time while it runs. */
  private async follow(live: Live, task: TaskPhase): Promise<void> {
    if (task.job === undefined) return
    await this.parts.context.clock.task(async (clock) => {
      const output = await this.attempt(live, task, async (signal) => {
        for (let ms: number = LOOK_MS[0]; ; ms = Math.min(ms * 1.5, LOOK_MS[1])) {
          const found = await this.parts.integrations.look(task, signal)
          if (found !== undefined) return found
          await clock.sleep(ms, signal)
        }
      })
      if (output !== undefined) await this.tell(live, { kind: 'succeeded', token: task.token, output })
    })
  }

  /** Undefined where the task has failed, which is told, or was cancelled meanwhile. */
  private async attempt(
    live: Live,
    task: TaskPhase,
    work: (signal: AbortSignal) => Promise<Json>,
  ): Promise<Json | undefined> {
    const controller = new AbortController()
    live.inHand.set(task.token, controller)
    try {
      const output = await work(controller.signal)
      return controller.signal.aborted ? undefined : output
    } catch (thrown) {
      if (controller.signal.aborted || this.stopped) return undefined
      if (!(thrown instanceof StateError)) this.parts.context.log.error('A task failed by a fault of Millrace', thrown)
      const { error, why: cause } =
        thrown instanceof StateError ? thrown : new StateError('States.Runtime', String(thrown))
      await this.tell(live, { kind: 'failed', token: task.token, error, cause })
      return undefined
    } finally {
      if (live.inHand.get(task.token) === controller) live.inHand.delete(task.token)
    }
  }

  /** Executions stay as they are on disk, and go on at the next start. */
  async end(): Promise<void> {
    this.stopped = true
    for (const live of this.live.values()) {
      live.timer?.cancel()
      for (const controller of live.inHand.values()) controller.abort()
    }
    await this.maps.end()
    await Promise.all([...this.live.values()].map(({ last }) => last))
    this.changed.wake()
  }
}

export function notRedrivable({ type, status, stoppedMs = 0 }: Execution, nowMs: number): string | undefined {
  if (type === 'EXPRESS') return 'Execution is an EXPRESS execution and cannot be redriven'
  if (status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven'
  if (status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven'
  if (nowMs - stoppedMs > REDRIVE_MS) return 'Execution cannot be redriven because it ended more than 14 days ago'
  return undefined
}

export function requirePayload(input: string): void {
  if (Buffer.byteLength(input) > PAYLOAD_BYTES_MAX)
    throw fail('InvalidExecutionInput', 'Input is larger than 262144 bytes', 'input')
  try {
    JSON.parse(input)
  } catch {
    throw fail('InvalidExecutionInput', `Invalid State Machine Execution Input: '${input.slice(0, 200)}'`, 'input')
  }
}
