import { Play, Settings2 } from 'lucide-react'
import { useState } from 'react'
import type { Job, JobStatus } from '../../../engines/batch/contract.ts'
import {
  Inspector,
  openView,
  shortId,
  timeColumn,
  useCall,
  useCommands,
  useNow,
  useRemembered,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Badge,
  Button,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  Facts,
  IconButton,
  Loading,
  Page,
  Tabs,
} from '../../ui/index.ts'
import { Board, type Column } from './Board.tsx'
import { stateColumn } from './columns.tsx'
import { askFor } from './dialogs/asking.ts'
import { EndDialog } from './job/EndDialog.tsx'
import { JobInspector } from './job/JobInspector.tsx'
import { Dependencies } from './picture/Dependencies.tsx'
import { hasEnded, whyWaiting } from './states.ts'
import { useTurn } from './useBatch.ts'

/** Columns of the board; a job is SUBMITTED for a moment only. */
const COLUMNS: readonly JobStatus[] = ['PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED']
const CARDS_MAX = 50
const LIST_MAX = 1000
const GRAPH_MAX = 300
type Tab = 'board' | 'list' | 'graph'

const LIST: readonly DataColumn<Job>[] = [
  { id: 'name', title: 'Job', value: ({ name }) => name, width: 180 },
  stateColumn,
  { id: 'definition', title: 'Definition', value: ({ definition }) => definition, width: 140 },
  { id: 'share', title: 'Share', value: ({ share }) => share ?? '', width: 90 },
  { id: 'vcpus', title: 'vCPUs', kind: 'number', value: ({ container }) => container.vcpus, width: 70 },
  {
    id: 'size',
    title: 'Array',
    kind: 'number',
    value: ({ array }) => array?.size ?? null,
    render: (value) => (value === null ? '' : String(value)),
    width: 70,
  },
  { id: 'attempts', title: 'Attempts', kind: 'number', value: ({ attempts }) => attempts.length, width: 80 },
  timeColumn('created', 'Submitted', ({ createdMs }) => createdMs),
  { id: 'reason', title: 'Why', value: ({ statusReason }) => statusReason ?? '', width: 260 },
  { id: 'id', title: 'ID', mono: true, value: ({ id }) => id, width: 260 },
]

export function QueueView({ params: { queue: name } }: ViewProps<{ queue: string }>) {
  const turn = useTurn()
  const nowMs = useNow()
  const [tab, setTab] = useRemembered<Tab>('batch.tab', 'board')
  const [selected, setSelected] = useState<Job | null>(null)
  const [ending, setEnding] = useState<Job | null>(null)
  const { data, error } = useCall(
    async ({ batch }, signal) => {
      const of = async (statuses: JobStatus[]) =>
        (await batch.listJobs({ queue: name, statuses, limit: CARDS_MAX }, { signal })).jobs
      const [queues, environments, counts, front, ...lists] = await Promise.all([
        batch.listQueues({}, { signal }),
        batch.listEnvironments({}, { signal }),
        batch.countJobs({}, { signal }),
        batch.frontOfQueue({ queue: name }, { signal }),
        ...COLUMNS.map((status) => of(status === 'PENDING' ? ['SUBMITTED', 'PENDING'] : [status])),
      ])
      const count = counts.find(({ queue }) => queue === name)?.counts ?? {}
      const columns = COLUMNS.map((id, i): Column => {
        const waiting = id === 'PENDING' ? (count.SUBMITTED ?? 0) : 0
        const children = lists[0].reduce((sum, { array }) => sum + (id === 'PENDING' ? 0 : (array?.counts[id] ?? 0)), 0)
        return {
          id,
          jobs: id === 'RUNNABLE' ? inOrder(lists[i], front) : lists[i],
          count: (count[id] ?? 0) + waiting,
          children: hasEnded(id) ? 0 : children,
        }
      })
      return { queue: queues.find((each) => each.name === name), environments, front, columns }
    },
    [name, turn],
  )
  const all = useCall(
    ({ batch }, signal) =>
      tab === 'board'
        ? null
        : batch.listJobs({ queue: name, limit: tab === 'list' ? LIST_MAX : GRAPH_MAX }, { signal }),
    [name, turn, tab],
  )
  const submit = () => askFor({ kind: 'submit', queue: name })
  useCommands(
    () => [
      { id: 'batch.submitHere', title: `Submit job to ${name}…`, group: 'Batch', shortcut: 'Mod+Enter', run: submit },
    ],
    [name],
  )
  if (error && !data) return <ErrorView error={error} title={`The queue ${name} cannot be shown`} />
  if (!data) return <Loading />
  const { queue, environments, front, columns } = data
  const why = (job: Job) => whyWaiting(job, { queue, environments, front })
  const open = (job: Job) => openView('batch.job', { jobId: job.id, name: job.name })
  const fresh = columns.flatMap(({ jobs }) => jobs).find(({ id }) => id === selected?.id) ?? selected
  const isEmpty = columns.every(({ count }) => count === 0)
  const places = environments.filter((each) => queue?.environments.includes(each.name))
  return (
    <Page
      path={[{ title: 'Batch' }, { title: name }]}
      scroll={false}
      actions={
        <>
          <Facts>
            {queue && !queue.enabled && <Badge tone="warn">takes no jobs</Badge>}
            <span>
              Priority <b>{queue?.priority}</b>
            </span>
            {places.map(({ name: place, used, maxVcpus }) => (
              <span key={place} title={place}>
                {shortId(place, 16)}: <b>{used.vcpus}</b> of {maxVcpus} vCPUs
              </span>
            ))}
          </Facts>
          <IconButton
            icon={<Settings2 size={14} />}
            label="Edit this queue"
            onClick={() => queue && askFor({ kind: 'queue', of: queue })}
          />
          <Button size="s" variant="primary" icon={<Play size={13} />} onClick={submit}>
            Submit job…
          </Button>
        </>
      }
    >
      <Tabs
        label="The queue"
        size="s"
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'board', title: 'Board' },
          { id: 'list', title: 'List' },
          { id: 'graph', title: 'Dependencies' },
        ]}
      >
        {isEmpty ? (
          <EmptyState title="No jobs yet" actions={<Button onClick={submit}>Submit the first</Button>}>
            Jobs that are submitted to this queue wait here until {places.map((each) => each.name).join(' or ')} has
            room for their vCPUs and memory. Each runs as a process of its own, with its log.
          </EmptyState>
        ) : tab === 'board' ? (
          <Board
            {...{ columns, why, nowMs }}
            selected={selected?.id ?? null}
            onSelect={setSelected}
            onOpen={open}
            onEnd={setEnding}
          />
        ) : all.error && !all.data ? (
          <ErrorView compact title="The jobs cannot be listed" error={all.error} />
        ) : !all.data ? (
          <Loading />
        ) : tab === 'list' ? (
          <DataTable
            label={`Jobs of ${name}`}
            columns={LIST}
            rows={all.data.jobs}
            rowKey={({ id }) => id}
            selected={selected?.id ?? null}
            onSelect={setSelected}
            onOpen={open}
          />
        ) : (
          <Dependencies jobs={all.data.jobs} {...(selected && { here: selected.id })} />
        )}
      </Tabs>
      <EndDialog job={ending} onClose={() => setEnding(null)} />
      {fresh && (
        <Inspector>
          <JobInspector job={fresh} why={why(fresh)} onEnd={() => setEnding(fresh)} />
        </Inspector>
      )}
    </Page>
  )
}

/** As they come next, then those further back. */
function inOrder(jobs: readonly Job[], front: readonly Job[]): Job[] {
  const first = front.slice(0, CARDS_MAX).filter((job) => job.child === undefined)
  const ids = new Set(first.map(({ id }) => id))
  return [...first, ...jobs.filter(({ id }) => !ids.has(id))].slice(0, CARDS_MAX)
}
