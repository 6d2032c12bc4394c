import type { MouseEvent } from 'react'

/** The cell under the pointer. */
export function placeOf(event: MouseEvent): { row: number; column: number } | null {
  const target = (event.target as Element).closest('[data-column]')
  const line = target?.closest('[data-row]')
  if (!target || !line) return null
  return { row: Number(line.getAttribute('data-row')), column: Number(target.getAttribute('data-column')) }
}

/** The row whose number is under the pointer. */
export function gutterRow(event: MouseEvent): number | null {
  const row = (event.target as Element).closest('[data-gutter]')?.closest('[data-row]')?.getAttribute('data-row')
  return row ? Number(row) : null
}
