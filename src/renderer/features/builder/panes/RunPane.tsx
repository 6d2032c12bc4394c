import { useMemo } from 'react'
import { useStore } from 'zustand'
import type { RunState } from '../../../../engines/pipeline/contract.ts'
import {
  formatBytes,
  formatCost,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
  useRemembered,
} from '../../../lib/index.ts'
import {
  Badge,
  type DataColumn,
  DataTable,
  EMPTY_LAYOUT,
  EmptyState,
  StateDot,
  shapeOf,
  type TableLayout,
} from '../../../ui/index.ts'
import { jumpTo, useBuilder, useDocument, useRun, useUi } from '../context.ts'
import { titleOf } from '../model/ports.ts'
import { isActive, type NodeView } from '../model/run-view.ts'
import styles from './panes.module.css'

type Account = RunState['accounts'][number]
type Line = NodeView & { title: string; account: Account | undefined; stale: boolean }

const count = (
  id: string,
  title: string,
  value: (line: Line) => number | null,
  format: (value: number) => string = formatNumber,
): DataColumn<Line> => ({
  id,
  title,
  kind: 'number',
  width: 84,
  value,
  // What cannot be known is left empty rather than called null.
  render: (shown) => (shown === null ? '' : format(Number(shown))),
})

const COLUMNS: DataColumn<Line>[] = [
  {
    id: 'node',
    title: 'Node',
    width: 190,
    value: (l) => l.title,
    render: (_, l) =>
      l.stale ? (
        <span className={styles.staleTitle} title="Of an earlier version of this node, or of what comes before it">
          {l.title} <Badge tone="warn">earlier version</Badge>
        </span>
      ) : (
        l.title
      ),
  },
  {
    id: 'state',
    title: 'State',
    width: 96,
    value: (l) => l.state,
    render: (_, l) => <StateDot state={shapeOf(l.state)} text={l.state} />,
  },
  count('in', 'Rows in', (l) => l.rowsIn),
  count('out', 'Rows out', (l) => l.rowsOut),
  { ...count('filtered', 'Filtered', (l) => l.rowsFiltered), width: 80 },
  { ...count('failed', 'Failed', (l) => l.rowsFailed), width: 72 },
]

const BYTE_COLUMNS: DataColumn<Line>[] = [
  count('bytesIn', 'Bytes in', (l) => l.bytesIn, formatBytes),
  count('bytesOut', 'Bytes out', (l) => l.bytesOut, formatBytes),
]

/** While it goes: how fast, how full, how long. */
const LIVE_COLUMNS: DataColumn<Line>[] = [
  count(
    'rateIn',
    'Rate in',
    (l) => l.rateIn,
    (v) => formatRate(v, 'rows'),
  ),
  count(
    'rateOut',
    'Rate out',
    (l) => l.rateOut,
    (v) => formatRate(v, 'rows'),
  ),
  count(
    'pressure',
    'Pressure',
    (l) => l.pressure,
    (v) => formatPercent(v, 0),
  ),
  count(
    'progress',
    'Progress',
    (l) => l.progress,
    (v) => formatPercent(v, 0),
  ),
  count('left', 'Time left', (l) => l.etaMs, formatDuration),
]

/** After the run: what the sinks themselves say when they are read back. */
const ACCOUNT_COLUMNS: DataColumn<Line>[] = [
  count('readBack', 'Read back', (l) => l.account?.readBack ?? null),
  {
    id: 'agrees',
    title: 'Account',
    width: 100,
    value: (l) => (l.account?.agrees == null ? null : l.account.agrees ? 'agrees' : 'differs'),
    render: (value) => value && <Badge tone={value === 'agrees' ? 'good' : 'bad'}>{String(value)}</Badge>,
  },
]

const NOTE_COLUMN: DataColumn<Line> = {
  id: 'note',
  title: 'Note',
  width: 260,
  value: (l) => l.error?.message ?? l.account?.note ?? l.note ?? '',
}

/** The run in numbers, node by node. */
export function RunPane() {
  const builder = useBuilder()
  const run = useRun()
  const views = useStore(builder.runs.store, (state) => state.nodes)
  const document = useDocument()
  const stale = useUi((ui) => ui.stale.nodes)
  const [layout, setLayout] = useRemembered<TableLayout>('builder.run', EMPTY_LAYOUT)
  const ended = run !== null && !isActive(run)
  const lines = useMemo(() => {
    const titles = new Map(document.nodes.map((n) => [n.id, titleOf(n)]))
    const accounts = new Map(run?.accounts.map((a) => [a.node, a]))
    return [...views.values()].map((view) => ({
      ...view,
      title: titles.get(view.node) ?? view.node,
      account: accounts.get(view.node),
      stale: stale.has(view.node),
    }))
  }, [views, document, run?.accounts, stale])
  const columns = useMemo(
    () => [
      ...COLUMNS,
      ...(ended ? [...ACCOUNT_COLUMNS, ...BYTE_COLUMNS] : [...BYTE_COLUMNS, ...LIVE_COLUMNS]),
      NOTE_COLUMN,
    ],
    [ended],
  )
  if (!run)
    return (
      <EmptyState title="Not run yet">
        A run shows here how many rows each node took, gave, filtered and failed.
      </EmptyState>
    )
  return (
    <DataTable
      label="Nodes of the run"
      rows={lines}
      rowKey={(line) => line.node}
      columns={columns}
      layout={layout}
      onLayout={setLayout}
      onOpen={(line) => jumpTo(builder, [line.node])}
      tools={<RunFigures run={run} />}
    />
  )
}

function RunFigures({ run }: { run: RunState }) {
  const accounts = run.accounts.filter((a) => a.agrees !== null)
  const differing = accounts.filter((a) => a.agrees === false).length
  return (
    <span className={styles.figures}>
      {run.athenaBytesScanned > 0 && <span>Athena scanned {formatBytes(run.athenaBytesScanned)}</span>}
      {run.costUsd !== null && (
        <span title="By the workspace's price table; an estimate">≈ {formatCost(run.costUsd)} at AWS</span>
      )}
      {accounts.length > 0 &&
        (differing === 0 ? (
          <Badge tone="good">{formatNumber(accounts.length)} accounts agree</Badge>
        ) : (
          <Badge tone="bad">{formatNumber(differing)} accounts differ</Badge>
        ))}
    </span>
  )
}
