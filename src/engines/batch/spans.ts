import type { Job, Span } from './contract.ts'

/** A job's attempts in time, the running one too; those that never started take none. */
export function spansOf(job: Job): Span[] {
  const { id: jobId, queue, child } = job
  const name = child ? `${job.name} ${child.index}` : job.name
  const { vcpus, memoryMiB } = job.container
  const common = { jobId, name, queue, vcpus, memoryMiB }
  const spans = job.attempts.flatMap(({ startedMs, stoppedMs, exitCode, statusReason, environment }, i): Span[] =>
    startedMs === undefined
      ? []
      : [{ ...common, attempt: i + 1, startedMs, stoppedMs, exitCode, statusReason, environment }],
  )
  if (job.status === 'RUNNING' && job.startedMs !== undefined)
    spans.push({ ...common, attempt: spans.length + 1, startedMs: job.startedMs, environment: job.environment })
  return spans
}
