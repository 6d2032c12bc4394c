import { z } from 'zod'
import { Group, Note, PipelineNode, Wire } from '../../../../engines/pipeline/document.ts'
import type { Edited } from './edit.ts'
import {
  boundsOf,
  type Document,
  freeId,
  GRID,
  type ItemKey,
  idsOf,
  nodeBox,
  noteKey,
  type Point,
  snap,
} from './items.ts'

/** A part of a pipeline as it lies in the clipboard: text that any editor can hold. */
const Fragment = z.object({
  millrace: z.literal('pipeline-fragment'),
  nodes: z.array(PipelineNode),
  wires: z.array(Wire),
  notes: z.array(Note).default([]),
  groups: z.array(Group).default([]),
})
export type Fragment = z.infer<typeof Fragment>

/** The selected nodes and notes, and the wires and groups that lie wholly among them. Null when that is nothing. */
export function copy(document: Document, keys: Iterable<ItemKey>): Fragment | null {
  const all = [...keys]
  const nodes = idsOf(all, 'node')
  const notes = idsOf(all, 'note')
  const groups = idsOf(all, 'group')
  for (const group of document.groups) if (groups.has(group.id)) for (const id of group.nodes) nodes.add(id)
  if (nodes.size === 0 && notes.size === 0) return null
  return {
    millrace: 'pipeline-fragment',
    nodes: document.nodes.filter((n) => nodes.has(n.id)),
    wires: document.wires.filter((w) => nodes.has(w.from.node) && nodes.has(w.to.node)),
    notes: document.notes.filter((n) => notes.has(n.id)),
    groups: document.groups.filter((g) => g.nodes.every((id) => nodes.has(id))),
  }
}

export function fragmentText(fragment: Fragment): string {
  return `${JSON.stringify(fragment, null, 2)}\n`
}

/** A fragment from the clipboard's text; null where it is something else. */
export function readFragment(text: string): Fragment | null {
  if (!text.includes('pipeline-fragment')) return null
  try {
    const parsed = Fragment.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** Puts a fragment in under new ids. `at` is where its upper left corner goes; without it, a little beside the original. */
export function paste(document: Document, fragment: Fragment, at?: Point): Edited {
  const bounds = boundsOf([...fragment.nodes.map(nodeBox), ...fragment.notes.map((n) => ({ ...n.position, ...n }))])
  if (!bounds) return { document }
  const corner = snap(at ?? beside(document, bounds))
  const shift = (p: Point): Point => ({ x: p.x + corner.x - bounds.x, y: p.y + corner.y - bounds.y })
  const nodeIds = rename(fragment.nodes, document.nodes, (n) => n.kind)
  const wireIds = rename(fragment.wires, document.wires, () => 'wire')
  const noteIds = rename(fragment.notes, document.notes, () => 'note')
  const groupIds = rename(fragment.groups, document.groups, () => 'group')
  const nodes = fragment.nodes.map((n) => ({ ...n, id: nodeIds.get(n.id)!, position: shift(n.position) }))
  const notes = fragment.notes.map((n) => ({ ...n, id: noteIds.get(n.id)!, position: shift(n.position) }))
  const wires = fragment.wires.flatMap((w) => {
    const [from, to] = [nodeIds.get(w.from.node), nodeIds.get(w.to.node)]
    return from && to ? [{ id: wireIds.get(w.id)!, from: { ...w.from, node: from }, to: { ...w.to, node: to } }] : []
  })
  const groups = fragment.groups.map((g) => ({
    ...g,
    id: groupIds.get(g.id)!,
    nodes: g.nodes.flatMap((id) => nodeIds.get(id) ?? []),
  }))
  return {
    document: {
      ...document,
      nodes: [...document.nodes, ...nodes],
      wires: [...document.wires, ...wires],
      notes: [...document.notes, ...notes],
      groups: [...document.groups, ...groups.filter((g) => g.nodes.length > 0)],
    },
    selection: [...nodes.map((n) => n.id), ...notes.map((n) => noteKey(n.id))],
  }
}

export function duplicate(document: Document, keys: Iterable<ItemKey>): Edited | null {
  const fragment = copy(document, keys)
  return fragment && paste(document, fragment)
}

/** Steps aside until nothing lies at exactly this place, so that pasting twice does not hide the first copy. */
function beside(document: Document, from: Point): Point {
  const taken = new Set([...document.nodes, ...document.notes].map((n) => `${n.position.x},${n.position.y}`))
  const place = snap(from)
  do {
    place.x += 4 * GRID
    place.y += 4 * GRID
  } while (taken.has(`${place.x},${place.y}`))
  return place
}

function rename<T extends { id: string }>(
  items: readonly T[],
  existing: readonly { id: string }[],
  prefix: (item: T) => string,
): Map<string, string> {
  const taken = new Set(existing.map((e) => e.id))
  const ids = new Map<string, string>()
  for (const item of items) {
    const id = taken.has(item.id) ? freeId(prefix(item), taken) : item.id
    taken.add(id)
    ids.set(item.id, id)
  }
  return ids
}
