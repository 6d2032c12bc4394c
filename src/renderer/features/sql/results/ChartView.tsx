import { useMemo, useState } from 'react'
import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { formatCompact, formatNumber, useCall } from '../../../lib/index.ts'
import { EmptyState, ErrorView, Loading, Select, Toolbar, ToolbarSpace } from '../../../ui/index.ts'
import { type Execution, results } from '../execution.ts'
import { CHART_ROWS, type ChartChoice, chartPoints, isNumeric, likelyChart } from '../model/chart.ts'
import styles from '../sql.module.css'

/** A quick look at a result; a dashboard is where a chart is kept. */
export default function ChartView({ execution }: { execution: Execution }) {
  const columns = execution.columns ?? []
  const [choice, setChoice] = useState<ChartChoice>(() => likelyChart(columns))
  const page = useCall(
    (clients, signal) => results(clients, execution, 0, CHART_ROWS, signal),
    [execution.engine, execution.id],
  )
  const points = useMemo(() => (page.data ? chartPoints(page.data, choice) : []), [page.data, choice])
  const option = (index: number) => ({
    value: String(index),
    label: columns[index].name,
    detail: columns[index].declared,
  })
  const numeric = columns.flatMap((column, index) => (isNumeric(column) ? [option(index)] : []))
  if (page.error) return <ErrorView compact title="The rows cannot be read" error={page.error} />
  if (!page.data) return <Loading />
  if (numeric.length === 0)
    return <EmptyState title="Nothing to draw">A chart needs a column of numbers; this result has none.</EmptyState>
  const cut = (execution.rowCount ?? 0) > CHART_ROWS
  return (
    <div className={styles.chart}>
      <Toolbar label="Chart">
        <Select
          quiet
          label="Kind of chart"
          value={choice.kind}
          options={[
            { value: 'bar', label: 'Bars' },
            { value: 'line', label: 'Lines' },
          ]}
          onChange={(kind) => setChoice({ ...choice, kind })}
        />
        <span className={styles.quiet}>Across</span>
        <Select
          quiet
          label="Across"
          value={String(choice.x)}
          options={columns.map((_, index) => option(index))}
          onChange={(x) => setChoice({ ...choice, x: Number(x) })}
        />
        <span className={styles.quiet}>Up</span>
        <Select
          quiet
          label="Up"
          value={choice.y[0] === undefined ? null : String(choice.y[0])}
          options={numeric}
          onChange={(y) => setChoice({ ...choice, y: [Number(y), ...choice.y.slice(1)] })}
        />
        <span className={styles.quiet}>and</span>
        <Select
          quiet
          label="Second measure"
          value={choice.y[1] === undefined ? '' : String(choice.y[1])}
          options={[{ value: '', label: 'nothing' }, ...numeric]}
          onChange={(y) => setChoice({ ...choice, y: [...choice.y.slice(0, 1), ...(y === '' ? [] : [Number(y)])] })}
        />
        <ToolbarSpace />
        {cut && <span className={styles.quiet}>The first {formatNumber(CHART_ROWS)} rows</span>}
      </Toolbar>
      <div
        className={styles.drawing}
        role="img"
        aria-label={`${choice.kind === 'bar' ? 'Bars' : 'Lines'} of ${choice.y.map((y) => columns[y].name).join(' and ')} by ${columns[choice.x].name}`}
      >
        <Drawing choice={choice} points={points} names={columns.map(({ name }) => name)} />
      </div>
    </div>
  )
}

function Drawing({
  choice,
  points,
  names,
}: {
  choice: ChartChoice
  points: Record<string, string | number | null>[]
  names: readonly string[]
}) {
  const common = [
    <CartesianGrid key="grid" stroke="var(--grid)" vertical={false} />,
    <XAxis key="x" dataKey="x" stroke="var(--line-strong)" tick={TICK} minTickGap={24} tickLine={false} />,
    <YAxis
      key="y"
      stroke="var(--line-strong)"
      tick={TICK}
      width={56}
      tickFormatter={formatCompact}
      tickLine={false}
      axisLine={false}
    />,
    <Tooltip
      key="tip"
      isAnimationActive={false}
      cursor={{ fill: 'var(--hover)', stroke: 'var(--line-strong)' }}
      contentStyle={TIP}
      formatter={(value) => (typeof value === 'number' ? formatNumber(value) : value)}
    />,
    ...(choice.y.length > 1 ? [<Legend key="legend" wrapperStyle={{ fontSize: 12 }} />] : []),
  ]
  const margin = { top: 8, right: 16, bottom: 4, left: 0 }
  return (
    <ResponsiveContainer width="100%" height="100%">
      {choice.kind === 'bar' ? (
        <BarChart data={points} margin={margin}>
          {common}
          {choice.y.map((y, at) => (
            <Bar
              key={y}
              dataKey={`y${y}`}
              name={names[y]}
              fill={`var(--cat-${at + 1})`}
              isAnimationActive={false}
              maxBarSize={48}
            />
          ))}
        </BarChart>
      ) : (
        <LineChart data={points} margin={margin}>
          {common}
          {choice.y.map((y, at) => (
            <Line
              key={y}
              dataKey={`y${y}`}
              name={names[y]}
              stroke={`var(--cat-${at + 1})`}
              strokeWidth={1.5}
              dot={points.length <= 40 && { r: 2.5, fill: `var(--cat-${at + 1})`, strokeWidth: 0 }}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      )}
    </ResponsiveContainer>
  )
}

const TICK = { fill: 'var(--text-3)', fontSize: 11 }
const TIP = {
  background: 'var(--raised)',
  border: '1px solid var(--line-strong)',
  borderRadius: 4,
  color: 'var(--text)',
  fontSize: 12,
}
