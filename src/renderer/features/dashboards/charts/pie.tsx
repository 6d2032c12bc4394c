import { ChartPie } from 'lucide-react'
import { memo, useMemo } from 'react'
import { Cell, Pie, PieChart, Tooltip } from 'recharts'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { fieldLabel } from '../model/fields.ts'
import { formatDimension, formatMeasure, formatPlain, shorten, toNumber } from '../model/format.ts'
import styles from './charts.module.css'
import { type ChartProps, clicked, defineChart, markKey } from './define.ts'
import { TipBox } from './parts.tsx'

const form = z.object({
  donut: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Ring', help: 'With the total in its middle' })),
  labels: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Names and shares beside it' })),
})

interface Slice {
  readonly key: string
  readonly label: string
  readonly value: number
  readonly color: string
}

function PieVisual({
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
  const category = fields.findIndex(({ role }) => role === 'category')
  const measure = fields.findIndex(({ role }) => role === 'value')
  const use = fields[measure].use
  const slices = useMemo(() => {
    const by = fields[category].use
    const names = answer.values[category].map((cell) => formatDimension(cell, by))
    colors.enrollValues(by.column, names)
    return names.map(
      (label, row): Slice => ({
        key: markKey({ values: [answer.values[category][row]] }),
        label,
        value: Math.max(0, toNumber(answer.values[measure][row]) ?? 0),
        color: colors.value(by.column, label),
      }),
    )
  }, [fields, answer, colors, category, measure])
  const total = slices.reduce((sum, { value }) => sum + value, 0)
  const mark = (index: number) => ({ fields: [fields[category]], values: [answer.values[category][index]] })
  const beside = options.labels && width > 260
  const size = Math.min(beside ? width * 0.55 : width, height)
  const radius = size / 2 - 6
  const share = (value: number) => (total > 0 ? `${formatPlain(Math.round((value / total) * 1000) / 10)} %` : '–')
  return (
    <div className={styles.frame} style={{ flexDirection: 'row', alignItems: 'center' }}>
      <PieChart width={size} height={size} accessibilityLayer={false} margin={{ top: 0, right: 0, bottom: 0, left: 0 }}>
        <Pie
          data={slices as Slice[]}
          dataKey="value"
          nameKey="label"
          innerRadius={options.donut ? radius * 0.62 : 0}
          outerRadius={radius}
          startAngle={90}
          endAngle={-270}
          stroke="var(--page)"
          strokeWidth={1.5}
          isAnimationActive={false}
          className={styles.mark}
          onClick={(_, index, event) => clicked(event, onPick, onOpen)(mark(index))}
        >
          {slices.map(({ key, color }) => (
            <Cell key={key} fill={color} fillOpacity={picked === null || picked === key ? 1 : 0.28} />
          ))}
        </Pie>
        {options.donut && radius > 44 && (
          <text
            x={size / 2}
            y={size / 2}
            textAnchor="middle"
            fill="var(--text)"
            fontSize={Math.min(18, radius / 3.6, (radius * 1.1) / (formatMeasure(total, use).length * 0.58))}
            fontWeight={600}
            dy="0.1em"
          >
            {formatMeasure(total, use)}
          </text>
        )}
        {options.donut && radius > 52 && (
          <text x={size / 2} y={size / 2 + 16} textAnchor="middle" fill="var(--text-3)" fontSize={11}>
            {shorten(fieldLabel(use), 16)}
          </text>
        )}
        <Tooltip
          isAnimationActive={false}
          wrapperStyle={{ zIndex: 5, outline: 'none' }}
          allowEscapeViewBox={{ x: true, y: true }}
          content={({ active, payload }) => {
            const slice = payload?.[0]?.payload as Slice | undefined
            if (!active || !slice) return null
            return (
              <TipBox
                title={slice.label}
                lines={[
                  { label: fieldLabel(use), value: formatMeasure(slice.value, use), color: slice.color },
                  { label: 'Share', value: share(slice.value) },
                ]}
              />
            )
          }}
        />
      </PieChart>
      {beside && (
        <ol className={styles.slices} data-legend>
          {slices.map(({ key, label, color, value }, index) => (
            <li key={key}>
              <button type="button" onClick={() => onPick(mark(index))} title={label} aria-pressed={picked === key}>
                <i className={styles.swatch} style={{ background: color }} />
                <span>{label}</span>
                <b>{share(value)}</b>
              </button>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

export const pie = defineChart({
  kind: 'pie',
  title: 'Pie',
  icon: ChartPie,
  summary: 'Shares of a whole, few slices',
  options: form,
  Component: memo(PieVisual),
  size: { w: 8, h: 8 },
})
