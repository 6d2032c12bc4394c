import {
  type ContainerProperties,
  DeregisterJobDefinition$,
  type DeregisterJobDefinitionRequest,
  type DeregisterJobDefinitionResponse,
  DescribeJobDefinitions$,
  type DescribeJobDefinitionsRequest,
  type DescribeJobDefinitionsResponse,
  RegisterJobDefinition$,
  type RegisterJobDefinitionRequest,
  type RegisterJobDefinitionResponse,
  type ResourceRequirement,
  type RetryStrategy,
} from '@aws-sdk/client-batch'
import type { Container, JobDefinition } from '../contract.ts'
import { containerShown } from '../detail.ts'
import { clientError } from '../errors.ts'
import { notHonoured, operation, pageOf, requireHonoured } from './common.ts'

const RegisterJobDefinition = operation<RegisterJobDefinitionRequest, RegisterJobDefinitionResponse>({
  schema: RegisterJobDefinition$,
  constraints: { type: { values: ['container', 'multinode'] } },
  async run(input, { clients }) {
    if (input.type !== 'container') throw notHonoured('type multinode')
    const members = ['containerProperties', 'jobDefinitionName', 'parameters', 'platformCapabilities', 'propagateTags']
    requireHonoured(input, [...members, 'retryStrategy', 'schedulingPriority', 'tags', 'timeout', 'type'])
    const platform = input.platformCapabilities?.[0] ?? 'EC2'
    if (platform === 'MANAGED_INSTANCES') throw notHonoured('platformCapabilities MANAGED_INSTANCES')
    if (!input.containerProperties) throw clientError('containerProperties must be given', 'containerProperties')
    const definition = await clients.batch.registerDefinition({
      name: input.jobDefinitionName!,
      platform,
      container: containerOf(input.containerProperties),
      parameters: input.parameters,
      ...(input.retryStrategy && { retry: retryOf(input.retryStrategy) }),
      timeoutS: input.timeout?.attemptDurationSeconds,
      schedulingPriority: input.schedulingPriority,
      propagateTags: input.propagateTags,
      tags: input.tags,
    })
    return {
      jobDefinitionName: definition.name,
      jobDefinitionArn: definition.arn,
      revision: definition.revision,
    }
  },
})

const DeregisterJobDefinition = operation<DeregisterJobDefinitionRequest, DeregisterJobDefinitionResponse>({
  schema: DeregisterJobDefinition$,
  run: ({ jobDefinition }, { clients }) => clients.batch.deregisterDefinition({ definition: jobDefinition! }),
})

const DescribeJobDefinitions = operation<DescribeJobDefinitionsRequest, DescribeJobDefinitionsResponse>({
  schema: DescribeJobDefinitions$,
  constraints: { maxResults: { range: [1, 100] } },
  async run({ jobDefinitions, jobDefinitionName, status, maxResults = 100, nextToken }, { clients }) {
    const wanted = jobDefinitions?.map((text) => text.slice(text.indexOf('/') + 1))
    const all = (await clients.batch.listDefinitions({})).filter(
      ({ name, revision, active }) =>
        (!wanted || wanted.includes(`${name}:${revision}`)) &&
        (jobDefinitionName === undefined || name === jobDefinitionName) &&
        (status === undefined || status === (active ? 'ACTIVE' : 'INACTIVE')),
    )
    const { page, nextToken: next } = pageOf(all, nextToken, maxResults)
    return { jobDefinitions: page.map(describe), nextToken: next }
  },
})

function describe(definition: JobDefinition) {
  return {
    jobDefinitionName: definition.name,
    jobDefinitionArn: definition.arn,
    revision: definition.revision,
    status: definition.active ? 'ACTIVE' : 'INACTIVE',
    type: 'container',
    schedulingPriority: definition.schedulingPriority,
    parameters: definition.parameters,
    retryStrategy: definition.retry,
    containerProperties: containerShown(definition.container),
    ...(definition.timeoutS !== undefined && { timeout: { attemptDurationSeconds: definition.timeoutS } }),
    tags: definition.tags,
    propagateTags: definition.propagateTags,
    platformCapabilities: [definition.platform],
    containerOrchestrationType: 'ECS' as const,
  }
}

function containerOf(given: ContainerProperties): Container {
  const own = ['command', 'environment', 'executionRoleArn', 'image', 'jobRoleArn', 'memory', 'resourceRequirements']
  requireHonoured(given, [...own, 'vcpus'], 'containerProperties.')
  if (!given.image) throw clientError('Container image must be given', 'containerProperties.image')
  const { vcpus, memoryMiB } = sizeOf(given)
  if (vcpus === undefined) throw clientError('Container vcpus should be greater than zero', 'vcpus')
  if (memoryMiB === undefined) throw clientError('Container memory should be greater than zero', 'memory')
  return {
    image: given.image,
    command: given.command ?? [],
    vcpus,
    memoryMiB,
    environment: environmentOf(given.environment),
    ...(given.jobRoleArn && { jobRoleArn: given.jobRoleArn }),
    ...(given.executionRoleArn && { executionRoleArn: given.executionRoleArn }),
  }
}

export const environmentOf = (pairs: readonly { name?: string | undefined; value?: string | undefined }[] = []) =>
  Object.fromEntries(pairs.map(({ name = '', value = '' }) => [name, value]))

/** vCPUs and memory, by their own older members or as resource requirements. */
export function sizeOf(given: {
  vcpus?: number | undefined
  memory?: number | undefined
  resourceRequirements?: ResourceRequirement[] | undefined
}): { vcpus?: number; memoryMiB?: number } {
  const asked = new Map(given.resourceRequirements?.map(({ type, value }) => [type, value]))
  if (asked.has('GPU')) throw notHonoured('resourceRequirements of type GPU')
  const vcpus = Number(asked.get('VCPU') ?? given.vcpus ?? 0)
  const memoryMiB = Number(asked.get('MEMORY') ?? given.memory ?? 0)
  if (!(vcpus >= 0) || !Number.isInteger(memoryMiB) || memoryMiB < 0)
    throw clientError('resourceRequirements must be numbers', 'resourceRequirements')
  return { ...(vcpus > 0 && { vcpus }), ...(memoryMiB > 0 && { memoryMiB }) }
}

export const retryOf = ({ attempts = 1, evaluateOnExit = [] }: RetryStrategy) => ({
  attempts,
  evaluateOnExit: evaluateOnExit.map((rule) => ({
    ...rule,
    action: rule.action?.toUpperCase() === 'EXIT' ? ('EXIT' as const) : ('RETRY' as const),
  })),
})

export const definitionOperations = { DeregisterJobDefinition, DescribeJobDefinitions, RegisterJobDefinition }
