import { RotateCcw, X } from 'lucide-react'
import type { AttemptStatus, JobStatus } from '../../../engines/mapreduce/contract.ts'
import {
  formatBytes,
  formatDuration,
  formatNumber,
  LogView,
  notifyError,
  shortId,
  useAction,
  useLogTail,
  useWallNow,
} from '../../lib/index.ts'
import { Button, Buttons, Copied, IconButton, PropertyList, Section, StateDot } from '../../ui/index.ts'
import { attemptName, hasEnded, shapeOfAttempt, stateTitle, timeOf } from './states.ts'

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
            ['State', <StateDot key="state" state={shapeOfAttempt(attempt)} text={stateTitle(attempt.state)} />],
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
            [
              'ID',
              <Copied key="id" text={id} label="Copy id">
                {shortId(id)}
              </Copied>,
            ],
          ]}
        />
        <Buttons>
          <Button size="s" icon={<RotateCcw size={13} />} pending={rerun.pending} onClick={() => void rerun.run()}>
            {hasEnded(job) ? 'Run the task once more' : 'Do the task again'}
          </Button>
        </Buttons>
      </Section>
      <Section title="Log">
        <Log key={id} attempt={attempt} />
      </Section>
    </>
  )
}

function Log({ attempt: { id, endedMs } }: { attempt: AttemptStatus }) {
  const tail = useLogTail(({ mapreduce }, from, signal) => mapreduce.logs({ attempt: id, from }, { signal }), [id], {
    isLive: endedMs === undefined,
  })
  return <LogView tail={tail} name={`Log of ${id}`} empty="It has written nothing." />
}
