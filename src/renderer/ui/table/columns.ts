import { useRef } from 'react'
import type { CellOf, DataColumn } from './types.ts'
import { fittingWidths, KIND_WIDTHS } from './widths.ts'

const NO_WIDTHS: Record<string, number> = {}
const GUTTER = 8
/** Columns this near to the view are drawn, so that scrolling shows no gaps. */
const BESIDE = 400

export interface ColumnPlace {
  readonly start: number
  readonly size: number
}

/** Where columns stand; the last text column takes what is left over. */
export function placeColumns(
  columns: readonly DataColumn<never>[],
  widths: Record<string, number>,
  fitted: Record<string, number>,
  available: number,
): ColumnPlace[] {
  const sizes = columns.map(
    (column) => widths[column.id] ?? column.width ?? fitted[column.id] ?? KIND_WIDTHS[column.kind ?? 'text'],
  )
  const spare = available - sizes.reduce((sum, size) => sum + size, 0)
  const last = columns.findLastIndex((column) => column.kind !== 'number' && widths[column.id] === undefined)
  if (spare > 0 && last >= 0) sizes[last] += spare
  let start = 0
  return sizes.map((size) => {
    const place = { start, size }
    start += size
    return place
  })
}

export function isInSight({ start, size }: ColumnPlace, left: number, width: number): boolean {
  return start + size > left - BESIDE && start < left + (width || 2000) + BESIDE
}

export function scrollToColumn(scroller: HTMLElement | null, place: ColumnPlace | undefined): void {
  if (!scroller || !place) return
  if (place.start < scroller.scrollLeft) scroller.scrollLeft = place.start
  else if (place.start + place.size > scroller.scrollLeft + scroller.clientWidth)
    scroller.scrollLeft = place.start + place.size - scroller.clientWidth + GUTTER
}

/** Widths measured once, when the first rows of these columns arrive: what comes later moves nothing. */
export function useFittedWidths<R>(
  columns: readonly DataColumn<R>[],
  rowCount: number,
  cell: CellOf,
): Record<string, number> {
  const kept = useRef<{ columns: unknown; widths: Record<string, number> } | null>(null)
  if (kept.current?.columns !== columns) {
    const widths = fittingWidths(columns as readonly DataColumn<never>[], rowCount, cell)
    if (widths) kept.current = { columns, widths }
  }
  return kept.current?.columns === columns ? kept.current.widths : NO_WIDTHS
}
