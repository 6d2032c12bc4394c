import { useMemo } from 'react'
import type { z } from 'zod'
import type { RunSummary } from '../../../../engines/pipeline/contract.ts'
import { fingerprintOf, fingerprints } from '../../../../engines/pipeline/fingerprint.ts'
import { formatDuration, formatTime, shortId, useCall, useFeed, useRemembered } from '../../../lib/index.ts'
import {
  type DataColumn,
  DataTable,
  EMPTY_LAYOUT,
  ErrorView,
  StateDot,
  shapeOf,
  type TableLayout,
} from '../../../ui/index.ts'
import { useActions } from '../actions.ts'
import { useBuilder, useDocument, useRun } from '../context.ts'

type Summary = z.infer<typeof RunSummary> & { asNow: boolean | null }

const COLUMNS: DataColumn<Summary>[] = [
  {
    id: 'state',
    title: 'State',
    width: 110,
    value: (r) => r.state,
    render: (_, r) => <StateDot state={shapeOf(r.state)} text={r.state} />,
  },
  {
    id: 'started',
    title: 'Started',
    kind: 'time',
    width: 160,
    value: (r) => r.startedMs,
    format: (v) => formatTime(Number(v)),
  },
  {
    id: 'took',
    title: 'Took',
    kind: 'number',
    value: (r) => (r.endedMs === undefined ? null : r.endedMs - r.startedMs),
    render: (v) => (v === null ? '' : formatDuration(Number(v))),
  },
  { id: 'rows', title: 'Rows', kind: 'number', width: 100, value: (r) => r.rows },
  {
    id: 'version',
    title: 'Pipeline',
    width: 120,
    value: (r) => (r.asNow === null ? null : r.asNow ? 'as it is now' : 'another version'),
    render: (value) => value,
  },
  { id: 'run', title: 'Run', mono: true, width: 180, value: (r) => r.runId, format: (v) => shortId(String(v), 24) },
  { id: 'error', title: 'Error', width: 400, value: (r) => r.error?.message ?? '' },
]

/** Runs of this pipeline, newest first. Opening one shows it on the canvas. */
export function HistoryPane() {
  const { session } = useBuilder()
  const { showRun } = useActions()
  const shown = useRun()?.runId ?? null
  const [layout, setLayout] = useRemembered<TableLayout>('builder.history', EMPTY_LAYOUT)
  const changes = useFeed((c, signal) => c.pipeline.watchRuns({}, { signal }), [])
  const stamp = useMemo(
    () =>
      changes.data
        ?.filter((r) => r.pipeline === session.path)
        .map((r) => `${r.runId} ${r.state}`)
        .join(),
    [changes.data, session.path],
  )
  const list = useCall(
    (c, signal) => c.pipeline.listRuns({ pipeline: session.path, limit: 200 }, { signal }),
    [session.path, stamp],
  )
  const document = useDocument()
  const now = useMemo(() => fingerprintOf(fingerprints(document)), [document])
  const rows = useMemo(
    () =>
      (list.data ?? []).map((run) => ({
        ...run,
        asNow: run.fingerprint === undefined ? null : run.fingerprint === now,
      })),
    [list.data, now],
  )
  if (list.error) return <ErrorView title="The history cannot be read" error={list.error} />
  return (
    <DataTable
      label="Runs of this pipeline"
      rows={rows}
      rowKey={(r) => r.runId}
      columns={COLUMNS}
      layout={layout}
      onLayout={setLayout}
      selected={shown}
      onOpen={(r) => showRun(r.runId)}
      rowMenu={(r) => [{ title: 'Show on the canvas', onSelect: () => showRun(r.runId) }]}
      empty="This pipeline has not been run yet."
    />
  )
}
