import { ChartNoAxesCombined, Database } from 'lucide-react'
import { fileName } from '../../lib/document-names.ts'
import { defineFeature, defineView, loadable } from '../../lib/index.ts'
import { DashboardExplorer } from './DashboardExplorer.tsx'
import { createDashboard } from './files.ts'
import { newDataSet } from './setFiles.ts'

const dashboard = defineView<{ path: string }>({
  type: 'dashboards.dashboard',
  title: ({ path }) => fileName(path),
  icon: ChartNoAxesCombined,
  Component: loadable(async () => (await import('./Dashboard.tsx')).Dashboard),
})

const dataSet = defineView<{ id: string }>({
  type: 'dashboards.dataset',
  title: ({ id }) => id,
  noun: 'data set',
  icon: Database,
  Component: loadable(async () => (await import('./dataset/DataSetView.tsx')).DataSetView),
})

export const feature = defineFeature({
  id: 'dashboards',
  Explorer: DashboardExplorer,
  views: [dashboard, dataSet],
  commands: (clients) => [
    { id: 'dashboards.create', title: 'New dashboard', group: 'Dashboards', run: () => createDashboard(clients) },
    { id: 'dashboards.createDataSet', title: 'New data set', group: 'Dashboards', run: () => newDataSet(clients) },
  ],
  resources: async (clients) => {
    const [documents, sets] = await Promise.all([
      clients.workspace.listDocuments({ folder: 'dashboards' }),
      clients.bi.listDataSets({}),
    ])
    return [
      ...documents.map(({ path, title }) => ({
        id: `dashboard:${path}`,
        title,
        detail: 'Dashboard',
        icon: ChartNoAxesCombined,
        view: { type: 'dashboards.dashboard', params: { path } },
      })),
      ...sets.map(({ id, name }) => ({
        id: `dataset:${id}`,
        title: name,
        detail: 'Data set',
        icon: Database,
        view: { type: 'dashboards.dataset', params: { id } },
      })),
    ]
  },
})
