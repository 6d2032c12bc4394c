import { linkSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { syncFolder } from '../kit/node/files.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { AttemptStatus, Breakpoint, HeldRecord, NodeInput, TaskKind } from './contract.ts'
import type { Files } from './files.ts'
import type { Outcome } from './process/task-process.ts'
import type { FetchedSegment, Split, TaskOrder, TaskResult } from './protocol.ts'
import { planSplits } from './splits.ts'
import type { KeptAttempt, KeptJob } from './store.ts'
import { attemptId, failuresOf, isPending, note, runningOf, statusOf, type Task } from './tasks.ts'

/** Samples of so many tasks of each kind are kept. */
const SAMPLED_TASKS = 20

export interface RunParts {
  readonly directory: string
  readonly workspaceDirectory: string
  readonly files: Files
  /** Tasks that run at once. */
  readonly processes: number
  /** Something is to be kept and told. */
  readonly changed: (job: KeptJob) => void
  /** How far a task is, or that it stands: told alone, since it is another at the next start. */
  readonly moved: () => void
  readonly attemptChanged: (attempt: KeptAttempt) => void
  readonly realNow: () => number
}

/** One job: its tasks, what was tried of each, and what becomes of its output. What runs where, the scheduler decides. */
export class JobRun {
  readonly job: KeptJob
  maps: Task[] = []
  reduces: Task[] = []
  breakpoints: readonly Breakpoint[]
  readonly held = new Map<string, HeldRecord>()
  readonly directory: string
  readonly files: Files
  private readonly parts: RunParts
  private readonly failuresOn = new Map<string, number>()

  constructor(job: KeptJob, attempts: readonly KeptAttempt[], parts: RunParts) {
    this.job = job
    this.parts = parts
    this.files = parts.files
    this.directory = join(parts.directory, job.id)
    this.breakpoints = job.spec.breakpoints
    if (job.splits) this.makeTasks()
    for (const attempt of attempts) {
      const task = this.task(attempt.status.kind, attempt.status.task)
      task.attempts.push(attempt)
      if (attempt.status.state === 'SUCCEEDED' && !attempt.status.rerun) task.done = attempt
      if (attempt.status.state === 'FAILED') this.countFailure(attempt.status.node)
    }
    for (const { attempts: tried } of [...this.maps, ...this.reduces])
      tried.sort((a, b) => a.status.attempt - b.status.attempt)
  }

  get status() {
    return statusOf(this.job, this.maps, this.reduces, [...this.held.keys()])
  }

  get mapsDone(): boolean {
    return this.maps.every((task) => task.done)
  }

  get allDone(): boolean {
    return this.mapsDone && this.reduces.every((task) => task.done)
  }

  /** Whether a task runs once more by hand. */
  get isRerunning(): boolean {
    return [...this.maps, ...this.reduces].some(({ attempts }) =>
      attempts.some(({ status }) => status.rerun && status.state === 'RUNNING'),
    )
  }

  task(kind: TaskKind, index: number): Task {
    const task = (kind === 'map' ? this.maps : this.reduces)[index]
    if (!task) throw new EngineError('TaskNotFound', `${this.job.id} has no ${kind} task ${index}.`)
    return task
  }

  /** Plans the splits and brings what tasks need to the disk. */
  async begin(): Promise<void> {
    const { job, files } = this
    await files.requireNew(job.spec.output.path)
    for (const folder of ['work', 'input', 'cache', 'committed', 'logs'])
      mkdirSync(join(this.directory, folder), { recursive: true })
    for (const { uri, name } of job.spec.cache) await files.localize(uri, join(this.directory, 'cache', name))
    job.splits = await planSplits(job.spec, files, this.parts.processes)
    this.makeTasks()
    this.change({ state: 'RUNNING', startedMs: this.parts.realNow() })
  }

  change(change: Partial<KeptJob>): void {
    Object.assign(this.job, change)
    this.parts.changed(this.job)
  }

  /** Begins another attempt of a task on a node. */
  open(
    task: Task,
    node: NodeInput,
    options: { locality?: AttemptStatus['locality']; speculative?: boolean; rerun?: boolean },
  ): KeptAttempt {
    const number = Math.max(-1, ...task.attempts.map(({ status }) => status.attempt)) + 1
    const id = attemptId(this.job.id, task.kind, task.index, number)
    const status: AttemptStatus = {
      id,
      job: this.job.id,
      kind: task.kind,
      task: task.index,
      attempt: number,
      node: node.name,
      rack: node.rack,
      state: 'RUNNING',
      phase: task.kind === 'map' ? 'map' : 'shuffle',
      progress: 0,
      startedMs: this.parts.realNow(),
      ...(task.split && { split: { uri: task.split.uri, offset: task.split.offset, length: task.split.length } }),
      ...(options.locality && { locality: options.locality }),
      speculative: options.speculative ?? false,
      rerun: options.rerun ?? false,
      recordsIn: 0,
      bytesIn: 0,
      recordsOut: 0,
      bytesOut: 0,
      spills: 0,
      spilledBytes: 0,
      shuffleBytes: 0,
      status: '',
    }
    const attempt: KeptAttempt = { status, counters: {}, samples: {}, segments: [], heaviest: [] }
    task.attempts.push(attempt)
    this.parts.attemptChanged(attempt)
    this.parts.changed(this.job)
    return attempt
  }

  orderOf(task: Task, { status }: KeptAttempt): TaskOrder {
    const { job, directory, breakpoints } = this
    const own = this.folderOf(status)
    rmSync(own, { recursive: true, force: true })
    mkdirSync(own, { recursive: true })
    const order = {
      attempt: status.id,
      job: job.id,
      task: task.index,
      attemptNumber: status.attempt,
      node: status.node,
      spec: job.spec,
      workspaceDirectory: this.parts.workspaceDirectory,
      directory: own,
      cacheDirectory: join(directory, 'cache'),
      breakpoints: status.rerun ? [] : breakpoints,
    }
    if (task.split) return { ...order, kind: 'map', split: this.linked(task.split, status.id) }
    return { ...order, kind: 'reduce', segments: this.segmentsOf(task.index) }
  }

  /** Notes how an attempt went and what follows; true where the job has failed by it. */
  ended(task: Task, attempt: KeptAttempt, outcome: Outcome): void {
    this.held.delete(attempt.status.id)
    const own = this.folderOf(attempt.status)
    rmSync(this.inputFile(attempt.status.id), { force: true })
    if (attempt.status.state !== 'RUNNING') {
      rmSync(own, { recursive: true, force: true })
      return
    }
    if (outcome.type === 'done') this.succeeded(task, attempt, outcome.result)
    else {
      if (outcome.progress) note(attempt, outcome.progress)
      if (outcome.samples) this.keepSamples(attempt, outcome.samples)
      const { fetchOf, at, message } = outcome.error
      if (fetchOf !== undefined) {
        this.lost(this.maps[fetchOf], 'FAILED', 'Too many fetch failures')
        this.close(attempt, 'KILLED', message)
      } else {
        this.close(attempt, 'FAILED', message, at)
        if (!attempt.status.rerun) this.countFailure(attempt.status.node)
      }
      rmSync(own, { recursive: true, force: true })
    }
  }

  close(attempt: KeptAttempt, state: AttemptStatus['state'], reason?: string, at?: AttemptStatus['at']): void {
    attempt.status = {
      ...attempt.status,
      state,
      endedMs: this.parts.realNow(),
      ...(reason !== undefined && { reason }),
      ...(at && { at }),
    }
    this.parts.attemptChanged(attempt)
    this.parts.changed(this.job)
  }

  /** A task's output is no more: it has to run again. */
  lost(task: Task, state: 'KILLED' | 'FAILED', reason: string): void {
    const { done } = task
    if (!done) return
    delete task.done
    rmSync(this.folderOf(done.status), { recursive: true, force: true })
    if (task.kind === 'reduce') rmSync(this.committedFile(task), { force: true })
    this.close(done, state, reason)
  }

  /** Why the job has failed, where a task has been tried too often. */
  failure(): { reason: string; at?: AttemptStatus['at'] } | undefined {
    for (const task of [...this.maps, ...this.reduces]) {
      if (failuresOf(task) < this.job.spec.maxAttempts) continue
      const last = task.attempts.findLast(({ status }) => status.state === 'FAILED')!.status
      const reason = `Task ${last.id.replace(/^attempt/, 'task').replace(/_\d+$/, '')} failed ${failuresOf(task)} times: ${last.reason}`
      return { reason, ...(last.at && { at: last.at }) }
    }
    return undefined
  }

  pending(kind: TaskKind): Task[] {
    return (kind === 'map' ? this.maps : this.reduces).filter(isPending)
  }

  running(): KeptAttempt[] {
    return [...this.maps, ...this.reduces].flatMap(runningOf)
  }

  /** Makes the outputs of all tasks the job's. */
  async commit(): Promise<void> {
    const tasks = this.reduces.length > 0 ? this.reduces : this.maps
    await this.files.commit(
      this.job.id,
      this.job.spec.output.path,
      tasks.map((task) => this.committedFile(task)),
    )
  }

  /** Intermediate files of a job that nobody looks at any more. */
  forget(): void {
    for (const folder of ['work', 'input', 'committed'])
      rmSync(join(this.directory, folder), { recursive: true, force: true })
  }

  note(attempt: KeptAttempt, progress: Parameters<typeof note>[1]): void {
    if (attempt.status.state !== 'RUNNING') return
    note(attempt, progress)
    this.parts.moved()
  }

  hold(attempt: KeptAttempt, held: HeldRecord | undefined): void {
    if (held) this.held.set(attempt.status.id, held)
    else this.held.delete(attempt.status.id)
    attempt.status = { ...attempt.status, phase: held ? 'held' : attempt.status.kind }
    this.parts.moved()
  }

  logFile(attempt: string): string {
    return join(this.directory, 'logs', `${attempt}.log`)
  }

  nodeFolder(node: string): string {
    return join(this.directory, 'work', node)
  }

  /** Whether a reduce can find the outputs of all maps. */
  hasMapOutputs(): boolean {
    return this.maps.every(({ done }) => done && done.segments.length > 0)
  }

  private makeTasks(): void {
    this.maps = this.job.splits!.map((split, index) => ({ kind: 'map', index, split, attempts: [] }))
    this.reduces = Array.from({ length: this.job.spec.reducers }, (_, index) => ({
      kind: 'reduce',
      index,
      attempts: [],
    }))
  }

  private succeeded(task: Task, attempt: KeptAttempt, result: TaskResult): void {
    note(attempt, result)
    this.keepSamples(attempt, result.samples)
    attempt.heaviest = result.heaviest
    if (attempt.status.rerun || task.done) {
      rmSync(this.folderOf(attempt.status), { recursive: true, force: true })
      const [state, reason] = attempt.status.rerun
        ? (['SUCCEEDED', undefined] as const)
        : (['KILLED', 'Another attempt was first'] as const)
      this.close(attempt, state, reason)
      return
    }
    attempt.segments = result.segments
    if (result.output !== null) {
      // From here on it is the task's output, whatever becomes of the node.
      renameSync(result.output, this.committedFile(task, basename(result.output)))
      syncFolder(join(this.directory, 'committed'))
      rmSync(this.folderOf(attempt.status), { recursive: true, force: true })
    }
    task.done = attempt
    this.close(attempt, 'SUCCEEDED')
  }

  private keepSamples(attempt: KeptAttempt, samples: KeptAttempt['samples']): void {
    if (attempt.status.task < SAMPLED_TASKS || attempt.status.rerun) attempt.samples = samples
  }

  private committedFile(task: Task, name?: string): string {
    const { output } = this.job.spec
    const ending = `${output.format === 'jsonLines' ? '.jsonl' : ''}${{ none: '', gzip: '.gz', zstd: '.zst' }[output.compression]}`
    const own = `part-${task.kind[0]}-${String(task.index).padStart(5, '0')}${ending}`
    return join(this.directory, 'committed', name ?? own)
  }

  private segmentsOf(partition: number): FetchedSegment[] {
    return this.maps.map(({ index, done }) => ({ ...done!.segments[partition], map: index }))
  }

  /**
   * The split with its file as a link among what the attempt may read and may not write, so that its bytes take no way over the engine; without
   * it where there is no such file any more, or it lies on another disk.
   */
  private linked({ file, ...split }: Split, attempt: string): Split {
    if (file === undefined) return split
    const link = this.inputFile(attempt)
    try {
      rmSync(link, { force: true })
      linkSync(file, link)
      return { ...split, file: link }
    } catch {
      return split
    }
  }

  private inputFile(attempt: string): string {
    return join(this.directory, 'input', attempt)
  }

  private folderOf({ node, id }: AttemptStatus): string {
    return join(this.nodeFolder(node), id)
  }

  private countFailure(node: string): void {
    const failures = (this.failuresOn.get(node) ?? 0) + 1
    this.failuresOn.set(node, failures)
    if (failures < this.job.spec.nodeFailuresMax || this.job.blacklisted.includes(node)) return
    this.job.blacklisted = [...this.job.blacklisted, node]
    this.parts.changed(this.job)
  }
}
