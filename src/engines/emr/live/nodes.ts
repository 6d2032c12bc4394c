import type { Group, Instance, Market } from '../contract.ts'
import { bidOf, choose } from '../model/choose.ts'
import { emrId } from '../model/create.ts'
import { hourlyUsd, instanceType, yarnOf } from '../model/instance-types.ts'
import { NOTICE_MS, nextPriceMs, spotUsd } from '../model/spot.ts'
import { runBootstrap } from '../run/bootstrap.ts'
import { computeNodes, nodeOf, type Owner, running, storageNodes } from './owner.ts'

/** Engine time from the launch of an instance until it boots. EC2 takes minutes. */
const PROVISION_MS = 10_000
/** A DataNode is dead after 10 min 30 s: then nothing of it is known any more. */
const FORGET_MS = 11 * 60_000
/** A node that is to go is waited for so long (yarn.resourcemanager.nodemanager-graceful-decommission-timeout-secs). */
const DECOMMISSION_MS = 3600_000
/** How often it is looked whether a task node that is to go has become idle. */
const DRAIN_LOOK_MS = 10_000
const RACK = '/default-rack'
const MARKETS = ['ON_DEMAND', 'SPOT'] as const
const GIB_PER_VCPU_OF_DISK = 16

/** The instances of a cluster: launched to what its groups want, booted, lost and given back. `look` may be called at any time. */
export class Nodes {
  private readonly owner: Owner
  /** What MapReduce was told last. */
  private told = ''

  constructor(owner: Owner) {
    this.owner = owner
  }

  /** Brings everything as far as it can be now. Answers when there is more to do, engine time. */
  look(nowMs: number): number {
    const { owner } = this
    for (const group of owner.cluster.groups) if (group.state !== 'ARRESTED') this.fill(group, nowMs)
    const dues = owner.cluster.instances.map((instance) => this.lookAt(instance, nowMs))
    for (const group of owner.cluster.groups) this.lookAtGroup(group, nowMs)
    this.lookAtStorage()
    this.tellCompute()
    return Math.min(...dues, Number.POSITIVE_INFINITY)
  }

  /** Primary and core groups have what they want, and HDFS runs. */
  isReady(): boolean {
    const { cluster } = this.owner
    const needed = cluster.groups.filter(({ role }) => role !== 'TASK')
    const full = needed.every((group) =>
      MARKETS.every((market) => this.units(group, market, 'RUNNING') >= want(group, market)),
    )
    return full && storageNodes(cluster).some(({ dataNode }) => dataNode)
  }

  /** It is gone at once, with what it had. */
  lose(id: string, message: string): void {
    const { owner } = this
    const instance = owner.cluster.instances.find((its) => its.id === id)
    if (!instance || instance.state === 'TERMINATED') return
    const { clients, clock, log } = owner.parts.context
    const cluster = owner.cluster.id
    const warn = (thrown: unknown) => log.warn(`${cluster}: ${String(thrown)}`)
    const wasCompute = computeNodes(owner.cluster).some((its) => its.id === id)
    owner.changeInstance(id, {
      state: 'TERMINATED',
      leader: false,
      reason: { code: 'INSTANCE_FAILURE', message },
      endedMs: clock.now(),
    })
    if (instance.dataNode) clients.hdfs.killNode({ cluster, node: nodeOf(instance) }).catch(warn)
    if (wasCompute) clients.mapreduce.loseNode({ cluster, node: nodeOf(instance) }).catch(warn)
    if (instance.role === 'MASTER' && running(owner.cluster, 'MASTER').length === 0)
      owner.terminate('INSTANCE_FAILURE', `The master node was terminated: ${message}`)
    owner.look()
  }

  /** After a restart, HDFS has nodes running again that are gone. */
  resume(): void {
    const { cluster, parts } = this.owner
    for (const instance of cluster.instances)
      if (instance.state === 'TERMINATED' && instance.dataNode)
        parts.context.clients.hdfs.killNode({ cluster: cluster.id, node: nodeOf(instance) }).catch(() => {})
  }

  private fill(group: Group, nowMs: number): void {
    const { owner } = this
    for (const market of MARKETS) {
      let missing = want(group, market) - this.units(group, market)
      while (missing > 0) missing -= this.launch(group, market, nowMs).weight
      if (missing === 0) continue
      const staying = this.members(group, market).toReversed()
      for (const { id, weight } of staying) {
        if (weight > -missing) continue
        missing += weight
        owner.changeInstance(id, { leavingByMs: nowMs + DECOMMISSION_MS })
      }
    }
  }

  private launch(group: Group, market: Market, nowMs: number): Instance {
    const { owner } = this
    const { random } = owner.parts.context
    const prices = owner.parts.prices()
    const { cluster } = owner
    const choice = choose(group, market, cluster.zone, nowMs, prices)
    const number = cluster.instances.length + 10
    const hex = Buffer.from(random.bytes(8)).toString('hex')
    const instance: Instance = {
      id: emrId('ci', random),
      ec2Id: `i-0${hex}`,
      group: group.id,
      role: group.role,
      type: choice.type,
      weight: choice.weight,
      market,
      ...(market === 'SPOT' && { bidUsd: bidOf(choice, prices) }),
      state: market === 'SPOT' ? 'AWAITING_FULFILLMENT' : 'PROVISIONING',
      address: `10.0.${Math.floor(number / 256)}.${number % 256}`,
      leader: false,
      createdMs: nowMs,
      ...(market === 'ON_DEMAND' && { launchedMs: nowMs }),
      dataNode: false,
    }
    owner.change({ instances: [...cluster.instances, instance] })
    return instance
  }

  private lookAt(given: Instance, nowMs: number): number {
    const { owner } = this
    const instance = () => owner.cluster.instances.find(({ id }) => id === given.id)!
    const { id } = given
    let due = Number.POSITIVE_INFINITY
    const at = (ms: number): boolean => {
      if (ms <= nowMs) return true
      due = Math.min(due, ms)
      return false
    }
    if (instance().leavingByMs !== undefined && instance().state !== 'TERMINATED') return this.leave(instance(), nowMs)
    if (instance().state === 'AWAITING_FULFILLMENT') {
      if (this.isFulfilled(instance(), nowMs)) owner.changeInstance(id, { state: 'PROVISIONING', launchedMs: nowMs })
      else due = Math.min(nextPriceMs(nowMs), this.giveUpSpot(instance(), nowMs))
    }
    if (instance().state === 'PROVISIONING' && at(instance().launchedMs! + PROVISION_MS))
      owner.changeInstance(id, { state: 'BOOTSTRAPPING' })
    if (instance().state === 'BOOTSTRAPPING') owner.work(`boot ${id}`, () => this.boot(id))
    if (instance().state === 'RUNNING' && instance().market === 'SPOT') {
      if (instance().interruptedAtMs === undefined && !this.isFulfilled(instance(), nowMs))
        owner.changeInstance(id, { interruptedAtMs: nowMs + NOTICE_MS })
      if (instance().interruptedAtMs === undefined) due = Math.min(due, nextPriceMs(nowMs))
      else if (at(instance().interruptedAtMs!)) this.lose(id, 'Spot Instance was interrupted.')
    }
    // The last node of an HDFS stays known, dead as it is, until there is another.
    const isReplaced = storageNodes(owner.cluster).some(({ dataNode }) => dataNode)
    if (instance().state === 'TERMINATED' && instance().dataNode && isReplaced && at(instance().endedMs! + FORGET_MS))
      owner.work(`forget ${id}`, () => this.forget(id))
    return due
  }

  private isFulfilled({ type, bidUsd = 0 }: Instance, nowMs: number): boolean {
    const { parts, cluster } = this.owner
    return spotUsd(type, cluster.zone, nowMs, hourlyUsd(type, parts.prices()).ec2) <= bidUsd
  }

  /** What a fleet does where Spot does not come in time. Answers when that is. */
  private giveUpSpot({ id, group: groupId, weight, createdMs }: Instance, nowMs: number): number {
    const { owner } = this
    const group = owner.cluster.groups.find((its) => its.id === groupId)!
    if (!group.spotTimeout || owner.cluster.readyMs !== undefined) return Number.POSITIVE_INFINITY
    const { minutes, action } = group.spotTimeout
    const dueMs = createdMs + minutes * 60_000
    if (dueMs > nowMs) return dueMs
    if (action === 'TERMINATE_CLUSTER')
      owner.terminate(
        'INSTANCE_FLEET_TIMEOUT',
        `Spot capacity for the ${group.role} fleet did not come in ${minutes} minutes.`,
      )
    else {
      owner.changeInstance(id, { state: 'TERMINATED', endedMs: nowMs })
      owner.changeGroup(groupId, { spot: Math.max(0, group.spot - weight), onDemand: group.onDemand + weight })
      owner.look()
    }
    return Number.POSITIVE_INFINITY
  }

  /** Bootstrap actions, then it joins. */
  private async boot(id: string): Promise<void> {
    const { owner } = this
    const { parts } = owner
    const before = owner.cluster.instances.find((its) => its.id === id)!
    if (before.role === 'MASTER' && !owner.cluster.instances.some(({ leader }) => leader))
      owner.changeInstance(id, { leader: true })
    const failure = await runBootstrap(owner, before)
    const instance = owner.cluster.instances.find((its) => its.id === id)!
    if (instance.state === 'TERMINATED') return
    const nowMs = parts.context.clock.now()
    if (failure !== undefined) {
      owner.changeInstance(id, {
        state: 'TERMINATED',
        endedMs: nowMs,
        reason: { code: 'BOOTSTRAP_FAILURE', message: failure },
      })
      owner.changeGroup(instance.group, { state: 'ARRESTED', reason: { code: 'INSTANCE_FAILURE', message: failure } })
      if (owner.cluster.readyMs === undefined || instance.role === 'MASTER')
        owner.terminate('BOOTSTRAP_FAILURE', failure)
      return
    }
    owner.changeInstance(id, { state: 'RUNNING', readyMs: nowMs })
  }

  /** Core nodes give their blocks away first, task nodes wait until nothing runs on them. */
  private leave({ id, role, dataNode, state, leavingByMs, ...instance }: Instance, nowMs: number): number {
    const { owner } = this
    const { clients } = owner.parts.context
    const end = () =>
      owner.changeInstance(id, { state: 'TERMINATED', dataNode: false, endedMs: owner.parts.context.clock.now() })
    const place = { cluster: owner.cluster.id, node: nodeOf(instance) }
    if (state !== 'RUNNING') end()
    else if (role === 'CORE' && dataNode)
      owner.work(`leave ${id}`, async () => {
        await clients.hdfs.removeNode({ ...place, graceful: leavingByMs! > nowMs })
        end()
      })
    else if (leavingByMs! <= nowMs) end()
    else {
      const look = async () => {
        const nodes = await clients.mapreduce.nodes({ cluster: owner.cluster.id })
        if (!nodes.some(({ name, running: attempts }) => name === place.node && attempts.length > 0)) end()
      }
      owner.work(`leave ${id}`, look, DRAIN_LOOK_MS)
      return Math.min(leavingByMs!, nowMs + DRAIN_LOOK_MS)
    }
    return Number.POSITIVE_INFINITY
  }

  private async forget(id: string): Promise<void> {
    const { owner } = this
    const instance = owner.cluster.instances.find((its) => its.id === id)!
    const { nodes } = await owner.parts.context.clients.hdfs.describe({ cluster: owner.cluster.id })
    if (nodes.some(({ name }) => name === nodeOf(instance)))
      await owner.parts.context.clients.hdfs.removeNode({
        cluster: owner.cluster.id,
        node: nodeOf(instance),
        graceful: false,
      })
    owner.changeInstance(id, { dataNode: false })
  }

  private lookAtGroup({ id, state, readyMs, role }: Group, nowMs: number): void {
    if (state === 'ARRESTED' || state === 'TERMINATED') return
    const { owner } = this
    const alive = owner.cluster.instances.filter((its) => its.group === id && its.state !== 'TERMINATED')
    const settled = alive.every((its) => its.state === 'RUNNING' && its.leavingByMs === undefined)
    const first = alive.some((its) => its.state === 'BOOTSTRAPPING') ? 'BOOTSTRAPPING' : 'PROVISIONING'
    const next = settled ? 'RUNNING' : readyMs === undefined ? first : 'RESIZING'
    if (next === state) return
    owner.changeGroup(id, { state: next, ...(next === 'RUNNING' && readyMs === undefined && { readyMs: nowMs }) })
    if (role === 'MASTER' && next !== 'RUNNING') this.elect()
  }

  /** Another primary node leads where the leader is gone. */
  private elect(): void {
    const { owner } = this
    const primaries = running(owner.cluster, 'MASTER')
    if (primaries.length > 0 && !primaries.some(({ leader }) => leader))
      owner.changeInstance(primaries[0].id, { leader: true })
  }

  private lookAtStorage(): void {
    const { owner } = this
    const { cluster } = owner
    const fresh = storageNodes(cluster).filter(({ dataNode, leavingByMs }) => !dataNode && leavingByMs === undefined)
    if (fresh.length === 0) return
    const role = fresh[0].role
    const group = cluster.groups.find((its) => its.role === role)!
    const isFirst = !cluster.instances.some(({ dataNode }) => dataNode)
    // HDFS begins with all its nodes, so that its replicas have where to go.
    if (isFirst && MARKETS.some((market) => this.units(group, market, 'RUNNING') < want(group, market))) return
    owner.work('storage', () => this.addStorage(fresh))
  }

  private async addStorage(fresh: readonly Instance[]): Promise<void> {
    const { owner } = this
    const { cluster, parts } = owner
    const { hdfs } = parts.context.clients
    const nodes = fresh.map((instance) => ({
      name: nodeOf(instance),
      rack: RACK,
      capacityMiB: instanceType(instance.type).vcpus * GIB_PER_VCPU_OF_DISK * 1024,
    }))
    const site = cluster.configurations.find(({ classification }) => classification === 'hdfs-site')?.properties ?? {}
    await hdfs.createCluster({
      cluster: cluster.id,
      nodes,
      replication: cluster.replication,
      ...(site['dfs.blocksize'] !== undefined && { blockBytes: Number(site['dfs.blocksize']) }),
      encrypted: cluster.encrypted,
    })
    await hdfs.addNodes({ cluster: cluster.id, nodes })
    for (const { id } of fresh) owner.changeInstance(id, { dataNode: true })
  }

  private tellCompute(): void {
    const { owner } = this
    const nodes = computeNodes(owner.cluster).map((instance) => ({
      name: nodeOf(instance),
      rack: RACK,
      ...yarnOf(instanceType(instance.type), owner.cluster),
      ...(instance.dataNode && { dataNode: nodeOf(instance) }),
    }))
    const told = JSON.stringify(nodes)
    if (told === this.told || nodes.length === 0) return
    owner.work('compute', async () => {
      await owner.parts.context.clients.mapreduce.setNodes({ cluster: owner.cluster.id, nodes })
      this.told = told
    })
  }

  private members({ id }: Group, market: Market): Instance[] {
    return this.owner.cluster.instances.filter(
      (its) => its.group === id && its.market === market && its.state !== 'TERMINATED' && its.leavingByMs === undefined,
    )
  }

  private units(group: Group, market: Market, state?: Instance['state']): number {
    const members = this.members(group, market).filter((its) => state === undefined || its.state === state)
    return members.reduce((sum, { weight }) => sum + weight, 0)
  }
}

const want = ({ onDemand, spot }: Group, market: Market): number => (market === 'SPOT' ? spot : onDemand)
