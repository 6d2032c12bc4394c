import { useMemo } from 'react'
import type { PivotTable } from '../../../../engines/results/contract.ts'
import { formatNumber, tableColumns, useCall } from '../../../lib/index.ts'
import {
  type CellValue,
  DataTable,
  EmptyState,
  ErrorView,
  Loading,
  Select,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import { AGGREGATES, filteredOf, likelyPivot, type PivotChoice, SPLITTERS_TRIED, splitters } from '../model/chart.ts'
import styles from '../sql.module.css'
import { rowsOf } from './page-rows.ts'
import { termsOf } from './source.ts'

/** One column down, one across, and an aggregate where they meet: worked out by the engine, over all rows that the filter leaves. */
export function PivotView({
  execution,
  filter,
  pivot,
  onPivot,
}: {
  execution: Execution
  filter: string
  /** As the tab keeps it; nothing at first. */
  pivot: PivotChoice | undefined
  onPivot: (next: PivotChoice) => void
}) {
  const columns = execution.columns ?? []
  const { engine, id } = execution
  const names = splitters(columns, -1).slice(0, SPLITTERS_TRIED)
  const counted = useCall(
    (clients, signal) =>
      pivot || names.length === 0
        ? null
        : clients.results.grouping({ of: { engine, id }, x: names[0], by: names }, { signal }),
    [engine, id],
  )
  if (execution.rowCount === 0) return <EmptyState title="Nothing to pivot">The query found no rows.</EmptyState>
  if (columns.length < 2)
    return <EmptyState title="Nothing to pivot">A pivot needs two columns: one down and one across.</EmptyState>
  if (!pivot && counted.loading) return <Loading />
  const values = new Map(counted.data?.by.map((each, at) => [names[at], each.values]))
  const choice = pivot ?? likelyPivot(columns, values)
  return <Pivot execution={execution} filter={filter} choice={choice} onChoice={onPivot} />
}

function Pivot({
  execution,
  filter,
  choice,
  onChoice,
}: {
  execution: Execution
  filter: string
  choice: PivotChoice
  onChoice: (next: PivotChoice) => void
}) {
  const columns = execution.columns ?? []
  const { down, across, value, aggregate } = choice
  const { engine, id } = execution
  const pivot = useCall(
    (clients, signal) =>
      clients.results.pivot(
        {
          of: { engine, id },
          rows: [down],
          across,
          value: value < 0 ? null : value,
          aggregate,
          terms: termsOf(filter, columns),
        },
        { signal },
      ),
    [engine, id, down, across, value, aggregate, filter],
  )
  const shown = useMemo(() => (pivot.data ? tableColumns(pivot.data.columns) : []), [pivot.data])
  const rows = useMemo(() => (pivot.data ? cellsOf(pivot.data) : []), [pivot.data])
  const options = columns.map(({ name, declared }, at) => ({ value: String(at), label: name, detail: declared }))
  return (
    <div className={styles.chart}>
      <Toolbar label="Pivot" className={styles.choices}>
        <span className={styles.quiet}>Down</span>
        <Select
          quiet
          label="Down"
          value={String(down)}
          options={options}
          onChange={(at) => onChoice({ ...choice, down: Number(at) })}
        />
        <span className={styles.quiet}>Across</span>
        <Select
          quiet
          label="Across"
          value={String(across)}
          options={options}
          onChange={(at) => onChoice({ ...choice, across: Number(at) })}
        />
        <Select
          quiet
          label="Aggregate"
          value={aggregate}
          options={AGGREGATES}
          onChange={(next) => onChoice({ ...choice, aggregate: next })}
        />
        <Select
          quiet
          label="Value"
          value={String(value)}
          options={[{ value: '-1', label: 'rows' }, ...options]}
          onChange={(at) => onChoice({ ...choice, value: Number(at) })}
        />
        <ToolbarSpace />
        {pivot.data && !pivot.error && <Legend table={pivot.data} rows={rows} of={execution.rowCount ?? 0} />}
      </Toolbar>
      {pivot.error ? (
        <div className={styles.failed}>
          <ErrorView compact title="It cannot be pivoted so" error={pivot.error} />
        </div>
      ) : pivot.data ? (
        <DataTable<readonly CellValue[]>
          label="Pivot"
          rows={rows}
          rowKey={(_, at) => String(at)}
          columns={shown}
          numbered
          empty="No row matches the filter."
        />
      ) : (
        <Loading />
      )}
    </div>
  )
}

/** The rows of a pivot; a cell is left out where the result has no row for it. */
function cellsOf(table: PivotTable): CellValue[][] {
  const from = table.columns.length - table.absent.length
  return rowsOf(table).map((row, at) => row.map((value, of) => (table.absent[of - from]?.[at] ? undefined : value)))
}

/** Of which rows it is, where they are not all, and what an empty cell means, and a null, where there are any. */
function Legend({
  table,
  rows,
  of,
}: {
  table: PivotTable
  rows: readonly (readonly CellValue[])[]
  /** How many rows the result has. */
  of: number
}) {
  const from = table.columns.length - table.absent.length
  const has = (value: CellValue) => rows.some((row) => row.slice(from).some((cell) => cell === value))
  const said = [
    filteredOf(table.taken, of),
    table.more && `The first ${formatNumber(table.rowCount)} rows`,
    has(undefined) && 'Empty: no row is there',
    has(null) && 'null: rows are there, without a value',
  ].filter(Boolean)
  if (said.length === 0) return null
  return (
    <span role="note" className={styles.said}>
      {said.join(' · ')}
    </span>
  )
}
