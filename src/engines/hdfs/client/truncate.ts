import type { Cluster } from '../cluster.ts'
import { hadoop } from '../errors.ts'
import { type Caller, requireAccess, requireLive, WRITE, walkToFile } from '../namenode/access.ts'
import { fileBytes } from '../namenode/inode.ts'
import { isInSnapshot } from '../namenode/operations.ts'
import { recoverFile } from './recovery.ts'

/** Cuts a file: as if a writer had been told that so much is safe, and had gone. Answers true, since it is done when this resolves. */
export async function truncate(cluster: Cluster, caller: Caller, given: string, bytes: number): Promise<boolean> {
  const { namenode } = cluster
  namenode.requireWritable(`truncate for ${given}`)
  requireLive(given)
  const { path, node } = walkToFile(namenode.namespace, given, caller)
  requireAccess(node, path, caller, WRITE)
  const length = fileBytes(node)
  if (node.writer !== null)
    throw hadoop(
      'AlreadyBeingCreatedException',
      `Failed to TRUNCATE_FILE ${path} because this file lease is currently owned by ${node.writer}`,
    )
  if (bytes > length)
    throw hadoop(
      'HadoopIllegalArgumentException',
      `Cannot truncate to a larger file size. Current size: ${length}, truncate size: ${bytes}.`,
    )
  if (isInSnapshot(namenode, path))
    throw hadoop('UnsupportedOperationException', `Cannot truncate ${path}: a snapshot shares its blocks.`)
  if (bytes === length) return true
  await namenode.commit({ op: 'open', path, writer: 'HDFS_NameNode', acknowledged: bytes })
  await recoverFile(cluster, node.id)
  return true
}
