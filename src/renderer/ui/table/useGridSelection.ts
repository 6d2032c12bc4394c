import { type KeyboardEvent, useState } from 'react'
import type { Rectangle } from './model.ts'

export interface GridPlace {
  row: number
  column: number
}

interface SelectionOptions {
  rowCount: number
  columnCount: number
  pageRows: number
  scrollTo: (place: GridPlace) => void
  onOpen: (place: GridPlace) => void
  /** The space bar too, where a cell can be looked into. */
  onInspect: ((place: GridPlace) => void) | undefined
  onHeader: (column: number) => void
  /** Alt and the arrow down: what there is to know and do about the column. */
  onColumn: (column: number) => void
  /** Alt, Shift and an arrow: the column moves by one place. */
  onShift: (column: number, by: -1 | 1) => void
  onCopy: (names: boolean) => void
  onFind: () => void
  onMove: (place: GridPlace) => void
}

/** The active cell, the rectangle from its anchor, and the keys that move them. Row -1 is the header. */
export function useGridSelection(options: SelectionOptions) {
  const { rowCount, columnCount } = options
  const [active, setActive] = useState<GridPlace | null>(null)
  const [anchor, setAnchor] = useState<GridPlace | null>(null)
  const rectangle: Rectangle | null =
    active && anchor
      ? {
          top: Math.min(active.row, anchor.row),
          bottom: Math.min(rowCount - 1, Math.max(active.row, anchor.row)),
          left: Math.min(active.column, anchor.column),
          right: Math.max(active.column, anchor.column),
        }
      : null
  const select = (place: GridPlace, extend = false) => {
    const next = {
      row: Math.max(-1, Math.min(rowCount - 1, place.row)),
      column: Math.max(0, Math.min(columnCount - 1, place.column)),
    }
    setActive(next)
    if (!extend || !anchor) setAnchor(next)
    if (next.row >= 0 && !extend) options.onMove(next)
    options.scrollTo(next)
  }
  /** The whole row, or all rows from where the selection began. */
  const selectRow = (row: number, extend = false) => {
    setAnchor({ row: extend && anchor ? anchor.row : row, column: columnCount - 1 })
    setActive({ row, column: 0 })
    if (!extend) options.onMove({ row, column: 0 })
  }
  const clear = () => {
    setActive(null)
    setAnchor(null)
  }
  const shift = (at: GridPlace, by: -1 | 1) => {
    const column = at.column + by
    if (column < 0 || column >= columnCount) return
    options.onShift(at.column, by)
    select({ row: at.row, column })
  }
  const key = (event: KeyboardEvent) => {
    const mod = event.ctrlKey || event.metaKey
    const at = active ?? { row: 0, column: 0 }
    const by = (rows: number, columns: number) => () =>
      select({ row: at.row + rows, column: at.column + columns }, event.shiftKey)
    const moves: Record<string, (() => void) | undefined> = {
      ArrowDown: by(mod ? rowCount : 1, 0),
      ArrowUp: by(mod ? -at.row : -1, 0),
      ArrowRight: by(0, mod ? columnCount : 1),
      ArrowLeft: by(0, mod ? -columnCount : -1),
      PageDown: by(options.pageRows, 0),
      PageUp: by(-Math.min(options.pageRows, at.row), 0),
      Home: () => select({ row: mod ? 0 : at.row, column: 0 }, event.shiftKey),
      End: () => select({ row: mod ? rowCount - 1 : at.row, column: columnCount - 1 }, event.shiftKey),
      Enter: () => active && (active.row < 0 ? options.onHeader(active.column) : options.onOpen(active)),
      ' ':
        active?.row === -1
          ? () => options.onHeader(at.column)
          : active && event.shiftKey
            ? () => selectRow(active.row)
            : active && options.onInspect
              ? () => options.onInspect!(active)
              : undefined,
      Escape: active ? clear : undefined,
      a: mod ? selectAll : undefined,
      c: mod ? () => options.onCopy(event.shiftKey) : undefined,
      f: mod ? options.onFind : undefined,
    }
    const altMoves: typeof moves = {
      ArrowDown: event.shiftKey ? undefined : () => options.onColumn(at.column),
      ArrowLeft: event.shiftKey ? () => shift(at, -1) : undefined,
      ArrowRight: event.shiftKey ? () => shift(at, 1) : undefined,
    }
    const move = (event.altKey ? altMoves : moves)[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!move) return
    event.preventDefault()
    event.stopPropagation()
    move()
  }
  const selectAll = () => {
    setAnchor({ row: 0, column: 0 })
    setActive({ row: rowCount - 1, column: columnCount - 1 })
  }
  return { active, rectangle, select, selectRow, clear, selectAll, key }
}
