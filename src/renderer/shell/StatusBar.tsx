import { CircleX, TriangleAlert, Zap } from 'lucide-react'
import { useMemo } from 'react'
import type { RunSummary } from '../../engines/pipeline/contract.ts'
import type { SystemStatus } from '../../engines/system/contract.ts'
import { envExports } from '../lib/aws.ts'
import { useConnectionState } from '../lib/clients.tsx'
import { useFaults } from '../lib/faults.ts'
import { formatBytes, formatCompact, formatPercent, formatRate, plural } from '../lib/format.ts'
import { notifyError, useBackgroundWork } from '../lib/notify.ts'
import { openPanel } from '../lib/panel.ts'
import { useProblemRegistry } from '../lib/problems.ts'
import { useSystemStatus } from '../lib/status.tsx'
import { useAction, useCall } from '../lib/useCall.ts'
import { openView } from '../lib/view.tsx'
import {
  Button,
  CopyButton,
  cx,
  Popover,
  Progress,
  PropertyList,
  Spinner,
  StateDot,
  type StateShape,
  shapeOf,
  Tooltip,
} from '../ui/index.ts'
import { useRunProblems, useRunRate, useRuns } from './runs.ts'
import styles from './StatusBar.module.css'

/** How the program is, in one line; what has more to say opens above it. */
export function StatusBar() {
  const connection = useConnectionState()
  const last = useSystemStatus()
  // What was said before the connection was lost is not how things are.
  const status = connection === 'connected' ? last : undefined
  return (
    <footer className={styles.bar}>
      {connection === 'connected' ? (
        status && <EnginesItem status={status} />
      ) : (
        <span className={styles.item}>
          <StateDot
            state={connection === 'connecting' ? 'starting' : 'bad'}
            text={connection === 'connecting' ? 'Connecting…' : 'Not connected'}
          />
        </span>
      )}
      <ProblemsItem />
      {status && <FaultsItem />}
      <WorkItem />
      <span className={styles.space} />
      {status && <RateItem />}
      {status && (
        <Tooltip label="Resident memory and processor use of the whole program" side="top">
          <button type="button" className={styles.item} onClick={() => openPanel('metrics')}>
            {formatBytes(status.residentBytes)} · {formatPercent(status.cpu, 0)} CPU
          </button>
        </Tooltip>
      )}
      {status && <AwsItem status={status} />}
      {status && <span className={styles.item}>v{status.version}</span>}
    </footer>
  )
}

/** The word for all hosts together: the worst of them. */
function overall(hosts: SystemStatus['hosts']): { state: StateShape; text: string } {
  const failed = hosts.filter((host) => host.state === 'failed')
  const starting = hosts.filter((host) => host.state === 'starting' || host.state === 'restarting')
  if (failed.length > 0) return { state: 'bad', text: `${failed.map((host) => host.host).join(', ')} failed` }
  if (starting.length > 0)
    return { state: 'starting', text: `Starting ${starting.map((host) => host.host).join(', ')}` }
  return { state: 'good', text: 'Engines ready' }
}

function EnginesItem({ status }: { status: SystemStatus }) {
  const restart = useAction((clients, signal, host: string) => clients.system.restartHost({ host }, { signal }), {
    onError: (error) => notifyError('The host was not restarted', error),
  })
  const whole = overall(status.hosts)
  return (
    <Popover
      title="Engines"
      side="top"
      width={420}
      trigger={
        <button type="button" className={styles.item}>
          <StateDot {...whole} />
        </button>
      }
    >
      <ul className={styles.hosts}>
        {status.hosts.map((host) => (
          <li key={host.host} className={styles.host}>
            <StateDot state={shapeOf(host.state)} text={host.host} />
            <span className={styles.quiet}>{host.engines.join(', ')}</span>
            <span className={styles.number}>{host.state === 'idle' ? 'idle' : formatBytes(host.heapBytes)}</span>
            <Button
              size="s"
              disabled={host.state === 'idle' || restart.pending}
              onClick={() => void restart.run(host.host)}
            >
              Restart
            </Button>
            {(host.restarts > 0 || host.lastError) && (
              <p className={styles.hostError}>
                {host.restarts > 0 && `Restarted ${plural(host.restarts, 'time')}. `}
                {host.lastError}
              </p>
            )}
          </li>
        ))}
      </ul>
      <p className={styles.quiet}>A host is a thread. It starts when one of its engines is first used.</p>
    </Popover>
  )
}

function ProblemsItem() {
  const byOwner = useProblemRegistry((state) => state.byOwner)
  const [errors, warnings] = useMemo(() => {
    const all = Object.values(byOwner).flat()
    return [all.filter((p) => p.severity === 'error').length, all.filter((p) => p.severity === 'warning').length]
  }, [byOwner])
  return (
    <button type="button" className={styles.item} onClick={() => openPanel('problems')}>
      <CircleX size={13} aria-hidden className={cx(errors > 0 && styles.bad)} />
      {errors}
      <span className="mr-hidden">{errors === 1 ? 'error' : 'errors'}</span>
      <TriangleAlert size={13} aria-hidden className={cx(warnings > 0 && styles.warn)} />
      {warnings}
      <span className="mr-hidden">{warnings === 1 ? 'warning' : 'warnings'}</span>
    </button>
  )
}

/** What goes wrong on purpose is always in sight, so that nobody looks for its cause elsewhere. */
function FaultsItem() {
  const count = useFaults()?.length ?? 0
  if (count === 0) return null
  return (
    <button type="button" className={styles.item} onClick={() => openView('settings.main', { page: 'faults' })}>
      <Zap size={13} aria-hidden className={styles.warn} />
      {plural(count, 'fault')} on purpose
    </button>
  )
}

function WorkItem() {
  const list = useBackgroundWork((state) => state.list)
  if (list.length === 0) return null
  const first = list[0]
  const text = first.progress === null ? first.title : `${first.title} ${formatPercent(first.progress, 0)}`
  return (
    <Popover
      title="Background work"
      side="top"
      trigger={
        <button type="button" className={styles.item}>
          <Spinner size={12} immediate />
          {text}
          {list.length > 1 && ` and ${list.length - 1} more`}
        </button>
      }
    >
      {list.map((work) => (
        <Progress
          key={work.id}
          label={work.title}
          value={work.progress}
          timeLeft={work.timeLeft}
          onCancel={work.cancel}
        />
      ))}
    </Popover>
  )
}

const NO_RUNS: readonly RunSummary[] = []

function RateItem() {
  const runs = useRuns().data ?? NO_RUNS
  const { running, rate } = useRunRate(runs)
  const [problem] = useRunProblems(runs)
  const entering = running === 0 ? 'No pipeline is running' : `${formatRate(rate)} entering ${plural(running, 'run')}`
  return (
    <Tooltip label={problem?.message ?? entering} side="top">
      <button type="button" className={styles.item} onClick={() => openPanel(problem ? 'problems' : 'runs')}>
        <StateDot
          state={problem ? 'warn' : running > 0 ? 'running' : 'idle'}
          text={running > 0 ? `${formatCompact(Math.round(rate))} rec/s` : 'No runs'}
        />
      </button>
    </Tooltip>
  )
}

function AwsItem({ status }: { status: SystemStatus }) {
  const keys = useCall((clients, signal) => clients.workspace.credentials({}, { signal }), [])
  const { aws } = status
  if (!aws) return <span className={styles.item}>AWS port closed</span>
  const exports = keys.data ? envExports(aws.url, keys.data) : ''
  return (
    <Popover
      title="AWS endpoint"
      side="top"
      align="end"
      width={460}
      trigger={
        <button type="button" className={styles.item}>
          AWS :{aws.port}
        </button>
      }
    >
      <PropertyList
        items={[
          ['Address', aws.url],
          aws.wanted !== 0 && aws.port !== aws.wanted && ['Port', `${aws.wanted} was taken, so this is ${aws.port}`],
        ]}
      />
      <p className={styles.quiet}>Any AWS SDK or the AWS CLI works against it with these variables:</p>
      <pre className={styles.exports}>{exports}</pre>
      <div>
        <CopyButton text={exports} label="Copy variables" />
      </div>
    </Popover>
  )
}
