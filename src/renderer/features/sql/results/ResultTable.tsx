import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { Inspector, tableColumns, useRemembered, useSize } from '../../../lib/index.ts'
import {
  type CellValue,
  DataTable,
  EMPTY_LAYOUT,
  type InsertInto,
  Progress,
  SplitPane,
  type TableLayout,
  unzoned,
} from '../../../ui/index.ts'
import { type Execution, writtenIn } from '../execution.ts'
import { exportName } from '../model/export-name.ts'
import { literalIn } from '../model/literals.ts'
import { quoted } from '../model/names.ts'
import { sourcesOf } from '../model/scope.ts'
import { gist } from '../model/statements.ts'
import { CellInspector } from './CellInspector.tsx'
import { ColumnStatistics } from './ColumnStatistics.tsx'
import cellStyles from './cell.module.css'
import { useExports } from './exporting.ts'
import { RowInspector } from './RowInspector.tsx'
import styles from './results.module.css'
import { useResultSource } from './source.ts'

/** The rows of a result, page by page; the row in hand is in the inspector. */
export function ResultTable({
  execution,
  filter,
  onFilter,
  named = unnamed,
}: {
  execution: Execution
  /** Where other views show the rows that it leaves. */
  filter?: string
  onFilter?: (text: string) => void
  /** What its files are called. */
  named?: (sql: string) => string
}) {
  const columns = useMemo(() => tableColumns(execution.columns ?? []), [execution.columns])
  const source = useResultSource(execution, columns, named)
  const exporting = useExports((all) => all[execution.id])
  const [widths, setWidths] = useRemembered<Record<string, number>>('sql.widths', {})
  const [layout, setLayout] = useState<TableLayout>(() => ({ ...EMPTY_LAYOUT, widths: {} }))
  const [picked, setPicked] = useState<Picked | null>(null)
  const cell = useCellPane(picked)
  if (!source) return null
  const pick = (values: readonly CellValue[], index: number, id: string) =>
    setPicked({ index, values, column: columns.findIndex((column) => column.id === id) })
  const table = (
    <>
      {exporting && (
        <div className={styles.exporting}>
          <Progress label={`Exporting ${exporting.file}`} value={exporting.share} onCancel={exporting.cancel} />
        </div>
      )}
      <DataTable
        label={gist(execution.sql, 30) || 'Result'}
        source={source}
        numbered
        columns={columns}
        layout={{ ...layout, widths: { ...widthsOf(widths, columns), ...layout.widths } }}
        onLayout={(next) => {
          setLayout(next)
          if (next.widths !== layout.widths) setWidths((before) => ({ ...before, ...next.widths }))
        }}
        {...(filter !== undefined && onFilter && { filter, onFilter })}
        copyInto={insertInto(execution)}
        details={(column, onFilter, filterText) => (
          <ColumnStatistics
            execution={execution}
            columns={columns}
            column={column}
            filterText={filterText}
            onFilter={onFilter}
          />
        )}
        onSelect={pick}
        onUnselect={() => setPicked(null)}
        onInspect={(values, index, id) => {
          pick(values, index, id)
          cell.show()
        }}
        empty="The query found no rows."
      />
    </>
  )
  return (
    <>
      <div ref={cell.frame} className={styles.split} onKeyDownCapture={cell.onKey}>
        <SplitPane
          {...cell.pane}
          sized="second"
          first={table}
          second={
            cell.open && picked && execution.columns?.[picked.column] ? (
              <CellInspector
                column={execution.columns[picked.column]}
                row={picked.index}
                value={textOf(unzoned(picked.values[picked.column], execution.columns[picked.column].declared))}
                box={cell.box}
                onClose={cell.close}
              />
            ) : (
              <p className={cellStyles.nothing}>Choose a cell to read it in full.</p>
            )
          }
        />
      </div>
      <Inspector>
        <RowInspector execution={execution} row={picked} />
      </Inspector>
    </>
  )
}

const unnamed = (sql: string) => exportName('', 0, sql)

interface Picked {
  readonly index: number
  readonly values: readonly CellValue[]
  /** Its place among the columns of the result. */
  readonly column: number
}

const textOf = (value: CellValue) => (value === null || value === undefined ? null : String(value))

/** Rows need so much room beside a cell, px; where there is less, the cell stands below them. */
const BESIDE = 600

/** Beside the rows, or below them, the cell in hand: Enter or Space opens it, Enter again goes into it, Escape closes it. */
function useCellPane(picked: Picked | null) {
  const [open, setOpen] = useState(false)
  const [width, setWidth] = useRemembered('sql.cell', 360)
  const [height, setHeight] = useRemembered('sql.cell.below', 180)
  const { ref: frame, size: room } = useSize<HTMLDivElement>()
  const beside = room === null || room.width >= BESIDE
  const box = useRef<HTMLElement>(null)
  const close = () => {
    setOpen(false)
    frame.current?.querySelector<HTMLElement>('[role=grid]')?.focus()
  }
  return {
    frame,
    box,
    open,
    close,
    pane: {
      direction: beside ? ('row' as const) : ('column' as const),
      label: beside ? 'Width of the cell' : 'Height of the cell',
      size: !open ? 0 : beside ? width : height,
      onSize: (next: number) => {
        setOpen(next > 0)
        if (next > 0) (beside ? setWidth : setHeight)(next)
      },
      ...(beside ? { min: 180, restore: 360, keep: 320 } : { min: 90, restore: 180, keep: 140 }),
    },
    show: () => {
      if (!open) setOpen(true)
      else box.current?.querySelector<HTMLElement>('[role=tree], [role=document]')?.focus()
    },
    onKey: (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !open || !picked) return
      // What floats above the table is its child for React, and has its own Escape.
      if (!event.currentTarget.contains(event.target as Node)) return
      event.stopPropagation()
      close()
    },
  }
}

function widthsOf(
  widths: Readonly<Record<string, number>>,
  columns: readonly { id: string }[],
): Record<string, number> {
  return Object.fromEntries(columns.flatMap(({ id }) => (widths[id] === undefined ? [] : [[id, widths[id]]])))
}

/** Copied INSERT statements write into the table that the query reads first, in the dialect that it is written in. */
function insertInto(execution: Execution): InsertInto {
  const dialect = writtenIn(execution)
  const { sources } = sourcesOf(execution.sql, dialect)
  const table = sources.find(({ cte, name }) => name.length > 0 && !cte)?.name ?? ['table_name']
  return {
    table: table.map((part) => quoted(part, dialect)).join('.'),
    name: (title) => quoted(title, dialect),
    literal: (value, { detail = '' }) => literalIn(dialect, detail, value),
  }
}
