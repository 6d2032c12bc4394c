import { History } from 'lucide-react'
import type { Execution } from '../../../engines/states/contract.ts'
import { openView, timeColumn, tookColumn, useCall, useRemembered } from '../../lib/index.ts'
import {
  Button,
  type DataColumn,
  DataTable,
  EMPTY_LAYOUT,
  EmptyState,
  ErrorView,
  Loading,
  StateDot,
} from '../../ui/index.ts'
import { SHAPES, wordOf } from './useStates.ts'

const SHOWN_MAX = 1000
/** What executions and map runs say alike. */
export const statusColumn = <T extends { readonly status: Execution['status'] }>(): DataColumn<T> => ({
  id: 'status',
  title: 'Status',
  width: 110,
  value: ({ status }) => wordOf(status),
  render: (value, { status }) => <StateDot state={SHAPES[status]} text={String(value)} />,
})
export const spanOf = ({ startedMs, stoppedMs }: { startedMs: number; stoppedMs?: number | undefined }) =>
  stoppedMs === undefined ? null : stoppedMs - startedMs

const COLUMNS: readonly DataColumn<Execution>[] = [
  statusColumn(),
  { id: 'name', title: 'Execution', width: 160, value: ({ name }) => name },
  timeColumn('started', 'Started', ({ startedMs }) => startedMs),
  tookColumn(spanOf),
  { id: 'error', title: 'Error', width: 140, value: ({ error }) => error ?? '' },
  { id: 'events', title: 'Events', kind: 'number', width: 70, value: ({ events }) => events },
]

/** Executions of a machine, or children of a map run. */
export function ExecutionsPane({
  of,
  turn,
  onStart,
}: {
  of: { readonly machineArn: string } | { readonly mapRunArn: string }
  turn: number
  onStart?: () => void
}) {
  const [layout, setLayout] = useRemembered('states.executions', EMPTY_LAYOUT)
  const found = useCall(
    (clients, signal) => clients.states.list({ ...of, limit: SHOWN_MAX }, { signal }),
    [...Object.values(of), turn],
  )
  if (found.error && !found.data)
    return <ErrorView compact title="The executions cannot be listed" error={found.error} />
  if (!found.data) return <Loading />
  const { executions } = found.data
  if (executions.length === 0)
    return (
      <EmptyState
        icon={<History size={20} />}
        title="Not run yet"
        actions={onStart && <Button onClick={onStart}>Start execution…</Button>}
      >
        An execution takes an input through the states. Its picture and its history are here while it runs and after.
      </EmptyState>
    )
  const open = ({ arn }: Execution) => openView('states.execution', { arn })
  return (
    <DataTable
      label="Executions"
      rows={executions}
      rowKey={({ arn }) => arn}
      columns={COLUMNS}
      layout={layout}
      onLayout={setLayout}
      onOpen={open}
      rowMenu={(execution) => [
        { title: 'Open', onSelect: () => open(execution) },
        { title: 'Copy ARN', onSelect: () => void navigator.clipboard.writeText(execution.arn) },
      ]}
    />
  )
}
