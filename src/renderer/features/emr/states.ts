import type { Cluster, ClusterState, Group, Instance, Role, StepState } from '../../../engines/emr/contract.ts'
import type { StateShape } from '../../ui/index.ts'

const CLUSTER_SHAPES: Readonly<Record<ClusterState, StateShape>> = {
  STARTING: 'starting',
  BOOTSTRAPPING: 'starting',
  RUNNING: 'running',
  WAITING: 'good',
  TERMINATING: 'draining',
  TERMINATED: 'stopped',
  TERMINATED_WITH_ERRORS: 'bad',
}

const STEP_SHAPES: Readonly<Record<StepState, StateShape>> = {
  PENDING: 'waiting',
  RUNNING: 'running',
  COMPLETED: 'good',
  CANCELLED: 'stopped',
  FAILED: 'bad',
  INTERRUPTED: 'warn',
}

export const ROLE_TITLES: Readonly<Record<Role, string>> = { MASTER: 'Primary', CORE: 'Core', TASK: 'Task' }

export const ACTION_TITLES = {
  CONTINUE: 'Continue',
  CANCEL_AND_WAIT: 'Cancel and wait',
  TERMINATE_CLUSTER: 'Terminate cluster',
} as const

export const shapeOfCluster = ({ state }: Pick<Cluster, 'state'>): StateShape => CLUSTER_SHAPES[state]
export const shapeOfStep = ({ state }: { state: StepState }): StateShape => STEP_SHAPES[state]

/** How states read: the service's words, as a person would write them. */
export const stateTitle = (state: string): string =>
  (state.charAt(0) + state.slice(1).toLowerCase()).replaceAll('_', ' ')

export const hasEnded = ({ state }: Pick<Cluster, 'state'>): boolean =>
  state === 'TERMINATED' || state === 'TERMINATED_WITH_ERRORS'

/** Something may still be done to it. */
export const isLive = ({ state }: Pick<Cluster, 'state'>): boolean => !state.startsWith('TERMINAT')

export const stepEnded = (state: StepState): boolean => state !== 'PENDING' && state !== 'RUNNING'

/** How it is paid for; `reserved`: in the place of a reserved instance. */
export const marketTitle = ({ market }: Pick<Instance, 'market'>, reserved: boolean): string =>
  market === 'SPOT' ? 'Spot' : reserved ? 'Reserved' : 'On demand'

/** The node of HDFS and MapReduce that an instance is. */
export const nodeOf = ({ address }: Pick<Instance, 'address'>): string => `ip-${address.replaceAll('.', '-')}`

/** It went by itself, not because nobody wanted it any more. */
export const isLost = ({ state, reason }: Instance): boolean =>
  state === 'TERMINATED' && reason?.code === 'INSTANCE_FAILURE'

export function shapeOfInstance(instance: Instance): readonly [StateShape, string] {
  if (isLost(instance)) return ['bad', 'lost']
  if (instance.state === 'TERMINATED') return ['stopped', 'terminated']
  if (instance.interruptedAtMs !== undefined) return ['warn', 'interrupted']
  if (instance.leavingByMs !== undefined) return ['draining', 'leaving']
  if (instance.state === 'RUNNING') return ['good', 'running']
  if (instance.state === 'AWAITING_FULFILLMENT') return ['waiting', 'awaits Spot']
  return ['starting', instance.state.toLowerCase()]
}

/** Nodes of a group that are there or about to be. */
export const membersOf = ({ instances }: Cluster, { id }: Pick<Group, 'id'>): Instance[] =>
  instances.filter(({ group, state }) => group === id && state !== 'TERMINATED')

export const groupTitle = ({ name, role }: Pick<Group, 'name' | 'role'>): string => name ?? ROLE_TITLES[role]
