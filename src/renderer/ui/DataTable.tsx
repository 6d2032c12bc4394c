import { useVirtualizer } from '@tanstack/react-virtual'
import { Columns3, Copy, Download } from 'lucide-react'
import { type MouseEvent, type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import { IconButton } from './Button.tsx'
import { cx } from './cx.ts'
import styles from './DataTable.module.css'
import { SearchInput } from './Input.tsx'
import { Menu, type MenuItem, PointMenu } from './Menu.tsx'
import { ErrorView } from './Notice.tsx'
import { Progress } from './Progress.tsx'
import { exportCsv } from './table/export.ts'
import { displayCell } from './table/format.ts'
import { HeaderCell } from './table/HeaderCell.tsx'
import { type CellValue, type ColumnKind, parseFilter, type Sort, toTsv, viewOrder } from './table/model.ts'
import { type PagedSource, usePageCache } from './table/source.ts'
import { useGridSelection } from './table/useGridSelection.ts'
import { fittingWidths, KIND_WIDTHS } from './table/widths.ts'

export type { CellValue, ColumnKind, Sort } from './table/model.ts'
export type { PagedSource } from './table/source.ts'

export interface DataColumn<R = unknown> {
  id: string
  title: string
  /** Quiet text under the pointer and in the chooser: the declared type. */
  detail?: string
  kind?: ColumnKind
  width?: number
  hidden?: boolean
  mono?: boolean
  /** The cell's plain value: what is sorted, filtered, copied and exported. Paged tables read by column order instead. */
  value?: (row: R) => CellValue
  /** How it reads on the screen. */
  format?: (value: CellValue) => string
  render?: (value: CellValue, row: R) => ReactNode
}

/** What a person arranged; give it to `useRemembered` to keep it. */
export interface TableLayout {
  widths: Record<string, number>
  hidden: Record<string, boolean>
  sort: Sort | null
}

export const EMPTY_LAYOUT: TableLayout = { widths: {}, hidden: {}, sort: null }

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
  /** Without the row of filter, copy, columns and export. */
  bare?: boolean
  empty?: ReactNode
}

export type DataTableProps<R> = CommonProps<R> &
  (
    | { rows: readonly R[]; rowKey: (row: R, index: number) => string; source?: undefined }
    | { source: PagedSource; rows?: undefined; rowKey?: undefined }
  )

const ROW = 20
const NO_WIDTHS: Record<string, number> = {}
const GUTTER = 8
/** Rows of a paged source that are fetched whole so that they can be sorted and filtered here. */
const SORTABLE_ROWS = 200_000

/**
 * A table of any length: virtual, sorted, filtered, resized, copied and exported. With `rows` it shows an array; with
 * `source` it fetches pages as they come into sight.
 */
export function DataTable<R = readonly CellValue[]>(props: DataTableProps<R>) {
  const { columns, label, rows, source, selected, bare = false } = props
  const tableId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const filterBox = useRef<HTMLSpanElement>(null)
  const [ownLayout, setOwnLayout] = useState(EMPTY_LAYOUT)
  const layout = props.layout ?? ownLayout
  const setLayout = props.onLayout ?? setOwnLayout
  const [filterText, setFilterText] = useState('')
  const [exporting, setExporting] = useState<{ share: number; stop: AbortController } | null>(null)
  const [menuAt, setMenuAt] = useState<{ x: number; y: number; row: R } | null>(null)
  const { cache, error } = usePageCache(source)
  const [width, setWidth] = useState(0)

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

  const fitted = useFittedWidths(columns, rowCount, cell)
  const places = useMemo(
    () => placeColumns(visible, layout.widths, fitted, width),
    [visible, layout.widths, fitted, width],
  )
  const arranged = layout.sort !== null || filterText.trim() !== ''
  const arrangeable = !source || rowCount <= SORTABLE_ROWS
  const whole = useWholeSource(cache, rowCount, arranged && arrangeable)
  const order = useMemo(() => {
    if (!arranged || !whole) return null
    const filter = parseFilter(filterText, columns)
    const kind = columns.find((column) => column.id === layout.sort?.column)?.kind ?? 'text'
    return viewOrder(rowCount, cell, {
      sort: layout.sort,
      kind,
      filter: filter && ((row) => filter((id) => cell(row, id))),
    })
  }, [arranged, whole, filterText, columns, layout.sort, rowCount, cell])
  const shownCount = order ? order.length : rowCount
  const rowAt = useCallback((view: number) => (order ? order[view] : view), [order])
  const rowValue = (view: number): R =>
    (rows ? rows[rowAt(view)] : columns.map((column) => cell(rowAt(view), column.id))) as R

  const virtual = useVirtualizer({
    count: shownCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollPaddingStart: 24,
  })
  const items = virtual.getVirtualItems()
  useEffect(() => {
    if (cache && !order && items.length > 0) void cache.ensure(items[0].index, items[items.length - 1].index + 1)
  }, [cache, order, items])
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const sortBy = (id: string) => {
    if (!arrangeable) return
    const sort = layout.sort
    const next: Sort | null =
      sort?.column !== id
        ? { column: id, descending: false }
        : sort.descending
          ? null
          : { column: id, descending: true }
    setLayout({ ...layout, sort: next })
  }
  const copy = () => {
    const area = selection.rectangle
    if (!area || area.top < 0) return
    const list = Array.from({ length: area.bottom - area.top + 1 }, (_, i) =>
      visible.slice(area.left, area.right + 1).map((column) => cell(rowAt(area.top + i), column.id)),
    )
    void navigator.clipboard.writeText(toTsv(list))
  }
  const save = async () => {
    const stop = new AbortController()
    setExporting({ share: 0, stop })
    try {
      await exportCsv({
        name: label,
        header: visible.map((column) => column.title),
        rowCount: shownCount,
        load: async (from, to) => {
          if (cache && !order) await cache.ensure(from, to)
        },
        row: (view) => visible.map((column) => cell(rowAt(view), column.id)),
        onProgress: (share) => setExporting({ share, stop }),
        signal: stop.signal,
      })
    } finally {
      setExporting(null)
    }
  }
  const selection = useGridSelection({
    rowCount: shownCount,
    columnCount: visible.length,
    pageRows: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 200) / ROW) - 2),
    scrollTo: ({ row, column }) => {
      if (row >= 0) virtual.scrollToIndex(row)
      scrollColumn(scroller.current, places[column])
    },
    onOpen: (view) => props.onOpen?.(rowValue(view), rowAt(view)),
    onHeader: (column) => sortBy(visible[column].id),
    onCopy: copy,
    onFind: () => filterBox.current?.querySelector('input')?.focus(),
    onMove: (view) => props.onSelect?.(rowValue(view), rowAt(view)),
  })
  const { rectangle, active } = selection
  const placeOf = (event: MouseEvent): { row: number; column: number } | null => {
    const target = (event.target as Element).closest('[data-column]')
    const line = target?.closest('[data-row]')
    if (!target || !line) return null
    return { row: Number(line.getAttribute('data-row')), column: Number(target.getAttribute('data-column')) }
  }
  const left = scroller.current?.scrollLeft ?? 0
  const [, setScrollLeft] = useState(0)
  const inSight = places.map(({ start, size }) => start + size > left - 400 && start < left + (width || 2000) + 400)
  const total = places.length > 0 ? places[places.length - 1].start + places[places.length - 1].size : 0

  return (
    <div className={styles.table}>
      {!bare && (
        <div className={styles.tools}>
          {props.tools}
          <span ref={filterBox} className={styles.filter}>
            <SearchInput
              label={`Filter ${label}`}
              placeholder="Filter: word, column:word, column>5"
              value={filterText}
              onChange={setFilterText}
              disabled={!arrangeable}
              title={arrangeable ? undefined : 'Too many rows to filter here: filter in the query.'}
            />
          </span>
          <span className={styles.count} aria-live="polite">
            {order ? `${order.length.toLocaleString()} of ` : ''}
            {rowCount.toLocaleString()} {rowCount === 1 ? 'row' : 'rows'}
          </span>
          <IconButton
            icon={<Copy size={14} />}
            label="Copy selected cells"
            shortcut="Mod+C"
            disabled={!rectangle}
            onClick={copy}
          />
          <Menu
            align="end"
            trigger={<IconButton icon={<Columns3 size={14} />} label="Choose columns" />}
            items={[
              ...columns.map((column) => {
                const shown = !(layout.hidden[column.id] ?? column.hidden)
                return {
                  title: column.title,
                  checked: shown,
                  onSelect: () => setLayout({ ...layout, hidden: { ...layout.hidden, [column.id]: shown } }),
                }
              }),
              'separator' as const,
              { title: 'Reset columns', onSelect: () => setLayout(EMPTY_LAYOUT) },
            ]}
          />
          <IconButton
            icon={<Download size={14} />}
            label="Export as CSV"
            disabled={exporting !== null}
            onClick={() => void save()}
          />
        </div>
      )}
      {exporting && exporting.share < 1 && rowCount > 20_000 && (
        <div className={styles.note}>
          <Progress value={exporting.share} label="Writing CSV" onCancel={() => exporting.stop.abort()} />
        </div>
      )}
      {arranged && !whole && (
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
        onScroll={(event) => setScrollLeft(event.currentTarget.scrollLeft)}
        onKeyDown={selection.key}
        onFocus={(event) =>
          event.target === event.currentTarget && !active && shownCount > 0 && selection.select({ row: 0, column: 0 })
        }
        onMouseDown={(event) => {
          const place = placeOf(event)
          if (!place || event.button !== 0) return
          scroller.current?.focus({ preventScroll: true })
          event.preventDefault()
          selection.select(place, event.shiftKey)
        }}
        onMouseMove={(event) => {
          if (event.buttons !== 1 || !active) return
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
            {visible.map((column, index) => (
              <HeaderCell
                key={column.id}
                id={`${tableId}--1-${index}`}
                column={column}
                place={places[index]}
                sort={layout.sort?.column === column.id ? layout.sort : null}
                sortable={arrangeable}
                active={active?.row === -1 && active.column === index}
                onSort={() => sortBy(column.id)}
                onWidth={(size) => setLayout({ ...layout, widths: { ...layout.widths, [column.id]: size } })}
              />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize(), width: total }}>
          {items.map((item) => {
            const row = rowAt(item.index)
            const key = rows ? props.rowKey!(rows[row], row) : String(row)
            return (
              <div
                key={key}
                role="row"
                tabIndex={-1}
                aria-rowindex={item.index + 2}
                data-row={item.index}
                className={cx(styles.row, selected !== undefined && selected === key && styles.selected)}
                style={{ translate: `0 ${item.start}px` }}
              >
                {visible.map((column, index) => {
                  if (!inSight[index]) return null
                  const value = cell(row, column.id)
                  const chosen = rectangle && within(rectangle, item.index, index)
                  return (
                    <div
                      key={column.id}
                      id={`${tableId}-${item.index}-${index}`}
                      role="gridcell"
                      tabIndex={-1}
                      aria-colindex={index + 1}
                      aria-selected={chosen || undefined}
                      data-column={index}
                      className={cx(
                        styles.cell,
                        column.kind === 'number' && styles.number,
                        column.mono && styles.mono,
                        chosen && styles.chosen,
                        active?.row === item.index && active.column === index && styles.active,
                      )}
                      style={{ left: places[index].start, width: places[index].size }}
                    >
                      {cellContent(column, value, rows?.[row])}
                    </div>
                  )
                })}
              </div>
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

function cellContent<R>(column: DataColumn<R>, value: CellValue, row: R | undefined): ReactNode {
  if (value === undefined && row === undefined) return <span className={styles.pending} />
  if (column.render && row !== undefined) return column.render(value, row)
  if (value === null) return <span className={styles.null}>null</span>
  return column.format ? column.format(value) : displayCell(value, column.kind ?? 'text')
}

function within(area: { top: number; bottom: number; left: number; right: number }, row: number, column: number) {
  return row >= area.top && row <= area.bottom && column >= area.left && column <= area.right
}

/** Where columns stand; the last text column takes what is left over. */
function placeColumns(
  columns: readonly DataColumn<never>[],
  widths: Record<string, number>,
  fitted: Record<string, number>,
  available: number,
): { start: number; size: number }[] {
  const sizes = columns.map(
    (column) => widths[column.id] ?? column.width ?? fitted[column.id] ?? KIND_WIDTHS[column.kind ?? 'text'],
  )
  const spare = available - sizes.reduce((sum, size) => sum + size, 0)
  const last = columns.findLastIndex((column) => column.kind !== 'number' && widths[column.id] === undefined)
  if (spare > 0 && last >= 0) sizes[last] += spare
  let start = 0
  return sizes.map((size) => {
    const place = { start, size }
    start += size
    return place
  })
}

function scrollColumn(scroller: HTMLElement | null, place: { start: number; size: number } | undefined): void {
  if (!scroller || !place) return
  if (place.start < scroller.scrollLeft) scroller.scrollLeft = place.start
  else if (place.start + place.size > scroller.scrollLeft + scroller.clientWidth)
    scroller.scrollLeft = place.start + place.size - scroller.clientWidth + GUTTER
}

/** Widths measured once, when the first rows of these columns arrive: what comes later moves nothing. */
function useFittedWidths<R>(
  columns: readonly DataColumn<R>[],
  rowCount: number,
  cell: (row: number, id: string) => CellValue,
): Record<string, number> {
  const kept = useRef<{ columns: unknown; widths: Record<string, number> } | null>(null)
  if (kept.current?.columns !== columns) {
    const widths = fittingWidths(columns as readonly DataColumn<never>[], rowCount, cell)
    if (widths) kept.current = { columns, widths }
  }
  return kept.current?.columns === columns ? kept.current.widths : NO_WIDTHS
}

/** Whether all rows are here; fetches them when they are wanted. */
function useWholeSource(cache: ReturnType<typeof usePageCache>['cache'], rowCount: number, wanted: boolean): boolean {
  const [ready, setReady] = useState<typeof cache>(null)
  useEffect(() => {
    if (!cache || !wanted || ready === cache) return
    cache.keepAll = true
    let gone = false
    void cache.ensure(0, rowCount).then(() => !gone && setReady(cache))
    return () => {
      gone = true
    }
  }, [cache, wanted, rowCount, ready])
  return cache === null || ready === cache
}
