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
import { formatCompact, formatNumber } from '../../../lib/index.ts'
import type { ChartChoice } from '../model/chart.ts'

/** More points than this stand too near for each to have a dot on its line. */
const DOTTED = 40

/** Points drawn as bars, lines or by themselves, in the colours of their series. */
export function Drawing({
  kind,
  points,
  names,
  connected,
  format,
}: {
  kind: ChartChoice['kind']
  points: readonly Record<string, string | number | null>[]
  /** Of the series, `y0` and on. */
  names: readonly string[]
  /** Whether a line goes on where a series has nothing. */
  connected: boolean
  /** How a value of the axis reads. */
  format: (x: string) => string
}) {
  const common = [
    <CartesianGrid key="grid" stroke="var(--grid)" vertical={false} />,
    <XAxis
      key="x"
      dataKey="x"
      stroke="var(--line-strong)"
      tick={TICK}
      tickFormatter={format}
      minTickGap={24}
      tickLine={false}
      allowDuplicatedCategory={kind === 'bar'}
    />,
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
      itemStyle={TIP_ITEM}
      labelFormatter={(label) => format(String(label))}
      formatter={(value) => (typeof value === 'number' ? formatNumber(value) : value)}
    />,
    ...(names.length > 1 ? [<Legend key="legend" itemSorter={null} wrapperStyle={{ fontSize: 12 }} />] : []),
  ]
  const margin = { top: 8, right: 16, bottom: 4, left: 0 }
  const dot = (at: number) => ({ r: 2.5, fill: `var(--cat-${at + 1})`, strokeWidth: 0 })
  return (
    <ResponsiveContainer width="100%" height="100%">
      {kind === 'bar' ? (
        <BarChart data={[...points]} margin={margin}>
          {common}
          {names.map((name, at) => (
            <Bar
              key={name}
              dataKey={`y${at}`}
              name={name}
              fill={`var(--cat-${at + 1})`}
              isAnimationActive={false}
              maxBarSize={48}
            />
          ))}
        </BarChart>
      ) : (
        <LineChart data={[...points]} margin={margin}>
          {common}
          {names.map((name, at) => (
            <Line
              key={name}
              dataKey={`y${at}`}
              name={name}
              stroke={`var(--cat-${at + 1})`}
              strokeWidth={kind === 'points' ? 0 : 1.5}
              connectNulls={connected}
              legendType={kind === 'points' ? 'circle' : 'line'}
              dot={(kind === 'points' || points.length <= DOTTED) && dot(at)}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      )}
    </ResponsiveContainer>
  )
}

/** Ten series at once must fit into a low pane. */
const TIP_ITEM = { padding: 0, lineHeight: '16px' }
const TICK = { fill: 'var(--text-3)', fontSize: 11 }
const TIP = {
  background: 'var(--raised)',
  border: '1px solid var(--line-strong)',
  borderRadius: 4,
  color: 'var(--text)',
  fontSize: 12,
}
