import type { Cluster, ClusterInput, GroupInput, Step, StepInput } from './contract.ts'
import { invalid, noSuchCluster } from './errors.ts'
import { clusterEvents, stepEvent } from './events.ts'
import { LiveCluster } from './live/live-cluster.ts'
import type { EmrParts } from './live/owner.ts'
import { clusterOf, groupOf, requireConcurrency, requireRoom, stepsOf } from './model/create.ts'
import { demandOf } from './model/demand.ts'
import { YARN_MEMORY } from './model/instance-types.ts'
import { NOTICE_MS } from './model/spot.ts'
import { GRACE_MS, resourcesOf } from './run/bounds.ts'
import { StepLogs } from './run/logs.ts'
import type { SecurityConfigurations } from './security.ts'

/** Of hdfs-site and yarn-site, what has a meaning here: all whole numbers. */
const HONOURED: Readonly<Record<string, readonly string[]>> = {
  'hdfs-site': ['dfs.replication', 'dfs.blocksize'],
  'yarn-site': [YARN_MEMORY],
}

type Modification = Partial<
  Pick<Cluster, 'stepConcurrency' | 'keepAlive' | 'terminationProtected' | 'replaceUnhealthy' | 'visibleToAllUsers'>
> & { scaling?: Cluster['scaling'] | null; autoTerminationS?: number | null }

/** All clusters: those that live, and what is remembered of those that have ended. */
export class Clusters {
  private readonly parts: EmrParts
  private readonly security: SecurityConfigurations
  private readonly alive = new Map<string, LiveCluster>()

  constructor(parts: EmrParts, security: SecurityConfigurations) {
    this.parts = parts
    this.security = security
  }

  resume(): void {
    const { store, processes } = this.parts
    for (const cluster of store.clusters().toReversed())
      if (cluster.endedMs === undefined) this.alive.set(cluster.id, new LiveCluster(this.parts, cluster))
    for (const live of this.alive.values()) live.resume()
    for (const id of processes.alive()) if (!this.alive.has(id.split('/')[0])) void processes.kill(id, GRACE_MS)
  }

  run(input: ClusterInput): Cluster {
    const { store, keep, onChange } = this.parts
    requireHonoured(input.configurations)
    const creation = this.creation()
    const cluster = clusterOf(input, creation, this.security.encrypts(input.securityConfiguration))
    requireLimits(cluster)
    for (const step of input.steps) this.requirePlan(step, cluster)
    const steps = stepsOf(input.steps, cluster.id, creation)
    keep([...clusterEvents(undefined, cluster), ...steps.map(stepEvent)], () => store.add(cluster, steps))
    const live = new LiveCluster(this.parts, cluster)
    this.alive.set(cluster.id, live)
    onChange(cluster)
    live.look()
    return cluster
  }

  list(): Cluster[] {
    return this.parts.store.clusters()
  }

  get(id: string): Cluster {
    const found = this.alive.get(id)?.cluster ?? this.list().find((cluster) => cluster.id === id)
    if (!found) throw noSuchCluster(id)
    return found
  }

  /** A cluster that something may be done to. */
  live(id: string): LiveCluster {
    const live = this.alive.get(id)
    if (!live) this.get(id)
    if (!live || live.cluster.state.startsWith('TERMINAT'))
      throw invalid('A job flow that is shutting down, terminated, or finished may not be modified.', 'ClusterId')
    return live
  }

  terminate(id: string): void {
    const { cluster } = this.alive.get(id) ?? { cluster: this.get(id) }
    if (cluster.state.startsWith('TERMINAT')) return
    if (cluster.terminationProtected)
      throw invalid('Could not shut down one or more job flows since they are termination protected.', 'JobFlowIds')
    this.live(id).terminate('USER_REQUEST', 'Terminated by user request')
  }

  modify(id: string, change: Modification): Cluster {
    const live = this.live(id)
    const { scaling, autoTerminationS, ...plain } = change
    const next = {
      ...Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)),
      ...(scaling !== undefined && { scaling: scaling ?? undefined }),
      ...(autoTerminationS !== undefined && { autoTerminationS: autoTerminationS ?? undefined }),
    }
    requireLimits({ ...live.cluster, ...next })
    requireConcurrency(
      live.steps.list().filter(({ endedMs }) => endedMs === undefined),
      change.stepConcurrency ?? 1,
    )
    live.change(next)
    live.look()
    return live.cluster
  }

  tag(id: string, add: Readonly<Record<string, string>>, remove: readonly string[]): void {
    const live = this.live(id)
    const tags = Object.entries({ ...live.cluster.tags, ...add }).filter(([name]) => !remove.includes(name))
    live.change({ tags: Object.fromEntries(tags) })
  }

  addGroups(id: string, inputs: readonly GroupInput[]): string[] {
    const live = this.live(id)
    if (inputs.some(({ role }) => role !== 'TASK'))
      throw invalid('Only task groups may be added to a cluster.', 'InstanceGroups')
    const groups = inputs.map((input) => groupOf(input, live.cluster.collection, this.creation()))
    live.change({ groups: [...live.cluster.groups, ...groups] })
    live.look()
    return groups.map((group) => group.id)
  }

  resize(
    id: string,
    {
      group: groupId,
      onDemand,
      spot,
      terminate,
      now,
    }: { group: string; onDemand?: number | undefined; spot?: number | undefined; terminate: string[]; now: boolean },
  ): void {
    const live = this.live(id)
    const group = live.cluster.groups.find((each) => each.id === groupId)
    if (!group) throw invalid(`The instance group ${groupId} does not exist.`, 'InstanceGroupId')
    if (group.role === 'MASTER') throw invalid('A primary instance group cannot be resized.', 'InstanceGroupId')
    const next = { onDemand: onDemand ?? group.onDemand, spot: spot ?? group.spot }
    const weight = Math.max(...group.choices.map((choice) => choice.weight))
    if (group.role === 'CORE' && next.onDemand + next.spot < live.cluster.replication * weight)
      throw invalid(
        `HDFS keeps ${live.cluster.replication} replicas: there cannot be fewer core nodes.`,
        'InstanceCount',
      )
    const nowMs = this.parts.context.clock.now()
    const chosen = live.cluster.instances.filter((its) => its.group === groupId && terminate.includes(its.ec2Id))
    for (const { id: instance } of chosen)
      live.changeInstance(instance, { leavingByMs: now ? nowMs : nowMs + 3600_000 })
    live.changeGroup(groupId, { ...next, ...(group.state === 'ARRESTED' && { state: 'RESIZING' as const }) })
    live.look()
  }

  addSteps(id: string, inputs: readonly StepInput[]): string[] {
    const live = this.live(id)
    requireRoom(live.steps.list(), inputs.length)
    requireConcurrency(inputs, live.cluster.stepConcurrency)
    for (const step of inputs) this.requirePlan(step, live.cluster)
    const steps = stepsOf(inputs, id, this.creation())
    live.steps.add(steps)
    return steps.map((step) => step.id)
  }

  steps(id: string): readonly Step[] {
    this.get(id)
    return this.alive.get(id)?.steps.list() ?? this.parts.store.steps(id)
  }

  logs(id: string, step: string): StepLogs {
    if (!this.steps(id).some((each) => each.id === step)) throw invalid(`Step id '${step}' is not valid.`, 'StepId')
    const { processes, context } = this.parts
    return new StepLogs(processes.folder(`${id}/steps/${step}`), () => context.clock.now())
  }

  loseInstance(id: string, instance: string): void {
    const live = this.live(id)
    const found = this.instance(live, instance)
    if (found.leader) live.steps.loseLeader()
    live.nodes.lose(found.id, 'The instance was lost.')
  }

  interruptInstance(id: string, instance: string): void {
    const live = this.live(id)
    const found = this.instance(live, instance)
    if (found.market !== 'SPOT') throw invalid(`${instance} is no Spot instance.`, 'InstanceId')
    live.changeInstance(found.id, { interruptedAtMs: this.parts.context.clock.now() + NOTICE_MS })
    live.look()
  }

  /** Some have not ended. */
  isBusy(): boolean {
    return [...this.alive.values()].some(({ cluster }) => cluster.endedMs === undefined)
  }

  async stop(): Promise<void> {
    for (const live of this.alive.values()) await live.stop()
  }

  private instance(live: LiveCluster, id: string) {
    const found = live.cluster.instances.find((its) => its.id === id || its.ec2Id === id)
    if (!found || found.state === 'TERMINATED') throw invalid(`The instance ${id} is not there.`, 'InstanceId')
    return found
  }

  /** What could never run is refused before it is taken. */
  private requirePlan(step: StepInput, cluster: Cluster): void {
    const plan = this.parts.plan(step, cluster.id)
    if (plan.kind !== 'process') return
    for (const { type } of cluster.groups.find(({ role }) => role === 'MASTER')!.choices) {
      const node = resourcesOf({ type }, cluster)
      const { memoryMiB } = demandOf(plan.command, node, cluster.stepConcurrency)
      if (memoryMiB > node.memoryMiB)
        throw invalid(
          `Required driver memory (${memoryMiB} MiB) is above what a primary node ${type} has (${node.memoryMiB} MiB).`,
          'Args',
        )
    }
  }

  private creation() {
    const { prices, context } = this.parts
    return { random: context.random, nowMs: context.clock.now(), prices: prices() }
  }
}

function requireHonoured(configurations: Cluster['configurations']): void {
  for (const { classification, properties } of configurations) {
    const honoured = HONOURED[classification]
    if (!honoured) throw invalid(`Millrace does not support the classification ${classification}.`, 'Configurations')
    const strange = Object.keys(properties).find((name) => !honoured.includes(name))
    if (strange !== undefined)
      throw invalid(`Millrace does not support ${strange} of ${classification}.`, 'Configurations')
    for (const [name, value] of Object.entries(properties))
      if (!/^[1-9]\d{0,14}$/.test(value)) throw invalid(`${value} is no valid value of ${name}.`, 'Configurations')
  }
}

function requireLimits({ scaling, collection }: Pick<Cluster, 'scaling' | 'collection'>): void {
  if (!scaling) return
  const { unit, min, max, maxOnDemand = max, maxCore = max } = scaling.limits
  if ((unit === 'InstanceFleetUnits') !== (collection === 'INSTANCE_FLEET'))
    throw invalid(`The unit ${unit} does not go with ${collection}.`, 'UnitType')
  if (min > max || maxOnDemand > max || maxCore > max)
    throw invalid('MinimumCapacityUnits and the other limits cannot be above MaximumCapacityUnits.', 'ComputeLimits')
}
