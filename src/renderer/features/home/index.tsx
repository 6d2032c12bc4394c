import { House } from 'lucide-react'
import { defineFeature, defineView, loadable, openView } from '../../lib/index.ts'
import { DocumentExplorer } from './DocumentExplorer.tsx'

const start = defineView({
  type: 'home.start',
  title: () => 'Home',
  noun: '',
  icon: House,
  inspector: false,
  Component: loadable(async () => (await import('./Home.tsx')).Home),
})

export const feature = defineFeature({
  id: 'home',
  Explorer: DocumentExplorer,
  explorerTitle: 'Documents',
  home: 'home.start',
  views: [start],
  commands: () => [{ id: 'home.open', title: 'Open home', group: 'Window', run: () => openView('home.start') }],
})
