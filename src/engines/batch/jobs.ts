import type { Clients } from '../contract.ts'
import type { EngineContext } from '../kit/node/engine.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Job, JobStatus, Span, SubmitInput } from './contract.ts'
import { attemptRecord, type Verdict } from './ending.ts'
import { clientError } from './errors.ts'
import type { Library } from './library.ts'
import type { Attempts, Ending } from './process/attempts.ts'
import { isRetried } from './schedule/retry.ts'
import type { Candidate, Scheduler } from './schedule/scheduler.ts'
import { spansOf } from './spans.ts'
import type { BatchStore, KeptJob } from './store.ts'
import { jobsOf, neededBy, requireDependencies } from './submit.ts'
import { roleVariables, variablesHere, variablesOf } from './variables.ts'

/** Between SIGTERM and SIGKILL, real time (Batch user guide, "Job timeouts"). */
const GRACE_MS = 30_000
/** Processes that are started before others have their turn. */
const STARTS_A_TURN = 8
/** Children of an array that are cancelled before others have their turn. */
const PARTS_A_TURN = 500
/** What a timer can hold. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface JobsParts {
  readonly context: EngineContext<Pick<Clients, 'gate' | 'workspace'>>
  readonly store: BatchStore
  readonly library: Library
  readonly scheduler: Scheduler
  readonly attempts: Attempts
  readonly onChange: (job: Job) => void
}

/** All jobs that have not ended: each a state machine whose steps are kept and told to watchers. */
export class Jobs {
  private readonly parts: JobsParts
  private readonly live = new Map<string, KeptJob>()
  /** What each job still waits for, and who waits for each. */
  private readonly needs = new Map<string, Set<string>>()
  private readonly waiters = new Map<string, Set<string>>()
  private readonly verdicts = new Map<string, Verdict>()
  private placing: NodeJS.Immediate | undefined
  private stopped = false
  private isAllowed = false

  constructor(parts: JobsParts) {
    this.parts = parts
  }

  /** Takes up what an earlier Millrace left: processes that still run, endings that nobody saw, and jobs that wait. */
  resume(): void {
    const { attempts, store } = this.parts
    const alive = attempts.alive()
    for (const kept of store.unended()) this.live.set(kept.job.id, kept)
    for (const kept of this.live.values()) {
      const { job } = kept
      const attempt = attemptOf(job)
      if (alive.has(attempt) || attempts.hasBegun(attempt)) this.takeUp(kept, attempt)
      else if (!job.array) this.await(kept)
      alive.delete(attempt)
    }
    for (const orphan of alive) void attempts.kill(orphan, 0)
    for (const kept of this.live.values()) if (kept.job.array) this.endArray(kept)
  }

  async submit(input: SubmitInput): Promise<Job> {
    const { context, library, store } = this.parts
    const queue = library.queue(input.queue)
    if (!queue.enabled) throw clientError(`Job Queue ${queue.name} is not ENABLED`, 'jobQueue')
    requireDependencies(input.dependsOn, input.arraySize, (id) => this.find(id))
    const definition = library.definition(input.definition)
    if (definition.platform !== library.platformOf(queue))
      throw clientError(
        `The platform ${definition.platform} of the job definition is not that of the job queue`,
        'jobQueue',
      )
    const nowMs = context.clock.now()
    const made = store.add(jobsOf(input, { definition, queue, id: uuid(context.random), nowMs }), nowMs)
    for (const kept of made) this.live.set(kept.job.id, kept)
    const [first, ...children] = made
    if (first.job.array) this.change(first, { status: 'PENDING' })
    for (const kept of first.job.array ? children : made) this.await(kept)
    try {
      store.flush()
    } catch (thrown) {
      this.takeBack(made)
      throw thrown
    }
    await store.sync()
    return first.job
  }

  /** A submission that could not be written has not been. */
  private takeBack(made: readonly KeptJob[]): void {
    for (const { job } of made) {
      this.live.delete(job.id)
      this.needs.delete(job.id)
      this.parts.scheduler.remove(job)
    }
    this.parts.store.drop(made.map(({ job }) => job.id))
  }

  find(id: string): Job | undefined {
    return this.live.get(id)?.job ?? this.parts.store.get(id)
  }

  /** Does nothing to a job that has begun. */
  async cancel(id: string, reason: string): Promise<void> {
    const kept = this.unended(id)
    if (!kept) return
    await this.eachPart(kept, (one) => {
      if (one.job.status === 'STARTING' || one.job.status === 'RUNNING') return
      this.change(one, { cancelled: true })
      this.fail(one, reason)
    })
    await this.parts.store.sync()
  }

  async terminate(id: string, reason: string): Promise<void> {
    const kept = this.unended(id)
    if (!kept) return
    const kills: Promise<void>[] = []
    await this.eachPart(kept, (one) => {
      this.change(one, { terminated: true })
      if (one.job.environment === undefined) return this.fail(one, reason)
      this.verdicts.set(one.job.id, { statusReason: reason })
      kills.push(this.parts.attempts.kill(attemptOf(one.job), GRACE_MS))
    })
    await Promise.all([...kills, this.parts.store.sync()])
  }

  /** Takes the host of running attempts away: EC2 at once, Fargate with a warning (Batch and ECS developer guides, Spot). */
  async interrupt(environment: string, jobId?: string): Promise<number> {
    const { kind } = this.parts.library.environment(environment)
    if (kind !== 'SPOT' && kind !== 'FARGATE_SPOT')
      throw clientError(
        `Compute environment ${environment} is not of Spot: its hosts are not taken away`,
        'environment',
      )
    const hit = [...this.live.values()].filter(
      ({ job }) =>
        job.status === 'RUNNING' && job.environment === environment && (jobId === undefined || job.id === jobId),
    )
    await Promise.all(hit.map((kept) => this.loseHost(kept, kind)))
    return hit.length
  }

  /** Attempts of jobs that have not ended: those behind them and the one that runs. */
  spans(): Span[] {
    return [...this.live.values()].flatMap(({ job }) => spansOf(job))
  }

  /** The workspace is trusted: what waits may run. A job that came with it waits until then. */
  allow(): void {
    this.isAllowed = true
    this.reconsider()
  }

  /** Environments or queues have changed: what waits may have its turn now. */
  reconsider(): void {
    this.placing ??= setImmediate(() => {
      this.placing = undefined
      if (this.stopped || !this.isAllowed) return
      const { scheduler, context } = this.parts
      const placed = [...scheduler.place(context.clock.now(), STARTS_A_TURN)]
      for (const { id, environment } of placed)
        this.change(this.live.get(id)!, { status: 'STARTING', environment, statusReason: undefined })
      for (const { id, environment } of placed) void this.run(this.live.get(id)!, environment)
      if (placed.length === STARTS_A_TURN) this.reconsider()
    })
  }

  stop(): void {
    this.stopped = true
    if (this.placing) clearImmediate(this.placing)
  }

  /** A job itself, or the children of an array that have not ended: of many, others have their turn in between. */
  private async eachPart(kept: KeptJob, work: (one: KeptJob) => void): Promise<void> {
    const { id, array } = kept.job
    if (!array) return work(kept)
    for (let i = 0; i < array.size; i++) {
      if (i % PARTS_A_TURN === PARTS_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve))
      const child = this.live.get(`${id}:${i}`)
      if (child) work(child)
    }
  }

  /** PENDING until all that it depends on has succeeded. */
  private await(kept: KeptJob): void {
    const { id } = kept.job
    const needed = neededBy(kept.job).map((other) => ({ other, status: this.find(other)?.status }))
    const open = needed.flatMap(({ other, status }) => (status === 'SUCCEEDED' ? [] : [other]))
    if (needed.some(({ status }) => status === 'FAILED')) this.fail(kept, 'Dependent Job failed')
    else if (open.length === 0) this.enqueue(kept)
    else {
      for (const other of open) this.waiters.set(other, (this.waiters.get(other) ?? new Set()).add(id))
      this.needs.set(id, new Set(open))
      if (kept.job.status !== 'PENDING') this.change(kept, { status: 'PENDING' })
    }
  }

  private enqueue(kept: KeptJob): void {
    const { scheduler, context } = this.parts
    const { job } = kept
    const statusReason = scheduler.misfit({ ...job.container, queue: job.queue })
    this.change(kept, {
      status: 'RUNNABLE',
      environment: undefined,
      runnableMs: job.runnableMs ?? context.clock.now(),
      ...(statusReason !== undefined && { statusReason }),
    })
    scheduler.add(candidateOf(kept))
    if (statusReason !== undefined) this.limitWait(kept, statusReason)
    this.reconsider()
  }

  /** What a queue does with jobs that cannot run for too long (jobStateTimeLimitActions). */
  private limitWait({ job }: KeptJob, why: string): void {
    const { library, context } = this.parts
    const limit = library.queue(job.queue).stateLimits.find(({ reason }) => why.startsWith(reason))
    if (!limit) return
    context.clock.at(job.runnableMs! + limit.maxTimeS * 1000, () => {
      const kept = this.live.get(job.id)
      if (kept?.job.status === 'RUNNABLE' && !this.stopped) this.fail(kept, limit.reason)
    })
  }

  private async run(kept: KeptJob, environment: string): Promise<void> {
    const release = this.parts.context.clock.hold()
    let ending: Ending = {}
    try {
      // On disk before anything of it runs: after a kill it is not run again.
      await this.parts.store.sync()
      if (!this.stopped && !this.verdicts.has(kept.job.id)) ending = await this.attempt(kept, environment)
    } catch (thrown) {
      ending = { reason: `CannotStartContainerError: ${EngineError.from(thrown).message}` }
    } finally {
      release()
    }
    this.ended(kept, ending)
  }

  private async attempt(kept: KeptJob, environment: string): Promise<Ending> {
    const { attempts, context, library } = this.parts
    const { job } = kept
    const arraySize = job.child && this.live.get(job.child.parent)?.job.array?.size
    const { execution, ended } = await attempts.start({
      attempt: attemptOf(job),
      image: job.container.image,
      command: job.container.command,
      env: { ...(await roleVariables(job, context.clients)), ...variablesOf(job, { environment, arraySize }) },
      envHere: variablesHere(context.workspaceDirectory),
      vcpus: job.container.vcpus,
      isCpuHard: library.environment(environment).kind.startsWith('FARGATE'),
      memoryMiB: job.container.memoryMiB,
    })
    kept.realStartedMs = realTime.now()
    this.change(kept, { status: 'RUNNING', execution, startedMs: context.clock.now() })
    // Terminated while it started, when nothing was there to kill.
    if (this.verdicts.has(job.id)) void attempts.kill(attemptOf(job), GRACE_MS)
    return this.within(kept, ended)
  }

  /** An attempt that another Millrace began. */
  private takeUp(kept: KeptJob, attempt: string): void {
    const { attempts, scheduler, context, library } = this.parts
    const { job } = kept
    const environment = job.environment ?? library.queue(job.queue).environments[0]
    scheduler.occupy(candidateOf(kept), environment, context.clock.now())
    kept.realStartedMs ??= realTime.now()
    this.change(kept, { status: 'RUNNING', environment, startedMs: job.startedMs ?? context.clock.now() })
    const release = context.clock.hold()
    void this.within(kept, attempts.adopt(attempt, job.container.memoryMiB))
      .finally(release)
      .then((ending) => this.ended(kept, ending))
  }

  /** Until it ends by itself, by its timeout, or because Spot takes its host. Both count in real time, in which processes live. */
  private async within(kept: KeptJob, ended: Promise<Ending>): Promise<Ending> {
    const { id, timeoutS, environment } = kept.job
    const { context, library, attempts } = this.parts
    const { kind, interruptionMeanS } = library.environment(environment!)
    const alarms: { cancel(): void }[] = []
    if (timeoutS !== undefined) {
      const leftMs = kept.realStartedMs! + timeoutS * 1000 - realTime.now()
      const expire = () => {
        this.verdicts.set(id, { statusReason: 'Job attempt duration exceeded timeout' })
        void attempts.kill(attemptOf(kept.job), GRACE_MS)
      }
      alarms.push(realTime.after(Math.max(0, leftMs), expire))
    }
    // Of exponentially distributed times what is left does not depend on what has passed: one that is taken up draws again.
    const lostMs = -Math.log(1 - context.random.next()) * (interruptionMeanS ?? 0) * 1000
    if (interruptionMeanS !== undefined && lostMs < LONGEST_TIMER_MS)
      alarms.push(realTime.after(lostMs, () => void this.loseHost(kept, kind)))
    return ended.finally(() => {
      for (const alarm of alarms) alarm.cancel()
    })
  }

  private async loseHost(kept: KeptJob, kind: string): Promise<void> {
    const { attempts, context } = this.parts
    const instance = Buffer.from(context.random.bytes(9)).toString('hex').slice(1)
    const [statusReason, graceMs] =
      kind === 'FARGATE_SPOT'
        ? ['Your Spot Task was interrupted.', GRACE_MS]
        : [`Host EC2 (instance i-${instance}) terminated.`, 0]
    if (!this.verdicts.has(kept.job.id)) this.verdicts.set(kept.job.id, { statusReason, isHostLost: true })
    await attempts.kill(attemptOf(kept.job), graceMs)
  }

  private ended(kept: KeptJob, ending: Ending): void {
    if (this.stopped) return
    const { scheduler, context } = this.parts
    const nowMs = context.clock.now()
    scheduler.release(kept.job.id, nowMs)
    this.reconsider()
    const { job } = kept
    const verdict = this.verdicts.get(job.id)
    this.verdicts.delete(job.id)
    const attempt = attemptRecord(job, ending, verdict, nowMs)
    const attempts = [...job.attempts, attempt]
    const { environment: _environment, execution: _execution, ...rest } = job
    kept.job = { ...rest, attempts }
    delete kept.realStartedMs
    if (attempt.exitCode === 0 && !verdict) this.end(kept, 'SUCCEEDED', attempt.statusReason)
    else if ((verdict && !verdict.isHostLost) || !isRetried(job.retry, attempts.length, attempt))
      this.fail(kept, attempt.statusReason)
    else this.enqueue(kept)
  }

  private fail(kept: KeptJob, statusReason: string): void {
    if (kept.job.status === 'RUNNABLE') this.parts.scheduler.remove(kept.job)
    this.end(kept, 'FAILED', statusReason)
  }

  private end(kept: KeptJob, status: 'SUCCEEDED' | 'FAILED', statusReason: string): void {
    const { id, child } = kept.job
    this.change(kept, { status, statusReason, stoppedMs: this.parts.context.clock.now() })
    this.live.delete(id)
    this.needs.delete(id)
    for (const waiting of this.waiters.get(id) ?? []) this.hear(waiting, id, status)
    this.waiters.delete(id)
    const parent = child && this.live.get(child.parent)
    if (parent) this.endArray(parent)
  }

  /** What a job waits for has ended. */
  private hear(id: string, needed: string, status: 'SUCCEEDED' | 'FAILED'): void {
    const kept = this.live.get(id)
    const open = this.needs.get(id)
    if (!kept || !open) return
    open.delete(needed)
    if (status === 'FAILED') this.fail(kept, 'Dependent Job failed')
    else if (open.size === 0) {
      this.needs.delete(id)
      this.enqueue(kept)
    }
  }

  /** An array ends with the last of its children, and fails if one did. */
  private endArray(parent: KeptJob): void {
    const { size, counts } = parent.job.array!
    const failed = counts.FAILED ?? 0
    if ((counts.SUCCEEDED ?? 0) + failed < size) return
    if (failed > 0) this.end(parent, 'FAILED', 'Array Child Job failed')
    else this.end(parent, 'SUCCEEDED', 'All array child jobs succeeded')
  }

  private change(kept: KeptJob, change: Partial<Job>): void {
    const before = kept.job.status
    kept.job = { ...kept.job, ...change }
    this.parts.store.change(kept, kept.job.status === before ? undefined : this.parts.context.clock.now())
    this.parts.onChange(kept.job)
    const parent = kept.job.child && this.live.get(kept.job.child.parent)
    if (parent && kept.job.status !== before) this.count(parent, before, kept.job.status)
  }

  private count(parent: KeptJob, before: JobStatus, after: JobStatus): void {
    const { size, counts } = parent.job.array!
    const moved = { ...counts, [before]: (counts[before] ?? 0) - 1, [after]: (counts[after] ?? 0) + 1 }
    this.change(parent, { array: { size, counts: moved } })
  }

  /** Undefined where it has ended; throws where there is none. */
  private unended(id: string): KeptJob | undefined {
    if (!this.find(id)) throw clientError(`Job ${id} does not exist`, 'jobId')
    return this.live.get(id)
  }
}

export const attemptOf = (job: Job, attempt = job.attempts.length + 1): string => `${job.id}/${attempt}`

function candidateOf({ job, ordinal }: KeptJob): Candidate {
  const { id, queue, share = '', schedulingPriority: priority, container } = job
  return { id, queue, share, priority, order: ordinal, vcpus: container.vcpus, memoryMiB: container.memoryMiB }
}
