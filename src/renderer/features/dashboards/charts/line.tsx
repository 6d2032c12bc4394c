import { ChartLine } from 'lucide-react'
import { memo, useMemo } from 'react'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { seriesTable } from '../model/series.ts'
import { Cartesian } from './cartesian.tsx'
import { type ChartProps, defineChart } from './define.ts'

const form = z.object({
  zero: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Axis begins at zero' })),
  smooth: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Smooth lines' })),
  points: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Mark the points' })),
  gaps: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Break where values are missing' })),
})

const ROLES = { category: ['x'], measures: ['value'] } as const
const shapeOf = () => 'line' as const

function LineVisual({ fields, answer, options, colors, ...rest }: ChartProps<z.output<typeof form>>) {
  const table = useMemo(() => seriesTable(fields, answer.values, ROLES, colors), [fields, answer, colors])
  return <Cartesian table={table} shapeOf={shapeOf} {...options} {...rest} />
}

export const line = defineChart({
  kind: 'line',
  title: 'Line',
  icon: ChartLine,
  summary: 'Change through time',
  options: form,
  Component: memo(LineVisual),
  size: { w: 12, h: 8 },
})
