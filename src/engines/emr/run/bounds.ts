import { totalmem } from 'node:os'
import type { Bounds } from '../../kit/node/process/cgroups.ts'
import type { Ending } from '../../kit/node/process/launcher.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Cluster, Instance, Resources } from '../contract.ts'
import { instanceType, yarnOf } from '../model/instance-types.ts'

/** Between SIGTERM and SIGKILL, real time. */
export const GRACE_MS = 5000
/** Threads count, of which a program of the JVM has hundreds. */
const PROCESSES_MAX = 4096
const MIB = 1024 * 1024

/** What processes on a node may have together: what YARN has of it, and no more than this machine has. */
export function resourcesOf({ type }: Pick<Instance, 'type'>, cluster: Pick<Cluster, 'configurations'>): Resources {
  const { containers: vcpus, memoryMiB } = yarnOf(instanceType(type), cluster)
  return { vcpus, memoryMiB: Math.min(memoryMiB, Math.floor(totalmem() / MIB)) }
}

export const boundsOf = (resources: Resources): Bounds => ({
  ...resources,
  isCpuHard: false,
  processesMax: PROCESSES_MAX,
})

/** Its exit code; throws where it did not come to one by itself. */
export function exitCodeOf({ exitCode, exceeded }: Ending, { memoryMiB, processesMax }: Bounds): number {
  const most = exceeded === 'memory' ? `${memoryMiB} MiB of memory` : `${processesMax} processes`
  if (exceeded) throw new EngineError('OutOfMemoryError', `It was killed: its node has no more than ${most} for it.`)
  if (exitCode === undefined)
    throw new EngineError('StepFailed', 'Millrace ended while it ran, and nobody saw how it ended.')
  return exitCode
}
