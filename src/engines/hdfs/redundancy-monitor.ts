import type { Timer } from '../kit/pure/clock.ts'
import { planBalance } from './blocks/balance.ts'
import type { BlockInfo } from './blocks/block-map.ts'
import { planRepairs, type Repair, STREAMS_HARD_MAX } from './blocks/repair.ts'
import type { Cluster, ClusterParts } from './cluster.ts'
import { copyReplica } from './datanode/transfer.ts'
import type { BlockRef } from './namenode/inode.ts'

const MIB = 1024 * 1024
/** dfs.namenode.redundancy.interval.seconds */
const ROUND_MS = 3000

/** Gives each block the replicas that it wants: in rounds as long as some block lacks one or has one too many, by the balancer, and by reading them all. */
export class RedundancyMonitor {
  private readonly cluster: Cluster
  private readonly parts: Pick<ClusterParts, 'changed' | 'warn'>
  private readonly work = new Set<Promise<void>>()
  private round: Timer | undefined
  private closed = false

  constructor(cluster: Cluster, parts: Pick<ClusterParts, 'changed' | 'warn'>) {
    this.cluster = cluster
    this.parts = parts
  }

  /** There may be something to do. */
  look(): void {
    const { map, namenode, clock } = this.cluster
    if (this.round || this.closed || namenode.safeMode !== undefined || map.suspects.size === 0) return
    this.round = clock.at(clock.now() + ROUND_MS, () => this.repair())
  }

  async close(): Promise<void> {
    this.closed = true
    this.round?.cancel()
    await Promise.allSettled(this.work)
  }

  /** Moves replicas from full nodes to empty ones. Answers what was moved. */
  async balance(threshold: number): Promise<{ moved: number; bytes: number }> {
    const { map, nodes, namenode } = this.cluster
    namenode.requireWritable('balance the cluster')
    const done = { moved: 0, bytes: 0 }
    for (const { block: id, bytes, source, target } of planBalance(map, nodes, threshold)) {
      const block = map.blocks.get(id)
      if (!block || block.open || !(await this.tryCopy(block, source, target))) continue
      const keepers = map
        .redundancy(block)
        .lasting.filter(({ name, silentSinceMs }) => name !== source && silentSinceMs === undefined)
        .map(({ name }) => name)
      // Where another was lost meanwhile, the one at the source is needed there.
      if (keepers.length < block.replication || !(await this.discard(block, source, keepers))) continue
      done.moved++
      done.bytes += bytes
      this.parts.changed()
    }
    return done
  }

  /** Reads every replica on the nodes that run. Answers how many were read, and how many of them are bad. */
  async scan(): Promise<{ replicas: number; corrupt: number }> {
    const { cluster } = this
    const found = { replicas: 0, corrupt: 0 }
    for (const block of [...cluster.map.blocks.values()])
      for (const [name, state] of [...block.replicas]) {
        if (block.open || state === 'corrupt' || !cluster.datanode(name).running) continue
        found.replicas++
        if (!(await this.isIntact(block, name)) && block.replicas.get(name) !== 'good') found.corrupt++
      }
    return found
  }

  private async repair(): Promise<void> {
    const { cluster } = this
    const { map, nodes, namenode, random } = cluster
    this.round = undefined
    if (namenode.safeMode !== undefined) return
    const repairs = planRepairs(map, nodes, random)
    for (const repair of repairs) if (repair.kind === 'copy') this.begin(repair)
    for (const repair of repairs)
      if (repair.kind === 'delete') await this.discard(repair.block, repair.node, repair.keepers)
    cluster.lookAtLeaving()
    if (repairs.some(({ kind }) => kind === 'delete')) cluster.changed()
    else this.parts.changed()
  }

  private begin({ block, source, target }: Extract<Repair, { kind: 'copy' }>): void {
    const { cluster } = this
    const work = this.tryCopy(block, source, target).then(() => {
      for (const name of [source, target]) {
        const node = cluster.nodes.get(name)
        if (node) node.streams--
      }
      block.pending.delete(target)
      this.work.delete(work)
      cluster.lookAtLeaving()
      cluster.changed()
    })
    this.work.add(work)
  }

  /** Answers whether the copy counts: not where it failed, or the block was written on or deleted meanwhile. */
  private async tryCopy({ id, stamp, bytes }: BlockInfo, source: string, target: string): Promise<boolean> {
    const { map } = this.cluster
    const replica = { id, stamp, bytes }
    try {
      await this.copy(replica, source, target)
      const block = map.blocks.get(id)
      if (block && !block.open && map.report(target, replica)) return true
      await this.cluster.datanode(target).store.remove(id)
    } catch (thrown) {
      this.parts.warn(`blk_${id} could not be copied from ${source} to ${target}`, thrown)
    }
    return false
  }

  /** Copies a replica, as slowly as the bandwidth of a stream allows on the engine's clock. */
  private async copy(replica: BlockRef, source: string, target: string): Promise<void> {
    const { cluster } = this
    const bytesPerMs = (cluster.config.repairMiBPerS * MIB) / STREAMS_HARD_MAX / 1000
    cluster.reserve(target, replica.bytes)
    try {
      await cluster.clock.task(async (task) => {
        await task.sleep(Math.ceil(replica.bytes / bytesPerMs))
        await copyReplica(cluster.datanode(source), cluster.datanode(target), replica)
      })
    } catch (thrown) {
      cluster.readFailed(source, replica, thrown)
      throw thrown
    } finally {
      cluster.release(target, replica.bytes)
    }
  }

  /** Deletes a replica once the `keepers` were read whole. Answers whether it did. */
  private async discard(block: BlockInfo, node: string, keepers: readonly string[]): Promise<boolean> {
    const { stamp } = block
    for (const keeper of keepers) if (!(await this.isIntact(block, keeper))) return false
    // Who writes it on has all replicas in the pipeline.
    if (block.open || block.stamp !== stamp) return false
    block.replicas.delete(node)
    const holder = this.cluster.datanode(node)
    if (holder.running) await holder.store.remove(block.id)
    return true
  }

  private async isIntact({ id, stamp, bytes }: BlockInfo, node: string): Promise<boolean> {
    const replica = { id, stamp, bytes }
    try {
      for await (const _ of this.cluster.datanode(node).read(replica, 0, bytes));
      return true
    } catch (thrown) {
      this.cluster.readFailed(node, replica, thrown)
      return false
    }
  }
}
