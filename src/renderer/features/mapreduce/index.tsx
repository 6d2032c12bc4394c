import { Split } from 'lucide-react'
import { defineFeature, defineView, loadable } from '../../lib/index.ts'
import { JobsExplorer } from './JobsExplorer.tsx'
import { askSubmit } from './submitDialog.ts'

const job = defineView<{ id: string }>({
  type: 'mapreduce.job',
  title: ({ id }) => id,
  noun: 'MapReduce job',
  icon: Split,
  Component: loadable(async () => (await import('./JobView.tsx')).JobView),
})

export const feature = defineFeature({
  id: 'mapreduce',
  Explorer: JobsExplorer,
  views: [job],
  commands: () => [{ id: 'mapreduce.submit', title: 'Run a MapReduce job…', group: 'MapReduce', run: askSubmit }],
  resources: async (clients, signal) =>
    (await clients.mapreduce.list({ limit: 50 }, { signal })).map(({ id, name }) => ({
      id: `mapreduce:${id}`,
      title: name,
      detail: 'MapReduce job',
      icon: Split,
      view: { type: 'mapreduce.job', params: { id } },
    })),
})
