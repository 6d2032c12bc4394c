export interface Box {
  x: number
  y: number
  w: number
  h: number
}

/**
 * Rectangles whose areas are as the weights and whose sides are near to each other (Bruls, Huizing and van Wijk,
 * "Squarified Treemaps"). Weights come largest first; what is zero or less gets no area.
 */
export function squarify(weights: readonly number[], box: Box): Box[] {
  const total = weights.reduce((sum, weight) => sum + Math.max(0, weight), 0)
  const placed: Box[] = []
  if (total <= 0 || box.w <= 0 || box.h <= 0) return weights.map(() => ({ ...box, w: 0, h: 0 }))
  const scale = (box.w * box.h) / total
  let rest = { ...box }
  let at = 0
  while (at < weights.length) {
    const side = Math.min(rest.w, rest.h)
    const row = [Math.max(0, weights[at]) * scale]
    while (at + row.length < weights.length) {
      const next = [...row, Math.max(0, weights[at + row.length]) * scale]
      if (worst(next, side) > worst(row, side)) break
      row.push(next[next.length - 1])
    }
    const area = row.reduce((sum, value) => sum + value, 0)
    const thick = side > 0 ? area / side : 0
    let along = 0
    for (const value of row) {
      const length = thick > 0 ? value / thick : 0
      placed.push(
        rest.w >= rest.h
          ? { x: rest.x, y: rest.y + along, w: thick, h: length }
          : { x: rest.x + along, y: rest.y, w: length, h: thick },
      )
      along += length
    }
    rest =
      rest.w >= rest.h
        ? { x: rest.x + thick, y: rest.y, w: rest.w - thick, h: rest.h }
        : { x: rest.x, y: rest.y + thick, w: rest.w, h: rest.h - thick }
    at += row.length
  }
  return placed
}

function worst(row: readonly number[], side: number): number {
  const sum = row.reduce((total, value) => total + value, 0)
  if (sum === 0) return Infinity
  const square = (side * side) / (sum * sum)
  return Math.max(square * Math.max(...row), 1 / (square * Math.max(Math.min(...row), 1e-9)))
}
