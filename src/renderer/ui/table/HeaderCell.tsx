import { ArrowDown, ArrowUp, ChevronDown, Pin } from 'lucide-react'
import { type PointerEvent, useRef, useState } from 'react'
import { cx } from '../cx.ts'
import styles from '../DataTable.module.css'
import type { ColumnKind, Sort } from './model.ts'

/** So far the pointer may move before a click on a name becomes a drag of the column. */
const DRAG_FROM = 6

/** A column's name, its sort, its panel and its grip; dragged by its name it moves. */
export function HeaderCell(props: {
  id: string
  columnId: string
  /** Its place among the columns that are shown. */
  index: number
  column: { title: string; detail?: string; kind?: ColumnKind }
  place: { start: number; size: number }
  sort: Sort | null
  sortable: boolean
  pinned: boolean
  active: boolean
  onSort: () => void
  onWidth: (size: number) => void
  /** As wide as what is in view needs. */
  onFit: () => void
  /** The column was dropped on another. */
  onMove: (to: string) => void
  onPanel: () => void
}) {
  const { column, place, sort } = props
  const resizing = useRef<{ x: number; size: number } | null>(null)
  const moving = useRef<{ x: number; to: Element | null } | null>(null)
  const [moved, setMoved] = useState(false)
  const resize = (event: PointerEvent) => {
    if (resizing.current)
      props.onWidth(Math.max(40, Math.round(resizing.current.size + event.clientX - resizing.current.x)))
  }
  const drag = (event: PointerEvent) => {
    const { current } = moving
    if (!current || (!moved && Math.abs(event.clientX - current.x) < DRAG_FROM)) return
    if (!moved) event.currentTarget.setPointerCapture(event.pointerId)
    setMoved(true)
    const under = document.elementsFromPoint(event.clientX, event.clientY).find((box) => box.matches('[data-head]'))
    current.to?.removeAttribute('data-drop')
    current.to = under ?? null
    current.to?.setAttribute('data-drop', '')
  }
  const drop = () => {
    const to = moving.current?.to
    to?.removeAttribute('data-drop')
    moving.current = null
    const target = to?.getAttribute('data-head')
    if (moved && target && target !== props.columnId) props.onMove(target)
    // The click that ends a drag comes after this.
    setTimeout(() => setMoved(false))
  }
  const Arrow = sort?.descending ? ArrowDown : ArrowUp
  return (
    <div
      id={props.id}
      role="columnheader"
      tabIndex={-1}
      aria-colindex={props.index + 1}
      aria-sort={sort ? (sort.descending ? 'descending' : 'ascending') : 'none'}
      data-head={props.columnId}
      className={cx(
        styles.headCell,
        column.kind === 'number' && styles.number,
        props.active && styles.active,
        moved && styles.moving,
      )}
      style={{ left: place.start, width: place.size }}
      title={`${column.title}${column.detail ? ` · ${column.detail}` : ''}${props.sortable ? '' : '\nToo many rows to sort here: use ORDER BY.'}`}
      onContextMenu={(event) => {
        event.preventDefault()
        props.onPanel()
      }}
    >
      <button
        type="button"
        tabIndex={-1}
        className={styles.headButton}
        disabled={!props.sortable}
        onPointerDown={(event) => {
          if (event.button === 0) moving.current = { x: event.clientX, to: null }
        }}
        onPointerMove={drag}
        onPointerUp={drop}
        onPointerCancel={drop}
        onClick={() => !moved && props.onSort()}
      >
        {props.pinned && <Pin size={10} aria-label="Pinned" />}
        <span className={styles.headTitle}>{column.title}</span>
        {sort && <Arrow size={12} aria-hidden />}
      </button>
      <button
        type="button"
        tabIndex={-1}
        className={styles.headMenu}
        aria-label={`About ${column.title}`}
        onClick={props.onPanel}
      >
        <ChevronDown size={12} />
      </button>
      <span
        aria-hidden
        className={styles.grip}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          resizing.current = { x: event.clientX, size: place.size }
        }}
        onPointerMove={resize}
        onPointerUp={() => {
          resizing.current = null
        }}
        onDoubleClick={props.onFit}
      />
    </div>
  )
}
