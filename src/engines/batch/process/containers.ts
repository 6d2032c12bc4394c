import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bounds } from '../../kit/node/process/cgroups.ts'
import { realTime } from '../../kit/node/real-time.ts'

const LOOK_MS_MAX = 5000
/** One that is started later is found after this time. */
const LOOK_AGAIN_MS = 60_000
/** The client's own exit code where no container came to be (docker run, "Exit status"). */
const NOT_STARTED_CODE = 125
/** What the client itself needs of this machine's environment. */
const OF_CLIENT = /^(PATH|HOME|XDG_RUNTIME_DIR|SSH_AUTH_SOCK|DOCKER_.*|CONTAINER_.*)$/

const PROGRAMS = {
  docker: ['info', '--format', '{{.ServerVersion}}'],
  podman: ['info', '--format', '{{.Version.Version}}'],
} as const
export type Program = keyof typeof PROGRAMS

export type Found = { readonly program: Program } | { readonly why: string }

/** Docker or Podman, where one of them answers: a client without its daemon runs nothing. */
export class Containers {
  private found: Promise<Found> | undefined
  private lookedMs = 0
  private readonly isWanted: boolean

  constructor(isWanted: boolean) {
    this.isWanted = isWanted
  }

  find(): Promise<Found> {
    const now = realTime.monotonicMs()
    if (!this.found) {
      this.lookedMs = now
      this.found = this.isWanted ? look() : Promise.resolve({ why: 'containers are switched off' })
    } else if (now - this.lookedMs > LOOK_AGAIN_MS) {
      this.lookedMs = now
      void look().then((found) => {
        this.found = Promise.resolve(this.isWanted ? found : { why: 'containers are switched off' })
      })
    }
    return this.found
  }
}

async function look(): Promise<Found> {
  const whys: string[] = []
  for (const program of Object.keys(PROGRAMS) as Program[]) {
    const why = await new Promise<string | undefined>((resolve) => {
      execFile(program, PROGRAMS[program], { timeout: LOOK_MS_MAX }, (error, stdout) => {
        if (!error && stdout.trim() !== '') resolve(undefined)
        else if (error && 'code' in error && error.code === 'ENOENT') resolve(`${program} is not installed`)
        else resolve(`${program} is installed, but its service does not answer`)
      })
    })
    if (why === undefined) return { program }
    whys.push(why)
  }
  return { why: whys.join('; ') }
}

export interface ContainerRun {
  readonly program: Program
  readonly name: string
}

/** How a container of an attempt is started, and what its client sees of an environment: values are no part of the command line. */
export function containerCommand(
  { program, name }: ContainerRun,
  {
    image,
    command,
    env,
    bounds,
  }: { image: string; command: readonly string[]; env: Record<string, string>; bounds: Bounds },
): { command: string[]; env: Record<string, string> } {
  const cpu = bounds.isCpuHard
    ? ['--cpus', String(bounds.vcpus)]
    : ['--cpu-shares', String(Math.max(2, Math.round(bounds.vcpus * 1024)))]
  const memory = `${bounds.memoryMiB}m`
  const limits = ['--memory', memory, '--memory-swap', memory, '--pids-limit', String(bounds.processesMax), ...cpu]
  const ofClient = Object.entries(process.env).filter(([key]) => OF_CLIENT.test(key)) as [string, string][]
  const own = new Map(ofClient)
  const variables = Object.entries(env).flatMap(([key, value]) => ['--env', own.has(key) ? `${key}=${value}` : key])
  return {
    // Jobs on EC2 share the network of their host, so that AWS_ENDPOINT_URL leads to the same place.
    command: [program, 'run', '--name', name, '--network', 'host', ...limits, ...variables, image, ...command],
    env: { ...env, ...Object.fromEntries(own) },
  }
}

/** Kept in the attempt's folder, so that its container is found again. */
export function keepContainer(folder: string, run: ContainerRun): void {
  writeFileSync(join(folder, 'container'), JSON.stringify(run))
}

export function containerOf(folder: string): ContainerRun | undefined {
  const file = join(folder, 'container')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ContainerRun) : undefined
}

/** Removes an attempt's container, running or not; says why it ended where its client's exit code does not. */
export function endContainer({ program, name }: ContainerRun, exitCode: number | undefined): string | undefined {
  const ask = (...args: string[]) => {
    try {
      return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe', timeout: LOOK_MS_MAX * 6 }).trim()
    } catch {
      return ''
    }
  }
  const isOutOfMemory = ask('inspect', '--format', '{{.State.OOMKilled}}', name) === 'true'
  ask('rm', '--force', name)
  if (isOutOfMemory) return 'OutOfMemoryError: Container killed due to memory usage'
  return exitCode === NOT_STARTED_CODE ? 'CannotStartContainerError: see the log' : undefined
}
