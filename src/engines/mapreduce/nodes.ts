import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clients } from '../contract.ts'
import type { NodeInput } from './contract.ts'
import type { MapReduceStore } from './store.ts'

/** Containers of a node that nobody described. */
const CONTAINERS = 2
const MEMORY_MIB = 4096

export interface NodesParts {
  readonly clients: Pick<Clients, 'hdfs'>
  readonly store: MapReduceStore
  readonly workspaceDirectory: string
  /** Containers of the one node without HDFS. */
  readonly cores: number
}

/** The compute nodes of clusters. `local` has the DataNodes of HDFS where that is used, else one node, unless somebody set others. */
export class Nodes {
  private readonly parts: NodesParts
  private local: NodeInput[] | undefined

  constructor(parts: NodesParts) {
    this.parts = parts
  }

  async of(cluster: string): Promise<NodeInput[]> {
    const set = this.parts.store.nodes(cluster)
    if (set) return set
    if (cluster !== 'local') return []
    if (!existsSync(join(this.parts.workspaceDirectory, '.millrace', 'hdfs')))
      return [node('local', '/default-rack', this.parts.cores)]
    this.local ??= (await this.parts.clients.hdfs.describe({})).nodes
      .filter(({ admin }) => admin !== 'decommissioned')
      .map(({ name, rack }) => ({ ...node(name, rack, CONTAINERS), dataNode: name }))
    return this.local
  }

  set(cluster: string, nodes: readonly NodeInput[]): void {
    if (nodes.length === 0) this.parts.store.deleteNodes(cluster)
    else this.parts.store.setNodes(cluster, nodes)
    this.local = undefined
  }

  async lose(cluster: string, name: string): Promise<void> {
    this.parts.store.setNodes(
      cluster,
      (await this.of(cluster)).filter((node) => node.name !== name),
    )
  }
}

const node = (name: string, rack: string, containers: number): NodeInput => ({
  name,
  rack,
  containers,
  memoryMiB: Math.max(MEMORY_MIB, containers * 1024),
})
