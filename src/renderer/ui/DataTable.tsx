import { type MouseEvent, type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import styles from './DataTable.module.css'
import { type MenuItem, PointMenu } from './Menu.tsx'
import { ErrorView } from './Notice.tsx'
import { Progress } from './Progress.tsx'
import { gutterWidth, isInSight, placeColumns, scrollToColumn, useFit } from './table/columns.ts'
import { HeaderCell } from './table/HeaderCell.tsx'
import { type CellValue, type Sort, toTsv } from './table/model.ts'
import { type PagedSource, usePageCache } from './table/source.ts'
import { TableRow } from './table/TableRow.tsx'
import { TableTools } from './table/TableTools.tsx'
import { type DataColumn, EMPTY_LAYOUT, type TableLayout } from './table/types.ts'
import { useArrangement } from './table/useArrangement.ts'
import { useExport } from './table/useExport.ts'
import { useGridSelection } from './table/useGridSelection.ts'
import { useRowWindow } from './table/useRowWindow.ts'
import { ROW } from './table/window.ts'

export type { CellValue, ColumnKind, Sort } from './table/model.ts'
export type { PagedSource } from './table/source.ts'
export { type DataColumn, EMPTY_LAYOUT, type TableLayout } from './table/types.ts'

interface CommonProps<R> {
  columns: readonly DataColumn<R>[]
  /** Says what the rows are, to screen readers and as the name of an exported file. */
  label: string
  layout?: TableLayout
  onLayout?: (layout: TableLayout) => void
  /** Row selected elsewhere, by its key. */
  selected?: string | null
  onSelect?: (row: R, index: number) => void
  onOpen?: (row: R, index: number) => void
  rowMenu?: (row: R) => MenuItem[]
  /** At the left of the tool row. */
  tools?: ReactNode
  /** Rows carry their number, and a click on it selects the whole row. */
  numbered?: boolean
  /** Without the row of filter, copy, columns and export. */
  bare?: boolean
  empty?: ReactNode
}

export type DataTableProps<R> = CommonProps<R> &
  (
    | { rows: readonly R[]; rowKey: (row: R, index: number) => string; source?: undefined }
    | { source: PagedSource; rows?: undefined; rowKey?: undefined }
  )

const COPIED_AT_ONCE = 5000
/** Files of more rows than this show their progress. */
const LONG_EXPORT = 20_000

/**
 * A table of any length: virtual, sorted, filtered, resized, copied and exported. With `rows` it shows an array; with
 * `source` it fetches pages as they come into sight. Its jobs are in `table/`.
 */
export function DataTable<R = readonly CellValue[]>(props: DataTableProps<R>) {
  const { columns, label, rows, source, selected, bare = false, numbered = false } = props
  const tableId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const filterBox = useRef<HTMLSpanElement>(null)
  const [ownLayout, setOwnLayout] = useState(EMPTY_LAYOUT)
  const layout = props.layout ?? ownLayout
  const setLayout = props.onLayout ?? setOwnLayout
  const [filterText, setFilterText] = useState('')
  const [menuAt, setMenuAt] = useState<{ x: number; y: number; row: R } | null>(null)
  const { cache, error } = usePageCache(source)

  const rowCount = source ? source.rowCount : rows!.length
  const visible = useMemo(
    () => columns.filter((column) => !(layout.hidden[column.id] ?? column.hidden)),
    [columns, layout.hidden],
  )
  const indexes = useMemo(() => new Map(columns.map((column, index) => [column.id, index])), [columns])
  const cell = useCallback(
    (row: number, id: string): CellValue => {
      const index = indexes.get(id)!
      if (cache) return cache.cell(row, index)
      const column = columns[index]
      const value = rows![row]
      return column.value ? column.value(value) : (value as readonly CellValue[])[index]
    },
    [cache, columns, indexes, rows],
  )
  const { sort } = layout
  const { order, shownCount, arrangeable, fetching } = useArrangement({
    columns,
    cell,
    cache,
    rowCount,
    sort,
    filterText,
  })
  const rowAt = (view: number) => (order ? order[view] : view)
  const rowValue = (view: number): R =>
    (rows ? rows[rowAt(view)] : columns.map((column) => cell(rowAt(view), column.id))) as R

  const { first, last, top, height, view, follow, toRow } = useRowWindow(scroller, shownCount)
  const fit = useFit(columns, rowCount, cell)
  const gutter = gutterWidth(rowCount, numbered)
  const places = useMemo(
    // A result's columns stay side by side, where the eye reads them as one row: none takes what is left over.
    () => placeColumns(visible, layout.widths, fit.widths, numbered ? 0 : view.width, gutter),
    [visible, layout.widths, fit.widths, view.width, gutter, numbered],
  )
  const inSight = places.map((place) => isInSight(place, view.left, view.width))
  const total = places.length > 0 ? places[places.length - 1].start + places[places.length - 1].size : 0
  useEffect(() => {
    if (cache && !order && last >= first) void cache.ensure(first, last + 1)
  }, [cache, order, first, last])

  const sortBy = (id: string) => {
    if (!arrangeable) return
    const next: Sort | null =
      sort?.column !== id
        ? { column: id, descending: false }
        : sort.descending
          ? null
          : { column: id, descending: true }
    setLayout({ ...layout, sort: next })
  }
  const load = async (from: number, to: number) => {
    if (cache && !order) await cache.ensure(from, to)
  }
  const copy = async () => {
    const area = selection.rectangle
    if (!area || area.bottom < 0) return
    const shown = visible.slice(area.left, area.right + 1)
    const lines: string[] = []
    // Piece by piece: a cache of pages does not hold all of a long range at once.
    for (let from = Math.max(0, area.top); from <= area.bottom; from += COPIED_AT_ONCE) {
      const to = Math.min(area.bottom + 1, from + COPIED_AT_ONCE)
      await load(from, to)
      const rowsOf = Array.from({ length: to - from }, (_, i) => shown.map(({ id }) => cell(rowAt(from + i), id)))
      lines.push(toTsv(rowsOf))
    }
    await navigator.clipboard.writeText(lines.join('\n'))
  }
  const { writing, save } = useExport(() => ({
    name: label,
    header: visible.map((column) => column.title),
    rowCount: shownCount,
    load,
    row: (at) => visible.map((column) => cell(rowAt(at), column.id)),
  }))
  const selection = useGridSelection({
    rowCount: shownCount,
    columnCount: visible.length,
    pageRows: Math.max(1, Math.floor(view.height / ROW) - 1),
    scrollTo: ({ row, column }) => {
      if (row >= 0) toRow(row)
      scrollToColumn(scroller.current, places[column], gutter)
    },
    onOpen: (at) => props.onOpen?.(rowValue(at), rowAt(at)),
    onHeader: (column) => sortBy(visible[column].id),
    onCopy: () => void copy(),
    onFind: () => filterBox.current?.querySelector('input')?.focus(),
    onMove: (at) => props.onSelect?.(rowValue(at), rowAt(at)),
  })
  const { rectangle, active } = selection

  return (
    <div className={styles.table}>
      {!bare && (
        <TableTools
          label={label}
          tools={props.tools}
          filterBox={filterBox}
          filterText={filterText}
          onFilter={setFilterText}
          arrangeable={arrangeable}
          rowCount={rowCount}
          matching={order ? order.length : null}
          onCopy={rectangle ? () => void copy() : null}
          columns={columns as readonly DataColumn<never>[]}
          layout={layout}
          onLayout={setLayout}
          onExport={writing ? null : (format) => void save(format)}
        />
      )}
      {writing && writing.share < 1 && rowCount > LONG_EXPORT && (
        <div className={styles.note}>
          <Progress
            value={writing.share}
            label={`Writing ${writing.format.toUpperCase()}`}
            onCancel={() => writing.stop.abort()}
          />
        </div>
      )}
      {fetching && (
        <div className={styles.note}>
          <Progress value={null} label="Fetching all rows to arrange them" />
        </div>
      )}
      {error !== null && error !== undefined && (
        <ErrorView
          compact
          title="Some rows could not be fetched"
          error={error instanceof Error ? error : { message: String(error) }}
        />
      )}
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={shownCount + 1}
        aria-colcount={visible.length}
        aria-activedescendant={active ? `${tableId}-${active.row}-${active.column}` : undefined}
        aria-multiselectable
        tabIndex={0}
        className={styles.scroller}
        onScroll={follow}
        onKeyDown={selection.key}
        onFocus={(event) =>
          event.target === event.currentTarget && !active && shownCount > 0 && selection.select({ row: 0, column: 0 })
        }
        onMouseDown={(event) => {
          const place = placeOf(event)
          const row = gutterRow(event)
          if ((!place && row === null) || event.button !== 0) return
          scroller.current?.focus({ preventScroll: true })
          event.preventDefault()
          if (place) selection.select(place, event.shiftKey)
          else if (row !== null) selection.selectRow(row, event.shiftKey)
        }}
        onMouseMove={(event) => {
          if (event.buttons !== 1 || !active) return
          const row = gutterRow(event)
          if (row !== null && row !== active.row) selection.selectRow(row, true)
          const place = placeOf(event)
          if (place && (place.row !== active.row || place.column !== active.column)) selection.select(place, true)
        }}
        onDoubleClick={(event) => {
          const place = placeOf(event)
          if (place) props.onOpen?.(rowValue(place.row), rowAt(place.row))
        }}
        onContextMenu={(event) => {
          const place = placeOf(event)
          if (!place || !props.rowMenu) return
          event.preventDefault()
          selection.select(place)
          setMenuAt({ x: event.clientX, y: event.clientY, row: rowValue(place.row) })
        }}
      >
        <div role="rowgroup" className={styles.head} style={{ width: total }}>
          {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, by aria-activedescendant */}
          <div role="row" aria-rowindex={1} className={styles.headRow}>
            {gutter > 0 && <div aria-hidden className={styles.gutterHead} style={{ width: gutter }} />}
            {visible.map((column, index) => (
              <HeaderCell
                key={column.id}
                id={`${tableId}--1-${index}`}
                column={column}
                place={places[index]}
                sort={sort?.column === column.id ? sort : null}
                sortable={arrangeable}
                active={active?.row === -1 && active.column === index}
                onSort={() => sortBy(column.id)}
                onWidth={(size) => setLayout({ ...layout, widths: { ...layout.widths, [column.id]: size } })}
              />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height, width: total }}>
          {Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i).map((index) => {
            const row = rowAt(index)
            const key = rows ? props.rowKey!(rows[row], row) : String(row)
            return (
              <TableRow
                key={key}
                tableId={tableId}
                index={index}
                top={view.top + index * ROW - top}
                selected={selected !== undefined && selected === key}
                row={rows?.[row]}
                columns={visible}
                places={places}
                gutter={gutter}
                scales={fit.scales}
                inSight={inSight}
                value={(id) => cell(row, id)}
                rectangle={rectangle}
                active={active}
              />
            )
          })}
        </div>
        {shownCount === 0 && (
          <div className={styles.empty}>
            {rowCount > 0 ? 'No row matches the filter.' : (props.empty ?? 'There are no rows.')}
          </div>
        )}
      </div>
      <PointMenu
        at={menuAt}
        items={menuAt ? (props.rowMenu?.(menuAt.row) ?? []) : []}
        onClose={() => setMenuAt(null)}
      />
    </div>
  )
}

/** The cell under the pointer. */
function placeOf(event: MouseEvent): { row: number; column: number } | null {
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
