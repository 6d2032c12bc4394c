import type { Edit } from '../namenode/edits.ts'
import type { BlockRef, FileNode } from '../namenode/inode.ts'
import type { Namespace } from '../namenode/namespace.ts'
import { type NodeInfo, takesReplicas } from './nodes.ts'

export interface BlockInfo {
  readonly id: number
  stamp: number
  bytes: number
  replication: number
  /** It is being written: its replicas are the writer's care. */
  open: boolean
  /** Node → whether its bytes are good, as far as anyone has found. */
  readonly replicas: Map<string, 'good' | 'corrupt'>
  /** Nodes that are about to get one. */
  readonly pending: Set<string>
}

/** A replica that a node has on disk. */
export interface StoredReplica {
  readonly id: number
  readonly stamp: number
  readonly bytes: number
}

export interface Redundancy {
  /** Good replicas on nodes that stay. */
  readonly lasting: readonly NodeInfo[]
  /** Good ones that can be read, on nodes that are leaving too. */
  readonly readable: readonly NodeInfo[]
  readonly corrupt: readonly string[]
  /** All lasting ones are in one rack while there are more. */
  readonly oneRack: boolean
}

/** Which node has which block: never on disk, made from what the nodes report. */
export class BlockMap {
  readonly blocks = new Map<number, BlockInfo>()
  /** Blocks that have too few replicas, too many, or bad ones; each stays here until it has what it wants. */
  readonly suspects = new Set<number>()
  private readonly nodes: ReadonlyMap<string, NodeInfo>

  constructor(nodes: ReadonlyMap<string, NodeInfo>) {
    this.nodes = nodes
  }

  load(namespace: Namespace): void {
    this.blocks.clear()
    this.suspects.clear()
    for (const file of namespace.everyFile()) this.sync(file, 0)
  }

  committed(namespace: Namespace, edits: readonly Edit[], freed: readonly BlockRef[]): void {
    for (const edit of edits)
      if (
        edit.op === 'blocks' ||
        edit.op === 'close' ||
        edit.op === 'open' ||
        edit.op === 'replication' ||
        edit.op === 'concat'
      ) {
        const file = namespace.find(edit.path)
        // It may have been deleted since: then its blocks are among the freed ones.
        if (file?.kind === 'file') this.sync(file, edit.op === 'blocks' ? Math.max(0, edit.from - 1) : 0)
      }
    for (const { id } of freed) {
      const block = this.blocks.get(id)
      if (!block) continue
      block.replication = 0
      block.open = false
      this.suspects.add(id)
    }
  }

  private sync(file: FileNode, from: number): void {
    for (let i = from; i < file.blocks.length; i++) {
      const { id, stamp, bytes } = file.blocks[i]
      const open = file.writer !== null && i === file.blocks.length - 1
      const known = this.blocks.get(id)
      const { replication } = file
      if (!known) this.blocks.set(id, { id, stamp, bytes, replication, open, replicas: new Map(), pending: new Set() })
      // A snapshot may know an older length of the block: the newest counts.
      else if (stamp >= known.stamp) Object.assign(known, { stamp, bytes, replication, open })
      this.suspects.add(id)
    }
  }

  /** A node has this replica. Answers false where nobody wants it: the node may delete it. One that was removed has none. */
  report(node: string, { id, stamp, bytes }: StoredReplica): boolean {
    const block = this.blocks.get(id)
    if (!this.nodes.has(node) || !block || block.replication === 0) return false
    block.pending.delete(node)
    if (block.open && stamp >= block.stamp) {
      block.replicas.set(node, 'good')
      return true
    }
    if (stamp !== block.stamp) return false
    // The right stamp and the wrong length: damaged, and worth more than nothing while there is no better one.
    block.replicas.set(node, bytes >= block.bytes ? 'good' : 'corrupt')
    this.suspects.add(id)
    return true
  }

  /** Exactly these nodes have the block under its newest stamp: what others have is old. */
  gathered(id: number, nodes: readonly string[]): void {
    const block = this.blocks.get(id)
    if (!block) return
    block.replicas.clear()
    for (const node of nodes) if (this.nodes.has(node)) block.replicas.set(node, 'good')
    this.suspects.add(id)
  }

  lostNode(node: string): void {
    for (const block of this.blocks.values()) {
      const had = block.replicas.delete(node)
      if (block.pending.delete(node) || had) this.suspects.add(block.id)
    }
  }

  lostReplica(node: string, id: number): void {
    const block = this.blocks.get(id)
    if (!block) return
    block.replicas.delete(node)
    this.suspects.add(id)
  }

  corrupt(node: string, id: number): void {
    const block = this.blocks.get(id)
    if (!block?.replicas.has(node)) return
    block.replicas.set(node, 'corrupt')
    this.suspects.add(id)
  }

  suspectAllOn(node: string): void {
    for (const block of this.blocks.values()) if (block.replicas.has(node)) this.suspects.add(block.id)
  }

  forget(id: number): void {
    this.blocks.delete(id)
    this.suspects.delete(id)
  }

  redundancy(block: BlockInfo): Redundancy {
    const readable: NodeInfo[] = []
    const corrupt: string[] = []
    for (const [name, state] of block.replicas) {
      const node = this.nodes.get(name)!
      if (state === 'corrupt') corrupt.push(name)
      else if (node.alive) readable.push(node)
    }
    const lasting = readable.filter(takesReplicas)
    const racks = new Set([...this.nodes.values()].filter(takesReplicas).map(({ rack }) => rack)).size
    const oneRack =
      racks > 1 && block.replication > 1 && lasting.length > 1 && new Set(lasting.map(({ rack }) => rack)).size === 1
    return { lasting, readable, corrupt, oneRack }
  }

  /** Counters of `dfsadmin -report`. */
  counts(): {
    underReplicated: number
    corrupt: number
    missing: number
    pendingReplication: number
    overReplicated: number
  } {
    const counts = { underReplicated: 0, corrupt: 0, missing: 0, pendingReplication: 0, overReplicated: 0 }
    for (const id of this.suspects) {
      const block = this.blocks.get(id)!
      if (block.open || block.replication === 0) continue
      const { lasting, readable, corrupt } = this.redundancy(block)
      if (readable.length === 0) counts.missing++
      else if (lasting.length < block.replication) counts.underReplicated++
      else if (lasting.length > block.replication) counts.overReplicated++
      if (corrupt.length > 0) counts.corrupt++
      if (block.pending.size > 0) counts.pendingReplication++
    }
    return counts
  }
}
