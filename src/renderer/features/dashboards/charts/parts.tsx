import { type ReactNode, useMemo, useState } from 'react'
import { Tooltip } from 'recharts'
import { niceTicks } from '../../../lib/ticks.ts'
import { cx } from '../../../ui/index.ts'
import { axisFormat, formatMeasure, shorten } from '../model/format.ts'
import type { Point, Series } from '../model/series.ts'
import styles from './charts.module.css'

/** Width of a label in pixels, near enough for the room an axis needs (11 px Inter with tabular digits). */
export const textWidth = (text: string) => text.length * 6.3

export const TICK = { fill: 'var(--text-3)', fontSize: 11 } as const

/**
 * How an axis of values is labelled. Its ticks are chosen to fit, so all are shown (`interval` 0) and as plain text: Recharts would measure
 * every label in the page to leave some out, each time a layout of the whole page.
 */
export function valueTicks(side: 'left' | 'right', format: (value: number) => string) {
  return {
    interval: 0,
    tickFormatter: format,
    tick: ({ x, y, payload }: TickPlace) => (
      <text x={x} y={Number(y) + 4} {...TICK} textAnchor={side === 'left' ? 'end' : 'start'}>
        {format(payload.value)}
      </text>
    ),
  }
}

/** The same below a chart so wide: the last label keeps within it. */
export function valueTicksBelow(chartWidth: number, format: (value: number) => string) {
  return {
    interval: 0,
    tickFormatter: format,
    tick: ({ x, y, payload }: TickPlace) => {
      const text = format(payload.value)
      return (
        <text
          x={Math.min(Number(x), chartWidth - textWidth(text) / 2)}
          y={Number(y) + 11}
          {...TICK}
          textAnchor="middle"
        >
          {text}
        </text>
      )
    },
  }
}

interface TickPlace {
  readonly x: number | string
  readonly y: number | string
  readonly payload: { readonly value: number }
}

/** Which series are shown: the legend switches them off and on. */
export function useShownSeries(series: readonly Series[]) {
  const [off, setOff] = useState<ReadonlySet<string>>(new Set())
  const shown = useMemo(() => {
    const on = series.flatMap(({ key }, index) => (off.has(key) ? [] : [index]))
    return on.length > 0 ? on : series.map((_, index) => index)
  }, [series, off])
  const toggle = (key: string) =>
    setOff((before) => {
      const next = new Set(before)
      if (!next.delete(key)) next.add(key)
      return next.size >= series.length ? new Set() : next
    })
  return { shown, toggle }
}

export function Legend({
  series,
  shown,
  onToggle,
  hidden = 0,
}: {
  series: readonly (Pick<Series, 'key' | 'label' | 'color'> & { line?: boolean; right?: boolean })[]
  shown?: readonly number[]
  onToggle?: (key: string) => void
  hidden?: number
}) {
  if (series.length < 2 && hidden === 0) return null
  return (
    <ul className={styles.legend} aria-label="Legend" data-legend>
      {series.map(({ key, label, color, line, right }, index) => {
        const on = shown?.includes(index) ?? true
        return (
          <li key={key}>
            <button
              type="button"
              className={cx(styles.legendItem, !on && styles.legendOff)}
              aria-pressed={on}
              title={`${label}: ${on ? 'hide' : 'show'}`}
              onClick={() => onToggle?.(key)}
            >
              <i className={line ? styles.swatchLine : styles.swatch} style={{ background: color }} />
              {shorten(label, 28)}
              {right && <small>right axis</small>}
            </button>
          </li>
        )
      })}
      {hidden > 0 && <li className={styles.more}>and {hidden} smaller</li>}
    </ul>
  )
}

export const LEGEND_HEIGHT = 22

export interface TipLine {
  readonly label: string
  readonly value: string
  readonly color?: string
}

export function TipBox({ title, lines, more = 0 }: { title: string; lines: readonly TipLine[]; more?: number }) {
  return (
    <div className={styles.tip}>
      <div className={styles.tipTitle}>{title}</div>
      {lines.map(({ label, value, color }) => (
        <div key={label} className={styles.tipLine}>
          {color ? <i className={styles.swatch} style={{ background: color }} /> : <i />}
          <span>{shorten(label, 32)}</span>
          <b>{value}</b>
        </div>
      ))}
      {more > 0 && <div className={styles.tipMore}>and {more} more</div>}
    </div>
  )
}

const TIP_LINES = 12

/** The tooltip of a chart over points: every shown series at the point under the pointer, largest first when there are many. */
export function pointTip(series: readonly Series[], shown: readonly number[]) {
  return (
    <Tooltip
      isAnimationActive={false}
      cursor={{ fill: 'var(--hover)', fillOpacity: 0.6, stroke: 'var(--line-strong)', strokeWidth: 1 }}
      wrapperStyle={{ zIndex: 5, outline: 'none' }}
      allowEscapeViewBox={{ x: false, y: true }}
      content={({ active, payload }) => {
        const point = payload?.[0]?.payload as Point | undefined
        if (!active || !point) return null
        let there = shown.filter((at) => point.values[at] !== null)
        const total = there.length
        if (total > TIP_LINES)
          there = there.sort((a, b) => (point.values[b] ?? 0) - (point.values[a] ?? 0)).slice(0, TIP_LINES)
        return (
          <TipBox
            title={point.label}
            more={total - there.length}
            lines={there.map((at) => ({
              label: series[at].label,
              color: series[at].color,
              value: formatMeasure(point.values[at], series[at].field.use),
            }))}
          />
        )
      }}
    />
  )
}

/** Round ticks of a value axis and the room their labels need. */
export function valueAxis(low: number, high: number, length: number, series: Series | undefined, zero = true) {
  const from = zero ? Math.min(0, low) : low
  const to = zero ? Math.max(0, high) : high
  const ticks = niceTicks(from, to, Math.max(2, Math.min(6, Math.floor(length / 44))))
  const format = axisFormat(ticks, series?.field.use)
  // Digits are wider than other signs, and what does not fit here is cut off.
  const width = Math.ceil(Math.max(...ticks.map((tick) => textWidth(format(tick)))) * 1.1 + 9)
  return { ticks, domain: [ticks[0], ticks.at(-1) ?? 1] as [number, number], format, width }
}

/** How the labels of a category axis fit: all, slanted, or only every n-th. */
export function categoryAxis(labels: readonly string[], length: number) {
  const room = length / Math.max(1, labels.length)
  // The first may be longer, as "Jan 2001" before "Feb": it only must not meet the second.
  const wide = labels.map((label) => textWidth(shorten(label, 16)))
  const second = wide[1] ?? 0
  const longest = Math.max(0, ...wide.slice(1), (wide.length > 1 ? ((wide[0] ?? 0) + second) / 2 : wide[0]) ?? 0)
  if (longest + 6 <= room) return { height: 20, slanted: false, every: 1, max: 16 }
  const numbers = labels.every((label) => label.length <= 5 || /^[\d:.\- ]+$/.test(label))
  if (!numbers && room >= 13 && longest > 30)
    return { height: Math.min(72, Math.ceil(Math.max(...wide) * 0.64) + 12), slanted: true, every: 1, max: 16 }
  return { height: 20, slanted: false, every: Math.ceil((Math.min(longest, 96) + 10) / room), max: 14 }
}

/** A label of the category axis of a chart so wide. Recharts gives place and value; what does not fit is left to the tooltip. */
export function categoryTick(
  labels: ReadonlyMap<string, string>,
  fit: ReturnType<typeof categoryAxis>,
  chartWidth: number,
) {
  return function Tick(props: {
    x?: number | string
    y?: number | string
    index?: number
    payload?: { value: string }
  }): ReactNode {
    const label = labels.get(props.payload?.value ?? '') ?? ''
    if ((props.index ?? 0) % fit.every !== 0) return <g />
    const x = Number(props.x)
    const y = Number(props.y)
    const text = shorten(label, fit.max)
    // The last one keeps within the chart rather than under its middle.
    const middle = Math.min(x, chartWidth - textWidth(text) / 2)
    return fit.slanted ? (
      <text x={x} y={y + 4} {...TICK} textAnchor="end" transform={`rotate(-40 ${x} ${y + 4})`}>
        <title>{label}</title>
        {text}
      </text>
    ) : (
      <text x={middle} y={y + 11} {...TICK} textAnchor="middle">
        <title>{label}</title>
        {text}
      </text>
    )
  }
}
