import { hadoop } from '../errors.ts'
import { type Caller, READ, requireAccess, requireLive, requireRemoval, WRITE, walk, walkToFile } from './access.ts'
import type { Edit } from './edits.ts'
import { type BlockRef, type FileNode, fileBytes } from './inode.ts'
import type { Leases } from './leases.ts'
import type { NameNode } from './namenode.ts'
import { mkdirs, requireReplication } from './operations.ts'
import { parentOf } from './paths.ts'
import { oneFile, requireQuota, space } from './quota.ts'

/** dfs.namenode.fs-limits.min-block-size, in HDFS 1 MiB; smaller ones cost no more here, and make blocks visible with little data. */
export const BLOCK_BYTES_MIN = 64 * 1024
const MASK = 0o7777

export interface CreateOptions {
  readonly overwrite: boolean
  readonly replication: number
  readonly blockSize: number
  readonly permission: number
  readonly createParent: boolean
  readonly writer: string
}

/** Begins a file. Answers its id, by which its writer goes on whatever becomes of its path. */
export async function create(
  node: NameNode,
  leases: Leases,
  caller: Caller,
  given: string,
  options: CreateOptions,
): Promise<number> {
  const { replication, blockSize, permission, overwrite, writer } = options
  node.requireWritable(`create file ${given}`)
  requireLive(given)
  requireReplication(given, replication)
  if (blockSize < BLOCK_BYTES_MIN)
    throw hadoop(
      'IOException',
      `Specified block size ${blockSize} is less than configured minimum value ${BLOCK_BYTES_MIN}`,
    )
  let { path, node: found, parent } = walk(node.namespace, given, caller)
  if (!parent) {
    if (!options.createParent)
      throw hadoop('FileNotFoundException', `Parent directory doesn't exist: ${parentOf(path)}`)
    await mkdirs(node, caller, parentOf(path))
    parent = walk(node.namespace, path, caller).parent!
  }
  if (found?.kind === 'directory' || path === '/')
    throw hadoop('FileAlreadyExistsException', `${path} already exists as a directory`)
  const before: Edit[] = []
  if (found) {
    if (!overwrite) {
      if (found.writer !== null) requireNoWriter(found, path, leases, node.clock.now())
      throw hadoop('FileAlreadyExistsException', `${path} for client 127.0.0.1 already exists`)
    }
    requireRemoval(found, parent, path, caller)
    requireAccess(found, path, caller, WRITE)
    leases.release(found.id)
    before.push({ op: 'delete', path, timeMs: node.clock.now() })
  } else requireQuota(node.namespace, parentOf(path), oneFile)
  requireAccess(parent, parentOf(path), caller, WRITE)
  const id = node.namespace.counters.inode
  const attributes = node.attributes(caller.user, parent.group, permission & MASK)
  leases.renew(id, node.clock.now())
  await node.commit(...before, { op: 'create', path, id, attributes, replication, blockSize, writer })
  return id
}

function requireNoWriter({ id, writer }: FileNode, path: string, leases: Leases, nowMs: number): void {
  throw leases.isSoft(id, nowMs)
    ? hadoop(
        'RecoveryInProgressException',
        `Failed to CREATE_FILE ${path} because lease recovery is in progress. Try again later.`,
      )
    : hadoop(
        'AlreadyBeingCreatedException',
        `Failed to CREATE_FILE ${path} because this file lease is currently owned by ${writer}`,
      )
}

/** Opens a complete file for more. */
export async function openForAppend(
  node: NameNode,
  leases: Leases,
  caller: Caller,
  given: string,
  writer: string,
): Promise<FileNode> {
  node.requireWritable(`append to ${given}`)
  requireLive(given)
  const { path, node: file } = walkToFile(node.namespace, given, caller)
  requireAccess(file, path, caller, WRITE)
  if (file.writer !== null)
    throw hadoop(
      'AlreadyBeingCreatedException',
      `Failed to APPEND_FILE ${path} because this file lease is currently owned by ${file.writer}`,
    )
  leases.renew(file.id, node.clock.now())
  await node.commit({ op: 'open', path, writer, acknowledged: fileBytes(file) })
  return node.namespace.file(path)
}

/** The file that a writer has open. Throws `LeaseExpiredException` where it was deleted, replaced or closed for them. */
export function written(node: NameNode, file: number, writer: string): { path: string; node: FileNode } {
  const path = node.namespace.open.get(file)
  const found = path === undefined ? undefined : node.namespace.file(path)
  if (path === undefined || found?.writer !== writer)
    throw hadoop(
      'LeaseExpiredException',
      `File does not exist or is closed (inode ${file}): Holder ${writer} does not have it open.`,
    )
  return { path, node: found }
}

/** Makes sure that another block fits the space quotas, whole as HDFS asks for it. */
export function requireBlockQuota({ namespace }: NameNode, path: string, { blockSize, replication }: FileNode): void {
  requireQuota(namespace, parentOf(path), space(blockSize * replication))
}

export async function setBlocks(
  node: NameNode,
  file: number,
  writer: string,
  from: number,
  blocks: readonly BlockRef[],
): Promise<void> {
  await node.commit({ op: 'blocks', path: written(node, file, writer).path, from, blocks })
}

export async function closeFile(
  node: NameNode,
  leases: Leases,
  file: number,
  writer: string,
  from: number,
  blocks: readonly BlockRef[],
): Promise<void> {
  const { path } = written(node, file, writer)
  leases.release(file)
  await node.commit({ op: 'blocks', path, from, blocks }, { op: 'close', path, timeMs: node.clock.now() })
}

/** Says that so many bytes of the file are safe: they are there after any crash, and can be read. */
export async function acknowledge(node: NameNode, file: number, writer: string, bytes: number): Promise<void> {
  await node.commit({ op: 'acknowledge', path: written(node, file, writer).path, bytes })
}

/** Takes back a file that was begun and never completed. */
export async function abandon(node: NameNode, leases: Leases, file: number, writer: string): Promise<void> {
  const { path } = written(node, file, writer)
  leases.release(file)
  await node.commit({ op: 'delete', path, timeMs: node.clock.now() })
}

/** A file whose bytes the caller may read. */
export function readable(node: NameNode, caller: Caller, given: string): { path: string; node: FileNode } {
  const found = walkToFile(node.namespace, given, caller)
  requireAccess(found.node, found.path, caller, READ)
  return found
}
