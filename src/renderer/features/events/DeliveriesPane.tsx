import { Send } from 'lucide-react'
import { useState } from 'react'
import type { Delivery } from '../../../engines/events/contract.ts'
import { prettyJson } from '../../lib/index.ts'
import { type DataColumn, DataTable, EmptyState, Pane, StateDot } from '../../ui/index.ts'
import { Chosen, moment } from './Chosen.tsx'
import { nameOf } from './useEvents.ts'

const SHAPES = { WAITING: 'waiting', DELIVERED: 'good', FAILED: 'bad' } as const
const WORDS = { WAITING: 'waiting', DELIVERED: 'delivered', FAILED: 'failed' } as const

const COLUMNS: DataColumn<Delivery>[] = [
  {
    id: 'state',
    title: 'State',
    width: 110,
    value: ({ state }) => WORDS[state],
    render: (_, { state }) => <StateDot state={SHAPES[state]} text={WORDS[state]} />,
  },
  {
    id: 'from',
    title: 'Rule or schedule',
    width: 170,
    value: ({ from }) => nameOf(from),
    render: (value, { from }) => <span title={from}>{String(value)}</span>,
  },
  {
    id: 'target',
    title: 'Target',
    width: 190,
    value: ({ target }) => nameOf(target),
    render: (value, { target }) => <span title={target}>{String(value)}</span>,
  },
  { id: 'outcome', title: 'Answer', width: 280, value: ({ outcome }) => outcome ?? '' },
  { id: 'attempts', title: 'Attempts', kind: 'number', width: 80, value: ({ attempts }) => attempts },
  {
    id: 'created',
    title: 'Since',
    kind: 'time',
    width: 150,
    value: ({ createdMs }) => createdMs,
    render: (_, { createdMs }) => moment(createdMs),
  },
  {
    id: 'at',
    title: 'Ended, or next try',
    kind: 'time',
    width: 150,
    value: ({ atMs }) => atMs,
    render: (_, { atMs }) => moment(atMs),
  },
]

/** What was handed to targets, newest first, and what they answered. */
export function DeliveriesPane({ deliveries }: { deliveries: readonly Delivery[] }) {
  const [id, setId] = useState<string | null>(null)
  const chosen = deliveries.find((delivery) => String(delivery.id) === id)
  if (deliveries.length === 0)
    return (
      <EmptyState icon={<Send size={24} />} title="Nothing was delivered yet">
        For each event that a rule matches, and each time of a schedule, what its target gets is kept on disk and tried
        until the target takes it or its retry policy gives it up.
      </EmptyState>
    )
  return (
    <Pane>
      <DataTable
        label="Deliveries"
        columns={COLUMNS}
        rows={deliveries}
        rowKey={(delivery) => String(delivery.id)}
        selected={id}
        onSelect={(delivery) => setId(String(delivery.id))}
      />
      {chosen && (
        <Chosen
          title="Delivery"
          facts={[
            ['State', <StateDot key="state" state={SHAPES[chosen.state]} text={WORDS[chosen.state]} />],
            ['From', nameOf(chosen.from)],
            ['Target', nameOf(chosen.target)],
            ['Attempts', String(chosen.attempts)],
            [chosen.state === 'WAITING' ? 'Next try' : 'Ended', moment(chosen.atMs)],
            chosen.outcome !== undefined && ['Answer', chosen.outcome],
          ]}
          textTitle="What the target gets"
          text={prettyJson(chosen.payload)}
          arn={chosen.target}
        />
      )}
    </Pane>
  )
}
