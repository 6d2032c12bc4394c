import type { BlockMap } from './block-map.ts'
import { type NodeInfo, takesReplicas } from './nodes.ts'

export interface Move {
  readonly block: number
  readonly bytes: number
  readonly source: string
  readonly target: string
}

/**
 * Moves that bring every node's use within `threshold` percentage points of the cluster's (the balancer's policy `datanode`). No block gets
 * two replicas on a node, nor fewer racks than it has.
 */
export function planBalance(map: BlockMap, nodes: ReadonlyMap<string, NodeInfo>, threshold: number): Move[] {
  const taking = [...nodes.values()].filter(takesReplicas)
  const used = new Map(taking.map(({ name, usedBytes }) => [name, usedBytes]))
  const total = taking.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
  const average = ([...used.values()].reduce((sum, bytes) => sum + bytes, 0) / total) * 100
  const share = ({ name, capacityBytes }: NodeInfo) => (used.get(name)! / capacityBytes) * 100
  const moves: Move[] = []
  for (const block of map.blocks.values()) {
    const { lasting } = map.redundancy(block)
    // What is under repair is moved later.
    if (block.open || block.pending.size > 0 || lasting.length !== block.replication) continue
    const source = [...lasting].sort((a, b) => share(b) - share(a)).at(0)
    if (!source || share(source) <= average) continue
    const isOver = share(source) > average + threshold
    const others = lasting.filter((node) => node !== source)
    const racksWith = (rack: string) => new Set([...others.map((node) => node.rack), rack]).size
    const target = taking
      .filter(
        (node) =>
          !block.replicas.has(node.name) &&
          (isOver || share(node) < average - threshold) &&
          share(node) + (block.bytes / node.capacityBytes) * 100 <= average + threshold &&
          racksWith(node.rack) >= racksWith(source.rack),
      )
      .sort((a, b) => share(a) - share(b))
      .at(0)
    if (!target) continue
    used.set(source.name, used.get(source.name)! - block.bytes)
    used.set(target.name, used.get(target.name)! + block.bytes)
    moves.push({ block: block.id, bytes: block.bytes, source: source.name, target: target.name })
  }
  return moves
}
