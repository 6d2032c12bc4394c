import * as model from '@aws-sdk/client-emr'
import {
  CreateSecurityConfigurationCommand,
  DeleteSecurityConfigurationCommand,
  DescribeReleaseLabelCommand,
  DescribeSecurityConfigurationCommand,
  ListBootstrapActionsCommand,
  ListClustersCommand,
  ListInstancesCommand,
  ListReleaseLabelsCommand,
  ListSecurityConfigurationsCommand,
  ListSupportedInstanceTypesCommand,
  SetKeepJobFlowAliveWhenNoStepsCommand,
  SetUnhealthyNodeReplacementCommand,
  SetVisibleToAllUsersCommand,
} from '@aws-sdk/client-emr'
import { expect, it } from 'vitest'
import { service } from '../../src/engines/emr/aws.ts'
import { operationsOfModel } from '../../src/engines/kit/node/aws/service.ts'
import { groups, shell, TestEmr } from '../support/emr.ts'

it('every operation of the service is answered, or refused with a reason', () => {
  const names = operationsOfModel(model).map(([, , name]) => name)
  expect(Object.keys(service.operations).toSorted()).toEqual(names.toSorted())
})

it('clusters, instances and bootstrap actions are listed by what they are', async () => {
  await using bed = await TestEmr.start()
  await bed.put('data', 'boot.sh', '#!/bin/sh\n')
  const first = await bed.run()
  const firstMs = bed.clock.now()
  await bed.clock.advance(60_000)
  const second = await bed.run({
    Instances: { InstanceGroups: groups(1, 1), KeepJobFlowAliveWhenNoSteps: true },
    BootstrapActions: [{ Name: 'boot', ScriptBootstrapAction: { Path: 's3://data/boot.sh', Args: ['a'] } }],
  })
  await bed.untilState(second, 'WAITING')
  const clusters = async (input: model.ListClustersInput) =>
    (await bed.client.send(new ListClustersCommand(input))).Clusters!.map(({ Id }) => Id)
  expect(await clusters({})).toEqual([second, first])
  expect(await clusters({ CreatedAfter: new Date(firstMs + 1000) })).toEqual([second])
  expect(await clusters({ CreatedBefore: new Date(firstMs) })).toEqual([first])
  await bed.client.send(
    new SetKeepJobFlowAliveWhenNoStepsCommand({ JobFlowIds: [first], KeepJobFlowAliveWhenNoSteps: false }),
  )
  expect((await bed.untilState(first, 'TERMINATED')).Status!.StateChangeReason!.Code).toBe('ALL_STEPS_COMPLETED')
  expect(await clusters({ ClusterStates: ['TERMINATED'] })).toEqual([first])
  const instances = async (input: Partial<model.ListInstancesInput>) =>
    (await bed.client.send(new ListInstancesCommand({ ClusterId: second, ...input }))).Instances!.length
  expect(await instances({ InstanceGroupTypes: ['CORE', 'TASK'] })).toBe(2)
  expect(await instances({ InstanceStates: ['TERMINATED'] })).toBe(0)
  await expect(instances({ InstanceGroupId: 'ig-none' })).rejects.toThrow(/not of this cluster/)
  const { BootstrapActions } = await bed.client.send(new ListBootstrapActionsCommand({ ClusterId: second }))
  expect(BootstrapActions).toEqual([{ Name: 'boot', ScriptPath: 's3://data/boot.sh', Args: ['a'] }])
  const JobFlowIds = [second]
  await bed.client.send(new SetVisibleToAllUsersCommand({ JobFlowIds, VisibleToAllUsers: false }))
  await bed.client.send(new SetUnhealthyNodeReplacementCommand({ JobFlowIds, UnhealthyNodeReplacement: true }))
  expect(await bed.describe(second)).toMatchObject({ VisibleToAllUsers: false, UnhealthyNodeReplacement: true })
})

it('releases and instance types are listed as they are taken', async () => {
  await using bed = await TestEmr.start()
  const releases = (input: model.ListReleaseLabelsInput) => bed.client.send(new ListReleaseLabelsCommand(input))
  const { ReleaseLabels, NextToken } = await releases({ MaxResults: 2 })
  expect(ReleaseLabels).toEqual(['emr-7.10.0', 'emr-7.9.0'])
  expect((await releases({ MaxResults: 1, NextToken: NextToken! })).ReleaseLabels).toEqual(['emr-7.8.0'])
  expect((await releases({ Filters: { Prefix: 'emr-6.9', Application: 'spark' } })).ReleaseLabels).toEqual([
    'emr-6.9.0',
  ])
  expect((await releases({ Filters: { Application: 'HBase' } })).ReleaseLabels).toEqual([])
  const ReleaseLabel = ReleaseLabels![0]
  const { Applications } = await bed.client.send(new DescribeReleaseLabelCommand({ ReleaseLabel }))
  const { SupportedInstanceTypes } = await bed.client.send(new ListSupportedInstanceTypesCommand({ ReleaseLabel }))
  expect(SupportedInstanceTypes!.find(({ Type }) => Type === 'c5.xlarge')).toMatchObject({ VCPU: 4, MemoryGB: 8 })
  await bed.run({
    ReleaseLabel,
    Applications: Applications!.map(({ Name }) => ({ Name })),
    Instances: { MasterInstanceType: SupportedInstanceTypes!.at(-1)!.Type, InstanceCount: 1 },
  })
  await expect(bed.run({ Instances: { MasterInstanceType: 'm5.large', InstanceCount: 1 } })).rejects.toThrow(/m5.large/)
})

it('security configurations are kept as they were given, and not deleted under a cluster', async () => {
  await using bed = await TestEmr.start()
  const SecurityConfiguration = JSON.stringify({ EncryptionConfiguration: { EnableAtRestEncryption: false } })
  const [Name, other] = ['plain', 'other']
  for (const each of [Name, other])
    await bed.client.send(new CreateSecurityConfigurationCommand({ Name: each, SecurityConfiguration }))
  expect(await bed.client.send(new DescribeSecurityConfigurationCommand({ Name }))).toMatchObject({
    Name,
    SecurityConfiguration,
  })
  await bed.run({ SecurityConfiguration: Name })
  const drop = (name: string) => bed.client.send(new DeleteSecurityConfigurationCommand({ Name: name }))
  await expect(drop(Name)).rejects.toThrow(/in use/)
  await drop(other)
  const { SecurityConfigurations } = await bed.client.send(new ListSecurityConfigurationsCommand({}))
  expect(SecurityConfigurations!.map((each) => each.Name)).toEqual([Name])
  await expect(drop(other)).rejects.toMatchObject({ name: 'InvalidRequestException', message: /does not exist/ })
})

it('a step that takes more memory than its part of what YARN has of the node is killed, and says so', async () => {
  await using bed = await TestEmr.start()
  const site = (value: string) => [
    { Classification: 'yarn-site', Properties: { 'yarn.nodemanager.resource.memory-mb': value } },
  ]
  await expect(bed.run({ Configurations: site('much') })).rejects.toThrow(/much is no valid value/)
  const hog = 'const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1))'
  const id = await bed.run({
    Configurations: site('512'),
    StepConcurrencyLevel: 2,
    Steps: [shell(`exec ${process.execPath} -e '${hog}'`)],
  })
  const [{ id: step }] = await bed.clients.emr.listSteps({ cluster: id })
  expect(await bed.step(id, step)).toMatchObject({
    Status: {
      State: 'FAILED',
      FailureDetails: { Message: 'It was killed: its node has no more than 256 MiB of memory for it.' },
    },
  })
  expect((await bed.untilState(id, 'WAITING')).Status!.State).toBe('WAITING')
})

it('tells the event bus what becomes of clusters, groups, steps and Spot instances', async () => {
  const told: { source: string; detailType: string; detail: string }[] = []
  const put = async ({ entries }: { entries: typeof told }) => {
    told.push(...entries)
    return { entries: [] }
  }
  await using bed = await TestEmr.start({ fakes: { events: { put } } })
  const task = { InstanceRole: 'TASK' as const, InstanceType: 'c5.xlarge', InstanceCount: 1, Market: 'SPOT' as const }
  const id = await bed.run({
    Instances: {
      InstanceGroups: [...groups(1), { ...task, BidPrice: '9' }],
      KeepJobFlowAliveWhenNoSteps: true,
    },
    Steps: [shell('exit 3')],
  })
  const spot = await bed.until(
    async () =>
      (await bed.instances(id)).find(({ Market, Status }) => Market === 'SPOT' && Status!.State === 'RUNNING'),
    (found) => found !== undefined,
  )
  await bed.untilState(id, 'WAITING')
  await bed.clients.emr.interruptInstance({ cluster: id, instance: spot!.Ec2InstanceId! })
  await bed.clients.emr.terminate({ cluster: id })
  await bed.untilState(id, 'TERMINATED')
  await bed.clock.settle()
  const details = (type: string) =>
    told.filter(({ detailType }) => detailType === type).map(({ detail }) => JSON.parse(detail))
  const states = (type: string) => details(type).map(({ state }) => state)
  expect(states('EMR Cluster State Change')).toEqual(['STARTING', 'WAITING', 'RUNNING', 'WAITING', 'TERMINATED'])
  expect(states('EMR Step Status Change')).toEqual(['PENDING', 'RUNNING', 'FAILED'])
  expect(details('EMR Step Status Change').at(-1)).toMatchObject({ severity: 'ERROR', clusterId: id, name: 'shell' })
  expect(details('EMR Instance Group State Change')).toContainEqual(
    expect.objectContaining({ instanceGroupType: 'TASK', market: 'SPOT', state: 'RUNNING', runningInstanceCount: '1' }),
  )
  expect(details('EC2 Spot Instance Interruption Warning')).toEqual([
    { 'instance-id': spot!.Ec2InstanceId, 'instance-action': 'terminate' },
  ])
})
