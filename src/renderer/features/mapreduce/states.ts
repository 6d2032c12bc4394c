import type { AttemptStatus, JobStatus } from '../../../engines/mapreduce/contract.ts'
import type { StateShape } from '../../ui/index.ts'

const SHAPES: Readonly<Record<JobStatus['state'], StateShape>> = {
  WAITING: 'waiting',
  RUNNING: 'running',
  COMMITTING: 'draining',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  KILLED: 'stopped',
}

export const shapeOfJob = ({ state, held }: Pick<JobStatus, 'state' | 'held'>): StateShape =>
  held.length > 0 ? 'paused' : SHAPES[state]

/** Its last word was not success: nothing more comes to where it did not get. */
export const cameToNothing = ({ state }: Pick<JobStatus, 'state'>): boolean => state === 'FAILED' || state === 'KILLED'

export const hasEnded = (job: Pick<JobStatus, 'state'>): boolean => job.state === 'SUCCEEDED' || cameToNothing(job)

export const shapeOfAttempt = ({ state, phase }: Pick<AttemptStatus, 'state' | 'phase'>): StateShape =>
  state === 'RUNNING' && phase === 'held' ? 'paused' : SHAPES[state]

/** How states read: the engine's word, as a person would write it. */
export const stateTitle = (state: JobStatus['state']): string => state[0] + state.slice(1).toLowerCase()

/** Of a job, 0 to 1: maps and reduces alike. */
export const progressOf = ({ mapProgress, reduceProgress, reduces }: JobStatus): number =>
  reduces.total === 0 ? mapProgress : (mapProgress + reduceProgress) / 2

/** "map 3, attempt 1", since ids are long. */
export const attemptName = ({ kind, task, attempt }: AttemptStatus): string =>
  `${kind} ${task}${attempt > 0 ? `, attempt ${attempt + 1}` : ''}`

export function timeOf({ startedMs, endedMs }: { startedMs?: number; endedMs?: number }, nowMs: number): number {
  return startedMs === undefined ? 0 : Math.max(0, (endedMs ?? nowMs) - startedMs)
}
