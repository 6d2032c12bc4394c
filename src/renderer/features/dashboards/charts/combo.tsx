import { ChartNoAxesCombined } from 'lucide-react'
import { memo, useCallback, useMemo } from 'react'
import { z } from 'zod'
import { ui } from '../../../../engines/pipeline/nodes/define.ts'
import { seriesTable } from '../model/series.ts'
import { Cartesian } from './cartesian.tsx'
import { type ChartProps, defineChart } from './define.ts'

const form = z.object({
  stacked: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Stack the bars' })),
  secondAxis: z
    .boolean()
    .default(true)
    .meta(ui({ label: 'Lines on an axis of their own' })),
  smooth: z
    .boolean()
    .default(false)
    .meta(ui({ label: 'Smooth lines' })),
})

const ROLES = { category: ['category'], measures: ['value', 'line'] } as const

function ComboVisual({ fields, answer, options, colors, ...rest }: ChartProps<z.output<typeof form>>) {
  const table = useMemo(() => seriesTable(fields, answer.values, ROLES, colors), [fields, answer, colors])
  const isLine = useCallback((index: number) => table.series[index]?.field.role === 'line', [table])
  const shapeOf = useCallback((index: number) => (isLine(index) ? ('line' as const) : ('bar' as const)), [isLine])
  const second = useCallback((index: number) => options.secondAxis && isLine(index), [options.secondAxis, isLine])
  return (
    <Cartesian
      table={table}
      shapeOf={shapeOf}
      onSecondAxis={second}
      stacked={options.stacked}
      smooth={options.smooth}
      {...rest}
    />
  )
}

export const combo = defineChart({
  kind: 'combo',
  title: 'Bars and lines',
  icon: ChartNoAxesCombined,
  summary: 'Two measures of different size',
  options: form,
  Component: memo(ComboVisual),
  size: { w: 10, h: 8 },
})
