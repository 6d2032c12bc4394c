import type { ReactNode } from 'react'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import type { ColumnProfile, TableRef } from '../../../../engines/quality/contract.ts'
import { formatCompact, formatNumber, formatPercent, kindOf } from '../../../lib/index.ts'
import { type ColumnKind, displayCell, PropertyList } from '../../../ui/index.ts'
import { openQuery } from '../open.ts'
import styles from './quality.module.css'
import { rowsWith } from './rows-query.ts'

const QUANTILES = ['5 %', '25 %', 'Median', '75 %', '95 %']

/** One column: how full it is, its range and distribution, its frequent values and shapes. A value opens its rows as a query. */
export function ColumnCard({
  column,
  type = column.declared,
  rowCount,
  table,
}: {
  column: ColumnProfile
  type?: string | undefined
  rowCount: number
  table: TableRef
}) {
  const { name, nulls, distinct, lengths, mean, stddev, quantiles } = column
  const filled = rowCount === 0 ? 1 : 1 - nulls / rowCount
  const kind = kindOf(column.type)
  const shown = (value: Cell) =>
    typeof value === 'number' ? formatNumber(value, 4) : value === null ? '–' : displayCell(value, kind)
  const range = (from: Cell, to: Cell) => (
    <>
      <Moment kind={kind}>{shown(from)}</Moment> … <Moment kind={kind}>{shown(to)}</Moment>
    </>
  )
  const quantile = (text: ReactNode) => (column.quantilesExact ? text : <span title="Estimated">≈ {text}</span>)
  return (
    <section className={styles.card} aria-label={`Column ${name}`}>
      <header className={styles.cardHead}>
        <h3 title={name}>{name}</h3>
        <span className={styles.type} title={type}>
          {type}
        </span>
      </header>
      <div className={styles.bar} title={`${formatNumber(nulls)} of ${formatNumber(rowCount)} rows are NULL`}>
        <span className={styles.filled} style={{ width: `${filled * 100}%` }} />
      </div>
      <div className={styles.counts}>
        <span>{nulls === 0 ? 'no NULL' : `${formatPercent(1 - filled)} NULL`}</span>
        <span title={distinct.exact ? undefined : 'Estimated'}>
          {distinct.exact ? '' : '≈ '}
          {distinct.exact ? formatNumber(distinct.count) : formatCompact(distinct.count)} distinct
        </span>
      </div>
      {column.histogram && <Histogram column={column} />}
      <PropertyList
        items={[
          column.min !== null && ['Range', range(column.min, column.max)],
          mean !== null && [
            'Mean',
            `${formatNumber(mean, 4)}${stddev === null ? '' : ` ± ${formatNumber(stddev, 4)}`}`,
          ],
          quantiles !== null && [QUANTILES[2], quantile(shown(quantiles[2]))],
          quantiles !== null && ['5 … 95 %', quantile(range(quantiles[0], quantiles[4]))],
          lengths !== null && ['Length', `${lengths.min} … ${lengths.max}, mean ${formatNumber(lengths.mean, 1)}`],
        ]}
      />
      <Counted
        title="Frequent values"
        list={distinct.count === rowCount - nulls && distinct.count > 10 ? [] : column.topValues.slice(0, 6)}
        rowCount={rowCount}
        kind={kind}
        onOpen={(value) => openQuery(table.engine, rowsWith(table, column, value), table.database)}
      />
      <Counted title="Patterns" list={column.patterns.slice(0, 5)} rowCount={rowCount} />
    </section>
  )
}

/** A time stays in one line; a long text does not. */
function Moment({ kind, children }: { kind: ColumnKind; children: ReactNode }) {
  return kind === 'time' ? <span className={styles.moment}>{children}</span> : children
}

const isApart = (type: ColumnProfile['type'], step: number) =>
  type === 'date' ? step === 86_400 : (type === 'integer' || type === 'bigint') && step === 1

function Histogram({ column }: { column: ColumnProfile }) {
  const { from, to, counts } = column.histogram!
  const top = Math.max(...counts, 1)
  // Few whole numbers or days have a bar each.
  const each = counts.length === 1 || isApart(column.type, (to - from) / (counts.length - 1))
  const width = each ? (to - from) / Math.max(1, counts.length - 1) : (to - from) / counts.length
  const buckets = counts.map((count, i) => ({ low: from + i * width, count }))
  const edge = (value: number) =>
    column.type === 'date' || column.type === 'timestamp'
      ? displayCell(new Date(value * 1000).toISOString(), 'time').slice(0, column.type === 'date' ? 10 : undefined)
      : formatNumber(value, 3)
  const label = `Distribution of ${column.name} from ${edge(from)} to ${edge(to)}`
  return (
    <div className={styles.histogram} role="img" aria-label={label}>
      {buckets.map(({ low, count }) => (
        <span key={low} title={`${each ? edge(low) : `${edge(low)} … ${edge(low + width)}`}: ${formatNumber(count)}`}>
          <i style={{ height: count === 0 ? 0 : `max(1px, ${(count / top) * 100}%)` }} />
        </span>
      ))}
    </div>
  )
}

function Counted({
  title,
  list,
  rowCount,
  kind = 'text',
  onOpen,
}: {
  title: string
  /** How its values read. */
  kind?: ColumnKind
  list: ColumnProfile['topValues']
  rowCount: number
  onOpen?: (value: string) => void
}) {
  if (list.length === 0) return null
  return (
    <>
      <h4 className={styles.listTitle}>{title}</h4>
      <ul className={styles.list}>
        {list.map(({ value, count }) => {
          const text = String(value)
          const read = displayCell(value, kind)
          const share = rowCount === 0 ? 0 : count / rowCount
          return (
            <li key={text}>
              <span className={styles.share} style={{ width: `${share * 100}%` }} />
              {onOpen ? (
                <button type="button" title={`Show the rows with ${read}`} onClick={() => onOpen(text)}>
                  {text === '' ? '(empty)' : read}
                </button>
              ) : (
                <span className={styles.pattern}>{read}</span>
              )}
              <span className={styles.count} title={formatPercent(share)}>
                {formatNumber(count)}
              </span>
            </li>
          )
        })}
      </ul>
    </>
  )
}
