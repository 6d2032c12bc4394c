import type { StoredReplica } from '../blocks/block-map.ts'
import { CHUNK_BYTES, chunkSums } from './crc32c.ts'
import type { DataNode } from './datanode.ts'

/** Whole chunks that are read, checked and passed on at once. */
export const PIECE_BYTES = 2048 * CHUNK_BYTES

/** Copies a replica that is complete; what is read is checked on the way. It counts on the target once it is there whole. */
export async function copyReplica(source: DataNode, target: DataNode, replica: StoredReplica): Promise<void> {
  const { id, stamp, bytes } = replica
  const writer = await target.begin(id, stamp)
  try {
    for (let at = 0; at < bytes; at += PIECE_BYTES) {
      const piece = await source.store.read(replica, at, Math.min(at + PIECE_BYTES, bytes))
      await writer.write(at, piece, chunkSums(piece))
    }
    await writer.sync()
  } catch (thrown) {
    await writer.close()
    if (target.running) await target.store.remove(id)
    throw thrown
  }
  await writer.close()
}

/** Whether all bytes of a replica can be read and have their checksums. */
export async function isIntact(node: DataNode, replica: StoredReplica): Promise<boolean> {
  try {
    for (let at = 0; at < replica.bytes; at += PIECE_BYTES)
      await node.store.read(replica, at, Math.min(at + PIECE_BYTES, replica.bytes))
    return true
  } catch {
    return false
  }
}
