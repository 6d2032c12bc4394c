import { Activity } from 'lucide-react'
import { useState } from 'react'
import type { SeenEvent } from '../../../engines/events/contract.ts'
import { openView, prettyJson, shortId } from '../../lib/index.ts'
import { Badge, Button, type DataColumn, DataTable, EmptyState, Pane } from '../../ui/index.ts'
import { Chosen, moment } from './Chosen.tsx'
import { askCreate } from './createDialog.ts'
import { nameOf } from './useEvents.ts'

const COLUMNS: DataColumn<SeenEvent>[] = [
  {
    id: 'time',
    title: 'Time',
    kind: 'time',
    width: 150,
    value: ({ timeMs }) => timeMs,
    render: (_, { timeMs }) => moment(timeMs),
  },
  { id: 'source', title: 'Source', width: 120, value: ({ source }) => source },
  { id: 'type', title: 'Detail type', width: 230, value: ({ detailType }) => detailType },
  { id: 'bus', title: 'Bus', width: 90, value: ({ bus }) => bus },
  {
    id: 'rules',
    title: 'Rules',
    width: 200,
    value: ({ rules }) => rules.map(nameOf).join(', '),
    render: (value, { rules }) =>
      rules.length > 1 ? (
        <Badge tone="accent">{rules.length} rules</Badge>
      ) : rules.length > 0 ? (
        <Badge tone="accent">{shortId(String(value), 28)}</Badge>
      ) : (
        'none'
      ),
  },
  { id: 'event', title: 'Event', kind: 'json', width: 420, mono: true, value: ({ event }) => event },
]

/** What passed, newest first, and what of it rules took. */
export function EventsPane({ events }: { events: readonly SeenEvent[] }) {
  const [id, setId] = useState<string | null>(null)
  const chosen = events.find((event) => event.id === id)
  if (events.length === 0)
    return (
      <EmptyState
        icon={<Activity size={24} />}
        title="Nothing has passed yet"
        actions={
          <>
            <Button onClick={() => openView('events.bus', { tab: 'pattern' })}>Put an event</Button>
            <Button onClick={() => askCreate('rule')}>Create a rule…</Button>
          </>
        }
      >
        Jobs that change their state, objects that come into a bucket, crawlers, queries and your own programs tell the
        event bus what happens. It shows here as it happens, with the rules that it matched.
      </EmptyState>
    )
  return (
    <Pane>
      <DataTable
        label="Events"
        columns={COLUMNS}
        rows={events}
        rowKey={(event) => event.id}
        selected={id}
        onSelect={(event) => setId(event.id)}
        rowMenu={(event) => [
          { title: 'Copy event', onSelect: () => void navigator.clipboard.writeText(event.event) },
          {
            title: 'Create a rule for events like this…',
            onSelect: () =>
              askCreate('rule', JSON.stringify({ source: [event.source], 'detail-type': [event.detailType] }, null, 2)),
          },
        ]}
      />
      {chosen && (
        <Chosen
          title="Event"
          facts={[
            ['Detail type', chosen.detailType],
            ['Source', chosen.source],
            ['Bus', chosen.bus],
            ['Time', moment(chosen.timeMs)],
            ['Rules', chosen.rules.map(nameOf).join(', ') || 'none matched'],
          ]}
          textTitle="Event as it passed"
          text={prettyJson(chosen.event)}
        />
      )}
    </Pane>
  )
}
