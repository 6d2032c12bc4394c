import { Position } from '@xyflow/react'
import { nodeKind } from '../../../../engines/pipeline/nodes/index.ts'
import {
  CARD,
  type Document,
  type Group,
  groupBox,
  groupKey,
  type ItemKey,
  type Node,
  type Note,
  noteKey,
  type Wire,
  wireKey,
} from '../model/items.ts'
import { findPort, titleOf } from '../model/ports.ts'
import type { GroupNode, NoteNode } from './Extras.tsx'
import { type CardNode, portTop } from './NodeCard.tsx'
import type { WireFlowEdge } from './WireEdge.tsx'

export type AnyNode = CardNode | NoteNode | GroupNode

/**
 * The document as the canvas library wants it. What did not change keeps its object, so that only moved, edited or newly selected
 * items are drawn again.
 */
export class FlowMapper {
  private nodes = new Map<ItemKey, { from: object; selected: boolean; box: string; made: AnyNode }>()
  private edges = new Map<string, { from: Wire; selected: boolean; made: WireFlowEdge }>()

  nodesOf(document: Document, selection: ReadonlySet<ItemKey>): AnyNode[] {
    const before = this.nodes
    this.nodes = new Map()
    const take = <T extends object>(
      key: ItemKey,
      from: T,
      box: string,
      make: (selected: boolean) => AnyNode,
    ): AnyNode => {
      const selected = selection.has(key)
      const old = before.get(key)
      const made = old && old.from === from && old.selected === selected && old.box === box ? old.made : make(selected)
      this.nodes.set(key, { from, selected, box, made })
      return made
    }
    return [
      ...document.groups.flatMap((group) => {
        const box = groupBox(document, group)
        const key = groupKey(group.id)
        return box ? [take(key, group, JSON.stringify(box), (selected) => groupNode(key, group, box, selected))] : []
      }),
      ...document.notes.map((note) => take(noteKey(note.id), note, '', (selected) => noteNode(note, selected))),
      ...document.nodes.map((node) => take(node.id, node, '', (selected) => cardNode(node, selected))),
    ]
  }

  edgesOf(document: Document, selection: ReadonlySet<ItemKey>): WireFlowEdge[] {
    const before = this.edges
    this.edges = new Map()
    const there = new Set(document.nodes.map((n) => n.id))
    return document.wires.flatMap((wire) => {
      if (!there.has(wire.from.node) || !there.has(wire.to.node)) return []
      const selected = selection.has(wireKey(wire.id))
      const old = before.get(wire.id)
      const made = old && old.from === wire && old.selected === selected ? old.made : wireEdge(document, wire, selected)
      this.edges.set(wire.id, { from: wire, selected, made })
      return [made]
    })
  }
}

function cardNode(node: Node, selected: boolean): CardNode {
  const kind = nodeKind(node.kind)
  const handle = (side: 'in' | 'out') => (port: { name: string }, index: number, all: readonly unknown[]) => ({
    id: port.name,
    type: side === 'in' ? ('target' as const) : ('source' as const),
    position: side === 'in' ? Position.Left : Position.Right,
    x: (side === 'in' ? 0 : CARD.width) - 10,
    y: portTop(index, all.length) - 10,
    width: 20,
    height: 20,
  })
  return {
    id: node.id,
    type: 'card',
    position: node.position,
    data: { node },
    selected,
    ...CARD,
    measured: CARD,
    // Known from the kind, so that wires need no measured cards.
    handles: [...(kind?.inputs ?? []).map(handle('in')), ...(kind?.outputs ?? []).map(handle('out'))],
    ariaLabel: `${titleOf(node)}, ${kind?.title ?? node.kind}`,
  }
}

function noteNode(note: Note, selected: boolean): NoteNode {
  const size = { width: note.width, height: note.height }
  return {
    id: noteKey(note.id),
    type: 'note',
    position: note.position,
    data: { note },
    selected,
    ...size,
    measured: size,
    zIndex: -1,
    ariaLabel: `Note: ${note.text}`,
  }
}

function groupNode(
  key: ItemKey,
  group: Group,
  box: { x: number; y: number; width: number; height: number },
  selected: boolean,
): GroupNode {
  const size = { width: box.width, height: box.height }
  return {
    id: key,
    type: 'frame',
    position: { x: box.x, y: box.y },
    data: { group },
    selected,
    ...size,
    measured: size,
    zIndex: -2,
    dragHandle: '.group-handle',
    style: { pointerEvents: 'none' },
    ariaLabel: `Group ${group.title}`,
  }
}

function wireEdge(document: Document, wire: Wire, selected: boolean): WireFlowEdge {
  const source = findPort(document, wire.from, 'outputs')
  const target = findPort(document, wire.to, 'inputs')
  const name = (id: string) => {
    const node = document.nodes.find((n) => n.id === id)
    return node ? titleOf(node) : id
  }
  return {
    id: wireKey(wire.id),
    type: 'wire',
    source: wire.from.node,
    sourceHandle: source?.port.name ?? null,
    target: wire.to.node,
    targetHandle: target?.port.name ?? null,
    selected,
    data: { type: source?.port.type ?? null, wire: wire.id },
    ariaLabel: `Wire from ${name(wire.from.node)} to ${name(wire.to.node)}`,
  }
}
