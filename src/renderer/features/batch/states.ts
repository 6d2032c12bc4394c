import type { ComputeEnvironment, Job, JobQueue, JobStatus } from '../../../engines/batch/contract.ts'
import { formatNumber, plural } from '../../lib/index.ts'
import type { StateShape } from '../../ui/index.ts'

export const SHAPES: Record<JobStatus, StateShape> = {
  SUBMITTED: 'waiting',
  PENDING: 'waiting',
  RUNNABLE: 'idle',
  STARTING: 'starting',
  RUNNING: 'running',
  SUCCEEDED: 'good',
  FAILED: 'bad',
}

/** How states read: the service's word, as a person would write it. */
export const stateTitle = (status: JobStatus): string => status.charAt(0) + status.slice(1).toLowerCase()

export const hasEnded = (status: JobStatus): boolean => status === 'SUCCEEDED' || status === 'FAILED'

/** Children of an array that have ended. */
export const endedOf = ({ counts }: NonNullable<Job['array']>): number => (counts.SUCCEEDED ?? 0) + (counts.FAILED ?? 0)

/** An attempt that is placed runs or is about to: only terminating ends it. */
export const isPlaced = (status: JobStatus): boolean => status === 'STARTING' || status === 'RUNNING'

/** Why a job does not run yet, in a sentence; null where it does, or has ended. */
export function whyWaiting(
  job: Job,
  {
    queue,
    environments,
    front,
  }: { queue: JobQueue | undefined; environments: readonly ComputeEnvironment[]; front: readonly Job[] },
): string | null {
  if (job.array && !hasEnded(job.status)) return null
  if (job.status === 'PENDING' || job.status === 'SUBMITTED') {
    const sequential = job.dependsOn.some(({ type }) => type === 'SEQUENTIAL')
    const count = job.dependsOn.filter(({ jobId }) => jobId !== undefined).length
    if (count > 0) return `Waits for ${plural(count, 'job')} to succeed`
    return sequential ? 'Waits for the child before it' : 'Is being taken in'
  }
  if (job.status !== 'RUNNABLE') return null
  if (job.statusReason !== undefined) return job.statusReason.replace(/^[A-Z_]+:[A-Z_]+ - /, '')
  const place = front.findIndex(({ id }) => id === job.id)
  if (place > 0) return `${formatNumber(place)} before it`
  if (place < 0) return 'Over 100 before it'
  const places = (queue?.environments ?? []).flatMap((name) => environments.find((each) => each.name === name) ?? [])
  const { vcpus, memoryMiB } = job.container
  const free = places
    .filter(({ enabled, largestJob }) => enabled && largestJob.vcpus >= vcpus && largestJob.memoryMiB >= memoryMiB)
    .map((place) => ({
      vcpus: place.maxVcpus - place.used.vcpus,
      memoryMiB: place.memoryMiB - place.used.memoryMiB,
    }))
  const most = Math.max(0, ...free.map((each) => each.vcpus))
  if (most < vcpus) return `Next, and needs ${plural(vcpus, 'vCPU')}: ${formatNumber(most)} free`
  if (!free.some((each) => each.vcpus >= vcpus && each.memoryMiB >= memoryMiB))
    return 'Next, and needs more memory than is free'
  return 'Next'
}
