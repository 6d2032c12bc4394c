import type { BlockStatus, FileStatus } from '../contract.ts'
import type { DirectoryNode, INode } from '../namenode/inode.ts'

const octal = (permission: number): string => permission.toString(8)

/** `FileStatus` of the WebHDFS schema. */
export function fileStatusJson(status: FileStatus, pathSuffix: string): object {
  return {
    accessTime: status.accessedMs,
    blockSize: status.blockBytes,
    childrenNum: status.children,
    fileId: status.id,
    group: status.group,
    length: status.bytes,
    modificationTime: status.modifiedMs,
    owner: status.owner,
    pathSuffix,
    permission: octal(status.permission),
    replication: status.replication,
    storagePolicy: 0,
    type: status.kind === 'file' ? 'FILE' : 'DIRECTORY',
    ...(status.snapshottable && { snapshotEnabled: true }),
  }
}

/** Who may ask which node for a block: all of them answer at one address here, told apart by name. */
function datanodeJson(node: string, rack: string, address: string): object {
  const [host, port] = address.split(':')
  return {
    ipAddr: host,
    hostName: node,
    storageID: `DS-${node}`,
    xferPort: 0,
    infoPort: Number(port),
    infoSecurePort: 0,
    ipcPort: 0,
    name: address,
    networkLocation: rack,
    adminState: 'NORMAL',
  }
}

/** `LocatedBlocks`, as GET_BLOCK_LOCATIONS answers. */
export function locatedBlocksJson(blocks: readonly BlockStatus[], open: boolean, address: string): object {
  const located = blocks.map(({ id, stamp, offset, bytes, replicas }) => {
    const good = replicas.filter(({ state }) => state === 'good' || state === 'silent')
    return {
      block: { blockPoolId: 'BP-millrace', blockId: id, generationStamp: stamp, numBytes: bytes },
      startOffset: offset,
      locations: good.map(({ node, rack }) => datanodeJson(node, rack, address)),
      storageTypes: good.map(() => 'DISK'),
      cachedLocations: [],
      isCorrupt: good.length === 0 && replicas.length > 0,
      blockToken: { urlString: '' },
    }
  })
  return {
    fileLength: blocks.reduce((sum, { bytes }) => sum + bytes, 0),
    isUnderConstruction: open,
    isLastBlockComplete: !open,
    locatedBlocks: located,
    lastLocatedBlock: located.at(-1) ?? null,
  }
}

/** `BlockLocations`, as GETFILEBLOCKLOCATIONS answers. */
export function blockLocationsJson(blocks: readonly BlockStatus[], address: string): object {
  return {
    BlockLocation: blocks.map(({ offset, bytes, replicas }) => {
      const good = replicas.filter(({ state }) => state === 'good' || state === 'silent')
      return {
        cachedHosts: [],
        corrupt: good.length === 0 && replicas.length > 0,
        hosts: good.map(({ node }) => node),
        length: bytes,
        names: good.map(() => address),
        offset,
        storageTypes: good.map(() => 'DISK'),
        topologyPaths: good.map(({ rack, node }) => `${rack}/${node}`),
      }
    }),
  }
}

export function snapshottableJson(path: string, folder: DirectoryNode, status: FileStatus): object {
  return {
    dirStatus: fileStatusJson(status, status.name),
    parentFullPath: path.slice(0, path.lastIndexOf('/')) || '/',
    snapshotNumber: folder.snapshots!.size,
    snapshotQuota: 65_536,
  }
}

/** Values as asked for: quoted text, `0x…` or `0s…`. */
export function xattrsJson(node: INode, names: readonly string[], encoding: string): object[] {
  return names.map((name) => ({ name, value: encoded(Buffer.from(node.xattrs[name], 'base64'), encoding) }))
}

function encoded(value: Buffer, encoding: string): string {
  if (encoding === 'HEX') return `0x${value.toString('hex')}`
  return encoding === 'BASE64' ? `0s${value.toString('base64')}` : `"${value.toString()}"`
}

/** A value as clients send it, in any of those forms or bare. */
export function decodedXattr(text: string): Buffer {
  if (/^0x/i.test(text)) return Buffer.from(text.slice(2), 'hex')
  if (/^0s/i.test(text)) return Buffer.from(text.slice(2), 'base64')
  return Buffer.from(/^".*"$/s.test(text) ? text.slice(1, -1) : text)
}
