import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { MappingInfo } from '../../../engines/functions/contract.ts'
import { formatDuration, formatNumber, notifyError, openView, useAction } from '../../lib/index.ts'
import { Button, type DataColumn, DataTable, StateDot } from '../../ui/index.ts'
import { ConnectStream } from './ConnectStream.tsx'

const count = (value: unknown) => formatNumber(Number(value))

const COLUMNS: readonly DataColumn<MappingInfo>[] = [
  { id: 'stream', title: 'Data stream', value: (row) => row.stream, width: 180 },
  {
    id: 'state',
    title: 'State',
    width: 100,
    value: (row) => row.state,
    render: (_, row) => (
      <StateDot
        state={row.state === 'Disabled' ? 'paused' : row.lastResult.startsWith('PROBLEM') ? 'bad' : 'good'}
        text={row.state.toLowerCase()}
      />
    ),
  },
  { id: 'alias', title: 'Version', value: (row) => row.function.split(':')[1] ?? '$LATEST', width: 90 },
  { id: 'result', title: 'Last result', value: (row) => row.lastResult, width: 260 },
  { id: 'pending', title: 'Waiting', kind: 'number', width: 90, value: (row) => row.pendingRecords, format: count },
  {
    id: 'age',
    title: 'Iterator age',
    kind: 'number',
    width: 110,
    value: (row) => row.iteratorAgeMs,
    format: (value) => formatDuration(Number(value)),
  },
  { id: 'handled', title: 'Handled', kind: 'number', width: 90, value: (row) => row.handledRecords, format: count },
  {
    id: 'discarded',
    title: 'Given up',
    kind: 'number',
    width: 90,
    value: (row) => row.discardedRecords,
    format: count,
  },
  { id: 'filtered', title: 'Filtered', kind: 'number', width: 90, value: (row) => row.filteredRecords, format: count },
  { id: 'batch', title: 'Batch size', kind: 'number', width: 90, value: (row) => row.batchSize, format: count },
]

/** The event source mappings of a function: which streams feed it, and how far behind it is. */
export function StreamsPane({ name, mappings }: { name: string; mappings: readonly MappingInfo[] }) {
  const [connecting, setConnecting] = useState(false)
  const change = useAction(
    (clients, signal, uuid: string, enabled: boolean) =>
      clients.functions.updateMapping({ uuid, settings: { enabled } }, { signal }),
    { onError: (error) => notifyError('The mapping was not changed', error) },
  )
  const remove = useAction((clients, signal, uuid: string) => clients.functions.deleteMapping({ uuid }, { signal }), {
    onError: (error) => notifyError('The mapping was not deleted', error),
  })
  const open = ({ stream }: MappingInfo) => openView('streams.monitor', { stream })
  return (
    <>
      <DataTable
        label="Event source mappings"
        tools={
          <Button icon={<Plus size={14} />} onClick={() => setConnecting(true)}>
            Connect a stream…
          </Button>
        }
        rows={mappings}
        rowKey={({ uuid }) => uuid}
        columns={COLUMNS}
        onOpen={open}
        rowMenu={(row) => [
          { title: 'Open the stream', onSelect: () => open(row) },
          {
            title: row.enabled ? 'Disable' : 'Enable',
            onSelect: () => void change.run(row.uuid, !row.enabled),
          },
          { title: 'Copy UUID', onSelect: () => void navigator.clipboard.writeText(row.uuid) },
          'separator',
          { title: 'Disconnect', danger: true, onSelect: () => void remove.run(row.uuid) },
        ]}
        empty="No stream feeds this function. Connect one, and the function runs for each batch of its records."
      />
      <ConnectStream name={name} open={connecting} onClose={() => setConnecting(false)} />
    </>
  )
}
