import { Grid3x3 } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import { z } from 'zod'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { rampColor, rampInk } from '../model/colors.ts'
import { fieldLabel } from '../model/fields.ts'
import { formatAxis, formatDimension, formatMeasure, shorten } from '../model/format.ts'
import { compareCells, pivotOf } from '../model/pivot.ts'
import styles from './charts.module.css'
import { type ChartProps, defineChart, markKey } from './define.ts'
import { TICK, TipBox, textWidth } from './parts.tsx'
import { useHover } from './useHover.ts'
import { type Window, windowed, ZoomFrame, zoomInto } from './ZoomFrame.tsx'

const form = z.object({
  values: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Write the values', help: 'Where cells have room for them' })),
})

interface Square {
  row: Cell
  column: Cell
  value: number
}

function HeatmapVisual({
  fields,
  answer,
  options,
  width,
  height,
  picked,
  onPick,
  onOpen,
}: ChartProps<z.output<typeof form>>) {
  const pivot = useMemo(() => pivotOf(fields, answer.values), [fields, answer])
  const [rowField, columnField, measure] = ['rows', 'columns', 'value'].map(
    (role) => fields.find((field) => field.role === role)!,
  )
  const { hover, over, leave, style } = useHover<Square>()
  const [zoom, setZoom] = useState<{ rows: Window; columns: Window } | null>(null)
  const every = useMemo(
    () =>
      pivot.rows.map((row, index) => ({ row, index })).sort((a, b) => compareCells(a.row.values[0], b.row.values[0])),
    [pivot],
  )
  const order = windowed(every, zoom?.rows ?? null)
  const columns = windowed(
    useMemo(() => pivot.columns.map((column, at) => ({ column, at })), [pivot]),
    zoom?.columns ?? null,
  )
  const all = pivot.cells.flat(2).filter((value) => value !== null)
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const share = (value: number) => (high > low ? (value - low) / (high - low) : 0.5)
  const names = order.map(({ row }) => formatDimension(row.values[0], rowField.use))
  const left = Math.min(width * 0.3, Math.max(...names.map((name) => textWidth(shorten(name, 22))), 16) + 8)
  const bottom = 18
  const scale = 20
  const cell = {
    w: (width - left) / Math.max(1, columns.length),
    h: (height - bottom - scale) / Math.max(1, order.length),
  }
  const write = options.values && cell.w > 34 && cell.h > 15
  const everyRow = Math.max(1, Math.ceil(12 / cell.h))
  const heads = columns.map(({ column }) => formatDimension(column.values[0], columnField.use))
  const everyColumn = Math.max(1, Math.ceil((Math.min(80, Math.max(...heads.map(textWidth), 6)) + 6) / cell.w))
  return (
    <div className={styles.canvas} data-plot style={{ width, height }}>
      <ZoomFrame
        area={{ left, top: scale, width: width - left, height: height - bottom - scale }}
        along="both"
        zoomed={zoom !== null}
        onReset={() => setZoom(null)}
        onZoom={(x, y) =>
          setZoom({
            rows: zoomInto(every.length, zoom?.rows ?? null, y),
            columns: zoomInto(pivot.columns.length, zoom?.columns ?? null, x),
          })
        }
      >
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${fieldLabel(measure.use)} by ${fieldLabel(rowField.use)} and ${fieldLabel(columnField.use)}`}
          data-chart
          onMouseLeave={leave}
          style={{ display: 'block' }}
        >
          {order.map(({ row, index }, r) => (
            <g key={row.key}>
              {r % everyRow === 0 && (
                <text x={left - 6} y={scale + (r + 0.5) * cell.h + 4} {...TICK} textAnchor="end">
                  {shorten(names[r], Math.floor((left - 6) / 6.1))}
                </text>
              )}
              {columns.map(({ column, at }, c) => {
                const value = pivot.cells[index][at][0]
                if (value === null) return null
                const values = [row.values[0], column.values[0]]
                const dim = picked !== null && picked !== markKey({ values })
                const mark = { fields: [rowField, columnField], values }
                return (
                  // biome-ignore lint/a11y/noStaticElementInteractions: the visual opens as a table, which the keyboard walks
                  <g
                    key={column.key}
                    className={styles.mark}
                    opacity={dim ? 0.3 : 1}
                    onMouseMove={(event) => over({ row: values[0], column: values[1], value }, event)}
                    onClick={() => onPick(mark)}
                    onDoubleClick={() => onOpen(mark)}
                  >
                    <rect
                      x={left + c * cell.w}
                      y={scale + r * cell.h}
                      width={Math.max(1, cell.w - 1)}
                      height={Math.max(1, cell.h - 1)}
                      fill={rampColor(share(value))}
                    />
                    {write && (
                      <text
                        x={left + (c + 0.5) * cell.w}
                        y={scale + (r + 0.5) * cell.h + 4}
                        fontSize={11}
                        fill={rampInk(share(value))}
                        textAnchor="middle"
                      >
                        {formatAxis(value, measure.use)}
                      </text>
                    )}
                  </g>
                )
              })}
            </g>
          ))}
          {heads.map(
            (head, c) =>
              c % everyColumn === 0 && (
                <text
                  key={columns[c].column.key}
                  x={left + (c + 0.5) * cell.w}
                  y={height - 4}
                  {...TICK}
                  textAnchor="middle"
                >
                  {shorten(head, 12)}
                </text>
              ),
          )}
          <Ramp
            x={zoom ? width - 100 : width}
            low={formatAxis(low, measure.use)}
            high={formatAxis(high, measure.use)}
          />
        </svg>
      </ZoomFrame>
      {hover && (
        <div className={styles.floating} style={style(width)}>
          <TipBox
            title={`${fieldLabel(rowField.use)} ${formatDimension(hover.item.row, rowField.use)} · ${fieldLabel(columnField.use)} ${formatDimension(hover.item.column, columnField.use)}`}
            lines={[
              {
                label: fieldLabel(measure.use),
                value: formatMeasure(hover.item.value, measure.use),
                color: rampColor(share(hover.item.value)),
              },
            ]}
          />
        </div>
      )}
    </div>
  )
}

/** What the colours mean, at the upper right. */
export function Ramp({ x, low, high }: { x: number; low: string; high: string }) {
  const start = x - textWidth(high) - 8 - 9 * 10
  return (
    <g aria-hidden>
      <text x={start - 5} y={11} {...TICK} textAnchor="end">
        {low}
      </text>
      {Array.from({ length: 9 }, (_, step) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the steps of the ramp are their places
        <rect key={step} x={start + step * 10} y={3} width={10} height={8} fill={`var(--seq-${step})`} />
      ))}
      <text x={start + 95} y={11} {...TICK}>
        {high}
      </text>
    </g>
  )
}

export const heatmap = defineChart({
  kind: 'heatmap',
  title: 'Heat map',
  icon: Grid3x3,
  summary: 'One measure by two dimensions',
  options: form,
  Component: memo(HeatmapVisual),
  size: { w: 12, h: 8 },
})
