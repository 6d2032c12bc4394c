import { formatDuration } from '../../../lib/format.ts'
import type { Execution } from '../execution.ts'

/** Athena says when a query left its queue; a statement of the warehouse runs from when it was sent. */
type Timed = Pick<Execution, 'submittedMs' | 'endedMs'> & { readonly startedMs?: number | undefined }

/** How long the engine ran, by its own clock, without the queue before and the way here after; null until it has ended. */
export function ranMs({ submittedMs, startedMs = submittedMs, endedMs }: Timed): number | null {
  return endedMs === undefined ? null : Math.max(0, endedMs - startedMs)
}

/** The parts of the time in words, with the whole as this window saw it where it did. */
export function timesOf(execution: Timed, tookMs?: number): string {
  const ran = ranMs(execution)
  const { submittedMs, startedMs } = execution
  return [
    startedMs !== undefined && `queued ${formatDuration(startedMs - submittedMs)}`,
    ran !== null && `ran ${formatDuration(ran)}`,
    tookMs !== undefined && `${formatDuration(tookMs)} in all, with its way to this window`,
  ]
    .filter((part) => part !== false)
    .join(' · ')
}
