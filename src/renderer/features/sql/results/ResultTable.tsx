import { useMemo, useState } from 'react'
import { Inspector, tableColumns, useRemembered, useTableSource } from '../../../lib/index.ts'
import { type CellValue, DataTable, EMPTY_LAYOUT, type TableLayout } from '../../../ui/index.ts'
import { type Execution, results } from '../execution.ts'
import { gist } from '../model/statements.ts'
import { RowInspector } from './RowInspector.tsx'

/** The rows of a result, page by page; the row in hand is in the inspector. */
export function ResultTable({ execution }: { execution: Execution }) {
  const { engine, id, rowCount } = execution
  const source = useTableSource(
    rowCount === null
      ? null
      : { rowCount, fetch: (clients, start, rows, signal) => results(clients, { engine, id }, start, rows, signal) },
    [engine, id, rowCount],
  )
  const columns = useMemo(() => tableColumns(execution.columns ?? []), [execution.columns])
  const [widths, setWidths] = useRemembered<Record<string, number>>('sql.widths', {})
  const [layout, setLayout] = useState<TableLayout>(() => ({ ...EMPTY_LAYOUT, widths: {} }))
  const [row, setRow] = useState<{ index: number; values: readonly CellValue[] } | null>(null)
  if (!source) return null
  return (
    <>
      <DataTable
        label={gist(execution.sql, 30) || 'Result'}
        source={source}
        numbered
        columns={columns}
        layout={{ ...layout, widths: { ...pick(widths, columns), ...layout.widths } }}
        onLayout={(next) => {
          setLayout(next)
          if (next.widths !== layout.widths) setWidths((before) => ({ ...before, ...next.widths }))
        }}
        onSelect={(values, index) => setRow({ index, values })}
        empty="The query found no rows."
      />
      <Inspector>
        <RowInspector execution={execution} row={row} />
      </Inspector>
    </>
  )
}

function pick(widths: Readonly<Record<string, number>>, columns: readonly { id: string }[]): Record<string, number> {
  return Object.fromEntries(columns.flatMap(({ id }) => (widths[id] === undefined ? [] : [[id, widths[id]]])))
}
