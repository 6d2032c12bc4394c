import { Square } from 'lucide-react'
import type { z } from 'zod'
import { producedBy, type RunSummary } from '../../../engines/pipeline/contract.ts'
import { formatDuration, formatTime } from '../../lib/format.ts'
import { notifyError } from '../../lib/notify.ts'
import { openRun, runName } from '../../lib/runs.ts'
import { useWallNow } from '../../lib/status.tsx'
import { useAction } from '../../lib/useCall.ts'
import { type DataColumn, DataTable, EmptyState, ErrorView, Loading, StateDot, shapeOf } from '../../ui/index.ts'
import { isGoing, useRuns } from '../runs.ts'

type Run = z.infer<typeof RunSummary>

const COLUMNS: DataColumn<Run>[] = [
  {
    id: 'state',
    title: 'State',
    width: 120,
    value: (run) => run.state,
    render: (_, run) => <StateDot state={shapeOf(run.state)} text={run.state} />,
  },
  { id: 'pipeline', title: 'Pipeline', width: 200, value: (run) => runName(run.pipeline) },
  {
    id: 'started',
    title: 'Started',
    kind: 'time',
    width: 160,
    value: (run) => run.startedMs,
    format: (value) => formatTime(Number(value)),
  },
  {
    id: 'took',
    title: 'Took',
    kind: 'number',
    value: (run) => (run.endedMs === undefined ? null : run.endedMs - run.startedMs),
    render: (value, run) => (value === null ? <Since startedMs={run.startedMs} /> : formatDuration(Number(value))),
  },
  { id: 'run', title: 'Run', width: 284, mono: true, value: (run) => run.runId },
  { id: 'error', title: 'Error', width: 320, value: (run) => run.error?.message ?? null, render: (value) => value },
]

function Since({ startedMs }: { startedMs: number }) {
  return formatDuration(Math.max(0, useWallNow() - startedMs))
}

export function RunsPanel() {
  const runs = useRuns()
  const stop = useAction((clients, signal, runId: string) => clients.pipeline.stop({ runId }, { signal }), {
    onError: (error) => notifyError('The run was not stopped', error),
  })
  if (runs.error && !runs.data) return <ErrorView error={runs.error} title="Runs cannot be listed" />
  if (!runs.data) return <Loading />
  if (runs.data.length === 0)
    return (
      <EmptyState title="No pipeline has run yet">Open a pipeline and press Run: its runs are kept here.</EmptyState>
    )
  return (
    <DataTable
      label="Runs"
      columns={COLUMNS}
      rows={runs.data}
      rowKey={(run) => run.runId}
      onOpen={({ pipeline, runId }) => openRun({ pipeline, runId })}
      rowMenu={(run) => [
        {
          title: producedBy(run.pipeline) ? 'Show the stream' : 'Show on the canvas',
          onSelect: () => openRun({ pipeline: run.pipeline, runId: run.runId }),
        },
        {
          title: 'Stop',
          icon: <Square size={14} />,
          disabled: !isGoing(run.state),
          onSelect: () => void stop.run(run.runId),
        },
        'separator',
        { title: 'Copy run id', onSelect: () => void navigator.clipboard.writeText(run.runId) },
      ]}
    />
  )
}
