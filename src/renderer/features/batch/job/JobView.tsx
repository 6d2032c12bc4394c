import { useMemo, useState } from 'react'
import type { Attempt, Job } from '../../../../engines/batch/contract.ts'
import {
  formatNumber,
  Inspector,
  openView,
  timeColumn,
  tookColumn,
  useCall,
  useRemembered,
  useTimeLeft,
  type ViewProps,
} from '../../../lib/index.ts'
import {
  type DataColumn,
  DataTable,
  ErrorView,
  Facts,
  Loading,
  Page,
  SplitPane,
  StateDot,
  Tabs,
} from '../../../ui/index.ts'
import { ArrayBar } from '../Board.tsx'
import { exitColumn, stateColumn } from '../columns.tsx'
import { Dependencies } from '../picture/Dependencies.tsx'
import { HeatMap } from '../picture/HeatMap.tsx'
import { familyOf } from '../picture/layers.ts'
import { endedOf, hasEnded, SHAPES, stateTitle, whyWaiting } from '../states.ts'
import { useTurn } from '../useBatch.ts'
import { EndDialog } from './EndDialog.tsx'
import { JobInspector } from './JobInspector.tsx'
import { LogPane } from './LogPane.tsx'

type Tab = 'log' | 'attempts' | 'children' | 'dependencies'
interface AttemptRow extends Attempt {
  readonly number: number
}
const NEIGHBOURS_MAX = 300
const CHILDREN_MAX = 1000
/** Children whose map is a few lines high. */
const FEW = 100

const ATTEMPTS: readonly DataColumn<AttemptRow>[] = [
  { id: 'number', title: 'Attempt', kind: 'number', value: ({ number }) => number, width: 80 },
  { id: 'environment', title: 'Environment', value: ({ environment }) => environment ?? '', width: 120 },
  timeColumn('started', 'Started', ({ startedMs }) => startedMs, { never: 'never' }),
  tookColumn(({ startedMs, stoppedMs }) => (startedMs === undefined ? null : stoppedMs - startedMs)),
  exitColumn(({ exitCode }) => exitCode),
  { id: 'reason', title: 'Reason', value: ({ reason }) => reason ?? '', width: 260 },
  { id: 'status', title: 'Why it ended', value: ({ statusReason }) => statusReason, width: 280 },
  { id: 'runtime', title: 'Ran as', value: ({ execution }) => execution?.runtime ?? '', width: 90 },
]

const CHILDREN: readonly DataColumn<Job>[] = [
  { id: 'index', title: 'Index', kind: 'number', value: ({ child }) => child?.index ?? null, width: 70 },
  stateColumn,
  { id: 'attempts', title: 'Attempts', kind: 'number', value: ({ attempts }) => attempts.length, width: 80 },
  exitColumn(({ attempts }) => attempts.at(-1)?.exitCode),
  { id: 'reason', title: 'Why', value: ({ statusReason }) => statusReason ?? '', width: 280 },
]

export function JobView({ params: { jobId } }: ViewProps<{ jobId: string; name?: string }>) {
  const turn = useTurn()
  const [chosen, setTab] = useState<Tab | null>(null)
  const [attempt, setAttempt] = useState<number | null>(null)
  const [ending, setEnding] = useState(false)
  const { data, error } = useCall(
    async ({ batch }, signal) => {
      const [job] = await batch.describeJobs({ jobIds: [jobId] }, { signal })
      if (!job) throw new Error(`Job ${jobId} is not known any more: jobs are kept for seven days after their end.`)
      const [queues, environments, front] = await Promise.all([
        batch.listQueues({}, { signal }),
        batch.listEnvironments({}, { signal }),
        batch.frontOfQueue({ queue: job.queue }, { signal }),
      ])
      return {
        job,
        why: whyWaiting(job, { queue: queues.find(({ name }) => name === job.queue), environments, front }),
      }
    },
    [jobId, turn],
  )
  const { status, array } = data?.job ?? {}
  const timeLeft = useTimeLeft(array && status && !hasEnded(status) ? endedOf(array) / array.size : null)
  if (error && !data) return <ErrorView error={error} title="The job cannot be shown" />
  if (!data) return <Loading />
  const { job, why } = data
  const tab = chosen ?? (job.array ? 'children' : 'log')
  const last = Math.max(1, job.attempts.length + (job.environment === undefined ? 0 : 1))
  const path = [
    { title: 'Batch' },
    { title: job.queue, onOpen: () => openView('batch.queue', { queue: job.queue }) },
    ...(job.child ? [{ title: job.name, onOpen: () => openView('batch.job', { jobId: job.child!.parent }) }] : []),
    { title: job.child ? `Child ${job.child.index}` : job.name },
  ]
  return (
    <Page
      path={path}
      scroll={false}
      actions={
        <Facts>
          {job.array && <ArrayBar job={job} />}
          {timeLeft && <span>{timeLeft}</span>}
          {(why ?? job.statusReason) && <span title={why ?? job.statusReason}>{why ?? job.statusReason}</span>}
          <StateDot state={SHAPES[job.status]} text={stateTitle(job.status)} />
        </Facts>
      }
    >
      <Tabs
        label="The job"
        size="s"
        value={tab}
        onChange={setTab}
        tabs={[
          ...(job.array ? [{ id: 'children' as const, title: 'Children', badge: formatNumber(job.array.size) }] : []),
          ...(job.array ? [] : [{ id: 'log' as const, title: 'Log' }]),
          ...(job.array ? [] : [{ id: 'attempts' as const, title: 'Attempts', badge: job.attempts.length || null }]),
          { id: 'dependencies', title: 'Dependencies', badge: job.dependsOn.length || null },
        ]}
      >
        {tab === 'log' && <LogPane key={attempt ?? last} job={job} attempt={attempt ?? last} onAttempt={setAttempt} />}
        {tab === 'attempts' && (
          <DataTable
            label="Attempts"
            columns={ATTEMPTS}
            rows={job.attempts.map((each, i) => ({ ...each, number: i + 1 }))}
            rowKey={({ number }) => String(number)}
            onOpen={({ number }) => {
              setAttempt(number)
              setTab('log')
            }}
            empty="No attempt has ended yet."
          />
        )}
        {tab === 'children' && <Children job={job} turn={turn} />}
        {tab === 'dependencies' && <Family job={job} turn={turn} />}
      </Tabs>
      <EndDialog job={ending ? job : null} onClose={() => setEnding(false)} />
      <Inspector>
        <JobInspector isOpen job={job} why={why} onEnd={() => setEnding(true)} />
      </Inspector>
    </Page>
  )
}

function Children({ job, turn }: { job: Job; turn: number }) {
  const [height, setHeight] = useRemembered('batch.heat', job.array!.size > FEW ? 380 : 160)
  const map = useCall(({ batch }, signal) => batch.mapArray({ jobId: job.id }, { signal }), [job.id, turn])
  // Those that failed come first: they are why one looks.
  const children = useCall(
    async ({ batch }, signal) => {
      const ask = (statuses: Job['status'][]) =>
        batch.listJobs({ parent: job.id, statuses, limit: CHILDREN_MAX }, { signal })
      const [failed, placed] = await Promise.all([ask(['FAILED']), ask(['STARTING', 'RUNNING'])])
      const others = await ask(['SUCCEEDED', 'RUNNABLE', 'PENDING', 'SUBMITTED'])
      return [...failed.jobs, ...placed.jobs, ...others.jobs].slice(0, CHILDREN_MAX)
    },
    [job.id, turn],
  )
  const open = (index: number) => openView('batch.job', { jobId: `${job.id}:${index}`, name: `${job.name} ${index}` })
  if (map.error && !map.data) return <ErrorView compact title="The children cannot be shown" error={map.error} />
  if (!map.data) return <Loading />
  return (
    <SplitPane
      direction="column"
      label="Map and table"
      size={height}
      onSize={setHeight}
      min={80}
      first={<HeatMap states={map.data.states} onOpen={open} />}
      second={
        <DataTable
          label={`Children of ${job.name}`}
          columns={CHILDREN}
          rows={children.data ?? []}
          rowKey={({ id }) => id}
          onOpen={({ child }) => open(child!.index)}
        />
      }
    />
  )
}

function Family({ job, turn }: { job: Job; turn: number }) {
  const all = useCall(
    ({ batch }, signal) => batch.listJobs({ queue: job.queue, limit: NEIGHBOURS_MAX }, { signal }),
    [job.queue, turn],
  )
  const family = useMemo(() => all.data && familyOf(all.data.jobs, job.child?.parent ?? job.id), [all.data, job])
  if (all.error && !all.data) return <ErrorView compact title="The jobs cannot be listed" error={all.error} />
  return family ? <Dependencies jobs={family} here={job.id} /> : <Loading />
}
