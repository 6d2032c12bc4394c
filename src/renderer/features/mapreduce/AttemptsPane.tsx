import { useMemo } from 'react'
import type { AttemptStatus, JobStatus } from '../../../engines/mapreduce/contract.ts'
import { formatBytes, formatNumber, tookColumn, useRemembered, useWallNow } from '../../lib/index.ts'
import { type DataColumn, DataTable, Pane, Segmented, StateDot } from '../../ui/index.ts'
import styles from './mapreduce.module.css'
import { Gantt } from './picture/Gantt.tsx'
import { attemptName, shapeOfAttempt, stateTitle } from './states.ts'

const bytes = (value: unknown) => formatBytes(Number(value))
const count = (value: unknown) => formatNumber(Number(value))

const COLUMNS: readonly DataColumn<AttemptStatus>[] = [
  { id: 'task', title: 'Task', width: 150, value: attemptName },
  {
    id: 'state',
    title: 'State',
    width: 110,
    value: ({ state }) => stateTitle(state),
    render: (value, attempt) => <StateDot state={shapeOfAttempt(attempt)} text={String(value)} />,
  },
  { id: 'phase', title: 'Phase', width: 80, value: ({ phase }) => phase },
  { id: 'node', title: 'Node', width: 100, value: ({ node }) => node },
  { id: 'locality', title: 'Block', width: 80, value: ({ locality }) => locality ?? '' },
  tookColumn(({ startedMs, endedMs }) => (endedMs === undefined ? null : endedMs - startedMs), {
    id: 'time',
    title: 'Time',
  }),
  {
    id: 'recordsIn',
    title: 'Records in',
    kind: 'number',
    width: 90,
    value: ({ recordsIn }) => recordsIn,
    format: count,
  },
  { id: 'bytesIn', title: 'Bytes in', kind: 'number', width: 90, value: ({ bytesIn }) => bytesIn, format: bytes },
  {
    id: 'recordsOut',
    title: 'Records out',
    kind: 'number',
    width: 90,
    value: ({ recordsOut }) => recordsOut,
    format: count,
  },
  { id: 'bytesOut', title: 'Bytes out', kind: 'number', width: 90, value: ({ bytesOut }) => bytesOut, format: bytes },
  { id: 'spills', title: 'Spills', kind: 'number', width: 70, value: ({ spills }) => spills, format: count },
  {
    id: 'shuffle',
    title: 'Shuffled',
    kind: 'number',
    width: 90,
    hidden: true,
    value: ({ shuffleBytes }) => shuffleBytes,
    format: bytes,
  },
  { id: 'reason', title: 'Why', width: 300, value: ({ reason, status }) => reason ?? status },
  { id: 'id', title: 'ID', mono: true, width: 300, hidden: true, value: ({ id }) => id },
]

const FORMS = [
  { value: 'time', title: 'By node and time' },
  { value: 'table', title: 'Table' },
] as const

/** Attempts by node and time, or as a table. */
export function AttemptsPane({
  job,
  attempts,
  selected,
  onSelect,
}: {
  job: JobStatus
  attempts: readonly AttemptStatus[]
  selected: string | null
  onSelect: (id: string | null) => void
}) {
  const [as, setAs] = useRemembered<'time' | 'table'>('mapreduce.attempts', 'time')
  const nowMs = useWallNow()
  const choice = useMemo(
    () => (
      <div className={styles.choice}>
        <Segmented label="Attempts as" value={as} onChange={setAs} options={FORMS} />
      </div>
    ),
    [as, setAs],
  )
  if (as === 'table')
    return (
      <DataTable
        label={`Attempts of ${job.name}`}
        tools={choice}
        rows={attempts}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        selected={selected}
        onSelect={({ id }) => onSelect(id)}
        empty="No task has started yet."
      />
    )
  return (
    <Pane>
      {choice}
      <Gantt job={job} attempts={attempts} nowMs={nowMs} selected={selected} onSelect={onSelect} />
    </Pane>
  )
}
