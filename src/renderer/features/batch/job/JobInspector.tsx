import { CircleStop, Copy, ExternalLink, ZapOff } from 'lucide-react'
import type { Job } from '../../../../engines/batch/contract.ts'
import {
  formatTime,
  formatUtc,
  notify,
  notifyError,
  openView,
  pairsText,
  shortId,
  useAction,
  useCall,
  wordsText,
} from '../../../lib/index.ts'
import { Button, Buttons, Copied, PropertyList, Section, StateDot } from '../../../ui/index.ts'
import styles from '../batch.module.css'
import { askFor } from '../dialogs/asking.ts'
import { hasEnded, isPlaced, SHAPES, stateTitle } from '../states.ts'

/** What a job is, what it needs and how it runs, with what can be done to it. */
export function JobInspector({
  job,
  why,
  onEnd,
  isOpen = false,
}: {
  job: Job
  why: string | null
  onEnd: () => void
  /** In the job's own tab. */
  isOpen?: boolean
}) {
  const { container } = job
  const execution = job.execution ?? job.attempts.at(-1)?.execution
  const environment = useCall(
    async ({ batch }, signal) =>
      job.environment === undefined
        ? null
        : (await batch.listEnvironments({}, { signal })).find(({ name }) => name === job.environment),
    [job.environment],
  ).data
  const interrupt = useAction(
    ({ batch }, signal) => batch.interrupt({ environment: job.environment!, jobId: job.id }, { signal }),
    {
      onDone: () => notify({ title: 'Its Spot host was taken away', tone: 'good' }),
      onError: (error) => notifyError('The host was not taken away', error),
    },
  )
  const cli = `aws batch describe-jobs --jobs ${job.id}`
  return (
    <>
      <Section title={job.name}>
        <p className={styles.line}>
          <StateDot state={SHAPES[job.status]} text={stateTitle(job.status)} />
          {(why ?? job.statusReason) && <span className={styles.quiet}>{why ?? job.statusReason}</span>}
        </p>
        <Buttons>
          {!isOpen && (
            <Button
              size="s"
              icon={<ExternalLink size={13} />}
              onClick={() => openView('batch.job', { jobId: job.id, name: job.name })}
            >
              Open
            </Button>
          )}
          {!job.child && (
            <Button size="s" icon={<Copy size={13} />} onClick={() => askFor({ kind: 'submit', clone: job })}>
              Submit again…
            </Button>
          )}
          {!hasEnded(job.status) && (
            <Button size="s" variant="danger" icon={<CircleStop size={13} />} onClick={onEnd}>
              {isPlaced(job.status) || job.array ? 'Terminate…' : 'Cancel…'}
            </Button>
          )}
          {job.status === 'RUNNING' && environment?.kind.includes('SPOT') && (
            <Button
              size="s"
              icon={<ZapOff size={13} />}
              pending={interrupt.pending}
              onClick={() => void interrupt.run()}
            >
              Take its host away
            </Button>
          )}
        </Buttons>
      </Section>
      <Section title="Runs">
        <PropertyList
          items={[
            ['Queue', job.queue],
            ['Definition', job.definition],
            ['Command', <code key="command">{wordsText(container.command)}</code>],
            ['Image', container.image],
            ['vCPUs', container.vcpus],
            ['Memory', `${container.memoryMiB} MiB`],
            Object.keys(container.environment).length > 0 && [
              'Environment',
              <code key="environment">{pairsText(container.environment)}</code>,
            ],
            ['Attempts', `${job.attempts.length} of ${job.retry.attempts}`],
            job.timeoutS !== undefined && ['Timeout', `${job.timeoutS} s`],
            job.share !== undefined && ['Share', job.share],
            job.environment !== undefined && ['Placed in', job.environment],
          ]}
        />
        {execution && <p className={styles.quiet}>{execution.note}</p>}
      </Section>
      <Section title="Times">
        <PropertyList
          items={[
            timeItem('Submitted', job.createdMs),
            timeItem('Runnable', job.runnableMs),
            timeItem('Started', job.startedMs),
            timeItem('Stopped', job.stoppedMs),
          ]}
        />
      </Section>
      <Section title="In AWS terms" open={false}>
        <PropertyList
          items={[
            [
              'ID',
              <Copied key="id" text={job.id} label="Copy the job ID">
                {shortId(job.id)}
              </Copied>,
            ],
            [
              'CLI',
              <Copied key="cli" text={cli} label="Copy the command">
                aws batch describe-jobs
              </Copied>,
            ],
          ]}
        />
      </Section>
    </>
  )
}

const timeItem = (name: string, ms: number | undefined) =>
  ms !== undefined &&
  ([
    name,
    <span key={name} title={formatUtc(ms)}>
      {formatTime(ms)}
    </span>,
  ] as const)
