import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { canLook, Processes } from '../../kit/node/processes.ts'
import { realTime } from '../../kit/node/real-time.ts'

/** The variable by which a process is known as part of a step or a bootstrap action, wherever it has moved to. */
const MARK = 'MILLRACE_EMR_PROCESS'
const LOOK_EVERY_MS = 250
const KILL_AGAIN_MS = 20
/** Between SIGTERM and SIGKILL, real time. */
const GRACE_MS = 5000
/** Of each output the last part is kept: this much, and as much again before it. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

export interface Launch {
  readonly id: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** How a process ended. `unseen` where nobody saw how: it was gone when Millrace came back. */
export interface Ending {
  readonly exitCode?: number
  readonly unseen?: true
}

interface Running {
  readonly child?: ChildProcess
  readonly ended: Promise<Ending>
  readonly end: (ending: Ending) => void
}

/**
 * Steps and bootstrap actions as processes. Each leads a session of its own in a folder `<id>`, outlives Millrace, and writes `stdout`, `stderr` and
 * its exit code into files, so that it is found again.
 */
export class StepProcesses {
  private readonly directory: string
  private readonly script: string
  private readonly processes: Processes
  private readonly running = new Map<string, Running>()
  private watch: { cancel(): void } | undefined

  /** `directory` holds their folders, by id; `script` is `process.sh`. */
  constructor(directory: string, script: string, workspace: string) {
    this.directory = directory
    this.script = script
    this.processes = new Processes(MARK, workspace)
  }

  folder(id: string): string {
    return join(this.directory, ...id.split('/'))
  }

  /** Where it runs; made if it is not there. */
  workFolder(id: string): string {
    const work = join(this.folder(id), 'work')
    mkdirSync(work, { recursive: true })
    return work
  }

  /** Starts the process; the promise inside tells how it ends. Throws where it cannot be started. */
  async start({ id, command, env }: Launch): Promise<{ ended: Promise<Ending> }> {
    const cwd = this.workFolder(id)
    const [stdout, stderr] = ['stdout', 'stderr'].map((name) => openSync(join(this.folder(id), name), 'a'))
    const child = spawn('/bin/sh', [this.script, this.folder(id), ...command], {
      cwd,
      env: { ...env, [MARK]: this.processes.markOf(id) },
      stdio: ['ignore', stdout, stderr],
      detached: true,
    })
    closeSync(stdout)
    closeSync(stderr)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    const { ended } = this.register(id, child)
    child.once('exit', () => void this.settle(id))
    return { ended }
  }

  /** Whether its command may have run. */
  hasBegun(id: string): boolean {
    return existsSync(join(this.folder(id), 'begun')) || this.alive().has(id)
  }

  /** Of this workspace, as after a restart. */
  alive(): Set<string> {
    return new Set(this.processes.look().map(({ attempt }) => attempt))
  }

  /** Takes up what another Millrace began. One that has ended meanwhile ends at once. */
  adopt(id: string): Promise<Ending> {
    return this.register(id).ended
  }

  /** SIGTERM, and SIGKILL to what is left after a while. Comes back when no process of it is left. */
  async kill(id: string): Promise<void> {
    for (const pid of this.pidsOf(id)) signal(pid, 'SIGTERM')
    const until = realTime.monotonicMs() + GRACE_MS
    while (this.pidsOf(id).length > 0 && realTime.monotonicMs() < until) await realTime.sleep(KILL_AGAIN_MS)
    await this.killAll(id)
    await this.running.get(id)?.ended
  }

  /** Ends all whose ids begin with this one. */
  async killUnder(id: string): Promise<void> {
    const ids = new Set([...this.alive(), ...this.running.keys()].filter((each) => each.startsWith(`${id}/`)))
    await Promise.all([...ids].map((each) => this.kill(each)))
  }

  /** Lets go of all: they run on, and are found again. */
  stop(): void {
    this.watch?.cancel()
    for (const { child } of this.running.values()) child?.unref()
    this.running.clear()
  }

  private register(id: string, child?: ChildProcess): Running {
    let end: (ending: Ending) => void = () => {}
    const ended = new Promise<Ending>((resolve) => {
      end = resolve
    })
    const running: Running = { end, ended, ...(child && { child }) }
    this.running.set(id, running)
    this.watch ??= realTime.every(LOOK_EVERY_MS, () => this.lookAfter())
    return running
  }

  /** The leader has ended: what it left behind ends too. */
  private async settle(id: string): Promise<void> {
    const running = this.running.get(id)
    if (!running) return
    this.running.delete(id)
    if (this.running.size === 0) {
      this.watch?.cancel()
      this.watch = undefined
    }
    await this.killAll(id)
    const file = join(this.folder(id), 'exit')
    if (existsSync(file)) running.end({ exitCode: Number(readFileSync(file, 'utf8')) })
    else if (running.child?.signalCode) running.end({ exitCode: 137 })
    else running.end({ unseen: true })
  }

  private async killAll(id: string): Promise<void> {
    for (let left = this.pidsOf(id); left.length > 0; left = this.pidsOf(id)) {
      for (const pid of left) signal(pid, 'SIGKILL')
      await realTime.sleep(KILL_AGAIN_MS)
    }
  }

  private pidsOf(id: string): number[] {
    const leader = this.running.get(id)?.child
    const runs = leader?.pid !== undefined && leader.exitCode === null && leader.signalCode === null
    if (!canLook) return runs ? [-leader.pid!] : []
    return this.processes.look().flatMap(({ attempt, pid }) => (attempt === id ? [pid] : []))
  }

  private lookAfter(): void {
    const alive = this.alive()
    for (const [id, { child }] of this.running) {
      for (const name of ['stdout', 'stderr']) bound(join(this.folder(id), name))
      // Only its own parent hears that a process ends.
      if (!child && !alive.has(id)) void this.settle(id)
    }
  }
}

/** The process goes on writing to the same file, at its new end. */
function bound(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < OUTPUT_BYTES_MAX) return
  copyFileSync(file, `${file}.1`)
  truncateSync(file)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already.
  }
}
