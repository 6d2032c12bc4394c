import { Gauge, TrendingDown, TrendingUp } from 'lucide-react'
import { memo } from 'react'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { measureKey } from '../model/colors.ts'
import { fieldLabel } from '../model/fields.ts'
import { formatDimension, formatMeasure, formatPlain, toNumber } from '../model/format.ts'
import { comparisonText, soFar } from '../model/period.ts'
import styles from './charts.module.css'
import { type ChartProps, defineChart } from './define.ts'
import { TipBox, textWidth } from './parts.tsx'
import { useHover } from './useHover.ts'

const form = z.object({
  show: z
    .enum(['total', 'last'])
    .default('total')
    .meta(ui({ label: 'Value shown', help: 'With a trend', options: { total: 'Total', last: 'Last period' } })),
  sparkline: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Trend line' })),
  compare: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Compare with the period before' })),
  better: z
    .enum(['neither', 'more', 'less'])
    .default('neither')
    .meta(
      ui({
        label: 'Better is',
        help: 'Colours the change',
        options: { neither: 'Neither', more: 'More', less: 'Less' },
      }),
    ),
})

/** Measures whose values of periods add up to that of the whole. */
const ADDS_UP = new Set(['sum', 'count'])

function KpiVisual({
  fields,
  answer,
  last: period,
  compared,
  options,
  width,
  height,
  colors,
}: ChartProps<z.output<typeof form>>) {
  const at = (role: string) => fields.findIndex((field) => field.role === role)
  const [trendAt, valueAt, targetAt] = [at('category'), at('value'), at('target')]
  const use = fields[valueAt].use
  const values = (answer.values[valueAt] ?? []).map(toNumber)
  const last = values.at(-1) ?? null
  const adds = use.aggregate !== undefined && ADDS_UP.has(use.aggregate)
  const whole = trendAt < 0 || (options.show === 'total' && adds)
  const shown = whole ? sum(values) : last
  const open = period !== null && !period.whole
  const of = whole ? null : open ? soFar(period) : formatDimension(answer.values[trendAt].at(-1), fields[trendAt].use)
  const spans = compared && period && comparisonText(compared, period.grain)
  const target =
    targetAt < 0 ? null : whole ? sum(answer.values[targetAt].map(toNumber)) : toNumber(answer.values[targetAt].at(-1))
  // Both spans are to be read: where they have no room beside the change they take a line of their own.
  const wraps = spans !== null && textWidth(spans.short) + 76 > width
  const spark = options.sparkline && trendAt >= 0 && values.length > 1
  const sparkHeight = spark && height > 76 ? Math.min(64, Math.max(16, height - (wraps ? 76 : 62))) : 0
  const beside = spark && sparkHeight === 0 && width > 220
  const size = Math.min(34, Math.max(18, Math.min(height * 0.36, width / 7)))
  return (
    <div
      className={styles.kpi}
      style={{ flexDirection: beside ? 'row' : 'column', alignItems: beside ? 'center' : undefined }}
    >
      <div style={{ flex: beside ? 1 : undefined, minWidth: 0 }}>
        <div
          className={styles.kpiValue}
          style={{ fontSize: size }}
          title={`${fieldLabel(use)}: ${formatMeasure(shown, use)}`}
        >
          {formatMeasure(shown, use)}
          {of !== null && <small>{of}</small>}
        </div>
        {target !== null && shown !== null ? (
          <Delta from={target} to={shown} better={options.better} what={`of target ${formatMeasure(target, use)}`} />
        ) : options.compare && compared && spans ? (
          <Delta
            from={compared.values.before}
            to={compared.values.now}
            better={options.better}
            what={spans.short}
            more={`${formatMeasure(compared.values.now, use)} against ${formatMeasure(compared.values.before, use)}\n${spans.exact}`}
          />
        ) : null}
      </div>
      {(sparkHeight > 0 || beside) && (
        <Trend
          values={values}
          width={beside ? Math.min(120, width * 0.4) : width}
          height={beside ? height - 12 : sparkHeight}
          color={colors.measure(measureKey(use))}
          open={open}
          words={(at) => ({
            title:
              open && at === values.length - 1
                ? soFar(period)
                : formatDimension(answer.values[trendAt][at], fields[trendAt].use),
            value: formatMeasure(values[at], use),
          })}
          label={fieldLabel(use)}
        />
      )}
    </div>
  )
}

const sum = (values: readonly (number | null)[]) => {
  const present = values.filter((value) => value !== null)
  return present.length > 0 ? present.reduce((total, value) => total + value, 0) : null
}

interface DeltaProps {
  from: number
  to: number
  what: string
  /** The same in full, under the pointer. */
  more?: string
  better: 'neither' | 'more' | 'less'
}

function Delta({ from, to, what, more, better }: DeltaProps) {
  const change = to - from
  const share = from === 0 ? null : change / Math.abs(from)
  const tone =
    better === 'neither' || change === 0 ? undefined : (better === 'more') === change > 0 ? styles.up : styles.down
  const Icon = change >= 0 ? TrendingUp : TrendingDown
  const sign = change > 0 ? '+' : change < 0 ? '−' : ''
  return (
    <div className={styles.kpiDelta} title={more ?? what}>
      <Icon size={13} className={tone} style={{ flex: 'none' }} aria-hidden />
      <span className={tone}>
        {share === null
          ? `${sign}${formatPlain(Math.abs(change))}`
          : `${sign}${formatPlain(Math.round(Math.abs(share) * 1000) / 10)} %`}
      </span>
      <span className={styles.kpiWhat}>{what}</span>
    </div>
  )
}

/** A line between the least and the greatest value, its end marked. */
function Trend({
  values,
  width,
  height,
  color,
  open,
  words,
  label,
}: {
  values: readonly (number | null)[]
  width: number
  height: number
  color: string
  /** The last period is not whole: the way to it is dashed. */
  open: boolean
  /** What is said of a point under the pointer. */
  words: (at: number) => { title: string; value: string }
  label: string
}) {
  const { hover, over, leave, style } = useHover<number>()
  const present = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]))
  if (present.length < 2) return null
  const low = Math.min(...present.map(({ value }) => value))
  const high = Math.max(...present.map(({ value }) => value))
  const x = (index: number) => 2 + (index / (values.length - 1)) * (width - 6)
  const y = (value: number) => height - 4 - ((value - low) / (high - low || 1)) * (height - 9)
  const line = present.map(({ value, index }) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`)
  const end = present[present.length - 1]
  const stroke = { fill: 'none', stroke: color, strokeWidth: 1.5, strokeLinejoin: 'round' } as const
  const said = hover && words(hover.item)
  return (
    <div data-plot style={{ position: 'relative', marginTop: 6, flex: 'none', width, height }}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Trend of ${label}`}
        data-chart
        style={{ display: 'block' }}
        onMouseLeave={leave}
        onMouseMove={(event) => {
          const at = (event.clientX - event.currentTarget.getBoundingClientRect().left - 2) / (width - 6)
          over(Math.min(values.length - 1, Math.max(0, Math.round(at * (values.length - 1)))), event)
        }}
      >
        <polygon
          points={`${x(present[0].index)},${height} ${line.join(' ')} ${x(end.index)},${height}`}
          fill={color}
          fillOpacity={0.12}
        />
        <polyline points={(open ? line.slice(0, -1) : line).join(' ')} {...stroke} />
        {open && <polyline points={line.slice(-2).join(' ')} {...stroke} strokeDasharray="3 3" data-open />}
        <circle cx={x(end.index)} cy={y(end.value)} r={2.5} fill={open ? 'var(--page)' : color} stroke={color} />
        {hover && values[hover.item] !== null && (
          <circle cx={x(hover.item)} cy={y(values[hover.item] ?? 0)} r={3} fill={color} />
        )}
      </svg>
      {said && (
        <div className={styles.floating} style={style(width)}>
          <TipBox title={said.title} lines={[{ label, value: said.value, color }]} />
        </div>
      )}
    </div>
  )
}

export const kpi = defineChart({
  kind: 'kpi',
  title: 'KPI',
  icon: Gauge,
  summary: 'One number and where it is going',
  options: form,
  Component: memo(KpiVisual),
  size: { w: 6, h: 4 },
})
