import { Graph, layout } from '@dagrejs/dagre'
import { boundsOf, CARD, type Document, type ItemKey, nodeBox, type Point, snap } from './items.ts'

/**
 * Places for the nodes by the flow of their wires, left to right, in layers with few crossings. With `only`, just those nodes
 * are laid out, around where they are; the others stay.
 */
export function autoLayout(document: Document, only?: ReadonlySet<string>): Map<ItemKey, Point> {
  const chosen = document.nodes.filter((node) => !only || only.size < 2 || only.has(node.id))
  const ids = new Set(chosen.map((node) => node.id))
  const graph = new Graph({ multigraph: true, compound: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 40, ranksep: 88, marginx: 0, marginy: 0 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of chosen) graph.setNode(node.id, { ...CARD })
  for (const group of document.groups) {
    const members = group.nodes.filter((id) => ids.has(id))
    if (members.length < 2) continue
    graph.setNode(`group:${group.id}`, {})
    for (const id of members) graph.setParent(id, `group:${group.id}`)
  }
  for (const wire of document.wires)
    if (ids.has(wire.from.node) && ids.has(wire.to.node) && wire.from.node !== wire.to.node)
      graph.setEdge(wire.from.node, wire.to.node, {}, wire.id)
  layout(graph)
  const before = boundsOf(chosen.map(nodeBox))
  const found = chosen.map((node) => {
    const { x, y } = graph.node(node.id) as Point
    return { id: node.id, x: x - CARD.width / 2, y: y - CARD.height / 2, ...CARD }
  })
  const after = boundsOf(found)
  if (!before || !after) return new Map()
  return new Map(found.map((n) => [n.id, snap({ x: n.x - after.x + before.x, y: n.y - after.y + before.y })]))
}
