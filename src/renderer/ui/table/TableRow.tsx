import type { ReactNode } from 'react'
import { cx } from '../cx.ts'
import styles from '../DataTable.module.css'
import type { ColumnPlace } from './columns.ts'
import { displayCell, fractionPad } from './format.ts'
import type { CellValue, Rectangle } from './model.ts'
import type { Frozen } from './TableHead.tsx'
import type { DataColumn } from './types.ts'
import type { GridPlace } from './useGridSelection.ts'

/** One row: its cells that are in sight. */
export function TableRow<R>(props: {
  tableId: string
  /** Its place in the view. */
  index: number
  top: number
  selected: boolean
  /** Absent where the row comes from a paged source. */
  row: R | undefined
  columns: readonly DataColumn<R>[]
  places: readonly ColumnPlace[]
  /** Room for the row's number; 0 where it has none. */
  gutter: number
  frozen: Frozen
  scales: Readonly<Record<string, number>>
  inSight: readonly boolean[]
  value: (column: string) => CellValue
  rectangle: Rectangle | null
  active: GridPlace | null
}) {
  const { tableId, index, places, inSight, rectangle, active, frozen } = props
  const cell = (column: DataColumn<R>, place: number) => {
    if (!inSight[place]) return null
    const value = props.value(column.id)
    const chosen = rectangle !== null && within(rectangle, index, place)
    return (
      <div
        key={column.id}
        id={`${tableId}-${index}-${place}`}
        role="gridcell"
        tabIndex={-1}
        aria-colindex={place + 1}
        aria-selected={chosen || undefined}
        data-column={place}
        className={cx(
          styles.cell,
          column.kind === 'number' && styles.number,
          isDigits(column, value) && styles.digits,
          column.mono && styles.mono,
          chosen && styles.chosen,
          active?.row === index && active.column === place && styles.active,
        )}
        style={{ left: places[place].start, width: places[place].size }}
      >
        {content(column, value, props.row, props.scales[column.id] ?? 0)}
      </div>
    )
  }
  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      data-row={index}
      className={cx(styles.row, props.selected && styles.selected)}
      style={{ translate: `0 ${props.top}px` }}
    >
      {frozen.width > 0 && (
        <div className={styles.frozen} style={{ width: frozen.width }}>
          {props.gutter > 0 && (
            <div
              aria-hidden
              data-gutter
              className={cx(styles.gutter, rectangle !== null && isWithinRows(rectangle, index) && styles.gutterChosen)}
              style={{ width: props.gutter }}
            >
              {index + 1}
            </div>
          )}
          {props.columns.slice(0, frozen.count).map(cell)}
        </div>
      )}
      {props.columns.slice(frozen.count).map((column, i) => cell(column, i + frozen.count))}
    </div>
  )
}

/** A number by itself: what does not fit goes at its front, so that it never reads as a smaller one. */
const isDigits = <R,>(column: DataColumn<R>, value: CellValue) =>
  column.kind === 'number' && !column.render && value !== null && value !== undefined

function content<R>(column: DataColumn<R>, value: CellValue, row: R | undefined, scale: number): ReactNode {
  if (value === undefined && row === undefined) return <span className={styles.pending} />
  if (column.render && row !== undefined) return column.render(value, row)
  if (value === null) return <span className={styles.null}>null</span>
  const text = column.format ? column.format(value) : displayCell(value, column.kind ?? 'text')
  if (!isDigits(column, value)) return text
  const pad = scale > 0 ? fractionPad(text, scale) : ''
  return (
    <bdi dir="ltr" data-pad={pad || undefined}>
      {text}
    </bdi>
  )
}

function isWithinRows(area: Rectangle, row: number): boolean {
  return row >= area.top && row <= area.bottom
}

function within(area: Rectangle, row: number, column: number): boolean {
  return isWithinRows(area, row) && column >= area.left && column <= area.right
}
