import { LayoutPanelLeft } from 'lucide-react'
import { memo, useMemo } from 'react'
import { z } from 'zod'
import type { Cell } from '../../../../engines/kit/pure/table.ts'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { measureKey, rampColor, rampInk } from '../model/colors.ts'
import { fieldLabel } from '../model/fields.ts'
import { formatAxis, formatDimension, formatMeasure, shorten, toNumber } from '../model/format.ts'
import { squarify } from '../model/treemap.ts'
import styles from './charts.module.css'
import { type ChartProps, defineChart, markKey } from './define.ts'
import { Ramp } from './heatmap.tsx'
import { TipBox } from './parts.tsx'
import { useHover } from './useHover.ts'

const form = z.object({
  values: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Write the values' })),
})

interface Tile {
  key: string
  label: string
  values: readonly Cell[]
  size: number
  tint: number | null
}

function TreemapVisual({
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
  const { hover, over, leave, style } = useHover<Tile>()
  const groups = fields.flatMap((field, at) => (field.role === 'category' ? [{ field, at }] : []))
  const sizeAt = fields.findIndex(({ role }) => role === 'size')
  const tintAt = fields.findIndex(({ role }) => role === 'value')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the places follow from the fields
  const tiles = useMemo(
    () =>
      (answer.values[sizeAt] ?? [])
        .map((cell, row): Tile => {
          const values = groups.map(({ at }) => answer.values[at][row])
          return {
            key: markKey({ values }),
            label: groups.map(({ field }, i) => formatDimension(values[i], field.use)).join(' · '),
            values,
            size: toNumber(cell) ?? 0,
            tint: tintAt < 0 ? null : toNumber(answer.values[tintAt][row]),
          }
        })
        .filter(({ size }) => size > 0)
        .sort((a, b) => b.size - a.size),
    [fields, answer],
  )
  const tints = tiles.flatMap(({ tint }) => (tint === null ? [] : [tint]))
  const [low, high] = [Math.min(...tints), Math.max(...tints)]
  const top = tintAt >= 0 ? 18 : 0
  const boxes = useMemo(
    () =>
      squarify(
        tiles.map(({ size }) => size),
        { x: 0, y: top, w: width, h: height - top },
      ),
    [tiles, width, height, top],
  )
  const share = (tint: number | null) => (tint === null ? 0 : high > low ? (tint - low) / (high - low) : 0.5)
  const plain = colors.measure(measureKey(fields[sizeAt].use))
  const marks = groups.map(({ field }) => field)
  return (
    <div className={styles.canvas} data-plot style={{ width, height }}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${fieldLabel(fields[sizeAt].use)} as areas`}
        data-chart
        onMouseLeave={leave}
        style={{ display: 'block' }}
      >
        {tiles.map((tile, index) => {
          const { x, y, w, h } = boxes[index]
          const dim = picked !== null && picked !== tile.key
          const ink = tintAt < 0 ? 'var(--text)' : rampInk(share(tile.tint))
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the visual opens as a table, which the keyboard walks
            <g
              key={tile.key}
              className={styles.mark}
              opacity={dim ? 0.3 : 1}
              onMouseMove={(event) => over(tile, event)}
              onClick={() => onPick({ fields: marks, values: tile.values })}
              onDoubleClick={() => onOpen({ fields: marks, values: tile.values })}
            >
              <rect
                x={x}
                y={y}
                width={Math.max(0, w - 1)}
                height={Math.max(0, h - 1)}
                fill={tintAt < 0 ? plain : rampColor(share(tile.tint))}
                fillOpacity={tintAt < 0 ? 0.34 : 1}
              />
              {w > 36 && h > 17 && (
                <text x={x + 5} y={y + 14} fontSize={11} fill={ink} fontWeight={500}>
                  {shorten(tile.label, Math.floor((w - 8) / 6.4))}
                </text>
              )}
              {options.values && w > 44 && h > 34 && (
                <text x={x + 5} y={y + 28} fontSize={11} fill={ink}>
                  {formatAxis(tile.size, fields[sizeAt].use)}
                </text>
              )}
            </g>
          )
        })}
        {tintAt >= 0 && tints.length > 0 && (
          <Ramp x={width} low={formatAxis(low, fields[tintAt].use)} high={formatAxis(high, fields[tintAt].use)} />
        )}
      </svg>
      {hover && (
        <div className={styles.floating} style={style(width)}>
          <TipBox
            title={hover.item.label}
            lines={[
              { label: fieldLabel(fields[sizeAt].use), value: formatMeasure(hover.item.size, fields[sizeAt].use) },
              ...(tintAt < 0
                ? []
                : [
                    {
                      label: fieldLabel(fields[tintAt].use),
                      value: formatMeasure(hover.item.tint, fields[tintAt].use),
                      color: rampColor(share(hover.item.tint)),
                    },
                  ]),
            ]}
          />
        </div>
      )}
    </div>
  )
}

export const treemap = defineChart({
  kind: 'treemap',
  title: 'Tree map',
  icon: LayoutPanelLeft,
  summary: 'Many shares at once',
  options: form,
  Component: memo(TreemapVisual),
  size: { w: 10, h: 9 },
})
