import { Play, Split } from 'lucide-react'
import type { JobStatus } from '../../../engines/mapreduce/contract.ts'
import {
  formatDuration,
  formatPercent,
  notifyError,
  openView,
  useAction,
  useFeed,
  useShown,
  useWallNow,
} from '../../lib/index.ts'
import { Button, StateDot, TreeSection } from '../../ui/index.ts'
import { SubmitDialog } from './SubmitDialog.tsx'
import { hasEnded, progressOf, shapeOfJob, stateTitle, timeOf } from './states.ts'
import { askSubmit } from './submitDialog.ts'

const open = (id: string) => openView('mapreduce.job', { id })

/** All jobs, newest first; the list as it was, then each change. */
function useJobs() {
  return useFeed(
    async function* (clients, signal) {
      yield await clients.mapreduce.list({}, { signal })
      for await (const job of clients.mapreduce.watch({}, { signal })) yield [job]
    },
    [],
    {
      initial: null as ReadonlyMap<string, JobStatus> | null,
      fold: (known, jobs: readonly JobStatus[]) =>
        new Map([...(known ?? []), ...jobs.map((job) => [job.id, job] as const)]),
    },
  )
}

export function JobsExplorer() {
  const feed = useJobs()
  const shown = useShown<{ id: string }>('mapreduce.job')
  const nowMs = useWallNow()
  const kill = useAction((clients, signal, id: string) => clients.mapreduce.kill({ id }, { signal }), {
    onError: (error) => notifyError('The job was not killed', error),
  })
  const jobs = [...(feed.data?.values() ?? [])].sort((a, b) => b.submittedMs - a.submittedMs || (a.id < b.id ? 1 : -1))
  return (
    <>
      <TreeSection
        title="Jobs"
        label="MapReduce jobs"
        nodes={
          feed.data &&
          jobs.map((job) => ({
            id: job.id,
            label: job.name,
            icon: <StateDot hideText state={shapeOfJob(job)} text={stateTitle(job.state)} />,
            detail: hasEnded(job) ? formatDuration(timeOf(job, nowMs)) : formatPercent(progressOf(job), 0),
            tooltip: `${job.id}, ${stateTitle(job.state)}`,
          }))
        }
        error={feed.error}
        selected={shown?.id ?? null}
        add={{ label: 'Run a job', icon: <Play size={14} />, onAdd: askSubmit }}
        empty={{
          icon: <Split size={20} />,
          text: 'A job maps every record to keys and values, sorts them by key, and reduces each group: on many nodes, close to the blocks that it reads.',
          actions: <Button onClick={askSubmit}>Run a worked job</Button>,
        }}
        onOpen={open}
        menu={(id) => {
          const job = feed.data?.get(id)
          return [
            { title: 'Open', onSelect: () => open(id) },
            { title: 'Copy id', onSelect: () => void navigator.clipboard.writeText(id) },
            'separator',
            { title: 'Kill', danger: true, disabled: !job || hasEnded(job), onSelect: () => void kill.run(id) },
          ]
        }}
      />
      <SubmitDialog />
    </>
  )
}
