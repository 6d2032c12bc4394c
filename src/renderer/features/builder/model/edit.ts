import { nodeKind } from '../../../../engines/pipeline/nodes/index.ts'
import {
  type Box,
  boundsOf,
  CARD,
  type Document,
  freeId,
  GRID,
  type Group,
  groupKey,
  type ItemKey,
  idsOf,
  type Node,
  type Note,
  nodeBox,
  noteKey,
  type Point,
  snap,
  type Wire,
  wireKey,
} from './items.ts'
import { firstFit, type PortRef, refuseWire, titleOf } from './ports.ts'
import { suggestConfig } from './suggest.ts'

/** An edit's result: the document, and what is selected after it where that changes. */
export interface Edited {
  document: Document
  selection?: readonly ItemKey[]
}

const GAP = { x: 72, y: 32 }
/** Off the canvas's corner. */
const FIRST = { x: 96, y: 96 }

/** The nearest place at or below a point where a card covers no other. */
export function freePlace(document: Document, wanted: Point): Point {
  const place = snap(wanted)
  const boxes = document.nodes.map(nodeBox)
  while (boxes.some((box) => overlap(box, { ...place, ...CARD }))) place.y += CARD.height + GAP.y
  return place
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

export function newNode(document: Document, kind: string, position: Point): Node {
  return {
    id: freeId(
      kind,
      document.nodes.map((n) => n.id),
    ),
    kind,
    version: nodeKind(kind)?.version ?? 1,
    position: snap(position),
    config: suggestConfig(document, kind),
  }
}

/** Adds a node where it was dropped. On a wire, it is spliced in where its ports fit. */
export function addNode(document: Document, kind: string, position: Point, ontoWire?: string): Edited {
  const node = newNode(document, kind, position)
  const added = { ...document, nodes: [...document.nodes, node] }
  const wire = document.wires.find((w) => w.id === ontoWire)
  return { document: (wire && splice(added, wire, node.id)) ?? added, selection: [node.id] }
}

/** Adds a node behind what is selected and wires it where ports fit; without a selection, beside everything. */
export function insertNode(document: Document, kind: string, selection: Iterable<ItemKey>): Edited {
  const wire = document.wires.find((w) => idsOf(selection, 'wire').has(w.id))
  if (wire) {
    const from = document.nodes.find((n) => n.id === wire.from.node)
    const to = document.nodes.find((n) => n.id === wire.to.node)
    if (from && to) {
      const between = { x: (from.position.x + to.position.x) / 2, y: (from.position.y + to.position.y) / 2 }
      return addNode(document, kind, freePlace(document, between), wire.id)
    }
  }
  const chosen = idsOf(selection, 'node')
  const before = document.nodes.filter((n) => chosen.has(n.id)).at(-1)
  if (before) return addAfter(document, kind, before)
  const bounds = boundsOf(document.nodes.map(nodeBox))
  const place = bounds ? { x: bounds.x + bounds.width + GAP.x, y: bounds.y } : FIRST
  return addNode(document, kind, freePlace(document, place))
}

function addAfter(document: Document, kind: string, before: Node): Edited {
  const place = { x: before.position.x + CARD.width + GAP.x, y: before.position.y }
  const { document: added, selection } = addNode(document, kind, freePlace(document, place))
  const fit = firstFit(added, before.id, selection![0])
  return { document: fit ? withWire(added, fit.from, fit.to) : added, selection }
}

function splice(document: Document, wire: Wire, node: string): Document | null {
  const open = { ...document, wires: document.wires.filter((w) => w.id !== wire.id) }
  const first = firstFit(open, wire.from.node, node)
  if (!first) return null
  const half = withWire(open, first.from, first.to)
  const second = firstFit(half, node, wire.to.node)
  return second ? withWire(half, second.from, second.to) : null
}

function withWire(document: Document, from: PortRef, to: PortRef): Document {
  const id = freeId(
    'wire',
    document.wires.map((w) => w.id),
  )
  return { ...document, wires: [...document.wires, { id, from, to }] }
}

/** The document with one wire more, or the reason why it may not be. */
export function connect(document: Document, from: PortRef, to: PortRef): Edited | { refused: string } {
  const refused = refuseWire(document, from, to)
  if (refused) return { refused }
  const next = withWire(document, from, to)
  return { document: next, selection: [wireKey(next.wires.at(-1)!.id)] }
}

/** Takes the items away, with every wire that would hang loose. A group that is removed leaves its nodes. */
export function remove(document: Document, keys: Iterable<ItemKey>): Edited {
  const all = [...keys]
  const nodes = idsOf(all, 'node')
  const wires = idsOf(all, 'wire')
  const notes = idsOf(all, 'note')
  const groups = idsOf(all, 'group')
  const next = {
    ...document,
    nodes: document.nodes.filter((n) => !nodes.has(n.id)),
    wires: document.wires.filter((w) => !wires.has(w.id) && !nodes.has(w.from.node) && !nodes.has(w.to.node)),
    notes: document.notes.filter((n) => !notes.has(n.id)),
    groups: document.groups
      .filter((g) => !groups.has(g.id))
      .map((g) => (g.nodes.some((id) => nodes.has(id)) ? { ...g, nodes: g.nodes.filter((id) => !nodes.has(id)) } : g))
      .filter((g) => g.nodes.length > 0),
  }
  return { document: next, selection: [] }
}

/** Puts items at new places (by item key: nodes and notes). */
export function place(document: Document, positions: ReadonlyMap<ItemKey, Point>): Document {
  if (positions.size === 0) return document
  const moved = <T extends { id: string; position: Point }>(items: T[], key: (id: string) => ItemKey): T[] =>
    items.map((item) => {
      const to = positions.get(key(item.id))
      return !to || (to.x === item.position.x && to.y === item.position.y) ? item : { ...item, position: to }
    })
  return { ...document, nodes: moved(document.nodes, (id) => id), notes: moved(document.notes, noteKey) }
}

/** Moves items by a distance; a group takes its nodes along. */
export function moveBy(document: Document, keys: Iterable<ItemKey>, by: Point): Document {
  const all = [...keys]
  const groups = idsOf(all, 'group')
  const nodes = idsOf(all, 'node')
  for (const group of document.groups) if (groups.has(group.id)) for (const id of group.nodes) nodes.add(id)
  const notes = idsOf(all, 'note')
  const positions = new Map<ItemKey, Point>()
  const shift = (p: Point): Point => ({ x: p.x + by.x, y: p.y + by.y })
  for (const node of document.nodes) if (nodes.has(node.id)) positions.set(node.id, shift(node.position))
  for (const note of document.notes) if (notes.has(note.id)) positions.set(noteKey(note.id), shift(note.position))
  return place(document, positions)
}

export function setConfig(document: Document, node: string, field: string, value: unknown): Document {
  return changeNode(document, node, (n) => ({ ...n, config: { ...n.config, [field]: value } }))
}

/** Takes a setting away, so that the kind's default holds again. */
export function clearConfig(document: Document, node: string, field: string): Document {
  return changeNode(document, node, (n) => {
    const { [field]: _, ...config } = n.config
    return { ...n, config }
  })
}

export function setTitle(document: Document, node: string, title: string): Document {
  return changeNode(document, node, (n) => {
    const { title: _, ...rest } = n
    return title.trim() === '' ? rest : { ...rest, title }
  })
}

function changeNode(document: Document, id: string, change: (node: Node) => Node): Document {
  return { ...document, nodes: document.nodes.map((n) => (n.id === id ? change(n) : n)) }
}

export function addNote(document: Document, position: Point): Edited {
  const id = freeId(
    'note',
    document.notes.map((n) => n.id),
  )
  const note: Note = { id, text: '', position: snap(position), width: 25 * GRID, height: 12 * GRID }
  return { document: { ...document, notes: [...document.notes, note] }, selection: [noteKey(id)] }
}

export function changeNote(document: Document, id: string, change: Partial<Omit<Note, 'id'>>): Document {
  return { ...document, notes: document.notes.map((n) => (n.id === id ? { ...n, ...change } : n)) }
}

/** Groups the selected nodes. A node is in one group at most: the new one takes it from the old. */
export function groupNodes(document: Document, keys: Iterable<ItemKey>): Edited | null {
  const members = idsOf(keys, 'node')
  const nodes = document.nodes.filter((n) => members.has(n.id)).map((n) => n.id)
  if (nodes.length === 0) return null
  const id = freeId(
    'group',
    document.groups.map((g) => g.id),
  )
  const first = document.nodes.find((n) => n.id === nodes[0])!
  const group: Group = { id, title: nodes.length === 1 ? titleOf(first) : `${nodes.length} nodes`, nodes }
  const others = document.groups
    .map((g) => ({ ...g, nodes: g.nodes.filter((n) => !members.has(n)) }))
    .filter((g) => g.nodes.length > 0)
  return { document: { ...document, groups: [...others, group] }, selection: [groupKey(id)] }
}

export function ungroup(document: Document, keys: Iterable<ItemKey>): Document {
  const all = [...keys]
  const groups = idsOf(all, 'group')
  const nodes = idsOf(all, 'node')
  const gone = document.groups.filter(
    (g) => groups.has(g.id) || (groups.size === 0 && g.nodes.some((n) => nodes.has(n))),
  )
  return gone.length === 0 ? document : { ...document, groups: document.groups.filter((g) => !gone.includes(g)) }
}

export function setGroupTitle(document: Document, id: string, title: string): Document {
  return { ...document, groups: document.groups.map((g) => (g.id === id ? { ...g, title } : g)) }
}

/** Everything on the canvas, or all of it without the wires. */
export function allKeys(document: Document): ItemKey[] {
  return [
    ...document.nodes.map((n) => n.id),
    ...document.notes.map((n) => noteKey(n.id)),
    ...document.wires.map((w) => wireKey(w.id)),
  ]
}

/** Of a selection, what the document still has. */
export function present(document: Document, keys: Iterable<ItemKey>): ItemKey[] {
  const there = new Set([...allKeys(document), ...document.groups.map((g) => groupKey(g.id))])
  return [...keys].filter((key) => there.has(key))
}
