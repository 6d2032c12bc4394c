import type { NameNode } from '../namenode/namenode.ts'
import type { BlockMap } from './block-map.ts'
import type { NodeInfo } from './nodes.ts'

/** dfs.namenode.safemode.threshold-pct */
const THRESHOLD = 0.999

/**
 * Nothing is changed until enough blocks have a replica that was reported; there is no extension after that, since all nodes have reported
 * then. A person may also ask for it.
 */
export class SafeMode {
  private readonly map: BlockMap
  private readonly nodes: ReadonlyMap<string, NodeInfo>
  private readonly namenode: NameNode
  private state: 'off' | 'starting' | 'manual' = 'off'

  constructor(map: BlockMap, nodes: ReadonlyMap<string, NodeInfo>, namenode: NameNode) {
    this.map = map
    this.nodes = nodes
    this.namenode = namenode
  }

  begin(): void {
    this.state = 'starting'
    this.namenode.safeMode = 'The blocks have not been reported yet.'
  }

  enter(): void {
    this.state = 'manual'
    this.namenode.safeMode = 'It was turned on manually. Use "hdfs dfsadmin -safemode leave" to turn safe mode off.'
  }

  leave(): void {
    this.state = 'off'
    this.namenode.safeMode = undefined
  }

  look(): void {
    if (this.state !== 'starting') return
    let total = 0
    let reported = 0
    for (const block of this.map.blocks.values()) {
      if (block.open || block.replication === 0) continue
      total++
      if ([...block.replicas.values()].includes('good')) reported++
    }
    const needed = Math.floor(total * THRESHOLD)
    if (reported >= needed) {
      this.leave()
      return
    }
    const live = [...this.nodes.values()].filter(({ alive }) => alive).length
    this.namenode.safeMode = `The reported blocks ${reported} needs additional ${needed - reported} blocks to reach the threshold ${THRESHOLD.toFixed(4)} of total blocks ${total}.\nThe number of live datanodes ${live} has reached the minimum number 0. Safe mode will be turned off automatically once the thresholds have been reached.`
  }
}
