import { History, Route } from 'lucide-react'
import { defineFeature, defineView, loadable, shortId } from '../../lib/index.ts'
import { askCreateMachine } from './dialogs.ts'
import { StatesExplorer } from './StatesExplorer.tsx'

const machine = defineView<{ name: string }>({
  type: 'states.machine',
  title: ({ name }) => name,
  noun: 'state machine',
  icon: Route,
  Component: loadable(async () => (await import('./MachineView.tsx')).MachineView),
})

const execution = defineView<{ arn: string }>({
  type: 'states.execution',
  title: ({ arn }) => shortId(arn.split(':').at(-1)!),
  noun: 'execution',
  icon: History,
  Component: loadable(async () => (await import('./ExecutionView.tsx')).ExecutionView),
})

export const feature = defineFeature({
  id: 'states',
  Explorer: StatesExplorer,
  views: [machine, execution],
  commands: () => [
    { id: 'states.create', title: 'Create state machine…', group: 'State machines', run: askCreateMachine },
  ],
  resources: async (clients, signal) =>
    (await clients.states.listMachines({}, { signal })).map(({ name }) => ({
      id: `machine:${name}`,
      title: name,
      detail: 'State machine',
      icon: Route,
      view: { type: 'states.machine', params: { name } },
    })),
})
