import type { MouseEvent } from 'react'
import type { Rectangle } from './model.ts'
import type { GridPlace } from './useGridSelection.ts'

/** The cell under the pointer. */
function placeOf(event: MouseEvent): GridPlace | null {
  const target = (event.target as Element).closest('[data-column]')
  const line = target?.closest('[data-row]')
  if (!target || !line) return null
  return { row: Number(line.getAttribute('data-row')), column: Number(target.getAttribute('data-column')) }
}

/** The row whose number is under the pointer. */
function gutterRow(event: MouseEvent): number | null {
  const row = (event.target as Element).closest('[data-gutter]')?.closest('[data-row]')?.getAttribute('data-row')
  return row ? Number(row) : null
}

/** What a pointer does with cells: chooses, drags a rectangle, opens, and asks for the menu. */
export function gridPointer(grid: {
  active: GridPlace | null
  rectangle: Rectangle | null
  select: (place: GridPlace, extend?: boolean) => void
  selectRow: (row: number, extend?: boolean) => void
  onOpen: (place: GridPlace) => void
  onMenu: (place: GridPlace, event: MouseEvent) => void
}) {
  const { active, rectangle, select, selectRow } = grid
  return {
    onMouseDown: (event: MouseEvent<HTMLElement>) => {
      const place = placeOf(event)
      const row = gutterRow(event)
      if ((!place && row === null) || event.button !== 0) return
      event.currentTarget.focus({ preventScroll: true })
      event.preventDefault()
      if (place) select(place, event.shiftKey)
      else if (row !== null) selectRow(row, event.shiftKey)
    },
    onMouseMove: (event: MouseEvent) => {
      if (event.buttons !== 1 || !active) return
      const row = gutterRow(event)
      if (row !== null && row !== active.row) selectRow(row, true)
      const place = placeOf(event)
      if (place && (place.row !== active.row || place.column !== active.column)) select(place, true)
    },
    onDoubleClick: (event: MouseEvent) => {
      const place = placeOf(event)
      if (place) grid.onOpen(place)
    },
    onContextMenu: (event: MouseEvent) => {
      const place = placeOf(event)
      if (!place) return
      event.preventDefault()
      const inside = rectangle && place.row >= rectangle.top && place.row <= rectangle.bottom
      if (!(inside && place.column >= rectangle.left && place.column <= rectangle.right)) select(place)
      grid.onMenu(place, event)
    },
  }
}
