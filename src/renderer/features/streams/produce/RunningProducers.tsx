import { Square, X } from 'lucide-react'
import { useState } from 'react'
import { exampleCommand } from '../../../../engines/ingest/contract.ts'
import { producedBy, type RunState } from '../../../../engines/pipeline/contract.ts'
import { PRODUCERS } from '../../../../engines/pipeline/produce.ts'
import {
  formatDuration,
  formatNumber,
  formatRate,
  notifyError,
  useAction,
  useCall,
  useFeed,
} from '../../../lib/index.ts'
import {
  Button,
  CopyButton,
  ErrorView,
  IconButton,
  Progress,
  type ShownError,
  StateDot,
  shapeOf,
} from '../../../ui/index.ts'
import styles from './produce.module.css'

/** What sends into the stream now, however it was started, and what was started here, to its end. */
export function RunningProducers({ stream, started }: { stream: string; started: readonly string[] }) {
  const runs = useFeed((clients, signal) => clients.pipeline.watchRuns({}, { signal }), [])
  const [dismissed, setDismissed] = useState<readonly string[]>([])
  const shown = (runs.data ?? []).filter(
    ({ runId, pipeline, endedMs }) =>
      producedBy(pipeline)?.stream === stream &&
      (endedMs === undefined || started.includes(runId)) &&
      !dismissed.includes(runId),
  )
  if (shown.length === 0) return null
  return (
    <ul className={styles.runs} aria-label="Producers">
      {shown.map(({ runId }) => (
        <RunningProducer key={runId} runId={runId} onDismiss={() => setDismissed((before) => [...before, runId])} />
      ))}
    </ul>
  )
}

function RunningProducer({ runId, onDismiss }: { runId: string; onDismiss: () => void }) {
  const run = useFeed((clients, signal) => clients.pipeline.watch({ runId }, { signal }), [runId])
  const stop = useAction((clients, signal) => clients.pipeline.stop({ runId }, { signal }), {
    onError: (error) => notifyError('The producer was not stopped', error),
  })
  if (!run.data) return null
  const { state, rows, nodes, progress, etaMs, error, endedMs, waitsFor, pipeline } = run.data
  const source = nodes.find(({ node }) => node === 'producer')
  const going = endedMs === undefined
  const title = titleOf(pipeline)
  return (
    <li className={styles.run}>
      <div className={styles.line}>
        <StateDot state={shapeOf(state)} text={state} />
        <b>{title}</b>
        <span className={styles.figures}>
          {formatNumber(rows, 0)} records{going && `, ${formatRate(source?.rateOut ?? 0, 'records')}`}
        </span>
        {!going && <IconButton icon={<X size={13} />} label={`Dismiss ${title}`} onClick={onDismiss} />}
        {going && (
          <Button
            size="s"
            icon={<Square size={12} />}
            pending={stop.pending}
            disabled={state === 'draining'}
            onClick={() => void stop.run()}
          >
            Stop
          </Button>
        )}
      </div>
      {going && progress !== null && (
        <Progress
          label={state === 'draining' ? (waitsFor ?? 'Arriving') : 'Sent'}
          value={progress}
          {...(etaMs !== null && { timeLeft: `${formatDuration(etaMs)} left` })}
        />
      )}
      {source?.note !== undefined && <p className={styles.note}>{source.note}</p>}
      {source?.warning !== undefined && <p className={styles.warning}>{source.warning}</p>}
      {going && <Address run={run.data} />}
      {error && <ErrorView compact title="It ended with an error" error={ownWords(error)} />}
    </li>
  )
}

/** The node that failed is the producer, whose name stands above, or the stream. */
function ownWords({ code, message, stack }: ShownError): ShownError {
  const prefix = PRODUCERS.map((one) => `${one.title}: `).find((each) => message.startsWith(each)) ?? ''
  return { code, message: message.slice(prefix.length), stack }
}

/** Several of one kind are numbered. */
function titleOf(path: string): string {
  const name = producedBy(path)?.producer ?? path
  const [, kind, number] = /^(.*?)(-\d+)?$/.exec(name)!
  const title = PRODUCERS.find((producer) => producer.name === kind)?.title
  return title === undefined ? name : `${title}${number?.replace('-', ' ') ?? ''}`
}

/** Where clients of a listener send to, as a command to try it with. */
function Address({ run: { runId, state } }: { run: RunState }) {
  const found = useCall(
    async (clients, signal) => {
      const listeners = await clients.ingest.list({}, { signal })
      const listener = listeners.find(({ source }) => source.startsWith(`${runId}/`))
      return listener ? { ...listener, ...(await clients.ingest.access({}, { signal })) } : null
    },
    [runId, state],
  )
  if (!found.data) return null
  const { url, token } = found.data
  const command = exampleCommand(url, token)
  return (
    <div className={styles.address}>
      <code>{command}</code>
      <CopyButton quiet text={command} label="Copy the command" />
    </div>
  )
}
