import { join } from 'node:path'
import type { Bounds } from '../../kit/node/process/cgroups.ts'
import { Launcher, nameHere, type Ending as ProcessEnding } from '../../kit/node/process/launcher.ts'
import { ProcessLog } from '../../kit/node/process/log.ts'
import type { Execution } from '../contract.ts'
import { Containers, containerCommand, containerOf, endContainer, keepContainer } from './containers.ts'

const PROCESSES_MAX = 512
const LOG = 'log'

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

const EXCEEDED = {
  memory: 'OutOfMemoryError: Container killed due to memory usage',
  processes: `More than ${PROCESSES_MAX} processes`,
} as const

/** Attempts of jobs: in a container where there is Docker or Podman, else as processes of this machine. */
export class Attempts {
  private readonly workspace: string
  private readonly launcher: Launcher
  private readonly containers: Containers

  /** `directory` holds a folder for each attempt; `scripts` those by which processes start. */
  constructor(directory: string, scripts: string, workspace: string) {
    this.workspace = workspace
    this.launcher = new Launcher({ mark: 'MILLRACE_BATCH_ATTEMPT', workspace, directory, scripts, outputs: [LOG, LOG] })
    this.containers = new Containers(process.env.MILLRACE_CONTAINERS !== 'none')
  }

  /** Starts the process; the promise inside tells how it ends. Throws where it cannot be started. */
  async start(launch: Launch): Promise<{ execution: Execution; ended: Promise<Ending> }> {
    const { attempt } = launch
    this.launcher.workFolder(attempt)
    const { execution, ...prepared } = await this.prepare(launch)
    this.log(attempt).append(`[millrace] ${execution.note}`)
    const { ended } = await this.launcher.start({ id: attempt, ...prepared })
    return { execution, ended: ended.then((ending) => this.ended(attempt, ending)) }
  }

  /** Attempts of this workspace that are still alive, as after a restart. */
  alive(): Set<string> {
    return this.launcher.alive()
  }

  /** Whether its command may have run. */
  hasBegun(attempt: string): boolean {
    return this.launcher.hasBegun(attempt)
  }

  /** Takes up an attempt that another Millrace began. One that has ended meanwhile ends at once. */
  async adopt(attempt: string, memoryMiB: number): Promise<Ending> {
    const bounds = containerOf(this.launcher.folder(attempt)) ? undefined : { memoryMiB, processesMax: PROCESSES_MAX }
    return this.ended(attempt, await this.launcher.adopt(attempt, bounds))
  }

  /** SIGTERM, then SIGKILL to what is left after `graceMs`. Comes back when no process of the attempt is left. */
  async kill(attempt: string, graceMs: number): Promise<void> {
    const container = this.launcher.isRunning(attempt) ? undefined : containerOf(this.launcher.folder(attempt))
    await this.launcher.kill(attempt, graceMs)
    if (container) endContainer(container, undefined)
  }

  log(attempt: string): ProcessLog {
    return new ProcessLog(join(this.launcher.folder(attempt), LOG))
  }

  /** Lets go of all attempts: they run on, and are found again. */
  stop(): void {
    this.launcher.stop()
  }

  /** In a container where there is Docker or Podman; else here, in control groups where they can be made. */
  private async prepare(launch: Launch) {
    const { attempt, image, command, env, envHere } = launch
    const bounds: Bounds = { ...launch, processesMax: PROCESSES_MAX }
    const found = await this.containers.find()
    if ('program' in found) {
      const run = { program: found.program, name: nameHere(this.workspace, attempt) }
      keepContainer(this.launcher.folder(attempt), run)
      const execution: Execution = {
        runtime: run.program,
        enforced: ['memory', 'pids', 'cpu'],
        note: `The image ${image} runs in a container of ${run.program}.`,
      }
      return { execution, ...containerCommand(run, { image, command, env: { ...env }, bounds }) }
    }
    if (command.length === 0)
      throw new Error(`No command is given, and that of the image ${image} is not known here: ${found.why}`)
    const enforced = this.launcher.controllers
    const execution: Execution = { runtime: 'process', enforced, note: noteOf(image, found.why, enforced) }
    return { execution, command, env: { ...envHere, ...env }, bounds }
  }

  private ended(attempt: string, { exceeded, refusedForks, ...ending }: ProcessEnding): Ending {
    const container = containerOf(this.launcher.folder(attempt))
    const reason = container ? endContainer(container, ending.exitCode) : exceeded && EXCEEDED[exceeded]
    if (refusedForks !== undefined)
      this.log(attempt).append(
        `[millrace] ${PROCESSES_MAX} processes at once are the most: ${refusedForks} more were refused.`,
      )
    return { ...(reason !== undefined && { reason }), ...ending }
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
