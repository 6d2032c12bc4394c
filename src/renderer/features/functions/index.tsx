import { SquareFunction } from 'lucide-react'
import { defineFeature, defineView, loadable } from '../../lib/index.ts'
import { askCreateFunction } from './createDialog.ts'
import { FunctionExplorer } from './FunctionExplorer.tsx'

const view = defineView<{ name: string }>({
  type: 'functions.function',
  title: ({ name }) => name,
  noun: 'function',
  icon: SquareFunction,
  Component: loadable(async () => (await import('./FunctionView.tsx')).FunctionView),
})

export const feature = defineFeature({
  id: 'functions',
  Explorer: FunctionExplorer,
  views: [view],
  commands: () => [{ id: 'functions.create', title: 'Create function…', group: 'Functions', run: askCreateFunction }],
  resources: async (clients, signal) =>
    (await clients.functions.listFunctions({}, { signal })).map(({ name }) => ({
      id: `function:${name}`,
      title: name,
      detail: 'Function',
      icon: SquareFunction,
      view: { type: 'functions.function', params: { name } },
    })),
})
