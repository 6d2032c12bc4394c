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
import type { Column } from '../../../../engines/kit/pure/table.ts'
import type { Bucket } from '../../../../engines/results/contract.ts'
import { formatNumber } from '../../../lib/index.ts'
import { axisText, niceTicks, timeTicks } from '../../../lib/ticks.ts'
import { displayCell } from '../../../ui/index.ts'
import { bucketName, type ChartChoice, type ChartPoint, momentText, type Spacing, spacingOf } from '../model/chart.ts'

/** More points than this stand too near for each to have a dot on its line. */
const DOTTED = 40
const TICKS = 8

/** Points drawn as bars, lines or by themselves, in the colours of their series. */
export function Drawing({
  kind,
  points,
  names,
  connected,
  column,
  bucket,
}: {
  kind: ChartChoice['kind']
  points: readonly ChartPoint[]
  /** Of the series, `y0` and on. */
  names: readonly string[]
  /** Whether a line goes on where a series has nothing. */
  connected: boolean
  /** What goes across, and what its times are put into. */
  column: Column
  bucket: Bucket | null
}) {
  const format = (x: string) => (bucket ? bucketName(x, bucket) : displayCell(x, 'time'))
  const up = valueAxis(points, names.length)
  const common = [
    <CartesianGrid key="grid" stroke="var(--grid)" vertical={false} />,
    <XAxis
      key="x"
      {...across(points, spacingOf(column, kind), column, bucket, format)}
      stroke="var(--line-strong)"
      tick={TICK}
      minTickGap={24}
      tickLine={false}
    />,
    <YAxis
      key="y"
      stroke="var(--line-strong)"
      tick={TICK}
      ticks={up.ticks}
      domain={[up.ticks[0], up.ticks[up.ticks.length - 1]]}
      width={up.width}
      tickFormatter={up.text}
      tickLine={false}
      axisLine={false}
    />,
    <Tooltip
      key="tip"
      isAnimationActive={false}
      cursor={{ fill: 'var(--hover)', stroke: 'var(--line-strong)' }}
      contentStyle={TIP}
      itemStyle={TIP_ITEM}
      labelFormatter={(label, [first]) => format(String(first?.payload?.x ?? label))}
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

/** An axis on which what is further apart stands further apart; evenly, where its values have no distance. */
function across(
  points: readonly ChartPoint[],
  spacing: Spacing,
  column: Column,
  bucket: Bucket | null,
  format: (x: string) => string,
) {
  if (spacing === 'even') return { dataKey: 'x', tickFormatter: format }
  const places = [...new Map(points.map(({ at, x }) => [at, x]))]
  const [low, high] = [places[0]?.[0] ?? 0, places.at(-1)?.[0] ?? 1]
  const scale = { dataKey: 'at', type: 'number', domain: [low, high], padding: { left: 12, right: 12 } } as const
  const nearest = Math.min(...places.slice(1).map(([at], before) => at - places[before][0]))
  // Buckets, and values with room between them, have their names where they stand; others are read between round ones.
  if (bucket || !(nearest * TICKS < high - low)) {
    const named = new Map(places)
    const text = spacing === 'number' ? (x: string) => displayCell(x, 'number') : format
    return { ...scale, ticks: [...named.keys()], tickFormatter: (at: number) => text(named.get(at) ?? '') }
  }
  if (spacing === 'number') {
    const ticks = niceTicks(low, high, TICKS).filter((tick) => tick >= low && tick <= high)
    return { ...scale, ticks, tickFormatter: signed(axisText(ticks)) }
  }
  const ticks = timeTicks(low, high, column.type === 'date' ? Math.min(TICKS, (high - low) / DAY_MS) : TICKS)
  return { ...scale, ticks, tickFormatter: (at: number) => momentText(at, ticks, column.type) }
}

/** Round values from zero on, their labels in one unit, and the room that these need. */
function valueAxis(points: readonly ChartPoint[], series: number) {
  const values = points.flatMap((point) =>
    Array.from({ length: series }, (_, at) => point[`y${at}`]).filter((value) => typeof value === 'number'),
  )
  const ticks = niceTicks(Math.min(0, ...values), Math.max(0, ...values), 5)
  const text = signed(axisText(ticks))
  return { ticks, text, width: Math.ceil(Math.max(...ticks.map((tick) => text(tick).length)) * CHARACTER) + 14 }
}

const signed = (text: (magnitude: number) => string) => (value: number) =>
  `${value < 0 ? '−' : ''}${text(Math.abs(value))}`

const DAY_MS = 86_400_000
/** Of a tick's label, px at most. */
const CHARACTER = 7
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
