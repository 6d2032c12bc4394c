import { EngineError } from '../../kit/pure/errors.ts'
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
  const last = index < 0 ? undefined : await cut(cluster, path, file.blocks[index], bytes)
  await closeFile(namenode, leases, id, file.writer!, Math.max(index, 0), last ? [last.block] : [])
  if (last) cluster.map.gathered(last.block.id, last.nodes)
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

/** Cuts all replicas of the newest stamp to the same length, under a stamp of their own. Answers the nodes that have it so. */
async function cut(
  cluster: Cluster,
  path: string,
  block: BlockRef,
  bytes: number,
): Promise<{ block: BlockRef; nodes: string[] }> {
  const found: { node: DataNode; stamp: number }[] = []
  for (const name of cluster.nodes.keys()) {
    const node = cluster.datanode(name)
    const stamp = await stampOn(node, block, bytes)
    if (stamp !== undefined) found.push({ node, stamp })
  }
  const newest = Math.max(...found.map(({ stamp }) => stamp))
  const { counters } = cluster.namenode.namespace
  const stamp = Math.max(counters.stamp, newest + 1)
  counters.stamp = stamp + 1
  const kept = found.filter((one) => one.stamp === newest)
  const done = await Promise.allSettled(kept.map(async ({ node }) => node.store.truncate(block.id, bytes, stamp)))
  const nodes = kept.filter((_, i) => done[i].status === 'fulfilled').map(({ node }) => node.name)
  if (nodes.length === 0)
    throw hadoop(
      'RecoveryInProgressException',
      `The last block of ${path}, blk_${block.id}, has no replica that can be reached. Try again later.`,
    )
  return { block: { ...block, bytes, stamp }, nodes }
}

/** The stamp of a node's replica that has all of so many bytes; undefined where it has none, or does not answer. */
async function stampOn(node: DataNode, { id, stamp }: BlockRef, bytes: number): Promise<number | undefined> {
  try {
    const replica = (await node.store.list()).find((each) => each.id === id)
    return replica && replica.stamp >= stamp && (await node.store.intactBytes(id)) >= bytes ? replica.stamp : undefined
  } catch (thrown) {
    if (EngineError.from(thrown).domain !== 'external') throw thrown
    return undefined
  }
}
