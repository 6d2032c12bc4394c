import { useMemo, useState } from 'react'
import { Inspector, tableColumns, useRemembered } from '../../../lib/index.ts'
import { type CellValue, DataTable, EMPTY_LAYOUT, Progress, type TableLayout } from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import { quoted } from '../model/names.ts'
import { sourcesOf } from '../model/scope.ts'
import { gist } from '../model/statements.ts'
import { ColumnStatistics } from './ColumnStatistics.tsx'
import { useExports } from './exporting.ts'
import { RowInspector } from './RowInspector.tsx'
import styles from './results.module.css'
import { useResultSource } from './source.ts'

/** The rows of a result, page by page; the row in hand is in the inspector. */
export function ResultTable({ execution }: { execution: Execution }) {
  const columns = useMemo(() => tableColumns(execution.columns ?? []), [execution.columns])
  const source = useResultSource(execution, columns)
  const exporting = useExports((all) => all[execution.id])
  const [widths, setWidths] = useRemembered<Record<string, number>>('sql.widths', {})
  const [layout, setLayout] = useState<TableLayout>(() => ({ ...EMPTY_LAYOUT, widths: {} }))
  const [row, setRow] = useState<{ index: number; values: readonly CellValue[] } | null>(null)
  if (!source) return null
  return (
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
        layout={{ ...layout, widths: { ...pick(widths, columns), ...layout.widths } }}
        onLayout={(next) => {
          setLayout(next)
          if (next.widths !== layout.widths) setWidths((before) => ({ ...before, ...next.widths }))
        }}
        copyInto={likelyTable(execution.sql)}
        details={(column, onFilter, filterText) => (
          <ColumnStatistics
            execution={execution}
            columns={columns}
            column={column}
            filterText={filterText}
            onFilter={onFilter}
          />
        )}
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

/** What copied INSERT statements write into: the table that the query reads first. */
function likelyTable(sql: string): string {
  const { sources, ctes } = sourcesOf(sql)
  const table = sources.find(({ name }) => name.length > 0 && !ctes.has(name[0].toLowerCase()))
  return table ? table.name.map(quoted).join('.') : 'table_name'
}
