import type { Cluster } from '../cluster.ts'
import type { DataNode } from '../datanode/datanode.ts'
import { hadoop } from '../errors.ts'
import { abandon, closeFile } from '../namenode/files.ts'
import type { BlockRef, FileNode } from '../namenode/inode.ts'

/**
 * Closes a file whose writer is gone, with exactly what that writer was told is safe; where that was nothing, the file was never there.
 * Throws `RecoveryInProgressException` while no node has a replica that has all of it.
 */
export async function recoverFile(cluster: Cluster, id: number): Promise<void> {
  const { namenode, leases } = cluster
  const path = namenode.namespace.open.get(id)
  if (path === undefined) return
  const file = namenode.namespace.file(path)
  if (file.acknowledged === null) return abandon(namenode, leases, id, file.writer!)
  const { index, bytes } = boundary(file, file.acknowledged)
  const last = index < 0 ? [] : [await cut(cluster, path, file.blocks[index], bytes)]
  await closeFile(namenode, leases, id, file.writer!, Math.max(index, 0), last)
  cluster.changed()
}

/** The block in which so many bytes end, and how many of its own that takes; -1 where none is needed. */
function boundary({ blocks }: FileNode, total: number): { index: number; bytes: number } {
  let left = total
  for (let index = 0; index < blocks.length; index++) {
    if (left === 0) return { index: index - 1, bytes: blocks[index - 1]?.bytes ?? 0 }
    if (index === blocks.length - 1 || left <= blocks[index].bytes) return { index, bytes: left }
    left -= blocks[index].bytes
  }
  return { index: -1, bytes: 0 }
}

/** Cuts all replicas of the newest stamp to the same length, under a stamp of their own. */
async function cut(cluster: Cluster, path: string, block: BlockRef, bytes: number): Promise<BlockRef> {
  const { namenode, map } = cluster
  const found: { node: DataNode; stamp: number }[] = []
  for (const name of cluster.nodes.keys()) {
    const node = cluster.datanode(name)
    if (!node.running) continue
    const replica = (await node.store.list()).find(({ id }) => id === block.id)
    if (replica && replica.stamp >= block.stamp && (await node.store.intactBytes(block.id)) >= bytes)
      found.push({ node, stamp: replica.stamp })
  }
  const newest = Math.max(...found.map(({ stamp }) => stamp))
  const { counters } = namenode.namespace
  const stamp = Math.max(counters.stamp, newest + 1)
  counters.stamp = stamp + 1
  const kept = found.filter((one) => one.stamp === newest)
  if (kept.length === 0)
    throw hadoop(
      'RecoveryInProgressException',
      `The last block of ${path}, blk_${block.id}, has no replica that can be reached. Try again later.`,
    )
  for (const { node } of kept) await node.store.truncate(block.id, bytes, stamp)
  const recovered = { ...block, bytes, stamp }
  const names = new Set(kept.map(({ node }) => node.name))
  for (const name of map.blocks.get(block.id)?.replicas.keys() ?? [])
    if (!names.has(name)) map.lostReplica(name, block.id)
  return recovered
}
