import type { Attempt, Job } from './contract.ts'
import type { Ending } from './process/attempts.ts'

/** Why an attempt is being ended from outside. One that lost its host may be tried again, others never are. */
export interface Verdict {
  readonly statusReason: string
  readonly isHostLost?: true
}

/** An ending in Batch's words. What nobody saw is told as a lost host, which rules for retries know. */
export function attemptRecord(job: Job, ending: Ending, verdict: Verdict | undefined, stoppedMs: number): Attempt {
  const { exitCode, reason, unseen } = ending
  const statusReason =
    verdict?.statusReason ??
    (unseen
      ? 'Host EC2 (instance of this machine) terminated.'
      : exitCode === undefined
        ? 'Task failed to start'
        : 'Essential container in task exited')
  return {
    ...(job.status === 'RUNNING' && job.startedMs !== undefined && { startedMs: job.startedMs }),
    stoppedMs,
    ...(exitCode !== undefined && !verdict?.isHostLost && { exitCode }),
    ...(reason !== undefined && { reason }),
    statusReason,
    ...(job.environment !== undefined && { environment: job.environment }),
    ...(job.execution && { execution: job.execution }),
  }
}
