import { House } from 'lucide-react'
import { lazy } from 'react'
import { defineFeature, defineView, openView } from '../../lib/index.ts'
import { DocumentExplorer } from './DocumentExplorer.tsx'

const start = defineView({
  type: 'home.start',
  title: () => 'Home',
  noun: '',
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
})
