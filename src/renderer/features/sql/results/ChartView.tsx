import { useMemo } from 'react'
import type { Grouping } from '../../../../engines/results/contract.ts'
import { useCall } from '../../../lib/index.ts'
import { EmptyState, ErrorView, Loading, Select, Toolbar, ToolbarSpace } from '../../../ui/index.ts'
import type { Execution } from '../execution.ts'
import {
  AGGREGATES,
  bucketsOf,
  type ChartChoice,
  type ChartState,
  chartPoints,
  drawnAs,
  isNumeric,
  likelyChart,
  SPLITTERS_TRIED,
  saidOf,
  settled,
  splitters,
} from '../model/chart.ts'
import styles from '../sql.module.css'
import { Drawing } from './Drawing.tsx'
import { termsOf } from './source.ts'

/** A quick look at a result; a dashboard is where a chart is kept. */
export default function ChartView({
  execution,
  filter,
  chart,
  onChart,
}: {
  execution: Execution
  filter: string
  /** As the tab keeps it; nothing at first. */
  chart: ChartState | undefined
  onChart: (next: ChartState) => void
}) {
  const columns = execution.columns ?? []
  const { engine, id } = execution
  const { choice, open } = chart ?? { choice: likelyChart(columns), open: true }
  const { x } = choice
  const bucket = open || choice.aggregate ? choice.bucket : null
  const grouping = useCall(
    async (clients, signal) => {
      const by = splitters(columns, x).slice(0, SPLITTERS_TRIED)
      const wanted = { of: { engine, id }, x, by, bucket, terms: termsOf(filter, columns) }
      return { x, found: await clients.results.grouping(wanted, { signal }) }
    },
    [engine, id, x, bucket, filter],
  )
  if (grouping.error) return <ErrorView compact title="The rows cannot be read" error={grouping.error} />
  if (execution.rowCount === 0) return <EmptyState title="Nothing to draw">The query found no rows.</EmptyState>
  if (grouping.data?.x !== x) return <Loading />
  const { found } = grouping.data
  if (found.rows === 0) return <EmptyState title="Nothing to draw">No row matches the filter.</EmptyState>
  return (
    <Chart
      execution={execution}
      filter={filter}
      choice={open ? settled(choice, columns, found) : choice}
      grouping={found}
      onChoice={(next) => onChart({ choice: next, open: false })}
      // What its rows want is looked for anew.
      onAcross={(at) => onChart({ choice: { ...choice, x: at, bucket: 'auto' }, open: true })}
    />
  )
}

const KINDS = [
  { value: 'bar', label: 'Bars' },
  { value: 'line', label: 'Lines' },
  { value: 'points', label: 'Points' },
] as const

function Chart({
  execution,
  filter,
  choice,
  grouping,
  onChoice,
  onAcross,
}: {
  execution: Execution
  filter: string
  choice: ChartChoice
  grouping: Grouping
  onChoice: (next: ChartChoice) => void
  onAcross: (column: number) => void
}) {
  const columns = execution.columns ?? []
  const { engine, id } = execution
  const { x, y, split, aggregate } = choice
  const bucket = aggregate && grouping.bucket
  const { data, error } = useCall(
    (clients, signal) =>
      clients.results.points(
        { of: { engine, id }, x, y: [...y], split, aggregate, bucket, terms: termsOf(filter, columns) },
        { signal },
      ),
    [engine, id, x, y.join(), split, aggregate, bucket, filter],
  )
  const kind = drawnAs(choice, grouping)
  const points = useMemo(() => (data ? chartPoints(data.page, kind) : []), [data, kind])
  const names = (data?.series ?? []).map(({ measure, value }) =>
    [value ?? '', y.length > 1 || value === null ? (measure ?? 'rows') : ''].filter((part) => part !== '').join(' · '),
  )
  const option = (at: number) => ({ value: String(at), label: columns[at].name, detail: columns[at].declared })
  const numeric = columns.flatMap((column, at) => (isNumeric(column) ? [option(at)] : []))
  const buckets = bucketsOf(columns[x], choice.bucket === 'auto' ? grouping.bucket : null)
  const counting = aggregate === 'count'
  const measures = counting ? 'rows' : y.map((at) => columns[at].name).join(' and ')
  const drawn = KINDS.find(({ value }) => value === kind)!.label
  const of = AGGREGATES.find(({ value }) => value === aggregate)?.label.toLowerCase()
  return (
    <div className={styles.chart}>
      <Toolbar label="Chart" className={styles.choices}>
        <Select
          quiet
          label="Kind of chart"
          value={choice.kind}
          options={KINDS}
          onChange={(next) => onChoice({ ...choice, kind: next })}
        />
        <span className={styles.quiet}>Across</span>
        <Select
          quiet
          label="Across"
          value={String(x)}
          options={columns.map((_, at) => option(at))}
          onChange={(next) => onAcross(Number(next))}
        />
        {aggregate && buckets.length > 0 && (
          <Select
            quiet
            label="Bucket"
            value={choice.bucket ?? ''}
            options={buckets}
            onChange={(next) => onChoice({ ...choice, bucket: next === '' ? null : next })}
          />
        )}
        <span className={styles.quiet}>Up</span>
        <Select
          quiet
          label="Aggregate"
          value={aggregate ?? ''}
          options={
            numeric.length > 0
              ? [{ value: '', label: 'Each row’s' }, ...AGGREGATES]
              : AGGREGATES.filter((each) => each.value === 'count')
          }
          onChange={(next) =>
            onChoice({
              ...choice,
              aggregate: next === '' ? null : next,
              // What was counted has no measure yet.
              y: y.length > 0 ? y : numeric.slice(0, 1).map(({ value }) => Number(value)),
            })
          }
        />
        {counting ? (
          <span className={styles.quiet}>rows</span>
        ) : (
          <Select
            quiet
            label="Up"
            value={y[0] === undefined ? null : String(y[0])}
            options={numeric}
            onChange={(next) => onChoice({ ...choice, y: [Number(next), ...y.slice(1)] })}
          />
        )}
        {!counting && split === null && (
          <>
            <span className={styles.quiet}>and</span>
            <Select
              quiet
              label="Second measure"
              value={y[1] === undefined ? '' : String(y[1])}
              options={[{ value: '', label: 'nothing' }, ...numeric]}
              onChange={(next) =>
                onChoice({ ...choice, y: [...y.slice(0, 1), ...(next === '' ? [] : [Number(next)])] })
              }
            />
          </>
        )}
        <span className={styles.quiet}>split by</span>
        <Select
          quiet
          label="Split by"
          value={split === null ? '' : String(split)}
          options={[{ value: '', label: 'nothing' }, ...splitters(columns, x).map(option)]}
          onChange={(next) =>
            onChoice({ ...choice, split: next === '' ? null : Number(next), y: next === '' ? y : y.slice(0, 1) })
          }
        />
        <ToolbarSpace />
        <span role="status" aria-label="What is drawn" className={styles.said}>
          {data && saidOf(choice, columns, grouping, data, execution.rowCount ?? undefined)}
        </span>
      </Toolbar>
      {error ? (
        <div className={styles.failed}>
          <ErrorView compact title="It cannot be drawn so" error={error} />
        </div>
      ) : data ? (
        <div
          className={styles.drawing}
          role="img"
          aria-label={`${drawn} of ${of ? `${of.replace(/ of$/, '')} of ` : ''}${measures} by ${bucket ? `${bucket} of ` : ''}${columns[x].name}${split === null ? '' : `, one for each ${columns[split].name}`}`}
        >
          <Drawing
            kind={kind}
            points={points}
            names={names}
            connected={split !== null}
            column={columns[x]}
            bucket={bucket}
          />
        </div>
      ) : (
        <Loading />
      )}
    </div>
  )
}
