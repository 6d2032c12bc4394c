import { Square } from 'lucide-react'
import { useMemo } from 'react'
import type { RunState } from '../../../engines/pipeline/contract.ts'
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatNumber,
  formatRate,
  notifyError,
  openPanel,
  openRun,
  runName,
  useAction,
  useFeed,
  useWallNow,
} from '../../lib/index.ts'
import { Button, ErrorView, IconButton, Progress, StateDot, shapeOf } from '../../ui/index.ts'
import { isGoing } from './going.ts'
import styles from './Home.module.css'

/** Runs under way with their numbers; when none is, the latest one and how it ended. */
export function RunningNow() {
  const runs = useFeed((clients, signal) => clients.pipeline.watchRuns({}, { signal }), [])
  const nowMs = useWallNow()
  const going = useMemo(() => (runs.data ?? []).filter(isGoing), [runs.data])
  const last = runs.data?.[0]
  return (
    <section className={styles.card} aria-labelledby="home-running">
      <div className={styles.cardBar}>
        <h2 id="home-running">Running now</h2>
        <Button size="s" variant="ghost" onClick={() => openPanel('runs')}>
          All runs
        </Button>
      </div>
      {runs.error && !runs.data && <ErrorView compact error={runs.error} title="Runs cannot be listed" />}
      {going.map((run) => (
        <LiveRun key={run.runId} runId={run.runId} />
      ))}
      {runs.data && going.length === 0 && (
        <p className={styles.quiet}>
          {last ? (
            <>
              Nothing is running. The last run, of{' '}
              <button type="button" className={styles.link} onClick={() => openRun({ pipeline: last.pipeline })}>
                {runName(last.pipeline)}
              </button>
              , {last.state} {formatAgo(last.endedMs ?? last.startedMs, nowMs)}
              {last.error ? `: ${last.error.message}` : '.'}
            </>
          ) : (
            'Nothing is running. Open a pipeline and run it to see rows move.'
          )}
        </p>
      )}
    </section>
  )
}

function LiveRun({ runId }: { runId: string }) {
  const run = useFeed((clients, signal) => clients.pipeline.watch({ runId }, { signal }), [runId])
  const stop = useAction((clients, signal) => clients.pipeline.stop({ runId }, { signal }), {
    onError: (error) => notifyError('The run was not stopped', error),
  })
  const nowMs = useWallNow()
  if (!run.data) return null
  const { pipeline, state, startedMs } = run.data
  const totals = totalsOf(run.data)
  return (
    <div className={styles.run}>
      <div className={styles.runLine}>
        <StateDot state={shapeOf(state)} text={state} />
        <button type="button" className={styles.link} onClick={() => openRun({ pipeline })}>
          {runName(pipeline)}
        </button>
        <span className={styles.grow} />
        <IconButton
          size="s"
          icon={<Square size={13} />}
          label={`Stop ${runName(pipeline)}`}
          disabled={stop.pending}
          onClick={() => void stop.run()}
        />
      </div>
      <dl className={styles.figures}>
        <Figure name="Rows in" value={formatNumber(totals.rows, 0)} />
        <Figure name="Rate" value={formatRate(totals.rate, 'rows')} />
        <Figure name="Bytes in" value={formatBytes(totals.bytes)} />
        <Figure name="Running for" value={formatDuration(Math.max(0, nowMs - startedMs))} />
      </dl>
      {run.data.progress !== null && (
        <Progress
          label="Sources read"
          value={run.data.progress}
          {...(run.data.etaMs !== null && { timeLeft: `${formatDuration(run.data.etaMs)} left` })}
        />
      )}
    </div>
  )
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

/** What its sources have put out, and how far they are. */
function totalsOf(run: RunState) {
  const sources = run.nodes.filter((node) => node.rowsIn === 0 && node.rowsOut > 0)
  return {
    rows: sources.reduce((sum, node) => sum + node.rowsOut, 0),
    rate: sources.reduce((sum, node) => sum + node.rateOut, 0),
    bytes: sources.reduce((sum, node) => sum + node.bytesOut, 0),
  }
}
