import { useMemo, useRef } from 'react'
import { Area, Bar, CartesianGrid, ComposedChart, Line, ReferenceLine, XAxis, YAxis } from 'recharts'
import { formatTimeTick, timeTicks, toTime } from '../model/format.ts'
import { extent, type Point, type SeriesTable } from '../model/series.ts'
import { isPicked } from './bar.tsx'
import styles from './charts.module.css'
import { type Mark, markKey } from './define.ts'
import {
  categoryAxis,
  categoryTick,
  LEGEND_HEIGHT,
  Legend,
  pointTip,
  TICK,
  useShownSeries,
  valueAxis,
} from './parts.tsx'

export type SeriesShape = 'line' | 'area' | 'bar'

interface CartesianProps {
  table: SeriesTable
  /** How each series is drawn; those of the second axis are measured at the right. */
  shapeOf: (index: number) => SeriesShape
  onSecondAxis?: (index: number) => boolean
  stacked?: boolean
  smooth?: boolean
  points?: boolean
  zero?: boolean
  gaps?: boolean
  width: number
  height: number
  picked: string | null
  onPick: (mark: Mark) => void
  onOpen: (mark: Mark) => void
}

interface Placed extends Point {
  readonly time: number
}

/** Lines, areas and bars over one axis. Dates lie on an axis of time, so that a missing day is a gap and not a jump. */
export function Cartesian(props: CartesianProps) {
  const { table, shapeOf, stacked = false, width, height, picked } = props
  const { series } = table
  const { shown, toggle } = useShownSeries(series)
  const drawn = useMemo(
    () => series.map((its, index) => ({ ...its, line: shapeOf(index) === 'line' })),
    [series, shapeOf],
  )
  const legend = series.length > 1 ? LEGEND_HEIGHT : 0
  const plotHeight = height - legend
  const bars = series.some((_, index) => shapeOf(index) === 'bar')
  const onTime = !bars && table.categories[0]?.use.granularity !== undefined
  const points = useMemo(() => placed(table.points, onTime), [table.points, onTime])
  const second = (at: number) => props.onSecondAxis?.(at) ?? false
  const left = shown.filter((at) => !second(at))
  const right = shown.filter(second)
  const [low, high] = extent(points, left.length > 0 ? left : right, stacked)
  const axis = valueAxis(low, high, plotHeight - 24, series[left[0] ?? 0], props.zero !== false || bars || stacked)
  const [rightLow, rightHigh] = extent(points, right, false)
  const rightAxis = valueAxis(rightLow, rightHigh, plotHeight - 24, series[right[0] ?? 0])
  const rightWidth = right.length > 0 ? rightAxis.width : 0
  const labels = useMemo(() => new Map(points.map(({ key, label }) => [key, label])), [points])
  const fit = categoryAxis(
    points.map(({ label }) => label),
    width - axis.width - rightWidth - 12,
  )
  const first = points[0]?.time ?? 0
  const last = points.at(-1)?.time ?? 1
  const ticks = onTime ? timeTicks(first, last, Math.max(2, Math.floor((width - axis.width) / 78))) : []
  const lastIndex = useRef(-1)
  const mark = (index: number): Mark => ({ fields: table.categories, values: points[index].category })
  const at = (state: { activeTooltipIndex?: unknown; activeIndex?: unknown }) => {
    const index = Number(state.activeTooltipIndex ?? state.activeIndex ?? -1)
    lastIndex.current = Number.isInteger(index) && index >= 0 && index < points.length ? index : -1
    return lastIndex.current
  }
  const pickedPoint =
    picked === null ? undefined : points.find((point) => isPicked(picked, point, markKey({ values: point.category })))
  const dimmed = picked !== null && bars
  const curve = props.smooth ? 'monotone' : 'linear'
  return (
    <div className={styles.frame}>
      <Legend series={drawn} shown={shown} onToggle={toggle} hidden={table.hidden} />
      <ComposedChart
        width={width}
        height={plotHeight}
        data={points as Placed[]}
        margin={{ top: 6, right: rightWidth > 0 ? 0 : 12, bottom: 0, left: 0 }}
        barCategoryGap="20%"
        barGap={1}
        accessibilityLayer={false}
        className={styles.mark}
        onClick={(state, event) => {
          if (at(state) < 0) return
          // The second click of a double click opens the period; the first one picked it.
          if (event.detail === 2) props.onOpen(mark(lastIndex.current))
          else props.onPick(mark(lastIndex.current))
        }}
      >
        <CartesianGrid stroke="var(--grid)" vertical={false} />
        {onTime ? (
          <XAxis
            dataKey="time"
            type="number"
            scale="time"
            domain={[first, last]}
            ticks={ticks}
            tickFormatter={(time: number) => formatTimeTick(time, ticks)}
            tick={TICK}
            height={20}
            interval="preserveStart"
            axisLine={{ stroke: 'var(--line-strong)' }}
            tickLine={{ stroke: 'var(--line-strong)' }}
            tickSize={4}
          />
        ) : (
          <XAxis
            dataKey="key"
            interval={0}
            height={fit.height}
            tick={categoryTick(labels, fit)}
            padding={bars ? undefined : { left: 8, right: 8 }}
            axisLine={{ stroke: 'var(--line-strong)' }}
            tickLine={false}
          />
        )}
        <YAxis
          yAxisId="left"
          domain={axis.domain}
          ticks={axis.ticks}
          tickFormatter={axis.format}
          tick={TICK}
          width={axis.width}
          axisLine={false}
          tickLine={false}
        />
        {rightWidth > 0 && (
          <YAxis
            yAxisId="right"
            orientation="right"
            domain={rightAxis.domain}
            ticks={rightAxis.ticks}
            tickFormatter={rightAxis.format}
            tick={TICK}
            width={rightAxis.width}
            axisLine={false}
            tickLine={false}
          />
        )}
        {pointTip(series, shown)}
        {shown.map((index) => {
          const its = series[index]
          const common = {
            dataKey: (point: Placed) => point.values[index],
            name: its.label,
            yAxisId: second(index) ? 'right' : 'left',
            isAnimationActive: false,
          }
          const line = { stroke: its.color, strokeWidth: 1.75, type: curve, connectNulls: props.gaps !== true } as const
          switch (shapeOf(index)) {
            case 'bar':
              return (
                <Bar
                  key={its.key}
                  {...common}
                  fill={its.color}
                  maxBarSize={48}
                  fillOpacity={dimmed ? 0.28 : 1}
                  {...(stacked && { stackId: 'one' })}
                />
              )
            case 'area':
              return (
                <Area
                  key={its.key}
                  {...common}
                  {...line}
                  fill={its.color}
                  fillOpacity={stacked ? 0.55 : 0.14}
                  activeDot={{ r: 3, strokeWidth: 0 }}
                  {...(stacked && { stackId: 'one' })}
                />
              )
            default:
              return (
                <Line
                  key={its.key}
                  {...common}
                  {...line}
                  dot={dots(props.points, points.length, its.color)}
                  activeDot={{ r: 3, strokeWidth: 0 }}
                />
              )
          }
        })}
        {pickedPoint && !bars && <PickedLine at={onTime ? pickedPoint.time : pickedPoint.key} />}
      </ComposedChart>
    </div>
  )
}

function dots(wanted: boolean | undefined, count: number, color: string) {
  return wanted || count === 1 ? { r: 2.5, fill: color, strokeWidth: 0 } : false
}

function placed(points: readonly Point[], onTime: boolean): readonly Placed[] {
  if (!onTime) return points.map((point) => ({ ...point, time: 0 }))
  return points
    .flatMap((point) => {
      const time = toTime(point.category[0])
      return time === null ? [] : [{ ...point, time }]
    })
    .sort((a, b) => a.time - b.time)
}

function PickedLine({ at }: { at: number | string }) {
  return <ReferenceLine yAxisId="left" x={at} stroke="var(--accent)" strokeWidth={2} />
}
