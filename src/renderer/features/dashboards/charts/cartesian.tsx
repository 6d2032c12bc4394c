import { useDeferredValue, useMemo, useRef, useState } from 'react'
import { CartesianGrid, ComposedChart, ReferenceLine, XAxis, YAxis } from 'recharts'
import { timeTicks } from '../../../lib/ticks.ts'
import { formatTimeTick, toTime } from '../model/format.ts'
import type { LastPeriod } from '../model/period.ts'
import { extent, openPoint, type Point, type SeriesTable, tickTexts } from '../model/series.ts'
import { isPicked } from './bar.tsx'
import styles from './charts.module.css'
import { clicked, type Mark, markKey } from './define.ts'
import { type SeriesShape, seriesMarks } from './marks.tsx'
import {
  categoryAxis,
  categoryTick,
  LEGEND_HEIGHT,
  Legend,
  pointTip,
  useShownSeries,
  valueAxis,
  valueTicks,
  valueTicksBelow,
} from './parts.tsx'
import { type Window, windowed, ZoomFrame, zoomInto } from './ZoomFrame.tsx'

interface CartesianProps {
  table: SeriesTable
  last: LastPeriod | null
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
  const { onSecondAxis } = props
  const drawn = useMemo(
    () =>
      series.map((its, index) => ({
        ...its,
        line: shapeOf(index) === 'line',
        right: onSecondAxis?.(index) ?? false,
      })),
    [series, shapeOf, onSecondAxis],
  )
  const legend = series.length > 1 ? LEGEND_HEIGHT : 0
  const plotHeight = height - legend
  const bars = series.some((_, index) => shapeOf(index) === 'bar')
  const onTime = !bars && table.categories[0]?.use.granularity !== undefined
  const everyPoint = useMemo(() => placed(table.points, onTime), [table.points, onTime])
  // On an axis of time the window is a span of time: it stays where it is while data arrive.
  const [zoom, setZoom] = useState<Window | null>(null)
  const points = useMemo(
    () => (onTime ? inside(everyPoint, zoom) : (windowed(everyPoint, zoom) as readonly Placed[])),
    [everyPoint, zoom, onTime],
  )
  const open = openPoint({ categories: table.categories, points }, props.last)
  const second = (at: number) => props.onSecondAxis?.(at) ?? false
  const left = shown.filter((at) => !second(at))
  const right = shown.filter(second)
  const [low, high] = extent(points, left.length > 0 ? left : right, stacked)
  const axis = valueAxis(low, high, plotHeight - 24, series[left[0] ?? 0], props.zero !== false || bars || stacked)
  const [rightLow, rightHigh] = extent(points, right, false)
  const rightAxis = valueAxis(rightLow, rightHigh, plotHeight - 24, series[right[0] ?? 0])
  const rightWidth = right.length > 0 ? rightAxis.width : 0
  const texts = useMemo(() => tickTexts({ categories: table.categories, points }), [table.categories, points])
  const labels = useMemo(() => new Map(points.map(({ key }, at) => [key, texts[at]])), [points, texts])
  const fit = categoryAxis(texts, width - axis.width - rightWidth - 12)
  const first = points[0]?.time ?? 0
  const last = points.at(-1)?.time ?? 1
  const ticks = onTime ? timeTicks(first, last, Math.max(2, Math.floor((width - axis.width) / 78))) : []
  // The axes stand first: recharts draws all that a chart has in one go, and then once more.
  const framed = useDeferredValue(true, false)
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
  const area = {
    left: axis.width,
    top: 6,
    width: width - axis.width - (rightWidth > 0 ? rightWidth : 12),
    height: plotHeight - 6 - (onTime ? 20 : fit.height),
  }
  return (
    <div className={styles.frame}>
      <Legend series={drawn} shown={shown} onToggle={toggle} hidden={table.hidden} />
      <ZoomFrame
        area={area}
        along="x"
        zoomed={zoom !== null}
        onReset={() => setZoom(null)}
        onZoom={(share) => {
          if (!onTime) return setZoom(zoomInto(everyPoint.length, zoom, share))
          const span = { from: first + share[0] * (last - first), to: first + share[1] * (last - first) }
          if (everyPoint.filter(({ time }) => time >= span.from && time <= span.to).length > 1) setZoom(span)
        }}
      >
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
            clicked(event, props.onPick, props.onOpen)(mark(lastIndex.current))
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
              {...valueTicksBelow(width, (time) => formatTimeTick(time, ticks))}
              height={20}
              axisLine={{ stroke: 'var(--line-strong)' }}
              tickLine={{ stroke: 'var(--line-strong)' }}
              tickSize={4}
            />
          ) : (
            <XAxis
              dataKey="key"
              interval={0}
              height={fit.height}
              tick={categoryTick(labels, fit, width)}
              padding={bars ? undefined : { left: 8, right: 8 }}
              axisLine={{ stroke: 'var(--line-strong)' }}
              tickLine={false}
            />
          )}
          <YAxis
            yAxisId="left"
            domain={axis.domain}
            ticks={axis.ticks}
            {...valueTicks('left', axis.format)}
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
              {...valueTicks('right', rightAxis.format)}
              width={rightAxis.width}
              axisLine={false}
              tickLine={false}
            />
          )}
          {pointTip(series, shown)}
          {(framed ? shown : []).map((index) =>
            seriesMarks({
              series,
              shown,
              index,
              shape: shapeOf(index),
              points,
              open,
              axis: second(index) ? 'right' : 'left',
              stacked,
              smooth: props.smooth === true,
              marked: props.points === true,
              gaps: props.gaps === true,
              dimmed,
            }),
          )}
          {pickedPoint && !bars && <PickedLine at={onTime ? pickedPoint.time : pickedPoint.key} />}
        </ComposedChart>
      </ZoomFrame>
    </div>
  )
}

function inside(points: readonly Placed[], span: Window | null): readonly Placed[] {
  const part = span ? points.filter(({ time }) => time >= span.from && time <= span.to) : points
  return part.length > 0 ? part : points
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
