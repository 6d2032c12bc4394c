import type { Random } from '../../kit/pure/random.ts'
import type { BlockInfo, BlockMap, Redundancy } from './block-map.ts'
import type { NodeInfo } from './nodes.ts'
import { chooseExcess, chooseTargets } from './placement.ts'

/** dfs.namenode.replication.max-streams, and its hard limit that only the most urgent may use. */
export const STREAMS_MAX = 2
export const STREAMS_HARD_MAX = 4

export type Repair =
  | { readonly kind: 'copy'; readonly block: BlockInfo; readonly source: string; readonly target: string }
  /** `keepers` are to be found intact first: a replica that nobody knows to be bad must not outlive the last good one. */
  | { readonly kind: 'delete'; readonly block: BlockInfo; readonly node: string; readonly keepers: readonly string[] }

/**
 * How urgent (LowRedundancyBlocks): 0 hangs on one replica, 1 has less than a third of what it wants, 2 too few, 3 enough, but in one
 * rack; undefined has what it wants or cannot be helped.
 */
export function priority({ replication }: BlockInfo, { lasting, readable, oneRack }: Redundancy): number | undefined {
  if (readable.length === 0) return undefined
  if (lasting.length < replication) {
    if (readable.length === 1 || lasting.length === 0) return 0
    return lasting.length * 3 < replication ? 1 : 2
  }
  return oneRack ? 3 : undefined
}

/**
 * What one round of the NameNode orders. Nodes' streams are counted on as copies are planned; whoever carries them out gives them back.
 * Blocks that have all they want are dropped from the suspects.
 */
export function planRepairs(map: BlockMap, nodes: ReadonlyMap<string, NodeInfo>, random: Random): Repair[] {
  const repairs: Repair[] = []
  const urgent: { block: BlockInfo; redundancy: Redundancy; priority: number }[] = []
  for (const id of map.suspects) {
    const block = map.blocks.get(id)
    if (!block) {
      map.suspects.delete(id)
      continue
    }
    if (block.open) continue
    if (block.replication === 0) {
      for (const node of block.replicas.keys())
        if (nodes.get(node)!.alive) repairs.push({ kind: 'delete', block, node, keepers: [] })
      map.forget(id)
      continue
    }
    const redundancy = map.redundancy(block)
    const rank = priority(block, redundancy)
    if (rank !== undefined) urgent.push({ block, redundancy, priority: rank })
    else if (surplus(block, redundancy, repairs)) map.suspects.delete(id)
  }
  urgent.sort((a, b) => a.priority - b.priority)
  for (const { block, redundancy, priority: rank } of urgent)
    planCopies(block, redundancy, rank, nodes, random, repairs)
  return repairs
}

/** Deletes what is too much, judged by nodes that are heard of now. Answers whether the block is at rest then. */
function surplus(block: BlockInfo, { lasting, readable, corrupt }: Redundancy, repairs: Repair[]): boolean {
  if (readable.length === 0) return false
  const holders = lasting.filter(({ silentSinceMs }) => silentSinceMs === undefined)
  const gone: NodeInfo[] = []
  while (holders.length > block.replication) {
    const excess = chooseExcess(holders)
    holders.splice(holders.indexOf(excess), 1)
    gone.push(excess)
  }
  const keepers = holders.map(({ name }) => name)
  for (const { name } of gone) repairs.push({ kind: 'delete', block, node: name, keepers })
  for (const node of corrupt) repairs.push({ kind: 'delete', block, node, keepers: [] })
  return block.pending.size === 0 && holders.length === block.replication && corrupt.length === 0 && gone.length === 0
}

function planCopies(
  block: BlockInfo,
  { lasting, readable, corrupt, oneRack }: Redundancy,
  rank: number,
  nodes: ReadonlyMap<string, NodeInfo>,
  random: Random,
  repairs: Repair[],
): void {
  const wanted = Math.max(block.replication - lasting.length, oneRack ? 1 : 0) - block.pending.size
  if (wanted <= 0) return
  const streamsMax = rank === 0 ? STREAMS_HARD_MAX : STREAMS_MAX
  const busy = [...nodes.values()].filter(({ streams }) => streams >= streamsMax).map(({ name }) => name)
  const holding = [...block.replicas.keys(), ...block.pending]
  const choose = (excluded: readonly string[]) =>
    chooseTargets({
      nodes: [...nodes.values()],
      count: wanted,
      existing: [...lasting.map(({ name }) => name), ...block.pending],
      excluded: new Set(excluded),
      bytes: block.bytes,
      random,
    })
  // Another replica in the same crowded rack would help nobody.
  const racks = new Set(lasting.map(({ rack }) => rack))
  const helps = (name: string) => rank !== 3 || !racks.has(nodes.get(name)!.rack)
  const targets = choose([...holding, ...busy]).filter(helps)
  // Where only nodes with a bad replica are left, the bad one gives way to a good one.
  if (targets.length === 0 && choose(holding).filter(helps).length === 0)
    for (const node of corrupt) repairs.push({ kind: 'delete', block, node, keepers: [] })
  for (const target of targets) {
    const free = readable.filter(({ streams }) => streams < streamsMax)
    if (free.length === 0) return
    // A node that is leaving has nothing better to do.
    const leaving = free.filter(({ admin }) => admin !== 'normal')
    const from = leaving.length > 0 ? leaving : free
    const source = from[random.int(from.length)]
    source.streams++
    nodes.get(target)!.streams++
    block.pending.add(target)
    repairs.push({ kind: 'copy', block, source: source.name, target })
  }
}
