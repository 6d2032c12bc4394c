import { CalendarClock } from 'lucide-react'
import { defineFeature, defineView, loadable, openView } from '../../lib/index.ts'
import { askCreate } from './createDialog.ts'
import { EventExplorer } from './EventExplorer.tsx'

export type EventsTab = 'events' | 'deliveries' | 'rules' | 'schedules' | 'destinations' | 'pattern'

const bus = defineView<{ tab?: EventsTab; name?: string }>({
  type: 'events.bus',
  title: () => 'Events',
  noun: 'events',
  icon: CalendarClock,
  id: () => 'events',
  Component: loadable(async () => (await import('./EventsView.tsx')).EventsView),
})

export const feature = defineFeature({
  id: 'events',
  Explorer: EventExplorer,
  views: [bus],
  commands: () => [
    { id: 'events.open', title: 'Show events', group: 'Events', run: () => openView('events.bus', {}) },
    {
      id: 'events.pattern',
      title: 'Test an event pattern',
      group: 'Events',
      run: () => openView('events.bus', { tab: 'pattern' }),
    },
    { id: 'events.createRule', title: 'Create rule…', group: 'Events', run: () => askCreate('rule') },
    { id: 'events.createSchedule', title: 'Create schedule…', group: 'Events', run: () => askCreate('schedule') },
  ],
  resources: async (clients, signal) => [
    ...(await clients.events.listRules({}, { signal })).map(({ arn, name }) => ({
      id: arn,
      title: name,
      detail: 'Rule',
      icon: CalendarClock,
      view: { type: 'events.bus', params: { tab: 'rules', name } },
    })),
    ...(await clients.events.listSchedules({}, { signal })).map(({ arn, name }) => ({
      id: arn,
      title: name,
      detail: 'Schedule',
      icon: CalendarClock,
      view: { type: 'events.bus', params: { tab: 'schedules', name } },
    })),
  ],
})
