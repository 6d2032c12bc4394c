import { Area, Bar, Cell, Line } from 'recharts'
import type { Point, Series } from '../model/series.ts'

export type SeriesShape = 'line' | 'area' | 'bar'

interface SeriesMarks {
  series: readonly Series[]
  shown: readonly number[]
  index: number
  shape: SeriesShape
  points: readonly Point[]
  /** The point of a period that is not whole, or -1. */
  open: number
  axis: 'left' | 'right'
  stacked: boolean
  smooth: boolean
  marked: boolean
  gaps: boolean
  dimmed: boolean
}

/** How one series is drawn. The way to a point that is not whole is dashed, a bar that is not whole is pale. */
export function seriesMarks(marks: SeriesMarks) {
  const { series, index, shape, points, open, stacked } = marks
  const its = series[index]
  const common = { name: its.label, yAxisId: marks.axis, isAnimationActive: false }
  const dataKey = (point: Point) => point.values[index]
  const stack = stacked ? { stackId: 'one' } : {}
  if (shape === 'bar')
    return (
      <Bar
        key={its.key}
        {...common}
        {...stack}
        dataKey={dataKey}
        fill={its.color}
        maxBarSize={48}
        fillOpacity={marks.dimmed ? 0.28 : 1}
      >
        {open >= 0 && points.map((point, at) => <Cell key={point.key} {...(at === open && openBar(its.color))} />)}
      </Bar>
    )
  const curve = {
    stroke: its.color,
    strokeWidth: 1.75,
    type: marks.smooth ? ('monotone' as const) : ('linear' as const),
    connectNulls: !marks.gaps,
    activeDot: { r: 3, strokeWidth: 0 },
  }
  const dot =
    shape === 'line' && (marks.marked || points.length === 1) ? { r: 2.5, fill: its.color, strokeWidth: 0 } : false
  const fill =
    shape === 'area' ? (
      <Area
        key={its.key}
        {...common}
        {...stack}
        {...curve}
        dataKey={dataKey}
        fill={its.color}
        fillOpacity={stacked ? 0.55 : 0.14}
        {...(open > 0 && { stroke: 'none' })}
      />
    ) : null
  if (open <= 0) return fill ?? <Line key={its.key} {...common} {...curve} dataKey={dataKey} dot={dot} />
  // The edge of a stacked area lies on those below it.
  const below = marks.shown.slice(0, marks.shown.indexOf(index))
  const edge = (point: Point) =>
    shape === 'area' && stacked
      ? below.reduce((sum, at) => sum + (point.values[at] ?? 0), point.values[index] ?? 0)
      : point.values[index]
  const last = points[open].key
  const before = points.slice(0, open).findLast((point) => point.values[index] !== null)?.key
  const tail = (point: Point) => (point.key === last || point.key === before ? edge(point) : null)
  return [
    fill,
    <Line
      key={`${its.key} whole`}
      {...common}
      {...curve}
      dataKey={(point: Point) => (point.key === last ? null : edge(point))}
      dot={dot}
    />,
    <Line
      key={`${its.key} open`}
      {...common}
      {...curve}
      dataKey={tail}
      dot={false}
      strokeDasharray="3 3"
      connectNulls
      className="open"
    />,
  ]
}

export const openBar = (color: string) => ({ fillOpacity: 0.4, stroke: color, strokeDasharray: '3 2' })
