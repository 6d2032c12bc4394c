import type { Ingestion } from '../../../../engines/bi/contract.ts'
import type { EngineError } from '../../../../engines/kit/pure/errors.ts'
import { formatBytes, timeColumn, tookColumn } from '../../../lib/index.ts'
import { type DataColumn, DataTable, EmptyState, ErrorView, StateDot, shapeOf } from '../../../ui/index.ts'

const COLUMNS: DataColumn<Ingestion>[] = [
  {
    id: 'status',
    title: 'State',
    width: 110,
    value: (its) => its.status,
    render: (_, its) => <StateDot state={shapeOf(its.status)} text={its.status.toLowerCase()} />,
  },
  timeColumn('started', 'Started', ({ startedMs }) => startedMs),
  tookColumn(({ startedMs, endedMs }) => (endedMs === undefined ? null : endedMs - startedMs)),
  { id: 'rows', title: 'Rows', width: 90, kind: 'number', value: (its) => its.rowsIngested },
  { id: 'dropped', title: 'Dropped', width: 80, kind: 'number', value: (its) => its.rowsDropped },
  {
    id: 'bytes',
    title: 'Size',
    width: 90,
    kind: 'number',
    value: (its) => its.bytes,
    format: (value) => formatBytes(Number(value)),
  },
  { id: 'error', title: 'Error', width: 320, value: (its) => its.error?.message ?? '' },
]

/** How the rows got here: every refresh with its counts and its error. */
export function Ingestions({ list, error }: { list: readonly Ingestion[]; error: EngineError | undefined }) {
  if (error) return <ErrorView compact title="The refreshes cannot be listed" error={error} />
  if (list.length === 0)
    return <EmptyState title="Never refreshed">A refresh takes the source's rows into SPICE.</EmptyState>
  return <DataTable label="Refreshes" columns={COLUMNS} rows={list} rowKey={({ ingestionId }) => ingestionId} />
}
