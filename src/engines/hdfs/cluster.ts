import type { Clock, Timer } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Random } from '../kit/pure/random.ts'
import { BlockMap } from './blocks/block-map.ts'
import { DEAD_MS, HEARTBEAT_MS, type NodeInfo, takesReplicas } from './blocks/nodes.ts'
import { byDistance, chooseTargets } from './blocks/placement.ts'
import { SafeMode } from './blocks/safe-mode.ts'
import { recoverFile } from './client/recovery.ts'
import type { HdfsConfig } from './config.ts'
import type { NodeInput } from './contract.ts'
import { DataNode } from './datanode/datanode.ts'
import type { ReplicaStore } from './datanode/replica-store.ts'
import { hadoop } from './errors.ts'
import type { EditLog } from './namenode/edit-log.ts'
import type { BlockRef } from './namenode/inode.ts'
import { Leases } from './namenode/leases.ts'
import { NameNode } from './namenode/namenode.ts'
import { RedundancyMonitor } from './redundancy-monitor.ts'

const MIB = 1024 * 1024

export interface ClusterParts {
  readonly config: HdfsConfig
  readonly clock: Clock
  readonly random: Random
  readonly superuser: string
  readonly log: EditLog
  readonly storeOf: (node: string) => ReplicaStore
  /** Nodes that were leaving, or had left. */
  readonly leaving: ReadonlyMap<string, NodeInfo['admin']>
  /** Something that is shown has changed. */
  readonly changed: () => void
  readonly warn: (message: string, thrown?: unknown) => void
}

/**
 * NameNode and DataNodes. Heartbeats that are sure to come need no timer: only silence is timed, and rounds of repair while there is
 * something to repair, so that a cluster at rest costs nothing.
 */
export class Cluster {
  readonly config: HdfsConfig
  readonly clock: Clock
  readonly random: Random
  readonly nodes = new Map<string, NodeInfo>()
  readonly map: BlockMap
  readonly namenode: NameNode
  readonly leases = new Leases()
  readonly safeMode: SafeMode
  readonly redundancy: RedundancyMonitor
  private readonly datanodes = new Map<string, DataNode>()
  private readonly parts: ClusterParts
  private readonly bornMs: number
  private readonly silences = new Map<string, Timer>()
  private lease: Timer | undefined
  private closed = false

  constructor(parts: ClusterParts) {
    const { config, clock, random } = parts
    this.parts = parts
    this.config = config
    this.clock = clock
    this.random = random
    this.bornMs = clock.now()
    this.map = new BlockMap(this.nodes)
    for (const node of config.nodes) this.addNode(node)
    this.namenode = new NameNode({
      log: parts.log,
      clock,
      superuser: parts.superuser,
      observer: {
        loaded: async (namespace) => {
          this.leases.reset(namespace.open.keys(), clock.now())
          this.map.load(namespace)
          for (const [name, { running }] of this.datanodes) if (running) await this.report(name)
          this.safeMode.look()
          this.changed()
        },
        committed: (edits, freed) => {
          this.map.committed(this.namenode.namespace, edits, freed)
          this.changed()
        },
      },
    })
    this.safeMode = new SafeMode(this.map, this.nodes, this.namenode)
    this.redundancy = new RedundancyMonitor(this, parts)
  }

  /** A node that is there from now on, with what its folder has. */
  addNode({ name, rack, capacityMiB }: NodeInput): void {
    const datanode = new DataNode(name, this.parts.storeOf(name))
    this.datanodes.set(name, datanode)
    this.nodes.set(name, {
      name,
      rack,
      capacityBytes: capacityMiB * MIB,
      reservedBytes: 0,
      get usedBytes() {
        return datanode.usedBytes
      },
      alive: true,
      admin: this.parts.leaving.get(name) ?? 'normal',
      silentSinceMs: undefined,
      streams: 0,
    })
  }

  /** The node is no part of the cluster any more: what it had is as lost. It stays known as one that does not run, to who still writes to it. */
  async removeNode(name: string): Promise<void> {
    const node = this.datanode(name)
    this.silences.get(name)?.cancel()
    this.silences.delete(name)
    node.running = false
    this.map.lostNode(name)
    this.nodes.delete(name)
    await node.close()
    this.changed()
  }

  /** Whoever wrote a file when the process ended is gone: what they left open is closed. */
  async start(): Promise<void> {
    this.safeMode.begin()
    await this.namenode.load()
    if (this.namenode.safeMode === undefined) await this.recover(this.namenode.namespace.open.keys())
  }

  async close(): Promise<void> {
    this.closed = true
    this.lease?.cancel()
    for (const timer of this.silences.values()) timer.cancel()
    await this.redundancy.close()
    await this.namenode.close()
    for (const node of this.datanodes.values()) await node.close()
  }

  datanode(name: string): DataNode {
    const node = this.datanodes.get(name)
    if (!node) throw noSuchNode(name, this.nodes.keys())
    return node
  }

  node(name: string): NodeInfo {
    const node = this.nodes.get(name)
    if (!node) throw noSuchNode(name, this.nodes.keys())
    return node
  }

  /** What is shown has changed, and there may be something to repair. */
  changed(): void {
    this.parts.changed()
    this.safeMode.look()
    this.redundancy.look()
  }

  /** Closes files whose writers have not been heard of for too long. */
  watchLeases(): void {
    const { nextMs } = this.leases
    if (this.lease || this.closed || nextMs === undefined) return
    this.lease = this.clock.at(nextMs, async () => {
      this.lease = undefined
      await this.recover(this.leases.expired(this.clock.now()))
      this.watchLeases()
    })
  }

  /** Closes files that nobody writes any more; those whose last block cannot be reached wait for its node. */
  async recover(files: Iterable<number>): Promise<void> {
    for (const file of [...files])
      await recoverFile(this, file).catch((thrown) => {
        this.leases.release(file)
        this.parts.warn(`inode ${file} could not be closed`, thrown)
      })
  }

  /** The node's process ends, its files stay. */
  kill(name: string): void {
    const node = this.datanode(name)
    if (!node.running) return
    node.running = false
    const nowMs = this.clock.now()
    const silentSinceMs = nowMs - ((nowMs - this.bornMs) % HEARTBEAT_MS)
    this.node(name).silentSinceMs = silentSinceMs
    const timer = this.clock.at(silentSinceMs + DEAD_MS, () => this.lost(name))
    this.silences.set(name, timer)
    this.changed()
  }

  private lost(name: string): void {
    this.node(name).alive = false
    this.map.lostNode(name)
    this.changed()
  }

  /** The node registers again and reports what it has. */
  async restart(name: string): Promise<void> {
    const node = this.datanode(name)
    if (node.running) return
    this.silences.get(name)?.cancel()
    node.running = true
    Object.assign(this.node(name), { alive: true, silentSinceMs: undefined })
    await this.report(name)
    this.changed()
    const { namespace } = this.namenode
    if (this.namenode.safeMode === undefined)
      await this.recover([...namespace.open.keys()].filter((file) => !this.leases.has(file)))
  }

  /** The node's replicas go elsewhere before it may leave. */
  decommission(name: string): void {
    const node = this.node(name)
    if (node.admin === 'normal') {
      node.admin = 'decommissioning'
      this.map.suspectAllOn(name)
    }
    this.lookAtLeaving()
    this.changed()
  }

  recommission(name: string): void {
    this.node(name).admin = 'normal'
    this.map.suspectAllOn(name)
    this.changed()
  }

  /** Nodes that are leaving have left once nothing waits for them. */
  lookAtLeaving(): void {
    const leaving = [...this.nodes.values()].filter(({ admin }) => admin === 'decommissioning')
    for (const node of leaving) {
      const waits = [...this.map.suspects].some((id) => {
        const block = this.map.blocks.get(id)!
        return block.replicas.has(node.name) && this.map.redundancy(block).lasting.length < block.replication
      })
      if (!waits) node.admin = 'decommissioned'
    }
  }

  /** A full block report: what nobody wants is deleted, what is missing is known as missing. */
  private async report(name: string): Promise<void> {
    const { store } = this.datanode(name)
    const found = await store.list()
    const has = new Set(found.map(({ id }) => id))
    for (const replica of found) if (!this.map.report(name, replica)) await store.remove(replica.id)
    for (const { id, replicas } of this.map.blocks.values())
      if (replicas.has(name) && !has.has(id)) this.map.lostReplica(name, id)
  }

  /** Nodes for a block's replicas, with room for all of it set aside. Throws where there is none at all. */
  allocate(replication: number, bytes: number, near: string | undefined, excluded: ReadonlySet<string>): string[] {
    const targets = chooseTargets({
      nodes: [...this.nodes.values()],
      count: replication,
      near,
      existing: [],
      excluded,
      bytes,
      random: this.random,
    })
    if (targets.length === 0) {
      const live = [...this.nodes.values()].filter(takesReplicas).length
      throw hadoop(
        'IOException',
        `File could only be written to 0 of the 1 minReplication nodes. There are ${live} datanode(s) running and ${excluded.size} node(s) are excluded in this operation.`,
      )
    }
    for (const target of targets) this.reserve(target, bytes)
    return targets
  }

  reserve(node: string, bytes: number): void {
    this.node(node).reservedBytes += bytes
  }

  release(node: string, bytes: number): void {
    const holder = this.nodes.get(node)
    if (holder) holder.reservedBytes -= bytes
  }

  /** Good replicas of a block, nearest first; those of nodes that are silent come last. */
  readers(id: number, near: string | undefined): DataNode[] {
    const block = this.map.blocks.get(id)
    if (!block) return []
    const { readable } = this.map.redundancy(block)
    const order = byDistance(readable, near === undefined ? undefined : this.nodes.get(near), this.random)
    const [heard, silent] = [order.filter((n) => !n.silentSinceMs), order.filter((n) => n.silentSinceMs)]
    return [...heard, ...silent].map(({ name }) => this.datanode(name))
  }

  /** What a read that failed says of a replica. Nothing, where the block has been written on since, or its node stopped. */
  readFailed(node: string, { id, stamp }: BlockRef, thrown: unknown): void {
    if (this.map.blocks.get(id)?.stamp !== stamp) return
    const { code } = EngineError.from(thrown)
    if (code === 'ChecksumException') this.map.corrupt(node, id)
    if (code === 'ReplicaNotFoundException') this.map.lostReplica(node, id)
    this.changed()
  }
}

const noSuchNode = (name: string, nodes: Iterable<string>) =>
  hadoop('IllegalArgumentException', `There is no DataNode ${name}: ${[...nodes].join(', ')}.`)
