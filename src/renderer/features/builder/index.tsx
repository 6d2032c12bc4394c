import { Workflow } from 'lucide-react'
import { fileName } from '../../lib/document-names.ts'
import { defineFeature, defineView, loadable } from '../../lib/index.ts'
import { createPipeline } from './files.ts'
import { PipelineExplorer } from './PipelineExplorer.tsx'

/** A pipeline on its canvas or as text. `node` or `wire` selects what a link points at; they are no part of the tab's identity. */
const builder = defineView<{ path: string; node?: string; wire?: string; runId?: string }>({
  type: 'builder.pipeline',
  title: ({ path }) => fileName(path),
  icon: Workflow,
  id: ({ path }) => `builder.pipeline?path=${path}`,
  Component: loadable(async () => (await import('./Builder.tsx')).Builder),
})

export const feature = defineFeature({
  id: 'builder',
  Explorer: PipelineExplorer,
  views: [builder],
  commands: (clients) => [
    {
      id: 'builder.create',
      title: 'New pipeline',
      group: 'Pipelines',
      run: () => createPipeline(clients, 'empty'),
    },
    {
      id: 'builder.createSample',
      title: 'New pipeline from sample',
      group: 'Pipelines',
      run: () => createPipeline(clients, 'sample'),
    },
  ],
  resources: async (clients) =>
    (await clients.workspace.listDocuments({ folder: 'pipelines' })).map(({ path, title }) => ({
      id: `pipeline:${path}`,
      title,
      detail: 'Pipeline',
      icon: Workflow,
      view: { type: 'builder.pipeline', params: { path } },
    })),
})
