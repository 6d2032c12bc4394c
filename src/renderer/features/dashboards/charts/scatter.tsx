import { ChartScatter } from 'lucide-react'
import { type MouseEvent, memo, useMemo, useState } from 'react'
import { CartesianGrid, Scatter, ScatterChart, XAxis, YAxis } from 'recharts'
import { z } from 'zod'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { niceTicks } from '../../../lib/ticks.ts'
import { fieldLabel } from '../model/fields.ts'
import { axisFormat, formatDimension, formatMeasure, toNumber } from '../model/format.ts'
import styles from './charts.module.css'
import { type ChartProps, defineChart, markKey } from './define.ts'
import { LEGEND_HEIGHT, Legend, TICK, TipBox, textWidth, valueTicks, valueTicksBelow } from './parts.tsx'
import { useHover } from './useHover.ts'
import { type PlotArea, type Share, ZoomFrame } from './ZoomFrame.tsx'

const form = z.object({
  zero: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Axes begin at zero' })),
  radius: z
    .number()
    .int()
    .min(2)
    .max(24)
    .default(9)
    .meta(ui({ label: 'Largest point', unit: 'px' })),
})

interface Dot {
  key: string
  label: string
  values: readonly Cell[]
  x: number
  y: number
  size: number | null
  r: number
  color: string
  dim: boolean
}

interface DotsProps {
  dots: readonly Dot[]
  area: PlotArea
  x: readonly number[]
  y: readonly number[]
  onHover: (dot: Dot, event: MouseEvent<Element>) => void
  onLeave: () => void
  onPick: (dot: Dot) => void
  onOpen: (dot: Dot) => void
}

/** The chart library draws axes; hundreds of circles it would hold the page with, so they are drawn here and only anew when they change. */
const Dots = memo(function Dots({ dots, area, x, y, onHover, onLeave, onPick, onOpen }: DotsProps) {
  const along = (value: number, ticks: readonly number[]) =>
    (value - ticks[0]) / ((ticks.at(-1) ?? ticks[0]) - ticks[0] || 1)
  return (
    <g className="recharts-scatter">
      {dots.map((dot) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the visual opens as a table, which the keyboard walks
        <circle
          key={dot.key}
          cx={area.left + along(dot.x, x) * area.width}
          cy={area.top + (1 - along(dot.y, y)) * area.height}
          r={dot.r}
          fill={dot.color}
          fillOpacity={dot.dim ? 0.06 : 0.24}
          stroke={dot.color}
          strokeOpacity={dot.dim ? 0.12 : 0.65}
          className={styles.mark}
          onMouseMove={(event) => onHover(dot, event)}
          onMouseLeave={onLeave}
          onClick={() => onPick(dot)}
          onDoubleClick={() => onOpen(dot)}
        />
      ))}
    </g>
  )
})

function ScatterVisual({
  fields,
  answer,
  options,
  width,
  height,
  colors,
  picked,
  onPick,
  onOpen,
}: ChartProps<z.output<typeof form>>) {
  const at = (role: string) => fields.findIndex((field) => field.role === role)
  const [groupAt, colorAt, xAt, yAt, sizeAt] = [at('category'), at('color'), at('x'), at('y'), at('size')]
  // biome-ignore lint/correctness/useExhaustiveDependencies: the places follow from the fields
  const every = useMemo(() => {
    const sizes = sizeAt < 0 ? [] : answer.values[sizeAt].map((cell) => Math.max(0, toNumber(cell) ?? 0))
    const largest = Math.max(...sizes, 1e-9)
    if (colorAt >= 0)
      colors.enrollValues(
        fields[colorAt].use.column,
        answer.values[colorAt].map((cell) => formatDimension(cell, fields[colorAt].use)),
      )
    return answer.values[groupAt].flatMap((group, row): Dot[] => {
      const x = toNumber(answer.values[xAt][row])
      const y = toNumber(answer.values[yAt][row])
      if (x === null || y === null) return []
      const values = [group, ...(colorAt < 0 ? [] : [answer.values[colorAt][row]])]
      const key = markKey({ values })
      const split = colorAt < 0 ? null : formatDimension(answer.values[colorAt][row], fields[colorAt].use)
      return [
        {
          key,
          label: formatDimension(group, fields[groupAt].use),
          values,
          x,
          y,
          size: sizeAt < 0 ? null : sizes[row],
          r: sizeAt < 0 ? 3.5 : 2 + Math.sqrt(sizes[row] / largest) * (options.radius - 2),
          color:
            split === null ? colors.measure(fields[yAt].use.column) : colors.value(fields[colorAt].use.column, split),
          dim: picked !== null && picked !== key,
        },
      ]
    })
  }, [fields, answer, colors, picked, options.radius])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place follows from the fields
  const legend = useMemo(() => {
    if (colorAt < 0) return []
    const by = fields[colorAt].use
    return [...new Set(answer.values[colorAt].map((cell) => formatDimension(cell, by)))]
      .slice(0, 20)
      .map((label) => ({ key: label, label, color: colors.value(by.column, label) }))
  }, [fields, answer, colors])
  const [zoom, setZoom] = useState<{ x: Share; y: Share } | null>(null)
  const { hover, over, leave, style } = useHover<Dot>()
  const dots = useMemo(() => {
    const within = (value: number, [low, high]: Share) => value >= low && value <= high
    const part = zoom ? every.filter(({ x, y }) => within(x, zoom.x) && within(y, zoom.y)) : every
    return part.length > 0 ? part : every
  }, [every, zoom])
  const plotHeight = height - (legend.length > 1 ? LEGEND_HEIGHT : 0)
  const xAxis = axis(
    dots.map(({ x }) => x),
    width / 64,
    options.zero && !zoom,
  )
  const yAxis = axis(
    dots.map(({ y }) => y),
    plotHeight / 48,
    options.zero && !zoom,
  )
  const [xUse, yUse] = [fields[xAt].use, fields[yAt].use]
  const yText = axisFormat(yAxis, yUse)
  const yWidth = Math.max(...yAxis.map((tick) => textWidth(yText(tick)))) + 8
  const along = (ticks: readonly number[], share: number) => ticks[0] + share * ((ticks.at(-1) ?? ticks[0]) - ticks[0])
  const area = { left: yWidth, top: 20, width: width - yWidth - 12, height: plotHeight - 54 }
  const mark = (dot: Dot) => ({
    fields: [fields[groupAt], ...(colorAt < 0 ? [] : [fields[colorAt]])],
    values: dot.values,
  })
  const pick = (dot: Dot) => onPick(mark(dot))
  const openDot = (dot: Dot) => onOpen(mark(dot))
  return (
    <div className={styles.frame} data-plot style={{ position: 'relative' }}>
      <Legend series={legend} />
      <ZoomFrame
        area={area}
        along="both"
        zoomed={zoom !== null}
        onReset={() => setZoom(null)}
        onZoom={(x, y) =>
          setZoom({
            x: [along(xAxis, x[0]), along(xAxis, x[1])],
            y: [along(yAxis, 1 - y[1]), along(yAxis, 1 - y[0])],
          })
        }
      >
        <ScatterChart
          width={width}
          height={plotHeight}
          margin={{ top: 20, right: 12, bottom: 14, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid stroke="var(--grid)" />
          <XAxis
            type="number"
            dataKey="x"
            domain={[xAxis[0], xAxis[xAxis.length - 1]]}
            ticks={xAxis}
            {...valueTicksBelow(width, axisFormat(xAxis, xUse))}
            height={20}
            axisLine={{ stroke: 'var(--line-strong)' }}
            tickLine={false}
          />
          <YAxis
            type="number"
            dataKey="y"
            domain={[yAxis[0], yAxis[yAxis.length - 1]]}
            ticks={yAxis}
            {...valueTicks('left', yText)}
            width={yWidth}
            axisLine={false}
            tickLine={false}
          />
          <text x={width - 12} y={plotHeight - 2} {...TICK} textAnchor="end">
            {fieldLabel(xUse)}
          </text>
          <text x={2} y={10} {...TICK}>
            {fieldLabel(yUse)}
          </text>
          <Scatter data={dots.slice(0, 1)} isAnimationActive={false} shape={nothing} />
          <Dots
            dots={dots}
            area={area}
            x={xAxis}
            y={yAxis}
            onHover={over}
            onLeave={leave}
            onPick={pick}
            onOpen={openDot}
          />
        </ScatterChart>
      </ZoomFrame>
      {hover && (
        <div className={styles.floating} style={style(width)}>
          <TipBox
            title={hover.item.label}
            lines={[
              { label: fieldLabel(xUse), value: formatMeasure(hover.item.x, xUse) },
              { label: fieldLabel(yUse), value: formatMeasure(hover.item.y, yUse) },
              ...(sizeAt < 0
                ? []
                : [
                    {
                      label: fieldLabel(fields[sizeAt].use),
                      value: formatMeasure(hover.item.size, fields[sizeAt].use),
                    },
                  ]),
            ]}
          />
        </div>
      )}
    </div>
  )
}

const nothing = () => <g />

function axis(values: readonly number[], count: number, zero: boolean): number[] {
  if (values.length === 0) return [0, 1]
  const low = Math.min(...values)
  const high = Math.max(...values)
  return niceTicks(
    zero ? Math.min(0, low) : low,
    zero ? Math.max(0, high) : high,
    Math.max(2, Math.min(8, Math.floor(count))),
  )
}

export const scatter = defineChart({
  kind: 'scatter',
  title: 'Scatter',
  icon: ChartScatter,
  summary: 'How two measures go together',
  options: form,
  Component: memo(ScatterVisual),
  size: { w: 10, h: 9 },
})
