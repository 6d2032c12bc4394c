import { ChartColumnBig } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import { Bar, BarChart, CartesianGrid, Cell, Tooltip, XAxis, YAxis } from 'recharts'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { niceTicks } from '../../../lib/ticks.ts'
import { fieldLabel } from '../model/fields.ts'
import { axisFormat, formatMeasure, formatPlain, toNumber } from '../model/format.ts'
import styles from './charts.module.css'
import { type ChartProps, defineChart, markKey } from './define.ts'
import { TICK, TipBox, textWidth, valueTicks, valueTicksBelow } from './parts.tsx'
import { type Window, windowed, ZoomFrame, zoomInto } from './ZoomFrame.tsx'

const form = z.object({
  bins: z
    .number()
    .int()
    .min(2)
    .max(200)
    .default(20)
    .meta(ui({ label: 'Intervals, about' })),
})

interface Bin {
  from: number
  /** The middle of the interval, where its bar stands. */
  x: number
  count: number
  key: string
}

/** Empty intervals between full ones are drawn too: a hole in a distribution is a finding. */
function binsOf(lower: readonly (number | null)[], counts: readonly (number | null)[], width: number): Bin[] {
  const known = new Map<number, number>()
  lower.forEach((from, row) => {
    if (from !== null) known.set(Math.round(from / width), counts[row] ?? 0)
  })
  const steps = [...known.keys()]
  if (steps.length === 0) return []
  const first = Math.min(...steps)
  const count = Math.min(1000, Math.max(...steps) - first + 1)
  return Array.from({ length: count }, (_, i) => {
    const from = Number(((first + i) * width).toPrecision(12))
    return { from, x: from + width / 2, count: known.get(first + i) ?? 0, key: markKey({ values: [from] }) }
  })
}

function HistogramVisual({ fields, answer, width, height, colors, picked, onPick }: ChartProps<z.output<typeof form>>) {
  const binWidth = answer.binWidth ?? 1
  const every = useMemo(
    () => binsOf(answer.values[0].map(toNumber), answer.values[1].map(toNumber), binWidth),
    [answer, binWidth],
  )
  const [zoom, setZoom] = useState<Window | null>(null)
  const bins = useMemo(() => windowed(every, zoom), [every, zoom])
  const use = fields[0].use
  const counts = niceTicks(
    0,
    Math.max(1, ...bins.map(({ count }) => count)),
    Math.max(2, Math.min(6, Math.floor(height / 44))),
  )
  const from = bins[0]?.from ?? 0
  const to = (bins.at(-1)?.from ?? 1) + binWidth
  const ticks = niceTicks(from, to, Math.max(2, Math.floor(width / 60))).filter((tick) => tick >= from && tick <= to)
  const countText = axisFormat(counts)
  const side = Math.max(...counts.map((tick) => textWidth(countText(tick)))) + 8
  const color = colors.measure(use.column)
  const barSize = Math.max(1, (width - side - 8) / Math.max(1, bins.length) - 1)
  return (
    <div className={styles.frame}>
      <ZoomFrame
        area={{ left: side, top: 4, width: width - side - 8, height: height - 38 }}
        along="x"
        zoomed={zoom !== null}
        onReset={() => setZoom(null)}
        onZoom={(x) => setZoom(zoomInto(every.length, zoom, x))}
      >
        <BarChart
          width={width}
          height={height}
          data={bins as Bin[]}
          margin={{ top: 4, right: 8, bottom: 14, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid stroke="var(--grid)" vertical={false} />
          <XAxis
            dataKey="x"
            type="number"
            domain={[from, to]}
            ticks={ticks}
            {...valueTicksBelow(width, axisFormat(ticks, use))}
            height={20}
            axisLine={{ stroke: 'var(--line-strong)' }}
            tickLine={{ stroke: 'var(--line-strong)' }}
            tickSize={4}
          />
          <YAxis
            domain={[0, counts.at(-1) ?? 1]}
            ticks={counts}
            {...valueTicks('left', countText)}
            width={side}
            axisLine={false}
            tickLine={false}
          />
          <text x={width - 8} y={height - 2} {...TICK} textAnchor="end">
            {fieldLabel(use)}
          </text>
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--hover)', fillOpacity: 0.6 }}
            wrapperStyle={{ zIndex: 5, outline: 'none' }}
            content={({ active, payload }) => {
              const bin = payload?.[0]?.payload as Bin | undefined
              if (!active || !bin) return null
              return (
                <TipBox
                  title={`${formatMeasure(bin.from, use)} to under ${formatMeasure(bin.from + binWidth, use)}`}
                  lines={[{ label: 'Count', value: formatPlain(bin.count), color }]}
                />
              )
            }}
          />
          <Bar
            dataKey="count"
            fill={color}
            barSize={barSize}
            isAnimationActive={false}
            className={styles.mark}
            onClick={(_, index) => onPick({ fields: [fields[0]], values: [bins[index].from], binWidth })}
          >
            {picked !== null && bins.map(({ key }) => <Cell key={key} fillOpacity={picked === key ? 1 : 0.28} />)}
          </Bar>
        </BarChart>
      </ZoomFrame>
    </div>
  )
}

export const histogram = defineChart({
  kind: 'histogram',
  title: 'Histogram',
  icon: ChartColumnBig,
  summary: 'How values are spread',
  options: form,
  Component: memo(HistogramVisual),
  size: { w: 10, h: 8 },
})
