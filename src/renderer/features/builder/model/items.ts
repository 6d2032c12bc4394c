import type { z } from 'zod'
import type {
  Group as GroupSchema,
  Note as NoteSchema,
  PipelineDocument,
  PipelineNode,
  Wire,
} from '../../../../engines/pipeline/document.ts'

export type Document = PipelineDocument
export type Node = PipelineNode
export type { Wire }
export type Note = z.infer<typeof NoteSchema>
export type Group = z.infer<typeof GroupSchema>
export interface Point {
  x: number
  y: number
}
export interface Box extends Point {
  width: number
  height: number
}

/**
 * What can be selected on the canvas, as one text: a node by its id, the others with their sort before it. Ids hold no colon,
 * so the two never meet.
 */
export type ItemKey = string
export const wireKey = (id: string): ItemKey => `wire:${id}`
export const noteKey = (id: string): ItemKey => `note:${id}`
export const groupKey = (id: string): ItemKey => `group:${id}`

export type ItemSort = 'node' | 'wire' | 'note' | 'group'

export function itemOf(key: ItemKey): { sort: ItemSort; id: string } {
  const colon = key.indexOf(':')
  return colon < 0 ? { sort: 'node', id: key } : { sort: key.slice(0, colon) as ItemSort, id: key.slice(colon + 1) }
}

export function idsOf(keys: Iterable<ItemKey>, sort: ItemSort): Set<string> {
  const ids = new Set<string>()
  for (const key of keys) {
    const item = itemOf(key)
    if (item.sort === sort) ids.add(item.id)
  }
  return ids
}

/** A card's size on the canvas, px. Every card has it, so that layout and hit tests need no measuring. */
export const CARD = { width: 208, height: 104 }
/** Snap of the canvas, px. */
export const GRID = 8

export function snap(point: Point): Point {
  return { x: Math.round(point.x / GRID) * GRID, y: Math.round(point.y / GRID) * GRID }
}

export function nodeBox(node: Node): Box {
  return { ...node.position, ...CARD }
}

export function boundsOf(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null
  const left = Math.min(...boxes.map((b) => b.x))
  const top = Math.min(...boxes.map((b) => b.y))
  return {
    x: left,
    y: top,
    width: Math.max(...boxes.map((b) => b.x + b.width)) - left,
    height: Math.max(...boxes.map((b) => b.y + b.height)) - top,
  }
}

const GROUP_PADDING = 20
const GROUP_TITLE = 28

/** The frame around a group's members; null while it has none. */
export function groupBox(document: Document, group: Group): Box | null {
  const members = new Set(group.nodes)
  const inside = boundsOf(document.nodes.filter((node) => members.has(node.id)).map(nodeBox))
  return (
    inside && {
      x: inside.x - GROUP_PADDING,
      y: inside.y - GROUP_PADDING - GROUP_TITLE,
      width: inside.width + 2 * GROUP_PADDING,
      height: inside.height + 2 * GROUP_PADDING + GROUP_TITLE,
    }
  )
}

/** The smallest `prefix-n` that no item has. Readable ids make a pipeline's text readable. */
export function freeId(prefix: string, taken: Iterable<string>): string {
  const used = new Set(taken)
  for (let n = 1; ; n++) {
    const id = `${prefix}-${n}`
    if (!used.has(id)) return id
  }
}
