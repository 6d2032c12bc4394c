import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { realTime } from '../real-time.ts'
import { type Bounds, Cgroups, forbidForks, membersOf, oomKillsOf, refusedForksOf, removeGroups } from './cgroups.ts'
import { ProcessLog } from './log.ts'
import { canLook, isAlive, Processes } from './look.ts'
import { Spawner } from './spawner.ts'

const LOOK_EVERY_MS = 250
const KILL_AGAIN_MS = 20
const MIB = 1024 * 1024
const SIGKILL_CODE = 137
/** Data segments of one process where no control group bounds it: stacks of threads count, which are reserved and hardly used. */
const RLIMIT_SPARE_MIB = 1024

export interface Launch {
  /** Each part between slashes is a folder. */
  readonly id: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** None where something else bounds it, as a container does. */
  readonly bounds?: Bounds
}

/** How a process ended. */
export interface Ending {
  readonly exitCode?: number
  /** It was killed since it wanted more than that. */
  readonly exceeded?: 'memory' | 'processes'
  /** So many new processes were refused to it. */
  readonly refusedForks?: number
  /** Nobody saw how: it was gone when Millrace came back. */
  readonly unseen?: true
}

type Watched = Pick<Bounds, 'memoryMiB' | 'processesMax'>

interface Running {
  readonly groups: readonly string[]
  readonly bounds?: Watched | undefined
  /** Its first process, where we hear of its end: not that of one that an earlier Millrace started. */
  leader?: { readonly pid: number; hasEnded: boolean; isMissed: boolean } | undefined
  readonly end: (ending: Ending) => void
  readonly ended: Promise<Ending>
  /** Why it was killed, where it was. */
  cause?: Ending
}

export interface LauncherParts {
  /** The variable by which a process is known, wherever it has moved to; one for each engine. */
  readonly mark: string
  readonly workspace: string
  /** Holds a folder for each process, with what it wrote, and `work`, where it runs. */
  readonly directory: string
  /** Has `launch.sh` and `start.sh`. */
  readonly scripts: string
  /** Names of the files that standard output and standard error go to. */
  readonly outputs: readonly [stdout: string, stderr: string]
}

/**
 * Processes that outlive Millrace: each is the leader of a session of its own with its own folder, and writes its output and its exit code into files,
 * so that it is found again. A control group bounds it; where none can be made, memory and processes are bounded by looking (Linux). What it writes
 * is bounded by looking everywhere.
 */
export class Launcher {
  private readonly parts: LauncherParts
  private readonly processes: Processes
  private readonly spawner: Spawner
  private made: Cgroups | undefined
  private readonly running = new Map<string, Running>()
  private watch: { cancel(): void } | undefined

  constructor(parts: LauncherParts) {
    this.parts = parts
    this.processes = new Processes(parts.mark, parts.workspace)
    this.spawner = new Spawner(join(parts.scripts, 'start.sh'))
  }

  /** What the kernel bounds here. */
  get controllers() {
    return this.cgroups.controllers
  }

  folder(id: string): string {
    return join(this.parts.directory, ...id.replaceAll(':', '_').split('/'))
  }

  /** Where it runs; made if it is not there. */
  workFolder(id: string): string {
    const work = join(this.folder(id), 'work')
    mkdirSync(work, { recursive: true })
    return work
  }

  /** Starts the process; the promise inside tells how it ends. Throws where it cannot be started. */
  async start({ id, command, env, bounds }: Launch): Promise<{ ended: Promise<Ending> }> {
    const folder = this.folder(id)
    const directory = this.workFolder(id)
    const groups = bounds ? this.cgroups.make(nameHere(this.parts.workspace, id), bounds) : []
    writeFileSync(join(folder, 'groups'), groups.map((group) => `${group}\n`).join(''))
    const argv = bounds && !this.controllers.includes('memory') ? limited(bounds, command) : command
    const [stdout, stderr] = this.parts.outputs.map((name) => join(folder, name))
    const { pid, ended: left } = await this.spawner.start({
      command: ['/bin/sh', join(this.parts.scripts, 'launch.sh'), folder, String(process.pid), ...argv],
      env: { ...env, [this.parts.mark]: this.processes.markOf(id) },
      directory,
      outputs: [stdout, stderr],
    })
    const leader = { pid, hasEnded: false, isMissed: false }
    const running = this.register(id, { groups, bounds, leader })
    void left.then((exitCode) => {
      leader.hasEnded = true
      if (exitCode === undefined) running.leader = undefined
      else void this.settle(id, { exitCode })
    })
    return { ended: running.ended }
  }

  /** Those of this workspace that are alive, as after a restart. */
  alive(): Set<string> {
    return new Set(this.processes.look().map(({ attempt }) => attempt))
  }

  /** Whether its command may have run. */
  hasBegun(id: string): boolean {
    return existsSync(join(this.folder(id), 'begun'))
  }

  isRunning(id: string): boolean {
    return this.running.has(id)
  }

  /** Takes up what another Millrace began. One that has ended meanwhile ends at once. */
  adopt(id: string, bounds?: Watched): Promise<Ending> {
    return this.register(id, { groups: this.groupsOf(id), bounds }).ended
  }

  /** SIGTERM, then SIGKILL to what is left after `graceMs`, real time. Comes back when no process of it is left. */
  kill(id: string, graceMs: number): Promise<void> {
    return this.end(id, graceMs, {})
  }

  /** Ends all whose ids begin with this one. */
  async killUnder(id: string, graceMs: number): Promise<void> {
    const ids = new Set([...this.alive(), ...this.running.keys()].filter((each) => each.startsWith(`${id}/`)))
    await Promise.all([...ids].map((each) => this.kill(each, graceMs)))
  }

  /** Lets go of all: they run on, and are found again. */
  stop(): void {
    this.watch?.cancel()
    this.running.clear()
    this.spawner.stop()
  }

  private get cgroups(): Cgroups {
    this.made ??= new Cgroups()
    return this.made
  }

  private async end(id: string, graceMs: number, cause: Ending): Promise<void> {
    const running = this.running.get(id)
    if (running) running.cause ??= { exitCode: SIGKILL_CODE, ...cause }
    const known = running ?? { groups: this.groupsOf(id) }
    if (graceMs > 0) {
      for (const pid of this.pidsOf(id, known)) signal(pid, 'SIGTERM')
      const until = realTime.monotonicMs() + graceMs
      while (this.pidsOf(id, known).length > 0 && realTime.monotonicMs() < until) await realTime.sleep(KILL_AGAIN_MS)
    }
    await this.killAll(id, known)
    await running?.ended
  }

  private register(id: string, known: Pick<Running, 'groups' | 'bounds' | 'leader'>): Running {
    let end: (ending: Ending) => void = () => {}
    const ended = new Promise<Ending>((resolve) => {
      end = resolve
    })
    const running: Running = { ...known, end, ended }
    this.running.set(id, running)
    this.watch ??= realTime.every(LOOK_EVERY_MS, () => this.lookAfter())
    return running
  }

  /** The leader has ended: what it left behind ends too. */
  private async settle(id: string, exit: Ending): Promise<void> {
    const running = this.running.get(id)
    if (!running) return
    this.running.delete(id)
    if (this.running.size === 0) {
      this.watch?.cancel()
      this.watch = undefined
    }
    await this.killAll(id, running)
    this.boundOutputs(id)
    const ending = { ...exit, ...running.cause }
    const isOutOfMemory = ending.exitCode !== 0 && oomKillsOf(running.groups, join(this.folder(id), 'events')) > 0
    const refusedForks = refusedForksOf(running.groups)
    await removeSoon(running.groups)
    running.end({ ...(isOutOfMemory && { exceeded: 'memory' }), ...(refusedForks > 0 && { refusedForks }), ...ending })
  }

  private async killAll(id: string, known: Pick<Running, 'groups' | 'leader'>): Promise<void> {
    let left = this.pidsOf(id, known)
    if (left.length > 0) forbidForks(known.groups)
    for (; left.length > 0; left = this.pidsOf(id, known)) {
      for (const pid of left) signal(pid, 'SIGKILL')
      await realTime.sleep(KILL_AGAIN_MS)
    }
  }

  /** What it left behind; nothing where the machine went down before it was whole. */
  private exitOf(id: string): Ending {
    const file = join(this.folder(id), 'exit')
    const code = existsSync(file) ? readFileSync(file, 'utf8') : ''
    return code === '' ? { unseen: true } : { exitCode: Number(code) }
  }

  /** A control group knows its members; elsewhere, and for the leader after a restart, all processes are looked at. */
  private pidsOf(id: string, { groups, leader }: Pick<Running, 'groups' | 'leader'>): number[] {
    const first = leader && !leader.hasEnded ? [leader.pid] : []
    if (!canLook) return first.filter(isAlive).map((pid) => -pid)
    if (leader && groups.length > 0) return [...membersOf(groups), ...first]
    const looked = this.processes.look().flatMap(({ attempt, pid }) => (attempt === id ? [pid] : []))
    return [...new Set([...membersOf(groups), ...looked])]
  }

  private lookAfter(): void {
    const isNeeded = [...this.running.values()].some(({ groups, leader }) => groups.length === 0 || !leader)
    const sums = new Map<string, { bytes: number; count: number }>()
    for (const { attempt, bytes } of isNeeded ? this.processes.look() : []) {
      const sum = sums.get(attempt) ?? { bytes: 0, count: 0 }
      sums.set(attempt, { bytes: sum.bytes + bytes, count: sum.count + 1 })
    }
    for (const [id, { groups, bounds, leader, cause }] of this.running) {
      this.boundOutputs(id)
      const sum = sums.get(id)
      if (!leader && !sum) void this.settle(id, this.exitOf(id))
      // Who tells of its end may have been killed by it: then that comes neither before this look nor before the next.
      if (leader && !leader.hasEnded && !isAlive(leader.pid)) {
        leader.hasEnded = leader.isMissed
        leader.isMissed = true
        if (leader.hasEnded) void this.settle(id, this.exitOf(id))
      }
      if (!sum || !bounds || cause || groups.length > 0) continue
      if (sum.bytes > bounds.memoryMiB * MIB) void this.end(id, 0, { exceeded: 'memory' })
      else if (sum.count > bounds.processesMax) void this.end(id, 0, { exceeded: 'processes' })
    }
  }

  private boundOutputs(id: string): void {
    for (const name of new Set(this.parts.outputs)) new ProcessLog(join(this.folder(id), name)).bound()
  }

  private groupsOf(id: string): string[] {
    const file = join(this.folder(id), 'groups')
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((group) => group !== '' && existsSync(group))
  }
}

/** A name on this machine: of two copies of a workspace, which may come to the same ids, each has its own. */
export const nameHere = (workspace: string, id: string): string =>
  `millrace-${createHash('sha256').update(workspace).digest('hex').slice(0, 8)}-${id.replaceAll(/[:/]/g, '-')}`

const limited = ({ memoryMiB }: Bounds, command: readonly string[]): string[] => {
  const limit = String((memoryMiB + RLIMIT_SPARE_MIB) * 1024)
  return ['/bin/sh', '-c', 'ulimit -d "$0" 2>/dev/null; exec "$@"', limit, ...command]
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
