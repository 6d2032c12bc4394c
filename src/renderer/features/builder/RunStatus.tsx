import { History, TriangleAlert, X } from 'lucide-react'
import type { RunState, RunSummary } from '../../../engines/pipeline/contract.ts'
import {
  formatAgo,
  formatCompact,
  formatCost,
  formatDuration,
  formatNumber,
  formatTime,
  formatUtc,
  plural,
  useWallNow,
} from '../../lib/index.ts'
import { Badge, Button, IconButton, StateDot, shapeOf } from '../../ui/index.ts'
import { useActions } from './actions.ts'
import { jumpTo, useBuilder, useDocument, useRun, useRunWarnings, useUi } from './context.ts'
import { titleOf } from './model/ports.ts'
import { isActive } from './model/run-view.ts'
import styles from './RunBar.module.css'

/** Where the shown run stands: how far it is, what it waits for, or how it ended. */
export function RunStatus({ last, onHide }: { last: RunSummary | null; onHide: () => void }) {
  const run = useRun()
  if (!run) return last ? <LastRun last={last} /> : <span className={styles.idle}>Not run yet</span>
  return (
    <div className={styles.status} title={`Time of the clock: ${formatUtc(run.clockMs)}`}>
      {isActive(run) ? <Going run={run} /> : <Ended run={run} newest={last?.runId === run.runId} onHide={onHide} />}
    </div>
  )
}

/** No run is on the canvas: what the latest one was, and the way to it. */
function LastRun({ last }: { last: RunSummary }) {
  const { showRun } = useActions()
  const nowMs = useWallNow()
  return (
    <div className={styles.status}>
      <span className={styles.idle}>
        Last run {last.state} {formatAgo(last.endedMs ?? last.startedMs, nowMs)}
      </span>
      <Button size="s" variant="ghost" icon={<History size={13} />} onClick={() => showRun(last.runId)}>
        Show it
      </Button>
    </div>
  )
}

/** What is amiss although the run goes on or has ended well; leads to the node. */
function Warnings() {
  const builder = useBuilder()
  const [first, ...others] = useRunWarnings()
  if (!first) return null
  const open = () => {
    builder.ui.setState({ pane: 'problems' })
    jumpTo(builder, [first.node])
  }
  return (
    <button type="button" className={styles.warning} title={first.message} onClick={open}>
      <TriangleAlert size={13} aria-hidden />
      <span>{first.message}</span>
      {others.length > 0 && <span>and {others.length} more</span>}
    </button>
  )
}

function Going({ run }: { run: RunState }) {
  const halted = run.wires.some((wire) => wire.paused)
  const { progress, etaMs, state, waitsFor } = run
  const percent = progress === null ? null : Math.floor(progress * 100)
  return (
    <>
      <span aria-live="polite" className={styles.state}>
        <StateDot state={halted ? 'paused' : shapeOf(state)} text={halted ? 'at a breakpoint' : state} />
      </span>
      <Warnings />
      {run.fromNode !== undefined && <FromNode node={run.fromNode} />}
      {state !== 'draining' && percent !== null && (
        <>
          <div
            role="progressbar"
            aria-label="Progress of the run"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent}
            className={styles.track}
          >
            <div style={{ width: `${percent}%` }} />
          </div>
          <span className={styles.figure}>{percent} %</span>
        </>
      )}
      {etaMs !== null && state !== 'paused' && (
        <span
          className={styles.figure}
          title={
            state === 'draining'
              ? 'Until what is in hand has arrived, by the pace of late'
              : 'Until the sources have sent everything, by the pace of late; what follows drains after that'
          }
        >
          {formatDuration(Math.max(1000, etaMs))} left
        </span>
      )}
      {waitsFor !== undefined && !halted && (
        <span className={styles.waits} title={waitsFor}>
          {waitsFor}
        </span>
      )}
    </>
  )
}

/** A run that did not begin at the sources tells only of what comes after. */
function FromNode({ node }: { node: string }) {
  const document = useDocument()
  const found = document.nodes.find(({ id }) => id === node)
  return (
    <span className={styles.waits} title="It began here, with the pinned rows of what comes before">
      from “{found ? titleOf(found) : node}”
    </span>
  )
}

function Ended({ run, newest, onHide }: { run: RunState; newest: boolean; onHide: () => void }) {
  const nowMs = useWallNow()
  const changes = useUi((ui) => ui.stale.changes)
  const { state, startedMs, endedMs = startedMs, rows, costUsd, fromNode } = run
  return (
    <>
      <span className={styles.state}>
        <StateDot state={shapeOf(state)} text={state} />
      </span>
      <Warnings />
      <span className={styles.figure} title={`${formatTime(startedMs)} to ${formatTime(endedMs)}`}>
        {newest ? '' : 'an earlier run, '}
        {formatAgo(endedMs, nowMs)}
      </span>
      {fromNode !== undefined && <FromNode node={fromNode} />}
      {rows > 0 && (
        <span className={styles.figure} title={`${formatNumber(rows, 0)} rows sent by the sources`}>
          {formatCompact(rows)} rows
        </span>
      )}
      <span className={styles.figure}>took {formatDuration(endedMs - startedMs)}</span>
      {changes > 0 && (
        <span title="The results on the canvas are of an earlier version of this pipeline. Run it again, or undo the changes.">
          <Badge tone="warn">{plural(changes, 'change')} since</Badge>
        </span>
      )}
      <IconButton size="s" icon={<X size={13} />} label="Take the run off the canvas" onClick={onHide} />
      {costUsd !== null && (
        <span className={styles.figure} title="By the workspace's price table; an estimate">
          ≈ {formatCost(costUsd)} at AWS
        </span>
      )}
    </>
  )
}
