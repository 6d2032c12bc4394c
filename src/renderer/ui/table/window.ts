export const ROW = 20
/** Browsers cut elements off beyond some 33 million pixels; rows past that are reached by a shorter bar. */
const HEIGHT_MAX = 24_000_000
const OVERSCAN = 12
/** However high its place claims to be, a table draws no more than a screen of rows: one that is not bounded would draw them all. */
const DRAWN_MAX = 400

/** Which rows are in sight, and where they are drawn. `top` is how far the first row of all lies above the view. */
export interface RowWindow {
  readonly height: number
  readonly first: number
  readonly last: number
  readonly top: number
}

/** What each pixel of the bar stands for: one pixel of rows, or more where the rows are higher than an element may be. */
function scale(rows: number, view: number): number {
  const whole = rows * ROW
  const height = Math.min(whole, HEIGHT_MAX)
  return height <= view ? 1 : (whole - view) / (height - view)
}

export function rowWindow(rows: number, scrollTop: number, view: number): RowWindow {
  const top = Math.max(0, Math.min(scrollTop * scale(rows, view), rows * ROW - view))
  return {
    height: Math.min(rows * ROW, HEIGHT_MAX),
    first: Math.max(0, Math.floor(top / ROW) - OVERSCAN),
    last: Math.min(rows - 1, Math.ceil((top + view) / ROW) + OVERSCAN, Math.floor(top / ROW) + DRAWN_MAX),
    top,
  }
}

/** Where the bar must stand for a row to be whole in sight; as it stands where it is. */
export function scrollTopFor(row: number, rows: number, scrollTop: number, view: number): number {
  const by = scale(rows, view)
  const top = scrollTop * by
  if (row * ROW < top) return (row * ROW) / by
  if ((row + 1) * ROW > top + view) return ((row + 1) * ROW - view) / by
  return scrollTop
}
