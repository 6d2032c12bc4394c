import type { Container, Dependency, Job, JobDefinition, JobQueue, SubmitInput } from './contract.ts'
import { clientError } from './errors.ts'
import { requireOwnNames, substitute } from './schedule/substitute.ts'

/** A job as it begins: what its definition says, with what the submission says otherwise. An array has its children behind it. */
export function jobsOf(
  input: SubmitInput,
  { definition, queue, id, nowMs }: { definition: JobDefinition; queue: JobQueue; id: string; nowMs: number },
): [Job, ...Job[]] {
  requireShare(input, queue)
  const parameters = { ...definition.parameters, ...input.parameters }
  const propagateTags = input.propagateTags ?? definition.propagateTags
  const timeoutS = input.timeoutS ?? definition.timeoutS
  const job: Job = {
    id,
    name: input.name,
    queue: queue.name,
    definition: `${definition.name}:${definition.revision}`,
    status: 'SUBMITTED',
    createdMs: nowMs,
    container: containerOf(definition.container, input.overrides, parameters),
    parameters,
    retry: input.retry ?? definition.retry,
    ...(timeoutS !== undefined && { timeoutS }),
    ...(input.share !== undefined && { share: input.share }),
    schedulingPriority: input.schedulingPriority ?? definition.schedulingPriority,
    dependsOn: input.dependsOn,
    attempts: [],
    tags: propagateTags ? { ...definition.tags, ...input.tags } : input.tags,
    propagateTags,
    cancelled: false,
    terminated: false,
  }
  const { arraySize: size } = input
  if (size === undefined) return [job]
  const children = Array.from({ length: size }, (_, index) => ({
    ...job,
    id: `${id}:${index}`,
    child: { parent: id, index },
  }))
  return [{ ...job, array: { size, counts: { SUBMITTED: size } } }, ...children]
}

function containerOf(
  base: Container,
  overrides: SubmitInput['overrides'],
  parameters: Readonly<Record<string, string>>,
): Container {
  const merged: Container = {
    ...base,
    command: overrides.command ?? base.command,
    vcpus: overrides.vcpus ?? base.vcpus,
    memoryMiB: overrides.memoryMiB ?? base.memoryMiB,
    environment: { ...base.environment, ...overrides.environment },
  }
  requireOwnNames(merged.environment)
  return { ...merged, command: substitute(merged.command, parameters) }
}

function requireShare({ share }: SubmitInput, queue: JobQueue): void {
  if (queue.policy !== undefined && share === undefined)
    throw clientError('shareIdentifier is required for job queues with a fair share policy', 'shareIdentifier')
  if (queue.policy === undefined && share !== undefined)
    throw clientError('shareIdentifier can only be given for job queues with a fair share policy', 'shareIdentifier')
}

/** Ids that a job waits for. Children of an array also wait for their counterparts (N_TO_N) or for the one before (SEQUENTIAL). */
export function neededBy(job: Job): string[] {
  return job.dependsOn.flatMap((dependency) => {
    if (dependency.type === undefined) return [dependency.jobId!]
    if (!job.child) return []
    if (dependency.type === 'N_TO_N') return [`${dependency.jobId}:${job.child.index}`]
    return job.child.index === 0 ? [] : [`${job.child.parent}:${job.child.index - 1}`]
  })
}

/** Refuses dependencies that cannot be met: on nothing, or between arrays of other sizes. */
export function requireDependencies(
  dependencies: readonly Dependency[],
  size: number | undefined,
  find: (id: string) => Job | undefined,
): void {
  for (const { jobId, type } of dependencies) {
    if (type !== undefined && size === undefined)
      throw clientError(`A dependency of type ${type} is for array jobs only`, 'dependsOn')
    if (type === 'SEQUENTIAL') {
      if (jobId !== undefined) throw clientError('A SEQUENTIAL dependency has no job ID', 'dependsOn')
      continue
    }
    if (jobId === undefined) throw clientError('A dependency needs a job ID', 'dependsOn')
    const job = find(jobId)
    if (!job) throw clientError(`Job ${jobId} of dependsOn does not exist`, 'dependsOn')
    if (type === 'N_TO_N' && job.array?.size !== size)
      throw clientError(`Job ${jobId} is not an array of the same size, as N_TO_N needs`, 'dependsOn')
  }
}
