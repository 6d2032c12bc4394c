import { ArrowDown, ArrowUp } from 'lucide-react'
import { type PointerEvent, useRef } from 'react'
import { cx } from '../cx.ts'
import styles from '../DataTable.module.css'
import type { ColumnKind, Sort } from './model.ts'

/** A column's name, its sort and its grip. */
export function HeaderCell(props: {
  id: string
  column: { title: string; detail?: string; kind?: ColumnKind }
  place: { start: number; size: number }
  sort: Sort | null
  sortable: boolean
  active: boolean
  onSort: () => void
  onWidth: (size: number) => void
}) {
  const { column, place, sort } = props
  const drag = useRef<{ x: number; size: number } | null>(null)
  const resize = (event: PointerEvent) => {
    if (drag.current) props.onWidth(Math.max(40, Math.round(drag.current.size + event.clientX - drag.current.x)))
  }
  const Arrow = sort?.descending ? ArrowDown : ArrowUp
  return (
    <div
      id={props.id}
      role="columnheader"
      tabIndex={-1}
      aria-sort={sort ? (sort.descending ? 'descending' : 'ascending') : 'none'}
      className={cx(styles.headCell, column.kind === 'number' && styles.number, props.active && styles.active)}
      style={{ left: place.start, width: place.size }}
      title={`${column.title}${column.detail ? ` · ${column.detail}` : ''}${props.sortable ? '' : '\nToo many rows to sort here: use ORDER BY.'}`}
    >
      <button
        type="button"
        tabIndex={-1}
        className={styles.headButton}
        disabled={!props.sortable}
        onClick={props.onSort}
      >
        <span className={styles.headTitle}>{column.title}</span>
        {sort && <Arrow size={12} aria-hidden />}
      </button>
      <span
        aria-hidden
        className={styles.grip}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.current = { x: event.clientX, size: place.size }
        }}
        onPointerMove={resize}
        onPointerUp={() => {
          drag.current = null
        }}
      />
    </div>
  )
}
