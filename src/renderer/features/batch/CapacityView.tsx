import { ZoomOut } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Span } from '../../../engines/batch/contract.ts'
import {
  formatCost,
  formatNumber,
  openView,
  timeColumn,
  tookColumn,
  useCall,
  useCommands,
  useNow,
  useRemembered,
} from '../../lib/index.ts'
import {
  Button,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  Facts,
  IconButton,
  Loading,
  Page,
  Select,
  SplitPane,
  Toolbar,
  ToolbarSpace,
} from '../../ui/index.ts'
import styles from './batch.module.css'
import { exitColumn } from './columns.tsx'
import { costOf } from './cost.ts'
import { askFor } from './dialogs/asking.ts'
import { Gantt } from './picture/Gantt.tsx'
import { useTurn } from './useBatch.ts'

const WINDOWS = [
  { value: '60', label: 'Last minute' },
  { value: '600', label: 'Last 10 minutes' },
  { value: '3600', label: 'Last hour' },
  { value: '86400', label: 'Last 24 hours' },
]
const SPANS_MAX = 2000

const COLUMNS: readonly DataColumn<Span>[] = [
  { id: 'name', title: 'Job', value: ({ name }) => name, width: 160 },
  { id: 'attempt', title: 'Attempt', kind: 'number', value: ({ attempt }) => attempt, width: 70 },
  { id: 'environment', title: 'Environment', value: ({ environment }) => environment ?? '', width: 120 },
  { id: 'queue', title: 'Queue', value: ({ queue }) => queue, width: 110 },
  { id: 'vcpus', title: 'vCPUs', kind: 'number', value: ({ vcpus }) => vcpus, width: 70 },
  timeColumn('started', 'Started', ({ startedMs }) => startedMs),
  tookColumn(({ startedMs, stoppedMs }) => (stoppedMs === undefined ? null : stoppedMs - startedMs), {
    unended: 'runs',
  }),
  exitColumn(({ exitCode }) => exitCode),
  { id: 'reason', title: 'Why it ended', value: ({ statusReason }) => statusReason ?? '', width: 280 },
]

/** All attempts in time against what the compute environments have. */
export function CapacityView() {
  const turn = useTurn()
  const nowMs = Math.floor(useNow() / 500) * 500
  const [window, setWindow] = useRemembered('batch.window', '600')
  const [height, setHeight] = useRemembered('batch.gantt', 340)
  const [zoom, setZoom] = useState<readonly [number, number] | null>(null)
  const [selected, setSelected] = useState<Span | null>(null)
  const sinceMs = nowMs - Number(window) * 1000
  // Asked again with each change and each quarter of the window, not with each half second.
  const since = Math.floor(sinceMs / (Number(window) * 250)) * Number(window) * 250
  const { data, error } = useCall(
    async ({ batch, workspace }, signal) => {
      const [environments, { spans, more }, prices] = await Promise.all([
        batch.listEnvironments({}, { signal }),
        batch.listSpans({ sinceMs: since, limit: SPANS_MAX }, { signal }),
        workspace.readPrices({}, { signal }),
      ])
      return { environments, spans, more, prices }
    },
    [turn, since],
  )
  const back = () => setZoom(null)
  useCommands(
    () => [{ id: 'batch.unzoom', title: 'Show the whole time', group: 'Batch', shortcut: 'Escape', run: back }],
    [],
  )
  const cost = useMemo(
    () => data && costOf(data.spans, { environments: data.environments, prices: data.prices, nowMs }),
    [data, nowMs],
  )
  if (error && !data) return <ErrorView error={error} title="The capacity cannot be shown" />
  if (!data) return <Loading />
  const [fromMs, toMs] = zoom ?? [sinceMs, nowMs + Number(window) * 20]
  const used = data.environments.reduce((sum, environment) => sum + environment.used.vcpus, 0)
  const all = data.environments.reduce((sum, { maxVcpus }) => sum + maxVcpus, 0)
  const open = ({ jobId, name }: Span) => openView('batch.job', { jobId, name })
  return (
    <Page
      path={[{ title: 'Batch' }, { title: 'Capacity' }]}
      scroll={false}
      actions={
        <Facts>
          <span>
            <b>{formatNumber(used)}</b> of {formatNumber(all)} vCPUs used
          </span>
          <span title="By the price table, for the time that attempts ran: idle instances are not counted.">
            Estimate on AWS: <b>{formatCost(cost ?? 0)}</b>
          </span>
        </Facts>
      }
    >
      <Toolbar label="Capacity">
        <Select
          quiet
          className={styles.choice}
          label="Time shown"
          value={window}
          options={WINDOWS}
          onChange={(next) => {
            setWindow(next)
            back()
          }}
        />
        <IconButton
          icon={<ZoomOut size={14} />}
          label="Show the whole time"
          shortcut="Escape"
          disabled={!zoom}
          onClick={back}
        />
        <span className={styles.hint}>
          Drag to zoom. An attempt is as high as its vCPUs, the dashed line is the capacity.
        </span>
        <ToolbarSpace />
        {data.more && <span className={styles.nowrap}>The newest {formatNumber(SPANS_MAX)} attempts are shown.</span>}
      </Toolbar>
      {data.environments.length === 0 ? (
        <EmptyState
          title="No capacity yet"
          actions={<Button onClick={() => askFor({ kind: 'environment' })}>Create compute environment</Button>}
        >
          A compute environment is the capacity that jobs take. Here is shown who took how much of it, and when.
        </EmptyState>
      ) : (
        <SplitPane
          direction="column"
          label="Picture and table"
          size={height}
          onSize={setHeight}
          min={120}
          first={
            <Gantt
              spans={data.spans}
              environments={data.environments}
              fromMs={fromMs}
              toMs={toMs}
              nowMs={nowMs}
              selected={selected?.jobId ?? null}
              onSelect={setSelected}
              onOpen={open}
              onZoom={(from, to) => setZoom([from, to])}
            />
          }
          second={
            <DataTable
              label="Attempts"
              columns={COLUMNS}
              rows={data.spans}
              rowKey={({ jobId, attempt }) => `${jobId}/${attempt}`}
              selected={selected && `${selected.jobId}/${selected.attempt}`}
              onSelect={setSelected}
              onOpen={open}
              empty="Nothing ran within this time."
            />
          }
        />
      )}
    </Page>
  )
}
