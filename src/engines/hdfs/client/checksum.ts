import { createHash } from 'node:crypto'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Cluster } from '../cluster.ts'
import { CHUNK_BYTES } from '../datanode/chunk-sums.ts'
import { hadoop } from '../errors.ts'
import type { BlockRef, FileNode } from '../namenode/inode.ts'
import { visibleBlocks } from './reader.ts'

export interface FileChecksum {
  readonly algorithm: string
  /** In hex: bytes a checksum, checksums a block, and the digest. */
  readonly bytes: string
  readonly length: number
}

/** MD5 of the blocks' MD5s of their chunks' CRC-32Cs (Hadoop's `MD5MD5CRC32FileChecksum`). */
export async function fileChecksum(cluster: Cluster, path: string, file: FileNode): Promise<FileChecksum> {
  const blocks = visibleBlocks(file).filter(({ bytes }) => bytes > 0)
  if (blocks.length === 0) {
    // What Hadoop has always answered for a file without blocks: the digest of an unfilled buffer of 32 bytes.
    return answer('MD5-of-0MD5-of-0CRC32', 0, 0, createHash('md5').update(Buffer.alloc(32)).digest())
  }
  const whole = createHash('md5')
  for (const block of blocks)
    whole.update(
      createHash('md5')
        .update(await sumsOf(cluster, path, block))
        .digest(),
    )
  const perBlock = blocks.length > 1 ? Math.ceil(blocks[0].bytes / CHUNK_BYTES) : 0
  return answer(`MD5-of-${perBlock}MD5-of-${CHUNK_BYTES}CRC32C`, CHUNK_BYTES, perBlock, whole.digest())
}

function answer(algorithm: string, chunkBytes: number, perBlock: number, digest: Buffer): FileChecksum {
  const head = Buffer.alloc(12)
  head.writeUInt32BE(chunkBytes, 0)
  head.writeBigUInt64BE(BigInt(perBlock), 4)
  return { algorithm, bytes: Buffer.concat([head, digest]).toString('hex'), length: 28 }
}

async function sumsOf(cluster: Cluster, path: string, block: BlockRef): Promise<Buffer> {
  for (const node of cluster.readers(block.id, undefined)) {
    try {
      return await node.store.sums(block)
    } catch (thrown) {
      if (EngineError.from(thrown).domain !== 'external') throw thrown
    }
  }
  throw hadoop('BlockMissingException', `Could not obtain block: blk_${block.id}_${block.stamp} file=${path}`)
}
