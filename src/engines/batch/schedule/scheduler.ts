import type { ComputeEnvironment, JobQueue, SchedulingPolicy } from '../contract.ts'
import type { Size } from './capacity.ts'
import { Shares } from './shares.ts'
import { Waiting } from './waiting.ts'

/** A job that may run: what it takes, and its place in its queue. */
export interface Candidate extends Size {
  readonly id: string
  readonly queue: string
  /** Of fair-share queues. */
  readonly share: string
  /** Within its share, higher goes first. */
  readonly priority: number
  /** In which it became RUNNABLE: lower goes first. */
  readonly order: number
}

type Environment = Pick<ComputeEnvironment, 'name' | 'enabled' | 'maxVcpus' | 'memoryMiB' | 'largestJob'>
type Queue = Pick<JobQueue, 'name' | 'priority' | 'environments'>
type Policy = Pick<SchedulingPolicy, 'decayS' | 'computeReservation' | 'shares'>

interface Line {
  readonly queue: Queue
  readonly shares: Shares | undefined
  /** Waiting jobs by share, each in order. A queue without a policy has one share. */
  readonly waiting: Map<string, Waiting>
}

interface Place {
  readonly job: Candidate
  readonly environment: string
  readonly sinceMs: number
}

const ONE_SHARE = ''

/**
 * Decides which job runs next and where. Queues go by priority, equal ones by the age of their first job; a queue is first come, first
 * served, or by fair share. The first job that finds no room holds the environments that could take it: nobody behind it, and no queue
 * of the same or a lower priority, may fill them with smaller jobs, so that it is not starved. A job that no environment could ever
 * hold is passed by. No environment is ever given more than it has.
 */
export class Scheduler {
  private readonly environments = new Map<
    string,
    Environment & { used: { vcpus: number; memoryMiB: number; jobs: number } }
  >()
  private readonly lines = new Map<string, Line>()
  private readonly placed = new Map<string, Place>()

  setEnvironment(environment: Environment): void {
    const used = this.environments.get(environment.name)?.used ?? { vcpus: 0, memoryMiB: 0, jobs: 0 }
    this.environments.set(environment.name, { ...environment, used })
  }

  deleteEnvironment(name: string): void {
    this.environments.delete(name)
  }

  used(name: string): { vcpus: number; memoryMiB: number; jobs: number } {
    return { ...(this.environments.get(name)?.used ?? { vcpus: 0, memoryMiB: 0, jobs: 0 }) }
  }

  setQueue(queue: Queue, policy: Policy | undefined): void {
    const before = this.lines.get(queue.name)
    const line: Line = { queue, shares: policy && new Shares(policy), waiting: new Map() }
    this.lines.set(queue.name, line)
    for (const jobs of before?.waiting.values() ?? []) for (const job of jobs.all()) this.add(job)
    for (const { job } of this.placed.values()) if (job.queue === queue.name) line.shares?.take(job.share, job.vcpus)
  }

  deleteQueue(name: string): void {
    this.lines.delete(name)
  }

  add(job: Candidate): void {
    const line = this.lines.get(job.queue)!
    const share = line.shares ? job.share : ONE_SHARE
    const jobs = line.waiting.get(share) ?? new Waiting()
    line.waiting.set(share, jobs)
    jobs.add(job, (a, b) => isBefore(a, b, line))
  }

  /** A waiting job that is cancelled. */
  remove({ id, queue }: { id: string; queue: string }): void {
    for (const [share, jobs] of this.lines.get(queue)?.waiting ?? []) {
      const at = jobs.find((job) => job.id === id)
      if (at >= 0) this.takeOut(this.lines.get(queue)!, share, at)
    }
  }

  /** A job that runs already, as after a restart. */
  occupy(job: Candidate, environment: string, nowMs: number): void {
    const { used } = this.environments.get(environment)!
    used.vcpus += job.vcpus
    used.memoryMiB += job.memoryMiB
    used.jobs++
    this.placed.set(job.id, { job, environment, sinceMs: nowMs })
    this.lines.get(job.queue)?.shares?.take(job.share, job.vcpus)
  }

  /** An attempt has ended, whichever way. */
  release(id: string, nowMs: number): void {
    const place = this.placed.get(id)
    if (!place) return
    this.placed.delete(id)
    const { job, environment, sinceMs } = place
    const used = this.environments.get(environment)?.used
    if (used) {
      used.vcpus -= job.vcpus
      used.memoryMiB -= job.memoryMiB
      used.jobs--
    }
    this.lines.get(job.queue)?.shares?.giveBack({ share: job.share, vcpus: job.vcpus, fromMs: sinceMs, toMs: nowMs })
  }

  /** Gives places to jobs while there are any, at most so many. */
  *place(nowMs: number, limit = Number.POSITIVE_INFINITY): Generator<{ id: string; environment: string }> {
    const held = new Set<string>()
    const open = new Set([...this.lines.values()].filter(({ waiting }) => waiting.size > 0))
    let given = 0
    while (open.size > 0 && given < limit) {
      const next = this.first(open, nowMs)
      if (!next) return
      const { line, share, at, job } = next
      const fitting = this.environmentsOf(line, job)
      const free = fitting.find((environment) => !held.has(environment.name) && this.hasRoom(environment, job))
      if (free && this.isAllowed(line, job)) {
        this.takeOut(line, share, at)
        this.occupy(job, free.name, nowMs)
        given++
        yield { id: job.id, environment: free.name }
        if (line.waiting.size === 0) open.delete(line)
        continue
      }
      if (!free) for (const environment of fitting) held.add(environment.name)
      open.delete(line)
    }
  }

  /** What would come out of a queue next, in order. */
  front(queue: string, limit: number, nowMs: number): string[] {
    const line = this.lines.get(queue)
    if (!line) return []
    const shares = [...line.waiting.keys()].sort((a, b) => weightOf(line, a, nowMs) - weightOf(line, b, nowMs))
    const lists = shares.map((share) => line.waiting.get(share)!.first(limit))
    const longest = Math.max(0, ...lists.map((jobs) => jobs.length))
    const front: string[] = []
    for (let i = 0; i < longest; i++) for (const jobs of lists) if (jobs[i]) front.push(jobs[i].id)
    return front.slice(0, limit)
  }

  /** Why a job can never run where its queue leads, or undefined. */
  misfit(job: Size & { queue: string }): string | undefined {
    const line = this.lines.get(job.queue)
    if (!line || this.environmentsOf(line, job).length > 0) return undefined
    const enabled = line.queue.environments.some((name) => this.environments.get(name)?.enabled)
    return enabled
      ? 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job asks for more vCPUs or memory than any compute environment of its queue can give one job.'
      : 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - No compute environment of its queue is enabled.'
  }

  /** The line whose job goes first of all, and that job: the first in its share that some environment could hold. */
  private first(open: Set<Line>, nowMs: number) {
    let best: { line: Line; share: string; at: number; job: Candidate } | undefined
    for (const line of open) {
      const share = this.nextShare(line, nowMs)
      if (share === undefined) {
        open.delete(line)
        continue
      }
      const jobs = line.waiting.get(share)!
      const at = jobs.find((job) => this.environmentsOf(line, job).length > 0)
      const found = { line, share, at, job: jobs.at(at)! }
      const higher = best === undefined || line.queue.priority > best.line.queue.priority
      const older = best?.line.queue.priority === line.queue.priority && found.job.order < best.job.order
      if (higher || older) best = found
    }
    return best
  }

  private nextShare(line: Line, nowMs: number): string | undefined {
    let least: { share: string; use: number } | undefined
    for (const [share, jobs] of line.waiting) {
      if (jobs.find((job) => this.environmentsOf(line, job).length > 0) < 0) continue
      const use = weightOf(line, share, nowMs)
      if (!least || use < least.use) least = { share, use }
    }
    return least?.share
  }

  private takeOut(line: Line, share: string, at: number): void {
    const jobs = line.waiting.get(share)!
    jobs.take(at)
    if (jobs.size === 0) line.waiting.delete(share)
  }

  /** Environments of a queue that could hold the job if they were empty. */
  private environmentsOf(line: Line, job: Size) {
    return line.queue.environments.flatMap((name) => {
      const environment = this.environments.get(name)
      if (!environment?.enabled) return []
      const { vcpus, memoryMiB } = environment.largestJob
      return job.vcpus <= vcpus && job.memoryMiB <= memoryMiB ? [environment] : []
    })
  }

  private hasRoom({ used, maxVcpus, memoryMiB }: Environment & { used: Size }, job: Size): boolean {
    return used.vcpus + job.vcpus <= maxVcpus && used.memoryMiB + job.memoryMiB <= memoryMiB
  }

  /** Whether the reservation for shares that are not active yet leaves it room. A share that has nothing gets its first job in any case. */
  private isAllowed(line: Line, job: Candidate): boolean {
    if (!line.shares) return true
    const all = line.queue.environments.reduce((sum, name) => sum + (this.environments.get(name)?.maxVcpus ?? 0), 0)
    const { used } = line.shares
    return used === 0 || used + job.vcpus <= line.shares.allowance(all, line.waiting.keys())
  }
}

const weightOf = (line: Line, share: string, nowMs: number): number => line.shares?.weightedUse(share, nowMs) ?? 0

function isBefore(a: Candidate, b: Candidate, line: Line): boolean {
  if (line.shares && a.priority !== b.priority) return a.priority > b.priority
  return a.order < b.order
}
