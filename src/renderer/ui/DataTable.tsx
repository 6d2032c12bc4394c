import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import styles from './DataTable.module.css'
import { type MenuItem, PointMenu } from './Menu.tsx'
import { ColumnPanel } from './table/ColumnPanel.tsx'
import {
  arrangeColumns,
  gutterWidth,
  isInSight,
  moveColumn,
  placeColumns,
  scrollToColumn,
  useFit,
} from './table/columns.ts'
import type { CopyFormat } from './table/copy.ts'
import { FindBar } from './table/FindBar.tsx'
import { readFilter, writeTerm } from './table/filter.ts'
import { unzoned } from './table/format.ts'
import type { InsertInto } from './table/insert.ts'
import { type CellValue, cellText, type Sort } from './table/model.ts'
import { gridPointer } from './table/pointer.ts'
import type { PagedSource } from './table/source.ts'
import { TableHead } from './table/TableHead.tsx'
import { NoRows, TableNotes } from './table/TableNotes.tsx'
import { TableRow } from './table/TableRow.tsx'
import { cellItems, TableTools } from './table/TableTools.tsx'
import { type DataColumn, EMPTY_LAYOUT, type TableLayout } from './table/types.ts'
import { useCopy } from './table/useCopy.ts'
import { useExport } from './table/useExport.ts'
import { type GridPlace, useGridSelection } from './table/useGridSelection.ts'
import { useHandOver } from './table/useHandOver.ts'
import { useRowWindow } from './table/useRowWindow.ts'
import { useSelectionFacts } from './table/useSelectionFacts.ts'
import { useTableRows } from './table/useTableRows.ts'
import { widthFor } from './table/widths.ts'
import { ROW } from './table/window.ts'

export type { InsertInto } from './table/insert.ts'
export type { CellValue, ColumnKind, Sort } from './table/model.ts'
export type { PagedSource } from './table/source.ts'
export { type DataColumn, EMPTY_LAYOUT, type TableLayout } from './table/types.ts'

interface CommonProps<R> {
  columns: readonly DataColumn<R>[]
  /** Says what the rows are, to screen readers and as the name of an exported file. */
  label: string
  layout?: TableLayout
  onLayout?: (layout: TableLayout) => void
  /** What is in the filter, where it is kept outside. */
  filter?: string
  onFilter?: (text: string) => void
  /** Row selected elsewhere, by its key. */
  selected?: string | null
  /** Called again when other rows come to stand in the place that was chosen. */
  onSelect?: (row: R, index: number, column: string) => void
  /** No row stands there any more. */
  onUnselect?: () => void
  onOpen?: (row: R, index: number) => void
  /** Enter, Space or a double click on a cell: what is in it, in full. */
  onInspect?: (row: R, index: number, column: string) => void
  rowMenu?: (row: R) => MenuItem[]
  /** What is known of a column, in its panel; `filter` narrows the rows to those that have a value. */
  details?: (column: string, filter: (value: CellValue) => void, filterText: string) => ReactNode
  /** What an INSERT statement that is copied writes into. */
  copyInto?: InsertInto
  /** At the left of the tool row. */
  tools?: ReactNode
  /** Rows carry their number, and a click on it selects the whole row. */
  numbered?: boolean
  /** What a row is, where it is none of a result. */
  noun?: string
  /** The rows are the first of more: of so many, null where nobody counted them. */
  firstOf?: number | null
  /** Looks for what is in the filter beyond them. */
  onBeyond?: (filter: string) => void
  /** Without the row of filter, copy, columns and export. */
  bare?: boolean
  empty?: ReactNode
}

export type DataTableProps<R> = CommonProps<R> &
  (
    | { rows: readonly R[]; rowKey: (row: R, index: number) => string; source?: undefined }
    | { source: PagedSource; rows?: undefined; rowKey?: undefined }
  )

/**
 * A table of any length: virtual, sorted, filtered, resized, copied and exported. With `rows` it shows an array; with
 * `source` it fetches pages as they come into sight. Its jobs are in `table/`.
 */
export function DataTable<R = readonly CellValue[]>(props: DataTableProps<R>) {
  const { columns, label, rows, noun = 'row', bare = false, numbered = false } = props
  const tableId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const filterBox = useRef<HTMLSpanElement>(null)
  const [ownLayout, setOwnLayout] = useState(EMPTY_LAYOUT)
  const layout = props.layout ?? ownLayout
  const setLayout = props.onLayout ?? setOwnLayout
  const [ownFilter, setOwnFilter] = useState('')
  const filterText = props.filter ?? ownFilter
  const setFilterText = props.onFilter ?? setOwnFilter
  const [menuAt, setMenuAt] = useState<{ x: number; y: number; row: R; value: CellValue; column: number } | null>(null)
  const [panelAt, setPanelAt] = useState<{ column: string; anchor: string } | null>(null)
  const [finding, setFinding] = useState(false)
  const { sort } = layout
  const shown = useTableRows({ rows, source: props.source, columns, sort, filterText })
  const { source, cell, indexes, rowCount, shownCount, arrangeable, rowAt, rowValue, cache } = shown
  const { unknown, vain } = useMemo(() => readFilter(filterText, columns), [filterText, columns])
  const visible = useMemo(() => arrangeColumns(columns, layout), [columns, layout])
  const { first, last, top, height, view, follow, toRow } = useRowWindow(scroller, shownCount)
  const fit = useFit(columns, rowCount, cell)
  const gutter = gutterWidth(rowCount, numbered)
  const places = useMemo(
    // A result's columns stay side by side, where the eye reads them as one row: none takes what is left over.
    () => placeColumns(visible, layout.widths, fit.widths, numbered ? 0 : view.width, gutter),
    [visible, layout.widths, fit.widths, view.width, gutter, numbered],
  )
  const count = numbered || layout.pinned ? visible.filter(({ id }) => layout.pinned?.[id]).length : 0
  const frozen = { count, width: count > 0 ? places[count - 1].start + places[count - 1].size : gutter }
  const inSight = places.map((place, at) => at < count || isInSight(place, view.left, view.width))
  const total = places.length > 0 ? places[places.length - 1].start + places[places.length - 1].size : 0
  useEffect(() => {
    if (cache && last >= first) void cache.ensure(first, last + 1)
  }, [cache, first, last])

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
  const fitColumn = (column: DataColumn<never>) => {
    const inView = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => rowAt(first + i))
    const width = widthFor(column, inView, fit.scales[column.id], cell)
    if (width !== null) setLayout({ ...layout, widths: { ...layout.widths, [column.id]: width } })
  }
  const copy = (format: CopyFormat) => {
    const area = selection.rectangle
    if (!area || area.bottom < 0) return
    const columns = chosenColumns as readonly DataColumn<never>[]
    const whole = columns.length === visible.length
    void copying.copy({ format, area, columns, whole, into: props.copyInto, read: shown.reader(columns) })
  }
  const filterBy = (column: number, operator: '=' | '!=', value: CellValue) =>
    setFilterText(
      `${filterText.trim()} ${writeTerm(columns[column].title, operator, value === null ? 'null' : cellText(value))}`.trim(),
    )
  const find = async (word: string, backwards: boolean) => {
    const at = selection.active ?? { row: 0, column: -1 }
    const from = { row: Math.max(0, at.row), column: at.column < 0 ? -1 : indexes.get(visible[at.column].id)! }
    const found = await source!.find!(word, from, backwards)
    if (!found) return false
    // A column that is hidden has what was looked for: its row is shown all the same.
    selection.select({ row: found.row, column: Math.max(0, visible.indexOf(columns[found.column])) })
    return true
  }
  const { writing, save } = useExport(() => ({
    name: label,
    header: visible.map((column) => column.title),
    rowCount: shownCount,
    read: async (from, to, signal) =>
      (await shown.reader(visible)(from, to, signal)).map((row) =>
        row.map((value, at) => unzoned(value, visible[at].detail)),
      ),
  }))
  const handOver = useHandOver(shown, visible, rows ? null : { onSelect: props.onSelect, onUnselect: props.onUnselect })
  const inspect = props.onInspect && ((place: GridPlace) => handOver(place, props.onInspect))
  const open = inspect ?? (({ row }: GridPlace) => props.onOpen?.(rowValue(row), rowAt(row)))
  const selection = useGridSelection({
    rowCount: shownCount,
    columnCount: visible.length,
    pageRows: Math.max(1, Math.floor(view.height / ROW) - 1),
    scrollTo: ({ row, column }) => {
      if (row >= 0) toRow(row)
      if (column >= count) scrollToColumn(scroller.current, places[column], frozen.width)
    },
    onOpen: open,
    onInspect: inspect,
    onHeader: (column) => sortBy(visible[column].id),
    onColumn: (column) => setPanelAt({ column: visible[column].id, anchor: `${tableId}--1-${column}` }),
    onShift: (column, by) =>
      setLayout(
        moveColumn(columns as readonly DataColumn<never>[], layout, visible[column].id, visible[column + by].id),
      ),
    onCopy: (names) => copy(names ? 'tsvHeader' : 'tsv'),
    onFind: () => (source?.find ? setFinding(true) : filterBox.current?.querySelector('input')?.focus()),
    onMove: (place) => handOver(place, props.onSelect),
  })
  const { rectangle, active } = selection
  const chosenColumns = rectangle ? visible.slice(rectangle.left, rectangle.right + 1) : []
  const copying = useCopy(rectangle)
  const selected = useSelectionFacts(
    rectangle,
    chosenColumns.map(({ kind }) => kind),
    shown.reader(chosenColumns),
    shown.arranged,
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: a pane that opens beside the table must not cover the cell that it is about
  useEffect(() => {
    if (active && active.column >= count) scrollToColumn(scroller.current, places[active.column], frozen.width)
  }, [view.width])
  const exports: MenuItem[] = source?.files
    ? source.files.map(({ title, save: write }) => ({
        title,
        onSelect: () => write(visible.map(({ id }) => indexes.get(id)!)),
      }))
    : [
        { title: 'Export as CSV', onSelect: () => void save('csv') },
        { title: 'Export as JSON', onSelect: () => void save('json') },
      ]

  const cellMenu = ({ row, value, column }: { row: R; value: CellValue; column: number }) => {
    const by = (operator: '=' | '!=') => filterBy(indexes.get(visible[column].id)!, operator, value)
    const look = inspect && active ? () => inspect(active) : null
    return cellItems(look, props.rowMenu?.(row) ?? [], copy, bare || !arrangeable ? null : by)
  }

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
          rowCount={shown.whole}
          matching={shown.matching}
          noun={noun}
          firstOf={props.firstOf}
          copy={copying.state}
          selected={selected}
          onCopy={rectangle ? copy : null}
          onFind={source?.find ? () => setFinding(true) : null}
          columns={columns as readonly DataColumn<never>[]}
          layout={layout}
          onLayout={setLayout}
          exports={writing ? null : exports}
        />
      )}
      {finding && (
        <FindBar
          label={label}
          onFind={find}
          onClose={() => {
            setFinding(false)
            scroller.current?.focus()
          }}
        />
      )}
      <TableNotes
        writing={writing}
        copy={copying.state}
        onCopyCancel={copying.cancel}
        onAnswered={() => scroller.current?.focus({ preventScroll: true })}
        onExport={writing ? undefined : exports[0]}
        rowCount={rowCount}
        waiting={shown.waiting}
        unknown={unknown}
        vain={vain}
        onFilter={setFilterText}
        error={shown.error}
      />
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
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !copying.cancel) return selection.key(event)
          event.stopPropagation()
          copying.cancel()
        }}
        onFocus={(event) =>
          event.target === event.currentTarget && !active && shownCount > 0 && selection.select({ row: 0, column: 0 })
        }
        {...gridPointer({
          ...selection,
          onOpen: open,
          onMenu: (place, { clientX, clientY }) =>
            setMenuAt({
              x: clientX,
              y: clientY,
              row: rowValue(place.row),
              value: cell(rowAt(place.row), visible[place.column].id),
              column: place.column,
            }),
        })}
      >
        <TableHead
          tableId={tableId}
          columns={columns as readonly DataColumn<never>[]}
          visible={visible as readonly DataColumn<never>[]}
          places={places}
          inSight={inSight}
          total={total}
          gutter={gutter}
          frozen={frozen}
          layout={layout}
          onLayout={setLayout}
          sortable={arrangeable}
          active={active}
          onSort={sortBy}
          onFit={fitColumn}
          onPanel={setPanelAt}
        />
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
                selected={props.selected !== undefined && props.selected === key}
                row={rows?.[row]}
                columns={visible}
                places={places}
                gutter={gutter}
                frozen={frozen}
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
          <NoRows
            whole={shown.whole}
            noun={noun}
            partial={props.firstOf !== undefined}
            empty={props.empty}
            onAll={() => setFilterText('')}
            onBeyond={props.onBeyond && (() => props.onBeyond!(filterText))}
          />
        )}
      </div>
      <PointMenu at={menuAt} items={menuAt ? cellMenu(menuAt) : []} onClose={() => setMenuAt(null)} />
      <ColumnPanel
        at={panelAt}
        columns={columns as readonly DataColumn<never>[]}
        visible={visible as readonly DataColumn<never>[]}
        layout={layout}
        onLayout={setLayout}
        arrangeable={arrangeable && !bare}
        filterText={filterText}
        onFilter={setFilterText}
        details={
          props.details &&
          ((id) =>
            props.details!(
              id,
              (value) => {
                setPanelAt(null)
                filterBy(indexes.get(id)!, '=', value)
              },
              filterText,
            ))
        }
        onClose={() => setPanelAt(null)}
        grid={scroller}
      />
    </div>
  )
}
