import { useRef } from 'react'
import type { CellOf, DataColumn, TableLayout } from './types.ts'
import { decimalScales, fittingWidths, KIND_WIDTHS } from './widths.ts'

const NO_FIT: Fit = { widths: {}, scales: {} }
const GUTTER = 8
/** Columns this near to the view are drawn, so that scrolling shows no gaps. */
const BESIDE = 400

export interface ColumnPlace {
  readonly start: number
  readonly size: number
}

/** What the first rows say about their columns. */
interface Fit {
  readonly widths: Record<string, number>
  /** Of numbers: characters from the decimal point on. */
  readonly scales: Record<string, number>
}

/** The columns that are shown, in the order of the layout: those that are pinned first. */
export function arrangeColumns<R>(columns: readonly DataColumn<R>[], layout: TableLayout): readonly DataColumn<R>[] {
  const shown = inOrder(columns, layout).filter((column) => !(layout.hidden[column.id] ?? column.hidden))
  const { pinned } = layout
  if (!pinned) return shown
  return [...shown.filter(({ id }) => pinned[id]), ...shown.filter(({ id }) => !pinned[id])]
}

function inOrder<C extends { id: string }>(columns: readonly C[], { order }: TableLayout): readonly C[] {
  if (!order) return columns
  const place = new Map(order.map((id, at) => [id, at]))
  return [...columns].sort((a, b) => (place.get(a.id) ?? order.length) - (place.get(b.id) ?? order.length))
}

/** The layout with a column moved to the place of another among those that are shown. */
export function moveColumn(
  columns: readonly DataColumn<never>[],
  layout: TableLayout,
  id: string,
  to: string,
): TableLayout {
  const ids = inOrder(columns, layout).map((column) => column.id)
  const [from, target] = [ids.indexOf(id), ids.indexOf(to)]
  ids.splice(target, 0, ...ids.splice(from, 1))
  // Across the edge of what is pinned a column becomes, or ceases to be, one of them.
  return { ...layout, order: ids, pinned: { ...layout.pinned, [id]: layout.pinned?.[to] ?? false } }
}

/** The column of row numbers, as wide as the last of them; nothing where rows are not numbered. */
export function gutterWidth(rowCount: number, numbered: boolean): number {
  return numbered ? Math.max(36, String(rowCount).length * 7 + 18) : 0
}

/** Where columns stand, from behind the row numbers; the last text column takes what is left over. */
export function placeColumns(
  columns: readonly DataColumn<never>[],
  widths: Record<string, number>,
  fitted: Record<string, number>,
  available: number,
  from = 0,
): ColumnPlace[] {
  const sizes = columns.map(
    (column) => widths[column.id] ?? column.width ?? fitted[column.id] ?? KIND_WIDTHS[column.kind ?? 'text'],
  )
  const spare = available - from - sizes.reduce((sum, size) => sum + size, 0)
  const last = columns.findLastIndex((column) => column.kind !== 'number' && widths[column.id] === undefined)
  if (spare > 0 && last >= 0) sizes[last] += spare
  let start = from
  return sizes.map((size) => {
    const place = { start, size }
    start += size
    return place
  })
}

export function isInSight({ start, size }: ColumnPlace, left: number, width: number): boolean {
  return start + size > left - BESIDE && start < left + (width || 2000) + BESIDE
}

export function scrollToColumn(scroller: HTMLElement | null, place: ColumnPlace | undefined, from = 0): void {
  if (!scroller || !place) return
  if (place.start - from < scroller.scrollLeft) scroller.scrollLeft = place.start - from
  else if (place.start + place.size > scroller.scrollLeft + scroller.clientWidth)
    scroller.scrollLeft = place.start + place.size - scroller.clientWidth + GUTTER
}

/** Measured once, when the first rows of these columns arrive: what comes later moves nothing. */
export function useFit<R>(columns: readonly DataColumn<R>[], rowCount: number, cell: CellOf): Fit {
  const kept = useRef<{ columns: unknown; fit: Fit } | null>(null)
  if (kept.current?.columns !== columns) {
    const measured = columns as readonly DataColumn<never>[]
    const widths = fittingWidths(measured, rowCount, cell)
    if (widths) kept.current = { columns, fit: { widths, scales: decimalScales(measured, rowCount, cell) } }
  }
  return kept.current?.columns === columns ? kept.current.fit : NO_FIT
}
