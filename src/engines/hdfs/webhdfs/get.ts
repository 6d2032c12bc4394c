import { fileChecksum } from '../client/checksum.ts'
import type { FileStatus } from '../contract.ts'
import { CHUNK_BYTES } from '../datanode/chunk-sums.ts'
import { PIECE_BYTES } from '../datanode/replica-store.ts'
import { hadoop } from '../errors.ts'
import { READ, walkTo } from '../namenode/access.ts'
import { readable } from '../namenode/files.ts'
import type { INode } from '../namenode/inode.ts'
import * as operations from '../namenode/operations.ts'
import { snapshottable } from '../namenode/snapshots.ts'
import { blockStatuses, contentSummary, fileStatus } from '../status.ts'
import { open } from './data.ts'
import { blockLocationsJson, fileStatusJson, locatedBlocksJson, snapshottableJson, xattrsJson } from './json.ts'
import { ok, type WebAnswer, type WebRequest } from './request.ts'

type Operation = (request: WebRequest) => WebAnswer | Promise<WebAnswer>

/** dfs.ls.limit */
const BATCH = 1000
const HOME = '/user'

const statusOf = (path: string, node: INode): FileStatus => fileStatus(path, node)
const unlimited = (quota: number | null): number => quota ?? -1

/** Entries as LISTSTATUS gives them: a file is listed under an empty suffix. */
function entries({ cluster, caller, path }: WebRequest): { name: string; json: object }[] {
  return operations
    .list(cluster.namenode, caller, path)
    .map(([name, node]) => ({ name, json: fileStatusJson(statusOf(`${path}/${name}`, node), name) }))
}

/** Blocks that overlap what was asked for. */
function blocksOf({ cluster, caller, path, parameters }: WebRequest) {
  const { node } = readable(cluster.namenode, caller, path)
  const from = parameters.atLeast('offset', 0) ?? 0
  const to = from + (parameters.atLeast('length', 0) ?? Number.MAX_SAFE_INTEGER)
  const blocks = blockStatuses(cluster, node).filter(({ offset, bytes }) => offset < to && offset + bytes > from)
  return { node, blocks }
}

function summaryJson({ cluster, caller, path }: WebRequest) {
  const summary = contentSummary(operations.stat(cluster.namenode, caller, path).node)
  return {
    summary,
    quotas: {
      quota: unlimited(summary.nameQuota),
      spaceConsumed: summary.spaceBytes,
      spaceQuota: unlimited(summary.spaceQuota),
      typeQuota: {},
    },
  }
}

export const GET: Readonly<Record<string, Operation>> = {
  OPEN: open,
  GETFILESTATUS({ cluster, caller, path }) {
    const { path: real, node } = operations.stat(cluster.namenode, caller, path)
    return ok({ FileStatus: fileStatusJson(statusOf(real, node), '') })
  },
  LISTSTATUS: (request) => ok({ FileStatuses: { FileStatus: entries(request).map(({ json }) => json) } }),
  LISTSTATUS_BATCH(request) {
    const after = request.parameters.text('startafter') ?? ''
    const rest = entries(request).filter(
      ({ name }) => after === '' || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0,
    )
    const partial = rest.slice(0, BATCH).map(({ json }) => json)
    return ok({
      DirectoryListing: {
        partialListing: { FileStatuses: { FileStatus: partial } },
        remainingEntries: rest.length - partial.length,
      },
    })
  },
  GETCONTENTSUMMARY(request) {
    const { summary, quotas } = summaryJson(request)
    const { directories: directoryCount, files: fileCount, bytes: length } = summary
    return ok({ ContentSummary: { directoryCount, fileCount, length, ...quotas, ecPolicy: '' } })
  },
  GETQUOTAUSAGE(request) {
    const { summary, quotas } = summaryJson(request)
    return ok({ QuotaUsage: { fileAndDirectoryCount: summary.files + summary.directories, ...quotas } })
  },
  async GETFILECHECKSUM({ cluster, caller, path }) {
    const { path: real, node } = readable(cluster.namenode, caller, path)
    return ok({ FileChecksum: await fileChecksum(cluster, real, node) })
  },
  GETHOMEDIRECTORY: ({ caller }) => ok({ Path: `${HOME}/${caller.user}` }),
  GETTRASHROOT: ({ caller }) => ok({ Path: `${HOME}/${caller.user}/.Trash` }),
  GETXATTRS({ cluster, caller, path, parameters }) {
    const { path: real, node } = walkTo(cluster.namenode.namespace, path, caller)
    const asked = parameters.all('xattr.name').filter((name) => name !== '')
    for (const name of asked) {
      operations.requireXattr(node, real, caller, name, READ)
      if (!(name in node.xattrs)) throw hadoop('IOException', 'At least one of the attributes provided was not found.')
    }
    const encoding = (parameters.text('encoding') ?? 'TEXT').toUpperCase()
    return ok({ XAttrs: xattrsJson(node, asked.length > 0 ? asked : operations.visibleXattrs(node, caller), encoding) })
  },
  LISTXATTRS({ cluster, caller, path }) {
    const { node } = walkTo(cluster.namenode.namespace, path, caller)
    return ok({ XAttrNames: JSON.stringify(operations.visibleXattrs(node, caller)) })
  },
  CHECKACCESS({ cluster, caller, path, parameters }) {
    operations.checkAccess(cluster.namenode, caller, path, parameters.required('fsaction'))
    return ok()
  },
  GETFILEBLOCKLOCATIONS(request) {
    return ok({ BlockLocations: blockLocationsJson(blocksOf(request).blocks, request.address) })
  },
  GET_BLOCK_LOCATIONS(request) {
    const { node, blocks } = blocksOf(request)
    return ok({ LocatedBlocks: locatedBlocksJson(blocks, node.writer !== null, request.address) })
  },
  GETSNAPSHOTTABLEDIRECTORYLIST: ({ cluster, caller }) =>
    ok({
      SnapshottableDirectoryList: snapshottable(cluster.namenode, caller).map(({ path, folder }) =>
        snapshottableJson(path, folder, statusOf(path, folder)),
      ),
    }),
  GETSNAPSHOTLIST({ cluster, caller, path }) {
    const { path: real, node } = operations.stat(cluster.namenode, caller, path)
    if (node.kind === 'file' || !node.snapshots)
      throw hadoop('SnapshotException', `Directory is not a snapshottable directory: ${real}`)
    const list = [...node.snapshots].map(([name, { id, root }]) => ({
      dirStatus: fileStatusJson(statusOf(`${real}/.snapshot/${name}`, root), name),
      isDeleted: false,
      parentFullPath: real,
      snapshotID: id,
    }))
    return ok({ SnapshotList: list })
  },
  GETSERVERDEFAULTS: ({ cluster }) =>
    ok({
      FsServerDefaults: {
        blockSize: cluster.config.blockBytes,
        bytesPerChecksum: CHUNK_BYTES,
        checksumType: 2,
        defaultStoragePolicyId: 0,
        encryptDataTransfer: false,
        fileBufferSize: 4096,
        keyProviderUri: '',
        replication: cluster.config.replication,
        trashInterval: 0,
        writePacketSize: PIECE_BYTES,
      },
    }),
  GETSTATUS({ cluster }) {
    const nodes = [...cluster.nodes.values()].filter(({ alive }) => alive)
    const capacity = nodes.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
    const used = nodes.reduce((sum, { usedBytes }) => sum + usedBytes, 0)
    return ok({ FsStatus: { capacity, used, remaining: capacity - used } })
  },
  /** Without security Hadoop gives no tokens; clients go on without one. */
  GETDELEGATIONTOKEN: () => ok({ Token: null } as object),
}
