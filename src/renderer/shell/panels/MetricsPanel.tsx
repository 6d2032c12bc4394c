import { type ReactNode, useEffect, useMemo, useState } from 'react'
import type { AwsRequest } from '../../../engines/gate/contract.ts'
import type { SystemStatus } from '../../../engines/system/contract.ts'
import { formatBytes, formatDuration, formatNumber, formatPercent, formatTime } from '../../lib/format.ts'
import { useSystemStatus } from '../../lib/status.tsx'
import { useFeed } from '../../lib/useFeed.ts'
import { type DataColumn, DataTable, Loading, Sparkline, StateDot, shapeOf } from '../../ui/index.ts'
import styles from './MetricsPanel.module.css'
import { byOperation, type OperationRow } from './metrics.ts'

const KEPT = 5000
const SAMPLES = 120

const COLUMNS: DataColumn<OperationRow>[] = [
  { id: 'service', title: 'Service', width: 90, value: (row) => row.service },
  { id: 'operation', title: 'Operation', width: 170, value: (row) => row.operation },
  { id: 'count', title: 'Requests', kind: 'number', width: 80, value: (row) => row.count },
  { id: 'errors', title: 'Errors', kind: 'number', width: 64, value: (row) => row.errors },
  {
    id: 'p50',
    title: 'p50',
    kind: 'number',
    width: 80,
    value: (row) => row.p50Ms,
    format: (v) => formatDuration(Number(v)),
  },
  {
    id: 'p99',
    title: 'p99',
    kind: 'number',
    width: 80,
    value: (row) => row.p99Ms,
    format: (v) => formatDuration(Number(v)),
  },
  {
    id: 'bytes',
    title: 'Bytes',
    kind: 'number',
    width: 88,
    value: (row) => row.bytes,
    format: (v) => formatBytes(Number(v)),
  },
  {
    id: 'last',
    title: 'Last',
    kind: 'time',
    width: 80,
    value: (row) => row.lastMs,
    format: (v) => formatTime(Number(v), { date: false }),
  },
  { id: 'error', title: 'Last error', width: 200, mono: true, value: (row) => row.lastError, render: (v) => v },
]

/** The program's own health, and what came in on the AWS port. */
export function MetricsPanel() {
  const status = useSystemStatus()
  const history = useHistory(status)
  const requests = useFeed((clients, signal) => clients.gate.watchRequests({}, { signal }), [], {
    initial: [] as readonly AwsRequest[],
    fold: (kept, added: AwsRequest[]) => [...kept, ...added].slice(-KEPT),
    maxPerSecond: 2,
  })
  const operations = useMemo(() => byOperation(requests.data), [requests.data])
  if (!status) return <Loading />
  return (
    <div className={styles.metrics}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className={styles.side} aria-label="Hosts" tabIndex={0}>
        <Figure title="Resident memory" value={formatBytes(status.residentBytes)}>
          <Sparkline
            values={history.memory}
            label={`Memory over the last samples, now ${formatBytes(status.residentBytes)}`}
            width={150}
            height={28}
          />
        </Figure>
        <Figure title="Processor" value={formatPercent(status.cpu, 0)}>
          <Sparkline
            values={history.cpu}
            label={`Processor use, now ${formatPercent(status.cpu)}`}
            width={150}
            height={28}
            max={1}
            color="var(--cat-3)"
          />
        </Figure>
        <table className={styles.hosts}>
          <thead>
            <tr>
              <th>Host</th>
              <th>Heap</th>
              <th>Restarts</th>
            </tr>
          </thead>
          <tbody>
            {status.hosts.map((host) => (
              <tr key={host.host}>
                <td>
                  <StateDot state={shapeOf(host.state)} text={host.host} />
                </td>
                <td>{host.state === 'idle' ? '–' : formatBytes(host.heapBytes)}</td>
                <td>{formatNumber(host.restarts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <DataTable
        label="AWS requests"
        columns={COLUMNS}
        rows={operations}
        rowKey={(row) => row.key}
        empty="No AWS client has called yet. The status bar has the variables that point one here."
      />
    </div>
  )
}

function Figure({ title, value, children }: { title: string; value: string; children: ReactNode }) {
  return (
    <div className={styles.figure}>
      <div>
        <div className={styles.title}>{title}</div>
        <div className={styles.value}>{value}</div>
      </div>
      {children}
    </div>
  )
}

/** One sample for each status, the last two minutes or so. */
function useHistory(status: SystemStatus | undefined): { memory: readonly number[]; cpu: readonly number[] } {
  const [history, setHistory] = useState<{ memory: number[]; cpu: number[] }>({ memory: [], cpu: [] })
  useEffect(() => {
    if (!status) return
    setHistory(({ memory, cpu }) => ({
      memory: [...memory, status.residentBytes].slice(-SAMPLES),
      cpu: [...cpu, status.cpu].slice(-SAMPLES),
    }))
  }, [status])
  return history
}
