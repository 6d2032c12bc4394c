import { DEAD_MS, HEARTBEAT_MS, isStale } from './blocks/nodes.ts'
import { visibleBlocks } from './client/reader.ts'
import type { Cluster } from './cluster.ts'
import type { BlockStatus, ClusterStatus, ContentSummary, FileStatus } from './contract.ts'
import { type FileNode, type INode, totalsOf, visibleBytes } from './namenode/inode.ts'
import { nameOf } from './namenode/paths.ts'

export function fileStatus(path: string, node: INode): FileStatus {
  const { owner, group, permission, modifiedMs, accessedMs, id, kind } = node
  const isFile = node.kind === 'file'
  return {
    path,
    name: nameOf(path),
    kind,
    id,
    bytes: isFile ? visibleBytes(node) : 0,
    replication: isFile ? node.replication : 0,
    blockBytes: isFile ? node.blockSize : 0,
    owner,
    group,
    permission,
    modifiedMs,
    accessedMs: isFile ? accessedMs : 0,
    children: isFile ? 0 : node.children.size,
    open: isFile && node.writer !== null,
    snapshottable: !isFile && node.snapshots !== null,
  }
}

export function contentSummary(node: INode): ContentSummary {
  const { files, directories, bytes, space } = totalsOf(node)
  const quota = node.kind === 'directory' ? node : { nameQuota: null, spaceQuota: null }
  return { files, directories, bytes, spaceBytes: space, nameQuota: quota.nameQuota, spaceQuota: quota.spaceQuota }
}

export function clusterStatus(cluster: Cluster, webhdfs: string): ClusterStatus {
  const { namenode, map, config } = cluster
  const nowMs = cluster.clock.now()
  const { files, directories } = namenode.namespace.root.totals
  const blocks = new Map<string, number>()
  for (const { replicas } of map.blocks.values())
    for (const node of replicas.keys()) blocks.set(node, (blocks.get(node) ?? 0) + 1)
  return {
    webhdfs,
    safeMode: namenode.safeMode ?? null,
    nodes: [...cluster.nodes.values()].map((node) => ({
      name: node.name,
      rack: node.rack,
      state: !node.alive ? 'dead' : isStale(node, nowMs) ? 'stale' : 'live',
      running: cluster.datanode(node.name).running,
      admin: node.admin,
      capacityBytes: node.capacityBytes,
      usedBytes: node.usedBytes,
      blocks: blocks.get(node.name) ?? 0,
      heardMs: node.silentSinceMs ?? nowMs - (nowMs % HEARTBEAT_MS),
      ...(node.silentSinceMs !== undefined && { deadMs: node.silentSinceMs + DEAD_MS }),
    })),
    files,
    directories: directories + 1,
    blocks: map.blocks.size,
    ...map.counts(),
    replication: config.replication,
    blockBytes: config.blockBytes,
  }
}

/** The files at or below a path, in the order of their names; what comes or goes meanwhile may be seen or not. */
export function* filesBelow(path: string, node: INode): Generator<[string, FileNode]> {
  if (node.kind === 'file') yield [path, node]
  else
    for (const [name, child] of [...node.children].sort(([a], [b]) => (a < b ? -1 : 1)))
      yield* filesBelow(path === '/' ? `/${name}` : `${path}/${name}`, child)
}

/** A file's blocks with their replicas, the good ones first. */
export function blockStatuses(cluster: Cluster, file: FileNode): BlockStatus[] {
  let offset = 0
  return visibleBlocks(file).map(({ id, stamp, bytes }) => {
    const block = cluster.map.blocks.get(id)
    const replicas = [...(block?.replicas ?? [])].map(([name, state]) => {
      const { rack, silentSinceMs } = cluster.node(name)
      return { node: name, rack, state: state === 'good' && silentSinceMs !== undefined ? ('silent' as const) : state }
    })
    const pending = [...(block?.pending ?? [])].map((name) => ({
      node: name,
      rack: cluster.node(name).rack,
      state: 'pending' as const,
    }))
    const order = ['good', 'silent', 'pending', 'corrupt']
    const status = {
      id,
      stamp,
      offset,
      bytes,
      wanted: file.replication,
      replicas: [...replicas, ...pending].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)),
    }
    offset += bytes
    return status
  })
}
