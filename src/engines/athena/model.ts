import type { WireError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import type { QueryExecution } from './contract.ts'

/** QUEUED → RUNNING → SUCCEEDED, FAILED or CANCELLED; a query may also fail or be cancelled before it runs. */
export type QueryEvent =
  | { type: 'started' }
  | { type: 'planned' }
  | { type: 'progressed'; progress: number }
  | { type: 'scanned'; bytesScanned: number; costUsd: number }
  | {
      type: 'succeeded'
      columns: Column[]
      rowCount: number | null
      notes?: readonly string[]
      /** Of the end of the run, for the writing of result files. */
      processingMs: number
      outputLocation?: string
      manifestLocation?: string
      outputBytes?: number
    }
  | { type: 'failed'; error: WireError }
  | { type: 'cancelled'; error?: WireError }

export function isEnded(query: Pick<QueryExecution, 'state'>): boolean {
  return query.state === 'SUCCEEDED' || query.state === 'FAILED' || query.state === 'CANCELLED'
}

/** The query after an event; one that has ended stays as it is. */
export function step(query: QueryExecution, event: QueryEvent, nowMs: number): QueryExecution {
  if (isEnded(query)) return query
  switch (event.type) {
    case 'started':
      return { ...query, state: 'RUNNING', startedMs: nowMs }
    case 'planned':
      return { ...query, planningMs: nowMs - query.startedMs! }
    case 'progressed':
      return { ...query, progress: Math.max(query.progress ?? 0, event.progress) }
    case 'scanned':
      return { ...query, bytesScanned: event.bytesScanned, costUsd: event.costUsd }
    case 'succeeded': {
      const { type: _, outputLocation = query.outputLocation, ...result } = event
      const { notes, ...plain } = result
      const ended = {
        ...query,
        ...plain,
        ...(notes && { notes: [...notes] }),
        state: 'SUCCEEDED' as const,
        endedMs: nowMs,
        progress: 1,
      }
      return outputLocation === undefined ? ended : { ...ended, outputLocation }
    }
    case 'failed':
      return { ...query, state: 'FAILED', endedMs: nowMs, error: event.error }
    case 'cancelled':
      return { ...query, state: 'CANCELLED', endedMs: nowMs, ...(event.error && { error: event.error }) }
  }
}

/** Of a query that was under way when the program ended: its work is gone. */
export const PROGRAM_STOPPED: WireError = {
  code: 'INTERNAL_ERROR',
  message: 'The program stopped while the query ran. Run it again.',
  domain: 'internal',
  retry: true,
}

export function interrupted(query: QueryExecution, nowMs: number): QueryExecution {
  return step(query, { type: 'failed', error: PROGRAM_STOPPED }, nowMs)
}
