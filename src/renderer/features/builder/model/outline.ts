import { type Document, type ItemKey, noteKey, wireKey } from './items.ts'
import { titleOf } from './ports.ts'

/** The canvas as a list: every node in the order in which data reach it, with the wires that leave it. */
export interface OutlineNode {
  readonly key: ItemKey
  readonly label: string
  readonly wires: readonly { key: ItemKey; label: string }[]
}

export function outlineOf(document: Document): OutlineNode[] {
  const titles = new Map(document.nodes.map((n) => [n.id, titleOf(n)]))
  const nodes = flowOrder(document).map((node) => ({
    key: node.id,
    label: titles.get(node.id)!,
    wires: document.wires
      .filter((w) => w.from.node === node.id)
      .map((w) => ({ key: wireKey(w.id), label: `to ${titles.get(w.to.node) ?? w.to.node}` })),
  }))
  const notes = document.notes.map((note) => ({
    key: noteKey(note.id),
    label: `Note: ${note.text.split('\n')[0] || 'empty'}`,
    wires: [],
  }))
  return [...nodes, ...notes]
}

/** Nodes so that each stands behind those before it, upper ones first; what lies on a circle comes last. */
export function flowOrder(document: Document): Document['nodes'] {
  const rest = new Map(document.nodes.map((n) => [n.id, n]))
  const waiting = new Map(document.nodes.map((n) => [n.id, 0]))
  const after = new Map<string, string[]>()
  for (const wire of document.wires) {
    if (!rest.has(wire.from.node) || !rest.has(wire.to.node)) continue
    waiting.set(wire.to.node, waiting.get(wire.to.node)! + 1)
    after.set(wire.from.node, [...(after.get(wire.from.node) ?? []), wire.to.node])
  }
  const byPlace = (a: string, b: string) => {
    const [p, q] = [rest.get(a)!.position, rest.get(b)!.position]
    return p.x - q.x || p.y - q.y
  }
  const sorted: Document['nodes'] = []
  let ready = [...rest.keys()].filter((id) => waiting.get(id) === 0).sort(byPlace)
  while (ready.length > 0) {
    const id = ready.shift()!
    sorted.push(rest.get(id)!)
    for (const next of after.get(id) ?? []) {
      waiting.set(next, waiting.get(next)! - 1)
      if (waiting.get(next) === 0) ready = [...ready, next].sort(byPlace)
    }
  }
  const done = new Set(sorted.map((n) => n.id))
  return [...sorted, ...document.nodes.filter((n) => !done.has(n.id))]
}
