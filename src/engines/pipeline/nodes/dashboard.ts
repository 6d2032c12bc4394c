import { z } from 'zod'
import { Dashboard, missingRoles, visualQuery } from '../../bi/dashboard.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { defineNode, type NodeContext, ui } from './define.ts'
import { refreshing } from './kit/refresh.ts'

export const dashboardConfig = z.object({
  path: z
    .string()
    .regex(/^dashboards\/.+\.json$/, 'Choose a file of the folder dashboards.')
    .meta(ui({ label: 'Dashboard', editor: 'dashboard' })),
})

type DashboardContext = NodeContext<z.output<typeof dashboardConfig>>

async function readDashboard({ clients, config }: DashboardContext): Promise<Dashboard> {
  const { text } = await clients.workspace.readDocument({ path: config.path })
  const fail = (message: string): never => {
    throw new EngineError('InvalidDocument', `${config.path}: ${message}`, { at: { file: config.path, field: 'path' } })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    return fail(`This is not valid JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
  const parsed = Dashboard.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return fail(`${issue.path.join('.')}: ${issue.message}`)
}

async function draw(context: DashboardContext, dataSets: ReadonlySet<string>): Promise<void> {
  const { clients, meter, signal } = context
  const dashboard = await readDashboard(context)
  const visuals = dashboard.sheets
    .flatMap((sheet) => sheet.visuals)
    .filter((visual) => dataSets.has(visual.dataSet) && missingRoles(visual).length === 0)
  let marks = 0
  for (const visual of visuals) {
    try {
      const page = await clients.bi.query(visualQuery(visual), { signal })
      marks += page.rowCount
    } catch (thrown) {
      const error = EngineError.from(thrown)
      throw new EngineError(error.code, `The visual "${visual.title}" cannot be drawn: ${error.message}`, {
        domain: error.domain,
        cause: thrown,
      })
    }
  }
  meter.set({ rowsOut: marks })
  meter.note(`${visuals.length} visuals drawn`)
}

export const dashboard = defineNode({
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
  behaviour: {
    prepare: async (context) => {
      await readDashboard(context)
    },
    run: async (context) => {
      let drawn = false
      // Every open dashboard follows its data sets by itself; here all visuals are tried at first and at last, so that one that fails is told.
      await refreshing(context, null, 'drawing the visuals', async (versions, last) => {
        if (drawn && !last) return
        drawn = true
        await draw(
          context,
          new Set(versions.flatMap(({ reference }) => (reference.type === 'dataset' ? [reference.id] : []))),
        )
      })
    },
  },
})
