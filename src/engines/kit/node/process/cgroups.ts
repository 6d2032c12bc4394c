import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const CONTROLLERS = ['memory', 'pids', 'cpu'] as const
export type Controller = (typeof CONTROLLERS)[number]

export interface Bounds {
  readonly vcpus: number
  /** On Fargate a task has its vCPUs and no more; on EC2 they are its share when others want them too. */
  readonly isCpuHard: boolean
  readonly memoryMiB: number
  readonly processesMax: number
}

const MIB = 1024 * 1024
const SHARES_PER_VCPU = 1024
const PERIOD_US = 100_000

/** A folder in which groups can be made, and what it bounds. */
interface Parent {
  readonly directory: string
  readonly version: 1 | 2
  readonly controllers: readonly Controller[]
}

/**
 * Control groups for processes, inside the group in which Millrace itself runs (version 1), or beside it (version 2, whose groups have either
 * processes or children): what bounds Millrace bounds its jobs too. Linux kernel documentation, "cgroup-v1" and "cgroup-v2".
 */
export class Cgroups {
  private readonly parents: readonly Parent[]

  /** `proc` is `/proc/self`: where groups are mounted, and which are ours. Those that cannot be written are left out. */
  constructor(proc = '/proc/self') {
    this.parents = parentsOf(proc).filter(({ directory, controllers, version }) =>
      isWritable(directory, controllers, version),
    )
  }

  /** What the kernel enforces here; empty where no group can be made. */
  get controllers(): Controller[] {
    return CONTROLLERS.filter((name) => this.parents.some(({ controllers }) => controllers.includes(name)))
  }

  /** Groups for one launch: the folders whose `cgroup.procs` its process writes itself into. */
  make(name: string, bounds: Bounds): string[] {
    return this.parents.map(({ directory, version, controllers }) => {
      const group = join(directory, name)
      mkdirSync(group, { recursive: true })
      for (const controller of controllers)
        for (const [file, value] of settings(controller, version, bounds)) writeFileSync(join(group, file), value)
      return group
    })
  }
}

/** All processes in a launch's groups. */
export function membersOf([group]: readonly string[]): number[] {
  return read(group && join(group, 'cgroup.procs'))
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
}

/** How often the kernel ended a process of the launch for its memory; `kept` is what the groups knew, where they are gone. */
export const oomKillsOf = (groups: readonly string[], kept: string): number =>
  sum(
    [...groups.flatMap((group) => [join(group, 'memory.oom_control'), join(group, 'memory.events')]), kept],
    /^oom_kill (\d+)/m,
  )

/** How often it refused a new one. */
export const refusedForksOf = (groups: readonly string[]): number =>
  sum(
    groups.map((group) => join(group, 'pids.events')),
    /^max (\d+)/m,
  )

/** From now on none of them starts another, so that all can be killed. */
export function forbidForks(groups: readonly string[]): void {
  for (const group of groups) if (existsSync(join(group, 'pids.max'))) writeFileSync(join(group, 'pids.max'), '0')
}

/** An empty group goes; one that is still let go of by the kernel stays until asked again. */
export function removeGroups(groups: readonly string[]): boolean {
  return groups.map((group) => !existsSync(group) || attempted(() => rmdirSync(group))).every(Boolean)
}

/** Files of a group, and what is written to them. */
export function settings(controller: Controller, version: 1 | 2, bounds: Bounds): [file: string, value: string][] {
  const bytes = String(bounds.memoryMiB * MIB)
  const shares = Math.max(2, Math.round(bounds.vcpus * SHARES_PER_VCPU))
  const quota = Math.round(bounds.vcpus * PERIOD_US)
  if (controller === 'pids') return [['pids.max', String(bounds.processesMax)]]
  if (controller === 'memory')
    return version === 1
      ? [['memory.limit_in_bytes', bytes]]
      : [
          ['memory.max', bytes],
          ['memory.swap.max', '0'],
        ]
  if (version === 1) return bounds.isCpuHard ? [['cpu.cfs_quota_us', String(quota)]] : [['cpu.shares', String(shares)]]
  const weight = Math.min(10_000, Math.round(1 + ((shares - 2) * 9999) / 262_142))
  return bounds.isCpuHard ? [['cpu.max', `${quota} ${PERIOD_US}`]] : [['cpu.weight', String(weight)]]
}

/** Where groups could be made, by the mounts and the groups of a process. */
export function parentsOf(proc: string): Parent[] {
  const own = new Map(
    read(join(proc, 'cgroup'))
      .split('\n')
      .flatMap((line) => {
        const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
        return names === undefined ? [] : names.split(',').map((name): [string, string] => [name, path])
      }),
  )
  return read(join(proc, 'mountinfo'))
    .split('\n')
    .flatMap((line): Parent[] => {
      const [before, after = ''] = line.split(' - ')
      const [, , , root, point] = before.split(' ')
      const [type, , options = ''] = after.split(' ')
      const within = (path: string) => join(point, path.startsWith(root) ? path.slice(root.length) : path)
      if (type === 'cgroup2') {
        const home = within(own.get('') ?? '/')
        return [dirname(home), home].map((directory) => ({ directory, version: 2, controllers: heldBy(directory) }))
      }
      if (type !== 'cgroup') return []
      const controllers = CONTROLLERS.filter((name) => options.split(',').includes(name))
      return [{ directory: within(own.get(controllers[0]) ?? '/'), version: 1, controllers }]
    })
    .filter(({ controllers }) => controllers.length > 0)
    .filter(({ version }, i, all) => version === 1 || all.findIndex((other) => other.version === 2) === i)
}

/** What children of a group of version 2 are bounded by. */
function heldBy(directory: string): Controller[] {
  const names = read(join(directory, 'cgroup.subtree_control')).trim().split(' ')
  return CONTROLLERS.filter((name) => names.includes(name))
}

/** Tried, since rights, delegation and a kernel's build decide together. */
function isWritable(directory: string, controllers: readonly Controller[], version: 1 | 2): boolean {
  const probe = join(directory, `millrace-probe-${process.pid}`)
  return attempted(() => {
    mkdirSync(probe)
    try {
      const bounds = { vcpus: 1, isCpuHard: false, memoryMiB: 64, processesMax: 16 }
      for (const controller of controllers)
        for (const [file, value] of settings(controller, version, bounds)) writeFileSync(join(probe, file), value)
    } finally {
      rmdirSync(probe)
    }
  })
}

const sum = (files: readonly string[], pattern: RegExp): number =>
  files.reduce((total, file) => total + Number(pattern.exec(read(file))?.[1] ?? 0), 0)

function read(file: string | undefined): string {
  let text = ''
  attempted(() => {
    text = file === undefined ? '' : readFileSync(file, 'utf8')
  })
  return text
}

function attempted(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
