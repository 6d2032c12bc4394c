import { ChartGantt, ListChecks, SquarePlay } from 'lucide-react'
import { defineFeature, defineView, loadable, openView } from '../../lib/index.ts'
import { BatchExplorer } from './BatchExplorer.tsx'
import { askFor } from './dialogs/asking.ts'

const queue = defineView<{ queue: string }>({
  type: 'batch.queue',
  title: ({ queue: name }) => name,
  noun: 'job queue',
  icon: ListChecks,
  Component: loadable(async () => (await import('./QueueView.tsx')).QueueView),
})

const job = defineView<{ jobId: string; name?: string }>({
  type: 'batch.job',
  id: ({ jobId }) => jobId,
  title: ({ jobId, name }) => name ?? jobId.slice(0, 8),
  noun: 'job',
  icon: SquarePlay,
  Component: loadable(async () => (await import('./job/JobView.tsx')).JobView),
})

const capacity = defineView<Record<string, never>>({
  type: 'batch.capacity',
  title: () => 'Batch capacity',
  noun: 'capacity',
  icon: ChartGantt,
  Component: loadable(async () => (await import('./CapacityView.tsx')).CapacityView),
})

export const feature = defineFeature({
  id: 'batch',
  Explorer: BatchExplorer,
  views: [queue, job, capacity],
  commands: () => [
    { id: 'batch.submit', title: 'Submit job…', group: 'Batch', run: () => askFor({ kind: 'submit' }) },
    { id: 'batch.capacity', title: 'Show capacity', group: 'Batch', run: () => openView('batch.capacity', {}) },
    { id: 'batch.queue', title: 'Create job queue…', group: 'Batch', run: () => askFor({ kind: 'queue' }) },
    {
      id: 'batch.environment',
      title: 'Create compute environment…',
      group: 'Batch',
      run: () => askFor({ kind: 'environment' }),
    },
    {
      id: 'batch.definition',
      title: 'Register job definition…',
      group: 'Batch',
      run: () => askFor({ kind: 'definition' }),
    },
    { id: 'batch.policy', title: 'Create scheduling policy…', group: 'Batch', run: () => askFor({ kind: 'policy' }) },
  ],
  resources: async (clients, signal) =>
    (await clients.batch.listQueues({}, { signal })).map(({ name }) => ({
      id: `batch-queue:${name}`,
      title: name,
      detail: 'Job queue',
      icon: ListChecks,
      view: { type: 'batch.queue', params: { queue: name } },
    })),
})
