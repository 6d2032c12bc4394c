import { RotateCcw, X } from 'lucide-react'
import { useRef } from 'react'
import type { AttemptStatus, JobStatus } from '../../../engines/mapreduce/contract.ts'
import {
  formatBytes,
  formatDuration,
  formatNumber,
  notifyError,
  useAction,
  useCall,
  useWallNow,
} from '../../lib/index.ts'
import { Button, ErrorView, IconButton, PropertyList, Section, StateDot, Verbatim } from '../../ui/index.ts'
import styles from './mapreduce.module.css'
import { attemptName, hasEnded, shapeOfAttempt, timeOf } from './states.ts'

/** One attempt: what it read and gave, what went wrong, what it said, and doing its task once more. */
export function AttemptPane({
  job,
  attempt,
  onSelect,
  onRerun,
}: {
  job: JobStatus
  attempt: AttemptStatus
  onSelect: (id: string | null) => void
  onRerun: (attempt: string) => void
}) {
  const nowMs = useWallNow()
  const { id, kind, task, split, locality, at } = attempt
  const rerun = useAction((clients, signal) => clients.mapreduce.rerunTask({ id: job.id, kind, task }, { signal }), {
    onDone: (made) => onRerun(made.attempt),
    onError: (error) => notifyError('The task does not run again', error),
  })
  return (
    <>
      <Section
        title={attemptName(attempt)}
        actions={<IconButton size="s" icon={<X size={12} />} label="Back to the job" onClick={() => onSelect(null)} />}
      >
        <PropertyList
          items={[
            ['State', <StateDot key="state" state={shapeOfAttempt(attempt)} text={attempt.state.toLowerCase()} />],
            ['Phase', attempt.phase],
            ['Node', `${attempt.rack}/${attempt.node}`],
            ['Time', formatDuration(timeOf(attempt, nowMs))],
            split !== undefined && [
              'Reads',
              `${split.uri} from ${formatBytes(split.offset)}, ${formatBytes(split.length)}`,
            ],
            locality !== undefined &&
              split?.uri.startsWith('hdfs:') === true && [
                'Block',
                { node: 'on its node', rack: 'in its rack', other: 'in another rack' }[locality],
              ],
            ['In', `${formatNumber(attempt.recordsIn)} records, ${formatBytes(attempt.bytesIn)}`],
            ['Out', `${formatNumber(attempt.recordsOut)} records, ${formatBytes(attempt.bytesOut)}`],
            attempt.spills > 0 && ['Spills', `${attempt.spills}, ${formatBytes(attempt.spilledBytes)}`],
            attempt.shuffleBytes > 0 && ['Shuffled', formatBytes(attempt.shuffleBytes)],
            attempt.speculative && ['Speculative', 'a second one of a slow task'],
            attempt.rerun && ['Run by hand', 'its output is thrown away'],
            attempt.status !== '' && ['Status', attempt.status],
            attempt.reason !== undefined && ['Why', attempt.reason],
            at !== undefined && ['Where', `${at.file}, line ${at.line}`],
            ['Id', id],
          ]}
        />
        <div className={styles.actions}>
          <Button size="s" icon={<RotateCcw size={13} />} pending={rerun.pending} onClick={() => void rerun.run()}>
            {hasEnded(job) ? 'Run the task once more' : 'Do the task again'}
          </Button>
        </div>
      </Section>
      <Section title="Log">
        <Log attempt={attempt} />
      </Section>
    </>
  )
}

/** More of it than this is not shown at once: the end is what matters. */
const SHOWN = 200_000

function Log({ attempt: { id, state, endedMs } }: { attempt: AttemptStatus }) {
  const known = useRef({ id, text: '', next: 0 })
  const second = Math.floor(useWallNow() / 1000)
  const log = useCall(
    async ({ mapreduce }, signal) => {
      // Only what is new is asked for.
      if (known.current.id !== id) known.current = { id, text: '', next: 0 }
      for (;;) {
        const { text, next } = await mapreduce.logs({ attempt: id, from: known.current.next }, { signal })
        if (signal.aborted || next === known.current.next) return known.current.text
        known.current = { id, text: (known.current.text + text).slice(-SHOWN), next }
      }
    },
    [id, state === 'RUNNING' ? second : endedMs],
  )
  if (log.error && log.data === undefined) return <ErrorView compact title="The log cannot be read" error={log.error} />
  if (!log.data) return <p className={styles.note}>It has written nothing.</p>
  return <Verbatim log={`Log of ${id}`}>{log.data}</Verbatim>
}
