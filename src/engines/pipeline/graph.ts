import type { PipelineDocument, PipelineNode, Wire } from './document.ts'
import type { Neighbour } from './nodes/define.ts'

/** Nodes so that each comes after all before it; the rest are those on or behind a cycle. */
export function order(document: PipelineDocument): { sorted: string[]; cyclic: string[] } {
  const waiting = new Map(document.nodes.map((node) => [node.id, new Set<string>()]))
  for (const wire of document.wires) {
    if (waiting.has(wire.from.node)) waiting.get(wire.to.node)?.add(wire.from.node)
  }
  const sorted: string[] = []
  for (;;) {
    const free = [...waiting].filter(([, before]) => before.size === 0).map(([id]) => id)
    if (free.length === 0) return { sorted, cyclic: [...waiting.keys()] }
    for (const id of free) {
      sorted.push(id)
      waiting.delete(id)
      for (const before of waiting.values()) before.delete(id)
    }
  }
}

/** The nodes on a cycle, without those that only lie behind it, in the order of the arrows. */
export function findCycle(document: PipelineDocument): string[] {
  const { cyclic } = order(document)
  let at = cyclic[0]
  const path: string[] = []
  while (at && !path.includes(at)) {
    path.push(at)
    at = document.wires.find((wire) => wire.to.node === at && cyclic.includes(wire.from.node))!.from.node
  }
  return at ? path.slice(path.indexOf(at)).reverse() : []
}

export function wiresInto(document: PipelineDocument, node: string, port?: string): Wire[] {
  return document.wires.filter((wire) => wire.to.node === node && (port === undefined || wire.to.port === port))
}

export function wiresOutOf(document: PipelineDocument, node: string, port?: string): Wire[] {
  return document.wires.filter((wire) => wire.from.node === node && (port === undefined || wire.from.port === port))
}

export function findNode(document: PipelineDocument, id: string): PipelineNode | undefined {
  return document.nodes.find((node) => node.id === id)
}

/** All nodes from which a node gets something, directly or not. */
export function upstreamOf(document: PipelineDocument, node: string): Set<string> {
  const found = new Set<string>()
  const visit = (id: string) => {
    for (const wire of wiresInto(document, id)) {
      if (found.has(wire.from.node)) continue
      found.add(wire.from.node)
      visit(wire.from.node)
    }
  }
  visit(node)
  return found
}

export function downstreamOf(document: PipelineDocument, node: string): Set<string> {
  const found = new Set<string>()
  const visit = (id: string) => {
    for (const wire of wiresOutOf(document, id)) {
      if (found.has(wire.to.node)) continue
      found.add(wire.to.node)
      visit(wire.to.node)
    }
  }
  visit(node)
  return found
}

export function neighbour(node: PipelineNode, config: Record<string, unknown> = node.config): Neighbour {
  return { id: node.id, kind: node.kind, config }
}
