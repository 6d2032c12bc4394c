import { ChartColumn } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import { Bar, BarChart, CartesianGrid, Cell, XAxis, YAxis } from 'recharts'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { shorten } from '../model/format.ts'
import { extent, openPoint, type Point, seriesTable, tickTexts } from '../model/series.ts'
import styles from './charts.module.css'
import { type ChartProps, clicked, defineChart, markKey } from './define.ts'
import { openBar } from './marks.tsx'
import {
  categoryAxis,
  categoryTick,
  LEGEND_HEIGHT,
  Legend,
  pointTip,
  TICK,
  textWidth,
  useShownSeries,
  valueAxis,
  valueTicks,
  valueTicksBelow,
} from './parts.tsx'
import { type Window, windowed, ZoomFrame, zoomInto } from './ZoomFrame.tsx'

const form = z.object({
  horizontal: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Horizontal' })),
  stacked: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Stacked', help: 'Groups on top of each other instead of side by side' })),
  share: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'As shares of 100 %', help: 'Of stacked groups' })),
})

const ROLES = { category: ['category'], measures: ['value'] } as const

function BarVisual({
  fields,
  answer,
  last,
  options,
  width,
  height,
  colors,
  picked,
  onPick,
  onOpen,
}: ChartProps<z.output<typeof form>>) {
  const raw = useMemo(() => seriesTable(fields, answer.values, ROLES, colors), [fields, answer, colors])
  const { shown, toggle } = useShownSeries(raw.series)
  const share = options.stacked && options.share
  const table = useMemo(() => (share ? { ...raw, points: shares(raw.points, shown) } : raw), [raw, share, shown])
  const { series } = table
  const [zoom, setZoom] = useState<Window | null>(null)
  const points = useMemo(() => windowed(table.points, zoom), [table.points, zoom])
  const open = openPoint({ categories: table.categories, points }, last)
  const legend = series.length > 1 ? LEGEND_HEIGHT : 0
  const plotHeight = height - legend
  const texts = useMemo(() => tickTexts({ categories: table.categories, points }), [table.categories, points])
  const labels = useMemo(() => new Map(points.map(({ key }, at) => [key, texts[at]])), [points, texts])
  const [low, high] = share ? [0, 1] : extent(points, shown, options.stacked)
  const across = options.horizontal
  const side = across
    ? Math.min(width * 0.42, Math.max(...texts.map((text) => textWidth(shorten(text, 28))), 24) + 10)
    : 0
  const axis = valueAxis(low, high, across ? (width - side) * 0.8 : plotHeight, series[0])
  const format = share ? (value: number) => `${Math.round(value * 100)} %` : axis.format
  const fit = categoryAxis(texts, width - axis.width - 12)
  const lane = across ? (plotHeight - 24) / Math.max(1, points.length) : 0
  const every = across ? Math.max(1, Math.ceil(13 / Math.max(1, lane))) : 1
  const mark = (point: Point, at: number) => {
    const split = series[at]?.split
    return {
      fields: [...table.categories, ...(split ? [split.field] : [])],
      values: [...point.category, ...(split ? [split.value] : [])],
    }
  }
  return (
    <div className={styles.frame}>
      <Legend series={series} shown={shown} onToggle={toggle} hidden={table.hidden} />
      <ZoomFrame
        area={
          across
            ? { left: side, top: 4, width: width - side - 16, height: plotHeight - 24 }
            : { left: axis.width, top: 4, width: width - axis.width - 4, height: plotHeight - 4 - fit.height }
        }
        along={across ? 'y' : 'x'}
        zoomed={zoom !== null}
        onReset={() => setZoom(null)}
        onZoom={(x, y) => setZoom(zoomInto(table.points.length, zoom, across ? y : x))}
      >
        <BarChart
          width={width}
          height={plotHeight}
          data={points as Point[]}
          layout={across ? 'vertical' : 'horizontal'}
          margin={{ top: 4, right: across ? 16 : 4, bottom: 0, left: 0 }}
          barCategoryGap="18%"
          barGap={1}
          stackOffset="sign"
          accessibilityLayer={false}
        >
          <CartesianGrid stroke="var(--grid)" vertical={across} horizontal={!across} />
          {across ? (
            <>
              <XAxis
                type="number"
                domain={axis.domain}
                ticks={axis.ticks}
                {...valueTicksBelow(width, format)}
                height={20}
                axisLine={false}
                tickLine={false}
              />
              <YAxis
                type="category"
                dataKey="key"
                width={side}
                interval={every - 1}
                axisLine={{ stroke: 'var(--line-strong)' }}
                tickLine={false}
                tick={(props: { x: number | string; y: number | string; payload: { value: string } }) => (
                  <text x={Number(props.x) - 2} y={Number(props.y) + 4} {...TICK} textAnchor="end">
                    <title>{labels.get(props.payload.value)}</title>
                    {shorten(labels.get(props.payload.value) ?? '', Math.floor((side - 8) / 6.1))}
                  </text>
                )}
              />
            </>
          ) : (
            <>
              <XAxis
                dataKey="key"
                interval={0}
                height={fit.height}
                tick={categoryTick(labels, fit, width)}
                axisLine={{ stroke: 'var(--line-strong)' }}
                tickLine={false}
              />
              <YAxis
                domain={axis.domain}
                ticks={axis.ticks}
                {...valueTicks('left', format)}
                width={axis.width}
                axisLine={false}
                tickLine={false}
              />
            </>
          )}
          {pointTip(share ? raw.series.map((its) => ({ ...its, field: PERCENT(its.field) })) : series, shown)}
          {shown.map((at) => (
            <Bar
              key={series[at].key}
              dataKey={(point: Point) => point.values[at]}
              name={series[at].label}
              fill={series[at].color}
              maxBarSize={48}
              isAnimationActive={false}
              className={styles.mark}
              {...(options.stacked && { stackId: 'one' })}
              onClick={(_, index, event) => clicked(event, onPick, onOpen)(mark(points[index], at))}
            >
              {(picked !== null || open >= 0) &&
                points.map((point, place) => (
                  <Cell
                    key={point.key}
                    {...(place === open && openBar(series[at].color))}
                    {...(picked !== null && {
                      fillOpacity: isPicked(picked, point, markKey(mark(point, at))) ? 1 : 0.28,
                    })}
                  />
                ))}
            </Bar>
          ))}
        </BarChart>
      </ZoomFrame>
    </div>
  )
}

const PERCENT = (field: ReturnType<typeof seriesTable>['series'][number]['field']) => ({
  ...field,
  use: { ...field.use, format: '0.0 %' },
})

export const isPicked = (picked: string, point: Point, key: string) => picked === key || picked === point.key

function shares(points: readonly Point[], shown: readonly number[]): Point[] {
  return points.map((point) => {
    const total = shown.reduce((sum, at) => sum + Math.abs(point.values[at] ?? 0), 0)
    return { ...point, values: point.values.map((value) => (value === null || total === 0 ? null : value / total)) }
  })
}

export const bar = defineChart({
  kind: 'bar',
  title: 'Bar',
  icon: ChartColumn,
  summary: 'Compare categories',
  options: form,
  Component: memo(BarVisual),
  size: { w: 8, h: 8 },
})
