import {
  CancelJob$,
  type CancelJobRequest,
  type CancelJobResponse,
  DescribeJobs$,
  type DescribeJobsRequest,
  type DescribeJobsResponse,
  type JobSummary,
  ListJobs$,
  type ListJobsRequest,
  type ListJobsResponse,
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResponse,
  SubmitJob$,
  type SubmitJobRequest,
  type SubmitJobResponse,
  TagResource$,
  type TagResourceRequest,
  type TagResourceResponse,
  TerminateJob$,
  type TerminateJobRequest,
  type TerminateJobResponse,
  UntagResource$,
  type UntagResourceRequest,
  type UntagResourceResponse,
} from '@aws-sdk/client-batch'
import type { Clients } from '../../contract.ts'
import { type Job, STATUSES } from '../contract.ts'
import { definitionOf, detail, known } from '../detail.ts'
import { clientError, jobArn } from '../errors.ts'
import { notHonoured, operation, requireHonoured, startOf } from './common.ts'
import { environmentOf, retryOf, sizeOf } from './definitions.ts'

const SubmitJob = operation<SubmitJobRequest, SubmitJobResponse>({
  schema: SubmitJob$,
  constraints: { 'arrayProperties.size': { range: [2, 10_000] } },
  async run(input, { clients }) {
    const what = [
      'arrayProperties',
      'containerOverrides',
      'dependsOn',
      'jobDefinition',
      'jobName',
      'jobQueue',
      'parameters',
    ]
    const how = ['propagateTags', 'retryStrategy', 'schedulingPriorityOverride', 'shareIdentifier', 'tags', 'timeout']
    requireHonoured(input, [...what, ...how])
    const { containerOverrides: overrides = {} } = input
    const honoured = ['command', 'environment', 'memory', 'resourceRequirements', 'vcpus']
    requireHonoured(overrides, honoured, 'containerOverrides.')
    const { id, name } = await clients.batch.submit({
      name: input.jobName!,
      queue: input.jobQueue!,
      definition: input.jobDefinition!,
      share: input.shareIdentifier,
      schedulingPriority: input.schedulingPriorityOverride,
      arraySize: input.arrayProperties?.size,
      dependsOn: input.dependsOn?.map(({ jobId, type }) => ({ ...(jobId && { jobId }), ...(type && { type }) })),
      parameters: input.parameters,
      overrides: {
        ...sizeOf(overrides),
        ...(overrides.command && { command: overrides.command }),
        ...(overrides.environment && { environment: environmentOf(overrides.environment) }),
      },
      ...(input.retryStrategy && { retry: retryOf(input.retryStrategy) }),
      timeoutS: input.timeout?.attemptDurationSeconds,
      propagateTags: input.propagateTags,
      tags: input.tags,
    })
    return { jobArn: jobArn(id), jobName: name, jobId: id }
  },
})

const DescribeJobs = operation<DescribeJobsRequest, DescribeJobsResponse>({
  schema: DescribeJobs$,
  async run({ jobs = [] }, { clients }) {
    const found = await clients.batch.describeJobs({ jobIds: jobs.map(idOf) })
    return { jobs: found.map(detail) }
  },
})

const ListJobs = operation<ListJobsRequest, ListJobsResponse>({
  schema: ListJobs$,
  constraints: { jobStatus: { values: STATUSES } },
  async run(input, { clients }) {
    requireHonoured(input, ['arrayJobId', 'filters', 'jobQueue', 'jobStatus', 'maxResults', 'nextToken'])
    const { jobQueue, arrayJobId, jobStatus = 'RUNNING', maxResults = 100, nextToken } = input
    if ((jobQueue === undefined) === (arrayJobId === undefined))
      throw clientError('One of jobQueue, arrayJobId and multiNodeJobId must be given')
    if (input.filters?.length) return filtered(input, clients)
    const start = startOf(nextToken)
    const { jobs, more } = await clients.batch.listJobs({
      queue: jobQueue,
      parent: arrayJobId && idOf(arrayJobId),
      statuses: [jobStatus],
      start,
      limit: Math.min(maxResults, 1000),
    })
    return { jobSummaryList: jobs.map(summary), ...(more && { nextToken: String(start + jobs.length) }) }
  },
})

/** With a filter the status is not looked at (ListJobs, "filters"). Pages are those of the unfiltered list, so they may be short. */
async function filtered({ jobQueue, filters = [], nextToken }: ListJobsRequest, { batch }: Pick<Clients, 'batch'>) {
  const [{ name, values = [] }, another] = filters
  if (another) throw clientError('Only one filter can be used at a time', 'filters')
  const start = startOf(nextToken)
  const { jobs, more } = await batch.listJobs({ queue: jobQueue, start, limit: 1000 })
  const [value = ''] = values
  const like = (text: string) =>
    value.endsWith('*')
      ? text.toLowerCase().startsWith(value.slice(0, -1).toLowerCase())
      : text.toLowerCase() === value.toLowerCase()
  const keep: Record<string, (job: Job) => boolean> = {
    JOB_NAME: (job) => like(job.name),
    JOB_DEFINITION: (job) => like(job.definition) || like(job.definition.split(':')[0]),
    BEFORE_CREATED_AT: (job) => job.createdMs < Number(value),
    AFTER_CREATED_AT: (job) => job.createdMs > Number(value),
  }
  if (!keep[name ?? '']) throw notHonoured(`the filter ${name}`)
  const found = jobs.filter(keep[name!])
  return { jobSummaryList: found.map(summary), ...(more && { nextToken: String(start + jobs.length) }) }
}

const CancelJob = operation<CancelJobRequest, CancelJobResponse>({
  schema: CancelJob$,
  run: ({ jobId, reason }, { clients }) => clients.batch.cancel({ jobId: idOf(jobId!), reason: reason! }),
})

/** Answered at once, as by the service: the processes have their thirty seconds. */
const TerminateJob = operation<TerminateJobRequest, TerminateJobResponse>({
  schema: TerminateJob$,
  async run({ jobId, reason }, { clients }) {
    const [job] = await clients.batch.describeJobs({ jobIds: [idOf(jobId!)] })
    if (!job) throw clientError(`Job ${jobId} does not exist`, 'jobId')
    void clients.batch.terminate({ jobId: job.id, reason: reason! }).catch(() => {})
    return {}
  },
})

const TagResource = operation<TagResourceRequest, TagResourceResponse>({
  schema: TagResource$,
  run: ({ resourceArn, tags }, { clients }) => clients.batch.tag({ arn: resourceArn!, add: tags!, remove: [] }),
})

const UntagResource = operation<UntagResourceRequest, UntagResourceResponse>({
  schema: UntagResource$,
  run: ({ resourceArn, tagKeys }, { clients }) => clients.batch.tag({ arn: resourceArn!, add: {}, remove: tagKeys! }),
})

const ListTagsForResource = operation<ListTagsForResourceRequest, ListTagsForResourceResponse>({
  schema: ListTagsForResource$,
  async run({ resourceArn }, { clients: { batch } }) {
    const things = [batch.listDefinitions({}), batch.listEnvironments({}), batch.listQueues({}), batch.listPolicies({})]
    const found = (await Promise.all<{ arn: string; tags: Record<string, string> }[]>(things)).flat()
    const [job] = await batch.describeJobs({ jobIds: [idOf(resourceArn!)] })
    const thing = found.find(({ arn }) => arn === resourceArn) ?? job
    if (!thing) throw clientError(`Resource ${resourceArn} does not exist`, 'resourceArn')
    return { tags: thing.tags }
  },
})

const idOf = (text: string): string => text.slice(text.indexOf('/') + 1)

function summary(job: Job): JobSummary {
  const { exitCode, reason } = job.attempts.at(-1) ?? {}
  return {
    ...known(job),
    jobDefinition: definitionOf(job),
    container: { exitCode, reason },
    ...(job.array && { arrayProperties: { size: job.array.size } }),
    ...(job.child && { arrayProperties: { index: job.child.index } }),
  }
}

export const jobOperations = {
  CancelJob,
  DescribeJobs,
  ListJobs,
  ListTagsForResource,
  SubmitJob,
  TagResource,
  TerminateJob,
  UntagResource,
}
