import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react'
import { cx } from './cx.ts'
import styles from './SplitPane.module.css'

/**
 * Two panes and a divider that the pointer and the arrow keys move; Enter and a double click collapse the sized pane.
 * `size` is that pane's extent in px; the other takes the rest. 0 is collapsed.
 */
export function SplitPane({
  direction = 'row',
  sized = 'first',
  size,
  onSize,
  min = 120,
  max = 2000,
  keep = 0,
  label,
  first,
  second,
  restore = 280,
}: {
  direction?: 'row' | 'column'
  sized?: 'first' | 'second'
  size: number
  onSize: (size: number) => void
  min?: number
  max?: number
  /** What the other pane is left with, however large the sized one was elsewhere. */
  keep?: number
  label: string
  first: ReactNode
  second: ReactNode
  /** The size a collapsed pane opens to when nothing better is known. */
  restore?: number
}) {
  const frame = useRef<HTMLDivElement>(null)
  const lastSize = useRef(size || restore)
  const [dragging, setDragging] = useState(false)
  if (size > 0) lastSize.current = size
  const row = direction === 'row'
  const clamp = (wanted: number) => {
    const extent = frame.current ? (row ? frame.current.clientWidth : frame.current.clientHeight) : max + 80
    if (wanted < min / 2) return 0
    return Math.round(Math.max(min, Math.min(wanted, max, extent - Math.max(80, keep))))
  }
  const toggle = () => onSize(size > 0 ? 0 : lastSize.current)
  const drag = (event: PointerEvent) => {
    if (!dragging || !frame.current) return
    const box = frame.current.getBoundingClientRect()
    const at = row ? event.clientX - box.left : event.clientY - box.top
    onSize(clamp(sized === 'first' ? at : (row ? box.width : box.height) - at))
  }
  const key = (event: KeyboardEvent) => {
    const forward = row ? 'ArrowRight' : 'ArrowDown'
    const back = row ? 'ArrowLeft' : 'ArrowUp'
    if (event.key === 'Enter') toggle()
    else if (event.key === forward || event.key === back) {
      const grow = (event.key === forward) === (sized === 'first')
      onSize(clamp(size + (grow ? 1 : -1) * (event.shiftKey ? 64 : 16)))
    } else return
    event.preventDefault()
  }
  const pane = (which: 'first' | 'second', content: ReactNode) => (
    <div
      className={cx(styles.pane, which === sized ? styles.sized : styles.rest)}
      style={which === sized ? { flexBasis: size } : size > 0 ? { [row ? 'minWidth' : 'minHeight']: keep } : undefined}
      hidden={which === sized && size === 0}
    >
      {content}
    </div>
  )
  return (
    <div ref={frame} className={cx(styles.split, row ? styles.row : styles.column, dragging && styles.dragging)}>
      {pane('first', first)}
      <div
        role="separator"
        aria-label={label}
        aria-orientation={row ? 'vertical' : 'horizontal'}
        aria-valuenow={size}
        aria-valuemin={0}
        aria-valuemax={max}
        tabIndex={0}
        className={styles.divider}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          setDragging(true)
        }}
        onPointerMove={drag}
        onPointerUp={() => setDragging(false)}
        onPointerCancel={() => setDragging(false)}
        onDoubleClick={toggle}
        onKeyDown={key}
      />
      {pane('second', second)}
    </div>
  )
}
