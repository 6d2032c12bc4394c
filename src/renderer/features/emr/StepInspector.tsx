import { CircleStop, ExternalLink } from 'lucide-react'
import { useState } from 'react'
import type { Step } from '../../../engines/emr/contract.ts'
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatTime,
  LogView,
  openView,
  useLogTail,
  useNow,
  wordsText,
} from '../../lib/index.ts'
import { Button, Buttons, Copied, PropertyList, Section, StateDot, Tabs } from '../../ui/index.ts'
import styles from './emr.module.css'
import { ACTION_TITLES, shapeOfStep, stateTitle, stepEnded } from './states.ts'

type LogFile = 'controller' | 'stdout' | 'stderr'

const MIB = 1024 * 1024
const FILES: readonly LogFile[] = ['stdout', 'stderr', 'controller']

/** What a step runs, how it stands, and the end of what it wrote. */
export function StepInspector({ step, onCancel }: { step: Step; onCancel: (() => void) | undefined }) {
  const nowMs = useNow()
  const [file, setFile] = useState<LogFile>(step.state === 'FAILED' ? 'stderr' : 'stdout')
  const { job, startedMs, endedMs, exitCode, failure, reason, resources } = step
  const why = failure?.message ?? failure?.reason ?? reason?.message
  return (
    <>
      <Section title={step.name}>
        <p className={styles.line}>
          <StateDot state={shapeOfStep(step)} text={stateTitle(step.state)} />
          {startedMs !== undefined && (
            <span className={styles.quiet}>{formatDuration(Math.max(0, (endedMs ?? nowMs) - startedMs))}</span>
          )}
        </p>
        {why && <p className={styles.why}>{why}</p>}
        <PropertyList
          items={[
            ['Jar', step.jar],
            step.args.length > 0 && ['Arguments', <code key="args">{wordsText(step.args)}</code>],
            ['If it fails', ACTION_TITLES[step.actionOnFailure]],
            ['Added', formatTime(step.createdMs)],
            startedMs !== undefined && ['Started', formatTime(startedMs)],
            endedMs !== undefined && ['Ended', formatTime(endedMs)],
            resources !== undefined && [
              'Resources',
              `${formatNumber(resources.vcpus)} vCPU, ${formatBytes(resources.memoryMiB * MIB)}`,
            ],
            exitCode !== undefined && ['Exit code', String(exitCode)],
            [
              'ID',
              <Copied key="id" text={step.id} label="Copy id">
                {step.id}
              </Copied>,
            ],
          ]}
        />
        <Buttons>
          {job !== undefined && (
            <Button size="s" icon={<ExternalLink size={13} />} onClick={() => openView('mapreduce.job', { id: job })}>
              Open the job
            </Button>
          )}
          {onCancel && !stepEnded(step.state) && (
            <Button size="s" variant="danger" icon={<CircleStop size={13} />} onClick={onCancel}>
              Cancel step
            </Button>
          )}
        </Buttons>
      </Section>
      <Section title="Log" flush>
        <Tabs label="Log files" size="s" value={file} onChange={setFile} tabs={FILES.map((id) => ({ id, title: id }))}>
          <div className={styles.log}>
            <Log key={`${step.id}/${file}`} step={step} file={file} />
          </div>
        </Tabs>
      </Section>
    </>
  )
}

function Log({ step, file }: { step: Step; file: LogFile }) {
  const tail = useLogTail(
    ({ emr }, from, signal) => emr.readLog({ cluster: step.cluster, step: step.id, file, from }, { signal }),
    [step.cluster, step.id, file],
    { isLive: !stepEnded(step.state) },
  )
  return <LogView tail={tail} name={`${file} of ${step.name}`} />
}
