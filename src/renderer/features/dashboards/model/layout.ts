import { GRID_COLUMNS, type Layout } from '../../../../engines/bi/dashboard.ts'

export interface Placed {
  readonly id: string
  readonly layout: Layout
}

const collide = (a: Layout, b: Layout) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

/** Keeps a layout inside the grid. */
export function clamp({ x, y, w, h }: Layout): Layout {
  const width = Math.min(GRID_COLUMNS, Math.max(1, Math.round(w)))
  return {
    x: Math.min(GRID_COLUMNS - width, Math.max(0, Math.round(x))),
    y: Math.max(0, Math.round(y)),
    w: width,
    h: Math.min(200, Math.max(1, Math.round(h))),
  }
}

/**
 * Places for all items after `moved` took its own: what it covers makes way downwards, then everything rises as far as it
 * can, so that there are no holes and no overlaps. The same rule as when a visual is dragged.
 */
export function arrange(items: readonly Placed[], moved?: string): Map<string, Layout> {
  const first = items.find(({ id }) => id === moved)
  // What the moved item covers begins below it, before all else that is there.
  const covered = (item: Placed) => first !== undefined && item !== first && collide(item.layout, first.layout)
  const top = (item: Placed) => (first && covered(item) ? first.layout.y + first.layout.h : item.layout.y)
  const rank = (item: Placed) => (item === first ? 0 : covered(item) ? 1 : 2)
  const order = [...items].sort(
    (a, b) => top(a) - top(b) || rank(a) - rank(b) || a.layout.y - b.layout.y || a.layout.x - b.layout.x,
  )
  const placed = new Map<string, Layout>()
  for (const item of order) {
    const { id } = item
    let next = clamp({ ...item.layout, y: top(item) })
    const hits = (candidate: Layout) => [...placed.values()].some((other) => collide(candidate, other))
    while (hits(next)) next = { ...next, y: next.y + 1 }
    while (next.y > 0 && !hits({ ...next, y: next.y - 1 })) next = { ...next, y: next.y - 1 }
    placed.set(id, next)
  }
  return placed
}

/** The first place, from the top and from the left, where something of this size lies free. */
export function freePlace(items: readonly Placed[], w: number, h: number): Layout {
  const bottom = items.reduce((lowest, { layout }) => Math.max(lowest, layout.y + layout.h), 0)
  for (let y = 0; y < bottom; y++)
    for (let x = 0; x + w <= GRID_COLUMNS; x++) {
      const candidate = { x, y, w, h }
      if (!items.some(({ layout }) => collide(candidate, layout))) return candidate
    }
  return { x: 0, y: bottom, w, h }
}
