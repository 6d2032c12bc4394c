import { z } from 'zod'
import { type NodeKind, ui } from './define.ts'

export const dashboardConfig = z.object({
  path: z
    .string()
    .regex(/^dashboards\/.+\.json$/, 'Choose a file of the folder dashboards.')
    .meta(ui({ label: 'Dashboard', editor: 'dashboard' })),
})

export const dashboard = {
  kind: 'dashboard',
  title: 'Dashboard',
  service: 'QuickSight',
  summary: 'Draws its visuals from the data sets, and again whenever they change.',
  group: 'BI',
  icon: 'layout-dashboard',
  inputs: [{ name: 'in', type: 'dataset', required: true, many: true }],
  outputs: [],
  version: 1,
  config: dashboardConfig,
} satisfies NodeKind<typeof dashboardConfig>
