import type { ReactNode } from 'react'
import { cx } from '../cx.ts'
import styles from '../DataTable.module.css'
import type { ColumnPlace } from './columns.ts'
import { displayCell } from './format.ts'
import type { CellValue, Rectangle } from './model.ts'
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
  inSight: readonly boolean[]
  value: (column: string) => CellValue
  rectangle: Rectangle | null
  active: GridPlace | null
}) {
  const { tableId, index, columns, places, inSight, rectangle, active } = props
  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      data-row={index}
      className={cx(styles.row, props.selected && styles.selected)}
      style={{ translate: `0 ${props.top}px` }}
    >
      {columns.map((column, place) => {
        if (!inSight[place]) return null
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
              column.mono && styles.mono,
              chosen && styles.chosen,
              active?.row === index && active.column === place && styles.active,
            )}
            style={{ left: places[place].start, width: places[place].size }}
          >
            {content(column, props.value(column.id), props.row)}
          </div>
        )
      })}
    </div>
  )
}

function content<R>(column: DataColumn<R>, value: CellValue, row: R | undefined): ReactNode {
  if (value === undefined && row === undefined) return <span className={styles.pending} />
  if (column.render && row !== undefined) return column.render(value, row)
  if (value === null) return <span className={styles.null}>null</span>
  return column.format ? column.format(value) : displayCell(value, column.kind ?? 'text')
}

function within(area: Rectangle, row: number, column: number): boolean {
  return row >= area.top && row <= area.bottom && column >= area.left && column <= area.right
}
