import type { Resources, Step, StepState } from '../contract.ts'
import { stepEvent } from '../events.ts'
import { demandOf, hasRoom } from '../model/demand.ts'
import { resourcesOf } from '../run/bounds.ts'
import { StepLogs } from '../run/logs.ts'
import { type Outcome, StepRun } from '../run/step-run.ts'
import { type Owner, primaryOf } from './owner.ts'

const READY: Partial<Record<StepState, string>> = {
  FAILED: 'Cluster ready after last step failed.',
  CANCELLED: 'Cluster ready after last step cancelled.',
  COMPLETED: 'Cluster ready after last step completed.',
}

/** The steps of a cluster: in their order, as many at once as it allows. */
export class Steps {
  private readonly owner: Owner
  private readonly runs = new Map<string, StepRun>()
  private all: Step[]

  constructor(owner: Owner) {
    this.owner = owner
    this.all = owner.parts.store.steps(owner.cluster.id)
  }

  list(): readonly Step[] {
    return this.all
  }

  add(steps: readonly Step[]): void {
    const { parts } = this.owner
    parts.keep(steps.map(stepEvent), () => parts.store.addSteps(steps))
    this.all = [...this.all, ...steps]
    for (const step of steps) parts.onStep(step)
    this.owner.look()
  }

  /** What ran when Millrace ended: its process or job is found again, or it has failed. */
  resume(): void {
    for (const step of this.all) if (step.state === 'RUNNING') this.run(step, true)
  }

  /** Starts what may start, and says how the cluster is. Answers when it ends by idleness, engine time. */
  look(nowMs: number): number {
    const { owner } = this
    const { state, stepConcurrency, keepAlive, autoTerminationS } = owner.cluster
    if (state !== 'WAITING' && state !== 'RUNNING') return Number.POSITIVE_INFINITY
    for (const step of this.all) {
      if (this.runs.size >= stepConcurrency) break
      if (step.state !== 'PENDING') continue
      const resources = this.demand(step)
      // As in a queue of YARN, what comes after does not overtake it.
      if (resources && !hasRoom(this.node, this.taken, resources)) {
        this.waits(step, resources)
        break
      }
      this.run({ ...step, ...(resources && { resources }) }, false)
    }
    if (this.runs.size > 0) {
      if (state !== 'RUNNING')
        owner.change({ state: 'RUNNING', reason: { message: 'Running step' }, idleMs: undefined })
      return Number.POSITIVE_INFINITY
    }
    if (state === 'RUNNING') {
      const last = this.all.findLast((step) => step.endedMs !== undefined)
      owner.change({ state: 'WAITING', reason: { message: READY[last?.state ?? 'COMPLETED']! }, idleMs: nowMs })
    }
    if (!keepAlive) {
      owner.terminate('ALL_STEPS_COMPLETED', 'Steps completed')
      return Number.POSITIVE_INFINITY
    }
    if (autoTerminationS === undefined) return Number.POSITIVE_INFINITY
    const dueMs = (owner.cluster.idleMs ?? nowMs) + autoTerminationS * 1000
    if (dueMs <= nowMs) owner.terminate('USER_REQUEST', `Auto-terminated after ${autoTerminationS} s without a step.`)
    return dueMs
  }

  /** Answers why it cannot be cancelled; undefined where it is. Running ones only with `kill`. */
  cancel(id: string, kill: boolean): string | undefined {
    const step = this.all.find((each) => each.id === id)
    if (!step) return `Step ${id} does not exist.`
    if (step.endedMs !== undefined) return `Step is already ${step.state}.`
    if (step.state === 'PENDING')
      this.change(id, { state: 'CANCELLED', endedMs: this.now(), reason: { message: 'Cancelled by user' } })
    else if (kill) void this.runs.get(id)?.cancel('Cancelled by user')
    else return 'A running step is cancelled with a StepCancellationOption only.'
    return undefined
  }

  /** The primary node that they run on is gone. */
  loseLeader(): void {
    for (const run of this.runs.values()) void run.fail('The primary node on which the step ran was lost.')
  }

  /** With the cluster: what runs is ended, what waits is cancelled. */
  async end(): Promise<void> {
    this.cancelPending('Job terminated')
    await Promise.all([...this.runs.values()].map((run) => run.cancel('Job terminated')))
  }

  stop(): void {
    for (const run of this.runs.values()) run.letGo()
  }

  logs(id: string): StepLogs {
    return new StepLogs(this.owner.parts.processes.folder(`${this.owner.cluster.id}/steps/${id}`), () => this.now())
  }

  change(id: string, change: Partial<Step>): void {
    const { parts } = this.owner
    const before = this.all.find((each) => each.id === id)!
    const step = { ...before, ...change }
    parts.keep(step.state === before.state ? [] : [stepEvent(step)], () => parts.store.changeStep(step))
    this.all = this.all.map((each) => (each === before ? step : each))
    parts.onStep(step)
  }

  private get node(): Resources {
    return resourcesOf(primaryOf(this.owner.cluster), this.owner.cluster)
  }

  private get taken(): Resources[] {
    return this.all.flatMap(({ id, resources }) => (this.runs.has(id) && resources ? [resources] : []))
  }

  /** Of the primary node; none where it runs elsewhere, in MapReduce or Athena, or fails as it begins. */
  private demand(step: Step): Resources | undefined {
    const { parts, cluster } = this.owner
    try {
      const plan = parts.plan(step, cluster.id)
      return plan.kind === 'process' ? demandOf(plan.command, this.node, cluster.stepConcurrency) : undefined
    } catch {
      return undefined
    }
  }

  private waits({ id, reason }: Step, { memoryMiB }: Resources): void {
    const free = this.taken.reduce((left, each) => left - each.memoryMiB, this.node.memoryMiB)
    const message = `Waits for room on the primary node: it takes ${memoryMiB} MiB of memory, ${free} MiB are free.`
    if (reason?.message !== message) this.change(id, { reason: { message } })
  }

  private run(step: Step, again: boolean): void {
    const { owner } = this
    const { resources } = step
    if (!again)
      this.change(step.id, {
        state: 'RUNNING',
        startedMs: this.now(),
        reason: undefined,
        ...(resources && { resources }),
      })
    const run = new StepRun(owner, { ...step, state: 'RUNNING' }, this.logs(step.id), (job) =>
      this.change(step.id, { job }),
    )
    this.runs.set(step.id, run)
    void run.outcome(again).then((outcome) => {
      // Millrace ends, the step does not.
      if (!outcome) return
      this.runs.delete(step.id)
      this.ended(step, outcome)
      owner.look()
    })
  }

  private ended(step: Step, { state, exitCode, failure, reason }: Outcome): void {
    const { owner } = this
    this.change(step.id, {
      state,
      endedMs: this.now(),
      ...(exitCode !== undefined && { exitCode }),
      ...(failure && { failure }),
      ...(reason !== undefined && { reason: { message: reason } }),
    })
    if (state !== 'FAILED' || step.actionOnFailure === 'CONTINUE') return
    if (step.actionOnFailure === 'TERMINATE_CLUSTER' && !owner.cluster.terminationProtected) {
      owner.terminate('STEP_FAILURE', 'Shut down as step failed')
      return
    }
    // It waits, so that somebody can look at what went wrong.
    this.cancelPending('A step before it failed')
    owner.change({ keepAlive: true })
  }

  private cancelPending(message: string): void {
    for (const step of this.all)
      if (step.state === 'PENDING')
        this.change(step.id, { state: 'CANCELLED', endedMs: this.now(), reason: { message } })
  }

  private now(): number {
    return this.owner.parts.context.clock.now()
  }
}
