import { Server } from 'lucide-react'
import { defineFeature, defineView, loadable } from '../../lib/index.ts'
import { askCreate } from './dialogs/asking.ts'
import { EmrExplorer } from './EmrExplorer.tsx'

const cluster = defineView<{ id: string; name?: string }>({
  type: 'emr.cluster',
  id: ({ id }) => id,
  title: ({ id, name }) => name ?? id,
  noun: 'cluster',
  icon: Server,
  Component: loadable(async () => (await import('./ClusterView.tsx')).ClusterView),
})

export const feature = defineFeature({
  id: 'emr',
  Explorer: EmrExplorer,
  views: [cluster],
  commands: () => [{ id: 'emr.create', title: 'Create cluster…', group: 'EMR', run: askCreate }],
  resources: async (clients, signal) =>
    (await clients.emr.list({}, { signal })).map(({ id, name }) => ({
      id: `emr:${id}`,
      title: name,
      detail: 'EMR cluster',
      icon: Server,
      view: { type: 'emr.cluster', params: { id, name } },
    })),
})
