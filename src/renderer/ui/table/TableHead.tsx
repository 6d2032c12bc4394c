import styles from '../DataTable.module.css'
import { type ColumnPlace, moveColumn } from './columns.ts'
import { HeaderCell } from './HeaderCell.tsx'
import type { DataColumn, TableLayout } from './types.ts'
import type { GridPlace } from './useGridSelection.ts'

/** The names of the columns that are in sight, those that are pinned standing still. */
export function TableHead(props: {
  tableId: string
  columns: readonly DataColumn<never>[]
  visible: readonly DataColumn<never>[]
  places: readonly ColumnPlace[]
  inSight: readonly boolean[]
  total: number
  gutter: number
  frozen: Frozen
  layout: TableLayout
  onLayout: (layout: TableLayout) => void
  sortable: boolean
  active: GridPlace | null
  onSort: (id: string) => void
  onFit: (column: DataColumn<never>) => void
  onPanel: (at: { column: string; anchor: string }) => void
}) {
  const { columns, visible, places, layout, onLayout, frozen } = props
  const cell = (column: DataColumn<never>, index: number) => {
    if (!props.inSight[index]) return null
    const anchor = `${props.tableId}--1-${index}`
    return (
      <HeaderCell
        key={column.id}
        id={anchor}
        columnId={column.id}
        index={index}
        column={column}
        place={places[index]}
        sort={layout.sort?.column === column.id ? layout.sort : null}
        sortable={props.sortable}
        pinned={index < frozen.count}
        active={props.active?.row === -1 && props.active.column === index}
        onSort={() => props.onSort(column.id)}
        onWidth={(size) => onLayout({ ...layout, widths: { ...layout.widths, [column.id]: size } })}
        onFit={() => props.onFit(column)}
        onMove={(to) => onLayout(moveColumn(columns, layout, column.id, to))}
        onPanel={() => props.onPanel({ column: column.id, anchor })}
      />
    )
  }
  return (
    <div role="rowgroup" className={styles.head} style={{ width: props.total }}>
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, by aria-activedescendant */}
      <div role="row" aria-rowindex={1} className={styles.headRow}>
        {frozen.width > 0 && (
          <div className={styles.frozen} style={{ width: frozen.width }}>
            {props.gutter > 0 && <div aria-hidden className={styles.gutterHead} style={{ width: props.gutter }} />}
            {visible.slice(0, frozen.count).map(cell)}
          </div>
        )}
        {visible.slice(frozen.count).map((column, i) => cell(column, i + frozen.count))}
      </div>
    </div>
  )
}

/** What stands still at the left: row numbers and the first columns. */
export interface Frozen {
  readonly count: number
  readonly width: number
}
