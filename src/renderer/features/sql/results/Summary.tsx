import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { formatBytes, formatCost, formatDuration, plural, useConnectionState } from '../../../lib/index.ts'
import { Progress } from '../../../ui/index.ts'
import type { ResultTab, Session } from '../session.ts'
import styles from '../sql.module.css'
import { ranMs, timesOf } from './duration.ts'

/** After the run: rows, time, bytes and price. */
export function Summary({ tab: { execution, tookMs } }: { tab: ResultTab }) {
  if (!execution) return null
  const took = ranMs(execution) ?? tookMs ?? null
  const rows = [
    execution.reusedFrom !== undefined && 'reused result',
    execution.rowCount !== null && plural(execution.rowCount, 'row'),
  ].filter((part) => part !== false)
  return (
    <span className={styles.summary} role="status" aria-label="Outcome of the run">
      {rows.join(' · ')}
      {took !== null && (
        <span title={timesOf(execution, tookMs)}>
          {rows.length > 0 && ' · '}
          {formatDuration(took)}
        </span>
      )}
      {execution.bytesScanned !== null && ` · ${formatBytes(execution.bytesScanned)} scanned`}
      {execution.costUsd !== null && (
        <span title="What AWS would charge at list price; nothing is charged here">
          {' '}
          · {formatCost(execution.costUsd)}
        </span>
      )}
    </span>
  )
}

export function Running({ tab, session, onCancel }: { tab: ResultTab; session: Session; onCancel: () => void }) {
  const stopping = useStore(session.store, (state) => state.stopping)
  const elapsed = useElapsed(tab.startedAt)
  const { execution } = tab
  const inTouch = useConnectionState() === 'connected'
  const share = execution?.progress ?? null
  const known = inTouch && share !== null && share > 0.02 && share < 1
  const word = !inTouch
    ? 'Connection lost, waiting for it'
    : stopping
      ? 'Cancelling…'
      : execution?.state === 'waiting'
        ? 'Queued'
        : tab.explained
          ? tab.explained.analyze
            ? 'Measuring'
            : 'Planning'
          : 'Running'
  return (
    <div className={styles.running}>
      <Progress
        label={`${word} · ${formatDuration(elapsed)}${execution?.bytesScanned ? ` · ${formatBytes(execution.bytesScanned)} to scan` : ''}`}
        value={known ? share : null}
        {...(known && elapsed > 2000 && { timeLeft: `about ${formatDuration((elapsed * (1 - share)) / share)} left` })}
        {...(!stopping && inTouch && { onCancel })}
      />
    </div>
  )
}

export function useElapsedText(since: number): string {
  return formatDuration(useElapsed(since))
}

/** Real time since a moment of this window's clock, four times a second. */
function useElapsed(since: number): number {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 250)
    return () => clearInterval(timer)
  }, [])
  return Math.max(0, Math.round((now - since) / 100) * 100)
}
