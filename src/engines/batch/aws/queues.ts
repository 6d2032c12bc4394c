import {
  CreateJobQueue$,
  type CreateJobQueueRequest,
  type CreateJobQueueResponse,
  CreateSchedulingPolicy$,
  type CreateSchedulingPolicyRequest,
  type CreateSchedulingPolicyResponse,
  DeleteJobQueue$,
  type DeleteJobQueueRequest,
  type DeleteJobQueueResponse,
  DeleteSchedulingPolicy$,
  type DeleteSchedulingPolicyRequest,
  type DeleteSchedulingPolicyResponse,
  DescribeJobQueues$,
  type DescribeJobQueuesRequest,
  type DescribeJobQueuesResponse,
  DescribeSchedulingPolicies$,
  type DescribeSchedulingPoliciesRequest,
  type DescribeSchedulingPoliciesResponse,
  type FairsharePolicy,
  GetJobQueueSnapshot$,
  type GetJobQueueSnapshotRequest,
  type GetJobQueueSnapshotResponse,
  ListSchedulingPolicies$,
  type ListSchedulingPoliciesRequest,
  type ListSchedulingPoliciesResponse,
  UpdateJobQueue$,
  type UpdateJobQueueRequest,
  type UpdateJobQueueResponse,
  UpdateSchedulingPolicy$,
  type UpdateSchedulingPolicyRequest,
  type UpdateSchedulingPolicyResponse,
} from '@aws-sdk/client-batch'
import type { JobQueue, SchedulingPolicy } from '../contract.ts'
import { jobArn, policyArn } from '../errors.ts'
import { chosen, nameOf, operation, pageOf, requireHonoured } from './common.ts'

const QUEUE = [
  'computeEnvironmentOrder',
  'jobQueueType',
  'jobStateTimeLimitActions',
  'priority',
  'schedulingPolicyArn',
  'state',
]
const STATES = { state: { values: ['ENABLED', 'DISABLED'] } }

const CreateJobQueue = operation<CreateJobQueueRequest, CreateJobQueueResponse>({
  schema: CreateJobQueue$,
  constraints: STATES,
  async run(input, { clients }) {
    requireHonoured(input, [...QUEUE, 'jobQueueName', 'tags'])
    const { name, arn } = await clients.batch.createQueue({
      name: input.jobQueueName!,
      enabled: input.state !== 'DISABLED',
      priority: input.priority!,
      environments: environmentsOf(input) ?? [],
      policy: input.schedulingPolicyArn && nameOf(input.schedulingPolicyArn),
      stateLimits: limitsOf(input),
      tags: input.tags,
    })
    return { jobQueueName: name, jobQueueArn: arn }
  },
})

const UpdateJobQueue = operation<UpdateJobQueueRequest, UpdateJobQueueResponse>({
  schema: UpdateJobQueue$,
  constraints: STATES,
  async run(input, { clients }) {
    requireHonoured(input, [...QUEUE, 'jobQueue'])
    const { name, arn } = await clients.batch.updateQueue({
      name: nameOf(input.jobQueue!),
      enabled: input.state === undefined ? undefined : input.state === 'ENABLED',
      priority: input.priority,
      environments: environmentsOf(input),
      policy: input.schedulingPolicyArn && nameOf(input.schedulingPolicyArn),
      stateLimits: input.jobStateTimeLimitActions && limitsOf(input),
    })
    return { jobQueueName: name, jobQueueArn: arn }
  },
})

const DeleteJobQueue = operation<DeleteJobQueueRequest, DeleteJobQueueResponse>({
  schema: DeleteJobQueue$,
  run: ({ jobQueue }, { clients }) => clients.batch.deleteQueue({ name: nameOf(jobQueue!) }),
})

const DescribeJobQueues = operation<DescribeJobQueuesRequest, DescribeJobQueuesResponse>({
  schema: DescribeJobQueues$,
  async run({ jobQueues, maxResults = 100, nextToken }, { clients }) {
    const all = chosen(await clients.batch.listQueues({}), jobQueues)
    const { page, nextToken: next } = pageOf(all, nextToken, maxResults)
    return { jobQueues: page.map(describeQueue), nextToken: next }
  },
})

const GetJobQueueSnapshot = operation<GetJobQueueSnapshotRequest, GetJobQueueSnapshotResponse>({
  schema: GetJobQueueSnapshot$,
  async run({ jobQueue }, { clients, nowMs }) {
    const jobs = await clients.batch.frontOfQueue({ queue: jobQueue! })
    return {
      frontOfQueue: {
        jobs: jobs.map(({ id, runnableMs }) => ({ jobArn: jobArn(id), earliestTimeAtPosition: runnableMs })),
        lastUpdatedAt: nowMs,
      },
    }
  },
})

const CreateSchedulingPolicy = operation<CreateSchedulingPolicyRequest, CreateSchedulingPolicyResponse>({
  schema: CreateSchedulingPolicy$,
  async run(input, { clients }) {
    requireHonoured(input, ['fairsharePolicy', 'name', 'tags'])
    const policy = { name: input.name!, tags: input.tags, ...fairShareOf(input.fairsharePolicy) }
    const { name, arn } = await clients.batch.createPolicy(policy)
    return { name, arn }
  },
})

const UpdateSchedulingPolicy = operation<UpdateSchedulingPolicyRequest, UpdateSchedulingPolicyResponse>({
  schema: UpdateSchedulingPolicy$,
  async run(input, { clients }) {
    requireHonoured(input, ['arn', 'fairsharePolicy'])
    await clients.batch.updatePolicy({ name: nameOf(input.arn!), ...fairShareOf(input.fairsharePolicy) })
    return {}
  },
})

const DeleteSchedulingPolicy = operation<DeleteSchedulingPolicyRequest, DeleteSchedulingPolicyResponse>({
  schema: DeleteSchedulingPolicy$,
  run: ({ arn }, { clients }) => clients.batch.deletePolicy({ name: nameOf(arn!) }),
})

const DescribeSchedulingPolicies = operation<DescribeSchedulingPoliciesRequest, DescribeSchedulingPoliciesResponse>({
  schema: DescribeSchedulingPolicies$,
  async run({ arns }, { clients }) {
    return { schedulingPolicies: chosen(await clients.batch.listPolicies({}), arns).map(describePolicy) }
  },
})

const ListSchedulingPolicies = operation<ListSchedulingPoliciesRequest, ListSchedulingPoliciesResponse>({
  schema: ListSchedulingPolicies$,
  async run({ maxResults = 100, nextToken }, { clients }) {
    const { page, nextToken: next } = pageOf(await clients.batch.listPolicies({}), nextToken, maxResults)
    return { schedulingPolicies: page.map(({ arn }) => ({ arn })), nextToken: next }
  },
})

function environmentsOf({ computeEnvironmentOrder }: Pick<CreateJobQueueRequest, 'computeEnvironmentOrder'>) {
  return computeEnvironmentOrder
    ?.toSorted((a, b) => a.order! - b.order!)
    .map(({ computeEnvironment }) => nameOf(computeEnvironment!))
}

function limitsOf({ jobStateTimeLimitActions = [] }: Pick<CreateJobQueueRequest, 'jobStateTimeLimitActions'>) {
  return jobStateTimeLimitActions.map(({ reason, maxTimeSeconds, action }) => ({
    reason: reason!,
    state: 'RUNNABLE' as const,
    maxTimeS: maxTimeSeconds!,
    action: action!,
  }))
}

function describeQueue(queue: JobQueue) {
  return {
    jobQueueName: queue.name,
    jobQueueArn: queue.arn,
    state: queue.enabled ? ('ENABLED' as const) : ('DISABLED' as const),
    status: 'VALID' as const,
    statusReason: 'JobQueue Healthy',
    priority: queue.priority,
    computeEnvironmentOrder: queue.environments.map((computeEnvironment, i) => ({ order: i + 1, computeEnvironment })),
    ...(queue.policy !== undefined && { schedulingPolicyArn: policyArn(queue.policy) }),
    jobStateTimeLimitActions: queue.stateLimits.map(({ maxTimeS, ...limit }) => ({
      ...limit,
      maxTimeSeconds: maxTimeS,
    })),
    tags: queue.tags,
  }
}

function fairShareOf({ shareDecaySeconds, computeReservation, shareDistribution }: FairsharePolicy = {}) {
  return {
    decayS: shareDecaySeconds,
    computeReservation,
    shares: shareDistribution?.map(({ shareIdentifier, weightFactor = 1 }) => ({
      share: shareIdentifier!,
      weight: weightFactor,
    })),
  }
}

function describePolicy({ name, arn, decayS, computeReservation, shares, tags }: SchedulingPolicy) {
  const shareDistribution = shares.map(({ share, weight }) => ({ shareIdentifier: share, weightFactor: weight }))
  return { name, arn, fairsharePolicy: { shareDecaySeconds: decayS, computeReservation, shareDistribution }, tags }
}

export const queueOperations = {
  CreateJobQueue,
  CreateSchedulingPolicy,
  DeleteJobQueue,
  DeleteSchedulingPolicy,
  DescribeJobQueues,
  DescribeSchedulingPolicies,
  GetJobQueueSnapshot,
  ListSchedulingPolicies,
  UpdateJobQueue,
  UpdateSchedulingPolicy,
}
