import type { Cell } from '../../../../engines/kit/pure/table.ts'
import type { Arrangement, ColumnStatistics as Statistics } from '../../../../engines/results/contract.ts'
import { formatNumber, formatPercent, useCall } from '../../../lib/index.ts'
import {
  type CellValue,
  type ColumnKind,
  type DataColumn,
  displayCell,
  ErrorView,
  Loading,
  PropertyList,
} from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import styles from './results.module.css'
import { placeOf, termsOf } from './source.ts'

/** What a column holds, of the rows that the filter leaves; its most frequent values filter by a click. */
export function ColumnStatistics({
  execution,
  columns,
  column,
  filterText,
  onFilter,
}: {
  execution: Pick<Execution, 'engine' | 'id' | 'columns'>
  columns: readonly DataColumn<never>[]
  column: string
  filterText: string
  onFilter: (value: CellValue) => void
}) {
  const { engine, id } = execution
  const { data, error } = useCall(
    (clients, signal) => {
      const arrangement: Arrangement = { sort: [], terms: termsOf(filterText, execution.columns ?? []) }
      return clients.results.statistics(
        { of: { engine, id }, arrangement, column: placeOf(columns, column) },
        { signal },
      )
    },
    [engine, id, column, filterText],
  )
  if (error) return <ErrorView compact title="Nothing is known of it" error={error} />
  if (!data) return <Loading />
  return <Known data={data} kind={columns.find(({ id }) => id === column)?.kind ?? 'text'} onFilter={onFilter} />
}

function Known({ data, kind, onFilter }: { data: Statistics; kind: ColumnKind; onFilter: (value: CellValue) => void }) {
  const shown = (value: Cell) => shownAs(value, kind)
  const { rows, nulls, distinct, min, max, mean, median, top, histogram } = data
  const share = (count: number) => (rows === 0 ? '' : ` · ${formatPercent(count / rows, 1)}`)
  return (
    <div className={styles.statistics}>
      <PropertyList
        items={[
          ['Rows', formatNumber(rows)],
          ['Nulls', `${formatNumber(nulls)}${share(nulls)}`],
          ['Distinct', `${formatNumber(distinct)}${distinct > 0 && distinct === rows ? ' · all differ' : ''}`],
          min !== null && ['Least', shown(min)],
          max !== null && ['Greatest', shown(max)],
          mean !== null && ['Mean', formatNumber(mean)],
          median !== null && ['Median', shown(median)],
        ]}
      />
      {histogram.length > 0 && <Histogram counts={histogram} from={shown(min)} to={shown(max)} />}
      {top.length > 0 && distinct < rows && (
        <ul className={styles.top} aria-label="Most frequent values">
          {top.map(({ value, count }) => (
            <li key={String(value)}>
              <button type="button" onClick={() => onFilter(value)} title="Only rows with this value">
                <i style={{ width: `${(count / top[0].count) * 100}%` }} />
                <span>{shown(value)}</span>
                <b>{formatNumber(count)}</b>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Histogram({ counts, from, to }: { counts: readonly number[]; from: string; to: string }) {
  const most = Math.max(...counts)
  return (
    <figure className={styles.histogram} role="img" aria-label={`Distribution from ${from} to ${to}`}>
      <div>
        {counts.map((count, step) => (
          <i
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its step
            key={step}
            style={{ height: count === 0 ? 0 : `${Math.max(4, (count / most) * 100)}%` }}
            title={formatNumber(count)}
          />
        ))}
      </div>
      <figcaption>
        <span>{from}</span>
        <span>{to}</span>
      </figcaption>
    </figure>
  )
}

const SHOWN = 40

/** As the rows show it. */
function shownAs(value: Cell, kind: ColumnKind): string {
  const text = value === null ? 'null' : typeof value === 'number' ? formatNumber(value) : displayCell(value, kind)
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text
}
