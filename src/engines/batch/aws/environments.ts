import {
  type ComputeEnvironmentDetail,
  type ComputeResource,
  CreateComputeEnvironment$,
  type CreateComputeEnvironmentRequest,
  type CreateComputeEnvironmentResponse,
  DeleteComputeEnvironment$,
  type DeleteComputeEnvironmentRequest,
  type DeleteComputeEnvironmentResponse,
  DescribeComputeEnvironments$,
  type DescribeComputeEnvironmentsRequest,
  type DescribeComputeEnvironmentsResponse,
  UpdateComputeEnvironment$,
  type UpdateComputeEnvironmentRequest,
  type UpdateComputeEnvironmentResponse,
} from '@aws-sdk/client-batch'
import type { ComputeEnvironment } from '../contract.ts'
import { clientError } from '../errors.ts'
import { chosen, nameOf, notHonoured, operation, pageOf, requireHonoured } from './common.ts'

/** What places instances in a network and an account has no meaning on one machine: it is taken and means nothing, as the README says. */
const OF_A_NETWORK = [
  'subnets',
  'securityGroupIds',
  'instanceRole',
  'ec2KeyPair',
  'spotIamFleetRole',
  'allocationStrategy',
]

const CreateComputeEnvironment = operation<CreateComputeEnvironmentRequest, CreateComputeEnvironmentResponse>({
  schema: CreateComputeEnvironment$,
  constraints: { type: { values: ['MANAGED', 'UNMANAGED'] }, state: { values: ['ENABLED', 'DISABLED'] } },
  async run(input, { clients }) {
    const members = [
      'computeEnvironmentName',
      'computeResources',
      'serviceRole',
      'state',
      'tags',
      'type',
      'unmanagedvCpus',
    ]
    requireHonoured(input, members)
    const { computeResources: resources } = input
    if (input.type === 'MANAGED' && !resources)
      throw clientError('computeResources must be provided for a MANAGED compute environment', 'computeResources')
    const made = await clients.batch.createEnvironment({
      name: input.computeEnvironmentName!,
      enabled: input.state !== 'DISABLED',
      tags: input.tags,
      ...(input.type === 'MANAGED'
        ? resourcesOf(resources!)
        : { kind: 'UNMANAGED' as const, maxVcpus: input.unmanagedvCpus ?? 0 }),
    })
    return { computeEnvironmentName: made.name, computeEnvironmentArn: made.arn }
  },
})

const UpdateComputeEnvironment = operation<UpdateComputeEnvironmentRequest, UpdateComputeEnvironmentResponse>({
  schema: UpdateComputeEnvironment$,
  constraints: { state: { values: ['ENABLED', 'DISABLED'] } },
  async run(input, { clients }) {
    requireHonoured(input, ['computeEnvironment', 'computeResources', 'serviceRole', 'state', 'unmanagedvCpus'])
    requireHonoured(input.computeResources, ['maxvCpus', ...OF_A_NETWORK], 'computeResources.')
    const { name, arn } = await clients.batch.updateEnvironment({
      name: nameOf(input.computeEnvironment!),
      enabled: input.state === undefined ? undefined : input.state === 'ENABLED',
      maxVcpus: input.computeResources?.maxvCpus ?? input.unmanagedvCpus,
    })
    return { computeEnvironmentName: name, computeEnvironmentArn: arn }
  },
})

const DeleteComputeEnvironment = operation<DeleteComputeEnvironmentRequest, DeleteComputeEnvironmentResponse>({
  schema: DeleteComputeEnvironment$,
  run: ({ computeEnvironment }, { clients }) => clients.batch.deleteEnvironment({ name: nameOf(computeEnvironment!) }),
})

const DescribeComputeEnvironments = operation<DescribeComputeEnvironmentsRequest, DescribeComputeEnvironmentsResponse>({
  schema: DescribeComputeEnvironments$,
  async run({ computeEnvironments, maxResults = 100, nextToken }, { clients }) {
    const all = chosen(await clients.batch.listEnvironments({}), computeEnvironments)
    const { page, nextToken: next } = pageOf(all, nextToken, maxResults)
    return { computeEnvironments: page.map(describe), nextToken: next }
  },
})

function resourcesOf(given: ComputeResource) {
  const own = ['instanceTypes', 'maxvCpus', 'minvCpus', 'type']
  requireHonoured(given, [...own, ...OF_A_NETWORK], 'computeResources.')
  const kind = given.type
  if (kind === undefined || kind === 'ECS_MANAGED_INSTANCES') throw notHonoured(`computeResources.type ${kind}`)
  const fargate = given.type === 'FARGATE' || given.type === 'FARGATE_SPOT'
  if (fargate && (given.minvCpus || given.instanceTypes?.length))
    throw clientError('minvCpus and instanceTypes are not applicable to Fargate compute environments')
  return {
    kind,
    maxVcpus: given.maxvCpus!,
    minVcpus: given.minvCpus,
    instanceTypes: given.instanceTypes,
  }
}

function describe(environment: ComputeEnvironment): ComputeEnvironmentDetail {
  const { kind, used } = environment
  const managed = {
    type: kind as Exclude<typeof kind, 'UNMANAGED'>,
    minvCpus: environment.minVcpus,
    maxvCpus: environment.maxVcpus,
    desiredvCpus: Math.max(environment.minVcpus, Math.ceil(used.vcpus)),
    instanceTypes: environment.instanceTypes,
  }
  return {
    computeEnvironmentName: environment.name,
    computeEnvironmentArn: environment.arn,
    type: kind === 'UNMANAGED' ? 'UNMANAGED' : 'MANAGED',
    state: environment.enabled ? 'ENABLED' : 'DISABLED',
    status: 'VALID',
    statusReason: 'ComputeEnvironment Healthy',
    ...(kind === 'UNMANAGED' ? { unmanagedvCpus: environment.maxVcpus } : { computeResources: managed }),
    containerOrchestrationType: 'ECS',
    tags: environment.tags,
  }
}

export const environmentOperations = {
  CreateComputeEnvironment,
  DeleteComputeEnvironment,
  DescribeComputeEnvironments,
  UpdateComputeEnvironment,
}
