import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canLook, Processes } from '../../kit/node/processes.ts'
import { realTime } from '../../kit/node/real-time.ts'
import type { Execution } from '../contract.ts'
import { type Bounds, Cgroups, forbidForks, membersOf, oomKillsOf, refusedForksOf, removeGroups } from './cgroups.ts'
import { Containers, containerCommand, containerName, containerOf, endContainer, keepContainer } from './containers.ts'
import { AttemptLog } from './log.ts'

const MARK = 'MILLRACE_BATCH_ATTEMPT'
const LOOK_EVERY_MS = 250
const MIB = 1024 * 1024
const PROCESSES_MAX = 512
const KILL_AGAIN_MS = 20
const SIGKILL_CODE = 137
/** Data segments of one process where no control group bounds a job: stacks of threads count, which are reserved and hardly used. */
const RLIMIT_SPARE_MIB = 1024
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage'

export interface Launch extends Omit<Bounds, 'processesMax'> {
  /** `<job id>/<attempt>`. */
  readonly attempt: string
  readonly image: string
  readonly command: readonly string[]
  /** What the job is told, in a container and outside. */
  readonly env: Readonly<Record<string, string>>
  /** What only a process on this machine is told. */
  readonly envHere: Readonly<Record<string, string>>
}

/** How an attempt ended. `unseen` where nobody saw how: its process was gone when Millrace came back. */
export interface Ending {
  readonly exitCode?: number
  readonly reason?: string
  readonly unseen?: true
}

interface Running {
  readonly memoryMiB: number
  readonly groups: readonly string[]
  readonly end: (ending: Ending) => void
  readonly ended: Promise<Ending>
  readonly child?: ChildProcess
  cause?: Ending
}

/**
 * Attempts of jobs as processes: each is the leader of a session of its own with its own folder, outlives Millrace, and writes its output
 * and its exit code into files, so that it is found again. Its bounds are a container's or a control group's; where there are neither, memory and
 * processes are bounded by looking (Linux). The log is bounded by looking everywhere.
 */
export class Attempts {
  private readonly directory: string
  private readonly script: string
  private readonly workspace: string
  private readonly processes: Processes
  private readonly containers: Containers
  private made: Cgroups | undefined
  private readonly running = new Map<string, Running>()
  private watch: { cancel(): void } | undefined

  /** `directory` holds a folder for each attempt; `script` is `attempt.sh`. */
  constructor(directory: string, script: string, workspace: string) {
    this.directory = directory
    this.script = script
    this.workspace = workspace
    this.processes = new Processes(MARK, workspace)
    this.containers = new Containers(process.env.MILLRACE_CONTAINERS !== 'none')
  }

  /** Starts the process; the promise inside tells how it ends. Throws where it cannot be started. */
  async start(launch: Launch): Promise<{ execution: Execution; ended: Promise<Ending> }> {
    const { attempt, memoryMiB } = launch
    const folder = this.folder(attempt)
    const work = join(folder, 'work')
    mkdirSync(work, { recursive: true })
    const { execution, groups, command, env } = await this.prepare(launch)
    writeFileSync(join(folder, 'groups'), groups.map((group) => `${group}\n`).join(''))
    this.log(attempt).append(`[millrace] ${execution.note}`)
    const log = openSync(this.logFile(attempt), 'a')
    const child = spawn('/bin/sh', [this.script, folder, ...command], {
      cwd: work,
      env: { ...env, [MARK]: this.processes.markOf(attempt) },
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    const running = this.register(attempt, { memoryMiB, groups, child })
    child.once('exit', () => void this.settle(attempt))
    return { execution, ended: running.ended }
  }

  /** Attempts of this workspace that are still alive, as after a restart. */
  alive(): Set<string> {
    return new Set(this.processes.look().map(({ attempt }) => attempt))
  }

  /** Whether its command may have run. */
  hasBegun(attempt: string): boolean {
    return existsSync(join(this.folder(attempt), 'begun'))
  }

  /** Takes up an attempt that another Millrace began. One that has ended meanwhile ends at once. */
  adopt(attempt: string, memoryMiB: number): Promise<Ending> {
    return this.register(attempt, { memoryMiB, groups: this.groupsOf(attempt) }).ended
  }

  /** SIGTERM, then SIGKILL to what is left after `graceMs`. Comes back when no process of the attempt is left. */
  async kill(attempt: string, graceMs: number, cause: Ending = {}): Promise<void> {
    const running = this.running.get(attempt)
    if (running) running.cause ??= { exitCode: SIGKILL_CODE, ...cause }
    const known = running ?? { groups: this.groupsOf(attempt) }
    const pids = () => this.pidsOf(attempt, known)
    if (graceMs > 0) {
      for (const pid of pids()) signal(pid, 'SIGTERM')
      const until = realTime.monotonicMs() + graceMs
      while (pids().length > 0 && realTime.monotonicMs() < until) await realTime.sleep(KILL_AGAIN_MS)
    }
    await this.killAll(attempt, known)
    const container = running ? undefined : containerOf(this.folder(attempt))
    if (container) endContainer(container, undefined)
    await running?.ended
  }

  log(attempt: string): AttemptLog {
    return new AttemptLog(this.logFile(attempt))
  }

  /** Lets go of all attempts: they run on, and are found again. */
  stop(): void {
    this.watch?.cancel()
    for (const { child } of this.running.values()) child?.unref()
    this.running.clear()
  }

  private get cgroups(): Cgroups {
    this.made ??= new Cgroups()
    return this.made
  }

  /** In a container where there is Docker or Podman; else here, in control groups where they can be made. */
  private async prepare(launch: Launch) {
    const { attempt, image, command, env, envHere } = launch
    const bounds: Bounds = { ...launch, processesMax: PROCESSES_MAX }
    const found = await this.containers.find()
    if ('program' in found) {
      const run = { program: found.program, name: containerName(this.workspace, attempt) }
      keepContainer(this.folder(attempt), run)
      const execution: Execution = {
        runtime: run.program,
        enforced: ['memory', 'pids', 'cpu'],
        note: `The image ${image} runs in a container of ${run.program}.`,
      }
      return { execution, groups: [], ...containerCommand(run, { image, command, env: { ...env }, bounds }) }
    }
    if (command.length === 0)
      throw new Error(`No command is given, and that of the image ${image} is not known here: ${found.why}`)
    const enforced = this.cgroups.controllers
    const groups = this.cgroups.make(`millrace-${attempt.replaceAll(/[:/]/g, '-')}`, bounds)
    const limit = String((bounds.memoryMiB + RLIMIT_SPARE_MIB) * 1024)
    const bounded = ['/bin/sh', '-c', 'ulimit -d "$0" 2>/dev/null; exec "$@"', limit, ...command]
    return {
      execution: { runtime: 'process' as const, enforced, note: noteOf(image, found.why, enforced) },
      groups,
      command: enforced.includes('memory') ? command : bounded,
      env: { ...envHere, ...env },
    }
  }

  private register(attempt: string, known: Pick<Running, 'memoryMiB' | 'groups' | 'child'>): Running {
    let end: (ending: Ending) => void = () => {}
    const ended = new Promise<Ending>((resolve) => {
      end = resolve
    })
    const running: Running = { ...known, end, ended }
    this.running.set(attempt, running)
    this.watch ??= realTime.every(LOOK_EVERY_MS, () => this.lookAfter())
    return running
  }

  /** The leader has ended: what it left behind ends too. */
  private async settle(attempt: string): Promise<void> {
    const running = this.running.get(attempt)
    if (!running) return
    this.running.delete(attempt)
    if (this.running.size === 0) {
      this.watch?.cancel()
      this.watch = undefined
    }
    await this.killAll(attempt, running)
    const ending = { ...this.exitOf(attempt, running), ...running.cause }
    const container = containerOf(this.folder(attempt))
    const isKilledForMemory =
      ending.exitCode !== 0 && oomKillsOf(running.groups, join(this.folder(attempt), 'events')) > 0
    const reason = container ? endContainer(container, ending.exitCode) : isKilledForMemory ? OUT_OF_MEMORY : undefined
    const refused = refusedForksOf(running.groups)
    if (refused > 0)
      this.log(attempt).append(
        `[millrace] ${PROCESSES_MAX} processes at once are the most: ${refused} more were refused.`,
      )
    await removeSoon(running.groups)
    running.end({ ...(reason !== undefined && { reason }), ...ending })
  }

  private async killAll(attempt: string, known: Pick<Running, 'groups' | 'child'>): Promise<void> {
    let left = this.pidsOf(attempt, known)
    if (left.length > 0) forbidForks(known.groups)
    for (; left.length > 0; left = this.pidsOf(attempt, known)) {
      for (const pid of left) signal(pid, 'SIGKILL')
      await realTime.sleep(KILL_AGAIN_MS)
    }
  }

  private exitOf(attempt: string, { child }: Running): Ending {
    const file = join(this.folder(attempt), 'exit')
    if (existsSync(file)) return { exitCode: Number(readFileSync(file, 'utf8')) }
    if (child?.signalCode) return { exitCode: SIGKILL_CODE }
    return { unseen: true }
  }

  /** A control group knows its members; elsewhere, and for the leader after a restart, all processes are looked at. */
  private pidsOf(attempt: string, { groups, child }: Pick<Running, 'groups' | 'child'>): number[] {
    const leader = child?.pid !== undefined && child.exitCode === null && child.signalCode === null ? [child.pid] : []
    if (!canLook) return leader.filter(isAlive).map((pid) => -pid)
    if (child && groups.length > 0) return [...membersOf(groups), ...leader]
    const looked = this.processes.look().flatMap((look) => (look.attempt === attempt ? [look.pid] : []))
    return [...new Set([...membersOf(groups), ...looked])]
  }

  private lookAfter(): void {
    const isNeeded = [...this.running.values()].some(({ groups, child }) => groups.length === 0 || !child)
    const sums = new Map<string, { bytes: number; count: number }>()
    for (const { attempt, bytes } of isNeeded ? this.processes.look() : []) {
      const sum = sums.get(attempt) ?? { bytes: 0, count: 0 }
      sums.set(attempt, { bytes: sum.bytes + bytes, count: sum.count + 1 })
    }
    for (const [attempt, running] of this.running) {
      const sum = sums.get(attempt)
      this.log(attempt).bound()
      // Only its own parent hears that a process ends.
      if (!running.child && !sum) void this.settle(attempt)
      if (!sum || running.cause || running.groups.length > 0) continue
      if (sum.bytes > running.memoryMiB * MIB) void this.kill(attempt, 0, { reason: OUT_OF_MEMORY })
      else if (sum.count > PROCESSES_MAX) void this.kill(attempt, 0, { reason: `More than ${PROCESSES_MAX} processes` })
    }
  }

  private groupsOf(attempt: string): string[] {
    const file = join(this.folder(attempt), 'groups')
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((group) => group !== '' && existsSync(group))
  }

  private logFile(attempt: string): string {
    return join(this.folder(attempt), 'log')
  }

  private folder(attempt: string): string {
    return join(this.directory, ...attempt.replaceAll(':', '_').split('/'))
  }
}

const BOUNDED = { memory: 'memory', pids: 'processes', cpu: 'vCPUs' } as const

/** What is in force, for people. */
function noteOf(image: string, why: string, enforced: Execution['enforced']): string {
  const bounded = enforced.map((controller) => BOUNDED[controller]).join(', ')
  const bounds =
    bounded === '' ? 'No control group can be made: memory and processes are watched' : `The kernel bounds ${bounded}`
  return `The command runs on this machine; the image ${image} is not used (${why}). ${bounds}.`
}

/** The kernel lets go of a group a moment after its last process. */
async function removeSoon(groups: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 10 && !removeGroups(groups); tries++) await realTime.sleep(KILL_AGAIN_MS / 4)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
