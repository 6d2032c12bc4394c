import { z } from 'zod'
import { bytes, call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const FileStatus = z.object({
  path: z.string(),
  name: z.string(),
  kind: z.enum(['file', 'directory']),
  id: z.number().int(),
  /** What can be read; 0 for a directory. */
  bytes: z.number(),
  replication: z.number().int(),
  blockBytes: z.number(),
  owner: z.string(),
  group: z.string(),
  permission: z.number().int(),
  modifiedMs: z.number(),
  accessedMs: z.number(),
  /** Of a directory. */
  children: z.number().int(),
  /** It is being written. */
  open: z.boolean(),
  /** Snapshots may be taken of it. */
  snapshottable: z.boolean(),
})
export type FileStatus = z.infer<typeof FileStatus>

export const NodeStatus = z.object({
  name: z.string(),
  rack: z.string(),
  state: z.enum(['live', 'stale', 'dead']),
  /** Whether its process runs; the NameNode learns of it by silence. */
  running: z.boolean(),
  admin: z.enum(['normal', 'decommissioning', 'decommissioned']),
  capacityBytes: z.number(),
  usedBytes: z.number(),
  blocks: z.number().int(),
  /** When the NameNode heard of it last. */
  heardMs: z.number(),
  /** When it will be held for dead, where it is silent. */
  deadMs: z.number().optional(),
})
export type NodeStatus = z.infer<typeof NodeStatus>

export const ClusterStatus = z.object({
  webhdfs: z.string(),
  /** Why nothing can be changed; null outside safe mode. */
  safeMode: z.string().nullable(),
  nodes: z.array(NodeStatus),
  files: z.number().int(),
  directories: z.number().int(),
  blocks: z.number().int(),
  underReplicated: z.number().int(),
  overReplicated: z.number().int(),
  corrupt: z.number().int(),
  missing: z.number().int(),
  pendingReplication: z.number().int(),
  replication: z.number().int(),
  blockBytes: z.number(),
})
export type ClusterStatus = z.infer<typeof ClusterStatus>

export const BlockReplica = z.object({
  node: z.string(),
  rack: z.string(),
  state: z.enum(['good', 'corrupt', 'pending', 'silent']),
})

export const BlockStatus = z.object({
  id: z.number().int(),
  stamp: z.number().int(),
  offset: z.number(),
  bytes: z.number(),
  wanted: z.number().int(),
  replicas: z.array(BlockReplica),
})
export type BlockStatus = z.infer<typeof BlockStatus>

export const ContentSummary = z.object({
  files: z.number().int(),
  directories: z.number().int(),
  bytes: z.number(),
  spaceBytes: z.number(),
  nameQuota: z.number().nullable(),
  spaceQuota: z.number().nullable(),
})
export type ContentSummary = z.infer<typeof ContentSummary>

export const FileBlocks = z.object({ file: FileStatus, blocks: z.array(BlockStatus) })
export type FileBlocks = z.infer<typeof FileBlocks>

/** "drwxr-xr-x", as `ls` says it. */
export function permissionText({ kind, permission }: Pick<FileStatus, 'kind' | 'permission'>): string {
  const letters = [...'rwxrwxrwx'].map((letter, i) => (permission & (0o400 >> i) ? letter : '-'))
  if (permission & 0o1000) letters[8] = letters[8] === 'x' ? 't' : 'T'
  return `${kind === 'directory' ? 'd' : '-'}${letters.join('')}`
}

export const ClusterName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/)

/** A DataNode as it is asked for; its name is also that of its folder. */
export const NodeInput = z.object({
  name: z.string().regex(/^(?!namenode$)[a-z0-9][a-z0-9-]{0,62}$/),
  rack: z.string().regex(/^\/[\w.-]+$/),
  capacityMiB: z
    .number()
    .int()
    .positive()
    .default(64 * 1024),
})
export type NodeInput = z.infer<typeof NodeInput>

/** `local` unless told. */
const inCluster = z.object({ cluster: ClusterName.default('local') })
const aPath = inCluster.extend({ path: z.string() })
/** `near` is the DataNode where the caller runs: it has the first replica of what is written, and what it has is read there. */
const nearby = aPath.extend({ near: z.string().optional() })
const aNode = inCluster.extend({ node: z.string() })
/** A handle is of one cluster by itself. */
const aHandle = z.object({ handle: z.string() })
const done = z.object({ done: z.boolean() })

/**
 * Distributed file systems: each a NameNode's namespace, and blocks on DataNodes in racks. Whoever calls is its superuser. `local` is always
 * there, as `hdfs.json` has it; others are made and deleted.
 */
export const hdfs = defineContract('hdfs', {
  describe: call(inCluster, ClusterStatus),
  /** The cluster now, and after each change. */
  watch: feed(inCluster, ClusterStatus),
  status: call(aPath, FileStatus),
  list: call(aPath, z.array(FileStatus)),
  summary: call(aPath, ContentSummary),
  blocks: call(aPath, z.array(BlockStatus)),
  /** Every file at or below a path with its blocks, in the order of their names. */
  check: feed(aPath, z.array(FileBlocks)),
  checksum: call(aPath, z.object({ algorithm: z.string(), bytes: z.string() })),

  mkdirs: call(aPath.extend({ parents: z.boolean().default(true), permission: z.number().int().optional() }), done),
  rename: call(inCluster.extend({ from: z.string(), to: z.string() }), done),
  remove: call(aPath.extend({ recursive: z.boolean().default(false) }), done),
  setReplication: call(aPath.extend({ replication: z.number().int() }), done),
  setPermission: call(aPath.extend({ permission: z.number().int() }), nothing),
  setOwner: call(aPath.extend({ owner: z.string().optional(), group: z.string().optional() }), nothing),
  setTimes: call(aPath.extend({ modifiedMs: z.number(), accessedMs: z.number() }), nothing),
  /** What is left out stays as it is, null takes the quota away. */
  setQuota: call(
    aPath.extend({ nameQuota: z.number().nullable().optional(), spaceQuota: z.number().nullable().optional() }),
    nothing,
  ),
  concat: call(aPath.extend({ sources: z.array(z.string()) }), nothing),
  truncate: call(aPath.extend({ bytes: z.number().int().nonnegative() }), done),
  setSnapshottable: call(aPath.extend({ allowed: z.boolean() }), nothing),
  createSnapshot: call(aPath.extend({ name: z.string().optional() }), z.object({ path: z.string() })),
  renameSnapshot: call(aPath.extend({ from: z.string(), to: z.string() }), nothing),
  deleteSnapshot: call(aPath.extend({ name: z.string() }), nothing),

  /** Begins a file. What is written counts, and can be seen, once it is flushed or closed; given up, it was never there. */
  create: call(
    nearby.extend({
      overwrite: z.boolean().default(false),
      replication: z.number().int().optional(),
      blockBytes: z.number().int().optional(),
    }),
    aHandle,
  ),
  append: call(nearby, aHandle),
  write: call(aHandle.extend({ bytes: bytes() }), nothing, { bulk: true }),
  flush: call(aHandle, nothing),
  close: call(aHandle, nothing),
  abandon: call(aHandle, nothing),
  read: feed(
    nearby.extend({
      offset: z.number().int().nonnegative().default(0),
      length: z.number().int().nonnegative().optional(),
    }),
    z.object({ bytes: bytes() }),
    { bulk: true },
  ),

  /** Ends a DataNode's process; its files stay. */
  killNode: call(aNode, nothing),
  startNode: call(aNode, nothing),
  decommission: call(aNode, nothing),
  recommission: call(aNode, nothing),
  /** Turns bits of a replica on disk, as a failing disk would. */
  damageReplica: call(aNode.extend({ block: z.number().int() }), nothing),
  safeMode: call(inCluster.extend({ action: z.enum(['enter', 'leave', 'get']) }), z.object({ on: z.boolean() })),
  saveNamespace: call(inCluster, nothing),
  /** Moves replicas until no node is more than `threshold` percentage points from the cluster's use. */
  balance: call(
    inCluster.extend({ threshold: z.number().min(1).max(100).default(10) }),
    z.object({ moved: z.number(), bytes: z.number() }),
  ),
  /** Reads every replica now; they are also read every three weeks. */
  scan: call(inCluster, z.object({ replicas: z.number(), corrupt: z.number() })),

  listClusters: call(nothing, z.object({ clusters: z.array(z.string()) })),
  /** Made and empty, or as it is where it has been made before. */
  createCluster: call(
    z.object({
      cluster: ClusterName,
      nodes: z.array(NodeInput).min(1).max(100),
      replication: z.number().int().min(1).optional(),
      blockBytes: z.number().int().optional(),
      /** Blocks and their checksums are encrypted on disk, under a key of the cluster. */
      encrypted: z.boolean().default(false),
    }),
    ClusterStatus,
  ),
  /** All that was in it is gone. */
  deleteCluster: call(z.object({ cluster: ClusterName }), nothing),
  /** Of a cluster beside `local`, as `removeNode`. */
  addNodes: call(inCluster.extend({ nodes: z.array(NodeInput) }), nothing),
  /** `graceful` first waits until its blocks are elsewhere (decommission); without, what only it had is lost. */
  removeNode: call(aNode.extend({ graceful: z.boolean().default(true) }), nothing),
})
