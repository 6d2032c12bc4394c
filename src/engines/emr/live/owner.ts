import type { Clients } from '../../contract.ts'
import type { EngineContext } from '../../kit/node/engine.ts'
import type { EngineEvent } from '../../kit/node/event-announcements.ts'
import type { Launcher } from '../../kit/node/process/launcher.ts'
import type { PriceTable } from '../../kit/pure/prices.ts'
import type { Cluster, Group, Instance, Step, StepInput } from '../contract.ts'
import type { Plan } from '../run/plan.ts'
import type { Runtimes } from '../run/runtimes.ts'
import type { EmrStore } from '../store.ts'

export type EmrClients = Pick<
  Clients,
  'workspace' | 'gate' | 'lake' | 'hdfs' | 'mapreduce' | 'athena' | 'cloudwatch' | 'events'
>

/** What all clusters share. */
export interface EmrParts {
  readonly context: Omit<EngineContext<unknown>, 'clients'> & { readonly clients: EmrClients }
  readonly store: EmrStore
  readonly processes: Launcher
  readonly runtimes: () => Runtimes
  /** What a step of a cluster runs. Throws where it cannot. */
  readonly plan: (step: StepInput, cluster: string) => Plan
  readonly prices: () => PriceTable
  /** Writes to the store, and tells the event bus what that means, in one. */
  readonly keep: (events: readonly EngineEvent[], write: () => void) => void
  /** Throws where the workspace is not trusted: no code of it runs. */
  readonly requireTrust: () => Promise<void>
  readonly onChange: (cluster: Cluster) => void
  readonly onStep: (step: Step) => void
}

/** A cluster that has not ended, to the parts of it: nodes, steps, scaling. */
export interface Owner {
  readonly parts: EmrParts
  readonly cluster: Cluster
  change(change: Partial<Cluster>): void
  changeGroup(id: string, change: Partial<Group>): void
  changeInstance(id: string, change: Partial<Instance>): void
  /** Looks at everything again, soon. */
  look(): void
  isWorkingAt(key: string): boolean
  /** Does it beside everything else, once at a time, and looks again when it is done; not again before `pauseMs` of engine time have passed. */
  work(key: string, act: () => Promise<void>, pauseMs?: number): void
  terminate(code: string, message: string): void
}

export const nodeOf = ({ address }: Pick<Instance, 'address'>): string => `ip-${address.replaceAll('.', '-')}`

/** Where steps run: the primary node that leads, or led when Millrace ended. */
export function primaryOf({ instances }: Pick<Cluster, 'instances'>): Instance {
  const primaries = instances.filter(({ role }) => role === 'MASTER')
  return primaries.find(({ leader }) => leader) ?? primaries[0]
}

/** Those of a role that are up. */
export const running = ({ instances }: Cluster, role?: Instance['role']): Instance[] =>
  instances.filter((instance) => instance.state === 'RUNNING' && (role === undefined || instance.role === role))

/** Where blocks and containers are: core and task nodes, or the primary node of a cluster that has nothing else. */
export function computeNodes(cluster: Cluster): Instance[] {
  const isAlone = !cluster.groups.some(({ role, state }) => role !== 'MASTER' && state !== 'TERMINATED')
  return running(cluster).filter(({ role }) => isAlone || role !== 'MASTER')
}

export function storageNodes(cluster: Cluster): Instance[] {
  const hasCore = cluster.groups.some(({ role }) => role === 'CORE')
  return running(cluster, hasCore ? 'CORE' : 'MASTER')
}
