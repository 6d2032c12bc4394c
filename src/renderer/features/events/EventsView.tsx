import type { ViewProps } from '../../lib/index.ts'
import { Page, Tabs } from '../../ui/index.ts'
import { DeliveriesPane } from './DeliveriesPane.tsx'
import { DestinationsPane } from './DestinationsPane.tsx'
import { EventsPane } from './EventsPane.tsx'
import type { EventsTab } from './index.tsx'
import { PatternPane } from './PatternPane.tsx'
import { RulesPane } from './RulesPane.tsx'
import { SchedulesPane } from './SchedulesPane.tsx'
import { useActivity, useEventsTab, useLists } from './useEvents.ts'

/** The bus: what passes, what was delivered, and what listens. */
export function EventsView({ params }: ViewProps<{ tab?: EventsTab; name?: string }>) {
  const [tab, setTab] = useEventsTab(params)
  const { events, deliveries } = useActivity()
  const { rules, schedules, changes } = useLists()
  const failed = deliveries.filter(({ state }) => state === 'FAILED').length
  return (
    <Page path={[{ title: 'Events' }]} scroll={false}>
      <Tabs
        label="Events"
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'events', title: 'Live events', badge: events.length || undefined },
          { id: 'deliveries', title: 'Deliveries', badge: failed ? `${failed} failed` : undefined },
          { id: 'rules', title: 'Rules', badge: rules.data?.length },
          { id: 'schedules', title: 'Schedules', badge: schedules.data?.length },
          { id: 'destinations', title: 'API destinations' },
          { id: 'pattern', title: 'Pattern tester' },
        ]}
      >
        {tab === 'events' && <EventsPane events={events} />}
        {tab === 'deliveries' && <DeliveriesPane deliveries={deliveries} />}
        {tab === 'rules' && <RulesPane rules={rules} chosen={params.name} />}
        {tab === 'schedules' && <SchedulesPane schedules={schedules} chosen={params.name} />}
        {tab === 'destinations' && <DestinationsPane turn={changes} />}
        {tab === 'pattern' && <PatternPane />}
      </Tabs>
    </Page>
  )
}
