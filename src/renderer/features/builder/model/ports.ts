import type { NodeKind, PortDefinition, PortType } from '../../../../engines/pipeline/nodes/define.ts'
import { nodeKind } from '../../../../engines/pipeline/nodes/index.ts'
import type { Document, Node, Wire } from './items.ts'

/** What a port carries, in a person's words. */
export const PORT_WORDS: Record<PortType, string> = { records: 'records', relation: 'a table', dataset: 'a data set' }

export function titleOf(node: Node): string {
  return node.title || nodeKind(node.kind)?.title || node.kind
}

export interface PortRef {
  node: string
  port: string
}

export function findPort(
  document: Document,
  ref: PortRef,
  side: 'inputs' | 'outputs',
): { node: Node; kind: NodeKind; port: PortDefinition } | null {
  const node = document.nodes.find((n) => n.id === ref.node)
  const kind = node && nodeKind(node.kind)
  const port = kind?.[side].find((p) => p.name === ref.port)
  return node && kind && port ? { node, kind, port } : null
}

/** Why no wire may go from an output to an input, or null where one may. */
export function refuseWire(document: Document, from: PortRef, to: PortRef): string | null {
  const source = findPort(document, from, 'outputs')
  const target = findPort(document, to, 'inputs')
  if (!source || !target) return 'There is no such port.'
  if (from.node === to.node) return 'A node cannot feed itself.'
  if (source.port.type !== target.port.type)
    return `Takes ${PORT_WORDS[target.port.type]}, but this wire carries ${PORT_WORDS[source.port.type]}.${bridge(source.port.type, target.port.type)}`
  const into = document.wires.filter((wire) => wire.to.node === to.node && wire.to.port === to.port)
  if (into.some((wire) => wire.from.node === from.node && wire.from.port === from.port)) return 'Already wired.'
  if (!target.port.many && into.length > 0) return 'Takes one wire, and has it.'
  if (reaches(document.wires, to.node, from.node)) return 'Would form a circle: a pipeline flows one way.'
  return null
}

function bridge(out: PortType, into: PortType): string {
  if (out === 'records' && into === 'relation') return ' Put a delivery stream between them.'
  if (out === 'relation' && into === 'dataset') return ' Put a SPICE data set between them.'
  if (out === 'records' && into === 'dataset') return ' Land the records in a lake table, and take it into SPICE first.'
  return ''
}

/** Whether data from a node arrive at another, directly or through others. */
export function reaches(wires: readonly Wire[], from: string, to: string): boolean {
  const seen = new Set([from])
  const queue = [from]
  for (const node of queue) {
    if (node === to) return true
    for (const wire of wires) {
      if (wire.from.node !== node || seen.has(wire.to.node)) continue
      seen.add(wire.to.node)
      queue.push(wire.to.node)
    }
  }
  return false
}

/** Key of a port among all ports: what is refused is kept by it. */
export const portKey = (ref: PortRef, side: 'in' | 'out') => `${side}:${ref.node}:${ref.port}`

/** For a wire being drawn: the ports that would take it, and why the others of that side do not. Keys are `portKey`s. */
export interface Offers {
  readonly start: PortRef
  readonly accepting: ReadonlySet<string>
  readonly refusals: ReadonlyMap<string, string>
}

export function offersFor(document: Document, start: PortRef, side: 'in' | 'out'): Offers {
  const accepting = new Set<string>()
  const refusals = new Map<string, string>()
  for (const node of document.nodes) {
    const kind = nodeKind(node.kind)
    for (const port of (side === 'out' ? kind?.inputs : kind?.outputs) ?? []) {
      const end = { node: node.id, port: port.name }
      const reason = side === 'out' ? refuseWire(document, start, end) : refuseWire(document, end, start)
      const key = portKey(end, side === 'out' ? 'in' : 'out')
      if (reason) refusals.set(key, reason)
      else accepting.add(key)
    }
  }
  return { start, accepting, refusals }
}

/** The first pair of ports by which data can flow from one node to another. */
export function firstFit(document: Document, from: string, to: string): { from: PortRef; to: PortRef } | null {
  const source = document.nodes.find((n) => n.id === from)
  const target = document.nodes.find((n) => n.id === to)
  for (const out of nodeKind(source?.kind ?? '')?.outputs ?? [])
    for (const into of nodeKind(target?.kind ?? '')?.inputs ?? []) {
      const pair = { from: { node: from, port: out.name }, to: { node: to, port: into.name } }
      if (refuseWire(document, pair.from, pair.to) === null) return pair
    }
  return null
}
