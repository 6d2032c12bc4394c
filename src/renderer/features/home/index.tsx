import { House } from 'lucide-react'
import { lazy } from 'react'
import { defineFeature, defineView, openDocument, openView } from '../../lib/index.ts'
import { DocumentExplorer } from './DocumentExplorer.tsx'

const start = defineView({
  type: 'home.start',
  title: () => 'Home',
  icon: House,
  inspector: false,
  Component: lazy(() => import('./Home.tsx').then((module) => ({ default: module.Home }))),
})

export const feature = defineFeature({
  id: 'home',
  Explorer: DocumentExplorer,
  explorerTitle: 'Documents',
  home: 'home.start',
  views: [start],
  commands: () => [{ id: 'home.open', title: 'Open home', group: 'Window', run: () => openView('home.start') }],
  resources: async (clients, signal) => {
    const folders = ['pipelines', 'queries', 'dashboards'] as const
    const found = await Promise.all(folders.map((folder) => clients.workspace.listDocuments({ folder }, { signal })))
    return found.flat().map((entry) => ({
      id: entry.path,
      title: entry.title,
      detail: entry.path,
      open: () => openDocument(entry.path),
    }))
  },
})
