import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { canLook, Processes } from '../../kit/node/processes.ts'
import { realTime } from '../../kit/node/real-time.ts'

const MARK = 'MILLRACE_BATCH_ATTEMPT'
const LOOK_EVERY_MS = 250
const MIB = 1024 * 1024
/** Of an attempt's log the last part is kept: this much, and as much again before it. */
const LOG_BYTES_MAX = 16 * MIB
const PROCESSES_MAX = 512
const KILL_AGAIN_MS = 20
const SIGKILL_CODE = 137

export interface Launch {
  /** `<job id>/<attempt>`. */
  readonly attempt: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly memoryMiB: number
  /** First lines of the log. */
  readonly notice?: string
}

/** How an attempt ended. `unseen` where nobody saw how: its process was gone when Millrace came back. */
export interface Ending {
  readonly exitCode?: number
  readonly reason?: string
  readonly unseen?: true
}

interface Running {
  readonly memoryMiB: number
  readonly end: (ending: Ending) => void
  readonly ended: Promise<Ending>
  readonly child?: ChildProcess
  cause?: Ending
}

/**
 * Attempts of jobs as processes: each is the leader of a session of its own with its own folder, outlives Millrace, and writes its output
 * and its exit code into files, so that it is found again. Memory, processes and log are bounded by looking (Linux).
 */
export class Attempts {
  private readonly directory: string
  private readonly script: string
  private readonly processes: Processes
  private readonly running = new Map<string, Running>()
  private watch: { cancel(): void } | undefined

  /** `directory` holds a folder for each attempt; `script` is `attempt.sh`. */
  constructor(directory: string, script: string, workspace: string) {
    this.directory = directory
    this.script = script
    this.processes = new Processes(MARK, workspace)
  }

  /** Starts the process; the promise inside tells how it ends. Throws where it cannot be started. */
  async start({ attempt, command, env, memoryMiB, notice }: Launch): Promise<{ ended: Promise<Ending> }> {
    const folder = this.folder(attempt)
    const work = join(folder, 'work')
    mkdirSync(work, { recursive: true })
    const log = openSync(this.logFile(attempt), 'a')
    if (notice !== undefined) writeSync(log, `${notice}\n`)
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
    const running = this.register(attempt, memoryMiB, child)
    child.once('exit', () => void this.settle(attempt))
    return { ended: running.ended }
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
    return this.register(attempt, memoryMiB).ended
  }

  /** SIGTERM, then SIGKILL to what is left after `graceMs`. Comes back when no process of the attempt is left. */
  async kill(attempt: string, graceMs: number, cause: Ending = {}): Promise<void> {
    const running = this.running.get(attempt)
    if (running) running.cause ??= { exitCode: SIGKILL_CODE, ...cause }
    const pids = () => this.pidsOf(attempt)
    if (graceMs > 0) {
      for (const pid of pids()) signal(pid, 'SIGTERM')
      const until = realTime.monotonicMs() + graceMs
      while (pids().length > 0 && realTime.monotonicMs() < until) await realTime.sleep(KILL_AGAIN_MS)
    }
    for (let left = pids(); left.length > 0; left = pids()) {
      for (const pid of left) signal(pid, 'SIGKILL')
      await realTime.sleep(KILL_AGAIN_MS)
    }
    await running?.ended
  }

  /** Bytes of an attempt's log from a place on; from its beginning where it has been cut since. */
  readLog(attempt: string, from: number, bytes: number): { text: string; next: number } {
    const file = this.logFile(attempt)
    if (!existsSync(file)) return { text: '', next: 0 }
    const handle = openSync(file, 'r')
    try {
      const start = from > fstatSync(handle).size ? 0 : from
      const data = Buffer.alloc(bytes)
      const read = readSync(handle, data, 0, bytes, start)
      return { text: data.toString('utf8', 0, read), next: start + read }
    } finally {
      closeSync(handle)
    }
  }

  /** Lets go of all attempts: they run on, and are found again. */
  stop(): void {
    this.watch?.cancel()
    for (const { child } of this.running.values()) child?.unref()
    this.running.clear()
  }

  private register(attempt: string, memoryMiB: number, child?: ChildProcess): Running {
    let end: (ending: Ending) => void = () => {}
    const ended = new Promise<Ending>((resolve) => {
      end = resolve
    })
    const running: Running = { memoryMiB, end, ended, ...(child && { child }) }
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
    for (let left = this.pidsOf(attempt); left.length > 0; left = this.pidsOf(attempt)) {
      for (const pid of left) signal(pid, 'SIGKILL')
      await realTime.sleep(KILL_AGAIN_MS)
    }
    running.end({ ...this.exitOf(attempt, running), ...running.cause })
  }

  private exitOf(attempt: string, { child }: Running): Ending {
    const file = join(this.folder(attempt), 'exit')
    if (existsSync(file)) return { exitCode: Number(readFileSync(file, 'utf8')) }
    if (child?.signalCode) return { exitCode: SIGKILL_CODE }
    return { unseen: true }
  }

  private pidsOf(attempt: string): number[] {
    const leader = this.running.get(attempt)?.child?.pid
    if (!canLook) return leader !== undefined && isAlive(leader) ? [-leader] : []
    return this.processes.look().flatMap((look) => (look.attempt === attempt ? [look.pid] : []))
  }

  private lookAfter(): void {
    const sums = new Map<string, { bytes: number; count: number }>()
    for (const { attempt, bytes } of this.processes.look()) {
      const sum = sums.get(attempt) ?? { bytes: 0, count: 0 }
      sums.set(attempt, { bytes: sum.bytes + bytes, count: sum.count + 1 })
    }
    for (const [attempt, running] of this.running) {
      const sum = sums.get(attempt)
      this.boundLog(attempt)
      // Only its own parent hears that a process ends.
      if (!running.child && !sum) void this.settle(attempt)
      if (!sum || running.cause) continue
      if (sum.bytes > running.memoryMiB * MIB)
        void this.kill(attempt, 0, { reason: 'OutOfMemoryError: Container killed due to memory usage' })
      else if (sum.count > PROCESSES_MAX) void this.kill(attempt, 0, { reason: `More than ${PROCESSES_MAX} processes` })
    }
  }

  /** The process goes on writing to the same file, at its new end. */
  private boundLog(attempt: string): void {
    const file = this.logFile(attempt)
    if (!existsSync(file) || statSync(file).size < LOG_BYTES_MAX) return
    copyFileSync(file, `${file}.1`)
    truncateSync(file)
  }

  private logFile(attempt: string): string {
    return join(this.folder(attempt), 'log')
  }

  private folder(attempt: string): string {
    return join(this.directory, ...attempt.replaceAll(':', '_').split('/'))
  }
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
