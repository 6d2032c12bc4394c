import type { Random } from '../../kit/pure/random.ts'
import { freeBytes, type NodeInfo, takesReplicas } from './nodes.ts'

export interface PlacementRequest {
  readonly nodes: readonly NodeInfo[]
  readonly count: number
  /** Where the writer runs; undefined for a client outside the cluster. */
  readonly near?: string | undefined
  /** Nodes that have a replica, in order. */
  readonly existing: readonly string[]
  /** Nodes that must not be chosen. */
  readonly excluded: ReadonlySet<string>
  readonly bytes: number
  readonly random: Random
}

/**
 * The default block placement of HDFS: the first replica where the writer is (else anywhere), the second in another rack, the third in the
 * rack of the second, more of them anywhere, yet not too many in a rack. Where the racks do not allow it any node is better than none.
 */
export function chooseTargets(request: PlacementRequest): string[] {
  const { nodes, count, near, existing, excluded, bytes, random } = request
  const rackOf = new Map(nodes.map(({ name, rack }) => [name, rack]))
  const chosen = [...existing]
  const racks = new Set(nodes.filter(takesReplicas).map(({ rack }) => rack)).size
  const perRackMax = racks === 1 ? Number.POSITIVE_INFINITY : Math.floor((existing.length + count - 1) / racks) + 2
  const open = (fits: (node: NodeInfo) => boolean): NodeInfo[] =>
    nodes.filter(
      (node) =>
        takesReplicas(node) &&
        !excluded.has(node.name) &&
        !chosen.includes(node.name) &&
        freeBytes(node) >= bytes &&
        fits(node),
    )
  const inRack = (rack: string) => chosen.filter((name) => rackOf.get(name) === rack).length
  for (let i = 0; i < count; i++) {
    const [first, second] = chosen.map((name) => rackOf.get(name)!)
    const wishes: ((node: NodeInfo) => boolean)[] = []
    if (chosen.length === 0) wishes.push(({ name }) => name === near)
    else if (new Set(chosen.map((name) => rackOf.get(name))).size === 1) wishes.push(({ rack }) => rack !== first)
    else if (chosen.length === 2) wishes.push(({ rack }) => rack === second)
    wishes.push(
      ({ rack }) => inRack(rack) < perRackMax,
      () => true,
    )
    const candidates = wishes.map(open).find((found) => found.length > 0)
    if (!candidates) break
    chosen.push(candidates[random.int(candidates.length)].name)
  }
  return chosen.slice(existing.length)
}

/** Which of too many replicas goes: the racks stay as many as they can be, then the fullest node gives its own. */
export function chooseExcess(holders: readonly NodeInfo[]): NodeInfo {
  const byRack = Map.groupBy(holders, ({ rack }) => rack)
  const crowded = [...byRack.values()].filter((nodes) => nodes.length > 1).flat()
  const candidates = crowded.length > 0 ? crowded : holders
  return candidates.reduce((fullest, node) => (freeBytes(node) < freeBytes(fullest) ? node : fullest))
}

/** Nearest first: the same node, the same rack, anywhere; by chance among equals. */
export function byDistance(nodes: readonly NodeInfo[], near: NodeInfo | undefined, random: Random): NodeInfo[] {
  const distance = (node: NodeInfo) => (node.name === near?.name ? 0 : node.rack === near?.rack ? 2 : 4)
  return nodes
    .map((node) => ({ node, key: distance(node) + random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ node }) => node)
}
