import type { JobDetail } from '@aws-sdk/client-batch'
import { type Attempt, type Container, type Job, type JobStatus, STATUSES } from './contract.ts'
import { definitionArn, jobArn, queueArn } from './errors.ts'

/** A job as DescribeJobs and the event "Batch Job State Change" show it. */
export function detail(job: Job): JobDetail {
  const { exitCode, reason } = job.attempts.at(-1) ?? {}
  const last = job.attempts.length + (job.environment === undefined ? 0 : 1)
  return {
    ...known(job),
    startedAt: job.startedMs,
    jobQueue: queueArn(job.queue),
    jobDefinition: definitionOf(job),
    schedulingPriority: job.schedulingPriority,
    attempts: job.attempts.map((attempt, i) => attemptShown(attempt, logStreamOf(job, i + 1))),
    retryStrategy: job.retry,
    dependsOn: job.dependsOn,
    parameters: job.parameters,
    container: {
      ...containerShown(job.container),
      exitCode,
      reason,
      ...(last > 0 && { logStreamName: logStreamOf(job, last) }),
    },
    ...(job.timeoutS !== undefined && { timeout: { attemptDurationSeconds: job.timeoutS } }),
    ...(job.array && { arrayProperties: { size: job.array.size, statusSummary: everyStatus(job.array.counts) } }),
    ...(job.child && { arrayProperties: { index: job.child.index } }),
    tags: job.tags,
    propagateTags: job.propagateTags,
  }
}

/** What lists of jobs show too. */
export const known = (job: Job) => ({
  jobArn: jobArn(job.id),
  jobId: job.id,
  jobName: job.name,
  status: job.status,
  statusReason: job.statusReason,
  createdAt: job.createdMs,
  startedAt: job.startedMs,
  stoppedAt: job.stoppedMs,
  shareIdentifier: job.share,
  isCancelled: job.cancelled,
  isTerminated: job.terminated,
})

export function definitionOf({ definition }: Job): string {
  const [name, revision] = definition.split(':')
  return definitionArn(name, Number(revision))
}

/** A container as Batch describes it, of definitions and of jobs. */
export function containerShown({ vcpus, memoryMiB, environment, ...container }: Container) {
  return {
    ...container,
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
    resourceRequirements: [
      { type: 'VCPU' as const, value: String(vcpus) },
      { type: 'MEMORY' as const, value: String(memoryMiB) },
    ],
    volumes: [],
    mountPoints: [],
    ulimits: [],
    networkInterfaces: [],
    secrets: [],
  }
}

const attemptShown = ({ startedMs, stoppedMs, exitCode, reason, statusReason }: Attempt, logStreamName: string) => ({
  container: { exitCode, reason, logStreamName },
  startedAt: startedMs,
  stoppedAt: stoppedMs,
  statusReason,
})

/** `definition/default/task` in the group `/aws/batch/job` (Batch user guide, "Using the awslogs log driver"). */
const logStreamOf = ({ id, definition }: Job, attempt: number): string =>
  `${definition.split(':')[0]}/default/${id.replaceAll(':', '_')}-${attempt}`

const everyStatus = (counts: Partial<Record<JobStatus, number>>) =>
  Object.fromEntries(STATUSES.map((status) => [status, counts[status] ?? 0]))
