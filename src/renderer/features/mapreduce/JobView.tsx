import { CircleStop, RotateCcw, StepForward } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { JobStatus } from '../../../engines/mapreduce/contract.ts'
import {
  formatDuration,
  formatNumber,
  Inspector,
  notifyError,
  openView,
  plural,
  shortId,
  useAction,
  useCall,
  useFeed,
  useRemembered,
  useTimeLeft,
  useView,
  useWallNow,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Badge,
  Banner,
  Button,
  Buttons,
  ConfirmDialog,
  Copied,
  ErrorView,
  Facts,
  Loading,
  Page,
  Pane,
  Progress,
  PropertyList,
  Section,
  SplitPane,
  StateDot,
  Tabs,
  Verbatim,
} from '../../ui/index.ts'
import { AttemptPane } from './AttemptPane.tsx'
import { AttemptsPane } from './AttemptsPane.tsx'
import { Breakpoints } from './Breakpoints.tsx'
import { CountersPane } from './CountersPane.tsx'
import styles from './mapreduce.module.css'
import { stopOf } from './picture/flow.ts'
import { StagePicture } from './picture/StagePicture.tsx'
import { SamplePane } from './SamplePane.tsx'
import { SkewPane } from './SkewPane.tsx'
import { attemptName, cameToNothing, hasEnded, progressOf, shapeOfJob, stateTitle, timeOf } from './states.ts'

/** One job: what flows between its stages, its attempts, its keys, its records. */
export function JobView({ params: { id } }: ViewProps<{ id: string }>) {
  const view = useRef(useView())
  const feed = useFeed((clients, signal) => clients.mapreduce.watch({ id }, { signal }), [id], { maxPerSecond: 4 })
  const job = feed.data
  const [reruns, setReruns] = useState(0)
  // The feed of a job that has ended has ended too: another follows what runs once more.
  const rerun = useFeed(
    (clients, signal) => (reruns > 0 ? clients.mapreduce.watch({ id }, { signal }) : null),
    [id, reruns],
  )
  const attempts = useCall(
    (clients, signal) => (job ? clients.mapreduce.attempts({ id }, { signal }) : null),
    [id, job, rerun.data],
  )
  const [shown, setShown] = useState<'tasks' | 'skew' | 'records' | 'counters' | 'specification'>('tasks')
  const [attempt, setAttempt] = useState<string | null>(null)
  const [height, setHeight] = useRemembered('mapreduce.below', 420)
  const name = job?.name
  useEffect(() => {
    if (name !== undefined) view.current.setTitle(name)
  }, [name])
  if (feed.error && !job) return <ErrorView title={`The job ${id} cannot be shown`} error={feed.error} />
  if (!job) return <Loading />
  const chosen = attempts.data?.find((each) => each.id === attempt)
  const stop = stopOf(job, attempts.data ?? [])
  return (
    <Page path={[{ title: 'MapReduce' }, { title: job.name }]} scroll={false} actions={<JobActions job={job} />}>
      <Pane>
        <JobBar job={job} />
        <Held job={job} />
        {job.reason !== undefined && (
          <Banner
            tone={job.state === 'KILLED' ? 'neutral' : 'bad'}
            actions={
              stop && (
                <Button size="s" onClick={() => setAttempt(stop.attempt.id)}>
                  Show {attemptName(stop.attempt)}
                </Button>
              )
            }
          >
            {job.reason}
            {job.at && ` (${job.at.file}, line ${job.at.line})`}
          </Banner>
        )}
        <SplitPane
          direction="column"
          sized="second"
          label="Stages and details"
          size={height}
          onSize={setHeight}
          first={<StagePicture job={job} stop={stop} onSelect={setAttempt} />}
          second={
            <Tabs
              label="Details of the job"
              size="s"
              value={shown}
              onChange={setShown}
              tabs={[
                { id: 'tasks', title: 'Attempts', badge: attempts.data?.length },
                { id: 'skew', title: 'Partitions' },
                { id: 'records', title: 'Records' },
                { id: 'counters', title: 'Counters' },
                { id: 'specification', title: 'Specification' },
              ]}
            >
              {shown === 'tasks' && (
                <AttemptsPane job={job} attempts={attempts.data ?? []} selected={attempt} onSelect={setAttempt} />
              )}
              {shown === 'skew' && <SkewPane job={job} />}
              {shown === 'records' && <SamplePane job={job} attempt={chosen} onSelect={setAttempt} />}
              {shown === 'counters' && <CountersPane job={job} attempt={chosen} onSelect={setAttempt} />}
              {shown === 'specification' && <Specification id={id} />}
            </Tabs>
          }
        />
      </Pane>
      <Inspector>
        {chosen ? (
          <AttemptPane
            job={job}
            attempt={chosen}
            onSelect={setAttempt}
            onRerun={(made) => {
              setReruns(reruns + 1)
              setAttempt(made)
            }}
          />
        ) : (
          <>
            <JobFacts job={job} />
            <Breakpoints job={job} />
          </>
        )}
      </Inspector>
    </Page>
  )
}

function JobActions({ job }: { job: JobStatus }) {
  const [asking, setAsking] = useState(false)
  const kill = useAction((clients, signal) => clients.mapreduce.kill({ id: job.id }, { signal }), {
    onError: (error) => notifyError('The job was not killed', error),
  })
  const again = useAction(
    async ({ mapreduce }, signal) => mapreduce.submit(await mapreduce.spec({ id: job.id }, { signal }), { signal }),
    {
      onDone: ({ id }) => openView('mapreduce.job', { id }),
      onError: (error) => notifyError('The job does not run again', error),
    },
  )
  if (cameToNothing(job))
    return (
      <Button size="s" icon={<RotateCcw size={13} />} pending={again.pending} onClick={() => void again.run()}>
        Run again
      </Button>
    )
  if (hasEnded(job)) return null
  return (
    <>
      <Button size="s" icon={<CircleStop size={13} />} pending={kill.pending} onClick={() => setAsking(true)}>
        Kill
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false)
          void kill.run()
        }}
        title={`Kill ${job.name}?`}
        message="Its tasks end at once, and nothing of its output stays."
        action="Kill job"
      />
    </>
  )
}

function JobBar({ job }: { job: JobStatus }) {
  const nowMs = useWallNow()
  const { maps, reduces, blacklisted } = job
  const ended = hasEnded(job)
  const timeLeft = useTimeLeft(ended || job.state === 'WAITING' || job.held.length > 0 ? null : progressOf(job))
  return (
    <Facts bar>
      <StateDot state={shapeOfJob(job)} text={job.held.length > 0 ? 'At a breakpoint' : stateTitle(job.state)} />
      <span>
        <b>{formatDuration(timeOf(job, nowMs))}</b>
      </span>
      <span>
        maps <b>{formatNumber(maps.done)}</b> of {formatNumber(maps.total)}
      </span>
      {reduces.total > 0 && (
        <span>
          reduces <b>{formatNumber(reduces.done)}</b> of {formatNumber(reduces.total)}
        </span>
      )}
      {maps.failed + reduces.failed > 0 && (
        <Badge tone="bad">{plural(maps.failed + reduces.failed, 'failed attempt')}</Badge>
      )}
      {maps.killed + reduces.killed > 0 && (
        <Badge tone="warn">{plural(maps.killed + reduces.killed, 'killed attempt')}</Badge>
      )}
      {blacklisted.length > 0 && <Badge tone="warn">no more tasks for {blacklisted.join(', ')}</Badge>}
      {!ended && (
        <div className={styles.progress}>
          <Progress
            label={`map ${Math.floor(job.mapProgress * 100)} %, reduce ${Math.floor(job.reduceProgress * 100)} %`}
            value={progressOf(job)}
            timeLeft={timeLeft}
          />
        </div>
      )}
    </Facts>
  )
}

/** Attempts that stand at a breakpoint: the record, and the way on. */
function Held({ job }: { job: JobStatus }) {
  const held = useCall(
    (clients, signal) => (job.held.length > 0 ? clients.mapreduce.held({ id: job.id }, { signal }) : null),
    [job.id, job.held.join()],
  )
  const proceed = useAction((clients, signal, attempt: string) => clients.mapreduce.proceed({ attempt }, { signal }), {
    onError: (error) => notifyError('The attempt does not go on', error),
  })
  return held.data?.map(({ attempt, stage, key, values, input }) => (
    <Banner
      key={attempt}
      tone="warn"
      actions={
        <Button
          size="s"
          icon={<StepForward size={13} />}
          pending={proceed.pending}
          onClick={() => void proceed.run(attempt)}
        >
          Go on
        </Button>
      }
    >
      <span className={styles.held}>
        {attempt} stands before the {stage} of <code>{key}</code>: <code>{values.slice(0, 5).join(', ')}</code>
        {values.length > 5 && ' …'}
        {input && (
          <>
            , from <code>{input.value}</code>
          </>
        )}
      </span>
    </Banner>
  ))
}

function JobFacts({ job }: { job: JobStatus }) {
  const { locality, output } = job
  const object = /^s3:\/\/([^/]+)\/(.*)$/.exec(output)
  return (
    <Section title="Job">
      <PropertyList
        items={[
          [
            'ID',
            <Copied key="id" text={job.id} label="Copy id">
              {shortId(job.id)}
            </Copied>,
          ],
          ['Cluster', job.cluster],
          ['Output', output],
          ['Spills', formatNumber(job.spills)],
          [
            'Maps read',
            `${locality.node} on the block’s node, ${locality.rack} in its rack, ${locality.other} elsewhere`,
          ],
        ]}
      />
      {!cameToNothing(job) && (
        <Buttons>
          <Button
            size="s"
            disabled={!hasEnded(job)}
            onClick={() =>
              object
                ? openView('catalog.object', { bucket: object[1], prefix: `${object[2].replace(/\/$/, '')}/` })
                : openView('hdfs.folder', { cluster: job.cluster, path: output.replace(/^hdfs:\/\//, '') })
            }
          >
            Open the output
          </Button>
        </Buttons>
      )}
    </Section>
  )
}

function Specification({ id }: { id: string }) {
  const spec = useCall((clients, signal) => clients.mapreduce.spec({ id }, { signal }), [id])
  if (spec.error) return <ErrorView compact title="The specification cannot be read" error={spec.error} />
  if (!spec.data) return <Loading />
  return <Verbatim pane>{JSON.stringify(spec.data, null, 2)}</Verbatim>
}
