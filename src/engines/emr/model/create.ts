import type { PriceTable } from '../../kit/pure/prices.ts'
import type { Random } from '../../kit/pure/random.ts'
import type { Cluster, ClusterInput, Group, GroupInput, Step, StepInput } from '../contract.ts'
import { invalid } from '../errors.ts'
import { instanceType } from './instance-types.ts'
import { cheapestPlace } from './zone.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const STEPS_MAX = 256

/** `j-2AXXXXXXGAPLF`, `s-…`, `ig-…`, `if-…`, `ci-…`. */
export function emrId(prefix: string, random: Random): string {
  return `${prefix}-${Array.from({ length: 13 }, () => LETTERS[random.int(LETTERS.length)]).join('')}`
}

export interface Creation {
  readonly random: Random
  readonly nowMs: number
  readonly prices: PriceTable
}

/** A cluster as it begins. Throws where it could never run. */
export function clusterOf(input: ClusterInput, { random, nowMs, prices }: Creation, encrypted: boolean): Cluster {
  const { steps: _, groups, places, ...settings } = input
  const primaries = groups.filter(({ role }) => role === 'MASTER')
  if (primaries.length !== 1) throw invalid('A cluster has exactly one primary group.', 'InstanceGroups')
  const count = sizeOf(primaries[0])
  if (count !== 1 && count !== 3) throw invalid('A cluster has 1 or 3 primary nodes.', 'InstanceGroups')
  if (groups.filter(({ role }) => role === 'CORE').length > 1)
    throw invalid('A cluster has at most one core group.', 'InstanceGroups')
  if (count === 3 && !groups.some((group) => group.role === 'CORE' && sizeOf(group) > 0))
    throw invalid('A cluster of three primary nodes needs core nodes.', 'InstanceGroups')
  requireConcurrency(input.steps, input.stepConcurrency)
  const id = emrId('j', random)
  const made = groups.map((group) => groupOf(group, input.collection, { random, nowMs }))
  const place = cheapestPlace(places, made, nowMs, prices)
  return {
    ...settings,
    ...(place && { zone: place.zone }),
    ...(place?.subnet && { taken: { ...settings.taken, Ec2SubnetId: place.subnet } }),
    // "Clusters with multiple primary nodes … have termination protection" (EMR management guide, high availability).
    terminationProtected: settings.terminationProtected || count === 3,
    keepAlive: settings.keepAlive || count === 3,
    id,
    state: 'STARTING',
    createdMs: nowMs,
    groups: made,
    instances: [],
    replication: replicationOf(input),
    encrypted,
  }
}

export function groupOf(
  input: GroupInput,
  collection: Cluster['collection'],
  { random, nowMs }: Omit<Creation, 'prices'>,
): Group {
  for (const { type } of input.choices) instanceType(type)
  return {
    ...input,
    id: emrId(collection === 'INSTANCE_GROUP' ? 'ig' : 'if', random),
    state: 'PROVISIONING',
    createdMs: nowMs,
  }
}

export function stepsOf(
  inputs: readonly StepInput[],
  cluster: string,
  { random, nowMs }: Omit<Creation, 'prices'>,
): Step[] {
  return inputs.map((input) => ({ ...input, id: emrId('s', random), cluster, state: 'PENDING', createdMs: nowMs }))
}

export const sizeOf = ({ onDemand, spot }: Pick<GroupInput, 'onDemand' | 'spot'>): number => onDemand + spot

export function requireConcurrency(steps: readonly StepInput[], concurrency: number): void {
  if (concurrency > 1 && steps.some(({ actionOnFailure }) => actionOnFailure !== 'CONTINUE'))
    throw invalid('ActionOnFailure must be CONTINUE where steps run concurrently.', 'ActionOnFailure')
}

/** "A maximum of 256 steps are allowed in each job flow": those that wait or run. */
export function requireRoom(steps: readonly Step[], more: number): void {
  const active = steps.filter(({ state }) => state === 'PENDING' || state === 'RUNNING').length
  if (active + more > STEPS_MAX) throw invalid(`At most ${STEPS_MAX} steps may be pending or running.`, 'Steps')
}

/** dfs.replication of a cluster by its core nodes (EMR release guide, "HDFS configuration"). */
function replicationOf({ groups, configurations }: ClusterInput): number {
  const own = configurations.find(({ classification }) => classification === 'hdfs-site')?.properties['dfs.replication']
  if (own !== undefined) return Number(own)
  const core = groups.filter(({ role }) => role === 'CORE').reduce((sum, group) => sum + sizeOf(group), 0)
  return core >= 10 ? 3 : core >= 4 ? 2 : 1
}
