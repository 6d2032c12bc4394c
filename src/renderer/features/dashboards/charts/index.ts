import type { VisualKind } from '../../../../engines/bi/dashboard.ts'
import { area } from './area.tsx'
import { bar } from './bar.tsx'
import { combo } from './combo.tsx'
import type { ChartKind } from './define.ts'
import { heatmap } from './heatmap.tsx'
import { histogram } from './histogram.tsx'
import { kpi } from './kpi.tsx'
import { line } from './line.tsx'
import { pie } from './pie.tsx'
import { pivot } from './pivot.tsx'
import { scatter } from './scatter.tsx'
import { table } from './table.tsx'
import { treemap } from './treemap.tsx'

/** Every kind of visual, in the order in which it is offered. A new one costs a file and a line here. */
export const charts: Readonly<Record<VisualKind, ChartKind>> = {
  kpi,
  bar,
  line,
  area,
  combo,
  pie,
  table,
  pivot,
  heatmap,
  treemap,
  scatter,
  histogram,
}

export const chartKinds: readonly ChartKind[] = Object.values(charts)
