import { ChartArea } from 'lucide-react'
import { memo, useMemo } from 'react'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { seriesTable } from '../model/series.ts'
import { Cartesian } from './cartesian.tsx'
import { type ChartProps, defineChart } from './define.ts'

const form = z.object({
  stacked: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Stacked' })),
  smooth: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Smooth edges' })),
})

const ROLES = { category: ['x'], measures: ['value'] } as const
const shapeOf = () => 'area' as const

function AreaVisual({ fields, answer, options, colors, ...rest }: ChartProps<z.output<typeof form>>) {
  const table = useMemo(() => seriesTable(fields, answer.values, ROLES, colors), [fields, answer, colors])
  const stacked = options.stacked && table.series.length > 1
  return <Cartesian table={table} shapeOf={shapeOf} {...rest} stacked={stacked} smooth={options.smooth} />
}

export const area = defineChart({
  kind: 'area',
  title: 'Area',
  icon: ChartArea,
  summary: 'Parts of a whole through time',
  options: form,
  Component: memo(AreaVisual),
  size: { w: 12, h: 8 },
})
