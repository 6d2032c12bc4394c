import type { StoredReplica } from '../blocks/block-map.ts'
import { chunkSums } from './chunk-sums.ts'
import type { DataNode } from './datanode.ts'

/** Copies a replica that is complete; what is read is checked on the way. It counts on the target once it is there whole. */
export async function copyReplica(source: DataNode, target: DataNode, replica: StoredReplica): Promise<void> {
  const { id, stamp, bytes } = replica
  const writer = await target.begin(id, stamp)
  try {
    let at = 0
    for await (const piece of source.read(replica, 0, bytes)) {
      await writer.write(at, piece, chunkSums(piece))
      at += piece.length
    }
    await writer.sync()
  } catch (thrown) {
    await writer.close()
    if (target.running) await target.store.remove(id)
    throw thrown
  }
  await writer.close()
}
