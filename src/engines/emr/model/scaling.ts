import type { ScalingPolicy } from '../contract.ts'

/** How often managed scaling looks at a cluster. */
export const LOOK_EVERY_MS = 60_000
/** What is not needed goes after so long, so that a short lull costs nothing. */
export const COOL_DOWN_MS = 300_000

/** A group or fleet as scaling sees it, in the units of the policy. */
export interface Scaled {
  readonly id: string
  readonly role: 'CORE' | 'TASK'
  readonly market: 'ON_DEMAND' | 'SPOT'
  readonly capacity: number
}

export interface Load {
  /** Containers of YARN that wait for room, and that run. */
  readonly pending: number
  readonly running: number
  /** Containers that a unit of capacity has. */
  readonly containersPerUnit: number
  /** Since when nothing has waited. */
  readonly calmMs: number
  /** Core capacity below which HDFS could not keep its replicas. */
  readonly coreMin: number
}

/**
 * The capacity that managed scaling wants of each group: by the containers that wait, within the policy's limits; task capacity comes last and
 * goes first, Spot after on-demand is exhausted. What is over a limit goes at once.
 */
export function scaleTo(groups: readonly Scaled[], { limits }: ScalingPolicy, load: Load): Map<string, number> {
  const now = sum(groups)
  const needed = Math.ceil((load.pending + load.running) / load.containersPerUnit)
  const wanted = load.pending > 0 ? Math.max(now, needed) : load.calmMs >= COOL_DOWN_MS ? Math.min(now, needed) : now
  const total = Math.min(limits.max, Math.max(limits.min, wanted))
  const coreMax = Math.min(total, limits.maxCore ?? limits.max)
  const onDemandMax = limits.maxOnDemand ?? limits.max
  const result = new Map<string, number>()
  let left = total
  let onDemandLeft = onDemandMax
  const give = (group: Scaled, most: number) => {
    const room = group.market === 'ON_DEMAND' ? Math.min(most, onDemandLeft) : most
    const capacity = Math.max(0, Math.min(left, room))
    result.set(group.id, capacity)
    left -= capacity
    if (group.market === 'ON_DEMAND') onDemandLeft -= capacity
  }
  const cores = groups.filter(({ role }) => role === 'CORE')
  const tasks = groups.filter(({ role }) => role === 'TASK').toSorted((a, b) => (a.market < b.market ? -1 : 1))
  // Core nodes hold HDFS: they grow only where there are no task nodes that could.
  const coreTarget = tasks.length > 0 ? Math.min(coreMax, Math.max(load.coreMin, Math.min(sum(cores), total))) : coreMax
  let coreLeft = Math.max(load.coreMin, coreTarget)
  for (const core of cores) {
    give(core, coreLeft)
    coreLeft -= result.get(core.id)!
  }
  for (const task of tasks) give(task, left)
  return result
}

const sum = (groups: readonly Scaled[]): number => groups.reduce((all, { capacity }) => all + capacity, 0)
