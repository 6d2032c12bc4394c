import { EngineError } from '../../kit/pure/errors.ts'
import { readAhead } from '../../kit/pure/read-ahead.ts'
import type { Cluster } from '../cluster.ts'
import { hadoop } from '../errors.ts'
import { type BlockRef, type FileNode, visibleBytes } from '../namenode/inode.ts'

interface Range {
  readonly offset: number
  readonly length: number
  readonly near?: string | undefined
}

/** Bytes `[offset, offset + length)` of a file as far as they can be seen, from the nearest good replicas. A piece is good until the next is asked for. */
export function readFile(cluster: Cluster, path: string, file: FileNode, range: Range): AsyncGenerator<Buffer> {
  return readAhead(piecesOf(cluster, path, file, range))
}

async function* piecesOf(cluster: Cluster, path: string, file: FileNode, range: Range): AsyncGenerator<Buffer> {
  const end = Math.min(range.offset + range.length, visibleBytes(file))
  let start = 0
  for (const block of visibleBlocks(file)) {
    const from = Math.max(range.offset - start, 0)
    const to = Math.min(end - start, block.bytes)
    if (from < to) yield* readBlock(cluster, block, from, to, range.near, { path, isOpen: file.writer !== null })
    start += block.bytes
  }
}

/** The blocks with as many bytes as can be seen of each. */
export function visibleBlocks(file: FileNode): BlockRef[] {
  let left = visibleBytes(file)
  return file.blocks.map((block, i) => {
    const isLast = i === file.blocks.length - 1
    const bytes =
      isLast || file.writer === null
        ? Math.min(left, file.writer === null ? block.bytes : left)
        : Math.min(left, block.bytes)
    left -= bytes
    return { ...block, bytes }
  })
}

/**
 * Reads from one replica after the other: where one fails, the next goes on at the same place. A bad checksum is reported, so that the
 * replica is replaced. Throws `BlockMissingException` when none is left.
 */
export async function* readBlock(
  cluster: Cluster,
  block: BlockRef,
  from: number,
  to: number,
  near: string | undefined,
  { path = '', isOpen = false } = {},
): AsyncGenerator<Buffer> {
  const nodes = cluster.readers(block.id, near)
  let at = from
  while (at < to) {
    const [node] = nodes
    if (!node)
      throw hadoop('BlockMissingException', `Could not obtain block: blk_${block.id}_${block.stamp} file=${path}`)
    try {
      for await (const piece of node.read(block, at, to, isOpen)) {
        at += piece.length
        yield piece
      }
    } catch (thrown) {
      if (EngineError.from(thrown).domain !== 'external') throw thrown
      cluster.readFailed(node.name, block, thrown)
      nodes.shift()
    }
  }
}
