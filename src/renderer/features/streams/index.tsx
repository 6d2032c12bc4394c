import { Waves } from 'lucide-react'
import { lazy } from 'react'
import { defineFeature, defineView } from '../../lib/index.ts'
import { askCreateStream } from './createDialog.ts'
import { StreamExplorer } from './StreamExplorer.tsx'

const monitor = defineView<{ stream: string }>({
  type: 'streams.monitor',
  title: ({ stream }) => stream,
  noun: 'stream',
  icon: Waves,
  Component: lazy(() => import('./StreamMonitor.tsx').then((module) => ({ default: module.StreamMonitor }))),
})

export const feature = defineFeature({
  id: 'streams',
  Explorer: StreamExplorer,
  views: [monitor],
  commands: () => [{ id: 'streams.create', title: 'Create data stream…', group: 'Streams', run: askCreateStream }],
  resources: async (clients, signal) =>
    (await clients.stream.listStreams({}, { signal })).map(({ name }) => ({
      id: `stream:${name}`,
      title: name,
      detail: 'Data stream',
      icon: Waves,
      view: { type: 'streams.monitor', params: { stream: name } },
    })),
})
