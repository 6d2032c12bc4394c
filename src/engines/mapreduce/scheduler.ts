import { appendFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { realTime } from '../kit/node/real-time.ts'
import type { AttemptStatus, NodeInput } from './contract.ts'
import type { JobRun } from './job-run.ts'
import { kindOf, nodeProgram, taskArgs, taskEnvironment } from './process/launch.ts'
import type { Pool } from './process/pool.ts'
import { type Outcome, TaskProcess } from './process/task-process.ts'
import type { KeptAttempt } from './store.ts'
import { asFn, runningOf, type Task } from './tasks.ts'

const LOG_BYTES_MAX = 2 * 1024 * 1024
/** Share of a cluster's containers that reduces may hold while maps are outstanding (YARN's ramp-up limit). */
const RAMP_UP = 0.5
/** An attempt is slow from this multiple of its fellows' mean time on, and not before so long. */
const SLOW = { times: 1.5, leastMs: 1000 }

export interface SchedulerParts {
  readonly pool: Pool
  readonly nodesOf: (cluster: string) => readonly NodeInput[]
  readonly workspaceDirectory: string
  readonly resourcesDirectory: string
  /** Anything has ended: jobs are to be looked at. */
  readonly settled: (run: JobRun) => void
}

interface Running {
  readonly run: JobRun
  readonly task: Task
  readonly attempt: KeptAttempt
  /** Absent while a reduce waits for maps. */
  process?: TaskProcess
}

/** Decides which attempt runs on which node, and runs it: containers are the nodes', processes are this machine's. */
export class Scheduler {
  private readonly parts: SchedulerParts
  private readonly running = new Map<string, Running>()
  private soon: NodeJS.Immediate | undefined
  private runs: readonly JobRun[] = []

  constructor(parts: SchedulerParts) {
    this.parts = parts
  }

  /** Looks at all jobs again, the earliest submitted first. */
  schedule(runs: readonly JobRun[]): void {
    this.runs = runs
    this.soon ??= setImmediate(() => {
      this.soon = undefined
      for (const run of this.runs) if (run.job.state === 'RUNNING') this.place(run)
    })
  }

  attemptsOn(cluster: string, node: string): Running[] {
    return [...this.running.values()].filter(
      ({ run, attempt }) => run.job.spec.cluster === cluster && attempt.status.node === node,
    )
  }

  proceed(attempt: string): boolean {
    const { process } = this.running.get(attempt) ?? {}
    process?.proceed()
    return process !== undefined
  }

  /** Ends an attempt; its state says that it counts for nothing. */
  kill({ run, attempt, process }: Running, reason: string): void {
    run.close(attempt, 'KILLED', reason)
    if (process) void process.kill(reason)
    else {
      this.running.delete(attempt.status.id)
      run.held.delete(attempt.status.id)
    }
  }

  killAll(run: JobRun, reason: string): void {
    for (const running of this.running.values())
      if (running.run === run && running.attempt.status.state === 'RUNNING') this.kill(running, reason)
  }

  killTask(run: JobRun, task: Task, reason: string): void {
    for (const attempt of runningOf(task)) {
      const running = this.running.get(attempt.status.id)
      if (running?.run === run) this.kill(running, reason)
    }
  }

  /** Runs a task once more, beside the job. */
  rerun(run: JobRun, task: Task): KeptAttempt | undefined {
    const node = this.parts.nodesOf(run.job.spec.cluster)[0]
    if (!node) return undefined
    const attempt = run.open(task, node, { rerun: true })
    void this.start({ run, task, attempt })
    return attempt
  }

  /** Second attempts of tasks that are much slower than their fellows. */
  speculate(runs: readonly JobRun[]): void {
    for (const run of runs) {
      if (run.job.state !== 'RUNNING' || !run.job.spec.speculative) continue
      for (const tasks of [run.maps, run.reduces]) {
        if (this.parts.pool.free === 0 || tasks.some((task) => !task.done && runningOf(task).length === 0)) continue
        const times = tasks.flatMap(({ done }) => (done ? [done.status.endedMs! - done.status.startedMs] : []))
        if (times.length === 0) continue
        const mean = times.reduce((sum, time) => sum + time, 0) / times.length
        const slow = tasks.find((task) => !task.done && this.isSlow(task, mean))
        if (!slow) continue
        const [{ status }] = runningOf(slow)
        const place = this.placeFor(run, slow, (node) => node.name !== status.node)
        if (!place) continue
        const attempt = run.open(slow, place.node, { locality: place.locality, speculative: true })
        void this.start({ run, task: slow, attempt })
      }
    }
  }

  stop(): void {
    if (this.soon) clearImmediate(this.soon)
    this.soon = undefined
  }

  private isSlow(task: Task, meanMs: number): boolean {
    const [only, ...others] = runningOf(task)
    const running = only && this.running.get(only.status.id)
    if (!running?.process || others.length > 0 || only.status.phase === 'held') return false
    const elapsedMs = realTime.now() - only.status.startedMs
    if (elapsedMs < Math.max(SLOW.leastMs, meanMs * SLOW.times)) return false
    // As Hadoop estimates: by the progress until now, the end lies after that of a new attempt.
    return (elapsedMs / Math.max(0.01, only.status.progress)) * (1 - only.status.progress) > meanMs
  }

  private place(run: JobRun): void {
    const { pool } = this.parts
    const { spec } = run.job
    for (const task of run.pending('map')) {
      if (pool.free === 0) break
      const place = this.bestPlace(run, task)
      if (place) {
        const attempt = run.open(task, place.node, { locality: place.locality })
        void this.start({ run, task, attempt })
      } else if (!this.preempt(run)) break
    }
    const done = run.maps.filter((task) => task.done).length
    if (done >= Math.ceil(spec.slowstart * run.maps.length)) this.placeReduces(run)
    if (!run.mapsDone) return
    for (const waiting of this.running.values()) {
      if (pool.free === 0) break
      if (waiting.run === run && !waiting.process && waiting.attempt.status.state === 'RUNNING')
        void this.start(waiting)
    }
  }

  private placeReduces(run: JobRun): void {
    const nodes = this.parts.nodesOf(run.job.spec.cluster)
    const containers = nodes.reduce((sum, node) => sum + node.containers, 0)
    for (const task of run.pending('reduce')) {
      const holding = run.reduces.filter((other) => runningOf(other).length > 0).length
      if (!run.mapsDone && holding + 1 > containers * RAMP_UP) return
      const place = this.placeFor(run, task, () => true)
      if (!place) return
      const attempt = run.open(task, place.node, {})
      this.running.set(attempt.status.id, { run, task, attempt })
    }
  }

  /** A reduce that only waits makes room for a map that it waits for. */
  private preempt(run: JobRun): boolean {
    const waiting = [...this.running.values()].find((each) => each.run === run && !each.process)
    if (!waiting) return false
    this.kill(waiting, 'Preempted: its container is needed for a map')
    this.schedule(this.runs)
    return true
  }

  /** The nearest node for a map; another pending map that is nearer to a free node has no precedence. */
  private bestPlace(run: JobRun, task: Task) {
    return this.placeFor(run, task, () => true)
  }

  private placeFor(
    run: JobRun,
    task: Task,
    allowed: (node: NodeInput) => boolean,
  ): { node: NodeInput; locality?: NonNullable<AttemptStatus['locality']> } | undefined {
    const { cluster, containerMiB } = run.job.spec
    const all = this.parts.nodesOf(cluster)
    const usable = all.filter(({ name }) => !run.job.blacklisted.includes(name))
    // A cluster whose nodes are all blacklisted would do nothing for ever.
    const candidates = (usable.length > 0 ? usable : all).filter((node) => {
      const own = this.attemptsOn(cluster, node.name)
      const usedMiB = own.reduce((sum, other) => sum + other.run.job.spec.containerMiB, 0)
      return allowed(node) && own.length < node.containers && usedMiB + containerMiB <= node.memoryMiB
    })
    const used = (node: NodeInput) => this.attemptsOn(cluster, node.name).length / node.containers
    candidates.sort((a, b) => used(a) - used(b))
    const { split } = task
    if (!split) return candidates[0] && { node: candidates[0] }
    const racks = new Set(
      all
        .filter(({ dataNode }) => dataNode !== undefined && split.dataNodes.includes(dataNode))
        .map(({ rack }) => rack),
    )
    const near = candidates.find(({ dataNode }) => dataNode !== undefined && split.dataNodes.includes(dataNode))
    if (near) return { node: near, locality: 'node' }
    const inRack = candidates.find(({ rack }) => racks.has(rack))
    if (inRack) return { node: inRack, locality: 'rack' }
    return candidates[0] && { node: candidates[0], locality: 'other' }
  }

  private async start(running: Running): Promise<void> {
    const { run, task, attempt } = running
    const { pool, workspaceDirectory, resourcesDirectory } = this.parts
    const { spec, id } = run.job
    const { id: name } = attempt.status
    this.running.set(name, running)
    const own = task.kind === 'map' ? [spec.map, spec.combine] : [spec.reduce]
    // All modules of a job share its processes; commands and SQL have some of their own, which may do other things.
    const kind = kindOf(own)
    const fns =
      kind === 'module'
        ? [spec.map, spec.combine, spec.reduce, asFn(spec.partition)].filter((fn) => fn?.kind === 'module')
        : own
    const key = `${id} ${kind}`
    const order = run.orderOf(task, attempt)
    const process = pool.take(key, () => {
      const args = taskArgs({ spec, fns, workspaceDirectory, resourcesDirectory, jobDirectory: run.directory })
      const env = taskEnvironment({ spec, fns })
      return new TaskProcess({ command: nodeProgram(), args, env, directory: run.directory }, spec.containerMiB)
    })
    running.process = process
    const log = new AttemptLog(run.logFile(name))
    const near = this.parts.nodesOf(spec.cluster).find((node) => node.name === attempt.status.node)?.dataNode
    const told = await process.run(
      order,
      {
        read: (offset, length) => run.files.read(task.split!.uri, offset, length, near),
        onProgress: (progress) => run.note(attempt, progress),
        onHeld: (held) => run.hold(attempt, held),
        onLog: (text) => log.add(text),
      },
      spec.taskTimeoutS,
    )
    if (!process.alive) await process.gone
    pool.give(key, process)
    const outcome = await durable(told)
    this.running.delete(name)
    run.ended(task, attempt, outcome)
    if (task.done) this.killTask(run, task, 'Another attempt was first')
    this.parts.settled(run)
  }
}

/** The outcome once its output is on the disk. A node that is lost at this moment takes the output with it. */
async function durable(outcome: Outcome): Promise<Outcome> {
  if (outcome.type === 'failed' || outcome.result.output === null) return outcome
  try {
    await syncFile(outcome.result.output)
    return outcome
  } catch (thrown) {
    return { type: 'failed', error: { message: `Its output did not come to the disk: ${(thrown as Error).message}` } }
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The output of an attempt; its first part, where there is too much. */
class AttemptLog {
  private readonly file: string
  private bytes = 0

  constructor(file: string) {
    this.file = file
    rmSync(file, { force: true })
  }

  add(text: string): void {
    if (this.bytes > LOG_BYTES_MAX) return
    this.bytes += Buffer.byteLength(text)
    const more =
      this.bytes > LOG_BYTES_MAX
        ? `\n… more was said; Millrace keeps ${LOG_BYTES_MAX / 1024 / 1024} MiB of an attempt.\n`
        : ''
    appendFileSync(this.file, text + more)
  }
}
