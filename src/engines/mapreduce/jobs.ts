import { existsSync, rmSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import type { Clients } from '../contract.ts'
import type { EngineContext } from '../kit/node/engine.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { JobSpec, JobStatus, NodeInput, NodeStatus, TaskKind } from './contract.ts'
import { invalidJob, outputExists, unknownJob } from './errors.ts'
import { Files } from './files.ts'
import { JobRun } from './job-run.ts'
import type { Nodes } from './nodes.ts'
import type { Pool } from './process/pool.ts'
import { Scheduler } from './scheduler.ts'
import type { KeptAttempt, KeptJob, MapReduceStore } from './store.ts'
import { asFn, attemptId, jobOf, runningOf } from './tasks.ts'

/** Ended jobs whose map outputs are kept, so that one reduce can be run again to look at it. */
const INTERMEDIATES_KEPT = 3
const ENDED = new Set<JobStatus['state']>(['SUCCEEDED', 'FAILED', 'KILLED'])

export interface JobsParts {
  readonly context: Pick<
    EngineContext<Pick<Clients, 'hdfs' | 'lake'>>,
    'clock' | 'clients' | 'directory' | 'workspaceDirectory' | 'resourcesDirectory' | 'log'
  >
  readonly store: MapReduceStore
  readonly nodes: Nodes
  readonly pool: Pool
  /** Jobs that are kept with their logs, counters and samples. */
  readonly jobsKept: number
}

/** All jobs: from their submission, over what they wait for, to the commit of their output. */
export class Jobs {
  private readonly parts: JobsParts
  private readonly live = new Map<string, JobRun>()
  /** Ended jobs of this start, the last one last. */
  private readonly ended: JobRun[] = []
  private readonly scheduler: Scheduler
  private readonly changes = new Broadcast<JobStatus>(({ id }) => id)
  private readonly nodesNow = new Map<string, readonly NodeInput[]>()
  private readonly holds = new Map<string, () => void>()
  private readonly announcing = new Map<string, NodeJS.Immediate>()
  private readonly folder: string
  private stopped = false

  constructor(parts: JobsParts) {
    this.parts = parts
    const { context, pool } = parts
    this.folder = join(context.directory, 'jobs')
    this.scheduler = new Scheduler({
      pool,
      nodesOf: (cluster) => this.nodesNow.get(cluster) ?? [],
      workspaceDirectory: resolve(context.workspaceDirectory),
      resourcesDirectory: context.resourcesDirectory,
      settled: (run) => void this.settled(run),
    })
  }

  get hasOpen(): boolean {
    return this.parts.store.list('open').length > 0
  }

  /** Takes up jobs of an earlier Millrace: with the outputs of maps and reduces that are there, the rest again. */
  async resume(): Promise<void> {
    const { store } = this.parts
    for (const job of store.list('open')) {
      const run = this.runOf(job)
      this.live.set(job.id, run)
      this.holds.set(job.id, this.parts.context.clock.hold())
      for (const task of [...run.maps, ...run.reduces]) {
        for (const attempt of runningOf(task)) run.close(attempt, 'KILLED', 'Millrace ended while it ran')
        const missing = task.done?.segments.some(({ file }) => !existsSync(file))
        if (missing) run.lost(task, 'KILLED', 'Its output is gone')
      }
    }
    for (const run of this.live.values()) await this.refreshNodes(run.job.spec.cluster)
    for (const run of [...this.live.values()]) {
      if (run.job.state === 'COMMITTING') void this.commit(run)
      else if (run.job.state === 'WAITING') void this.await(run)
      else void this.settled(run)
    }
  }

  async submit(spec: JobSpec): Promise<string> {
    const { store, context } = this.parts
    this.check(spec)
    for (const id of spec.after) this.find(id)
    const files = this.filesOf(spec.cluster)
    await files.requireNew(spec.output.path)
    for (const { job } of this.live.values())
      if (isSamePlace(job.spec, spec)) throw outputExists(`${spec.output.path} of ${job.id}`)
    // A job after others reads what they will have written.
    if (spec.after.length === 0) for (const path of spec.input.paths) await files.list(path)
    const submittedMs = context.clock.realNow()
    const stamp = new Date(submittedMs).toISOString().replace(/\D/g, '').slice(0, 14)
    const id = `job_${stamp}_${String(store.nextOrdinal()).padStart(4, '0')}`
    const job: KeptJob = { id, spec, state: 'WAITING', submittedMs, blacklisted: [] }
    store.add(job)
    const run = this.runOf(job)
    this.live.set(id, run)
    this.holds.set(id, context.clock.hold())
    void this.await(run)
    return id
  }

  find(id: string): JobRun {
    const here = this.live.get(id) ?? this.ended.find((run) => run.job.id === id)
    if (here) return here
    const kept = this.parts.store.get(id)
    if (!kept) throw unknownJob(id)
    return this.runOf(kept)
  }

  attempt(id: string): KeptAttempt {
    const { maps, reduces } = this.find(jobOf(id))
    for (const task of [...maps, ...reduces])
      for (const attempt of task.attempts) if (attempt.status.id === id) return attempt
    throw new EngineError('AttemptNotFound', `There is no attempt ${id}.`)
  }

  async *watch(id: string | undefined, signal: AbortSignal): AsyncGenerator<JobStatus> {
    const first = id === undefined ? [...this.live.values()].map((run) => run.status) : [this.find(id).status]
    for await (const status of this.changes.watch(signal, first)) {
      if (id !== undefined && status.id !== id) continue
      yield status
      if (id !== undefined && ENDED.has(status.state) && !this.find(id).isRerunning) return
    }
  }

  async kill(id: string, reason: string): Promise<void> {
    const run = this.find(id)
    // What is being committed comes to its end: half an output is none.
    if (run.job.state === 'WAITING' || run.job.state === 'RUNNING') await this.end(run, { state: 'KILLED', reason })
  }

  async rerun(id: string, kind: TaskKind, index: number): Promise<string> {
    const run = this.find(id)
    const task = run.task(kind, index)
    const { state, spec } = run.job
    if (state === 'RUNNING') {
      const number = Math.max(-1, ...task.attempts.map(({ status }) => status.attempt)) + 1
      if (task.done) run.lost(task, 'KILLED', 'Run again by a user')
      else this.scheduler.killTask(run, task, 'Run again by a user')
      this.schedule()
      return attemptId(id, kind, index, number)
    }
    if (!ENDED.has(state)) throw new EngineError('InvalidJobState', `${id} is ${state}: there is no task to run again.`)
    if (kind === 'reduce' && !run.maps.every(({ done }) => done?.segments.every(({ file }) => existsSync(file))))
      throw new EngineError(
        'MapOutputGone',
        `The map output of ${id} is not kept any more (only that of the last ${INTERMEDIATES_KEPT} jobs is): submit the job again.`,
      )
    await this.refreshNodes(spec.cluster)
    if (!this.ended.includes(run)) this.ended.unshift(run)
    const attempt = this.scheduler.rerun(run, task)
    if (!attempt) throw new EngineError('NoNodes', `The cluster ${spec.cluster} has no nodes.`)
    return attempt.status.id
  }

  proceed(attempt: string): void {
    this.attempt(attempt)
    this.scheduler.proceed(attempt)
  }

  speculate(): void {
    this.scheduler.speculate([...this.live.values()])
  }

  async setNodes(cluster: string, wanted: readonly NodeInput[]): Promise<void> {
    const gone = (await this.parts.nodes.of(cluster)).filter(({ name }) => !wanted.some((node) => node.name === name))
    this.parts.nodes.set(cluster, wanted)
    await this.refreshNodes(cluster)
    for (const { name } of gone) this.lost(cluster, name)
    this.schedule()
  }

  async loseNode(cluster: string, node: string): Promise<void> {
    if (!(await this.parts.nodes.of(cluster)).some(({ name }) => name === node))
      throw new EngineError('NodeNotFound', `The cluster ${cluster} has no node ${node}.`)
    await this.parts.nodes.lose(cluster, node)
    await this.refreshNodes(cluster)
    this.lost(cluster, node)
    this.schedule()
  }

  async nodes(cluster: string): Promise<NodeStatus[]> {
    await this.refreshNodes(cluster)
    return this.nodesNow.get(cluster)!.map((node) => {
      const own = this.scheduler.attemptsOn(cluster, node.name)
      return {
        ...node,
        running: own.map(({ attempt }) => attempt.status.id),
        usedMiB: own.reduce((sum, { run }) => sum + run.job.spec.containerMiB, 0),
      }
    })
  }

  /** Jobs go on at the next start. */
  async stop(): Promise<void> {
    this.stopped = true
    this.scheduler.stop()
    for (const immediate of this.announcing.values()) clearImmediate(immediate)
    for (const release of this.holds.values()) release()
  }

  private lost(cluster: string, node: string): void {
    const reason = `The node ${node} was lost`
    for (const running of this.scheduler.attemptsOn(cluster, node)) this.scheduler.kill(running, reason)
    for (const run of this.live.values()) {
      if (run.job.spec.cluster !== cluster) continue
      // Outputs of reduces and of jobs without them lie on the file system, not on the node.
      if (run.job.state === 'RUNNING' && run.reduces.some((task) => !task.done))
        for (const task of run.maps) if (task.done?.status.node === node) run.lost(task, 'KILLED', reason)
      rmSync(run.nodeFolder(node), { recursive: true, force: true })
    }
  }

  private async await(run: JobRun): Promise<void> {
    try {
      for (const id of run.job.spec.after) {
        for await (const { state } of this.watch(id, new AbortController().signal)) {
          if (ENDED.has(run.job.state) || this.stopped) return
          if (state === 'FAILED' || state === 'KILLED')
            throw new EngineError('DependencyFailed', `${id}, which it waits for, is ${state}.`)
        }
      }
      if (this.stopped || ENDED.has(run.job.state)) return
      await this.refreshNodes(run.job.spec.cluster)
      await run.begin()
    } catch (thrown) {
      if (!this.stopped && !ENDED.has(run.job.state))
        await this.end(run, { state: 'FAILED', reason: EngineError.from(thrown).message })
      return
    }
    // Killed while its splits were planned.
    if (ENDED.has(run.job.state)) return
    await this.settled(run)
  }

  /** An attempt has ended, or a job has begun: what comes of it. */
  private async settled(run: JobRun): Promise<void> {
    if (this.stopped || run.job.state !== 'RUNNING') return
    const failure = run.failure()
    if (failure) await this.end(run, { state: 'FAILED', ...failure })
    else if (run.allDone) await this.commit(run)
    else this.schedule()
  }

  private async commit(run: JobRun): Promise<void> {
    run.change({ state: 'COMMITTING' })
    // What is done twice after a kill has to be known before it is done once.
    this.parts.store.flush()
    try {
      await run.commit()
    } catch (thrown) {
      if (this.stopped) return
      await this.end(run, {
        state: 'FAILED',
        reason: `The output was not committed: ${EngineError.from(thrown).message}`,
      })
      return
    }
    await this.end(run, { state: 'SUCCEEDED' })
  }

  private async end(run: JobRun, { state, reason, at }: Pick<KeptJob, 'state' | 'reason' | 'at'>): Promise<void> {
    run.change({
      state,
      endedMs: this.parts.context.clock.realNow(),
      ...(reason !== undefined && { reason }),
      ...(at && { at }),
    })
    this.scheduler.killAll(run, reason ?? 'The job has ended')
    this.live.delete(run.job.id)
    this.ended.push(run)
    this.holds.get(run.job.id)?.()
    this.holds.delete(run.job.id)
    this.parts.store.flush()
    while (this.ended.length > INTERMEDIATES_KEPT) this.ended.shift()!.forget()
    this.prune()
    this.announce(run)
    await this.parts.pool.forget(run.job.id)
    this.schedule()
  }

  /** Old jobs go with all that is kept of them, but not those that others wait for or that may be run again. */
  private prune(): void {
    const { store, jobsKept } = this.parts
    const wanted = new Set(this.ended.map(({ job }) => job.id))
    for (const { job } of this.live.values()) for (const id of job.spec.after) wanted.add(id)
    for (const id of store.old(jobsKept)) {
      if (wanted.has(id)) continue
      rmSync(join(this.folder, id), { recursive: true, force: true })
      store.delete(id)
    }
  }

  private schedule(): void {
    if (!this.stopped) this.scheduler.schedule([...this.live.values()])
  }

  private async refreshNodes(cluster: string): Promise<void> {
    this.nodesNow.set(cluster, await this.parts.nodes.of(cluster))
  }

  private filesOf(cluster: string): Files {
    return new Files(this.parts.context.clients, cluster)
  }

  private runOf(job: KeptJob): JobRun {
    const { store, context, pool } = this.parts
    const run: JobRun = new JobRun(job, job.splits ? store.attemptsOf(job.id) : [], {
      directory: this.folder,
      workspaceDirectory: resolve(context.workspaceDirectory),
      files: this.filesOf(job.spec.cluster),
      processes: pool.size,
      changed: (changed) => {
        store.change(changed)
        this.announceSoon(run)
      },
      moved: () => this.announceSoon(run),
      attemptChanged: (attempt) => store.changeAttempt(attempt),
      realNow: () => context.clock.realNow(),
    })
    return run
  }

  /** Many changes of one moment are told as one. */
  private announceSoon(run: JobRun): void {
    const { id } = run.job
    if (this.announcing.has(id) || this.stopped) return
    this.announcing.set(
      id,
      setImmediate(() => {
        this.announcing.delete(id)
        this.announce(run)
      }),
    )
  }

  private announce(run: JobRun): void {
    this.changes.announce(run.status)
  }

  /** What a schema cannot say of a job. */
  private check(spec: JobSpec): void {
    const { map, combine, reduce, partition, reducers, sort } = spec
    for (const [field, fn] of Object.entries({ map, combine, reduce, partition: asFn(partition) })) {
      if (fn && fn.kind !== 'module' && field === 'partition')
        throw invalidJob('A partition function has to be a module.', field)
      if (fn?.kind === 'sql' && spec.records === 'bytes')
        throw invalidJob('SQL gets text, numbers and JSON: records cannot be bytes.', 'records')
      if (fn?.kind === 'module') this.checkModule(fn.file, field)
    }
    const kinds = new Set([map, combine].flatMap((fn) => (fn ? [fn.kind] : [])))
    if (kinds.size > 1)
      throw invalidJob('A map and its combiner share a process: both are modules, or commands, or SQL.', 'combine')
    if (kinds.has('sql') && asFn(partition))
      throw invalidJob('A module does not partition for SQL: nothing of the user’s runs beside it.', 'partition')
    if (reducers === 0 && (reduce || combine))
      throw invalidJob('A job without reducers has no reduce and no combiner.', 'reducers')
    if (sort?.groupFields !== undefined && sort.groupFields > sort.fields.length)
      throw invalidJob('There are fewer sort fields than fields that make a group.', 'sort.groupFields')
    if (typeof partition === 'object' && partition.kind === 'range') {
      if (partition.cuts.length !== reducers - 1)
        throw invalidJob(`${reducers} reducers need ${reducers - 1} cuts.`, 'partition.cuts')
      if (partition.cuts.some((cut, i) => i > 0 && Buffer.from(cut).compare(Buffer.from(partition.cuts[i - 1])) <= 0))
        throw invalidJob('The cuts are not in ascending order.', 'partition.cuts')
    }
    if (spec.memoryMiB + 64 > spec.containerMiB)
      throw invalidJob('The sort buffer (memoryMiB) leaves less than 64 MiB of the container.', 'memoryMiB')
    if (spec.input.format === 'parquet' && spec.records === 'bytes')
      throw invalidJob('Rows of Parquet have no bytes of their own.', 'records')
  }

  private checkModule(file: string, field: string): void {
    const root = resolve(this.parts.context.workspaceDirectory)
    const path = resolve(root, file)
    if (!path.startsWith(root + sep) || path.startsWith(join(root, '.millrace') + sep))
      throw invalidJob(`${file} is not in the workspace.`, `${field}.file`)
    if (!/\.(js|mjs|ts)$/.test(file)) throw invalidJob(`${file} is no .js, .mjs or .ts file.`, `${field}.file`)
    if (!existsSync(path)) throw invalidJob(`There is no file ${file}.`, `${field}.file`)
  }
}

/** Whether two jobs write to one folder. */
function isSamePlace(one: JobSpec, other: JobSpec): boolean {
  const [a, b] = [one, other].map(({ output }) => output.path.replace(/\/+$/, ''))
  return a === b && (a.startsWith('s3:') || one.cluster === other.cluster)
}
